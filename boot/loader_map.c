/* SPDX-License-Identifier: BSD-2-Clause */
/* loader_map.c - see loader_map.h. PURE. */
#include "loader_map.h"

#include "efi_map.h"

#define PAGE_MASK ((uint64_t)PAGE_SIZE - 1)

#define SHOWN_MAX 8

/* Below it a BIOS keeps its data (EBDA). */
#define LOW_PAGE_TOP 0x9e000

/* Where there is no room: the smallest range gives way to a larger one. Their order stays. */
static void append_largest(struct ram_map *map, uint64_t start, uint64_t end)
{
    struct ram_range *range = map->range;
    unsigned smallest = 0;

    for (unsigned i = 1; i < map->count; i++)
        if (range[i].end - range[i].start < range[smallest].end - range[smallest].start)
            smallest = i;
    if (end - start <= range[smallest].end - range[smallest].start) {
        map->left_out += end - start;
        return;
    }
    map->left_out += range[smallest].end - range[smallest].start;
    for (unsigned i = smallest + 1; i < map->count; i++)
        range[i - 1] = range[i];
    range[map->count - 1] = (struct ram_range){start, end};
}

/* Adjacent ranges become one; what there is no room for is counted, and is the smallest. */
static void append(struct ram_map *map, uint64_t start, uint64_t end)
{
    struct ram_range *last = map->count ? &map->range[map->count - 1] : NULL;

    if (start >= end)
        return;
    if (last && last->end == start)
        last->end = end;
    else if (map->count < RAM_RANGES_MAX)
        map->range[map->count++] = (struct ram_range){start, end};
    else
        append_largest(map, start, end);
}

/* True when both maps say so. `until` as of mb2_memory_available(). */
static bool usable_until(const struct mb2_info *info, uint64_t address, uint64_t *until)
{
    bool available = mb2_memory_available(info, address, until);
    uint64_t efi_until;

    if (efi_map_is_there(info)) {
        available &= efi_memory_usable(info, address, &efi_until);
        *until = efi_until < *until ? efi_until : *until;
    }
    return available;
}

bool loader_map_usable(const struct mb2_info *info, uint64_t start, uint64_t end)
{
    uint64_t until;

    for (uint64_t at = start; at < end; at = until)
        if (!usable_until(info, at, &until))
            return false;
    return true;
}

uint64_t loader_map_bytes(const struct mb2_info *info)
{
    uint64_t bytes = 0, until;

    for (uint64_t at = 0; at != UINT64_MAX; at = until)
        if (usable_until(info, at, &until))
            bytes += until - at;
    return bytes;
}

/*
 * The end of the piece from `address` on that the loader's map calls available and UEFI's does not.
 */
static bool is_conflict(const struct mb2_info *info, uint64_t address, uint64_t *until)
{
    uint64_t efi_until;
    bool available = mb2_memory_available(info, address, until);
    bool usable = efi_memory_usable(info, address, &efi_until);

    *until = efi_until < *until ? efi_until : *until;
    return available && !usable;
}

void loader_map_print_conflicts(const struct mb2_info *info, struct out *out)
{
    unsigned count = 0;
    uint64_t until;

    if (mb2_has(info, MB2_TAG_EFI_MEMORY_MAP) && !efi_map_is_there(info))
        out_printf(out, "memory: UEFI's map has no memory to use: only the loader's is believed\n");
    if (!efi_map_is_there(info))
        return;
    for (uint64_t at = 0; at != UINT64_MAX; at = until)
        if (is_conflict(info, at, &until) && count++ < SHOWN_MAX)
            out_printf(out,
                       "memory: 0x%lx-0x%lx is available in the loader's map, and in UEFI's %s: "
                       "left alone\n",
                       at, until, efi_memory_text(info, at));
    if (count > SHOWN_MAX)
        out_printf(out, "memory: and %u more such pieces\n", count - SHOWN_MAX);
}

void loader_map_read(struct ram_map *map, const struct mb2_info *info)
{
    uint64_t at = 0, until;

    map->count = 0;
    map->left_out = 0;
    while (at != UINT64_MAX) {
        bool available = usable_until(info, at, &until);

        if (available)
            append(map, (at + PAGE_MASK) & ~PAGE_MASK, until & ~PAGE_MASK);
        at = until;
    }
}

void ram_map_reserve(struct ram_map *map, uint64_t start, uint64_t end)
{
    const struct ram_map old = *map;

    start &= ~PAGE_MASK;
    end = (end + PAGE_MASK) & ~PAGE_MASK;
    map->count = 0;
    for (unsigned i = 0; i < old.count; i++) {
        uint64_t from = old.range[i].start, to = old.range[i].end;

        append(map, from, to < start ? to : start); /* what lies below */
        append(map, from > end ? from : end, to);   /* and above; nothing where there is none */
    }
}

uint64_t ram_map_bytes(const struct ram_map *map)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < map->count; i++)
        bytes += map->range[i].end - map->range[i].start;
    return bytes;
}

static bool overlaps(uint64_t page, uint64_t start, uint64_t end)
{
    return start < page + PAGE_SIZE && end > page;
}

static bool is_the_loaders(const struct mb2_info *info, uint64_t info_address, uint64_t page)
{
    if (overlaps(page, info_address, info_address + info->total_size))
        return true;
    for (unsigned i = 0; i < info->module_count; i++)
        if (overlaps(page, info->modules[i].start, info->modules[i].end))
            return true;
    return false;
}

uint64_t loader_map_low_page(const struct mb2_info *info, uint64_t info_address)
{
    for (uint64_t page = LOW_PAGE_TOP; page; page -= PAGE_SIZE)
        if (loader_map_usable(info, page, page + PAGE_SIZE) &&
            !is_the_loaders(info, info_address, page))
            return page;
    return 0;
}
