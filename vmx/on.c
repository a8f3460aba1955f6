/* SPDX-License-Identifier: BSD-2-Clause */
/* on.c - VMX operation on and off; see machine.h. Machine. */
#include "machine.h"

#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/percpu.h"
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

static enum status status_of(enum vmx_result result)
{
    switch (result) {
    case VMX_SUCCEED:
        return S_OK;
    case VMX_FAIL_INVALID:
        return S_VMFAIL_INVALID;
    case VMX_FAIL_VALID:
        return S_VMFAIL_VALID;
    case VMX_FAULT:
        break;
    }
    return S_FAULT;
}

static void leave_vmxe(void)
{
    write_cr4(read_cr4() & ~BIT64(CR4_vmxe));
}

enum status vmx_on(struct vmx_region *region, const struct msr_policy *policy)
{
    enum status status;

    region->revision = policy->vmx.basic.vmcs_revision_id;
    write_cr0(fixed_cr0(policy, read_cr0()));
    write_cr4(fixed_cr4(policy, read_cr4() | BIT64(CR4_vmxe)));
    status = status_of(vmxon(physical_of(region)));
    if (status != S_OK)
        leave_vmxe();
    return status;
}

enum status vmx_off(void)
{
    enum status status = status_of(vmxoff());

    percpu_limit_gdt(); /* for what was run in between by vmx_run() */
    if (status == S_OK)
        leave_vmxe();
    return status;
}
