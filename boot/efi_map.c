/* SPDX-License-Identifier: BSD-2-Clause */
/* efi_map.c - see efi_map.h. PURE. */
#include "efi_map.h"

/* Of an EFI_MEMORY_DESCRIPTOR. */
#define TYPE       0
#define START      8
#define PAGES      24
#define ATTRIBUTES 32

#define EFI_PAGE_SHIFT 12

#define ATTRIBUTE_WB      BIT64(3)
#define ATTRIBUTE_NV      BIT64(15)
#define ATTRIBUTE_SP      BIT64(18)
#define ATTRIBUTE_RUNTIME BIT64(63)

static const struct {
    const char *name;
    bool usable;
} types[] = {
    {"reserved", false},
    {"loader code", true},
    {"loader data", true},
    {"boot services code", true},
    {"boot services data", true},
    {"runtime services code", false},
    {"runtime services data", false},
    {"conventional", true},
    {"unusable", false},
    {"ACPI reclaim", false}, /* the tables are read for as long as the kernel runs */
    {"ACPI NVS", false},
    {"memory-mapped I/O", false},
    {"memory-mapped I/O ports", false},
    {"processor code (PAL)", false},
    {"persistent", false},
    {"unaccepted", false},
};

struct descriptor {
    uint32_t type;
    uint64_t start, end;
    uint64_t attributes;
};

static uint64_t load(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | at[bytes];
    return value;
}

/* False: there are no more. Sums that wrap mean "to the top". */
static bool next(const struct mb2_info *info, size_t *index, struct descriptor *d)
{
    const struct mb2_efi_memory_map *map = &info->efi_memory_map;
    const uint8_t *at;
    uint64_t pages;

    if (!map->descriptors.at || *index >= map->descriptors.length / map->descriptor_size)
        return false;
    at = map->descriptors.at + (*index)++ * map->descriptor_size;
    d->type = (uint32_t)load(at + TYPE, 4);
    d->start = load(at + START, 8);
    d->attributes = load(at + ATTRIBUTES, 8);
    pages = load(at + PAGES, 8);
    d->end = pages > (UINT64_MAX - d->start) >> EFI_PAGE_SHIFT
                 ? UINT64_MAX
                 : d->start + (pages << EFI_PAGE_SHIFT);
    return true;
}

/* What speaks against its use; NULL: nothing. */
static const char *objection(const struct descriptor *d)
{
    if (d->type >= ARRAY_SIZE(types))
        return "of a type that is not known";
    if (!types[d->type].usable)
        return types[d->type].name;
    if (has_any(d->attributes, ATTRIBUTE_RUNTIME))
        return "in use by runtime services";
    if (has_any(d->attributes, ATTRIBUTE_SP))
        return "special-purpose";
    if (has_any(d->attributes, ATTRIBUTE_NV))
        return "persistent";
    return has_any(d->attributes, ATTRIBUTE_WB) ? NULL : "not to be cached write-back";
}

bool efi_map_is_there(const struct mb2_info *info)
{
    struct descriptor d;

    for (size_t index = 0; next(info, &index, &d);)
        if (!objection(&d) && d.end > d.start)
            return true;
    return false;
}

bool efi_memory_usable(const struct mb2_info *info, uint64_t address, uint64_t *until)
{
    bool usable = false, claimed = false;
    struct descriptor d;

    *until = UINT64_MAX;
    for (size_t index = 0; next(info, &index, &d);) {
        uint64_t border = address < d.start ? d.start : d.end;

        if (border > address && border < *until)
            *until = border;
        if (address >= d.start && address < d.end)
            *(objection(&d) ? &claimed : &usable) = true;
    }
    return usable && !claimed;
}

const char *efi_memory_text(const struct mb2_info *info, uint64_t address)
{
    const char *text = "not in it";
    struct descriptor d;

    for (size_t index = 0; next(info, &index, &d);) {
        if (address < d.start || address >= d.end)
            continue;
        if (objection(&d))
            return objection(&d);
        text = types[d.type].name;
    }
    return text;
}
