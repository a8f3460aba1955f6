/* SPDX-License-Identifier: BSD-2-Clause */
/* mitigate.h - what mitigations.h decided, done. Machine. */
#ifndef LINTEL_KERN_MITIGATE_H
#define LINTEL_KERN_MITIGATE_H

#include "arch/insn.h"
#include "mitigations.h"

#define MSR_IA32_SPEC_CTRL         0x48
#define MSR_IA32_PRED_CMD          0x49
#define MSR_IA32_ARCH_CAPABILITIES 0x10a
#define MSR_IA32_FLUSH_CMD         0x10b

extern struct mitigations mitigations; /* read-only after boot */
extern const uint16_t verw_selector;   /* switch.S */

/* Decides for this machine, prints it, and sets up the boot processor. */
void mitigations_init(const struct cpu_identity *cpu, bool off);

/* What another VM left in predictors is not for the next one. */
static inline void mitigate_vm_switch(void)
{
    if (mitigations.barrier_on_switch)
        wrmsr(MSR_IA32_PRED_CMD, 1);
}

/* After a VM exit: vcpu_enter.S. */
static inline void mitigate_before_entry(void)
{
    if (mitigations.flush_l1d)
        wrmsr(MSR_IA32_FLUSH_CMD, 1);
    if (mitigations.clear_buffers)
        verw(&verw_selector);
}

#endif
