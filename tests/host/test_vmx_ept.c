/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmx_ept.c - extended page tables, held against a flat model of pages and a walker of the
 * test's own, written after the SDM's "EPT Translation Mechanism".
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/ept.h"
#include "support.h"

#define K4     UINT64_C(0x1000)
#define M2     UINT64_C(0x200000)
#define G1     UINT64_C(0x40000000)
#define TABLES 64

/* Capabilities: walk length 4, WB; 2-MiB pages; 1-GiB pages; accessed and dirty flags. */
#define CAP_SMALL 0x4040
#define CAP_2M    0x14040
#define CAP_1G    0x34040

/* --- memory for tables: so many, and each given back once ------------------------------------- */

static uint64_t memory[TABLES][512] ALIGNED(4096);
static bool taken[TABLES];
static unsigned limit, in_use;

static uint64_t take(void *context)
{
    (void)context;
    for (unsigned i = 0; i < TABLES && in_use < limit; i++)
        if (!taken[i]) {
            taken[i] = true;
            in_use++;
            memset(memory[i], 0, sizeof(memory[i]));
            return (i + 1) * K4;
        }
    return 0;
}

static uint64_t *table(void *context, uint64_t physical)
{
    (void)context;
    if (!physical || physical % K4 || physical / K4 > TABLES || !taken[physical / K4 - 1])
        fail_msg("0x%" PRIx64 " is no table", physical);
    return memory[physical / K4 - 1];
}

static void give(void *context, uint64_t physical)
{
    (void)table(context, physical);
    taken[physical / K4 - 1] = false;
    in_use--;
}

/* Without memory for tables the code must not take 0 for a table. */
static uint64_t *table_or_null(void *context, uint64_t physical)
{
    return physical ? table(context, physical) : NULL;
}

static const struct ept_memory tables = {take, give, table_or_null, NULL};

static void start(struct ept *ept, uint64_t capabilities, unsigned most)
{
    struct msr_policy policy = {.present = 0xfffff};

    policy.raw[0x48c - 0x480] = capabilities;
    memset(taken, 0, sizeof(taken));
    in_use = 0;
    limit = most;
    assert_int_equal(ept_init(ept, &tables, &policy), S_OK);
}

static void finish(struct ept *ept)
{
    ept_destroy(ept);
    assert_int_equal(in_use, 0);
}

/* --- the walker ------------------------------------------------------------------------------- */

/* Bits 2:0 of the translation, or 0; *host is where the byte is, *size the page's. */
static unsigned walk(const struct ept *ept, uint64_t guest, uint64_t *host, uint64_t *size)
{
    uint64_t at = ept->root, entry = 0;
    int shift;

    for (shift = 39; shift >= 12; shift -= 9) {
        entry = table(NULL, at)[guest >> shift & 511];
        if (!(entry & 7))
            return 0;
        if (shift == 12 || (entry & 0x80))
            break;
        assert_true((entry & 0xff8) == 0 && (entry & 7) == 7);
        at = entry & 0xffffffffff000;
    }
    *size = UINT64_C(1) << shift;
    assert_int_equal((entry & 0xffffffffff000) % *size, 0);
    *host = (entry & 0xffffffffff000) + (guest & (*size - 1));
    assert_int_equal(entry >> 3 & 7, 6);
    return entry & 7;
}

/* --- cases ------------------------------------------------------------------------------------ */

static const struct size_case {
    const char *name;
    uint64_t capabilities, guest, host, size, page;
} sizes[] = {
    {"4 KiB", CAP_1G, 0x5000, 0x123000, K4, K4},
    {"2 MiB", CAP_1G, M2, 5 * M2, M2, M2},
    {"2 MiB, not offered", CAP_SMALL, M2, 5 * M2, M2, K4},
    {"2 MiB, host not aligned", CAP_1G, M2, 5 * M2 + K4, M2, K4},
    {"2 MiB, guest not aligned", CAP_1G, M2 + K4, 5 * M2, M2, K4},
    {"1 GiB", CAP_1G, G1, 3 * G1, G1, G1},
    {"1 GiB, not offered", CAP_2M, G1, 3 * G1, G1, M2},
    {"the last page", CAP_1G, EPT_LIMIT - K4, 0xffffffffff000, K4, K4},
};

static void page_sizes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        const struct size_case *c = &sizes[i];
        uint64_t host = 0, size = 0;
        struct ept ept;

        start(&ept, c->capabilities, TABLES);
        assert_int_equal(ept_map(&ept, c->guest, c->host, c->size, EPT_ALL, MEMORY_TYPE_WB), S_OK);
        expect(walk(&ept, c->guest, &host, &size) == EPT_ALL, "%s: mapped", c->name);
        expect(host == c->host && size == c->page, "%s: 0x%" PRIx64 ", page 0x%" PRIx64, c->name,
               host, size);
        expect(walk(&ept, c->guest + c->size - K4, &host, &size) == EPT_ALL &&
                   host == c->host + c->size - K4,
               "%s: its end", c->name);
        finish(&ept);
    }
    assert_int_equal(wrong, 0);
}

static void bad_arguments(void **state)
{
    struct ept ept;

    (void)state;
    start(&ept, CAP_1G, TABLES);
    assert_int_equal(ept_map(&ept, 1, 0, K4, EPT_ALL, MEMORY_TYPE_WB), S_FAULT);
    assert_int_equal(ept_map(&ept, 0, 1, K4, EPT_ALL, MEMORY_TYPE_WB), S_FAULT);
    assert_int_equal(ept_map(&ept, 0, UINT64_C(1) << 52, K4, EPT_ALL, MEMORY_TYPE_WB), S_FAULT);
    assert_int_equal(ept_map(&ept, EPT_LIMIT, 0, K4, EPT_ALL, MEMORY_TYPE_WB), S_FAULT);
    assert_int_equal(ept_map(&ept, EPT_LIMIT - K4, 0, 2 * K4, EPT_ALL, MEMORY_TYPE_WB), S_FAULT);
    assert_int_equal(ept_map(&ept, 0, 0, K4, EPT_WRITE, MEMORY_TYPE_WB), S_FAULT);
    assert_int_equal(ept_map(&ept, 0, 0, K4, 8 | EPT_READ, MEMORY_TYPE_WB), S_FAULT);
    assert_int_equal(ept_unmap(&ept, EPT_LIMIT, K4), S_FAULT);
    assert_int_equal(ept_protect(&ept, 0, K4, EPT_EXECUTE), S_FAULT);
    assert_int_equal(in_use, 1);
    finish(&ept);
}

/*
 * A large page is broken down where its part changes, and whole again when the part is as before.
 */
static void break_and_merge(void **state)
{
    uint64_t host, size;
    struct ept ept;

    (void)state;
    start(&ept, CAP_1G, TABLES);
    assert_int_equal(ept_map(&ept, G1, G1, G1, EPT_ALL, MEMORY_TYPE_WB), S_OK);
    assert_int_equal(ept_protect(&ept, G1 + 7 * M2 + K4, K4, EPT_READ), S_OK);
    assert_int_equal(walk(&ept, G1 + 7 * M2 + K4, &host, &size), EPT_READ);
    assert_int_equal(size, K4);
    assert_int_equal(walk(&ept, G1 + 7 * M2 + 2 * K4, &host, &size), EPT_ALL);
    assert_int_equal(walk(&ept, G1 + 8 * M2, &host, &size), EPT_ALL);
    assert_int_equal(size, M2);
    assert_int_equal(ept_protect(&ept, G1 + 7 * M2 + K4, K4, EPT_ALL), S_OK);
    ept_release(&ept);
    assert_int_equal(walk(&ept, G1 + 7 * M2 + K4 + 5, &host, &size), EPT_ALL);
    assert_int_equal(size, G1);
    assert_int_equal(host, G1 + 7 * M2 + K4 + 5);
    assert_int_equal(in_use, 2);
    finish(&ept);
}

/*
 * A mapping made of pieces, of which a later one finds no memory, is taken back without any: the
 * first has not become one page with a neighbour, which would have to be broken down.
 */
static void pieces_taken_back(void **state)
{
    const uint64_t half = M2 / 2;
    uint64_t host, size;
    struct ept ept;

    (void)state;
    start(&ept, CAP_1G, TABLES);
    assert_int_equal(ept_map(&ept, 0, G1, half, EPT_ALL, MEMORY_TYPE_WB), S_OK);
    assert_int_equal(ept_map(&ept, half, G1 + half, half, EPT_ALL, MEMORY_TYPE_WB), S_OK);
    limit = in_use;
    assert_int_equal(ept_map(&ept, M2, K4, half, EPT_ALL, MEMORY_TYPE_WB), S_NO_MEMORY);
    assert_int_equal(ept_unmap(&ept, half, 2 * half), S_OK);
    assert_int_equal(walk(&ept, half, &host, &size), 0);
    assert_int_equal(walk(&ept, half - K4, &host, &size), EPT_ALL);
    finish(&ept);
}

/* The same within one call: what lies beside it stays. */
static void neighbour_stays(void **state)
{
    const uint64_t half = M2 / 2;
    uint64_t host, size;
    struct ept ept;

    (void)state;
    start(&ept, CAP_2M, TABLES);
    assert_int_equal(ept_map(&ept, G1 - M2, G1 - M2, half, EPT_ALL, MEMORY_TYPE_WB), S_OK);
    limit = in_use;
    assert_int_equal(ept_map(&ept, G1 - half, G1 - half, M2, EPT_ALL, MEMORY_TYPE_WB), S_NO_MEMORY);
    assert_int_equal(walk(&ept, G1 - half - K4, &host, &size), EPT_ALL);
    assert_int_equal(walk(&ept, G1 - half, &host, &size), 0);
    finish(&ept);
}

static void merged_on_demand(void **state)
{
    uint64_t host, size;
    struct ept ept;

    (void)state;
    start(&ept, CAP_2M, TABLES);
    for (uint64_t at = 0; at < M2; at += K4)
        assert_int_equal(ept_map(&ept, M2 + at, G1 + at, K4, EPT_ALL, MEMORY_TYPE_WB), S_OK);
    assert_int_equal(walk(&ept, M2, &host, &size), EPT_ALL);
    assert_int_equal(size, K4);
    ept_merge(&ept, M2 + 7 * K4, K4);
    assert_int_equal(walk(&ept, M2 + 9 * K4, &host, &size), EPT_ALL);
    assert_true(size == M2 && host == G1 + 9 * K4);
    finish(&ept);
}

/*
 * What was mapped far apart goes, with all tables, by one change of everything. What nothing was
 * ever mapped to is not looked at: there an entry that leads nowhere does no harm.
 */
static void only_what_was_mapped(void **state)
{
    static const uint64_t nowhere = UINT64_C(0xdead000) | EPT_ALL;
    uint64_t host, size, *root;
    struct ept ept;

    (void)state;
    start(&ept, CAP_1G, TABLES);
    root = table(NULL, ept.root);
    root[0] = root[511] = nowhere;
    assert_int_equal(ept_unmap(&ept, 0, EPT_LIMIT), S_OK);
    assert_int_equal(ept_protect(&ept, 0, EPT_LIMIT, EPT_READ), S_OK);
    assert_int_equal(ept_map(&ept, 512 * G1, 0, K4, EPT_ALL, MEMORY_TYPE_WB), S_OK);
    assert_int_equal(ept_map(&ept, 2000 * G1 + M2, 0, M2 + K4, EPT_ALL, MEMORY_TYPE_WB), S_OK);
    assert_int_equal(ept_protect(&ept, 0, EPT_LIMIT, EPT_READ), S_OK);
    assert_int_equal(walk(&ept, 512 * G1, &host, &size), EPT_READ);
    assert_int_equal(walk(&ept, 2000 * G1 + 2 * M2, &host, &size), EPT_READ);
    assert_int_equal(ept_unmap(&ept, 0, EPT_LIMIT), S_OK);
    assert_int_equal(walk(&ept, 512 * G1, &host, &size), 0);
    assert_int_equal(walk(&ept, 2000 * G1 + M2, &host, &size), 0);
    ept_release(&ept);
    assert_int_equal(in_use, 1);
    assert_int_equal(ept_map(&ept, 1500 * G1, 0, 3 * K4, EPT_ALL, MEMORY_TYPE_WB), S_OK);
    assert_true(root[0] == nowhere && root[511] == nowhere);
    finish(&ept);
}

/* --- anything at all, against a model --------------------------------------------------------- */

/* Three 2-MiB pieces around a border of 1 GiB: of each page its host and access, 0: not mapped. */
#define MODEL_START (G1 - M2)
#define MODEL_PAGES 1536
static uint64_t model[MODEL_PAGES];

static bool model_free(unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        if (model[i])
            return false;
    return true;
}

static void compare(const struct ept *ept)
{
    for (unsigned i = 0; i < MODEL_PAGES; i++) {
        uint64_t host = 0, size = 0;
        unsigned access = walk(ept, MODEL_START + i * K4, &host, &size);
        struct ept_leaf leaf;

        assert_int_equal(access ? host | access : 0, model[i]);
        assert_int_equal(ept_walk(ept, MODEL_START + i * K4, &leaf), access != 0);
        if (access)
            assert_true(leaf.host == host && leaf.access == access && leaf.size == size &&
                        leaf.ignore_pat);
    }
}

static void one_step(struct ept *ept)
{
    static const unsigned accesses[] = {EPT_READ, EPT_READ | EPT_WRITE, EPT_ALL,
                                        EPT_READ | EPT_EXECUTE};
    bool large = rand() % 2;
    unsigned grain = large ? 512 : 1, first, count, access = accesses[rand() % 4];
    uint64_t host = (uint64_t)(rand() % 64) * (large ? M2 : K4) + G1, guest;
    enum status status;
    int what = rand() % 4;

    first = (unsigned)rand() % (MODEL_PAGES / grain) * grain;
    count = ((unsigned)rand() % ((MODEL_PAGES - first) / grain) + 1) * grain;
    guest = MODEL_START + first * K4;
    if (what < 2) {
        status = ept_map(ept, guest, host, count * K4, access, MEMORY_TYPE_WB);
        if (!model_free(first, count))
            assert_int_equal(status, S_OVERLAP);
        else if (rand() % 4)
            ept_merge(ept, guest, count * K4);
    } else if (what == 2) {
        status = ept_unmap(ept, guest, count * K4);
    } else {
        status = ept_protect(ept, guest, count * K4, access);
    }
    if (rand() % 2)
        ept_release(ept);
    for (unsigned i = first; status == S_OK && i < first + count; i++) {
        if (what < 2)
            model[i] = (host + (i - first) * K4) | access;
        else if (what == 2)
            model[i] = 0;
        else if (model[i])
            model[i] = (model[i] & ~UINT64_C(7)) | access;
    }
    assert_true(status == S_OK || status == S_OVERLAP || (status == S_NO_MEMORY && limit < TABLES));
}

/* With few tables: what fails changes nothing, and what is left can still be taken away. */
static void random_changes(void **state)
{
    static const uint64_t capabilities[] = {CAP_SMALL, CAP_2M, CAP_1G};

    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        struct ept ept;

        srand(round);
        memset(model, 0, sizeof(model));
        start(&ept, capabilities[round % 3], round % 2 ? TABLES : 4 + round % 5);
        for (unsigned i = 0; i < 100; i++) {
            one_step(&ept);
            compare(&ept);
        }
        finish(&ept);
    }
}

static const struct pointer_case {
    const char *name;
    uint64_t capabilities; /* IA32_VMX_EPT_VPID_CAP */
    uint64_t low;
} pointer_cases[] = {
    {"write-back and uncacheable", 0x4140, 0x1e},
    {"write-back alone", 0x4040, 0x1e},
    {"uncacheable alone", 0x0140, 0x18},
    {"everything", 0x00000f0106f34141, 0x5e},
    {"everything but write-back", 0x00000f0106f30141, 0x58},
    {"nothing", 0, 0x18},
};

static void pointers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(pointer_cases); i++) {
        struct msr_policy policy = {.present = 0xfffff};

        policy.raw[0x48c - 0x480] = pointer_cases[i].capabilities;
        expect(ept_pointer(0x123456789a000, &policy) == (0x123456789a000 | pointer_cases[i].low),
               "%s: 0x%" PRIx64, pointer_cases[i].name, ept_pointer(0x123456789a000, &policy));
    }
    assert_int_equal(wrong, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(page_sizes),      TEST(bad_arguments),    TEST(break_and_merge),
        TEST(random_changes),  TEST(pointers),         TEST(pieces_taken_back),
        TEST(neighbour_stays), TEST(merged_on_demand), TEST(only_what_was_mapped),
    };

    return cmocka_run_group_tests_name("vmx_ept", tests, NULL, NULL);
}
