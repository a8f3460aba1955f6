/* SPDX-License-Identifier: BSD-2-Clause */
/* test_vmx_mtrr.c - memory types of physical memory: vmx/mtrr.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/mtrr.h"

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)

static uint64_t msrs[0x300];

static bool read_msr(void *context, uint32_t address, uint64_t *value)
{
    (void)context;
    if (address >= ARRAY_SIZE(msrs))
        return false;
    *value = msrs[address];
    return true;
}

/* As a PC with 4 GiB has it: all write-back but for the top of the first 4 GiB. */
static int make(void **state)
{
    (void)state;
    memset(msrs, 0, sizeof(msrs));
    msrs[0xfe] = 0x508;  /* 8 ranges, fixed ones */
    msrs[0x2ff] = 0xc06; /* on, fixed on, WB */
    msrs[0x200] = 3 * GIB;
    msrs[0x201] = 0xfc0000000 | 0x800; /* 1 GiB of UC */
    msrs[0x250] = UINT64_C(0x0606060606060606);
    msrs[0x258] = UINT64_C(0x0606060606060606);
    msrs[0x259] = 0; /* a0000: UC */
    msrs[0x268] = UINT64_C(0x0505050505050505);
    msrs[0x26f] = UINT64_C(0x0600000000000005);
    return 0;
}

static struct mtrrs mtrrs(void)
{
    struct mtrrs m;

    mtrr_read(&m, true, read_msr, NULL);
    return m;
}

static void ranges_and_default(void **state)
{
    struct mtrrs m = mtrrs();

    (void)state;
    assert_int_equal(mtrr_type(&m, MIB), MEMORY_TYPE_WB);
    assert_int_equal(mtrr_type(&m, 3 * GIB - 1), MEMORY_TYPE_WB);
    assert_int_equal(mtrr_type(&m, 3 * GIB), MEMORY_TYPE_UC);
    assert_int_equal(mtrr_type(&m, 4 * GIB - 1), MEMORY_TYPE_UC);
    assert_int_equal(mtrr_type(&m, 4 * GIB), MEMORY_TYPE_WB);
}

static void fixed_ranges(void **state)
{
    struct mtrrs m = mtrrs();

    (void)state;
    assert_int_equal(mtrr_type(&m, 0), MEMORY_TYPE_WB);
    assert_int_equal(mtrr_type(&m, 0x9ffff), MEMORY_TYPE_WB);
    assert_int_equal(mtrr_type(&m, 0xa0000), MEMORY_TYPE_UC);
    assert_int_equal(mtrr_type(&m, 0xc0000), MEMORY_TYPE_WP);
    assert_int_equal(mtrr_type(&m, 0xc8000), MEMORY_TYPE_UC);
    assert_int_equal(mtrr_type(&m, 0xf8000), MEMORY_TYPE_WP);
    assert_int_equal(mtrr_type(&m, 0xff000), MEMORY_TYPE_WB);
    msrs[0x2ff] = 0x806; /* the fixed ones off */
    m = mtrrs();
    assert_int_equal(mtrr_type(&m, 0xa0000), MEMORY_TYPE_WB);
}

static void off_and_absent(void **state)
{
    struct mtrrs m;

    (void)state;
    msrs[0x2ff] = 6;
    m = mtrrs();
    assert_int_equal(mtrr_type(&m, GIB), MEMORY_TYPE_UC);
    mtrr_read(&m, false, read_msr, NULL);
    assert_int_equal(mtrr_type(&m, 3 * GIB), MEMORY_TYPE_WB);
}

/* SDM: "MTRR Precedences". */
static void overlaps(void **state)
{
    static const uint8_t rows[][3] = {{6, 6, 6}, {6, 0, 0}, {0, 4, 0}, {6, 4, 4},
                                      {4, 6, 4}, {1, 6, 0}, {5, 4, 0}, {1, 1, 1}};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mtrrs m;

        msrs[0x200] = GIB | rows[i][0];
        msrs[0x201] = 0xfc0000000 | 0x800;
        msrs[0x202] = GIB | rows[i][1];
        msrs[0x203] = 0xff0000000 | 0x800;
        m = mtrrs();
        assert_int_equal(mtrr_type(&m, GIB + MIB), rows[i][2]);
        assert_int_equal(mtrr_type(&m, 2 * GIB - MIB), rows[i][0]);
    }
}

static void reserved_types_are_uncached(void **state)
{
    struct mtrrs m;

    (void)state;
    msrs[0x2ff] = 0x802;
    m = mtrrs();
    assert_int_equal(mtrr_type(&m, MIB), MEMORY_TYPE_UC);
}

/* A run has one type, ends where another begins, and is never empty: page by page, at random. */
static void runs(void **state)
{
    (void)state;
    srand(9);
    for (unsigned round = 0; round < 400; round++) {
        struct mtrrs m;
        uint64_t at = (uint64_t)rand() % 4096 * PAGE_SIZE,
                 bytes = (1 + (uint64_t)rand() % 600) * PAGE_SIZE;
        enum memory_type type;
        uint64_t run;

        for (unsigned i = 0; i < 3; i++) {
            unsigned order = 12 + (unsigned)rand() % 12;

            msrs[0x200 + 2 * i] =
                ((uint64_t)rand() % 4096 * PAGE_SIZE & ~((UINT64_C(1) << order) - 1)) |
                (rand() % 2 ? 6 : 4);
            msrs[0x201 + 2 * i] =
                (MASK64(12, 24) & ~((UINT64_C(1) << order) - 1)) | (rand() % 3 ? 0x800 : 0);
        }
        m = mtrrs();
        run = mtrr_run(&m, at, bytes, &type);
        assert_true(run >= PAGE_SIZE && run <= bytes && run % PAGE_SIZE == 0);
        for (uint64_t i = 0; i < run; i += PAGE_SIZE)
            assert_int_equal(mtrr_type(&m, at + i), type);
        if (run < bytes)
            assert_int_not_equal(mtrr_type(&m, at + run), type);
    }
}

static void differences_are_named(void **state)
{
    static const uint32_t all[] = {0xfe, 0x2ff, 0x200, 0x201, 0x20f, 0x250, 0x26f};
    struct mtrrs a = mtrrs(), b = mtrrs();

    (void)state;
    assert_int_equal(mtrr_difference(&a, &b), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
        make(NULL);
        msrs[all[i]] ^= 1;
        b = mtrrs();
        assert_int_equal(mtrr_difference(&a, &b), all[i]);
    }
}

#define ROW(function) cmocka_unit_test_setup(function, make)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(ranges_and_default),
        ROW(fixed_ranges),
        ROW(off_and_absent),
        ROW(overlaps),
        ROW(reserved_types_are_uncached),
        ROW(runs),
        ROW(differences_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
