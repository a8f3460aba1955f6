/* SPDX-License-Identifier: BSD-2-Clause */
/* platform.h - what every processor says of itself, and the policies made from that. Machine. */
#ifndef LINTEL_VMX_PLATFORM_H
#define LINTEL_VMX_PLATFORM_H

#include "cpu_identity.h"
#include "machine.h"
#include "msr/guest.h"
#include "msr/processors.h"
#include "msr/sane.h"

/* What was learned about the machine. */
struct subject {
    struct processors processors; /* all of them */
    struct cpu_identity cpu;      /* of processor 0, as raw is */
    struct msr_policy raw;
    struct msr_policy host;
    struct policy_reasons reasons;
    struct sane_findings findings; /* in raw */
    struct msr_policy guest;       /* the most for a guest hypervisor */
    struct policy_reasons guest_reasons;
    enum feature_control_state feature_control_state; /* of the processor that is worst off */
    uint64_t feature_control;
    bool has_feature_control;
    uint64_t ticks_to_policy; /* since the first instruction, before the report */
    uint64_t ticks_to_report; /* with the report on all consoles */
};

/*
 * Asks CPUID and the VMX MSRs of each processor, opens VMX there where the firmware left that to
 * us, and fills `subject`.
 */
void probe_machine(struct subject *subject, const struct policy_masks *masks);

#endif
