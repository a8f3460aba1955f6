/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_check_guest.c - the entry checker's rows about the guest's control registers, debug
 * registers and MSRs, each one broken alone.
 */
#include "check_images.h"

#define NOT_CANONICAL UINT64_C(0x800000000000)
#define NOTHING \
    {           \
        0, 0, 0 \
    }

#define LOAD_SPEC_CTRL ADD(ENTRY_CONTROLS, BIT64(24))

static const struct entry_case cases[] = {
    {"guest.cr0.must_be_1", LONG, {REMOVE(GUEST_CR0, 0x20)}, 0},
    {"guest.cr0.must_be_1", FLAT32, {REMOVE(GUEST_CR0, 0x20)}, 0},
    {"guest.cr0.must_be_1", V86, {REMOVE(GUEST_CR0, BIT64(31))}, 0},
    {"", FLAT32, {ADD(GUEST_CR0, BIT64(31))}, 0},
    {"", FLAT32, {ADD(GUEST_CR0, BIT64(29) | BIT64(30))}, 0}, /* NW and CD */
    {"", LONG, {ADD(GUEST_CR0, BIT64(29))}, 0},
    {"guest.cr0.must_be_0", LONG, {ADD(GUEST_CR0, BIT64(32))}, 0},
    {"guest.cr0.must_be_0", REAL, {ADD(GUEST_CR0, BIT64(63))}, 0},
    {"guest.cr0.pg_pe", REAL, {ADD(GUEST_CR0, BIT64(31))}, 0},
    {"guest.cr4.must_be_1", LONG, {REMOVE(GUEST_CR4, 0x2000)}, 0},
    {"guest.cr4.must_be_0", LONG, {ADD(GUEST_CR4, BIT64(15))}, 0},
    {"guest.cr4.must_be_0", REAL, {ADD(GUEST_CR4, BIT64(33))}, 0},
    {"guest.cr4.cet_wp", LONG, {ADD(GUEST_CR4, BIT64(23)), REMOVE(GUEST_CR0, BIT64(16))}, 0},
    {"", LONG, {ADD(GUEST_CR4, BIT64(23))}, 0},
    {"guest.debugctl.reserved", LONG, {SET(GUEST_DEBUGCTL, 4)}, 0},
    {"", LONG, {SET(GUEST_DEBUGCTL, DEBUGCTL_MAY)}, 0},
    {"",
     LONG,
     {SET(GUEST_DEBUGCTL, 4), SET(GUEST_DR7, BIT64(32)), REMOVE(ENTRY_CONTROLS, BIT64(2))},
     0},
    {"guest.cr0.ia32e_pg",
     LONG,
     {ADD(SECONDARY_CONTROLS, BIT64(7)), REMOVE(GUEST_CR0, BIT64(31))},
     0},
    {"guest.cr4.ia32e_pae", LONG, {REMOVE(GUEST_CR4, BIT64(5))}, 0},
    {"guest.cr4.pcide", PAE, {ADD(GUEST_CR4, BIT64(17))}, 0},
    {"", LONG, {ADD(GUEST_CR4, BIT64(17))}, 0},
    {"guest.cr4.fred", PAE, {ADD(GUEST_CR4, BIT64(32)), ADD(GUEST_CS_ACCESS_RIGHTS, BIT64(13))}, 0},
    {"", LONG, {ADD(GUEST_CR4, BIT64(32))}, 0},
    {"guest.cr3.width", LONG, {ADD(GUEST_CR3, BIT64(46))}, 0},
    {"", LONG, {ADD(GUEST_CR3, BIT64(45))}, 0},
    {"guest.cr3.width", REAL, {ADD(GUEST_CR3, BIT64(61))}, 0},
    {"", LONG, {ADD(GUEST_CR3, BIT64(61))}, WITH_LAM},
    {"guest.dr7.high", LONG, {SET(GUEST_DR7, BIT64(32))}, 0},
    {"", LONG, {SET(GUEST_DR7, 0xffffffff)}, 0},
    {"guest.sysenter_esp.canonical", LONG, {SET(GUEST_SYSENTER_ESP, NOT_CANONICAL)}, 0},
    {"guest.sysenter_eip.canonical", REAL, {SET(GUEST_SYSENTER_EIP, NOT_CANONICAL)}, 0},
    {"guest.s_cet.canonical", LONG, {SET(GUEST_S_CET, NOT_CANONICAL)}, 0},
    {"guest.interrupt_ssp_table.canonical",
     LONG,
     {SET(GUEST_INTERRUPT_SSP_TABLE, NOT_CANONICAL)},
     0},
    {"guest.s_cet.reserved", LONG, {SET(GUEST_S_CET, 0x200)}, 0},
    {"guest.s_cet.suppress_tracker", LONG, {SET(GUEST_S_CET, 0xc00)}, 0},
    {"guest.perf_global_ctrl.reserved", LONG, {SET(GUEST_PERF_GLOBAL_CTRL, 0x10)}, 0},
    {"guest.pat.types", LONG, {SET(GUEST_PAT, 8)}, 0},
    {"guest.efer.reserved", LONG, {ADD(GUEST_EFER, 2)}, 0},
    {"guest.efer.lma", FLAT32, {ADD(GUEST_EFER, EFER_LMA)}, 0},
    {"guest.efer.lma guest.efer.lme", LONG, {REMOVE(GUEST_EFER, EFER_LMA)}, 0},
    {"guest.efer.lma", LONG, {REMOVE(GUEST_EFER, EFER_LMA | EFER_LME)}, 0},
    {"guest.efer.lme", LONG, {REMOVE(GUEST_EFER, EFER_LME)}, 0},
    {"guest.efer.lme", PAE, {ADD(GUEST_EFER, EFER_LME)}, 0},
    {"", FLAT32, {ADD(GUEST_EFER, EFER_LME)}, 0},
    {"guest.bndcfgs.reserved", LONG, {SET(GUEST_BNDCFGS, 4)}, 0},
    {"", LONG, {SET(GUEST_BNDCFGS, 3)}, 0},
    {"guest.bndcfgs.canonical", LONG, {SET(GUEST_BNDCFGS, NOT_CANONICAL)}, 0},
    {"guest.rtit_ctl.reserved", LONG, {SET(GUEST_RTIT_CTL, BIT64(14))}, 0},
    {"guest.lbr_ctl.reserved", LONG, {SET(GUEST_LBR_CTL, BIT64(4))}, 0},
    {"guest.pkrs.high", LONG, {SET(GUEST_PKRS, BIT64(63))}, 0},
    {"guest.spec_ctrl.reserved", LONG, {LOAD_SPEC_CTRL, SET(GUEST_SPEC_CTRL, 8)}, 0},
    {"", LONG, {LOAD_SPEC_CTRL, SET(GUEST_SPEC_CTRL, 7)}, 0},
    {"", LONG, {SET(GUEST_SPEC_CTRL, BIT64(63))}, 0},
    {"guest.s_cet.reserved", LONG, {SET(GUEST_S_CET, 1)}, NO_SHADOW_STACKS},
    {"", LONG, {SET(GUEST_S_CET, 4)}, NO_SHADOW_STACKS},
    {"guest.s_cet.reserved", LONG, {SET(GUEST_S_CET, 4)}, NO_BRANCH_TRACKING},
    {"", LONG, {SET(GUEST_S_CET, 3)}, NO_BRANCH_TRACKING},
    {"guest.cr3.width", LONG, {ADD(GUEST_CR3, BIT64(42))}, KEYIDS},
    {"", LONG, {ADD(GUEST_CR3, BIT64(41))}, KEYIDS},
    {"", LONG, {ADD(GUEST_CR3, BIT64(42))}, 0},
    {"guest.sysenter_esp.canonical", LONG, {SET(GUEST_SYSENTER_ESP, BIT64(47))}, 0},
    {"", LONG, {SET(GUEST_SYSENTER_ESP, BIT64(47)), ADD(HOST_CR4, BIT64(12))}, 0},
    {"", LONG, {SET(GUEST_SYSENTER_ESP, BIT64(47)), ADD(GUEST_CR4, BIT64(12))}, 0},
    {"guest.uinv.high", LONG, {SET(GUEST_UINV, 0x100)}, 0},
    {"", LONG, {SET(GUEST_UINV, 0xff)}, 0},
    {"guest.fred_config.reserved", LONG, {SET(GUEST_FRED_CONFIG, 0x10)}, 0},
    {"guest.fred_config.canonical", LONG, {SET(GUEST_FRED_CONFIG, NOT_CANONICAL)}, 0},
    {"guest.fred_rsp1.aligned", LONG, {SET(GUEST_FRED_RSP1, 0x20)}, 0},
    {"guest.fred_rsp2.aligned", LONG, {SET(GUEST_FRED_RSP2, 0x20)}, 0},
    {"guest.fred_rsp3.aligned", LONG, {SET(GUEST_FRED_RSP3, 0x20)}, 0},
    {"guest.fred_ssp1.aligned", LONG, {SET(GUEST_FRED_SSP1, 4)}, 0},
    {"guest.fred_ssp2.aligned", LONG, {SET(GUEST_FRED_SSP2, 4)}, 0},
    {"guest.fred_ssp3.aligned", LONG, {SET(GUEST_FRED_SSP3, 4)}, 0},
    {"guest.fred_rsp1.canonical", LONG, {SET(GUEST_FRED_RSP1, NOT_CANONICAL)}, 0},
    {"guest.fred_rsp2.canonical", LONG, {SET(GUEST_FRED_RSP2, NOT_CANONICAL)}, 0},
    {"guest.fred_rsp3.canonical", LONG, {SET(GUEST_FRED_RSP3, NOT_CANONICAL)}, 0},
    {"guest.fred_ssp1.canonical", LONG, {SET(GUEST_FRED_SSP1, NOT_CANONICAL)}, 0},
    {"guest.fred_ssp2.canonical", LONG, {SET(GUEST_FRED_SSP2, NOT_CANONICAL)}, 0},
    {"guest.fred_ssp3.canonical", LONG, {SET(GUEST_FRED_SSP3, NOT_CANONICAL)}, 0},
    /* What is not loaded is not looked at. */
    {"",
     LONG,
     {SET(GUEST_PERF_GLOBAL_CTRL, 0x10), SET(GUEST_PAT, 8), SET(GUEST_EFER, 2),
      SET(GUEST_BNDCFGS, NOT_CANONICAL | 4), SET(GUEST_RTIT_CTL, BIT64(14)),
      REMOVE(ENTRY_CONTROLS, BIT64(13) | BIT64(14) | BIT64(15) | BIT64(16) | BIT64(18))},
     0},
    {"",
     LONG,
     {SET(GUEST_UINV, 0x100), SET(GUEST_S_CET, NOT_CANONICAL | 0xc40),
      SET(GUEST_INTERRUPT_SSP_TABLE, NOT_CANONICAL), SET(GUEST_LBR_CTL, BIT64(4)),
      SET(GUEST_PKRS, BIT64(63)),
      REMOVE(ENTRY_CONTROLS, BIT64(19) | BIT64(20) | BIT64(21) | BIT64(22))},
     0},
    {"",
     LONG,
     {SET(GUEST_FRED_CONFIG, NOT_CANONICAL | 4), SET(GUEST_FRED_RSP1, NOT_CANONICAL | 1),
      SET(GUEST_FRED_SSP1, 1), REMOVE(ENTRY_CONTROLS, BIT64(23))},
     0},
};

static const struct bit_case bits[] = {
    {"guest.cr0.must_be_1", LONG, VMCS_GUEST_CR0, 0x80000021, 0, NOTHING},
    {"guest.cr0.must_be_1", FLAT32, VMCS_GUEST_CR0, 0x20, 0, NOTHING},
    {"guest.cr0.must_be_0", LONG, VMCS_GUEST_CR0, MASK64(32, 32), 0, NOTHING},
    {"guest.cr4.must_be_1", LONG, VMCS_GUEST_CR4, CR4_MUST, 0, NOTHING},
    {"guest.cr4.must_be_0", LONG, VMCS_GUEST_CR4, ~CR4_MAY, 0, NOTHING},
    {"guest.cr3.width", LONG, VMCS_GUEST_CR3, MASK64(46, 18), 0, NOTHING},
    {"guest.cr3.width", LONG, VMCS_GUEST_CR3, MASK64(46, 15) | BIT64(63), WITH_LAM, NOTHING},
    {"guest.debugctl.reserved", LONG, VMCS_GUEST_DEBUGCTL, ~DEBUGCTL_MAY, 0, NOTHING},
    {"guest.dr7.high", LONG, VMCS_GUEST_DR7, MASK64(32, 32), 0, NOTHING},
    {"guest.perf_global_ctrl.reserved", LONG, VMCS_GUEST_PERF_GLOBAL_CTRL, ~PERF_MAY, 0, NOTHING},
    {"guest.efer.reserved", LONG, VMCS_GUEST_EFER, ~EFER_KNOWN, 0, NOTHING},
    {"guest.efer.lma", LONG, VMCS_GUEST_EFER, 0x400, 0, NOTHING},
    {"guest.efer.lme", LONG, VMCS_GUEST_EFER, 0x500, 0, NOTHING},
    {"guest.bndcfgs.reserved", LONG, VMCS_GUEST_BNDCFGS, 0xffc, 0, NOTHING},
    {"guest.rtit_ctl.reserved", LONG, VMCS_GUEST_RTIT_CTL, ~RTIT_MAY, 0, NOTHING},
    {"guest.lbr_ctl.reserved", LONG, VMCS_GUEST_LBR_CTL, ~LBR_MAY, 0, NOTHING},
    {"guest.pkrs.high", LONG, VMCS_GUEST_PKRS, MASK64(32, 32), 0, NOTHING},
    {"guest.spec_ctrl.reserved", LONG, VMCS_GUEST_SPEC_CTRL, ~SPEC_MAY, 0, LOAD_SPEC_CTRL},
    {"guest.s_cet.reserved", LONG, VMCS_GUEST_S_CET, 0x3c3, NO_SHADOW_STACKS, NOTHING},
    {"guest.s_cet.reserved", LONG, VMCS_GUEST_S_CET, ~UINT64_C(3), NO_BRANCH_TRACKING, NOTHING},
    {"guest.uinv.high", LONG, VMCS_GUEST_UINV, 0xff00, 0, NOTHING},
    {"guest.s_cet.reserved", LONG, VMCS_GUEST_S_CET, 0x3c0, 0, NOTHING},
    {"guest.s_cet.suppress_tracker", LONG, VMCS_GUEST_S_CET, 0x800, 0, SET(GUEST_S_CET, 0x400)},
    {"guest.fred_config.reserved", LONG, VMCS_GUEST_FRED_CONFIG, 0x834, 0, NOTHING},
    {"guest.fred_rsp1.aligned", LONG, VMCS_GUEST_FRED_RSP1, 0x3f, 0, NOTHING},
    {"guest.fred_rsp2.aligned", LONG, VMCS_GUEST_FRED_RSP2, 0x3f, 0, NOTHING},
    {"guest.fred_rsp3.aligned", LONG, VMCS_GUEST_FRED_RSP3, 0x3f, 0, NOTHING},
    {"guest.fred_ssp1.aligned", LONG, VMCS_GUEST_FRED_SSP1, 7, 0, NOTHING},
    {"guest.fred_ssp2.aligned", LONG, VMCS_GUEST_FRED_SSP2, 7, 0, NOTHING},
    {"guest.fred_ssp3.aligned", LONG, VMCS_GUEST_FRED_SSP3, 7, 0, NOTHING},
};

static const struct canonical_case addresses[] = {
    {"guest.sysenter_esp.canonical", VMCS_GUEST_SYSENTER_ESP, false},
    {"guest.sysenter_eip.canonical", VMCS_GUEST_SYSENTER_EIP, false},
    {"guest.s_cet.canonical", VMCS_GUEST_S_CET, false},
    {"guest.interrupt_ssp_table.canonical", VMCS_GUEST_INTERRUPT_SSP_TABLE, false},
    {"guest.bndcfgs.canonical", VMCS_GUEST_BNDCFGS, false},
    {"guest.fred_config.canonical", VMCS_GUEST_FRED_CONFIG, false},
    {"guest.fred_rsp1.canonical", VMCS_GUEST_FRED_RSP1, false},
    {"guest.fred_ssp1.canonical", VMCS_GUEST_FRED_SSP1, false},
};

static void good_images(void **state)
{
    (void)state;
    run_good();
}

static void each_row(void **state)
{
    (void)state;
    run_cases(cases, ARRAY_SIZE(cases));
}

static void each_bit(void **state)
{
    (void)state;
    run_bits(bits, ARRAY_SIZE(bits));
}

static void each_address(void **state)
{
    (void)state;
    run_canonical(addresses, ARRAY_SIZE(addresses));
}

static void each_pat_byte(void **state)
{
    (void)state;
    run_pat("guest.pat.types", VMCS_GUEST_PAT);
}

static void every_row_was_broken(void **state)
{
    (void)state;
    run_coverage(&check_guest, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(good_images),   TEST(each_row),
                                       TEST(each_bit),      TEST(each_address),
                                       TEST(each_pat_byte), TEST(every_row_was_broken)};

    return cmocka_run_group_tests_name("check_guest", tests, NULL, NULL);
}
