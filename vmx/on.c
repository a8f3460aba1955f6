/* SPDX-License-Identifier: BSD-2-Clause */
/* on.c - into VMX operation; see machine.h. Machine. */
#include "machine.h"

#include "arch/insn.h"
#include "arch/paging.h"
#include "fixed.h"

enum feature_control_state vmx_feature_control(uint64_t *value)
{
    uint64_t found = 0;
    bool readable = rdmsr_safe(MSR_IA32_FEATURE_CONTROL, &found);
    enum feature_control_state state = feature_control_state(readable, found);

    if (state == FC_UNLOCKED) {
        if (!wrmsr_safe(MSR_IA32_FEATURE_CONTROL, feature_control_enabled(found)))
            state = FC_LOCKED_OFF;
        readable = rdmsr_safe(MSR_IA32_FEATURE_CONTROL, &found);
    }
    if (readable)
        *value = found;
    return state;
}

enum status vmx_status(unsigned result)
{
    switch (result) {
    case VMX_SUCCEED:
        return S_OK;
    case VMX_FAIL_INVALID:
        return S_VMFAIL_INVALID;
    case VMX_FAIL_VALID:
        return S_VMFAIL_VALID;
    default:
        return S_FAULT;
    }
}

enum status vmx_on(struct vmx_region *region, const struct msr_policy *policy)
{
    enum status status;

    region->revision = policy->vmx.basic.vmcs_revision_id;
    write_cr0(fixed_cr0(policy, read_cr0()));
    write_cr4(fixed_cr4(policy, read_cr4() | BIT64(CR4_vmxe)));
    status = vmx_status(vmxon(physical_of(region)));
    if (status != S_OK)
        write_cr4(read_cr4() & ~BIT64(CR4_vmxe));
    return status;
}
