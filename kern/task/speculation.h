/* SPDX-License-Identifier: BSD-2-Clause */
/* speculation.h - what mitigations.h decided, done. Machine. */
#ifndef LINTEL_KERN_TASK_SPECULATION_H
#define LINTEL_KERN_TASK_SPECULATION_H

#include "arch/insn.h"
#include "arch/user.h"
#include "mitigations.h"

extern struct mitigations mitigations; /* read-only after boot */

/* Decides for this machine, prints it, and sets up the boot processor. */
void speculation_init(const struct cpu_identity *cpu, bool off);

/*
 * A new number for a VM or a process: predictors are kept apart by it. Numbers are never reused,
 * although memory is.
 */
uint64_t speculation_new_owner(void);

/*
 * Called when `next` is about to run here after `*last`: it must not use what `*last` left in the
 * predictors.
 */
void speculation_switch(uint64_t *last, uint64_t next);

/* How often predictors had to be cleared since boot. */
extern uint64_t speculation_switches;

/* After a VM exit: vcpu_enter.S. */
static inline void speculation_before_entry(void)
{
    if (mitigations.flush_l1d)
        wrmsr(MSR_IA32_FLUSH_CMD, 1);
    if (mitigations.clear_buffers)
        verw(&verw_selector);
}

#endif
