/* SPDX-License-Identifier: BSD-2-Clause */
/* present.c - which MSRs exist, and the loop that reads them in order. PURE. */
#include "names.h"

/* The definition's layout, asserted: every union is as large as its raw word or array. */
#define POLICY_MEMBER(path)  (((struct msr_policy *)0)->path)
#define ASSERT_IS_WORD(path) _Static_assert(sizeof(POLICY_MEMBER(path)) == sizeof(uint64_t), #path);
#define ASSERT_AT(path, address) \
    _Static_assert(              \
        offsetof(struct msr_policy, path) == sizeof(uint64_t) * (address - VMX_MSR_FIRST), #path);
#define ASSERT_WORD_AT(path, address) ASSERT_IS_WORD(path) ASSERT_AT(path, address)

ASSERT_WORD_AT(vmx.basic, 0x480)
ASSERT_WORD_AT(vmx.pinbased_ctls, 0x481)
ASSERT_WORD_AT(vmx.procbased_ctls, 0x482)
ASSERT_WORD_AT(vmx.exit_ctls, 0x483)
ASSERT_WORD_AT(vmx.entry_ctls, 0x484)
ASSERT_WORD_AT(vmx.misc, 0x485)
ASSERT_WORD_AT(vmx.cr0_fixed0, 0x486)
ASSERT_WORD_AT(vmx.cr0_fixed1, 0x487)
ASSERT_WORD_AT(vmx.cr4_fixed0, 0x488)
ASSERT_WORD_AT(vmx.cr4_fixed1, 0x489)
ASSERT_WORD_AT(vmx.vmcs_enum, 0x48a)
ASSERT_WORD_AT(vmx_procbased_ctls2, 0x48b)
ASSERT_WORD_AT(vmx_ept_vpid_cap, 0x48c)
ASSERT_WORD_AT(vmx_true_ctls.pinbased, 0x48d)
ASSERT_WORD_AT(vmx_true_ctls.procbased, 0x48e)
ASSERT_WORD_AT(vmx_true_ctls.exit, 0x48f)
ASSERT_WORD_AT(vmx_true_ctls.entry, 0x490)
ASSERT_WORD_AT(vmx_vmfunc, 0x491)
ASSERT_WORD_AT(vmx_procbased_ctls3, 0x492)
ASSERT_WORD_AT(vmx_exit_ctls2, 0x493)
_Static_assert(sizeof(POLICY_MEMBER(vmx)) == sizeof(POLICY_MEMBER(vmx.raw)), "vmx block");
_Static_assert(sizeof(POLICY_MEMBER(vmx_true_ctls)) == sizeof(POLICY_MEMBER(vmx_true_ctls.raw)),
               "vmx_true_ctls block");
_Static_assert(offsetof(struct msr_policy, present) == sizeof(POLICY_MEMBER(raw)), "all blocks");

bool msr_available(const struct msr_policy *policy, unsigned index)
{
    const struct vmx_msr *msr = &vmx_msrs[index];

    if (!msr->gate_bits)
        return msr_present(policy, index);
    return msr_present(policy, msr->gate) && has_any(policy->raw[msr->gate], msr->gate_bits);
}

bool msr_is_expected(const struct msr_policy *policy, unsigned index)
{
    return !vmx_msrs[index].gate_bits || msr_available(policy, index);
}

static bool block_available(const struct msr_policy *policy, uint32_t first_address)
{
    return msr_available(policy, first_address - VMX_MSR_FIRST);
}

bool vmx_available(const struct msr_policy *policy)
{
    return block_available(policy, MSR_IA32_VMX_BASIC);
}

bool vmx_procbased_ctls2_available(const struct msr_policy *policy)
{
    return block_available(policy, MSR_IA32_VMX_PROCBASED_CTLS2);
}

bool vmx_ept_vpid_cap_available(const struct msr_policy *policy)
{
    return block_available(policy, MSR_IA32_VMX_EPT_VPID_CAP);
}

bool vmx_true_ctls_available(const struct msr_policy *policy)
{
    return block_available(policy, MSR_IA32_VMX_TRUE_PINBASED_CTLS);
}

bool vmx_vmfunc_available(const struct msr_policy *policy)
{
    return block_available(policy, MSR_IA32_VMX_VMFUNC);
}

bool vmx_procbased_ctls3_available(const struct msr_policy *policy)
{
    return block_available(policy, MSR_IA32_VMX_PROCBASED_CTLS3);
}

bool vmx_exit_ctls2_available(const struct msr_policy *policy)
{
    return block_available(policy, MSR_IA32_VMX_EXIT_CTLS2);
}

void msr_policy_read(struct msr_policy *policy, bool has_vmx, msr_reader *read, void *context)
{
    *policy = (struct msr_policy){.present = 0};
    if (!has_vmx)
        return;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        if (vmx_msrs[index].gate_bits && !msr_available(policy, index))
            continue;
        uint64_t value;
        if (!read(context, VMX_MSR_FIRST + index, &value)) {
            policy->faulted |= UINT32_C(1) << index;
            continue;
        }
        policy->raw[index] = value;
        policy->present |= UINT32_C(1) << index;
    }
}
