/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmx_ept.c - extended page tables: what is mapped is found again by a walker of the test's
 * own, written after the SDM's "EPT Translation Mechanism", and nothing else is; tables that run
 * out leave the memory around them alone.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/ept.h"

#define K4         UINT64_C(0x1000)
#define M2         UINT64_C(0x200000)
#define G1         UINT64_C(0x40000000)
#define G512       UINT64_C(0x8000000000)
#define END        UINT64_C(0x1000000000000) /* of what page-walk length 4 reaches */
#define PHYSICAL   UINT64_C(0x123456789a000) /* of the tables: made up */
#define PAGES      32
#define GUARD      2 /* pages before and behind, filled with: */
#define GUARD_WORD UINT64_C(0xdeadbeefcafef00d)

static uint64_t memory[GUARD + PAGES + GUARD][512] ALIGNED(4096);
static uint64_t (*const tables)[512] = &memory[GUARD];

/* Counts what is wrong and goes on; each test ends by asserting that nothing was. */
static unsigned wrong;

static void PRINTF(2, 3) expect(bool right, const char *format, ...)
{
    char text[200];
    va_list arguments;

    if (right)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    print_error("%s\n", text);
    wrong++;
}

static int start_counting(void **state)
{
    (void)state;
    wrong = 0;
    return 0;
}

/* Zeroed tables of `count` pages; all memory around them is guarded. */
static void start(struct ept *ept, unsigned count)
{
    for (unsigned page = 0; page < ARRAY_SIZE(memory); page++)
        for (unsigned i = 0; i < 512; i++)
            memory[page][i] = page >= GUARD && page < GUARD + count ? 0 : GUARD_WORD;
    ept_init(ept, tables, PHYSICAL, count);
}

static void expect_guards(const struct ept *ept, unsigned count)
{
    for (unsigned page = 0; page < ARRAY_SIZE(memory); page++)
        for (unsigned i = 0; i < 512 && (page < GUARD || page >= GUARD + count); i++)
            expect(memory[page][i] == GUARD_WORD, "%u pages: entry %u of page %d was written",
                   count, i, (int)page - GUARD);
    expect(ept->used <= count && ept->page_count == count, "%u pages: %u of %u used", count,
           ept->used, ept->page_count);
}

/* --- the walker ------------------------------------------------------------------------------- */

/* The table at a physical address, which must be one of those in use. */
static const uint64_t *table_at(const struct ept *ept, uint64_t physical)
{
    if (physical < PHYSICAL || physical >= PHYSICAL + ept->used * K4) {
        expect(false, "a table at 0x%" PRIx64 ", outside the tables", physical);
        return NULL;
    }
    return tables[(physical - PHYSICAL) / K4];
}

/* The leaf entry for `guest`, or 0. An entry that is not 0 must be as the SDM wants it. */
static uint64_t walk(const struct ept *ept, uint64_t guest)
{
    uint64_t physical = PHYSICAL;

    for (unsigned shift = 39; shift > 12; shift -= 9) {
        const uint64_t *table = table_at(ept, physical);
        uint64_t entry = table ? table[guest >> shift & 511] : 0;

        if (!entry)
            return 0;
        expect((entry & 0xfff0000000000fff) == 0x7,
               "0x%" PRIx64 ": entry 0x%" PRIx64 " at shift %u", guest, entry, shift);
        physical = entry & 0x000ffffffffff000;
    }
    const uint64_t *table = table_at(ept, physical);
    return table ? table[guest >> 12 & 511] : 0;
}

/* Write-back (6 in bits 5:3), no "ignore PAT", no large page, the given access, nothing above. */
static void expect_mapped(const struct ept *ept, uint64_t guest, uint64_t host, unsigned access)
{
    uint64_t leaf = walk(ept, guest);

    expect(leaf == (host | 0x30 | access), "0x%" PRIx64 ": leaf 0x%" PRIx64 ", expected 0x%" PRIx64,
           guest, leaf, host | 0x30 | access);
}

static void map(struct ept *ept, uint64_t guest, uint64_t host, unsigned access)
{
    enum status status = ept_map(ept, guest, host, access);

    expect(status == S_OK, "0x%" PRIx64 ": \"%s\"", guest, status_text(status));
}

static unsigned entries_set(const struct ept *ept)
{
    unsigned set = 0;

    for (unsigned page = 0; page < ept->page_count; page++)
        for (unsigned i = 0; i < 512; i++)
            set += tables[page][i] != 0;
    return set;
}

/* --- mapping ---------------------------------------------------------------------------------- */

/* In this order: `used` is how many tables there are after the page is mapped. */
static const struct page_case {
    uint64_t guest, host;
    unsigned access;
    unsigned used;
} page_cases[] = {
    {0, 0, EPT_ALL, 4},
    {K4, 0x7ffff000, EPT_READ, 4},
    {M2 - K4, 0xfffffffff000, EPT_READ | EPT_WRITE, 4},
    {M2, 0xffffffffff000, EPT_READ | EPT_EXECUTE, 5},
    {G1 - K4, 0x1000, EPT_ALL, 6},
    {G1, 0x2000, EPT_READ, 8},
    {G512 - K4, 0x3000, EPT_ALL, 10},
    {G512, 0x4000, EPT_EXECUTE, 13},
    {END / 2, 0x5000, EPT_ALL, 16},
    {END - K4, 0x6000, EPT_ALL, 19},
};

static bool is_case(uint64_t guest)
{
    for (unsigned i = 0; i < ARRAY_SIZE(page_cases); i++)
        if (page_cases[i].guest == guest)
            return true;
    return false;
}

static void expect_unmapped(const struct ept *ept, uint64_t guest)
{
    if (guest < END && !is_case(guest))
        expect(walk(ept, guest) == 0, "0x%" PRIx64 " is mapped", guest);
}

static void boundaries(void **state)
{
    struct ept ept;

    (void)state;
    start(&ept, PAGES);
    assert_int_equal(ept.used, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(page_cases); i++) {
        const struct page_case *c = &page_cases[i];

        expect(walk(&ept, c->guest) == 0, "0x%" PRIx64 " is mapped before", c->guest);
        map(&ept, c->guest, c->host, c->access);
        expect(ept.used == c->used, "0x%" PRIx64 ": %u tables", c->guest, ept.used);
        expect(entries_set(&ept) == c->used - 1 + i + 1, "0x%" PRIx64 ": %u entries", c->guest,
               entries_set(&ept));
        for (unsigned j = 0; j <= i; j++)
            expect_mapped(&ept, page_cases[j].guest, page_cases[j].host, page_cases[j].access);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(page_cases); i++) {
        expect_unmapped(&ept, page_cases[i].guest + K4);
        expect_unmapped(&ept, page_cases[i].guest - K4);
    }
    expect_guards(&ept, PAGES);
    assert_int_equal(wrong, 0);
}

static void each_access(void **state)
{
    struct ept ept;

    (void)state;
    start(&ept, 4);
    for (unsigned access = 1; access <= EPT_ALL; access++)
        map(&ept, access * K4, 0x10000 + access * K4, access);
    for (unsigned access = 1; access <= EPT_ALL; access++)
        expect_mapped(&ept, access * K4, 0x10000 + access * K4, access);
    assert_int_equal(wrong, 0);
}

/* One address bit of the page at a time, on either side. */
static void each_address_bit(void **state)
{
    struct ept ept;

    (void)state;
    for (unsigned bit = 12; bit < 52; bit++) {
        uint64_t guest = bit < 48 ? UINT64_C(1) << bit : 0;

        start(&ept, 4);
        map(&ept, guest, UINT64_C(1) << bit, EPT_ALL);
        expect_mapped(&ept, guest, UINT64_C(1) << bit, EPT_ALL);
        expect(ept.used == 4 && entries_set(&ept) == 4, "bit %u: %u tables, %u entries", bit,
               ept.used, entries_set(&ept));
    }
    assert_int_equal(wrong, 0);
}

static void map_again(void **state)
{
    struct ept ept;

    (void)state;
    start(&ept, PAGES);
    map(&ept, G1, 0x1000, EPT_ALL);
    map(&ept, G1 + K4, 0x2000, EPT_ALL);
    unsigned used = ept.used;
    map(&ept, G1, 0x800000000000, EPT_READ);
    expect_mapped(&ept, G1, 0x800000000000, EPT_READ);
    expect_mapped(&ept, G1 + K4, 0x2000, EPT_ALL);
    expect(ept.used == used, "%u tables, not %u", ept.used, used);
    assert_int_equal(wrong, 0);
}

/* --- tables that run out ---------------------------------------------------------------------- */

/* Fewer than the four tables that the first page needs: refused, and nothing is mapped. */
static void too_few_tables(void **state)
{
    struct ept ept;

    (void)state;
    for (unsigned count = 1; count <= 4; count++) {
        start(&ept, count);
        enum status status = ept_map(&ept, END - K4, 0x1000, EPT_ALL);
        expect(status == (count < 4 ? S_MISSING : S_OK), "%u pages: \"%s\"", count,
               status_text(status));
        expect((walk(&ept, END - K4) != 0) == (count == 4), "%u pages: mapped or not", count);
        expect_guards(&ept, count);
    }
    assert_int_equal(wrong, 0);
}

/* Each count of pages ends the list of cases somewhere; what was mapped before stays. */
static void tables_run_out(void **state)
{
    struct ept ept;

    (void)state;
    for (unsigned count = 4; count <= 19; count++) {
        start(&ept, count);
        for (unsigned i = 0; i < ARRAY_SIZE(page_cases); i++) {
            const struct page_case *c = &page_cases[i];
            enum status status = ept_map(&ept, c->guest, c->host, c->access);

            expect(status == (c->used <= count ? S_OK : S_MISSING),
                   "%u pages, 0x%" PRIx64 ": \"%s\"", count, c->guest, status_text(status));
            if (status != S_OK)
                break;
        }
        for (unsigned i = 0; i < ARRAY_SIZE(page_cases); i++)
            if (page_cases[i].used <= count)
                expect_mapped(&ept, page_cases[i].guest, page_cases[i].host, page_cases[i].access);
            else
                expect(!walk(&ept, page_cases[i].guest), "%u pages: case %u is mapped", count, i);
        expect_guards(&ept, count);
    }
    assert_int_equal(wrong, 0);
}

/* Full tables still take what needs no new one. */
static void full_tables(void **state)
{
    struct ept ept;

    (void)state;
    start(&ept, 4);
    map(&ept, 0, 0x1000, EPT_ALL);
    expect(ept_map(&ept, M2, 0x2000, EPT_ALL) == S_MISSING, "a fifth table");
    map(&ept, M2 - K4, 0x3000, EPT_ALL);
    expect_mapped(&ept, 0, 0x1000, EPT_ALL);
    expect_mapped(&ept, M2 - K4, 0x3000, EPT_ALL);
    expect(walk(&ept, M2) == 0, "refused, and mapped");
    expect_guards(&ept, 4);
    assert_int_equal(wrong, 0);
}

/* --- the EPT pointer -------------------------------------------------------------------------- */

static const struct pointer_case {
    const char *name;
    uint64_t capabilities; /* IA32_VMX_EPT_VPID_CAP */
    uint64_t type;
} pointer_cases[] = {
    {"write-back and uncacheable", 0x4140, 6},
    {"write-back alone", 0x4040, 6},
    {"uncacheable alone", 0x0140, 0},
    {"everything", 0x00000f0106f34141, 6},
    {"everything but write-back", 0x00000f0106f30141, 0},
    {"nothing", 0, 0},
};

static void pointers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(pointer_cases); i++) {
        struct msr_policy policy = {.present = 0xfffff};
        struct ept ept;

        policy.raw[0x48c - 0x480] = pointer_cases[i].capabilities;
        start(&ept, 1);
        uint64_t pointer = ept_pointer(&ept, &policy);
        expect(pointer == (PHYSICAL | 0x18 | pointer_cases[i].type), "%s: 0x%" PRIx64,
               pointer_cases[i].name, pointer);
    }
    assert_int_equal(wrong, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(boundaries),     TEST(each_access),    TEST(each_address_bit), TEST(map_again),
        TEST(too_few_tables), TEST(tables_run_out), TEST(full_tables),      TEST(pointers),
    };

    return cmocka_run_group_tests_name("vmx_ept", tests, NULL, NULL);
}
