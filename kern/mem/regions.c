/* SPDX-License-Identifier: BSD-2-Clause */
/* regions.c - see regions.h. PURE. */
#include "regions.h"

static uint64_t end_of(const struct region *region)
{
    return region->start + region->bytes;
}

/* The first region that ends after `address`: the place of a new one that begins there. */
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

/* `high` goes on where `low` ends, in all respects. */
static bool continues(const struct region *low, const struct region *high)
{
    return end_of(low) == high->start && low->memory == high->memory &&
           low->offset + low->bytes == high->offset && low->rights == high->rights;
}

/* Makes one region of the one at `place` and the next one, if that continues it. */
static void join_at(struct regions *regions, unsigned place, region_hook *join)
{
    struct region *low = &regions->region[place];

    if (place + 1 >= regions->count || !continues(low, low + 1))
        return;
    low->bytes += (low + 1)->bytes;
    take_out(regions, place + 1);
    join(low->memory);
}

enum status regions_check(const struct regions *regions, const struct region *region)
{
    unsigned place = first_behind(regions, region->start);

    if (place < regions->count && regions->region[place].start < end_of(region))
        return S_OVERLAP;
    return regions->count == REGIONS_MAX ? S_FULL : S_OK;
}

void regions_add(struct regions *regions, const struct region *region, region_hook *join)
{
    unsigned place = first_behind(regions, region->start);

    insert(regions, place, region);
    join_at(regions, place, join);
    if (place)
        join_at(regions, place - 1, join);
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

/* True when `address` lies inside a region, not at its border. */
static bool is_inside(const struct regions *regions, uint64_t address)
{
    const struct region *region = regions_find(regions, address);

    return region && region->start < address;
}

bool regions_can_cut(const struct regions *regions, uint64_t start, uint64_t bytes)
{
    unsigned more = is_inside(regions, start) + is_inside(regions, start + bytes);

    return regions->count + more <= REGIONS_MAX;
}

/* Makes `address` a border between regions, if it lies inside one. */
static void cut_at(struct regions *regions, uint64_t address, region_hook *split)
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

void regions_protect(struct regions *regions, uint64_t start, uint64_t bytes, uint32_t rights,
                     region_hook *split)
{
    cut_at(regions, start, split);
    cut_at(regions, start + bytes, split);
    for (unsigned i = first_behind(regions, start);
         i < regions->count && regions->region[i].start < start + bytes; i++)
        regions->region[i].rights = rights;
}

bool regions_take(struct regions *regions, uint64_t start, uint64_t bytes, struct region *piece,
                  region_hook *split)
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
