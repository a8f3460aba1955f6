/* SPDX-License-Identifier: BSD-2-Clause */
/* test_check_host.c - the entry checker's rows about the host-state area, each one broken alone. */
#include "check_images.h"

#define NOT_CANONICAL UINT64_C(0x800000000000)

#define LOAD_SPEC_CTRL ADD(SECONDARY_EXIT_CONTROLS, 4)

static const struct entry_case cases[] = {
    {"host.cr0.must_be_1", LONG, {REMOVE(HOST_CR0, 0x20)}, 0},
    {"", LONG, {ADD(HOST_CR0, 0x60000000)}, 0}, /* NW and CD */
    {"host.cr0.must_be_0", LONG, {ADD(HOST_CR0, BIT64(32))}, 0},
    {"host.cr4.must_be_1", LONG, {REMOVE(HOST_CR4, 0x2000)}, 0},
    {"host.cr4.must_be_0", LONG, {ADD(HOST_CR4, BIT64(63))}, 0},
    {"host.cr4.must_be_0", LONG, {ADD(HOST_CR4, BIT64(15))}, 0},
    {"host.cr4.cet_wp", LONG, {ADD(HOST_CR4, BIT64(23)), REMOVE(HOST_CR0, BIT64(16))}, 0},
    {"", LONG, {ADD(HOST_CR4, BIT64(23))}, 0},
    {"", LONG, {REMOVE(HOST_CR0, BIT64(16))}, 0},
    {"host.cr3.width", LONG, {ADD(HOST_CR3, BIT64(46))}, 0},
    {"", LONG, {ADD(HOST_CR3, BIT64(45))}, 0},
    {"host.cr3.width", LONG, {ADD(HOST_CR3, BIT64(62))}, 0},
    {"", LONG, {ADD(HOST_CR3, BIT64(62) | BIT64(61))}, WITH_LAM},
    {"host.cr3.width", LONG, {ADD(HOST_CR3, BIT64(63))}, WITH_LAM},
    {"host.cr3.width", LONG, {ADD(HOST_CR3, BIT64(60))}, WITH_LAM},
    {"host.sysenter_esp.canonical", LONG, {SET(HOST_SYSENTER_ESP, NOT_CANONICAL)}, 0},
    {"host.sysenter_eip.canonical", LONG, {SET(HOST_SYSENTER_EIP, NOT_CANONICAL)}, 0},
    {"host.perf_global_ctrl.reserved", LONG, {SET(HOST_PERF_GLOBAL_CTRL, 0x10)}, 0},
    {"", LONG, {SET(HOST_PERF_GLOBAL_CTRL, 0x10), REMOVE(EXIT_CONTROLS, BIT64(12))}, 0},
    {"", LONG, {SET(HOST_PERF_GLOBAL_CTRL, PERF_MAY)}, 0},
    {"host.pat.types", LONG, {SET(HOST_PAT, 0x0207040600070406)}, 0},
    {"", LONG, {SET(HOST_PAT, 0x0207040600070406), REMOVE(EXIT_CONTROLS, BIT64(19))}, 0},
    {"host.efer.reserved", LONG, {ADD(HOST_EFER, 2)}, 0},
    {"host.efer.lma", LONG, {REMOVE(HOST_EFER, EFER_LMA)}, 0},
    {"host.efer.lme", LONG, {REMOVE(HOST_EFER, EFER_LME)}, 0},
    {"host.efer.lma", HOST32, {ADD(HOST_EFER, EFER_LMA)}, 0},
    {"host.efer.lme", HOST32, {ADD(HOST_EFER, EFER_LME)}, 0},
    {"", LONG, {SET(HOST_EFER, 2), REMOVE(EXIT_CONTROLS, BIT64(21))}, 0},
    {"host.s_cet.reserved", LONG, {SET(HOST_S_CET, 0x40)}, 0},
    {"host.s_cet.suppress_tracker", LONG, {SET(HOST_S_CET, 0xc00)}, 0},
    {"", LONG, {SET(HOST_S_CET, 0x83f)}, 0},
    {"host.interrupt_ssp_table.canonical", LONG, {SET(HOST_INTERRUPT_SSP_TABLE, NOT_CANONICAL)}, 0},
    {"host.ssp.aligned", LONG, {SET(HOST_SSP, 2)}, 0},
    {"host.pkrs.high", LONG, {SET(HOST_PKRS, BIT64(32))}, 0},
    {"host.spec_ctrl.reserved", LONG, {LOAD_SPEC_CTRL, SET(HOST_SPEC_CTRL, BIT64(63))}, 0},
    {"", LONG, {LOAD_SPEC_CTRL, SET(HOST_SPEC_CTRL, 7)}, 0},
    {"", LONG, {SET(HOST_SPEC_CTRL, BIT64(63))}, 0},
    {"host.s_cet.reserved", LONG, {SET(HOST_S_CET, 2)}, NO_SHADOW_STACKS},
    {"host.s_cet.reserved", LONG, {SET(HOST_S_CET, 0x1000)}, NO_BRANCH_TRACKING},
    {"host.cr3.width", LONG, {ADD(HOST_CR3, BIT64(45))}, KEYIDS},
    {"host.gs.base_canonical", LONG, {SET(HOST_GS_BASE, UINT64_C(0xff11000000000000))}, 0},
    {"", LONG, {SET(HOST_GS_BASE, UINT64_C(0xff11000000000000)), ADD(HOST_CR4, BIT64(12))}, 0},
    {"", LONG, {SET(HOST_PKRS, 0xffffffff)}, 0},
    {"",
     LONG,
     {SET(HOST_S_CET, NOT_CANONICAL | 0xcc0), SET(HOST_SSP, NOT_CANONICAL + 1),
      SET(HOST_INTERRUPT_SSP_TABLE, NOT_CANONICAL), SET(HOST_PKRS, BIT64(32)),
      REMOVE(EXIT_CONTROLS, BIT64(28) | BIT64(29))},
     0},
    {"host.fred_config.reserved", LONG, {SET(HOST_FRED_CONFIG, 4)}, 0},
    {"host.fred_config.canonical", LONG, {SET(HOST_FRED_CONFIG, NOT_CANONICAL)}, 0},
    {"host.fred_rsp1.aligned", LONG, {SET(HOST_FRED_RSP1, 0x20)}, 0},
    {"host.fred_rsp2.aligned", LONG, {SET(HOST_FRED_RSP2, 0x20)}, 0},
    {"host.fred_rsp3.aligned", LONG, {SET(HOST_FRED_RSP3, 0x20)}, 0},
    {"host.fred_ssp1.aligned", LONG, {SET(HOST_FRED_SSP1, 4)}, 0},
    {"host.fred_ssp2.aligned", LONG, {SET(HOST_FRED_SSP2, 4)}, 0},
    {"host.fred_ssp3.aligned", LONG, {SET(HOST_FRED_SSP3, 4)}, 0},
    {"host.fred_rsp1.canonical", LONG, {SET(HOST_FRED_RSP1, NOT_CANONICAL)}, 0},
    {"host.fred_rsp2.canonical", LONG, {SET(HOST_FRED_RSP2, NOT_CANONICAL)}, 0},
    {"host.fred_rsp3.canonical", LONG, {SET(HOST_FRED_RSP3, NOT_CANONICAL)}, 0},
    {"host.fred_ssp1.canonical", LONG, {SET(HOST_FRED_SSP1, NOT_CANONICAL)}, 0},
    {"host.fred_ssp2.canonical", LONG, {SET(HOST_FRED_SSP2, NOT_CANONICAL)}, 0},
    {"host.fred_ssp3.canonical", LONG, {SET(HOST_FRED_SSP3, NOT_CANONICAL)}, 0},
    {"",
     LONG,
     {SET(HOST_FRED_CONFIG, NOT_CANONICAL | 4), SET(HOST_FRED_RSP1, NOT_CANONICAL | 1),
      SET(HOST_FRED_SSP1, 1), SET(SECONDARY_EXIT_CONTROLS, 0)},
     0},

    {"host.cs.selector_rpl_ti", LONG, {ADD(HOST_CS_SELECTOR, 4)}, 0},
    {"host.ss.selector_rpl_ti", LONG, {ADD(HOST_SS_SELECTOR, 1)}, 0},
    {"host.ds.selector_rpl_ti", LONG, {ADD(HOST_DS_SELECTOR, 2)}, 0},
    {"host.es.selector_rpl_ti", LONG, {ADD(HOST_ES_SELECTOR, 4)}, 0},
    {"host.fs.selector_rpl_ti", LONG, {ADD(HOST_FS_SELECTOR, 1)}, 0},
    {"host.gs.selector_rpl_ti", LONG, {ADD(HOST_GS_SELECTOR, 2)}, 0},
    {"host.tr.selector_rpl_ti", LONG, {ADD(HOST_TR_SELECTOR, 4)}, 0},
    {"host.cs.selector_0", LONG, {SET(HOST_CS_SELECTOR, 0)}, 0},
    {"host.tr.selector_0", LONG, {SET(HOST_TR_SELECTOR, 0)}, 0},
    {"host.ss.selector_0", HOST32, {SET(HOST_SS_SELECTOR, 0)}, 0},
    {"", LONG, {SET(HOST_SS_SELECTOR, 0)}, 0},
    {"host.fs.base_canonical", LONG, {SET(HOST_FS_BASE, NOT_CANONICAL)}, 0},
    {"host.gs.base_canonical", LONG, {SET(HOST_GS_BASE, NOT_CANONICAL)}, 0},
    {"host.gdtr.base_canonical", LONG, {SET(HOST_GDTR_BASE, NOT_CANONICAL)}, 0},
    {"host.idtr.base_canonical", LONG, {SET(HOST_IDTR_BASE, NOT_CANONICAL)}, 0},
    {"host.tr.base_canonical", LONG, {SET(HOST_TR_BASE, NOT_CANONICAL)}, 0},

    {"host.address_space.host_outside_ia32e",
     HOST32,
     {ADD(EXIT_CONTROLS, BIT64(9)), ADD(HOST_EFER, EFER_LMA | EFER_LME)},
     0},
    {"host.address_space.guest_outside_ia32e host.address_space.host_outside_ia32e",
     LONG,
     {{0, 0, 0}},
     OUTSIDE},
    {"host.address_space.guest_outside_ia32e host.address_space.guest_needs_host",
     LONG,
     {REMOVE(EXIT_CONTROLS, BIT64(9)), SET(HOST_EFER, 0), SET(HOST_RIP, 0x1000)},
     OUTSIDE},
    {"host.address_space.host_in_ia32e",
     PAE,
     {REMOVE(EXIT_CONTROLS, BIT64(9)), SET(HOST_EFER, 0), SET(HOST_RIP, 0x1000)},
     0},
    {"host.address_space.host_in_ia32e host.address_space.guest_needs_host",
     LONG,
     {REMOVE(EXIT_CONTROLS, BIT64(9)), SET(HOST_EFER, 0), SET(HOST_RIP, 0x1000)},
     0},
    {"host.cr4.pcide_64", HOST32, {ADD(HOST_CR4, BIT64(17))}, 0},
    {"", LONG, {ADD(HOST_CR4, BIT64(17) | BIT64(32))}, 0},
    {"host.cr4.fred_64", HOST32, {ADD(HOST_CR4, BIT64(32))}, 0},
    {"host.rip.high", HOST32, {SET(HOST_RIP, BIT64(32))}, 0},
    {"", HOST32, {SET(HOST_RIP, 0xffffffff)}, 0},
    {"host.s_cet.high", HOST32, {SET(HOST_S_CET, BIT64(32))}, 0},
    {"host.ssp.high", HOST32, {SET(HOST_SSP, BIT64(32))}, 0},
    {"host.cr4.pae", LONG, {REMOVE(HOST_CR4, BIT64(5))}, 0},
    {"", HOST32, {REMOVE(HOST_CR4, BIT64(5))}, 0},
    {"host.rip.canonical", LONG, {SET(HOST_RIP, NOT_CANONICAL)}, 0},
    {"host.s_cet.canonical", LONG, {SET(HOST_S_CET, NOT_CANONICAL)}, 0},
    {"host.ssp.canonical", LONG, {SET(HOST_SSP, NOT_CANONICAL)}, 0},
};

static const struct bit_case bits[] = {
    {"host.cr0.must_be_1", LONG, VMCS_HOST_CR0, 0x80000021, 0, {0, 0, 0}},
    {"host.cr0.must_be_0", LONG, VMCS_HOST_CR0, MASK64(32, 32), 0, {0, 0, 0}},
    {"host.cr4.must_be_1", LONG, VMCS_HOST_CR4, CR4_MUST, 0, {0, 0, 0}},
    {"host.cr4.must_be_0", LONG, VMCS_HOST_CR4, ~CR4_MAY, 0, {0, 0, 0}},
    {"host.cr3.width", LONG, VMCS_HOST_CR3, MASK64(46, 18), 0, {0, 0, 0}},
    {"host.cr3.width", LONG, VMCS_HOST_CR3, MASK64(46, 15) | BIT64(63), WITH_LAM, {0, 0, 0}},
    {"host.perf_global_ctrl.reserved", LONG, VMCS_HOST_PERF_GLOBAL_CTRL, ~PERF_MAY, 0, {0, 0, 0}},
    {"host.efer.reserved", LONG, VMCS_HOST_EFER, ~EFER_KNOWN, 0, {0, 0, 0}},
    {"host.s_cet.reserved", LONG, VMCS_HOST_S_CET, 0x3c0, 0, {0, 0, 0}},
    {"host.s_cet.suppress_tracker", LONG, VMCS_HOST_S_CET, 0x400, 0, SET(HOST_S_CET, 0x800)},
    {"host.s_cet.high", HOST32, VMCS_HOST_S_CET, MASK64(32, 32), 0, {0, 0, 0}},
    {"host.ssp.aligned", LONG, VMCS_HOST_SSP, 3, 0, {0, 0, 0}},
    {"host.ssp.high", HOST32, VMCS_HOST_SSP, MASK64(32, 32), 0, {0, 0, 0}},
    {"host.rip.high", HOST32, VMCS_HOST_RIP, MASK64(32, 32), 0, {0, 0, 0}},
    {"host.pkrs.high", LONG, VMCS_HOST_PKRS, MASK64(32, 32), 0, {0, 0, 0}},
    {"host.spec_ctrl.reserved", LONG, VMCS_HOST_SPEC_CTRL, ~SPEC_MAY, 0, LOAD_SPEC_CTRL},
    {"host.fred_config.reserved", LONG, VMCS_HOST_FRED_CONFIG, 0x834, 0, {0, 0, 0}},
    {"host.fred_rsp1.aligned", LONG, VMCS_HOST_FRED_RSP1, 0x3f, 0, {0, 0, 0}},
    {"host.fred_rsp2.aligned", LONG, VMCS_HOST_FRED_RSP2, 0x3f, 0, {0, 0, 0}},
    {"host.fred_rsp3.aligned", LONG, VMCS_HOST_FRED_RSP3, 0x3f, 0, {0, 0, 0}},
    {"host.fred_ssp1.aligned", LONG, VMCS_HOST_FRED_SSP1, 7, 0, {0, 0, 0}},
    {"host.fred_ssp2.aligned", LONG, VMCS_HOST_FRED_SSP2, 7, 0, {0, 0, 0}},
    {"host.fred_ssp3.aligned", LONG, VMCS_HOST_FRED_SSP3, 7, 0, {0, 0, 0}},
    {"host.cs.selector_rpl_ti", LONG, VMCS_HOST_CS_SELECTOR, 7, 0, {0, 0, 0}},
    {"host.ss.selector_rpl_ti", LONG, VMCS_HOST_SS_SELECTOR, 7, 0, {0, 0, 0}},
    {"host.ds.selector_rpl_ti", LONG, VMCS_HOST_DS_SELECTOR, 7, 0, {0, 0, 0}},
    {"host.es.selector_rpl_ti", LONG, VMCS_HOST_ES_SELECTOR, 7, 0, {0, 0, 0}},
    {"host.fs.selector_rpl_ti", LONG, VMCS_HOST_FS_SELECTOR, 7, 0, {0, 0, 0}},
    {"host.gs.selector_rpl_ti", LONG, VMCS_HOST_GS_SELECTOR, 7, 0, {0, 0, 0}},
    {"host.tr.selector_rpl_ti", LONG, VMCS_HOST_TR_SELECTOR, 7, 0, {0, 0, 0}},
};

static const struct canonical_case addresses[] = {
    {"host.sysenter_esp.canonical", VMCS_HOST_SYSENTER_ESP, false},
    {"host.sysenter_eip.canonical", VMCS_HOST_SYSENTER_EIP, false},
    {"host.interrupt_ssp_table.canonical", VMCS_HOST_INTERRUPT_SSP_TABLE, false},
    {"host.fs.base_canonical", VMCS_HOST_FS_BASE, false},
    {"host.gs.base_canonical", VMCS_HOST_GS_BASE, false},
    {"host.gdtr.base_canonical", VMCS_HOST_GDTR_BASE, false},
    {"host.idtr.base_canonical", VMCS_HOST_IDTR_BASE, false},
    {"host.tr.base_canonical", VMCS_HOST_TR_BASE, false},
    {"host.rip.canonical", VMCS_HOST_RIP, false},
    {"host.s_cet.canonical", VMCS_HOST_S_CET, false},
    {"host.ssp.canonical", VMCS_HOST_SSP, false},
    {"host.fred_config.canonical", VMCS_HOST_FRED_CONFIG, false},
    {"host.fred_rsp3.canonical", VMCS_HOST_FRED_RSP3, false},
    {"host.fred_ssp3.canonical", VMCS_HOST_FRED_SSP3, false},
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
    run_pat("host.pat.types", VMCS_HOST_PAT);
}

/* Ids are unique over all tables, and every row of the tables is one of its class. */
static void ids(void **state)
{
    (void)state;
    for (unsigned t = 0; t < CHECK_TABLES; t++)
        for (unsigned i = 0; i < check_tables[t]->count; i++)
            for (unsigned u = 0; u < CHECK_TABLES; u++)
                for (unsigned k = 0; k < check_tables[u]->count; k++)
                    expect((t == u && i == k) || strcmp(check_tables[t]->rows[i].id,
                                                        check_tables[u]->rows[k].id) != 0,
                           "two rows are %s", check_tables[t]->rows[i].id);
    for (unsigned i = 0; i < check_host.count; i++)
        expect(check_host.rows[i].class == CHECK_HOST, "class of %s", check_host.rows[i].id);
    assert_int_equal(wrong, 0);
}

/* A 64-bit guest of a 32-bit host, or outside IA-32e mode, always has a wrong host with it. */
static void every_row_was_broken(void **state)
{
    (void)state;
    run_coverage(&check_host, "host.address_space.guest_needs_host "
                              "host.address_space.guest_outside_ia32e");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_images),         TEST(each_row),      TEST(each_bit),
        TEST(each_address),        TEST(each_pat_byte), TEST(ids),
        TEST(every_row_was_broken)};

    return cmocka_run_group_tests_name("check_host", tests, NULL, NULL);
}
