/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_state.c - checks of the rest of the guest-state area. SDM: "Checks on Guest RIP,
 * RFLAGS, and SSP", "Checks on Guest Non-Register State", "Checks on Guest
 * Page-Directory-Pointer-Table Entries". PURE.
 */
#include "guest.h"
#include "state.h"
#include "x86.h"

#define EVENT_NONE (EVENT_OTHER + 1) /* beside the types of enum event_type: nothing is injected */

#define BLOCKING_RESERVED MASK64(5, 59)
#define PENDING_RESERVED  (MASK64(4, 7) | PENDING_BLD | BIT64(13) | BIT64(15) | MASK64(17, 47))

static bool rflags_has(const struct check_input *in, uint64_t mask)
{
    return has_any(check_value(in, VMCS_GUEST_RFLAGS), mask);
}

static bool blocked(const struct check_input *in, uint64_t mask)
{
    return has_any(check_value(in, VMCS_GUEST_INTERRUPTIBILITY), mask);
}

static bool is_in_state(const struct check_input *in, enum activity_state state)
{
    return check_value(in, VMCS_GUEST_ACTIVITY_STATE) == state;
}

static unsigned event(const struct check_input *in)
{
    uint64_t info = check_value(in, VMCS_ENTRY_INTERRUPTION_INFO);

    return has_any(info, EVENT_VALID) ? event_type(info) : EVENT_NONE;
}

static bool injects(const struct check_input *in, enum event_type what, unsigned vector)
{
    return event(in) == what &&
           event_vector(check_value(in, VMCS_ENTRY_INTERRUPTION_INFO)) == vector;
}

/* No linear address has bits beyond the width that differ, though bit 47 (56) may differ. */
static bool fits_linear_width(const struct check_input *in, uint64_t address)
{
    unsigned width = check_linear_bits(in);
    uint64_t upper = MASK64(width, 64 - width);

    return !has_any(address, upper) || has_all(address, upper);
}

/* --- RIP, RFLAGS, SSP ------------------------------------------------------------------------- */

static uint64_t rip_high(const struct check_input *in, unsigned field)
{
    uint64_t high = check_field_beyond_32(in, field);

    return high && !check_is_64bit_code(in) ? high : 0;
}

static bool rip_width(const struct check_input *in, unsigned field)
{
    return fits_linear_width(in, check_value(in, field)) || !check_is_64bit_code(in);
}

static uint64_t rflags_reserved_0(const struct check_input *in, unsigned field)
{
    return check_value(in, field) & (MASK64(22, 42) | BIT64(15) | BIT64(5) | BIT64(3));
}

static uint64_t rflags_reserved_1(const struct check_input *in, unsigned field)
{
    return ~check_value(in, field) & RFLAGS_FIXED;
}

static bool vm_not_ia32e(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_v86(in) || !check_is_ia32e(in);
}

static bool vm_needs_pe(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_v86(in) || has_any(check_value(in, VMCS_GUEST_CR0), BIT64(CR0_pe));
}

static bool external_needs_if(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return event(in) != EVENT_EXTERNAL_INTERRUPT || rflags_has(in, RFLAGS_IF);
}

/* Under FRED, code of ring 3 has no IOPL. */
static bool iopl_fred(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_has_fred(in) || check_dpl(in, SEG_SS) != 3 || !rflags_has(in, RFLAGS_IOPL);
}

static bool loads_cet(const struct check_input *in)
{
    return check_is_set(in, WORD_ENTRY, ENTRY_load_cet_state);
}

static uint64_t ssp_aligned(const struct check_input *in, unsigned field)
{
    return loads_cet(in) ? check_value(in, field) & MASK64(0, 2) : 0;
}

/*
 * Processors do so, as the preview of CET had it: kvm's list of January 2021 has one that refuses
 * such a guest.
 */
static uint64_t ssp_high(const struct check_input *in, unsigned field)
{
    return loads_cet(in) && !check_is_ia32e(in) ? check_field_beyond_32(in, field) : 0;
}

static bool ssp_width(const struct check_input *in, unsigned field)
{
    return !loads_cet(in) || fits_linear_width(in, check_value(in, field));
}

/* --- activity state --------------------------------------------------------------------------- */

static bool activity_known(const struct check_input *in, unsigned field)
{
    return check_value(in, field) < ACTIVITY_STATES;
}

/* argument: the state. Its bit in IA32_VMX_MISC is 5 higher than its number. */
static bool activity_offered(const struct check_input *in, unsigned state)
{
    return !is_in_state(in, state) || check_offers(in, MSR_IA32_VMX_MISC - VMX_MSR_FIRST,
                                                   MISC_hlt_activity_state - ACTIVITY_HLT + state);
}

static bool hlt_needs_ring_0(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !is_in_state(in, ACTIVITY_HLT) || check_dpl(in, SEG_SS) == 0;
}

static bool blocked_is_active(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !blocked(in, BLOCKING_BY_STI | BLOCKING_BY_MOV_SS) || is_in_state(in, ACTIVITY_ACTIVE);
}

static bool hlt_event(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !is_in_state(in, ACTIVITY_HLT) || event(in) == EVENT_NONE ||
           event(in) == EVENT_EXTERNAL_INTERRUPT || event(in) == EVENT_NMI ||
           injects(in, EVENT_HARDWARE_EXCEPTION, VECTOR_DEBUG) ||
           injects(in, EVENT_HARDWARE_EXCEPTION, VECTOR_MACHINE_CHECK) ||
           injects(in, EVENT_OTHER, OTHER_MTF);
}

static bool shutdown_event(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !is_in_state(in, ACTIVITY_SHUTDOWN) || event(in) == EVENT_NONE ||
           event(in) == EVENT_NMI || injects(in, EVENT_HARDWARE_EXCEPTION, VECTOR_MACHINE_CHECK);
}

static bool sipi_event(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !is_in_state(in, ACTIVITY_WAIT_FOR_SIPI) || event(in) == EVENT_NONE;
}

static bool sipi_not_smm(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !is_in_state(in, ACTIVITY_WAIT_FOR_SIPI) || !check_is_set(in, WORD_ENTRY, ENTRY_smm);
}

/* --- interruptibility ------------------------------------------------------------------------- */

static uint64_t blocking_reserved(const struct check_input *in, unsigned field)
{
    return check_value(in, field) & BLOCKING_RESERVED;
}

static bool sti_or_mov_ss(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !blocked(in, BLOCKING_BY_STI) || !blocked(in, BLOCKING_BY_MOV_SS);
}

static bool sti_needs_if(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !blocked(in, BLOCKING_BY_STI) || rflags_has(in, RFLAGS_IF);
}

/* argument: the blocking that must not be there when an external interrupt is injected */
static bool external_blocked(const struct check_input *in, unsigned mask)
{
    return event(in) != EVENT_EXTERNAL_INTERRUPT || !blocked(in, mask);
}

static bool nmi_mov_ss(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return event(in) != EVENT_NMI || !blocked(in, BLOCKING_BY_MOV_SS);
}

/*
 * SDM: "VM-Entry Failures During or After Loading Guest State": this one has an exit qualification
 * of its own.
 */
#define QUALIFICATION_NMI 3

static bool was_refused_for_nmi(const struct check_input *in)
{
    return check_qualified(in, CHECK_GUEST, QUALIFICATION_NMI);
}

/* The processor refused, and said that it was for something else. */
static bool was_refused_otherwise(const struct check_input *in)
{
    if (check_outcome(in) == CHECK_GUEST)
        return vmcs_is_set(in->image, VMCS_EXIT_QUALIFICATION) && !was_refused_for_nmi(in);
    return check_outcome(in) != CHECK_CLASSES;
}

/*
 * "A logical processor may also require" it, says the SDM. Which do is not known: where nobody
 * says, an NMI counts as refused, though not for certain.
 */
static bool nmi_sti(const struct check_input *in, unsigned argument)
{
    (void)argument;
    if (event(in) != EVENT_NMI || !blocked(in, BLOCKING_BY_STI))
        return true;
    if (was_refused_for_nmi(in))
        return false;
    if (check_is_given(in, FACT_nmi_blocked_by_sti))
        return !in->machine->nmi_blocked_by_sti;
    return was_refused_otherwise(in);
}

static bool nmi_sti_certain(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return in->machine->nmi_blocked_by_sti || was_refused_for_nmi(in);
}

static bool smi_outside_smm(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return in->machine->in_smm || !blocked(in, BLOCKING_BY_SMI);
}

static bool smi_entry_to_smm(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_set(in, WORD_ENTRY, ENTRY_smm) || blocked(in, BLOCKING_BY_SMI);
}

static bool virtual_nmi(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_set(in, WORD_PIN, PIN_virtual_nmis) || event(in) != EVENT_NMI ||
           !blocked(in, BLOCKING_BY_NMI);
}

static bool enclave_mov_ss(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !blocked(in, BLOCKING_ENCLAVE) || !blocked(in, BLOCKING_BY_MOV_SS);
}

static uint64_t enclave_sgx(const struct check_input *in, unsigned field)
{
    uint64_t enclave = check_value(in, field) & BLOCKING_ENCLAVE;

    return enclave && !CHECK_FACT(in, sgx) ? enclave : 0;
}

static bool sti_fred(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_has_fred(in) || check_dpl(in, SEG_SS) != 3 || !blocked(in, BLOCKING_BY_STI);
}

/* --- pending debug exceptions ----------------------------------------------------------------- */

static bool pending(const struct check_input *in, uint64_t mask)
{
    return has_any(check_value(in, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS), mask);
}

static uint64_t pending_reserved(const struct check_input *in, unsigned field)
{
    uint64_t wrong = check_value(in, field) & PENDING_RESERVED;

    if (has_any(wrong, PENDING_BLD) && CHECK_FACT(in, bus_lock_detect))
        wrong &= ~PENDING_BLD;
    return wrong;
}

/* Where the single-step trap of the last instruction would not have been delivered yet. */
static bool is_delayed(const struct check_input *in)
{
    return blocked(in, BLOCKING_BY_STI | BLOCKING_BY_MOV_SS) || is_in_state(in, ACTIVITY_HLT);
}

static bool is_stepping(const struct check_input *in)
{
    return rflags_has(in, RFLAGS_TF) &&
           !has_any(check_value(in, VMCS_GUEST_DEBUGCTL), DEBUGCTL_BTF);
}

static bool bs_is_1(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !is_delayed(in) || !is_stepping(in) || pending(in, PENDING_BS);
}

static bool bs_is_0(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !is_delayed(in) || is_stepping(in) || !pending(in, PENDING_BS);
}

static bool rtm_supported(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !pending(in, PENDING_RTM) || CHECK_FACT(in, rtm);
}

static bool rtm_alone(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !pending(in, PENDING_RTM) || !pending(in, MASK64(0, 12) | MASK64(13, 3));
}

static bool rtm_breakpoint(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !pending(in, PENDING_RTM) || pending(in, PENDING_BREAKPOINT);
}

static bool rtm_mov_ss(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !pending(in, PENDING_RTM) || !blocked(in, BLOCKING_BY_MOV_SS);
}

/* --- VMCS link pointer ------------------------------------------------------------------------ */

static uint64_t link(const struct check_input *in)
{
    return check_value(in, VMCS_VMCS_LINK_POINTER);
}

static uint64_t link_aligned(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return link(in) == LINK_POINTER_NONE ? 0 : link(in) & (PAGE_SIZE - 1);
}

static uint64_t link_width(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return link(in) == LINK_POINTER_NONE ? 0 : check_beyond_control_width(in, link(in));
}

/* The first word of the linked VMCS; false where there is none, or it cannot be read. */
static bool link_word(const struct check_input *in, uint32_t *word)
{
    return link(in) != LINK_POINTER_NONE && !link_aligned(in, 0) && !link_width(in, 0) &&
           check_read_memory(in, link(in), word, sizeof(*word));
}

static bool link_revision(const struct check_input *in, unsigned argument)
{
    const unsigned basic = MSR_IA32_VMX_BASIC - VMX_MSR_FIRST;
    uint32_t word;

    (void)argument;
    if (!link_word(in, &word))
        return true;
    if (has_any(in->msrs_assumed, BIT64(basic)))
        check_note_msr(in, basic, true);
    return field_of(word, 0, 31) == in->policy->vmx.basic.vmcs_revision_id;
}

static bool link_shadow(const struct check_input *in, unsigned argument)
{
    uint32_t word;

    (void)argument;
    return !link_word(in, &word) ||
           has_any(word, BIT64(31)) == check_is_set(in, WORD_PROC2, PROC2_enable_vmcs_shadowing);
}

/* In SMM, and staying there: the pointer is held against the executive VMCS instead. */
static bool stays_in_smm(const struct check_input *in)
{
    return in->machine->in_smm && !check_is_set(in, WORD_ENTRY, ENTRY_smm);
}

static bool link_not_current(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return stays_in_smm(in) || !in->vmcs || link(in) != in->vmcs;
}

static bool link_not_executive(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !stays_in_smm(in) || link(in) == LINK_POINTER_NONE ||
           link(in) != check_value(in, VMCS_EXECUTIVE_VMCS_POINTER);
}

/* --- PDPTEs ----------------------------------------------------------------------------------- */

#define PDPTE_RESERVED      (MASK64(1, 2) | MASK64(5, 4))
#define CR3_PAE_TABLE_SHIFT 5

static bool uses_pae_paging(const struct check_input *in)
{
    return !check_is_ia32e(in) && has_any(check_value(in, VMCS_GUEST_CR0), BIT64(CR0_pg)) &&
           has_any(check_value(in, VMCS_GUEST_CR4), BIT64(CR4_pae));
}

static uint64_t pdpte_wrong(const struct check_input *in, uint64_t entry)
{
    if (!has_any(entry, PAGE_PRESENT))
        return 0;
    return (entry & PDPTE_RESERVED) | check_beyond_width(in, entry);
}

static uint64_t pdpte_field(const struct check_input *in, unsigned field)
{
    if (!uses_pae_paging(in) || !check_is_set(in, WORD_PROC2, PROC2_enable_ept))
        return 0;
    return pdpte_wrong(in, check_value(in, field));
}

/* Entry `index` in memory; false where PDPTEs are fields, or cannot be read. */
static bool read_pdpte(const struct check_input *in, unsigned index, uint64_t *entry)
{
    uint64_t table = check_value(in, VMCS_GUEST_CR3) & MASK64(CR3_PAE_TABLE_SHIFT, 27);

    return uses_pae_paging(in) && !check_is_set(in, WORD_PROC2, PROC2_enable_ept) &&
           check_read_memory(in, table + index * sizeof(*entry), entry, sizeof(*entry));
}

/* argument: the entry's number */
static bool pdpte_memory(const struct check_input *in, unsigned index)
{
    uint64_t entry;

    return !read_pdpte(in, index, &entry) || !pdpte_wrong(in, entry);
}

static void print_pdpte(struct out *out, const struct check_input *in, unsigned index)
{
    uint64_t entry = 0;

    (void)read_pdpte(in, index, &entry);
    out_printf(out, "PDPTE%u 0x%lx; ", index, (unsigned long)entry);
    check_print_mask(out, pdpte_wrong(in, entry));
    out_printf(out, "; ");
    check_detail_width(out, in, index);
}

/* --- the table -------------------------------------------------------------------------------- */

#define RIP(id, ...) \
    CHECK_ROW(CHECK_GUEST, "guest." id, "Checks on Guest RIP, RFLAGS, and SSP", __VA_ARGS__)
#define STATE(id, ...) \
    CHECK_ROW(CHECK_GUEST, "guest." id, "Checks on Guest Non-Register State", __VA_ARGS__)
#define ACTIVITY(id, rule, holds, argument) \
    STATE("activity_state." id, "activity state: " rule, holds, argument, VMCS_GUEST_ACTIVITY_STATE)
#define ACTIVITY_EVENT(id, rule, holds)                                                       \
    STATE("activity_state." id, "activity state: " rule, holds, 0, VMCS_GUEST_ACTIVITY_STATE, \
          VMCS_ENTRY_INTERRUPTION_INFO)
#define BLOCKING(id, rule, holds, argument, ...)                                    \
    STATE("interruptibility." id, "interruptibility state: " rule, holds, argument, \
          VMCS_GUEST_INTERRUPTIBILITY, __VA_ARGS__)
#define PENDING(id, rule, holds, ...)                                       \
    STATE("pending_debug." id, "pending debug exceptions: " rule, holds, 0, \
          VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, __VA_ARGS__)
#define LINK(id, rule, holds, ...) \
    STATE("link_pointer." id, "VMCS link pointer: " rule, holds, 0, __VA_ARGS__)

#define RIP_DETAIL(id, ...) \
    CHECK_ROW_DETAIL(CHECK_GUEST, "guest." id, "Checks on Guest RIP, RFLAGS, and SSP", __VA_ARGS__)
#define STATE_DETAIL(id, ...) \
    CHECK_ROW_DETAIL(CHECK_GUEST, "guest." id, "Checks on Guest Non-Register State", __VA_ARGS__)
#define PDPTE_DETAIL(id, ...)                  \
    CHECK_ROW_DETAIL(CHECK_GUEST, "guest." id, \
                     "Checks on Guest Page-Directory-Pointer-Table Entries", __VA_ARGS__)

#define PDPTE_ROW(n)                                                                  \
    PDPTE_DETAIL("pdpte" #n ".reserved",                                              \
                 "guest PDPTE" #n                                                     \
                 ", if present: bits 2:1, 8:5 and those beyond the physical-address " \
                 "width must be 0",                                                   \
                 pdpte_field, check_detail_width, VMCS_GUEST_PDPTE##n, VMCS_GUEST_PDPTE##n)
#define PDPTE_MEMORY_ROW(n)                                                                       \
    PDPTE_DETAIL("pdpte" #n ".memory",                                                            \
                 "PDPTE" #n " in memory, at CR3, if present: bits 2:1, 8:5 and those beyond the " \
                 "physical-address width must be 0",                                              \
                 pdpte_memory, print_pdpte, n, VMCS_GUEST_CR3)

static const struct check_row rows[] = {
    RIP("rip.high", "guest RIP: bits 63:32 must be 0 outside 64-bit mode", rip_high, VMCS_GUEST_RIP,
        VMCS_GUEST_RIP, VMCS_GUEST_CS_ACCESS_RIGHTS, VMCS_ENTRY_CONTROLS),
    RIP_DETAIL("rip.width", "guest RIP: bits beyond the linear-address width must be equal",
               rip_width, check_detail_linear, VMCS_GUEST_RIP, VMCS_GUEST_RIP),
    RIP("rflags.reserved_0", "guest RFLAGS: bits 63:22, 15, 5 and 3 must be 0", rflags_reserved_0,
        VMCS_GUEST_RFLAGS, VMCS_GUEST_RFLAGS),
    RIP("rflags.reserved_1", "guest RFLAGS: bit 1 must be 1", rflags_reserved_1, VMCS_GUEST_RFLAGS,
        VMCS_GUEST_RFLAGS),
    RIP("rflags.vm_ia32e", "guest RFLAGS: bit 17 (VM) must be 0 with \"IA-32e mode guest\"",
        vm_not_ia32e, 0, VMCS_GUEST_RFLAGS, VMCS_ENTRY_CONTROLS),
    RIP("rflags.vm_pe", "guest RFLAGS: bit 17 (VM) must be 0 while CR0 bit 0 (PE) is 0",
        vm_needs_pe, 0, VMCS_GUEST_RFLAGS, VMCS_GUEST_CR0),
    RIP("rflags.if_external",
        "guest RFLAGS: bit 9 (IF) must be 1 when an external interrupt is injected",
        external_needs_if, 0, VMCS_GUEST_RFLAGS, VMCS_ENTRY_INTERRUPTION_INFO),
    RIP("rflags.iopl_fred",
        "guest RFLAGS: bits 13:12 (IOPL) must be 0 at CPL 3 with CR4 bit 32 (FRED)", iopl_fred, 0,
        VMCS_GUEST_RFLAGS, VMCS_GUEST_SS_ACCESS_RIGHTS, VMCS_GUEST_CR4),
    RIP("ssp.aligned", "guest SSP: bits 1:0 must be 0 (\"load CET state\")", ssp_aligned,
        VMCS_GUEST_SSP, VMCS_GUEST_SSP, VMCS_ENTRY_CONTROLS),
    RIP_DETAIL("ssp.width",
               "guest SSP: bits beyond the linear-address width must be equal (\"load CET state\")",
               ssp_width, check_detail_linear, VMCS_GUEST_SSP, VMCS_GUEST_SSP, VMCS_ENTRY_CONTROLS),
    {
        .id = "guest.ssp.high",
        .section = "Checks on Guest RIP, RFLAGS, and SSP",
        .rule = "guest SSP: bits 63:32 must be 0 without \"IA-32e mode guest\"",
        .seen = true,
        .wrong = ssp_high,
        .argument = VMCS_GUEST_SSP,
        .class = CHECK_GUEST,
        .field_count = 2,
        .fields = {VMCS_GUEST_SSP, VMCS_ENTRY_CONTROLS},
    },

    ACTIVITY("known", "must be 0 (active), 1 (HLT), 2 (shutdown) or 3 (wait-for-SIPI)",
             activity_known, VMCS_GUEST_ACTIVITY_STATE),
    ACTIVITY("hlt_offered", "1 (HLT) needs IA32_VMX_MISC bit 6", activity_offered, ACTIVITY_HLT),
    ACTIVITY("shutdown_offered", "2 (shutdown) needs IA32_VMX_MISC bit 7", activity_offered,
             ACTIVITY_SHUTDOWN),
    ACTIVITY("wait_for_sipi_offered", "3 (wait-for-SIPI) needs IA32_VMX_MISC bit 8",
             activity_offered, ACTIVITY_WAIT_FOR_SIPI),
    STATE("activity_state.hlt_dpl", "activity state: 1 (HLT) needs SS's DPL to be 0",
          hlt_needs_ring_0, 0, VMCS_GUEST_ACTIVITY_STATE, VMCS_GUEST_SS_ACCESS_RIGHTS),
    STATE("activity_state.blocking",
          "activity state: must be 0 (active) under blocking by STI or by MOV SS",
          blocked_is_active, 0, VMCS_GUEST_ACTIVITY_STATE, VMCS_GUEST_INTERRUPTIBILITY),
    ACTIVITY_EVENT("hlt_event",
                   "1 (HLT) takes only external interrupts, NMIs, #DB, #MC and pending MTF exits",
                   hlt_event),
    ACTIVITY_EVENT("shutdown_event", "2 (shutdown) takes only NMIs and #MC", shutdown_event),
    ACTIVITY_EVENT("wait_for_sipi_event", "3 (wait-for-SIPI) takes no injected event", sipi_event),
    STATE("activity_state.wait_for_sipi_smm",
          "activity state: must not be 3 (wait-for-SIPI) with \"entry to SMM\"", sipi_not_smm, 0,
          VMCS_GUEST_ACTIVITY_STATE, VMCS_ENTRY_CONTROLS),

    STATE("interruptibility.reserved", "interruptibility state: bits 31:5 must be 0",
          blocking_reserved, VMCS_GUEST_INTERRUPTIBILITY, VMCS_GUEST_INTERRUPTIBILITY),
    STATE("interruptibility.sti_mov_ss",
          "interruptibility state: bits 0 (STI) and 1 (MOV SS) must not both be 1", sti_or_mov_ss,
          0, VMCS_GUEST_INTERRUPTIBILITY),
    BLOCKING("sti_if", "bit 0 (STI) must be 0 while RFLAGS bit 9 (IF) is 0", sti_needs_if, 0,
             VMCS_GUEST_RFLAGS),
    BLOCKING("external_sti", "bit 0 (STI) must be 0 when an external interrupt is injected",
             external_blocked, BLOCKING_BY_STI, VMCS_ENTRY_INTERRUPTION_INFO),
    BLOCKING("external_mov_ss", "bit 1 (MOV SS) must be 0 when an external interrupt is injected",
             external_blocked, BLOCKING_BY_MOV_SS, VMCS_ENTRY_INTERRUPTION_INFO),
    BLOCKING("nmi_mov_ss", "bit 1 (MOV SS) must be 0 when an NMI is injected", nmi_mov_ss, 0,
             VMCS_ENTRY_INTERRUPTION_INFO),
    {
        .id = "guest.interruptibility.nmi_sti",
        .section = "Checks on Guest Non-Register State",
        .rule = "interruptibility state: some processors want bit 0 (STI) to be 0 when an NMI is "
                "injected",
        .holds = nmi_sti,
        .certain = nmi_sti_certain,
        .class = CHECK_GUEST,
        .field_count = 2,
        .fields = {VMCS_GUEST_INTERRUPTIBILITY, VMCS_ENTRY_INTERRUPTION_INFO},
    },
    STATE("interruptibility.smi_outside_smm",
          "interruptibility state: bit 2 (SMI) must be 0 outside SMM", smi_outside_smm, 0,
          VMCS_GUEST_INTERRUPTIBILITY),
    BLOCKING("smi_entry_to_smm", "bit 2 (SMI) must be 1 with \"entry to SMM\"", smi_entry_to_smm, 0,
             VMCS_ENTRY_CONTROLS),
    BLOCKING("virtual_nmi", "bit 3 (NMI) must be 0 when an NMI is injected with \"virtual NMIs\"",
             virtual_nmi, 0, VMCS_ENTRY_INTERRUPTION_INFO, VMCS_PIN_CONTROLS),
    STATE("interruptibility.enclave_mov_ss",
          "interruptibility state: bits 4 (enclave) and 1 (MOV SS) must not both be 1",
          enclave_mov_ss, 0, VMCS_GUEST_INTERRUPTIBILITY),
    STATE("interruptibility.enclave_sgx",
          "interruptibility state: bit 4 (enclave) needs SGX (CPUID.7:EBX bit 2)", enclave_sgx,
          VMCS_GUEST_INTERRUPTIBILITY, VMCS_GUEST_INTERRUPTIBILITY),
    BLOCKING("sti_fred", "bit 0 (STI) must be 0 at CPL 3 with CR4 bit 32 (FRED)", sti_fred, 0,
             VMCS_GUEST_SS_ACCESS_RIGHTS, VMCS_GUEST_CR4),

    STATE("pending_debug.reserved",
          "pending debug exceptions: bits 63:17, 15, 13 and 11:4 must be 0 (bit 11: bus-lock "
          "detection)",
          pending_reserved, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS,
          VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS),
    PENDING("bs_1",
            "bit 14 (BS) must be 1 with RFLAGS.TF, without DEBUGCTL.BTF, where blocked or in HLT",
            bs_is_1, VMCS_GUEST_RFLAGS, VMCS_GUEST_DEBUGCTL, VMCS_GUEST_INTERRUPTIBILITY),
    PENDING("bs_0",
            "bit 14 (BS) must be 0 without RFLAGS.TF or with DEBUGCTL.BTF, where blocked or in HLT",
            bs_is_0, VMCS_GUEST_RFLAGS, VMCS_GUEST_DEBUGCTL, VMCS_GUEST_INTERRUPTIBILITY),
    STATE("pending_debug.rtm_supported",
          "pending debug exceptions: bit 16 (RTM) needs RTM (CPUID.7:EBX bit 11)", rtm_supported, 0,
          VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS),
    STATE("pending_debug.rtm_alone",
          "pending debug exceptions: bits 15:13 and 11:0 must be 0 with bit 16 (RTM)", rtm_alone, 0,
          VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS),
    STATE("pending_debug.rtm_breakpoint",
          "pending debug exceptions: bit 12 (enabled breakpoint) must be 1 with bit 16 (RTM)",
          rtm_breakpoint, 0, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS),
    PENDING("rtm_mov_ss", "bit 16 (RTM) must be 0 under blocking by MOV SS", rtm_mov_ss,
            VMCS_GUEST_INTERRUPTIBILITY),

    LINK("aligned", "bits 11:0 must be 0", link_aligned, VMCS_VMCS_LINK_POINTER),
    STATE_DETAIL("link_pointer.width",
                 "VMCS link pointer: bits beyond the physical-address width must be 0", link_width,
                 check_detail_control_width, 0, VMCS_VMCS_LINK_POINTER),
    LINK("revision", "bits 30:0 of the linked VMCS must be the VMCS revision identifier",
         link_revision, VMCS_VMCS_LINK_POINTER),
    LINK("shadow", "bit 31 of the linked VMCS must be \"VMCS shadowing\"", link_shadow,
         VMCS_VMCS_LINK_POINTER, VMCS_SECONDARY_CONTROLS),
    LINK("current", "must not point to the VMCS that is entered", link_not_current,
         VMCS_VMCS_LINK_POINTER),
    LINK("executive", "in SMM, must not be the executive-VMCS pointer", link_not_executive,
         VMCS_VMCS_LINK_POINTER, VMCS_EXECUTIVE_VMCS_POINTER),

    PDPTE_ROW(0),
    PDPTE_ROW(1),
    PDPTE_ROW(2),
    PDPTE_ROW(3),
    PDPTE_MEMORY_ROW(0),
    PDPTE_MEMORY_ROW(1),
    PDPTE_MEMORY_ROW(2),
    PDPTE_MEMORY_ROW(3),
};

const struct check_table check_guest_state = {rows, ARRAY_SIZE(rows)};
