/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * processors.h - what each processor of a machine says of itself, grouped by what is the same.
 * PURE.
 *
 * Machines mix kinds of cores, firmware forgets processors, hypervisors mix hosts: VMs move between
 * processors, so that each difference counts. The host policy is the meet of them all (meet.h).
 */
#ifndef LINTEL_MSR_PROCESSORS_H
#define LINTEL_MSR_PROCESSORS_H

#include "cpu_identity.h"
#include "format.h"
#include "vmx_caps.h"

/* Arrays of `count`, by the processors' numbers. */
struct processors {
    unsigned count;
    const struct cpu_identity *cpu;
    const struct msr_policy *raw;
    const uint64_t *feature_control; /* 0 where it could not be read */
};

/* True when the report would say the same of both, but for their numbers. */
bool processors_alike(const struct processors *processors, unsigned a, unsigned b);

/*
 * With more than one: a line of who is like processor 0, and for every other group a line for each
 * difference from it, with processors, MSR and bit.
 */
void processors_print(struct out *out, const struct processors *processors);

#endif
