/* SPDX-License-Identifier: BSD-2-Clause */
/* bare.c - see bare.h. Machine. */
#include "bare.h"

#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/percpu.h"
#include "vmx/platform.h"

enum status bare_off(void)
{
    enum status status = vmx_status(vmxoff());

    percpu_limit_gdt(); /* VM exits have set the limit to ffffh */
    if (status == S_OK)
        write_cr4(read_cr4() & ~BIT64(CR4_vmxe));
    return status;
}

enum status bare_release(struct vmx_region *vmcs)
{
    return vmx_status(vmclear(physical_of(vmcs)));
}

enum status bare_run(struct guest_registers *registers, bool launched)
{
    unsigned result = bare_enter(registers, launched);

    return result == VMX_SUCCEED ? S_OK : vmx_status(result);
}

/* Only for fields that exist by the policy: a failure is a defect, reads as 0 and is seen. */
static uint64_t read_field(enum vmcs_field field)
{
    uint64_t value = 0;

    if (vmread(vmcs_fields[field].encoding, &value) != VMX_SUCCEED)
        return 0;
    return value;
}

void bare_read_exit(struct vmx_exit *exit)
{
    *exit = (struct vmx_exit){
        .reason = (uint32_t)read_field(VMCS_EXIT_REASON),
        .instruction_length = (uint32_t)read_field(VMCS_EXIT_INSTRUCTION_LENGTH),
        .instruction_info = (uint32_t)read_field(VMCS_EXIT_INSTRUCTION_INFO),
        .interruption_info = (uint32_t)read_field(VMCS_EXIT_INTERRUPTION_INFO),
        .interruption_error = (uint32_t)read_field(VMCS_EXIT_INTERRUPTION_ERROR_CODE),
        .idt_vectoring_info = (uint32_t)read_field(VMCS_IDT_VECTORING_INFO),
        .qualification = read_field(VMCS_EXIT_QUALIFICATION),
        .guest_linear = read_field(VMCS_GUEST_LINEAR_ADDRESS),
        .rip = read_field(VMCS_GUEST_RIP),
        .rsp = read_field(VMCS_GUEST_RSP),
        .rflags = read_field(VMCS_GUEST_RFLAGS),
    };
    if (vmcs_field_exists(host_policy(), VMCS_GUEST_PHYSICAL_ADDRESS))
        exit->guest_physical = read_field(VMCS_GUEST_PHYSICAL_ADDRESS);
}

void bare_skip_instruction(const struct vmx_exit *exit)
{
    if (vmwrite(vmcs_fields[VMCS_GUEST_RIP].encoding, exit->rip + exit->instruction_length) !=
        VMX_SUCCEED)
        return; /* no current VMCS: the next entry fails and says so */
}

void bare_print_failure(struct out *out, enum status status)
{
    uint64_t error;

    if (status != S_VMFAIL_VALID) {
        out_printf(out, "VM entry failed: %s\n", status_text(status));
        return;
    }
    error = read_field(VMCS_VM_INSTRUCTION_ERROR);
    out_printf(out, "VM entry refused (error %lu: %s)\n", error, vm_instruction_error_text(error));
}
