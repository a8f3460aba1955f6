/* SPDX-License-Identifier: BSD-2-Clause */
/* frame_plan.c - see frame_plan.h. PURE. */
#include "frame_plan.h"

#include "layout.h"
#include "x86.h"

#define FIXED_PAGES \
    4u /* tables of other parts of the address space (paging.c: reserve_top_entries) */

_Static_assert(RAM_TOP_MAX <= DIRECT_MAX, "frames without a place in the direct map");

static uint64_t round_up(uint64_t value, uint64_t step)
{
    return (value + step - 1) / step * step;
}

static uint64_t table_bytes(uint64_t top)
{
    return round_up(top / PAGE_SIZE * sizeof(struct frame), PAGE_SIZE);
}

/* One page for each 512 pages of the direct map, one for each 512 of those, and so on. */
static uint64_t pool_bytes(uint64_t top, uint64_t page_bytes)
{
    uint64_t pages = FIXED_PAGES;

    for (uint64_t covers = page_bytes * PAGE_ENTRIES; covers <= DIRECT_MAX; covers *= PAGE_ENTRIES)
        pages += round_up(top, covers) / covers;
    return pages * PAGE_SIZE;
}

static void cut_at(struct ram_map *map, uint64_t top)
{
    while (map->count && map->range[map->count - 1].end > top) {
        struct ram_range *last = &map->range[map->count - 1];
        uint64_t keep = last->start < top ? top : last->start;

        map->left_out += last->end - keep;
        last->end = keep;
        if (last->end == last->start)
            map->count--;
    }
}

/* Takes `bytes` off the beginning of the first range that has them below `limit`; 0: none has. */
static uint64_t take(struct ram_map *map, uint64_t bytes, uint64_t limit)
{
    for (unsigned i = 0; i < map->count; i++) {
        struct ram_range *range = &map->range[i];
        uint64_t start = range->start, end = range->end < limit ? range->end : limit;

        if (start >= end || end - start < bytes)
            continue;
        range->start += bytes;
        return start;
    }
    return 0;
}

static uint64_t largest_range(const struct ram_map *map)
{
    uint64_t largest = 0;

    for (unsigned i = 0; i < map->count; i++)
        if (map->range[i].end - map->range[i].start > largest)
            largest = map->range[i].end - map->range[i].start;
    return largest;
}

/*
 * If a table for all memory does not fit, `top` is what a table in the largest range can describe.
 */
bool frame_plan_make(struct frame_plan *plan, struct ram_map *map, uint64_t page_bytes)
{
    uint64_t room;

    cut_at(map, RAM_TOP_MAX);
    if (!map->count)
        return false;
    plan->top = map->range[map->count - 1].end;
    plan->pool_bytes = pool_bytes(plan->top, page_bytes);
    plan->pool = take(map, plan->pool_bytes, DIRECT_SIZE);
    while (plan->pool && map->count) {
        plan->top = map->range[map->count - 1].end;
        plan->table = take(map, table_bytes(plan->top), UINT64_MAX);
        if (plan->table)
            return true;
        room = largest_range(map) / sizeof(struct frame) * PAGE_SIZE;
        cut_at(map, room < plan->top ? room : plan->top - PAGE_SIZE);
    }
    return false;
}
