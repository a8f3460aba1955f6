/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest.c - checks of the guest's control registers, debug registers and MSRs. SDM: "Checks
 * on Guest Control Registers, Debug Registers, and MSRs". PURE.
 */
#include "guest.h"

#include "memory_type.h"
#include "state.h"
#include "x86.h"

static bool entry_has(const struct check_input *in, unsigned position)
{
    return check_is_set(in, WORD_ENTRY, position);
}

static bool cr0_has(const struct check_input *in, unsigned position)
{
    return has_any(check_value(in, VMCS_GUEST_CR0), BIT64(position));
}

static bool cr4_has(const struct check_input *in, unsigned position)
{
    return has_any(check_value(in, VMCS_GUEST_CR4), BIT64(position));
}

/* --- control registers ------------------------------------------------------------------------ */

/* An unrestricted guest chooses PE and PG: only these are a question of the control. */
static uint64_t cr0_must_be_1(const struct check_input *in, unsigned argument)
{
    uint64_t chosen = BIT64(CR0_pe) | BIT64(CR0_pg);
    uint64_t lacking = check_cr0_short(in, check_value(in, VMCS_GUEST_CR0));

    (void)argument;
    if (has_any(lacking, ~chosen))
        return lacking & ~chosen;
    return lacking && !check_is_unrestricted(in) ? lacking : 0;
}

static uint64_t cr0_must_be_0(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_cr0_beyond(in, check_value(in, VMCS_GUEST_CR0));
}

static bool pg_needs_pe(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !cr0_has(in, CR0_pg) || cr0_has(in, CR0_pe);
}

static uint64_t cr4_must_be_1(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_short_of(in, WORD_CR4, check_value(in, VMCS_GUEST_CR4));
}

static uint64_t cr4_must_be_0(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_beyond(in, WORD_CR4, check_value(in, VMCS_GUEST_CR4));
}

static bool cet_needs_wp(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !cr4_has(in, CR4_cet) || cr0_has(in, CR0_wp);
}

static uint64_t ia32e_needs_pg(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_is_ia32e(in) ? ~check_value(in, VMCS_GUEST_CR0) & BIT64(CR0_pg) : 0;
}

static uint64_t ia32e_needs_pae(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_is_ia32e(in) ? ~check_value(in, VMCS_GUEST_CR4) & BIT64(CR4_pae) : 0;
}

/* argument: the bit of CR4 */
static bool cr4_needs_ia32e(const struct check_input *in, unsigned position)
{
    return !cr4_has(in, position) || check_is_ia32e(in);
}

/* --- debug registers and MSRs ----------------------------------------------------------------- */

static uint64_t debugctl(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_debug_cntrls)
               ? check_debugctl_reserved(in, check_value(in, field))
               : 0;
}

static uint64_t dr7_high(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_debug_cntrls) ? check_field_beyond_32(in, field) : 0;
}

static uint64_t perf_global(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_perf_global_ctrl)
               ? check_perf_global_reserved(in, check_value(in, field))
               : 0;
}

static uint64_t pat_types(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_guest_pat) ? check_pat(check_value(in, field)) : 0;
}

static uint64_t efer_reserved(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_guest_efer) ? check_efer_reserved(in, check_value(in, field))
                                                : 0;
}

static uint64_t efer_lma(const struct check_input *in, unsigned field)
{
    if (!entry_has(in, ENTRY_load_guest_efer))
        return 0;
    return has_any(check_value(in, field), EFER_LMA) == check_is_ia32e(in) ? 0 : EFER_LMA;
}

static uint64_t efer_lme(const struct check_input *in, unsigned field)
{
    uint64_t efer;

    if (!entry_has(in, ENTRY_load_guest_efer) || !cr0_has(in, CR0_pg))
        return 0;
    efer = check_value(in, field);
    return has_any(efer, EFER_LMA) == has_any(efer, EFER_LME) ? 0 : EFER_LME;
}

static uint64_t bndcfgs_reserved(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_bndcfgs) ? check_value(in, field) & MASK64(2, 10) : 0;
}

static bool bndcfgs_canonical(const struct check_input *in, unsigned field)
{
    return !entry_has(in, ENTRY_load_bndcfgs) || check_field_canonical(in, field);
}

static uint64_t rtit_ctl(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_rtit_ctl) ? check_rtit_ctl_reserved(in, check_value(in, field))
                                              : 0;
}

static uint64_t lbr_ctl(const struct check_input *in, unsigned field)
{
    uint64_t value = entry_has(in, ENTRY_load_lbr_ctl) ? check_value(in, field) : 0;

    return value ? value & ~CHECK_FACT(in, lbr_ctl_supported) : 0;
}

static uint64_t spec_ctrl(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_spec_ctrl)
               ? check_spec_ctrl_reserved(in, check_value(in, field))
               : 0;
}

static uint64_t pkrs_high(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_pkrs) ? check_field_beyond_32(in, field) : 0;
}

/* An interrupt vector in a 16-bit field. */
static uint64_t uinv_high(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_uinv) ? check_value(in, field) & MASK64(8, 56) : 0;
}

/* --- CET and FRED ----------------------------------------------------------------------------- */

static uint64_t s_cet_reserved(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_cet_state) ? check_s_cet_reserved(in, check_value(in, field))
                                               : 0;
}

static uint64_t s_cet_tracker(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_cet_state) ? check_s_cet_tracker(check_value(in, field)) : 0;
}

static bool cet_canonical(const struct check_input *in, unsigned field)
{
    return !entry_has(in, ENTRY_load_cet_state) || check_field_canonical(in, field);
}

static uint64_t fred_config_reserved(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_fred) ? check_fred_config_reserved(check_value(in, field)) : 0;
}

static bool fred_canonical(const struct check_input *in, unsigned field)
{
    return !entry_has(in, ENTRY_load_fred) || check_field_canonical(in, field);
}

/* Stack pointers are multiples of 64, shadow-stack pointers of 8. */
static uint64_t fred_rsp_aligned(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_fred) ? check_value(in, field) & MASK64(0, 6) : 0;
}

static uint64_t fred_ssp_aligned(const struct check_input *in, unsigned field)
{
    return entry_has(in, ENTRY_load_fred) ? check_value(in, field) & MASK64(0, 3) : 0;
}

/* --- the table -------------------------------------------------------------------------------- */

#define SECTION "Checks on Guest Control Registers, Debug Registers, and MSRs"

#define ROW(id, ...)        CHECK_ROW(CHECK_GUEST, "guest." id, SECTION, __VA_ARGS__)
#define ROW_DETAIL(id, ...) CHECK_ROW_DETAIL(CHECK_GUEST, "guest." id, SECTION, __VA_ARGS__)

/* A row about one field, which an entry control has loaded; with a limit of the processor's. */
#define LOADED(id, rule, function, F) \
    ROW(id, rule, function, VMCS_GUEST_##F, VMCS_GUEST_##F, VMCS_ENTRY_CONTROLS)
#define LIMITED(id, rule, function, detail, F) \
    ROW_DETAIL(id, rule, function, detail, VMCS_GUEST_##F, VMCS_GUEST_##F, VMCS_ENTRY_CONTROLS)

#define FRED_STACK(id, F, aligned, low)                                                         \
    LOADED(id ".aligned", "guest IA32_" #F ": bits " low " must be 0 (\"load FRED\")", aligned, \
           F),                                                                                  \
        LIMITED(id ".canonical", "guest IA32_" #F " must be canonical (\"load FRED\")",         \
                fred_canonical, check_detail_linear, F)

static const struct check_row rows[] = {
    ROW_DETAIL("cr0.must_be_1",
               "guest CR0: every bit of IA32_VMX_CR0_FIXED0 must be 1 (not PE, PG: \"unrestricted "
               "guest\")",
               cr0_must_be_1, check_detail_cr0_fixed0, 0, VMCS_GUEST_CR0, VMCS_SECONDARY_CONTROLS),
    ROW_DETAIL("cr0.must_be_0", "guest CR0: every bit not in IA32_VMX_CR0_FIXED1 must be 0",
               cr0_must_be_0, check_detail_cr0_fixed1, 0, VMCS_GUEST_CR0),
    ROW("cr0.pg_pe", "guest CR0: bit 31 (PG) needs bit 0 (PE)", pg_needs_pe, 0, VMCS_GUEST_CR0),
    ROW_DETAIL("cr4.must_be_1", "guest CR4: every bit of IA32_VMX_CR4_FIXED0 must be 1",
               cr4_must_be_1, check_detail_cr4_fixed0, 0, VMCS_GUEST_CR4),
    ROW_DETAIL("cr4.must_be_0", "guest CR4: every bit not in IA32_VMX_CR4_FIXED1 must be 0",
               cr4_must_be_0, check_detail_cr4_fixed1, 0, VMCS_GUEST_CR4),
    ROW("cr4.cet_wp", "guest CR4: bit 23 (CET) needs CR0 bit 16 (WP)", cet_needs_wp, 0,
        VMCS_GUEST_CR4, VMCS_GUEST_CR0),
    LIMITED("debugctl.reserved",
            "guest IA32_DEBUGCTL: reserved bits must be 0 (\"load debug "
            "controls\")",
            debugctl, check_detail_debugctl, DEBUGCTL),
    ROW("cr0.ia32e_pg", "guest CR0: bit 31 (PG) must be 1 with \"IA-32e mode guest\"",
        ia32e_needs_pg, 0, VMCS_GUEST_CR0, VMCS_ENTRY_CONTROLS),
    ROW("cr4.ia32e_pae", "guest CR4: bit 5 (PAE) must be 1 with \"IA-32e mode guest\"",
        ia32e_needs_pae, 0, VMCS_GUEST_CR4, VMCS_ENTRY_CONTROLS),
    ROW("cr4.pcide", "guest CR4: bit 17 (PCIDE) needs \"IA-32e mode guest\"", cr4_needs_ia32e,
        CR4_pcide, VMCS_GUEST_CR4, VMCS_ENTRY_CONTROLS),
    ROW("cr4.fred", "guest CR4: bit 32 (FRED) needs \"IA-32e mode guest\"", cr4_needs_ia32e,
        CR4_fred, VMCS_GUEST_CR4, VMCS_ENTRY_CONTROLS),
    ROW_DETAIL("cr3.width", "guest CR3: bits beyond the physical-address width must be 0",
               check_field_cr3, check_detail_width, VMCS_GUEST_CR3, VMCS_GUEST_CR3),
    LOADED("dr7.high", "guest DR7: bits 63:32 must be 0 (\"load debug controls\")", dr7_high, DR7),
    ROW_DETAIL("sysenter_esp.canonical", "guest IA32_SYSENTER_ESP must be canonical",
               check_field_canonical, check_detail_linear, VMCS_GUEST_SYSENTER_ESP,
               VMCS_GUEST_SYSENTER_ESP),
    ROW_DETAIL("sysenter_eip.canonical", "guest IA32_SYSENTER_EIP must be canonical",
               check_field_canonical, check_detail_linear, VMCS_GUEST_SYSENTER_EIP,
               VMCS_GUEST_SYSENTER_EIP),
    LIMITED("s_cet.canonical", "guest IA32_S_CET must be canonical (\"load CET state\")",
            cet_canonical, check_detail_linear, S_CET),
    LIMITED("interrupt_ssp_table.canonical",
            "guest IA32_INTERRUPT_SSP_TABLE_ADDR must be canonical (\"load CET state\")",
            cet_canonical, check_detail_linear, INTERRUPT_SSP_TABLE),
    LOADED("s_cet.reserved",
           "guest IA32_S_CET: bits 9:6 must be 0 (\"load CET state\"), and those of CET features "
           "that the processor lacks",
           s_cet_reserved, S_CET),
    LOADED("s_cet.suppress_tracker",
           "guest IA32_S_CET: bits 10 (SUPPRESS) and 11 (TRACKER) must not both be 1",
           s_cet_tracker, S_CET),
    LIMITED("perf_global_ctrl.reserved",
            "guest IA32_PERF_GLOBAL_CTRL: reserved bits must be 0 (\"load IA32_PERF_GLOBAL_CTRL\")",
            perf_global, check_detail_perf_global, PERF_GLOBAL_CTRL),
    LOADED("pat.types", "guest IA32_PAT: each byte must be 0, 1, 4, 5, 6 or 7 (\"load IA32_PAT\")",
           pat_types, PAT),
    LIMITED("efer.reserved", "guest IA32_EFER: reserved bits must be 0 (\"load IA32_EFER\")",
            efer_reserved, check_detail_efer, EFER),
    LOADED("efer.lma",
           "guest IA32_EFER: bit 10 (LMA) must be \"IA-32e mode guest\" (entry control 9)",
           efer_lma, EFER),
    ROW("efer.lme", "guest IA32_EFER: bit 8 (LME) must be bit 10 (LMA) while CR0 bit 31 (PG) is 1",
        efer_lme, VMCS_GUEST_EFER, VMCS_GUEST_EFER, VMCS_GUEST_CR0, VMCS_ENTRY_CONTROLS),
    LOADED("bndcfgs.reserved", "guest IA32_BNDCFGS: bits 11:2 must be 0 (\"load IA32_BNDCFGS\")",
           bndcfgs_reserved, BNDCFGS),
    LIMITED(
        "bndcfgs.canonical",
        "guest IA32_BNDCFGS: the address in bits 63:12 must be canonical (\"load IA32_BNDCFGS\")",
        bndcfgs_canonical, check_detail_linear, BNDCFGS),
    LIMITED("rtit_ctl.reserved",
            "guest IA32_RTIT_CTL: reserved bits must be 0 (\"load IA32_RTIT_CTL\")", rtit_ctl,
            check_detail_rtit_ctl, RTIT_CTL),
    LIMITED("lbr_ctl.reserved",
            "guest IA32_LBR_CTL: reserved bits must be 0 (\"load guest IA32_LBR_CTL\")", lbr_ctl,
            check_detail_lbr_ctl, LBR_CTL),
    LIMITED("spec_ctrl.reserved",
            "guest IA32_SPEC_CTRL: reserved bits must be 0 (\"load IA32_SPEC_CTRL\")", spec_ctrl,
            check_detail_spec_ctrl, SPEC_CTRL),
    LOADED("pkrs.high", "guest IA32_PKRS: bits 63:32 must be 0 (\"load PKRS\")", pkrs_high, PKRS),
    LOADED("uinv.high", "guest UINV: bits 15:8 must be 0 (\"load UINV\")", uinv_high, UINV),
    LOADED("fred_config.reserved",
           "guest IA32_FRED_CONFIG: bits 11, 5, 4 and 2 must be 0 (\"load FRED\")",
           fred_config_reserved, FRED_CONFIG),
    LIMITED("fred_config.canonical", "guest IA32_FRED_CONFIG must be canonical (\"load FRED\")",
            fred_canonical, check_detail_linear, FRED_CONFIG),
    FRED_STACK("fred_rsp1", FRED_RSP1, fred_rsp_aligned, "5:0"),
    FRED_STACK("fred_rsp2", FRED_RSP2, fred_rsp_aligned, "5:0"),
    FRED_STACK("fred_rsp3", FRED_RSP3, fred_rsp_aligned, "5:0"),
    FRED_STACK("fred_ssp1", FRED_SSP1, fred_ssp_aligned, "2:0"),
    FRED_STACK("fred_ssp2", FRED_SSP2, fred_ssp_aligned, "2:0"),
    FRED_STACK("fred_ssp3", FRED_SSP3, fred_ssp_aligned, "2:0"),
};

const struct check_table check_guest = {rows, ARRAY_SIZE(rows)};
