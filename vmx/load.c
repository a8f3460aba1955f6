/* SPDX-License-Identifier: BSD-2-Clause */
/* load.c - the current VMCS: filled, entered, read after an exit; see machine.h. Machine. */
#include "machine.h"

#include "arch/insn.h"
#include "arch/paging.h"

extern const char vmx_exit_point[];

static enum status failure(enum vmx_result result)
{
    return result == VMX_FAIL_VALID     ? S_VMFAIL_VALID
           : result == VMX_FAIL_INVALID ? S_VMFAIL_INVALID
                                        : S_FAULT;
}

/* Only for fields that exist by the policy: a failure is a defect, reads as 0 and is seen. */
static uint64_t read_field(enum vmcs_field field)
{
    uint64_t value = 0;

    if (vmread(vmcs_fields[field].encoding, &value) != VMX_SUCCEED)
        return 0;
    return value;
}

static enum status write_image(const struct vmcs_image *image, struct out *out)
{
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        if (!vmcs_is_set(image, field))
            continue;
        enum vmx_result result = vmwrite(vmcs_fields[field].encoding, image->value[field]);
        if (result != VMX_SUCCEED) {
            out_printf(out, "vmcs: VMWRITE of %s (0x%x) refused: %s\n", vmcs_fields[field].name,
                       vmcs_fields[field].encoding,
                       vm_instruction_error_text(read_field(VMCS_VM_INSTRUCTION_ERROR)));
            return failure(result);
        }
    }
    return S_OK;
}

enum status vmcs_load(struct vmx_region *vmcs, const struct vmcs_image *image,
                      const struct msr_policy *policy, struct out *out)
{
    enum vmx_result result;

    vmcs->revision = policy->vmx.basic.vmcs_revision_id;
    result = vmclear(physical_of(vmcs));
    if (result == VMX_SUCCEED)
        result = vmptrld(physical_of(vmcs));
    if (result != VMX_SUCCEED) {
        out_printf(out, "vmcs: could not make it current: %s\n", status_text(failure(result)));
        return failure(result);
    }
    return write_image(image, out);
}

enum status vmcs_release(struct vmx_region *vmcs)
{
    enum vmx_result result = vmclear(physical_of(vmcs));

    return result == VMX_SUCCEED ? S_OK : failure(result);
}

/* The base of the 64-bit TSS that TR holds, from its descriptor in the GDT. */
static uint64_t tss_base(const struct descriptor_table *gdt, uint16_t selector)
{
    const uint64_t *descriptor = (const uint64_t *)(gdt->base + (selector & ~7u));

    return field_of(descriptor[0], 16, 24) | field_of(descriptor[0], 56, 8) << 24 |
           field_of(descriptor[1], 0, 32) << 32;
}

void vmx_host_state(struct host_state *host)
{
    struct descriptor_table gdt, idt;

    sgdt(&gdt);
    sidt(&idt);
    *host = (struct host_state){
        .cr0 = read_cr0(),
        .cr3 = read_cr3(),
        .cr4 = read_cr4(),
        .efer = rdmsr(MSR_IA32_EFER),
        .pat = rdmsr(MSR_IA32_PAT),
        .cs = read_cs(),
        .ss = read_ss(),
        .ds = read_ds(),
        .es = read_es(),
        .fs = read_fs(),
        .gs = read_gs(),
        .tr = read_tr(),
        .fs_base = rdmsr(MSR_IA32_FS_BASE),
        .gs_base = rdmsr(MSR_IA32_GS_BASE),
        .tr_base = tss_base(&gdt, read_tr()),
        .gdtr_base = gdt.base,
        .idtr_base = idt.base,
        .sysenter_cs = rdmsr(MSR_IA32_SYSENTER_CS),
        .sysenter_esp = rdmsr(MSR_IA32_SYSENTER_ESP),
        .sysenter_eip = rdmsr(MSR_IA32_SYSENTER_EIP),
        .rip = (uintptr_t)vmx_exit_point,
    };
}

enum status vmx_run(struct guest_registers *registers, bool launched)
{
    unsigned result = vmx_enter(registers, launched);

    return result == VMX_SUCCEED ? S_OK : failure(result);
}

void vmx_read_exit(struct vmx_exit *exit, const struct msr_policy *policy)
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
    if (vmcs_field_exists(policy, VMCS_GUEST_PHYSICAL_ADDRESS))
        exit->guest_physical = read_field(VMCS_GUEST_PHYSICAL_ADDRESS);
}

void vmx_skip_instruction(const struct vmx_exit *exit)
{
    if (vmwrite(vmcs_fields[VMCS_GUEST_RIP].encoding, exit->rip + exit->instruction_length) !=
        VMX_SUCCEED)
        return; /* no current VMCS: the next entry fails and says so */
}

void vmx_print_failure(struct out *out, enum status status)
{
    uint64_t error;

    if (status != S_VMFAIL_VALID) {
        out_printf(out, "VM entry failed: %s\n", status_text(status));
        return;
    }
    error = read_field(VMCS_VM_INSTRUCTION_ERROR);
    out_printf(out, "VM entry refused (error %lu: %s)\n", error, vm_instruction_error_text(error));
}
