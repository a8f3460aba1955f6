/* SPDX-License-Identifier: BSD-2-Clause */
/* test_kern_tables.c - lists of mappings and of handles, against models: kern/mem/regions.h,
 * handle.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kern/task/handle.h"
#include "kern/mem/regions.h"

#define PAGES   256
#define OBJECTS 4

/* The pieces' memory is only named: numbers do. */
struct memory {
    int uses;
};

static struct memory memories[OBJECTS];

static void keep(struct memory *memory)
{
    memory->uses++;
}

static void drop(struct memory *memory)
{
    memory->uses--;
}

/* What each page shows. */
static struct {
    struct memory *memory;
    uint64_t offset;
    uint32_t rights;
} model[PAGES];

static void compare(const struct regions *regions)
{
    int uses[OBJECTS] = {0};

    for (unsigned page = 0; page < PAGES; page++) {
        uint64_t address = (uint64_t)page * PAGE_SIZE;
        const struct region *region = regions_find(regions, address);

        assert_ptr_equal(region ? region->memory : NULL, model[page].memory);
        if (!region)
            continue;
        assert_int_equal(region->offset + (address - region->start), model[page].offset);
        assert_int_equal(region->rights, model[page].rights);
    }
    for (unsigned i = 0; i < regions->count; i++) {
        uses[regions->region[i].memory - memories]++;
        if (i)
            assert_true(regions->region[i - 1].start + regions->region[i - 1].bytes <=
                        regions->region[i].start);
    }
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_int_equal(uses[i], memories[i].uses);
}

static bool model_is_free(unsigned page, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++)
        if (model[page + i].memory)
            return false;
    return true;
}

static void try_add(struct regions *regions, unsigned page, unsigned pages)
{
    struct memory *memory = &memories[rand() % OBJECTS];
    const struct region region = {.start = (uint64_t)page * PAGE_SIZE,
                                  .bytes = (uint64_t)pages * PAGE_SIZE,
                                  .offset = (uint64_t)page * PAGE_SIZE, /* so that some continue */
                                  .memory = memory,
                                  .rights = 1u + (unsigned)rand() % 2};
    enum status status = regions_check(regions, &region);

    if (!model_is_free(page, pages)) {
        assert_int_equal(status, S_OVERLAP);
        return;
    }
    assert_int_equal(status, regions->count == REGIONS_MAX ? S_FULL : S_OK);
    if (status != S_OK)
        return;
    keep(memory);
    regions_add(regions, &region, drop);
    for (unsigned i = 0; i < pages; i++) {
        model[page + i].memory = memory;
        model[page + i].offset = (uint64_t)(page + i) * PAGE_SIZE;
        model[page + i].rights = region.rights;
    }
}

static void try_take(struct regions *regions, unsigned page, unsigned pages)
{
    struct region piece;
    uint64_t start = (uint64_t)page * PAGE_SIZE, bytes = (uint64_t)pages * PAGE_SIZE;

    if (!regions_can_cut(regions, start, bytes))
        return;
    while (regions_take(regions, start, bytes, &piece, keep)) {
        assert_true(piece.start >= start && piece.start + piece.bytes <= start + bytes);
        drop(piece.memory);
    }
    for (unsigned i = 0; i < pages; i++)
        model[page + i].memory = NULL;
}

static void try_protect(struct regions *regions, unsigned page, unsigned pages)
{
    uint64_t start = (uint64_t)page * PAGE_SIZE, bytes = (uint64_t)pages * PAGE_SIZE;
    bool covered = true;

    for (unsigned i = 0; i < pages; i++)
        covered &= model[page + i].memory != NULL;
    assert_int_equal(regions_cover(regions, start, bytes), covered);
    if (!covered || !regions_can_cut(regions, start, bytes))
        return;
    regions_protect(regions, start, bytes, 3, keep);
    for (unsigned i = 0; i < pages; i++)
        model[page + i].rights = 3;
}

static void regions_are_what_was_mapped(void **state)
{
    static struct regions regions;

    (void)state;
    srand(11);
    for (unsigned step = 0; step < 200000; step++) {
        unsigned page = (unsigned)rand() % PAGES;
        unsigned pages = 1 + (unsigned)rand() % (rand() % 4 ? 4 : 40);

        if (page + pages > PAGES)
            continue;
        switch (rand() % 3) {
        case 0:
            try_add(&regions, page, pages);
            break;
        case 1:
            try_take(&regions, page, pages);
            break;
        default:
            try_protect(&regions, page, pages);
        }
        if (step % 64 == 0)
            compare(&regions);
    }
    try_take(&regions, 0, PAGES);
    compare(&regions);
    assert_int_equal(regions.count, 0);
}

static void neighbours_that_continue_are_one(void **state)
{
    static struct regions regions;
    struct region region = {.bytes = PAGE_SIZE, .memory = &memories[0], .rights = 1};

    (void)state;
    memories[0].uses = 0;
    for (unsigned i = 0; i < 3 * REGIONS_MAX; i++) {
        region.start = region.offset = (uint64_t)i * PAGE_SIZE;
        assert_int_equal(regions_check(&regions, &region), S_OK);
        keep(&memories[0]);
        regions_add(&regions, &region, drop);
    }
    assert_int_equal(regions.count, 1);
    assert_int_equal(memories[0].uses, 1);
}

/* --- handles ---------------------------------------------------------------------------------- */

static void stale_handles_name_nothing(void **state)
{
    static struct handles handles;
    static struct object objects[2];
    uint64_t first = handle_add(&handles, &objects[0]), old = first;

    (void)state;
    assert_int_not_equal(first, 0);
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t next;

        assert_ptr_equal(handle_take(&handles, old), &objects[i % 2]);
        assert_null(handle_find(&handles, old));
        assert_null(handle_take(&handles, old));
        next = handle_add(&handles, &objects[(i + 1) % 2]);
        assert_int_not_equal(next, old);
        assert_null(handle_find(&handles, old));
        assert_null(handle_find(&handles, first));
        old = next;
    }
}

static void made_up_handles_name_nothing(void **state)
{
    static struct handles handles;
    static struct object object;
    uint64_t good = handle_add(&handles, &object);

    (void)state;
    srand(3);
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t made_up = (uint64_t)rand() << 40 ^ (uint64_t)rand() << 20 ^ (uint64_t)rand();

        if (i % 2)
            made_up &= 0xffff;
        if (made_up != good)
            assert_null(handle_find(&handles, made_up));
    }
    assert_null(handle_find(&handles, 0));
    assert_ptr_equal(handle_find(&handles, good), &object);
}

static void a_full_table_says_so(void **state)
{
    static struct handles handles;
    static struct object object;
    unsigned count = 0;

    (void)state;
    while (handle_add(&handles, &object))
        count++;
    assert_int_equal(count, HANDLES_MAX);
    while (handle_take_any(&handles))
        count--;
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_what_was_mapped),
        cmocka_unit_test(neighbours_that_continue_are_one),
        cmocka_unit_test(stale_handles_name_nothing),
        cmocka_unit_test(made_up_handles_name_nothing),
        cmocka_unit_test(a_full_table_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
