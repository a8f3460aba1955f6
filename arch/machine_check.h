/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_check.h - errors that the processor itself found. SDM: "Machine-Check Architecture".
 */
#ifndef LINTEL_ARCH_MACHINE_CHECK_H
#define LINTEL_ARCH_MACHINE_CHECK_H

#include "base.h"

/* Reports what the banks hold from before, and turns all of them on. On each processor. */
void machine_check_init_processor(void);

/* Reports a #MC and clears it. True when the interrupted code can go on. */
bool machine_check_survive(void);

#endif
