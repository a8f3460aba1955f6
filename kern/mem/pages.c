/* SPDX-License-Identifier: BSD-2-Clause */
/* pages.c - see pages.h. */
#include "pages.h"

#include "arch/console.h"
#include "arch/insn.h"
#include "arch/lock.h"
#include "arch/paging.h"
#include "arch/panic.h"

static struct frames frames;
static struct frame_plan plan;
static struct spinlock lock;

static uint64_t table_alloc(void)
{
    return page_alloc(FRAME_TABLE);
}

static void add_ranges(const struct ram_map *map)
{
    for (unsigned i = 0; i < map->count; i++)
        frames_add(&frames, (uint32_t)(map->range[i].start / PAGE_SIZE),
                   (uint32_t)((map->range[i].end - map->range[i].start) / PAGE_SIZE));
}

/* Page tables before there is an allocator: frame_plan_make() has counted them. */
static uint64_t pool_alloc(void)
{
    uint64_t page = plan.pool;

    if (!plan.pool_bytes)
        return 0;
    plan.pool += PAGE_SIZE;
    plan.pool_bytes -= PAGE_SIZE;
    zero_words(direct_pointer(page), PAGE_SIZE);
    return page;
}

bool pages_init(const struct ram_map *given)
{
    static struct ram_map map;

    map = *given;
    if (!frame_plan_make(&plan, &map, paging_direct_page()))
        return false;
    if (map.left_out)
        print(
            "memory: %lu MiB are left out: more pieces or higher addresses than the kernel keeps\n",
            map.left_out >> 20);
    paging_allocator(pool_alloc, page_free);
    paging_extend_direct(plan.top);
    frames_init(&frames, direct_pointer(plan.table), (uint32_t)(plan.top / PAGE_SIZE));
    add_ranges(&map);
    paging_allocator(table_alloc, page_free);
    return true;
}

uint64_t pages_alloc(unsigned order, enum frame_use use)
{
    uint32_t frame;

    spin_lock(&lock);
    frame = frames_take(&frames, order, use);
    spin_unlock(&lock);
    if (frame == FRAME_NONE)
        return 0;
    zero_words(direct_pointer((uint64_t)frame * PAGE_SIZE), (size_t)PAGE_SIZE << order);
    return (uint64_t)frame * PAGE_SIZE;
}

void pages_free(uint64_t physical, unsigned order)
{
    enum status status;

    spin_lock(&lock);
    status = frames_give(&frames, (uint32_t)(physical / PAGE_SIZE), order);
    spin_unlock(&lock);
    if (status != S_OK)
        panic("page 0x%lx (order %u) was given back and not in use", physical, order);
}

uint64_t page_alloc(enum frame_use use)
{
    return pages_alloc(0, use);
}

void page_free(uint64_t physical)
{
    pages_free(physical, 0);
}

bool page_is_managed(uint64_t physical)
{
    uint64_t number = physical / PAGE_SIZE;

    return number < frames.count && frames.frame[number].use != FRAME_RESERVED;
}

uint64_t pages_free_count(void)
{
    return frames_free(&frames);
}

uint64_t pages_end(void)
{
    return (uint64_t)frames.count * PAGE_SIZE;
}
