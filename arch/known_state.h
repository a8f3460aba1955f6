/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * known_state.h - switches off, on each processor, what firmware or a loader may have left on and
 * the kernel does not use, and reports it later. CR0, CR4 and IA32_EFER are handled by paging.c and
 * start.S, the local APIC by apic.c.
 */
#ifndef LINTEL_ARCH_KNOWN_STATE_H
#define LINTEL_ARCH_KNOWN_STATE_H

#include "base.h"

/* On this processor; after trap_init(), before CPUID is asked for more than its first leaves. */
void known_state_init_processor(void);

/* Prints one line for each MSR that had another value on any processor. */
void known_state_print(void);

#endif
