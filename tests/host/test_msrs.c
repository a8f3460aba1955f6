/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_msrs.c - the addresses of include/msrs.h and the values of include/memory_type.h, typed a
 * second time from the SDM.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "memory_type.h"
#include "msrs.h"

#define EQUAL(name, number) \
    {                       \
#name, name, number \
    }

static const struct {
    const char *name;
    uint64_t is, expected;
} numbers[] = {
    EQUAL(MSR_IA32_TIME_STAMP_COUNTER, 0x10),
    EQUAL(MSR_IA32_APIC_BASE, 0x1b),
    EQUAL(MSR_IA32_FEATURE_CONTROL, 0x3a),
    EQUAL(MSR_IA32_TSC_ADJUST, 0x3b),
    EQUAL(MSR_IA32_SPEC_CTRL, 0x48),
    EQUAL(MSR_IA32_PRED_CMD, 0x49),
    EQUAL(MSR_IA32_BIOS_SIGN_ID, 0x8b),
    EQUAL(MSR_IA32_SMM_MONITOR_CTL, 0x9b),
    EQUAL(MSR_IA32_CORE_CAPABILITIES, 0xcf),
    EQUAL(MSR_IA32_MTRRCAP, 0xfe),
    EQUAL(MSR_IA32_ARCH_CAPABILITIES, 0x10a),
    EQUAL(MSR_IA32_FLUSH_CMD, 0x10b),
    EQUAL(MSR_IA32_SYSENTER_CS, 0x174),
    EQUAL(MSR_IA32_SYSENTER_ESP, 0x175),
    EQUAL(MSR_IA32_SYSENTER_EIP, 0x176),
    EQUAL(MSR_IA32_MCG_CAP, 0x179),
    EQUAL(MSR_IA32_MCG_STATUS, 0x17a),
    EQUAL(MSR_IA32_MCG_CTL, 0x17b),
    EQUAL(MSR_IA32_MISC_ENABLE, 0x1a0),
    EQUAL(MSR_IA32_XFD, 0x1c4),
    EQUAL(MSR_IA32_FRED_RSP0, 0x1cc),
    EQUAL(MSR_IA32_FRED_RSP3, 0x1cf),
    EQUAL(MSR_IA32_FRED_SSP1, 0x1d1),
    EQUAL(MSR_IA32_FRED_CONFIG, 0x1d4),
    EQUAL(MSR_IA32_DEBUGCTL, 0x1d9),
    EQUAL(MSR_IA32_MTRR_PHYSBASE0, 0x200),
    EQUAL(MSR_IA32_MTRR_PHYSMASK0, 0x201),
    EQUAL(MSR_IA32_MTRR_FIX64K_00000, 0x250),
    EQUAL(MSR_IA32_MTRR_FIX16K_80000, 0x258),
    EQUAL(MSR_IA32_MTRR_FIX4K_C0000, 0x268),
    EQUAL(MSR_IA32_PAT, 0x277),
    EQUAL(MSR_IA32_MTRR_DEF_TYPE, 0x2ff),
    EQUAL(MSR_IA32_PERF_CAPABILITIES, 0x345),
    EQUAL(MSR_IA32_PERF_GLOBAL_CTRL, 0x38f),
    EQUAL(MSR_IA32_PEBS_ENABLE, 0x3f1),
    EQUAL(MSR_IA32_MC0_CTL, 0x400),
    EQUAL(MSR_IA32_MC0_STATUS, 0x401),
    EQUAL(MSR_IA32_MC0_ADDR, 0x402),
    EQUAL(MSR_IA32_MC0_MISC, 0x403),
    EQUAL(MSR_IA32_RTIT_CTL, 0x570),
    EQUAL(MSR_IA32_RTIT_ADDR0_A, 0x580),
    EQUAL(MSR_IA32_RTIT_ADDR3_B, 0x587),
    EQUAL(MSR_IA32_DS_AREA, 0x600),
    EQUAL(MSR_IA32_U_CET, 0x6a0),
    EQUAL(MSR_IA32_S_CET, 0x6a2),
    EQUAL(MSR_IA32_PL0_SSP, 0x6a4),
    EQUAL(MSR_IA32_INTERRUPT_SSP_TABLE_ADDR, 0x6a8),
    EQUAL(MSR_IA32_TSC_DEADLINE, 0x6e0),
    EQUAL(MSR_X2APIC_FIRST, 0x800),
    EQUAL(MSR_X2APIC_LAST, 0x8ff),
    EQUAL(MSR_IA32_UINTR_HANDLER, 0x986),
    EQUAL(MSR_IA32_UINTR_STACKADJUST, 0x987),
    EQUAL(MSR_IA32_BNDCFGS, 0xd90),
    EQUAL(MSR_IA32_XSS, 0xda0),
    EQUAL(MSR_IA32_LBR_CTL, 0x14ce),
    EQUAL(MSR_IA32_EFER, 0xc0000080),
    EQUAL(MSR_IA32_STAR, 0xc0000081),
    EQUAL(MSR_IA32_LSTAR, 0xc0000082),
    EQUAL(MSR_IA32_CSTAR, 0xc0000083),
    EQUAL(MSR_IA32_FMASK, 0xc0000084),
    EQUAL(MSR_IA32_FS_BASE, 0xc0000100),
    EQUAL(MSR_IA32_GS_BASE, 0xc0000101),
    EQUAL(MSR_IA32_KERNEL_GS_BASE, 0xc0000102),
    EQUAL(MSR_IA32_TSC_AUX, 0xc0000103),
    EQUAL(MEMORY_TYPE_UC, 0),
    EQUAL(MEMORY_TYPE_WC, 1),
    EQUAL(MEMORY_TYPE_WT, 4),
    EQUAL(MEMORY_TYPE_WP, 5),
    EQUAL(MEMORY_TYPE_WB, 6),
    EQUAL(MEMORY_TYPE_UC_MINUS, 7),
    EQUAL(PAT_RESET, 0x0007040600070406),
    EQUAL(PAT_WITH_WRITE_COMBINING, 0x0007040600070106),
};

static void are_the_sdms(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++)
        if (numbers[i].is != numbers[i].expected) {
            wrong++;
            print_error("%s is 0x%llx instead of 0x%llx\n", numbers[i].name,
                        (unsigned long long)numbers[i].is, (unsigned long long)numbers[i].expected);
        }
    assert_int_equal(wrong, 0);
}

/* Each of the eight entries with each byte, the others good. */
static void pat_takes_six_types(void **state)
{
    (void)state;
    for (unsigned entry = 0; entry < 8; entry++)
        for (uint64_t type = 0; type < 256; type++) {
            uint64_t pat =
                (UINT64_C(0x0007040600070406) & ~(UINT64_C(0xff) << 8 * entry)) | type << 8 * entry;
            bool good = type == 0 || type == 1 || (type >= 4 && type <= 7);

            assert_int_equal(pat_is_valid(pat), good);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_the_sdms),
        cmocka_unit_test(pat_takes_six_types),
    };

    return cmocka_run_group_tests_name("msrs", tests, NULL, NULL);
}
