/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mitigations.h - what this processor needs against leaks by speculation, by name. PURE.
 *
 * Facts: the SDM's "Model-Specific Registers" (IA32_ARCH_CAPABILITIES) and Intel's published
 * guidance. Where a processor does not say that it is free of a problem, it is taken to have it.
 */
#ifndef LINTEL_KERN_TASK_MITIGATIONS_H
#define LINTEL_KERN_TASK_MITIGATIONS_H

#include "cpu_identity.h"
#include "format.h"

/* What the kernel does at run time. */
struct mitigations {
    bool barrier_on_switch; /* IBPB when another VM is entered, or another process comes to run */
    bool enhanced_ibrs;     /* IBRS on, once and for all */
    bool flush_l1d;         /* L1D_FLUSH before VM entry */
    bool clear_buffers;     /* VERW before VM entry and before ring 3 */
    bool fill_returns;      /* return predictions overwritten after a VM exit, and with the IBPB */
};

struct mitigation_input {
    const struct cpu_identity *cpu;
    bool has_capabilities; /* IA32_ARCH_CAPABILITIES could be read */
    uint64_t capabilities;
    bool off; /* mitigations=off */
};

/* Decides, and prints one line for each problem: what is done, and why. */
void mitigations_decide(struct mitigations *mitigations, const struct mitigation_input *input,
                        struct out *out);

#endif
