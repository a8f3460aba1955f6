/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_map.c - see memory_map.h. PURE. */
#include "memory_map.h"

#define PAGE_MASK ((uint64_t)PAGE_SIZE - 1)

static void append(struct memory_map *map, uint64_t start, uint64_t end)
{
    if (start < end && map->count < MEMORY_RANGES_MAX)
        map->range[map->count++] = (struct memory_range){start, end};
}

void memory_map_read(struct memory_map *map, const struct mb2_info *info)
{
    uint64_t at = 0, until;

    map->count = 0;
    while (at != UINT64_MAX) {
        bool available = mb2_memory_available(info, at, &until);

        if (available)
            append(map, (at + PAGE_MASK) & ~PAGE_MASK, until & ~PAGE_MASK);
        at = until;
    }
}

void memory_map_reserve(struct memory_map *map, uint64_t start, uint64_t end)
{
    const struct memory_map old = *map;

    start &= ~PAGE_MASK;
    end = (end + PAGE_MASK) & ~PAGE_MASK;
    map->count = 0;
    for (unsigned i = 0; i < old.count; i++) {
        uint64_t from = old.range[i].start, to = old.range[i].end;

        append(map, from, to < start ? to : start); /* what lies below */
        append(map, from > end ? from : end, to);   /* and above; nothing where there is none */
    }
}

uint64_t memory_map_bytes(const struct memory_map *map)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < map->count; i++)
        bytes += map->range[i].end - map->range[i].start;
    return bytes;
}
