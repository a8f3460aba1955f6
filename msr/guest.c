/* SPDX-License-Identifier: BSD-2-Clause */
/* guest.c - see guest.h. PURE. */
#include "guest.h"

#define B(word, name) BIT64(word##_##name)
#define F(word, name) MASK64(word##_##name, word##_##name##_last - word##_##name + 1)
#define OFFERED(id, mask, text)                                           \
    {                                                                     \
        .word = WORD_##id, .bits = (mask), .offered = true, .why = (text) \
    }
#define WITHHELD(id, mask, text)                                           \
    {                                                                      \
        .word = WORD_##id, .bits = (mask), .offered = false, .why = (text) \
    }

/* clang-format off */
const struct guest_offer guest_offers[] = {
    OFFERED(BASIC, F(BASIC, vmcs_revision_id) | F(BASIC, vmcs_region_size) |
            F(BASIC, memory_type) | B(BASIC, mbz) | B(BASIC, addresses_32bit),
            "numbers about a VMCS that is the guest's own memory"),
    OFFERED(BASIC, B(BASIC, ins_out_info) | B(BASIC, any_error_code),
            "fields that are copied as they are"),
    OFFERED(BASIC, B(BASIC, default1_zero), "the true MSRs have the rows of their words"),
    WITHHELD(BASIC, B(BASIC, dual_monitor), "SMM belongs to the firmware, not to a guest"),
    WITHHELD(BASIC, B(BASIC, nested_exception), "FRED state is not switched"),

    OFFERED(PIN, B(PIN, ext_intr_exiting) | B(PIN, nmi_exiting),
            "the kernel has the exit first, and passes on what is the guest hypervisor's"),
    OFFERED(PIN, B(PIN, virtual_nmis), "blocking that is in the VMCS"),
    WITHHELD(PIN, B(PIN, preempt_timer), "the kernel uses the one timer itself"),
    WITHHELD(PIN, B(PIN, posted_interrupt), "its descriptor would be the guest's memory"),

    OFFERED(PROC, B(PROC, virtual_intr_pending) | B(PROC, hlt_exiting) | B(PROC, invlpg_exiting) |
            B(PROC, mwait_exiting) | B(PROC, rdpmc_exiting) | B(PROC, rdtsc_exiting) |
            B(PROC, cr3_load_exiting) | B(PROC, cr3_store_exiting) | B(PROC, cr8_load_exiting) |
            B(PROC, cr8_store_exiting) | B(PROC, virtual_nmi_pending) | B(PROC, mov_dr_exiting) |
            B(PROC, uncond_io_exiting) | B(PROC, monitor_trap_flag) | B(PROC, monitor_exiting) |
            B(PROC, pause_exiting), "the exit is passed on to the guest hypervisor"),
    OFFERED(PROC, B(PROC, activate_io_bitmap) | B(PROC, activate_msr_bitmap),
            "what either bitmap closes, the merged one closes"),
    OFFERED(PROC, B(PROC, use_tsc_offseting), "offsets add up"),
    OFFERED(PROC, B(PROC, activate_secondary_controls), "they have rows of their own"),
    WITHHELD(PROC, B(PROC, activate_tertiary_controls), "no tertiary control is virtualized"),
    WITHHELD(PROC, B(PROC, tpr_shadow), "its virtual-APIC page would be the guest's memory"),

    OFFERED(EXIT, B(EXIT, save_debug_cntrls) | B(EXIT, save_guest_pat) | B(EXIT, load_host_pat) |
            B(EXIT, save_guest_efer) | B(EXIT, load_host_efer),
            "state that the kernel switches at every exit"),
    OFFERED(EXIT, B(EXIT, ia32e_mode), "the mode that the guest hypervisor goes on in"),
    OFFERED(EXIT, B(EXIT, ack_intr_on_exit), "the kernel acknowledges interrupts itself"),
    WITHHELD(EXIT, B(EXIT, save_preempt_timer), "the kernel uses the one timer itself"),
    WITHHELD(EXIT, B(EXIT, load_perf_global_ctrl) | B(EXIT, save_perf_global_ctrl) |
             B(EXIT, conceal_vmexits_from_pt) | B(EXIT, clear_rtit_ctl) | B(EXIT, clear_lbr_ctl),
             "performance monitoring and tracing stay with the host"),
    WITHHELD(EXIT, B(EXIT, activate_secondary_exit_controls), "none of them is virtualized"),
    WITHHELD(EXIT, B(EXIT, clear_uinv), "user interrupts are not virtualized"),
    WITHHELD(EXIT, B(EXIT, clear_bndcfgs), "IA32_BNDCFGS is not switched"),
    WITHHELD(EXIT, B(EXIT, load_cet_state), "CET state is not switched"),
    WITHHELD(EXIT, B(EXIT, load_pkrs), "IA32_PKRS is not switched"),

    OFFERED(ENTRY, B(ENTRY, load_debug_cntrls) | B(ENTRY, load_guest_pat) |
            B(ENTRY, load_guest_efer), "state that the kernel switches at every exit"),
    OFFERED(ENTRY, B(ENTRY, ia32e_mode), "the mode that the guest's guest is in"),
    WITHHELD(ENTRY, B(ENTRY, smm) | B(ENTRY, deact_dual_monitor),
             "SMM belongs to the firmware, not to a guest"),
    WITHHELD(ENTRY, B(ENTRY, load_perf_global_ctrl) | B(ENTRY, conceal_vmentries_from_pt) |
             B(ENTRY, load_rtit_ctl) | B(ENTRY, load_lbr_ctl),
             "performance monitoring and tracing stay with the host"),
    WITHHELD(ENTRY, B(ENTRY, load_uinv), "user interrupts are not virtualized"),
    WITHHELD(ENTRY, B(ENTRY, load_bndcfgs), "IA32_BNDCFGS is not switched"),
    WITHHELD(ENTRY, B(ENTRY, load_cet_state), "CET state is not switched"),
    WITHHELD(ENTRY, B(ENTRY, load_pkrs), "IA32_PKRS is not switched"),
    WITHHELD(ENTRY, B(ENTRY, load_fred) | B(ENTRY, load_spec_ctrl),
             "there is no VM exit of the guest hypervisor's that puts them back"),

    OFFERED(MISC, F(MISC, preempt_timer_scale) | F(MISC, mseg_revision_id),
            "numbers of what is withheld: without a use"),
    OFFERED(MISC, F(MISC, cr3_target), "values that only the guest's guest is compared with"),
    OFFERED(MISC, F(MISC, max_msr_load_count), "the kernel walks the guest's MSR lists itself"),
    OFFERED(MISC, B(MISC, vmexit_stores_lma) | B(MISC, vmwrite_all),
            "fields of a VMCS that the kernel copies from"),
    OFFERED(MISC, B(MISC, inject_ilen0_event), "the processor checks what is injected"),
    OFFERED(MISC, B(MISC, hlt_activity_state), "the host's interrupts end it, by an exit"),
    WITHHELD(MISC, B(MISC, shutdown_activity_state), "a guest that is shut down ends"),
    WITHHELD(MISC, B(MISC, wait_for_sipi_activity_state), "nobody emulates start-up IPIs"),
    WITHHELD(MISC, B(MISC, ia32_smm_monitor_ctl_bit2) | B(MISC, ia32_smbase_support),
             "SMM belongs to the firmware, not to a guest"),
    WITHHELD(MISC, B(MISC, pt_in_vmx), "performance monitoring and tracing stay with the host"),

    OFFERED(CR0, B(CR0, pe) | B(CR0, mp) | B(CR0, em) | B(CR0, ts) | B(CR0, et) | B(CR0, ne) |
            B(CR0, wp) | B(CR0, am) | B(CR0, pg), "state that every entry and exit switches"),
    OFFERED(CR0, B(CR0, nw) | B(CR0, cd), "entries and exits leave these two to the host"),

    OFFERED(CR4, B(CR4, tsd) | B(CR4, de) | B(CR4, pse) | B(CR4, pae) | B(CR4, pge) |
            B(CR4, osfxsr) | B(CR4, osxmmexcpt) | B(CR4, umip) | B(CR4, fsgsbase) |
            B(CR4, osxsave) | B(CR4, smep) | B(CR4, smap),
            "every entry and exit switches the bit, and the kernel all that it opens"),
    OFFERED(CR4, B(CR4, vmxe), "must be 1 in VMX operation"),
    WITHHELD(CR4, B(CR4, mce), "machine checks belong to the host"),
    WITHHELD(CR4, B(CR4, pce), "performance monitoring and tracing stay with the host"),
    WITHHELD(CR4, B(CR4, smxe), "GETSEC belongs to the host"),
    WITHHELD(CR4, B(CR4, kl), "the key locker's key is not switched"),
    WITHHELD(CR4, B(CR4, pke), "PKRU is not switched"),
    WITHHELD(CR4, B(CR4, pks), "IA32_PKRS is not switched"),
    WITHHELD(CR4, B(CR4, cet), "CET state is not switched"),
    WITHHELD(CR4, B(CR4, uintr), "user interrupts are not virtualized"),
    WITHHELD(CR4, B(CR4, fred), "FRED state is not switched"),

    OFFERED(VMCS_ENUM, F(VMCS_ENUM, vmcs_encoding_max_idx), "a number"),

    OFFERED(PROC2, B(PROC2, enable_ept) | B(PROC2, unrestricted_guest),
            "guest tables are shadowed: the processor walks the kernel's"),
    OFFERED(PROC2, B(PROC2, enable_vpid), "guest VPIDs are mapped to the kernel's"),
    OFFERED(PROC2, B(PROC2, descriptor_table_exiting) | B(PROC2, wbinvd_exiting) |
            B(PROC2, pause_loop_exiting) | B(PROC2, rdrand_exiting) | B(PROC2, rdseed_exiting),
            "the exit is passed on to the guest hypervisor"),
    OFFERED(PROC2, B(PROC2, enable_invpcid), "it invalidates by the VPID that runs"),
    WITHHELD(PROC2, B(PROC2, enable_rdtscp), "IA32_TSC_AUX is not switched"),
    WITHHELD(PROC2, B(PROC2, xsaves), "IA32_XSS is not switched"),
    WITHHELD(PROC2, B(PROC2, enable_user_wait_and_pause), "IA32_UMWAIT_CONTROL is not switched"),
    WITHHELD(PROC2, B(PROC2, virtualize_apic_accesses) | B(PROC2, virtualize_x2apic_mode) |
             B(PROC2, apic_register_virt) | B(PROC2, virtual_intr_delivery),
             "its virtual-APIC page would be the guest's memory"),
    WITHHELD(PROC2, B(PROC2, enable_vm_functions) | B(PROC2, enable_vmcs_shadowing) |
             B(PROC2, enable_pml) | B(PROC2, enable_virt_exceptions),
             "the processor would read physical addresses that the guest wrote"),

    OFFERED(EPT_VPID, B(EPT_VPID, exec_only_supported) | B(EPT_VPID, walk_length_4_supported) |
            B(EPT_VPID, memory_type_wb) | B(EPT_VPID, superpage_2mb) | B(EPT_VPID, superpage_1gb),
            "guest tables are shadowed: the processor walks the kernel's"),
    OFFERED(EPT_VPID, B(EPT_VPID, invept_instruction) | B(EPT_VPID, invept_single_context) |
            B(EPT_VPID, invept_all_context), "the kernel does it, for the shadows of this VM"),
    OFFERED(EPT_VPID, B(EPT_VPID, invvpid_instruction) | B(EPT_VPID, invvpid_individual_addr) |
            B(EPT_VPID, invvpid_single_context) | B(EPT_VPID, invvpid_all_context) |
            B(EPT_VPID, invvpid_single_context_retaining_global),
            "the kernel does it, for the VPIDs of this VM"),
};
/* clang-format on */
const unsigned guest_offer_count = ARRAY_SIZE(guest_offers);

/* Numbers of reasons beyond the rows. */
enum { NO_ROW = ARRAY_SIZE(guest_offers), NOT_SHOWN };
_Static_assert(NOT_SHOWN <= UINT8_MAX, "a reason's number");

/* The row that has the bit, or NO_ROW. */
static unsigned row_of(enum vmx_word_id word, unsigned bit)
{
    unsigned row = 0;

    while (row < NO_ROW &&
           !(guest_offers[row].word == word && has_any(guest_offers[row].bits, BIT64(bit))))
        row++;
    return row;
}

const char *guest_withheld_text(const struct policy_reason *reason)
{
    if (reason->number == NOT_SHOWN)
        return "the guest's CPUID does not show the feature";
    return reason->number < NO_ROW ? guest_offers[reason->number].why : "nothing stands in for it";
}

static void withhold(struct msr_policy *guest, enum vmx_word_id word, unsigned bit, unsigned number,
                     struct policy_reasons *reasons)
{
    policy_drop_row(guest,
                    (struct policy_reason){.word = (uint8_t)word,
                                           .bit = (uint8_t)bit,
                                           .why = WHY_WITHHELD,
                                           .number = (uint8_t)number},
                    reasons);
}

/* The bits that the rows offer, and reserved default1 bits, which a guest hypervisor sets without
 * using them. */
static uint64_t offered_bits(enum vmx_word_id word)
{
    uint64_t bits = vmx_words[word].default1;

    for (unsigned row = 0; row < NO_ROW; row++)
        if (guest_offers[row].word == word && guest_offers[row].offered)
            bits |= guest_offers[row].bits;
    return bits;
}

static void withhold_word(struct msr_policy *guest, enum vmx_word_id word,
                          struct policy_reasons *reasons)
{
    for (uint64_t bits = policy_offered(guest, word) & ~offered_bits(word); bits;
         bits &= bits - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(bits);

        withhold(guest, word, bit, row_of(word, bit), reasons);
    }
}

static void withhold_cr4(struct msr_policy *guest, uint64_t allowed, struct policy_reasons *reasons)
{
    for (uint64_t bits = word_may(guest, WORD_CR4) & ~allowed; bits; bits &= bits - 1)
        withhold(guest, WORD_CR4, (unsigned)__builtin_ctzll(bits), NOT_SHOWN, reasons);
}

void msr_policy_guest(struct msr_policy *guest, const struct msr_policy *host,
                      const struct vm_features *vm, struct policy_reasons *reasons)
{
    *guest = *host;
    policy_no_reasons(reasons);
    for (unsigned word = 0; word < WORD_COUNT; word++)
        withhold_word(guest, word, reasons);
    policy_drop_featureless(guest, vm->shown, ~UINT64_C(0), reasons);
    withhold_cr4(guest, vm->cr4, reasons);
    policy_close(guest, reasons);
}
