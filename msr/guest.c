/* SPDX-License-Identifier: BSD-2-Clause */
/* guest.c - see guest.h. PURE. */
#include "guest.h"

#define B(word, name) BIT64(word##_##name)
#define F(word, name) MASK64(word##_##name, word##_##name##_last - word##_##name + 1)
#define EVERYTHING    (~UINT64_C(0))
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
            F(BASIC, memory_type) | B(BASIC, mbz) | B(BASIC, addresses_32bit) |
            B(BASIC, ins_out_info) | B(BASIC, default1_zero) | B(BASIC, any_error_code),
            "describes fields that are copied as they are"),
    WITHHELD(BASIC, B(BASIC, dual_monitor), "SMM belongs to the firmware, not to a guest"),

    OFFERED(PIN, B(PIN, ext_intr_exiting) | B(PIN, nmi_exiting) | B(PIN, virtual_nmis),
            "the exit is passed on to the guest hypervisor"),
    WITHHELD(PIN, B(PIN, preempt_timer), "the kernel uses the one timer itself"),
    WITHHELD(PIN, B(PIN, posted_interrupt), "its descriptor would be the guest's memory"),

    WITHHELD(PROC, B(PROC, activate_tertiary_controls), "no tertiary control is virtualized"),
    WITHHELD(PROC, B(PROC, tpr_shadow), "its virtual-APIC page would be the guest's memory"),
    OFFERED(PROC, EVERYTHING, "an exit that is passed on, or a bitmap that can be merged"),

    WITHHELD(EXIT, B(EXIT, save_preempt_timer), "the kernel uses the one timer itself"),
    WITHHELD(EXIT, B(EXIT, load_perf_global_ctrl) | B(EXIT, save_perf_global_ctrl) |
             B(EXIT, conceal_vmexits_from_pt) | B(EXIT, clear_rtit_ctl) | B(EXIT, clear_lbr_ctl),
             "performance monitoring and tracing stay with the host"),
    WITHHELD(EXIT, B(EXIT, activate_secondary_exit_controls), "none of them is virtualized"),
    WITHHELD(EXIT, B(EXIT, clear_uinv), "user interrupts are not virtualized"),
    OFFERED(EXIT, EVERYTHING, "state that the kernel switches anyway"),

    WITHHELD(ENTRY, B(ENTRY, smm) | B(ENTRY, deact_dual_monitor),
             "SMM belongs to the firmware, not to a guest"),
    WITHHELD(ENTRY, B(ENTRY, load_perf_global_ctrl) | B(ENTRY, conceal_vmentries_from_pt) |
             B(ENTRY, load_rtit_ctl) | B(ENTRY, load_lbr_ctl),
             "performance monitoring and tracing stay with the host"),
    WITHHELD(ENTRY, B(ENTRY, load_uinv), "user interrupts are not virtualized"),
    WITHHELD(ENTRY, B(ENTRY, load_fred) | B(ENTRY, load_spec_ctrl),
             "there is no VM exit of the guest hypervisor's that puts them back"),
    OFFERED(ENTRY, EVERYTHING, "state that the kernel switches anyway"),

    WITHHELD(MISC, B(MISC, ia32_smm_monitor_ctl_bit2) | B(MISC, ia32_smbase_support),
             "SMM belongs to the firmware, not to a guest"),
    WITHHELD(MISC, B(MISC, pt_in_vmx), "performance monitoring and tracing stay with the host"),
    WITHHELD(MISC, B(MISC, shutdown_activity_state), "a guest that is shut down ends"),
    OFFERED(MISC, EVERYTHING, "numbers, and states that the kernel emulates"),

    OFFERED(CR0, EVERYTHING, "the processor's own rule"),
    WITHHELD(CR4, B(CR4, smxe), "GETSEC belongs to the host"),
    WITHHELD(CR4, B(CR4, uintr), "user interrupts are not virtualized"),
    WITHHELD(CR4, B(CR4, fred), "FRED state is not switched"),
    OFFERED(CR4, EVERYTHING, "the processor's own rule"),
    OFFERED(VMCS_ENUM, EVERYTHING, "a number"),

    OFFERED(PROC2, B(PROC2, enable_ept) | B(PROC2, enable_vpid) | B(PROC2, unrestricted_guest),
            "guest tables are shadowed, guest VPIDs are mapped"),
    OFFERED(PROC2, B(PROC2, descriptor_table_exiting) | B(PROC2, wbinvd_exiting) |
            B(PROC2, pause_loop_exiting) | B(PROC2, rdrand_exiting) | B(PROC2, rdseed_exiting),
            "the exit is passed on to the guest hypervisor"),
    OFFERED(PROC2, B(PROC2, enable_rdtscp) | B(PROC2, enable_invpcid) | B(PROC2, xsaves) |
            B(PROC2, enable_user_wait_and_pause), "an instruction without a secret of the host's"),
    WITHHELD(PROC2, B(PROC2, virtualize_apic_accesses) | B(PROC2, virtualize_x2apic_mode) |
             B(PROC2, apic_register_virt) | B(PROC2, virtual_intr_delivery),
             "its virtual-APIC page would be the guest's memory"),
    WITHHELD(PROC2, B(PROC2, enable_vm_functions) | B(PROC2, enable_vmcs_shadowing) |
             B(PROC2, enable_pml) | B(PROC2, enable_virt_exceptions),
             "the processor would read physical addresses that the guest wrote"),

    OFFERED(EPT_VPID, B(EPT_VPID, exec_only_supported) | B(EPT_VPID, walk_length_4_supported) |
            B(EPT_VPID, memory_type_wb) | B(EPT_VPID, superpage_2mb) | B(EPT_VPID, superpage_1gb) |
            B(EPT_VPID, invept_instruction) | B(EPT_VPID, invept_single_context) |
            B(EPT_VPID, invept_all_context), "guest tables are shadowed"),
    OFFERED(EPT_VPID, B(EPT_VPID, invvpid_instruction) | B(EPT_VPID, invvpid_individual_addr) |
            B(EPT_VPID, invvpid_single_context) | B(EPT_VPID, invvpid_all_context) |
            B(EPT_VPID, invvpid_single_context_retaining_global), "guest VPIDs are mapped"),
};
/* clang-format on */
const unsigned guest_offer_count = ARRAY_SIZE(guest_offers);
_Static_assert(ARRAY_SIZE(guest_offers) < UINT8_MAX, "a reason's number");

/* The row that decides; guest_offer_count: none does. */
static unsigned deciding_row(enum vmx_word_id word, unsigned bit)
{
    unsigned row = 0;

    while (row < guest_offer_count &&
           !(guest_offers[row].word == word && has_any(guest_offers[row].bits, BIT64(bit))))
        row++;
    return row;
}

const char *guest_withheld_text(const struct policy_reason *reason)
{
    return reason->number < guest_offer_count ? guest_offers[reason->number].why
                                              : "nothing stands in for it";
}

static void withhold(struct msr_policy *guest, enum vmx_word_id word, unsigned bit,
                     struct policy_reasons *reasons)
{
    unsigned row = deciding_row(word, bit);

    if (has_any(vmx_words[word].default1, BIT64(bit)))
        return; /* reserved: a guest hypervisor sets it without meaning anything by it */
    if (row < guest_offer_count && guest_offers[row].offered)
        return;
    policy_drop(guest,
                (struct policy_reason){.word = (uint8_t)word,
                                       .bit = (uint8_t)bit,
                                       .why = WHY_WITHHELD,
                                       .number = (uint8_t)row},
                reasons);
}

void msr_policy_guest(struct msr_policy *guest, const struct msr_policy *host,
                      struct policy_reasons *reasons)
{
    *guest = *host;
    policy_no_reasons(reasons);
    for (unsigned word = 0; word < WORD_COUNT; word++)
        for (unsigned bit = 0; bit < vmx_words[word].size; bit++)
            withhold(guest, word, bit, reasons);
    policy_close(guest, reasons);
}
