/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_vmcs.c - the VMCS of a vCPU, and the page's state in and out: see vcpu.h. */
#include "arch/console.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "guest_controls.h"
#include "guest_cpuid.h"
#include "guest_msr.h"
#include "kern/task/process.h"
#include "string.h"
#include "vcpu.h"
#include "vm.h"
#include "vmx/check/explain.h"
#include "vmx/current.h"
#include "vmx/fixed.h"
#include "vmx/machine.h"
#include "vmx/platform.h"

/* A spinning guest: PAUSEs closer than GAP ticks, for WINDOW ticks. SDM: "PAUSE-Loop Exiting". */
#define PLE_GAP    128
#define PLE_WINDOW 4096

/* --- made ------------------------------------------------------------------------------------- */

static bool has_control(const struct guest_description *guest, enum control_word word, unsigned bit)
{
    return has_any(guest->controls.result[word].value, BIT64(bit));
}

/* What image_build() does not know of: the VM's bitmaps, and the vCPU's tags and masks. */
static void add_fields(struct vmcs_image *image, const struct guest_description *guest,
                       const struct vcpu *vcpu)
{
    vmcs_set(image, VMCS_IO_BITMAP_A, vm_io_bitmaps());
    vmcs_set(image, VMCS_IO_BITMAP_B, vm_io_bitmaps() + PAGE_SIZE);
    vmcs_set(image, VMCS_MSR_BITMAP, vm_msr_bitmap());
    if (has_control(guest, CTL_PROC2, PROC2_enable_vpid))
        vmcs_set(image, VMCS_VPID, vcpu->vpid);
    if (has_control(guest, CTL_PROC2, PROC2_pause_loop_exiting)) {
        vmcs_set(image, VMCS_PLE_GAP, PLE_GAP);
        vmcs_set(image, VMCS_PLE_WINDOW, PLE_WINDOW);
    }
    if (has_control(guest, CTL_PROC2, PROC2_encls_exiting))
        vmcs_set(image, VMCS_ENCLS_EXITING_BITMAP, ~UINT64_C(0)); /* the guest has no SGX */
    if (has_control(guest, CTL_PIN, PIN_preempt_timer))
        vmcs_set(image, VMCS_PREEMPTION_TIMER_VALUE, UINT32_MAX);
    vmcs_set(image, VMCS_HOST_DS_SELECTOR, 0); /* ring 3 may have left its own */
    vmcs_set(image, VMCS_HOST_ES_SELECTOR, 0);
    vmcs_set(image, VMCS_HOST_FS_SELECTOR, 0);
    vmcs_set(image, VMCS_HOST_GS_SELECTOR, 0);
    vmcs_set(image, VMCS_HOST_CR3, vcpu->vm->owner->space.root);
}

/* The guest changes these by itself; the other bits of CR0 and CR4 are exits. */
static void set_masks(struct vmcs_image *image, const struct vcpu *vcpu)
{
    uint64_t cr0 = BIT64(CR0_mp) | BIT64(CR0_em) | BIT64(CR0_ts) | BIT64(CR0_wp) | BIT64(CR0_am);
    uint64_t cr4 = BIT64(CR4_tsd) | BIT64(CR4_de) | BIT64(CR4_pse) | BIT64(CR4_pge) |
                   BIT64(CR4_osfxsr) | BIT64(CR4_osxmmexcpt);

    vmcs_set(image, VMCS_CR0_GUEST_HOST_MASK, ~cr0);
    vmcs_set(image, VMCS_CR4_GUEST_HOST_MASK, ~(cr4 & vcpu->cr4_allowed));
}

static void describe(struct guest_description *guest, struct vcpu *vcpu)
{
    *guest = (struct guest_description){
        .exception_bitmap =
            1u << VECTOR_ALIGNMENT_CHECK | 1u << VECTOR_DEBUG | 1u << VECTOR_MACHINE_CHECK,
        .ept_pointer = ept_pointer(vcpu->vm->ept.root, host_policy()),
    };
    guest_controls_request(&guest->controls);
    if (!vcpu->vpid)
        guest->controls.request[CTL_PROC2].optional &= ~BIT64(PROC2_enable_vpid);
    guest_state_flat_64(&guest->state, 0, 0, 0);
}

enum status vcpu_fill_vmcs(struct vcpu *vcpu)
{
    static struct guest_description guest; /* under the lock */
    static struct vmcs_image image;
    struct host_state host;
    enum status status;

    vcpu->cr4_allowed = guest_cpuid_cr4(&vcpu->vm->cpuid);
    vcpu->efer_allowed = guest_cpuid_efer(&vcpu->vm->cpuid);
    describe(&guest, vcpu);
    vmx_host_state(&host, vcpu_exit_point);
    status = image_build(&image, &guest, &host, host_policy());
    if (status != S_OK) {
        controls_explain(&console, &guest.controls, host_policy());
        return status;
    }
    add_fields(&image, &guest, vcpu);
    set_masks(&image, vcpu);
    vcpu->proc_controls = (uint32_t)guest.controls.result[CTL_PROC].value;
    vcpu->has_preemption_timer = has_control(&guest, CTL_PIN, PIN_preempt_timer) &&
                                 has_control(&guest, CTL_EXIT, EXIT_save_preempt_timer);
    return vmcs_load(direct_pointer(vcpu->vmcs), &image, host_policy(), &console);
}

void vcpu_set_host(const struct process *process)
{
    struct host_state host;

    vmx_host_state(&host, vcpu_exit_point);
    vmcs_put(VMCS_AT_HOST_CR3, process->space.root);
    vmcs_put(VMCS_AT_HOST_GS_BASE, host.gs_base);
    vmcs_put(VMCS_AT_HOST_TR_BASE, host.tr_base);
    vmcs_put(VMCS_AT_HOST_GDTR_BASE, host.gdtr_base);
    vmcs_put(VMCS_AT_HOST_IDTR_BASE, host.idtr_base);
}

/* --- the page's state ------------------------------------------------------------------------- */

/* The encodings of a segment's fields follow each other as the registers do: 2 apart. */
static void take_segments(const struct abi_state *state)
{
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        const struct abi_segment *segment = &state->segment[i];

        vmcs_put(VMCS_AT_GUEST_ES_SELECTOR + 2 * i, segment->selector);
        vmcs_put(VMCS_AT_GUEST_ES_LIMIT + 2 * i, segment->limit);
        vmcs_put(VMCS_AT_GUEST_ES_ACCESS_RIGHTS + 2 * i, segment->access);
        vmcs_put(VMCS_AT_GUEST_ES_BASE + 2 * i, segment->base);
    }
    vmcs_put(VMCS_AT_GUEST_GDTR_BASE, state->gdtr.base);
    vmcs_put(VMCS_AT_GUEST_GDTR_LIMIT, state->gdtr.limit);
    vmcs_put(VMCS_AT_GUEST_IDTR_BASE, state->idtr.base);
    vmcs_put(VMCS_AT_GUEST_IDTR_LIMIT, state->idtr.limit);
}

static void give_segments(struct abi_state *state)
{
    for (unsigned i = 0; i < SEG_COUNT; i++)
        state->segment[i] = (struct abi_segment){
            .selector = (uint16_t)vmcs_get(VMCS_AT_GUEST_ES_SELECTOR + 2 * i),
            .limit = (uint32_t)vmcs_get(VMCS_AT_GUEST_ES_LIMIT + 2 * i),
            .access = (uint32_t)vmcs_get(VMCS_AT_GUEST_ES_ACCESS_RIGHTS + 2 * i),
            .base = vmcs_get(VMCS_AT_GUEST_ES_BASE + 2 * i)};
    state->gdtr.base = vmcs_get(VMCS_AT_GUEST_GDTR_BASE);
    state->gdtr.limit = vmcs_get(VMCS_AT_GUEST_GDTR_LIMIT);
    state->idtr.base = vmcs_get(VMCS_AT_GUEST_IDTR_BASE);
    state->idtr.limit = vmcs_get(VMCS_AT_GUEST_IDTR_LIMIT);
}

/*
 * The process may ask for any state, even for any PE and PG: VM entry fails for one that no guest
 * can have, and the page says why. Bits that only the host may set are cleared, and those that the
 * host needs are set. Translations of the old state are invalidated.
 */
static void take_control(struct vcpu *vcpu, const struct abi_state *state)
{
    uint64_t efer = state->efer & vcpu->efer_allowed, entry = vmcs_get(VMCS_AT_ENTRY_CONTROLS);
    uint64_t cr4 = state->cr4 & vcpu->cr4_allowed, long_mode = BIT64(ENTRY_ia32e_mode);

    vmcs_put(VMCS_AT_CR0_READ_SHADOW, state->cr0);
    vmcs_put(VMCS_AT_GUEST_CR0, fixed_cr0_unrestricted(host_policy(), state->cr0));
    vmcs_put(VMCS_AT_GUEST_CR3, state->cr3);
    vmcs_put(VMCS_AT_CR4_READ_SHADOW, cr4);
    vmcs_put(VMCS_AT_GUEST_CR4, fixed_cr4(host_policy(), cr4));
    vmcs_put(VMCS_AT_GUEST_EFER, efer);
    vmcs_put(VMCS_AT_ENTRY_CONTROLS,
             has_any(efer, EFER_LMA) ? entry | long_mode : entry & ~long_mode);
    vcpu_flush(vcpu);
    vcpu->cr2 = state->cr2;
    write_cr2(state->cr2);
    if (has_any(efer, EFER_SCE) != vcpu->has_syscall) {
        vcpu_return_msrs(vcpu);
        vcpu->has_syscall = has_any(efer, EFER_SCE);
        vcpu_take_msrs(vcpu);
    }
}

static void take_syscall(struct vcpu *vcpu, const struct abi_state *state)
{
    (void)vcpu_write_msr(vcpu, MSR_IA32_STAR, state->star);
    (void)vcpu_write_msr(vcpu, MSR_IA32_LSTAR, state->lstar);
    (void)vcpu_write_msr(vcpu, MSR_IA32_CSTAR, state->cstar);
    (void)vcpu_write_msr(vcpu, MSR_IA32_FMASK, state->fmask);
    (void)vcpu_write_msr(vcpu, MSR_IA32_PAT, state->pat);
    if (is_canonical(state->kernel_gs_base, GUEST_LINEAR_BITS)) {
        vcpu->kernel_gs_base = state->kernel_gs_base;
        wrmsr(MSR_IA32_KERNEL_GS_BASE, state->kernel_gs_base);
    }
    vmcs_put(VMCS_AT_GUEST_SYSENTER_CS, state->sysenter_cs);
    vmcs_put(VMCS_AT_GUEST_SYSENTER_ESP, state->sysenter_esp);
    vmcs_put(VMCS_AT_GUEST_SYSENTER_EIP, state->sysenter_eip);
}

_Static_assert(sizeof(struct abi_state) % sizeof(uint64_t) == 0, "copied by words");

/* Each word is read once: the page is the process's, which may write to it meanwhile. */
static void copy_state(struct abi_state *to, const struct abi_state *from)
{
    const volatile uint64_t *word = (const volatile uint64_t *)(const void *)from;

    for (unsigned i = 0; i < sizeof(*to) / sizeof(*word); i++) {
        uint64_t value = word[i];

        memcpy((char *)to + i * sizeof(value), &value, sizeof(value));
    }
}

void vcpu_take_state(struct vcpu *vcpu, uint32_t parts)
{
    struct abi_state state;

    copy_state(&state, &vcpu->page->state);
    if (has_any(parts, ABI_PART_RIP)) {
        vmcs_put(VMCS_AT_GUEST_RIP, state.rip);
        vmcs_put(VMCS_AT_GUEST_RSP, state.rsp);
        vmcs_put(VMCS_AT_GUEST_RFLAGS, state.rflags);
    }
    if (has_any(parts, ABI_PART_CONTROL))
        take_control(vcpu, &state);
    if (has_any(parts, ABI_PART_SEGMENTS))
        take_segments(&state);
    if (has_any(parts, ABI_PART_SYSCALL))
        take_syscall(vcpu, &state);
    if (has_any(parts, ABI_PART_ACTIVITY))
        vmcs_put(VMCS_AT_GUEST_INTERRUPTIBILITY, state.interruptibility);
}

void vcpu_give_state(struct vcpu *vcpu)
{
    struct abi_state *state = &vcpu->page->state;

    state->rip = vmcs_get(VMCS_AT_GUEST_RIP);
    state->rsp = vmcs_get(VMCS_AT_GUEST_RSP);
    state->rflags = vmcs_get(VMCS_AT_GUEST_RFLAGS);
    state->cr0 = vcpu_cr0();
    state->cr2 = vcpu->cr2;
    state->cr3 = vmcs_get(VMCS_AT_GUEST_CR3);
    state->cr4 = vcpu_cr4();
    state->efer = vmcs_get(VMCS_AT_GUEST_EFER);
    give_segments(state);
    state->star = vcpu->star;
    state->lstar = vcpu->lstar;
    state->cstar = vcpu->cstar;
    state->fmask = vcpu->fmask;
    state->kernel_gs_base = vcpu->kernel_gs_base;
    state->sysenter_cs = vmcs_get(VMCS_AT_GUEST_SYSENTER_CS);
    state->sysenter_esp = vmcs_get(VMCS_AT_GUEST_SYSENTER_ESP);
    state->sysenter_eip = vmcs_get(VMCS_AT_GUEST_SYSENTER_EIP);
    state->pat = vmcs_get(VMCS_AT_GUEST_PAT);
    state->interruptibility = (uint32_t)vmcs_get(VMCS_AT_GUEST_INTERRUPTIBILITY);
}

/* --- why not ---------------------------------------------------------------------------------- */

static void take_field(struct vmcs_image *image, enum vmcs_field field)
{
    vmcs_set(image, field, vmcs_get((enum vmcs_encoding)vmcs_fields[field].encoding));
}

/* All that was written to the current VMCS, and what the processor answered to the entry. */
static void read_image(struct vmcs_image *image, bool by_exit)
{
    *image = (struct vmcs_image){.set = {0}};
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        if (vmcs_field_exists(host_policy(), field) && vmcs_field_type(field) != VMCS_READ_ONLY)
            take_field(image, field);
    if (by_exit) {
        take_field(image, VMCS_EXIT_REASON);
        take_field(image, VMCS_EXIT_QUALIFICATION);
    } else {
        take_field(image, VMCS_VM_INSTRUCTION_ERROR);
    }
}

/*
 * The rules are judged from a copy, which takes long: without the lock, with interrupts on. Another
 * thread may run here meanwhile and unload the vCPU, so its page is complete before.
 */
void vcpu_explain(struct vcpu *vcpu, bool by_exit)
{
    char text[sizeof(vcpu->page->why)] = "";
    struct text_buffer buffer;
    struct vmcs_image image;

    read_image(&image, by_exit);
    vcpu_take_back_event(vcpu);
    vcpu->page->state.rip = vmcs_get(VMCS_AT_GUEST_RIP);
    enable_interrupts();
    text_buffer_init(&buffer, text, sizeof(text));
    out_printf(&buffer.out, "%s; ",
               by_exit
                   ? exit_reason_text((unsigned)image.value[VMCS_EXIT_REASON] & EXIT_REASON_BASIC)
                   : vm_instruction_error_text(image.value[VMCS_VM_INSTRUCTION_ERROR]));
    vmx_explain(&buffer.out, &image, &platform()->raw);
    disable_interrupts();
    memcpy(vcpu->page->why, text, sizeof(text));
}
