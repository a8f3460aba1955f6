/* SPDX-License-Identifier: BSD-2-Clause */
/* load.c - a VMCS made current and filled, and the host state for it; see machine.h. Machine. */
#include "machine.h"

#include "arch/insn.h"
#include "arch/paging.h"

/* After a VMWRITE that was refused. */
static const char *error_text(void)
{
    uint64_t error = 0;

    (void)!vmread(vmcs_fields[VMCS_VM_INSTRUCTION_ERROR].encoding, &error);
    return vm_instruction_error_text(error);
}

static enum status write_image(const struct vmcs_image *image, struct out *out)
{
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        if (!vmcs_is_set(image, field))
            continue;
        enum vmx_result result = vmwrite(vmcs_fields[field].encoding, image->value[field]);
        if (result != VMX_SUCCEED) {
            out_printf(out, "vmcs: VMWRITE of %s (0x%x) refused: %s\n", vmcs_fields[field].name,
                       vmcs_fields[field].encoding, error_text());
            return vmx_status(result);
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
        out_printf(out, "vmcs: could not make it current: %s\n", status_text(vmx_status(result)));
        return vmx_status(result);
    }
    return write_image(image, out);
}

/* The base of the 64-bit TSS that TR holds, from its descriptor in the GDT. */
static uint64_t tss_base(const struct descriptor_table *gdt, uint16_t selector)
{
    const uint64_t *descriptor = (const uint64_t *)(gdt->base + (selector & ~7u));

    return field_of(descriptor[0], 16, 24) | field_of(descriptor[0], 56, 8) << 24 |
           field_of(descriptor[1], 0, 32) << 32;
}

void vmx_host_state(struct host_state *host, const char *exit_point)
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
        .rip = (uintptr_t)exit_point,
    };
}
