/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_msr_bits.c - holds msr/vmx_bits.def and include/control_registers.def against a second
 * table of every bit, written by hand from the SDM: positions, widths, names, and the layout of
 * the blocks. What the lists generate is never used to make the expectation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "msr/names.h"

/* One bit or field: what is expected, and what the union made of it. */
struct fact {
    uint8_t position;
    uint8_t width;
    const char *name;
    const char *sdm;
    uint64_t raw_when_set;    /* all other members 0, this one all ones */
    uint64_t member_when_set; /* raw with exactly this mask */
    uint64_t member_when_not; /* raw with everything but this mask */
};

#define ONES(width)      MASK64(0, width)
#define WORD_OF(w, mask) (__typeof__((w).raw))(mask)
/* Versions of clang-format differ here. */
/* clang-format off */
#define FIELD(w, at, bits, member, text)                                                   \
    {                                                                                      \
        .position = (at), .width = (bits), .name = #member, .sdm = (text),                 \
        .raw_when_set = ((__typeof__(w)){.member = ONES(bits)}).raw,                       \
        .member_when_set = ((__typeof__(w)){.raw = WORD_OF(w, MASK64(at, bits))}).member,  \
        .member_when_not = ((__typeof__(w)){.raw = WORD_OF(w, ~MASK64(at, bits))}).member, \
    }
/* clang-format on */
#define BIT(w, at, member, text) FIELD(w, at, 1, member, text)

/* A word's expected shape: its size, and which bits are reserved. */
struct shape {
    enum vmx_word_id word;
    const char *name;
    unsigned size;
    uint64_t default1; /* reserved, 1 unless the processor says otherwise */
    uint64_t unknown;  /* reserved, 0 */
};

static unsigned wrong;

static void expect(const struct shape *shape, const char *what, unsigned bit, uint64_t got,
                   uint64_t wanted)
{
    if (got == wanted)
        return;
    print_error("%s bit %u: %s is 0x%llx, not 0x%llx\n", shape->name, bit, what,
                (unsigned long long)got, (unsigned long long)wanted);
    wrong++;
}

static void expect_text(const struct shape *shape, const char *what, unsigned bit, const char *got,
                        const char *wanted)
{
    if (strcmp(got, wanted) == 0)
        return;
    print_error("%s bit %u: %s is \"%s\", not \"%s\"\n", shape->name, bit, what, got, wanted);
    wrong++;
}

static void check_union(const struct shape *shape, const struct fact *fact)
{
    unsigned at = fact->position;

    expect(shape, "raw with the member set", at, fact->raw_when_set, MASK64(at, fact->width));
    expect(shape, "the member with its bits set", at, fact->member_when_set, ONES(fact->width));
    expect(shape, "the member with all other bits set", at, fact->member_when_not, 0);
}

static void check_row(const struct shape *shape, const struct fact *fact, unsigned bit)
{
    const struct bit_row *row = word_row(shape->word, bit);

    expect(shape, "a row's being there", bit, row != NULL, 1);
    if (!row)
        return;
    expect(shape, "position", bit, row->position, fact->position);
    expect(shape, "width", bit, row->width, fact->width);
    expect_text(shape, "name", bit, row->name, fact->name);
    expect_text(shape, "SDM name", bit, row->sdm, fact->sdm);
}

static const struct fact *fact_at(const struct fact *facts, size_t count, unsigned bit)
{
    for (size_t i = 0; i < count; i++)
        if (bit >= facts[i].position && bit < (unsigned)facts[i].position + facts[i].width)
            return &facts[i];
    return NULL;
}

static void check_positions(const struct shape *shape, const struct fact *facts, size_t count)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        const struct fact *fact = fact_at(facts, count, bit);

        if (fact)
            check_row(shape, fact, bit);
        else
            expect(shape, "the row of a reserved bit", bit, (uintptr_t)word_row(shape->word, bit),
                   0);
    }
}

/* Named, default1 and unknown bits: no bit in two of them, every bit in one. */
static void check_masks(const struct shape *shape, const struct fact *facts, size_t count)
{
    const struct vmx_word *word = &vmx_words[shape->word];
    uint64_t named = 0;

    for (size_t i = 0; i < count; i++)
        named |= MASK64(facts[i].position, facts[i].width);
    expect(shape, "size", 0, word->size, shape->size);
    expect(shape, "count of rows", 0, word->row_count, count);
    expect(shape, "named mask", 0, word->named, named);
    expect(shape, "default1 mask", 0, word->default1, shape->default1);
    expect(shape, "unknown mask", 0, ONES(shape->size) & ~(word->named | word->default1),
           shape->unknown);
    expect(shape, "overlap of named and default1", 0, word->named & word->default1, 0);
}

static void check_word(const struct shape *shape, const struct fact *facts, size_t count)
{
    wrong = 0;
    for (size_t i = 0; i < count; i++)
        check_union(shape, &facts[i]);
    check_positions(shape, facts, count);
    check_masks(shape, facts, count);
    assert_int_equal(wrong, 0);
}

#define CHECK_WORD(id, bits, default1_mask, unknown_mask)                                       \
    check_word(&(const struct shape){WORD_##id, #id, bits, default1_mask, unknown_mask}, facts, \
               ARRAY_SIZE(facts))

/* --- the tables: SDM "VMX Capability Reporting Facility" and "VMX Controls" ------------------- */

static void basic(void **state)
{
    union vmx_basic_bits w;
    const struct fact facts[] = {
        FIELD(w, 0, 31, vmcs_revision_id, "VMCS revision identifier"),
        BIT(w, 31, mbz, "always 0"),
        FIELD(w, 32, 13, vmcs_region_size, "bytes of the VMXON region and of a VMCS"),
        BIT(w, 48, addresses_32bit, "physical addresses limited to 32 bits"),
        BIT(w, 49, dual_monitor, "dual-monitor treatment of SMI and SMM"),
        FIELD(w, 50, 4, memory_type, "memory type for VMCS accesses"),
        BIT(w, 54, ins_out_info, "VM-exit information for INS and OUTS"),
        BIT(w, 55, default1_zero, "default1 controls may be 0"),
        BIT(w, 56, any_error_code, "exceptions injected with or without error code"),
        BIT(w, 58, nested_exception, "nested exceptions"),
        BIT(w, 60, no_seamret_invd_vmcs, "SEAMRET keeps the current VMCS"),
    };

    (void)state;
    CHECK_WORD(BASIC, 64, 0, 0xea00e00000000000);
}

static void pin(void **state)
{
    union vmx_pin_based_exec_control_bits w;
    const struct fact facts[] = {
        BIT(w, 0, ext_intr_exiting, "external-interrupt exiting"),
        BIT(w, 3, nmi_exiting, "NMI exiting"),
        BIT(w, 5, virtual_nmis, "virtual NMIs"),
        BIT(w, 6, preempt_timer, "activate VMX-preemption timer"),
        BIT(w, 7, posted_interrupt, "process posted interrupts"),
    };

    (void)state;
    CHECK_WORD(PIN, 32, 0x16, 0xffffff00);
}

static void proc(void **state)
{
    union vmx_cpu_based_exec_control_bits w;
    const struct fact facts[] = {
        BIT(w, 2, virtual_intr_pending, "interrupt-window exiting"),
        BIT(w, 3, use_tsc_offseting, "use TSC offsetting"),
        BIT(w, 7, hlt_exiting, "HLT exiting"),
        BIT(w, 9, invlpg_exiting, "INVLPG exiting"),
        BIT(w, 10, mwait_exiting, "MWAIT exiting"),
        BIT(w, 11, rdpmc_exiting, "RDPMC exiting"),
        BIT(w, 12, rdtsc_exiting, "RDTSC exiting"),
        BIT(w, 15, cr3_load_exiting, "CR3-load exiting"),
        BIT(w, 16, cr3_store_exiting, "CR3-store exiting"),
        BIT(w, 17, activate_tertiary_controls, "activate tertiary controls"),
        BIT(w, 19, cr8_load_exiting, "CR8-load exiting"),
        BIT(w, 20, cr8_store_exiting, "CR8-store exiting"),
        BIT(w, 21, tpr_shadow, "use TPR shadow"),
        BIT(w, 22, virtual_nmi_pending, "NMI-window exiting"),
        BIT(w, 23, mov_dr_exiting, "MOV-DR exiting"),
        BIT(w, 24, uncond_io_exiting, "unconditional I/O exiting"),
        BIT(w, 25, activate_io_bitmap, "use I/O bitmaps"),
        BIT(w, 27, monitor_trap_flag, "monitor trap flag"),
        BIT(w, 28, activate_msr_bitmap, "use MSR bitmaps"),
        BIT(w, 29, monitor_exiting, "MONITOR exiting"),
        BIT(w, 30, pause_exiting, "PAUSE exiting"),
        BIT(w, 31, activate_secondary_controls, "activate secondary controls"),
    };

    (void)state; /* 15 and 16 are default1 too, but they have names */
    CHECK_WORD(PROC, 32, 0x04006172, 0x00040001);
}

static void exit_controls(void **state)
{
    union vmx_vmexit_control_bits w;
    const struct fact facts[] = {
        BIT(w, 2, save_debug_cntrls, "save debug controls"),
        BIT(w, 9, ia32e_mode, "host address-space size"),
        BIT(w, 12, load_perf_global_ctrl, "load IA32_PERF_GLOBAL_CTRL"),
        BIT(w, 15, ack_intr_on_exit, "acknowledge interrupt on exit"),
        BIT(w, 18, save_guest_pat, "save IA32_PAT"),
        BIT(w, 19, load_host_pat, "load IA32_PAT"),
        BIT(w, 20, save_guest_efer, "save IA32_EFER"),
        BIT(w, 21, load_host_efer, "load IA32_EFER"),
        BIT(w, 22, save_preempt_timer, "save VMX-preemption timer value"),
        BIT(w, 23, clear_bndcfgs, "clear IA32_BNDCFGS"),
        BIT(w, 24, conceal_vmexits_from_pt, "conceal VMX from PT"),
        BIT(w, 25, clear_rtit_ctl, "clear IA32_RTIT_CTL"),
        BIT(w, 26, clear_lbr_ctl, "clear IA32_LBR_CTL"),
        BIT(w, 27, clear_uinv, "clear UINV"),
        BIT(w, 28, load_cet_state, "load CET state"),
        BIT(w, 29, load_pkrs, "load PKRS"),
        BIT(w, 30, save_perf_global_ctrl, "save IA32_PERF_GLOBAL_CTRL"),
        BIT(w, 31, activate_secondary_exit_controls, "activate secondary controls"),
    };

    (void)state; /* bit 2 is default1 too, but it has a name */
    CHECK_WORD(EXIT, 32, 0x00036dfb, 0);
}

static void entry_controls(void **state)
{
    union vmx_vmentry_control_bits w;
    const struct fact facts[] = {
        BIT(w, 2, load_debug_cntrls, "load debug controls"),
        BIT(w, 9, ia32e_mode, "IA-32e mode guest"),
        BIT(w, 10, smm, "entry to SMM"),
        BIT(w, 11, deact_dual_monitor, "deactivate dual-monitor treatment"),
        BIT(w, 13, load_perf_global_ctrl, "load IA32_PERF_GLOBAL_CTRL"),
        BIT(w, 14, load_guest_pat, "load IA32_PAT"),
        BIT(w, 15, load_guest_efer, "load IA32_EFER"),
        BIT(w, 16, load_bndcfgs, "load IA32_BNDCFGS"),
        BIT(w, 17, conceal_vmentries_from_pt, "conceal VMX from PT"),
        BIT(w, 18, load_rtit_ctl, "load IA32_RTIT_CTL"),
        BIT(w, 19, load_uinv, "load UINV"),
        BIT(w, 20, load_cet_state, "load CET state"),
        BIT(w, 21, load_lbr_ctl, "load guest IA32_LBR_CTL"),
        BIT(w, 22, load_pkrs, "load PKRS"),
        BIT(w, 23, load_fred, "load FRED"),
        BIT(w, 24, load_spec_ctrl, "load IA32_SPEC_CTRL"),
    };

    (void)state; /* bit 2 is default1 too, but it has a name */
    CHECK_WORD(ENTRY, 32, 0x000011fb, 0xfe000000);
}

static void misc(void **state)
{
    union vmx_misc_bits w;
    const struct fact facts[] = {
        FIELD(w, 0, 5, preempt_timer_scale, "VMX-preemption timer: TSC bit that it counts"),
        BIT(w, 5, vmexit_stores_lma, "VM exits store IA32_EFER.LMA in the entry controls"),
        BIT(w, 6, hlt_activity_state, "activity state HLT"),
        BIT(w, 7, shutdown_activity_state, "activity state shutdown"),
        BIT(w, 8, wait_for_sipi_activity_state, "activity state wait-for-SIPI"),
        BIT(w, 14, pt_in_vmx, "Intel PT in VMX operation"),
        BIT(w, 15, ia32_smbase_support, "RDMSR of IA32_SMBASE in SMM"),
        FIELD(w, 16, 9, cr3_target, "number of CR3-target values"),
        FIELD(w, 25, 3, max_msr_load_count, "MSR lists: 512 * (N + 1) entries at most"),
        BIT(w, 28, ia32_smm_monitor_ctl_bit2, "IA32_SMM_MONITOR_CTL bit 2 may be 1"),
        BIT(w, 29, vmwrite_all, "VMWRITE to any supported field"),
        BIT(w, 30, inject_ilen0_event, "event injection with instruction length 0"),
        FIELD(w, 32, 32, mseg_revision_id, "MSEG revision identifier"),
    };

    (void)state;
    CHECK_WORD(MISC, 64, 0, 0x80003e00);
}

static void vmcs_enum(void **state)
{
    union vmx_vmcs_enum_bits w;
    const struct fact facts[] = {
        FIELD(w, 1, 9, vmcs_encoding_max_idx, "highest index of any VMCS encoding"),
    };

    (void)state;
    CHECK_WORD(VMCS_ENUM, 64, 0, 0xfffffffffffffc01);
}

static void proc2(void **state)
{
    union vmx_secondary_exec_control_bits w;
    const struct fact facts[] = {
        BIT(w, 0, virtualize_apic_accesses, "virtualize APIC accesses"),
        BIT(w, 1, enable_ept, "enable EPT"),
        BIT(w, 2, descriptor_table_exiting, "descriptor-table exiting"),
        BIT(w, 3, enable_rdtscp, "enable RDTSCP"),
        BIT(w, 4, virtualize_x2apic_mode, "virtualize x2APIC mode"),
        BIT(w, 5, enable_vpid, "enable VPID"),
        BIT(w, 6, wbinvd_exiting, "WBINVD exiting"),
        BIT(w, 7, unrestricted_guest, "unrestricted guest"),
        BIT(w, 8, apic_register_virt, "APIC-register virtualization"),
        BIT(w, 9, virtual_intr_delivery, "virtual-interrupt delivery"),
        BIT(w, 10, pause_loop_exiting, "PAUSE-loop exiting"),
        BIT(w, 11, rdrand_exiting, "RDRAND exiting"),
        BIT(w, 12, enable_invpcid, "enable INVPCID"),
        BIT(w, 13, enable_vm_functions, "enable VM functions"),
        BIT(w, 14, enable_vmcs_shadowing, "VMCS shadowing"),
        BIT(w, 15, encls_exiting, "enable ENCLS exiting"),
        BIT(w, 16, rdseed_exiting, "RDSEED exiting"),
        BIT(w, 17, enable_pml, "enable PML"),
        BIT(w, 18, enable_virt_exceptions, "EPT-violation #VE"),
        BIT(w, 19, conceal_vmx_nonroot_from_pt, "conceal VMX from PT"),
        BIT(w, 20, xsaves, "enable XSAVES/XRSTORS"),
        BIT(w, 21, pasid_translation, "PASID translation"),
        BIT(w, 22, ept_mode_based_exec_cntrl, "mode-based execute control for EPT"),
        BIT(w, 23, sub_page_write_permissions, "sub-page write permissions for EPT"),
        BIT(w, 24, pt_use_gpa, "Intel PT uses guest physical addresses"),
        BIT(w, 25, tsc_scaling, "use TSC scaling"),
        BIT(w, 26, enable_user_wait_and_pause, "enable user wait and pause"),
        BIT(w, 27, enable_pconfig, "enable PCONFIG"),
        BIT(w, 28, enclv_exiting, "enable ENCLV exiting"),
        BIT(w, 29, epc_virtualization, "EPC virtualization"),
        BIT(w, 30, bus_lock_detection, "VMM bus-lock detection"),
        BIT(w, 31, instruction_timeout, "instruction timeout"),
    };

    (void)state;
    CHECK_WORD(PROC2, 32, 0, 0);
}

static void ept_vpid(void **state)
{
    union vmx_ept_vpid_cap_bits w;
    const struct fact facts[] = {
        BIT(w, 0, exec_only_supported, "execute-only translations"),
        BIT(w, 6, walk_length_4_supported, "page-walk length 4"),
        BIT(w, 7, walk_length_5_supported, "page-walk length 5"),
        BIT(w, 8, memory_type_uc, "EPT structures may be UC"),
        BIT(w, 14, memory_type_wb, "EPT structures may be WB"),
        BIT(w, 16, superpage_2mb, "2-MByte EPT pages"),
        BIT(w, 17, superpage_1gb, "1-GByte EPT pages"),
        BIT(w, 20, invept_instruction, "INVEPT"),
        BIT(w, 21, ad_bit, "accessed and dirty flags for EPT"),
        BIT(w, 22, advanced_ept_violations, "advanced VM-exit information for EPT violations"),
        BIT(w, 23, supervisor_shadow_stack, "supervisor shadow-stack control"),
        BIT(w, 25, invept_single_context, "single-context INVEPT"),
        BIT(w, 26, invept_all_context, "all-context INVEPT"),
        BIT(w, 32, invvpid_instruction, "INVVPID"),
        BIT(w, 40, invvpid_individual_addr, "individual-address INVVPID"),
        BIT(w, 41, invvpid_single_context, "single-context INVVPID"),
        BIT(w, 42, invvpid_all_context, "all-context INVVPID"),
        BIT(w, 43, invvpid_single_context_retaining_global,
            "single-context-retaining-globals INVVPID"),
        FIELD(w, 48, 6, hlat_prefix_max, "maximum HLAT prefix size"),
    };

    (void)state; /* 1-5, 9-13, 15, 18, 19, 24, 27-31, 33-39, 44-47, 54-63 */
    CHECK_WORD(EPT_VPID, 64, 0, 0xffc0f0fef90cbe3e);
}

static void vmfunc(void **state)
{
    union vmx_vmfunc_bits w;
    const struct fact facts[] = {
        BIT(w, 0, eptp_switching, "EPTP switching"),
    };

    (void)state;
    CHECK_WORD(VMFUNC, 64, 0, 0xfffffffffffffffe);
}

static void proc3(void **state)
{
    union vmx_tertiary_exec_control_bits w;
    const struct fact facts[] = {
        BIT(w, 0, loadiwkey_exiting, "LOADIWKEY exiting"),
        BIT(w, 1, enable_hlat, "enable HLAT"),
        BIT(w, 2, ept_paging_write, "EPT paging-write control"),
        BIT(w, 3, guest_paging_verification, "guest-paging verification"),
        BIT(w, 4, ipi_virtualization, "IPI virtualization"),
        BIT(w, 5, gpaw, "guest-physical address width (GPAW)"),
        BIT(w, 6, enable_msr_list, "enable MSR-list instructions"),
        BIT(w, 7, virtualize_spec_ctrl, "virtualize IA32_SPEC_CTRL"),
        BIT(w, 8, apic_timer_virtualization, "APIC-timer virtualization"),
        BIT(w, 9, pbndkb_exiting, "PBNDKB exiting"),
        BIT(w, 12, pebs_use_gpa, "PEBS uses guest physical addresses"),
    };

    (void)state;
    CHECK_WORD(PROC3, 64, 0, 0xffffffffffffec00);
}

static void exit2(void **state)
{
    union vmx_secondary_vmexit_control_bits w;
    const struct fact facts[] = {
        BIT(w, 0, save_fred, "save IA32_FRED MSRs"),
        BIT(w, 1, load_fred, "load IA32_FRED MSRs"),
        BIT(w, 2, load_spec_ctrl, "load IA32_SPEC_CTRL"),
        BIT(w, 3, prematurely_busy_shadow_stack, "prematurely busy shadow stack"),
    };

    (void)state;
    CHECK_WORD(EXIT2, 64, 0, 0xfffffffffffffff0);
}

static void feature_control(void **state)
{
    union feature_control_bits w;
    const struct fact facts[] = {
        BIT(w, 0, lock, "lock bit"),
        BIT(w, 1, vmx_inside_smx, "enable VMX inside SMX operation"),
        BIT(w, 2, vmx_outside_smx, "enable VMX outside SMX operation"),
        FIELD(w, 8, 7, senter_local, "SENTER local function enables"),
        BIT(w, 15, senter_global, "SENTER global enable"),
        BIT(w, 17, sgx_launch_control, "SGX launch control enable"),
        BIT(w, 18, sgx_global, "SGX global enable"),
        BIT(w, 20, lmce, "LMCE on"),
    };

    (void)state;
    CHECK_WORD(FEATURE_CONTROL, 64, 0, 0xffffffffffe900f8);
}

static void cr0(void **state)
{
    union cr0_bits w;
    const struct fact facts[] = {
        BIT(w, 0, pe, "protection enable"),
        BIT(w, 1, mp, "monitor coprocessor"),
        BIT(w, 2, em, "emulation"),
        BIT(w, 3, ts, "task switched"),
        BIT(w, 4, et, "extension type"),
        BIT(w, 5, ne, "numeric error"),
        BIT(w, 16, wp, "write protect"),
        BIT(w, 18, am, "alignment mask"),
        BIT(w, 29, nw, "not write-through"),
        BIT(w, 30, cd, "cache disable"),
        BIT(w, 31, pg, "paging"),
    };

    (void)state; /* 6-15, 17 and 19-28 are reserved, and 1 in every processor's FIXED1 */
    CHECK_WORD(CR0, 64, 0x1ffaffc0, 0xffffffff00000000);
}

static void cr4(void **state)
{
    union cr4_bits w;
    const struct fact facts[] = {
        BIT(w, 0, vme, "virtual-8086 mode extensions"),
        BIT(w, 1, pvi, "protected-mode virtual interrupts"),
        BIT(w, 2, tsd, "time stamp disable"),
        BIT(w, 3, de, "debugging extensions"),
        BIT(w, 4, pse, "page size extensions"),
        BIT(w, 5, pae, "physical address extension"),
        BIT(w, 6, mce, "machine-check enable"),
        BIT(w, 7, pge, "page global enable"),
        BIT(w, 8, pce, "performance-monitoring counter enable"),
        BIT(w, 9, osfxsr, "OS support for FXSAVE and FXRSTOR"),
        BIT(w, 10, osxmmexcpt, "OS support for unmasked SIMD floating-point exceptions"),
        BIT(w, 11, umip, "user-mode instruction prevention"),
        BIT(w, 12, la57, "57-bit linear addresses"),
        BIT(w, 13, vmxe, "VMX enable"),
        BIT(w, 14, smxe, "SMX enable"),
        BIT(w, 16, fsgsbase, "FSGSBASE enable"),
        BIT(w, 17, pcide, "PCID enable"),
        BIT(w, 18, osxsave, "XSAVE and processor extended states enable"),
        BIT(w, 19, kl, "key locker enable"),
        BIT(w, 20, smep, "supervisor-mode execution prevention"),
        BIT(w, 21, smap, "supervisor-mode access prevention"),
        BIT(w, 22, pke, "protection keys for user-mode pages"),
        BIT(w, 23, cet, "control-flow enforcement technology"),
        BIT(w, 24, pks, "protection keys for supervisor-mode pages"),
        BIT(w, 25, uintr, "user interrupts"),
        BIT(w, 27, lass, "linear-address-space separation"),
        BIT(w, 28, lam_sup, "supervisor linear-address masking"),
        BIT(w, 32, fred, "flexible return and event delivery"),
    };

    (void)state;
    CHECK_WORD(CR4, 64, 0, 0xfffffffee4008000);
}

/* Every word has its test above. */
static void word_count(void **state)
{
    (void)state;
    assert_int_equal(WORD_COUNT, 15);
    assert_int_equal(ARRAY_SIZE(vmx_words), 15);
}

/* --- the blocks of struct msr_policy ---------------------------------------------------------- */

struct place {
    const char *path;
    size_t offset;
    size_t size;
    size_t expected_offset;
    size_t expected_size;
};

#define AT(member)   offsetof(struct msr_policy, member)
#define SIZE(member) sizeof(((struct msr_policy *)NULL)->member)
/* clang-format off */
#define PLACE(member, expected_offset, expected_size)                     \
    {                                                                     \
#member, AT(member), SIZE(member), expected_offset, expected_size \
    }
/* clang-format on */
#define WORD_PLACE(member, address) \
    PLACE(member, 8 * (address - 0x480), 8), PLACE(member.raw, 8 * (address - 0x480), 8)
#define CONTROL_PLACE(member, address)                                              \
    WORD_PLACE(member, address), PLACE(member.allowed_0, 8 * (address - 0x480), 4), \
        PLACE(member.allowed_1, 8 * (address - 0x480) + 4, 4)
#define FIXED_PLACE(member, half, address) \
    WORD_PLACE(member, address), PLACE(member.half, 8 * (address - 0x480), 8)

static const struct place places[] = {
    PLACE(raw, 0, 160),
    PLACE(present, 160, 4),
    PLACE(faulted, 164, 4),
    PLACE(vmx, 0, 88),
    PLACE(vmx.raw, 0, 88),
    WORD_PLACE(vmx.basic, 0x480),
    CONTROL_PLACE(vmx.pinbased_ctls, 0x481),
    CONTROL_PLACE(vmx.procbased_ctls, 0x482),
    CONTROL_PLACE(vmx.exit_ctls, 0x483),
    CONTROL_PLACE(vmx.entry_ctls, 0x484),
    WORD_PLACE(vmx.misc, 0x485),
    FIXED_PLACE(vmx.cr0_fixed0, allowed_0, 0x486),
    FIXED_PLACE(vmx.cr0_fixed1, allowed_1, 0x487),
    FIXED_PLACE(vmx.cr4_fixed0, allowed_0, 0x488),
    FIXED_PLACE(vmx.cr4_fixed1, allowed_1, 0x489),
    WORD_PLACE(vmx.vmcs_enum, 0x48a),
    CONTROL_PLACE(vmx_procbased_ctls2, 0x48b),
    WORD_PLACE(vmx_ept_vpid_cap, 0x48c),
    PLACE(vmx_true_ctls, 104, 32),
    PLACE(vmx_true_ctls.raw, 104, 32),
    CONTROL_PLACE(vmx_true_ctls.pinbased, 0x48d),
    CONTROL_PLACE(vmx_true_ctls.procbased, 0x48e),
    CONTROL_PLACE(vmx_true_ctls.exit, 0x48f),
    CONTROL_PLACE(vmx_true_ctls.entry, 0x490),
    WORD_PLACE(vmx_vmfunc, 0x491),
    WORD_PLACE(vmx_procbased_ctls3, 0x492),
    WORD_PLACE(vmx_exit_ctls2, 0x493),
};

static void blocks(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        const struct place *place = &places[i];

        if (place->offset == place->expected_offset && place->size == place->expected_size)
            continue;
        print_error("%s: %zu bytes at %zu, not %zu at %zu\n", place->path, place->size,
                    place->offset, place->expected_size, place->expected_offset);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(sizeof(struct msr_policy), 176);
}

/* --- the MSRs --------------------------------------------------------------------------------- */

struct msr_fact {
    unsigned address;
    unsigned constant; /* MSR_IA32_... */
    const char *name;
    enum msr_form form;
    enum vmx_word_id word;
    unsigned gate; /* address; 0: none */
    uint64_t gate_bits;
};

static const struct msr_fact msr_facts[] = {
    {0x480, MSR_IA32_VMX_BASIC, "IA32_VMX_BASIC", FORM_PLAIN, WORD_BASIC, 0, 0},
    {0x481, MSR_IA32_VMX_PINBASED_CTLS, "IA32_VMX_PINBASED_CTLS", FORM_CONTROLS, WORD_PIN, 0, 0},
    {0x482, MSR_IA32_VMX_PROCBASED_CTLS, "IA32_VMX_PROCBASED_CTLS", FORM_CONTROLS, WORD_PROC, 0, 0},
    {0x483, MSR_IA32_VMX_EXIT_CTLS, "IA32_VMX_EXIT_CTLS", FORM_CONTROLS, WORD_EXIT, 0, 0},
    {0x484, MSR_IA32_VMX_ENTRY_CTLS, "IA32_VMX_ENTRY_CTLS", FORM_CONTROLS, WORD_ENTRY, 0, 0},
    {0x485, MSR_IA32_VMX_MISC, "IA32_VMX_MISC", FORM_PLAIN, WORD_MISC, 0, 0},
    {0x486, MSR_IA32_VMX_CR0_FIXED0, "IA32_VMX_CR0_FIXED0", FORM_MUST_BE_1, WORD_CR0, 0, 0},
    {0x487, MSR_IA32_VMX_CR0_FIXED1, "IA32_VMX_CR0_FIXED1", FORM_MAY_BE_1, WORD_CR0, 0, 0},
    {0x488, MSR_IA32_VMX_CR4_FIXED0, "IA32_VMX_CR4_FIXED0", FORM_MUST_BE_1, WORD_CR4, 0, 0},
    {0x489, MSR_IA32_VMX_CR4_FIXED1, "IA32_VMX_CR4_FIXED1", FORM_MAY_BE_1, WORD_CR4, 0, 0},
    {0x48a, MSR_IA32_VMX_VMCS_ENUM, "IA32_VMX_VMCS_ENUM", FORM_PLAIN, WORD_VMCS_ENUM, 0, 0},
    {0x48b, MSR_IA32_VMX_PROCBASED_CTLS2, "IA32_VMX_PROCBASED_CTLS2", FORM_CONTROLS, WORD_PROC2,
     0x482, 0x8000000000000000},
    {0x48c, MSR_IA32_VMX_EPT_VPID_CAP, "IA32_VMX_EPT_VPID_CAP", FORM_PLAIN, WORD_EPT_VPID, 0x48b,
     0x0000002200000000},
    {0x48d, MSR_IA32_VMX_TRUE_PINBASED_CTLS, "IA32_VMX_TRUE_PINBASED_CTLS", FORM_CONTROLS, WORD_PIN,
     0x480, 0x0080000000000000},
    {0x48e, MSR_IA32_VMX_TRUE_PROCBASED_CTLS, "IA32_VMX_TRUE_PROCBASED_CTLS", FORM_CONTROLS,
     WORD_PROC, 0x480, 0x0080000000000000},
    {0x48f, MSR_IA32_VMX_TRUE_EXIT_CTLS, "IA32_VMX_TRUE_EXIT_CTLS", FORM_CONTROLS, WORD_EXIT, 0x480,
     0x0080000000000000},
    {0x490, MSR_IA32_VMX_TRUE_ENTRY_CTLS, "IA32_VMX_TRUE_ENTRY_CTLS", FORM_CONTROLS, WORD_ENTRY,
     0x480, 0x0080000000000000},
    {0x491, MSR_IA32_VMX_VMFUNC, "IA32_VMX_VMFUNC", FORM_PLAIN, WORD_VMFUNC, 0x48b,
     0x0000200000000000},
    {0x492, MSR_IA32_VMX_PROCBASED_CTLS3, "IA32_VMX_PROCBASED_CTLS3", FORM_MAY_BE_1, WORD_PROC3,
     0x482, 0x0002000000000000},
    {0x493, MSR_IA32_VMX_EXIT_CTLS2, "IA32_VMX_EXIT_CTLS2", FORM_MAY_BE_1, WORD_EXIT2, 0x483,
     0x8000000000000000},
};

static void msr_table(void **state)
{
    (void)state;
    assert_int_equal(VMX_MSR_COUNT, 20);
    assert_int_equal(ARRAY_SIZE(msr_facts), VMX_MSR_COUNT);
    assert_int_equal(MSR_IA32_FEATURE_CONTROL, 0x3a);
    for (unsigned i = 0; i < VMX_MSR_COUNT; i++) {
        const struct msr_fact *fact = &msr_facts[i];
        const struct vmx_msr *msr = &vmx_msrs[i];

        assert_int_equal(fact->address, 0x480 + i);
        assert_int_equal(fact->constant, fact->address);
        assert_string_equal(msr->name, fact->name);
        assert_int_equal(msr->form, fact->form);
        assert_int_equal(msr->word, fact->word);
        assert_int_equal(msr->gate_bits, fact->gate_bits);
        if (fact->gate)
            assert_int_equal(msr->gate, fact->gate - 0x480);
    }
}

/* One ascending loop reads them all only if every gate stands below its MSR. */
static void gates_point_down(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VMX_MSR_COUNT; i++)
        if (vmx_msrs[i].gate_bits)
            assert_in_range(vmx_msrs[i].gate, 0, i - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic),
        cmocka_unit_test(pin),
        cmocka_unit_test(proc),
        cmocka_unit_test(exit_controls),
        cmocka_unit_test(entry_controls),
        cmocka_unit_test(misc),
        cmocka_unit_test(vmcs_enum),
        cmocka_unit_test(proc2),
        cmocka_unit_test(ept_vpid),
        cmocka_unit_test(vmfunc),
        cmocka_unit_test(proc3),
        cmocka_unit_test(exit2),
        cmocka_unit_test(feature_control),
        cmocka_unit_test(cr0),
        cmocka_unit_test(cr4),
        cmocka_unit_test(word_count),
        cmocka_unit_test(blocks),
        cmocka_unit_test(msr_table),
        cmocka_unit_test(gates_point_down),
    };

    return cmocka_run_group_tests_name("msr_bits", tests, NULL, NULL);
}
