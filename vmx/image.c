/* SPDX-License-Identifier: BSD-2-Clause */
/* image.c - see image.h. PURE. */
#include "image.h"

#include "fixed.h"
#include "x86.h"

/* The guest has no GDT in memory: these two only have to be right as numbers. */
#define SELECTOR_GUEST_CODE 0x08
#define SELECTOR_GUEST_DATA 0x10

static const struct guest_segment unusable = {.access = ACCESS_UNUSABLE};

static void flat_segments(struct guest_state *state, uint32_t code_access)
{
    for (unsigned i = 0; i < SEG_COUNT; i++)
        state->segment[i] = (struct guest_segment){
            .selector = SELECTOR_GUEST_DATA, .limit = LIMIT_FLAT, .access = ACCESS_DATA};
    state->segment[SEG_CS].selector = SELECTOR_GUEST_CODE;
    state->segment[SEG_CS].access = code_access;
    state->segment[SEG_LDTR] = unusable;
    state->segment[SEG_TR] = (struct guest_segment){.limit = LIMIT_TSS, .access = ACCESS_TSS_BUSY};
}

void guest_state_flat_32(struct guest_state *state, uint64_t rip, uint64_t rsp)
{
    *state = (struct guest_state){
        .cr0 = BIT64(CR0_pe) | BIT64(CR0_ne), .rip = rip, .rsp = rsp, .rflags = RFLAGS_FIXED};
    flat_segments(state, ACCESS_CODE_32);
}

void guest_state_flat_64(struct guest_state *state, uint64_t cr3, uint64_t rip, uint64_t rsp)
{
    *state = (struct guest_state){
        .cr0 = BIT64(CR0_pe) | BIT64(CR0_ne) | BIT64(CR0_wp) | BIT64(CR0_pg),
        .cr3 = cr3,
        .cr4 = BIT64(CR4_pae),
        .efer = EFER_LME | EFER_LMA,
        .rip = rip,
        .rsp = rsp,
        .rflags = RFLAGS_FIXED,
    };
    flat_segments(state, ACCESS_CODE_64);
}

static bool control_is_set(const struct guest_description *guest, enum control_word word,
                           unsigned bit)
{
    return has_any(guest->controls.result[word].value, BIT64(bit));
}

static void set_controls(struct vmcs_image *image, const struct guest_description *guest,
                         const struct msr_policy *policy)
{
    for (unsigned word = 0; word < CTL_COUNT; word++)
        if (vmcs_field_exists(policy, control_word_field(word)))
            vmcs_set(image, control_word_field(word), guest->controls.result[word].value);
    vmcs_set(image, VMCS_EXCEPTION_BITMAP, guest->exception_bitmap);
    vmcs_set(image, VMCS_PAGE_FAULT_ERROR_MASK, 0);
    vmcs_set(image, VMCS_PAGE_FAULT_ERROR_MATCH, 0);
    vmcs_set(image, VMCS_CR3_TARGET_COUNT, 0);
    vmcs_set(image, VMCS_EXIT_MSR_STORE_COUNT, 0);
    vmcs_set(image, VMCS_EXIT_MSR_LOAD_COUNT, 0);
    vmcs_set(image, VMCS_ENTRY_MSR_LOAD_COUNT, 0);
    vmcs_set(image, VMCS_ENTRY_INTERRUPTION_INFO, 0);
    if (control_is_set(guest, CTL_PROC2, PROC2_enable_ept))
        vmcs_set(image, VMCS_EPT_POINTER, guest->ept_pointer);
}

static void set_segments(struct vmcs_image *image, const struct guest_state *state)
{
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        vmcs_set(image, VMCS_GUEST_ES_SELECTOR + i, state->segment[i].selector);
        vmcs_set(image, VMCS_GUEST_ES_LIMIT + i, state->segment[i].limit);
        vmcs_set(image, VMCS_GUEST_ES_ACCESS_RIGHTS + i, state->segment[i].access);
        vmcs_set(image, VMCS_GUEST_ES_BASE + i, state->segment[i].base);
    }
    vmcs_set(image, VMCS_GUEST_GDTR_BASE, 0);
    vmcs_set(image, VMCS_GUEST_GDTR_LIMIT, 0);
    vmcs_set(image, VMCS_GUEST_IDTR_BASE, 0);
    vmcs_set(image, VMCS_GUEST_IDTR_LIMIT, 0);
}

/* The guest reads what it was given; what it may not change is masked, and its shadow the same. */
static void set_guest_control_registers(struct vmcs_image *image,
                                        const struct guest_description *guest,
                                        const struct msr_policy *policy)
{
    const struct guest_state *state = &guest->state;
    bool unrestricted = control_is_set(guest, CTL_PROC2, PROC2_unrestricted_guest);

    vmcs_set(image, VMCS_GUEST_CR0,
             unrestricted ? fixed_cr0_unrestricted(policy, state->cr0)
                          : fixed_cr0(policy, state->cr0));
    vmcs_set(image, VMCS_GUEST_CR3, state->cr3);
    vmcs_set(image, VMCS_GUEST_CR4, fixed_cr4(policy, state->cr4));
    vmcs_set(image, VMCS_CR0_GUEST_HOST_MASK, ~UINT64_C(0));
    vmcs_set(image, VMCS_CR4_GUEST_HOST_MASK, ~UINT64_C(0));
    vmcs_set(image, VMCS_CR0_READ_SHADOW, state->cr0);
    vmcs_set(image, VMCS_CR4_READ_SHADOW, state->cr4);
}

static void set_guest(struct vmcs_image *image, const struct guest_description *guest,
                      const struct host_state *host, const struct msr_policy *policy)
{
    const struct guest_state *state = &guest->state;

    set_guest_control_registers(image, guest, policy);
    set_segments(image, state);
    vmcs_set(image, VMCS_GUEST_RIP, state->rip);
    vmcs_set(image, VMCS_GUEST_RSP, state->rsp);
    vmcs_set(image, VMCS_GUEST_RFLAGS, state->rflags);
    vmcs_set(image, VMCS_GUEST_DR7, DR7_RESET);
    vmcs_set(image, VMCS_GUEST_DEBUGCTL, 0);
    vmcs_set(image, VMCS_GUEST_SYSENTER_CS, 0);
    vmcs_set(image, VMCS_GUEST_SYSENTER_ESP, 0);
    vmcs_set(image, VMCS_GUEST_SYSENTER_EIP, 0);
    vmcs_set(image, VMCS_GUEST_INTERRUPTIBILITY, 0);
    vmcs_set(image, VMCS_GUEST_ACTIVITY_STATE, ACTIVITY_ACTIVE);
    vmcs_set(image, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, 0);
    vmcs_set(image, VMCS_VMCS_LINK_POINTER, LINK_POINTER_NONE);
    if (control_is_set(guest, CTL_ENTRY, ENTRY_load_guest_efer))
        vmcs_set(image, VMCS_GUEST_EFER, state->efer);
    if (control_is_set(guest, CTL_ENTRY, ENTRY_load_guest_pat))
        vmcs_set(image, VMCS_GUEST_PAT, host->pat);
}

static void set_host(struct vmcs_image *image, const struct guest_description *guest,
                     const struct host_state *host)
{
    vmcs_set(image, VMCS_HOST_CR0, host->cr0);
    vmcs_set(image, VMCS_HOST_CR3, host->cr3);
    vmcs_set(image, VMCS_HOST_CR4, host->cr4);
    vmcs_set(image, VMCS_HOST_CS_SELECTOR, host->cs);
    vmcs_set(image, VMCS_HOST_SS_SELECTOR, host->ss);
    vmcs_set(image, VMCS_HOST_DS_SELECTOR, host->ds);
    vmcs_set(image, VMCS_HOST_ES_SELECTOR, host->es);
    vmcs_set(image, VMCS_HOST_FS_SELECTOR, host->fs);
    vmcs_set(image, VMCS_HOST_GS_SELECTOR, host->gs);
    vmcs_set(image, VMCS_HOST_TR_SELECTOR, host->tr);
    vmcs_set(image, VMCS_HOST_FS_BASE, host->fs_base);
    vmcs_set(image, VMCS_HOST_GS_BASE, host->gs_base);
    vmcs_set(image, VMCS_HOST_TR_BASE, host->tr_base);
    vmcs_set(image, VMCS_HOST_GDTR_BASE, host->gdtr_base);
    vmcs_set(image, VMCS_HOST_IDTR_BASE, host->idtr_base);
    vmcs_set(image, VMCS_HOST_SYSENTER_CS, host->sysenter_cs);
    vmcs_set(image, VMCS_HOST_SYSENTER_ESP, host->sysenter_esp);
    vmcs_set(image, VMCS_HOST_SYSENTER_EIP, host->sysenter_eip);
    vmcs_set(image, VMCS_HOST_RIP, host->rip);
    if (control_is_set(guest, CTL_EXIT, EXIT_load_host_efer))
        vmcs_set(image, VMCS_HOST_EFER, host->efer);
    if (control_is_set(guest, CTL_EXIT, EXIT_load_host_pat))
        vmcs_set(image, VMCS_HOST_PAT, host->pat);
}

enum status image_build(struct vmcs_image *image, struct guest_description *guest,
                        const struct host_state *host, const struct msr_policy *policy)
{
    enum status status = controls_build(&guest->controls, policy);

    *image = (struct vmcs_image){.set = {0}};
    if (status != S_OK)
        return status;
    set_controls(image, guest, policy);
    set_guest(image, guest, host, policy);
    set_host(image, guest, host);
    return S_OK;
}
