/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * known_state.h - what firmware or a loader may have left on, and the kernel does not use: switched
 * off on each processor, and said afterwards. CR0, CR4 and IA32_EFER are paging.c's and start.S's,
 * the local APIC apic.c's.
 */
#ifndef LINTEL_ARCH_KNOWN_STATE_H
#define LINTEL_ARCH_KNOWN_STATE_H

#include "base.h"

/* On this processor; after trap_init(), before CPUID is asked for more than its first leaves. */
void known_state_init_processor(void);

/* One line for each MSR that was found otherwise, on whichever processor. */
void known_state_print(void);

#endif
