/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_kern_frame_plan.c - machines of any size, and where their tables go: kern/mem/frame_plan.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kern/mem/frame_plan.h"
#include "layout.h"

#define MIB     (UINT64_C(1) << 20)
#define GIB     (UINT64_C(1) << 30)
#define TIB     (UINT64_C(1) << 40)
#define BIG     GIB /* pages of the direct map */
#define SMALL   (2 * MIB)
#define LOW_END (3 * GIB) /* below the hole that a PC has below 4 GiB */

/* A PC: `low` bytes from 1 MiB, and `high` bytes from 4 GiB on. */
static struct ram_map pc(uint64_t low, uint64_t high)
{
    struct ram_map map = {.count = high ? 2 : 1, .range = {{MIB, low}}};

    map.range[1] = (struct ram_range){4 * GIB, 4 * GIB + high};
    return map;
}

static uint64_t bytes_of(const struct ram_map *map)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < map->count; i++)
        bytes += map->range[i].end - map->range[i].start;
    return bytes;
}

static bool overlaps(const struct ram_map *map, uint64_t start, uint64_t bytes)
{
    for (unsigned i = 0; i < map->count; i++)
        if (map->range[i].start < start + bytes && start < map->range[i].end)
            return true;
    return false;
}

/* What must hold of any plan; `before` is the map that was given. */
static void check(const struct frame_plan *plan, const struct ram_map *before,
                  const struct ram_map *after)
{
    uint64_t table = plan->top / PAGE_SIZE * sizeof(struct frame);

    assert_int_not_equal(plan->table, 0);
    assert_int_not_equal(plan->pool, 0);
    assert_true(plan->top <= RAM_TOP_MAX);
    assert_true(plan->pool + plan->pool_bytes <= DIRECT_SIZE);
    assert_true(plan->table + table <= DIRECT_MAX);
    assert_true(overlaps(before, plan->table, table));
    assert_false(overlaps(after, plan->table, table));
    assert_false(overlaps(after, plan->pool, plan->pool_bytes));
    assert_true(plan->table >= plan->pool + plan->pool_bytes || plan->table + table <= plan->pool);
    for (unsigned i = 0; i < after->count; i++)
        assert_true(after->range[i].end <= plan->top);
    table = (table + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    assert_int_equal(bytes_of(before),
                     bytes_of(after) + table + plan->pool_bytes + after->left_out);
}

static struct ram_map planned(struct frame_plan *plan, struct ram_map map, uint64_t page_bytes)
{
    struct ram_map before = map;

    *plan = (struct frame_plan){0};
    assert_true(frame_plan_make(plan, &map, page_bytes));
    check(plan, &before, &map);
    return map;
}

static void small_machines(void **state)
{
    struct frame_plan plan;

    (void)state;
    assert_int_equal(planned(&plan, pc(16 * MIB, 0), BIG).left_out, 0);
    assert_int_equal(plan.top, 16 * MIB);
    assert_int_equal(planned(&plan, pc(LOW_END, 2 * GIB), SMALL).left_out, 0);
    assert_int_equal(plan.top, 6 * GIB);
    assert_true(plan.table < 4 * GIB);
}

/* 12 bytes a page: the table of 1 TiB has 3 GiB, and does not fit below 4 GiB any more. */
static void large_machines(void **state)
{
    struct frame_plan plan;

    (void)state;
    assert_int_equal(planned(&plan, pc(LOW_END, 600 * GIB), BIG).left_out, 0);
    assert_true(plan.table < 4 * GIB);
    assert_int_equal(planned(&plan, pc(LOW_END, 2 * TIB), BIG).left_out, 0);
    assert_int_equal(plan.table, 4 * GIB);
    assert_int_equal(plan.top, 2 * TIB + 4 * GIB);
    assert_int_equal(planned(&plan, pc(LOW_END, 2 * TIB), SMALL).left_out, 0);
    assert_true(plan.pool_bytes > 2 * 1024 * PAGE_SIZE); /* 2052 directories */
}

static void beyond_what_frames_can_number(void **state)
{
    struct ram_map map = pc(LOW_END, 20 * TIB);
    struct frame_plan plan;

    (void)state;
    map = planned(&plan, map, BIG);
    assert_int_equal(plan.top, RAM_TOP_MAX);
    assert_int_equal(map.left_out, 20 * TIB + 4 * GIB - RAM_TOP_MAX);
}

/* Memory far away makes a table that is larger than what there is: what is near is kept. */
static void far_apart(void **state)
{
    struct ram_map map = {.count = 2, .range = {{MIB, 64 * MIB}, {8 * TIB, 8 * TIB + GIB}}};
    struct frame_plan plan;

    (void)state;
    map = planned(&plan, map, BIG);
    assert_int_equal(map.left_out, GIB);
    assert_true(plan.top <= 64 * MIB);
    assert_true(bytes_of(&map) > 60 * MIB);
}

static void no_room(void **state)
{
    struct ram_map none = {.count = 0}, page = {.count = 1, .range = {{MIB, MIB + PAGE_SIZE}}};
    struct ram_map high = {.count = 1, .range = {{4 * GIB, 8 * GIB}}};
    struct frame_plan plan;

    (void)state;
    assert_false(frame_plan_make(&plan, &none, BIG));
    assert_false(frame_plan_make(&plan, &page, BIG));
    assert_false(frame_plan_make(&plan, &high, BIG)); /* the pool must lie below 4 GiB */
}

/* Any ranges at all. */
static void random_maps(void **state)
{
    unsigned done = 0;

    (void)state;
    srand(11);
    for (unsigned round = 0; round < 3000; round++) {
        struct ram_map map = {.count = 1 + (unsigned)rand() % 20}, before;
        struct frame_plan plan = {0};
        uint64_t at = MIB;

        for (unsigned i = 0; i < map.count; i++) {
            at += (uint64_t)rand() % 5 * PAGE_SIZE << rand() % 26;
            map.range[i].start = at;
            at += (1 + (uint64_t)rand() % 1000) * PAGE_SIZE << rand() % 18;
            map.range[i].end = at;
        }
        before = map;
        if (!frame_plan_make(&plan, &map, round % 2 ? BIG : SMALL))
            continue;
        check(&plan, &before, &map);
        done++;
    }
    assert_true(done > 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_machines),
        cmocka_unit_test(large_machines),
        cmocka_unit_test(beyond_what_frames_can_number),
        cmocka_unit_test(far_apart),
        cmocka_unit_test(no_room),
        cmocka_unit_test(random_maps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
