/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * invalidate.h - what this processor has cached of guests' translations, by the narrowest kind that
 * it offers. Machine. SDM: "Caching Translation Information".
 */
#ifndef LINTEL_VMX_INVALIDATE_H
#define LINTEL_VMX_INVALIDATE_H

#include "msr/vmx_caps.h"

/* Types of INVEPT and INVVPID: operands of the instructions. */
enum { INVALIDATE_ADDRESS = 0, INVALIDATE_SINGLE = 1, INVALIDATE_ALL = 2 };

/* The type to use, the narrowest first; -1: the policy offers none. PURE. */
static inline int invept_type(const struct msr_policy *policy)
{
    if (!policy->vmx_ept_vpid_cap.invept_instruction)
        return -1;
    if (policy->vmx_ept_vpid_cap.invept_single_context)
        return INVALIDATE_SINGLE;
    return policy->vmx_ept_vpid_cap.invept_all_context ? INVALIDATE_ALL : -1;
}

static inline int invvpid_type(const struct msr_policy *policy)
{
    if (!policy->vmx_ept_vpid_cap.invvpid_instruction)
        return -1;
    if (policy->vmx_ept_vpid_cap.invvpid_single_context)
        return INVALIDATE_SINGLE;
    return policy->vmx_ept_vpid_cap.invvpid_all_context ? INVALIDATE_ALL : -1;
}

/* Invalidates all translations of these tables, or of this VPID. False: the instruction failed. */
bool invalidate_ept(const struct msr_policy *policy, uint64_t ept_pointer);
bool invalidate_vpid(const struct msr_policy *policy, uint16_t vpid);

#endif
