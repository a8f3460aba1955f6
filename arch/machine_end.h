/* SPDX-License-Identifier: BSD-2-Clause */
/* machine_end.h - how the machine stops when the run is over. */
#ifndef LINTEL_ARCH_MACHINE_END_H
#define LINTEL_ARCH_MACHINE_END_H

#include "base.h"

enum machine_end_mode {
    END_AUTO,  /* QEMU's port, then Bochs's, then halt */
    END_QEMU,  /* isa-debug-exit at 0xf4, then halt */
    END_BOCHS, /* port 0x8900, then halt */
    END_HALT,
};

/* Sets what machine_end() does; END_AUTO until then. */
void machine_end_mode(enum machine_end_mode mode);

/* Ends the run: `passed` chooses the exit status where the machine has one. */
NORETURN void machine_end(bool passed);

#endif
