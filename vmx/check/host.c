/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.c - checks of the host-state area. SDM: "Checks on Host Control Registers, MSRs, and
 * SSP", "Checks on Host Segment and Descriptor-Table Registers", "Checks Related to Address-Space
 * Size". PURE.
 */
#include "memory_type.h"
#include "state.h"
#include "x86.h"

static bool exit_has(const struct check_input *in, unsigned position)
{
    return check_is_set(in, WORD_EXIT, position);
}

static bool is_64bit(const struct check_input *in)
{
    return exit_has(in, EXIT_ia32e_mode);
}

static bool loads_fred(const struct check_input *in)
{
    return check_is_set(in, WORD_EXIT2, EXIT2_load_fred);
}

/* --- control registers and MSRs --------------------------------------------------------------- */

static uint64_t cr0_must_be_1(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_cr0_short(in, check_value(in, VMCS_HOST_CR0));
}

static uint64_t cr0_must_be_0(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_cr0_beyond(in, check_value(in, VMCS_HOST_CR0));
}

static uint64_t cr4_must_be_1(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_short_of(in, WORD_CR4, check_value(in, VMCS_HOST_CR4));
}

static uint64_t cr4_must_be_0(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_beyond(in, WORD_CR4, check_value(in, VMCS_HOST_CR4));
}

static bool cet_needs_wp(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !has_any(check_value(in, VMCS_HOST_CR4), BIT64(CR4_cet)) ||
           has_any(check_value(in, VMCS_HOST_CR0), BIT64(CR0_wp));
}

static uint64_t perf_global(const struct check_input *in, unsigned field)
{
    return exit_has(in, EXIT_load_perf_global_ctrl)
               ? check_perf_global_reserved(in, check_value(in, field))
               : 0;
}

static uint64_t pat_types(const struct check_input *in, unsigned field)
{
    return exit_has(in, EXIT_load_host_pat) ? check_pat(check_value(in, field)) : 0;
}

static uint64_t efer_reserved(const struct check_input *in, unsigned field)
{
    return exit_has(in, EXIT_load_host_efer) ? check_efer_reserved(in, check_value(in, field)) : 0;
}

/* argument: the bit, LMA or LME */
static uint64_t efer_mode(const struct check_input *in, unsigned bit)
{
    if (!exit_has(in, EXIT_load_host_efer))
        return 0;
    return has_any(check_value(in, VMCS_HOST_EFER), bit) == is_64bit(in) ? 0 : bit;
}

static uint64_t pkrs_high(const struct check_input *in, unsigned field)
{
    return exit_has(in, EXIT_load_pkrs) ? check_field_beyond_32(in, field) : 0;
}

static uint64_t spec_ctrl(const struct check_input *in, unsigned field)
{
    return check_is_set(in, WORD_EXIT2, EXIT2_load_spec_ctrl)
               ? check_spec_ctrl_reserved(in, check_value(in, field))
               : 0;
}

/* --- CET -------------------------------------------------------------------------------------- */

static uint64_t s_cet_reserved(const struct check_input *in, unsigned field)
{
    return exit_has(in, EXIT_load_cet_state) ? check_s_cet_reserved(in, check_value(in, field)) : 0;
}

static uint64_t s_cet_tracker(const struct check_input *in, unsigned field)
{
    return exit_has(in, EXIT_load_cet_state) ? check_s_cet_tracker(check_value(in, field)) : 0;
}

static uint64_t ssp_aligned(const struct check_input *in, unsigned field)
{
    return exit_has(in, EXIT_load_cet_state) ? check_value(in, field) & MASK64(0, 2) : 0;
}

static bool cet_canonical(const struct check_input *in, unsigned field)
{
    return !exit_has(in, EXIT_load_cet_state) || check_field_canonical(in, field);
}

static bool cet_canonical_64(const struct check_input *in, unsigned field)
{
    return !is_64bit(in) || cet_canonical(in, field);
}

static uint64_t cet_high_32(const struct check_input *in, unsigned field)
{
    return exit_has(in, EXIT_load_cet_state) && !is_64bit(in) ? check_field_beyond_32(in, field)
                                                              : 0;
}

/* --- FRED ------------------------------------------------------------------------------------- */

static uint64_t fred_config_reserved(const struct check_input *in, unsigned field)
{
    return loads_fred(in) ? check_fred_config_reserved(check_value(in, field)) : 0;
}

static bool fred_canonical(const struct check_input *in, unsigned field)
{
    return !loads_fred(in) || check_field_canonical(in, field);
}

/* Stack pointers are multiples of 64, shadow-stack pointers of 8. */
static uint64_t fred_rsp_aligned(const struct check_input *in, unsigned field)
{
    return loads_fred(in) ? check_value(in, field) & MASK64(0, 6) : 0;
}

static uint64_t fred_ssp_aligned(const struct check_input *in, unsigned field)
{
    return loads_fred(in) ? check_value(in, field) & MASK64(0, 3) : 0;
}

/* --- segments --------------------------------------------------------------------------------- */

static uint64_t selector_rpl_ti(const struct check_input *in, unsigned field)
{
    return check_value(in, field) & MASK64(0, 3);
}

static bool selector_not_0(const struct check_input *in, unsigned field)
{
    return check_value(in, field) != 0;
}

static bool ss_not_0(const struct check_input *in, unsigned argument)
{
    return is_64bit(in) || selector_not_0(in, argument);
}

/* --- address-space size ----------------------------------------------------------------------- */

/* Where nobody said how the entry is made, it is made as "host address-space size" wants it. */
static bool is_outside(const struct check_input *in)
{
    return check_is_given(in, FACT_outside_ia32e) ? in->machine->outside_ia32e : !is_64bit(in);
}

static bool outside_guest(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode) ||
           !check_is_given(in, FACT_outside_ia32e) || !is_outside(in);
}

static bool outside_host(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !is_outside(in) || !is_64bit(in);
}

static bool inside_host(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return is_outside(in) || is_64bit(in);
}

static bool guest_needs_host(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return is_64bit(in) || !check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode);
}

/* argument: the bit of CR4 that needs a 64-bit host */
static uint64_t cr4_needs_64(const struct check_input *in, unsigned position)
{
    return is_64bit(in) ? 0 : check_value(in, VMCS_HOST_CR4) & BIT64(position);
}

static uint64_t pae_in_64(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return is_64bit(in) ? ~check_value(in, VMCS_HOST_CR4) & BIT64(CR4_pae) : 0;
}

static uint64_t rip_32(const struct check_input *in, unsigned field)
{
    return is_64bit(in) ? 0 : check_field_beyond_32(in, field);
}

static bool rip_canonical(const struct check_input *in, unsigned field)
{
    return !is_64bit(in) || check_field_canonical(in, field);
}

/* --- the table -------------------------------------------------------------------------------- */

#define REGISTERS    "Checks on Host Control Registers, MSRs, and SSP"
#define SEGMENTS     "Checks on Host Segment and Descriptor-Table Registers"
#define ADDRESS_SIZE "Checks Related to Address-Space Size"

#define REGISTER(id, ...)      CHECK_ROW(CHECK_HOST, "host." id, REGISTERS, __VA_ARGS__)
#define SEGMENT(id, ...)       CHECK_ROW(CHECK_HOST, "host." id, SEGMENTS, __VA_ARGS__)
#define ADDRESS_SPACE(id, ...) CHECK_ROW(CHECK_HOST, "host." id, ADDRESS_SIZE, __VA_ARGS__)

/* With a limit of the processor's; addresses, with their width. */
#define LIMITED(id, rule, function, detail, ...) \
    CHECK_ROW_DETAIL(CHECK_HOST, "host." id, REGISTERS, rule, function, detail, __VA_ARGS__)
#define CANONICAL(id, section, rule, function, ...)                                        \
    CHECK_ROW_DETAIL(CHECK_HOST, "host." id, section, rule, function, check_detail_linear, \
                     __VA_ARGS__)

#define SELECTOR(id, S)                                                                       \
    SEGMENT(id ".selector_rpl_ti",                                                            \
            "host " #S " selector: RPL (bits 1:0) and TI (bit 2) must be 0", selector_rpl_ti, \
            VMCS_HOST_##S##_SELECTOR, VMCS_HOST_##S##_SELECTOR)
#define BASE(id, S)                                                                         \
    CANONICAL(id ".base_canonical", SEGMENTS, "host " #S " base address must be canonical", \
              check_field_canonical, VMCS_HOST_##S##_BASE, VMCS_HOST_##S##_BASE)

#define FRED_STACK(id, F, aligned, low)                                                      \
    REGISTER(id ".aligned", "host IA32_FRED_" #F ": bits " low " must be 0 (\"load FRED\")", \
             aligned, VMCS_HOST_FRED_##F, VMCS_HOST_FRED_##F, VMCS_SECONDARY_EXIT_CONTROLS), \
        CANONICAL(id ".canonical", REGISTERS,                                                \
                  "host IA32_FRED_" #F " must be canonical (\"load FRED\")", fred_canonical, \
                  VMCS_HOST_FRED_##F, VMCS_HOST_FRED_##F, VMCS_SECONDARY_EXIT_CONTROLS)

static const struct check_row rows[] = {
    LIMITED("cr0.must_be_1", "host CR0: every bit of IA32_VMX_CR0_FIXED0 must be 1", cr0_must_be_1,
            check_detail_cr0_fixed0, 0, VMCS_HOST_CR0),
    LIMITED("cr0.must_be_0", "host CR0: every bit not in IA32_VMX_CR0_FIXED1 must be 0",
            cr0_must_be_0, check_detail_cr0_fixed1, 0, VMCS_HOST_CR0),
    LIMITED("cr4.must_be_1", "host CR4: every bit of IA32_VMX_CR4_FIXED0 must be 1", cr4_must_be_1,
            check_detail_cr4_fixed0, 0, VMCS_HOST_CR4),
    LIMITED("cr4.must_be_0", "host CR4: every bit not in IA32_VMX_CR4_FIXED1 must be 0",
            cr4_must_be_0, check_detail_cr4_fixed1, 0, VMCS_HOST_CR4),
    REGISTER("cr4.cet_wp", "host CR4: bit 23 (CET) needs CR0 bit 16 (WP)", cet_needs_wp, 0,
             VMCS_HOST_CR4, VMCS_HOST_CR0),
    LIMITED("cr3.width", "host CR3: bits beyond the physical-address width must be 0",
            check_field_cr3, check_detail_width, VMCS_HOST_CR3, VMCS_HOST_CR3),
    CANONICAL("sysenter_esp.canonical", REGISTERS, "host IA32_SYSENTER_ESP must be canonical",
              check_field_canonical, VMCS_HOST_SYSENTER_ESP, VMCS_HOST_SYSENTER_ESP),
    CANONICAL("sysenter_eip.canonical", REGISTERS, "host IA32_SYSENTER_EIP must be canonical",
              check_field_canonical, VMCS_HOST_SYSENTER_EIP, VMCS_HOST_SYSENTER_EIP),
    LIMITED("perf_global_ctrl.reserved",
            "host IA32_PERF_GLOBAL_CTRL: reserved bits must be 0 (\"load IA32_PERF_GLOBAL_CTRL\")",
            perf_global, check_detail_perf_global, VMCS_HOST_PERF_GLOBAL_CTRL,
            VMCS_HOST_PERF_GLOBAL_CTRL, VMCS_EXIT_CONTROLS),
    REGISTER("pat.types", "host IA32_PAT: each byte must be 0, 1, 4, 5, 6 or 7 (\"load IA32_PAT\")",
             pat_types, VMCS_HOST_PAT, VMCS_HOST_PAT, VMCS_EXIT_CONTROLS),
    LIMITED("efer.reserved", "host IA32_EFER: reserved bits must be 0 (\"load IA32_EFER\")",
            efer_reserved, check_detail_efer, VMCS_HOST_EFER, VMCS_HOST_EFER, VMCS_EXIT_CONTROLS),
    REGISTER("efer.lma",
             "host IA32_EFER: bit 10 (LMA) must be \"host address-space size\" (exit control 9)",
             efer_mode, EFER_LMA, VMCS_HOST_EFER, VMCS_EXIT_CONTROLS),
    REGISTER("efer.lme",
             "host IA32_EFER: bit 8 (LME) must be \"host address-space size\" (exit control 9)",
             efer_mode, EFER_LME, VMCS_HOST_EFER, VMCS_EXIT_CONTROLS),
    REGISTER("s_cet.reserved",
             "host IA32_S_CET: bits 9:6 must be 0 (\"load CET state\"), and those of CET features "
             "that the processor lacks",
             s_cet_reserved, VMCS_HOST_S_CET, VMCS_HOST_S_CET, VMCS_EXIT_CONTROLS),
    REGISTER("s_cet.suppress_tracker",
             "host IA32_S_CET: bits 10 (SUPPRESS) and 11 (TRACKER) must not both be 1",
             s_cet_tracker, VMCS_HOST_S_CET, VMCS_HOST_S_CET, VMCS_EXIT_CONTROLS),
    CANONICAL("interrupt_ssp_table.canonical", REGISTERS,
              "host IA32_INTERRUPT_SSP_TABLE_ADDR must be canonical (\"load CET state\")",
              cet_canonical, VMCS_HOST_INTERRUPT_SSP_TABLE, VMCS_HOST_INTERRUPT_SSP_TABLE,
              VMCS_EXIT_CONTROLS),
    REGISTER("ssp.aligned", "host SSP: bits 1:0 must be 0 (\"load CET state\")", ssp_aligned,
             VMCS_HOST_SSP, VMCS_HOST_SSP, VMCS_EXIT_CONTROLS),
    REGISTER("pkrs.high", "host IA32_PKRS: bits 63:32 must be 0 (\"load PKRS\")", pkrs_high,
             VMCS_HOST_PKRS, VMCS_HOST_PKRS, VMCS_EXIT_CONTROLS),
    LIMITED("spec_ctrl.reserved",
            "host IA32_SPEC_CTRL: reserved bits must be 0 (\"load IA32_SPEC_CTRL\")", spec_ctrl,
            check_detail_spec_ctrl, VMCS_HOST_SPEC_CTRL, VMCS_HOST_SPEC_CTRL,
            VMCS_SECONDARY_EXIT_CONTROLS),
    REGISTER("fred_config.reserved",
             "host IA32_FRED_CONFIG: bits 11, 5, 4 and 2 must be 0 (\"load FRED\")",
             fred_config_reserved, VMCS_HOST_FRED_CONFIG, VMCS_HOST_FRED_CONFIG,
             VMCS_SECONDARY_EXIT_CONTROLS),
    CANONICAL("fred_config.canonical", REGISTERS,
              "host IA32_FRED_CONFIG must be canonical (\"load FRED\")", fred_canonical,
              VMCS_HOST_FRED_CONFIG, VMCS_HOST_FRED_CONFIG, VMCS_SECONDARY_EXIT_CONTROLS),
    FRED_STACK("fred_rsp1", RSP1, fred_rsp_aligned, "5:0"),
    FRED_STACK("fred_rsp2", RSP2, fred_rsp_aligned, "5:0"),
    FRED_STACK("fred_rsp3", RSP3, fred_rsp_aligned, "5:0"),
    FRED_STACK("fred_ssp1", SSP1, fred_ssp_aligned, "2:0"),
    FRED_STACK("fred_ssp2", SSP2, fred_ssp_aligned, "2:0"),
    FRED_STACK("fred_ssp3", SSP3, fred_ssp_aligned, "2:0"),

    SELECTOR("cs", CS),
    SELECTOR("ss", SS),
    SELECTOR("ds", DS),
    SELECTOR("es", ES),
    SELECTOR("fs", FS),
    SELECTOR("gs", GS),
    SELECTOR("tr", TR),
    SEGMENT("cs.selector_0", "host CS selector must not be 0", selector_not_0,
            VMCS_HOST_CS_SELECTOR, VMCS_HOST_CS_SELECTOR),
    SEGMENT("tr.selector_0", "host TR selector must not be 0", selector_not_0,
            VMCS_HOST_TR_SELECTOR, VMCS_HOST_TR_SELECTOR),
    SEGMENT(
        "ss.selector_0",
        "host SS selector must not be 0 where \"host address-space size\" (exit control 9) is 0",
        ss_not_0, VMCS_HOST_SS_SELECTOR, VMCS_HOST_SS_SELECTOR, VMCS_EXIT_CONTROLS),
    BASE("fs", FS),
    BASE("gs", GS),
    BASE("gdtr", GDTR),
    BASE("idtr", IDTR),
    BASE("tr", TR),

    ADDRESS_SPACE("address_space.guest_outside_ia32e",
                  "\"IA-32e mode guest\" (entry control 9) must be 0: entry outside IA-32e mode",
                  outside_guest, 0, VMCS_ENTRY_CONTROLS),
    ADDRESS_SPACE(
        "address_space.host_outside_ia32e",
        "\"host address-space size\" (exit control 9) must be 0: entry outside IA-32e mode",
        outside_host, 0, VMCS_EXIT_CONTROLS),
    ADDRESS_SPACE("address_space.host_in_ia32e",
                  "\"host address-space size\" (exit control 9) must be 1: entry in IA-32e mode",
                  inside_host, 0, VMCS_EXIT_CONTROLS),
    ADDRESS_SPACE("address_space.guest_needs_host",
                  "\"IA-32e mode guest\" (entry control 9) needs \"host address-space size\" (exit "
                  "control 9)",
                  guest_needs_host, 0, VMCS_ENTRY_CONTROLS, VMCS_EXIT_CONTROLS),
    ADDRESS_SPACE("cr4.pcide_64",
                  "host CR4: bit 17 (PCIDE) needs \"host address-space size\" (exit control 9)",
                  cr4_needs_64, CR4_pcide, VMCS_HOST_CR4, VMCS_EXIT_CONTROLS),
    ADDRESS_SPACE("cr4.fred_64",
                  "host CR4: bit 32 (FRED) needs \"host address-space size\" (exit control 9)",
                  cr4_needs_64, CR4_fred, VMCS_HOST_CR4, VMCS_EXIT_CONTROLS),
    ADDRESS_SPACE(
        "rip.high",
        "host RIP: bits 63:32 must be 0 where \"host address-space size\" (exit control 9) is 0",
        rip_32, VMCS_HOST_RIP, VMCS_HOST_RIP, VMCS_EXIT_CONTROLS),
    ADDRESS_SPACE("s_cet.high",
                  "host IA32_S_CET: bits 63:32 must be 0 where \"host address-space size\" (exit "
                  "control 9) is 0",
                  cet_high_32, VMCS_HOST_S_CET, VMCS_HOST_S_CET, VMCS_EXIT_CONTROLS),
    ADDRESS_SPACE("ssp.high",
                  "host SSP: bits 63:32 must be 0 where \"host address-space size\" (exit control "
                  "9) is 0",
                  cet_high_32, VMCS_HOST_SSP, VMCS_HOST_SSP, VMCS_EXIT_CONTROLS),
    ADDRESS_SPACE("cr4.pae",
                  "host CR4: bit 5 (PAE) must be 1 with \"host address-space size\" (exit control "
                  "9)",
                  pae_in_64, 0, VMCS_HOST_CR4, VMCS_EXIT_CONTROLS),
    CANONICAL("rip.canonical", ADDRESS_SIZE,
              "host RIP must be canonical with \"host address-space size\" (exit control 9)",
              rip_canonical, VMCS_HOST_RIP, VMCS_HOST_RIP, VMCS_EXIT_CONTROLS),
    CANONICAL("s_cet.canonical", ADDRESS_SIZE,
              "host IA32_S_CET must be canonical (\"load CET state\")", cet_canonical_64,
              VMCS_HOST_S_CET, VMCS_HOST_S_CET, VMCS_EXIT_CONTROLS),
    CANONICAL("ssp.canonical", ADDRESS_SIZE, "host SSP must be canonical (\"load CET state\")",
              cet_canonical_64, VMCS_HOST_SSP, VMCS_HOST_SSP, VMCS_EXIT_CONTROLS),
};

const struct check_table check_host = {rows, ARRAY_SIZE(rows)};
