/* SPDX-License-Identifier: BSD-2-Clause */
/* regions.c - see regions.h. PURE. */
#include "regions.h"

static uint64_t end_of(const struct region *region)
{
    return region->start + region->bytes;
}

/* The first region that ends behind `address`: the place of a new one that begins there. */
static unsigned first_behind(const struct regions *regions, uint64_t address)
{
    unsigned i = 0;

    while (i < regions->count && end_of(&regions->region[i]) <= address)
        i++;
    return i;
}

static void insert(struct regions *regions, unsigned place, const struct region *region)
{
    for (unsigned i = regions->count++; i > place; i--)
        regions->region[i] = regions->region[i - 1];
    regions->region[place] = *region;
}

static void take_out(struct regions *regions, unsigned place)
{
    regions->count--;
    for (unsigned i = place; i < regions->count; i++)
        regions->region[i] = regions->region[i + 1];
}

enum status regions_add(struct regions *regions, const struct region *region)
{
    unsigned place = first_behind(regions, region->start);

    if (place < regions->count && regions->region[place].start < end_of(region))
        return S_OVERLAP;
    if (regions->count == REGIONS_MAX)
        return S_FULL;
    insert(regions, place, region);
    return S_OK;
}

const struct region *regions_find(const struct regions *regions, uint64_t address)
{
    unsigned place = first_behind(regions, address);

    if (place == regions->count || regions->region[place].start > address)
        return NULL;
    return &regions->region[place];
}

bool regions_cover(const struct regions *regions, uint64_t start, uint64_t bytes)
{
    uint64_t end = start + bytes;

    while (start < end) {
        const struct region *region = regions_find(regions, start);

        if (!region)
            return false;
        start = end_of(region);
    }
    return true;
}

bool regions_can_cut(const struct regions *regions)
{
    return regions->count + 2 <= REGIONS_MAX;
}

/* Makes `address` a border between regions, if it lies inside one. */
static void cut_at(struct regions *regions, uint64_t address, void (*split)(struct memory *))
{
    unsigned place = first_behind(regions, address);
    struct region *low = &regions->region[place], high;
    uint64_t kept;

    if (place == regions->count || low->start >= address)
        return;
    kept = address - low->start;
    high = *low;
    high.start = address;
    high.bytes -= kept;
    high.offset += kept;
    low->bytes = kept;
    insert(regions, place + 1, &high);
    split(high.memory);
}

enum status regions_protect(struct regions *regions, uint64_t start, uint64_t bytes,
                            uint32_t rights, void (*split)(struct memory *memory))
{
    if (!regions_can_cut(regions))
        return S_FULL;
    cut_at(regions, start, split);
    cut_at(regions, start + bytes, split);
    for (unsigned i = first_behind(regions, start);
         i < regions->count && regions->region[i].start < start + bytes; i++)
        regions->region[i].rights = rights;
    return S_OK;
}

bool regions_take(struct regions *regions, uint64_t start, uint64_t bytes, struct region *piece,
                  void (*split)(struct memory *memory))
{
    unsigned place;

    cut_at(regions, start, split);
    cut_at(regions, start + bytes, split);
    place = first_behind(regions, start);
    if (place == regions->count || regions->region[place].start >= start + bytes)
        return false;
    *piece = regions->region[place];
    take_out(regions, place);
    return true;
}
