/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c - see memory.h. */
#include "memory.h"

#include "arch/insn.h"
#include "arch/lock.h"
#include "arch/paging.h"
#include "arch/panic.h"

static struct frames frames;
static struct spinlock lock;

static uint64_t table_alloc(void)
{
    return page_alloc(FRAME_TABLE);
}

/* The table of frames has to lie where the boot's direct map shows it: below DIRECT_SIZE. */
static uint64_t place_for_table(struct memory_map *map, uint64_t bytes)
{
    for (unsigned i = 0; i < map->count; i++) {
        struct memory_range *range = &map->range[i];
        uint64_t start = range->start;

        if (range->end > DIRECT_SIZE || range->end - start < bytes)
            continue;
        range->start += bytes;
        return start;
    }
    return 0;
}

static void add_ranges(const struct memory_map *map, uint64_t from, uint64_t to)
{
    for (unsigned i = 0; i < map->count; i++) {
        uint64_t start = map->range[i].start, end = map->range[i].end;

        start = start < from ? from : start;
        end = end > to ? to : end;
        if (start < end)
            frames_add(&frames, (uint32_t)(start / PAGE_SIZE),
                       (uint32_t)((end - start) / PAGE_SIZE));
    }
}

/* What lies above DIRECT_SIZE can be used once it is mapped, with tables from below. */
bool memory_init(const struct memory_map *given)
{
    static struct memory_map map;
    uint64_t top, bytes, table;

    map = *given;
    if (!map.count)
        return false;
    top = map.range[map.count - 1].end;
    bytes = (top / PAGE_SIZE * sizeof(struct frame) + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    table = place_for_table(&map, bytes);
    if (!table)
        return false;
    frames_init(&frames, direct_pointer(table), (uint32_t)(top / PAGE_SIZE));
    add_ranges(&map, 0, DIRECT_SIZE);
    paging_allocator(table_alloc, page_free);
    paging_extend_direct(top);
    add_ranges(&map, DIRECT_SIZE, top);
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

uint64_t memory_free_pages(void)
{
    return frames_free(&frames);
}

uint64_t memory_pages_used(enum frame_use use)
{
    return frames.used[use];
}
