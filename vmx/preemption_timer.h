/* SPDX-License-Identifier: BSD-2-Clause */
/* preemption_timer.h - SDM: "VMX-Preemption Timer". PURE. */
#ifndef LINTEL_VMX_PREEMPTION_TIMER_H
#define LINTEL_VMX_PREEMPTION_TIMER_H

#include "msr/vmx_caps.h"

/* The timer's value for `ticks` of the TSC, rounded up: it counts when TSC bit N changes. */
static inline uint32_t preemption_timer_ticks(const struct msr_policy *policy, uint64_t ticks)
{
    unsigned shift = policy->vmx.misc.preempt_timer_scale;
    uint64_t count = (ticks >> shift) + 1;

    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

#endif
