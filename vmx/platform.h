/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * platform.h - what was learned about the machine that Lintel runs on, and the policies made from
 * it. It is written once, at boot; then its pages become read-only. Machine.
 */
#ifndef LINTEL_VMX_PLATFORM_H
#define LINTEL_VMX_PLATFORM_H

#include "cpu_identity.h"
#include "feature_control.h"
#include "msr/guest.h"
#include "msr/processors.h"
#include "msr/sane.h"

struct platform {
    struct processors processors; /* all of them */
    struct cpu_identity cpu;      /* of processor 0, as raw is */
    struct msr_policy raw;
    struct sane_findings findings; /* in raw */
    struct msr_policy host;        /* what the kernel builds VMs by */
    struct policy_reasons host_reasons;
    struct msr_policy guest; /* the most for a guest hypervisor */
    struct policy_reasons guest_reasons;
    enum feature_control_state feature_control_state; /* of the processor that is worst off */
    uint64_t feature_control;
    bool has_feature_control;
};

/*
 * Reads CPUID and the VMX MSRs of each processor, enables VMX where the firmware left it unlocked,
 * and makes the policies: the host policy less `masks`, the guest policy by what the CPUID of
 * guests can show. Called once, before paging_seal().
 */
void platform_learn(const struct policy_masks *masks, const struct vm_features *guests);

/* All of it; zeros before platform_learn(). */
const struct platform *platform(void);

/* platform()->host. */
const struct msr_policy *host_policy(void);

/* Why VMXON cannot be used here, in a few words, or NULL where it can. */
const char *platform_why_no_vmx(void);

#endif
