/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regions.h - which pieces of memory objects are mapped where: the list that an address space and a
 * VM each have. PURE: page tables are the caller's.
 */
#ifndef LINTEL_KERN_MEM_REGIONS_H
#define LINTEL_KERN_MEM_REGIONS_H

#include "base.h"
#include "status.h"

struct memory;

/*
 * At [start, start + bytes) `memory` is mapped, from its `offset` on. All are multiples of a page.
 */
struct region {
    uint64_t start;
    uint64_t bytes;
    uint64_t offset;
    struct memory *memory;
    uint32_t rights; /* enum abi_rights */
};

/* In order of `start`, without overlaps; neighbours that continue each other are one. */
#define REGIONS_MAX 48
struct regions {
    unsigned count;
    struct region region[REGIONS_MAX];
};

/*
 * Each region in the list is one use of its memory object, and the caller counts these uses: it is
 * told by `split` when a region becomes two, and by `join` when two become one.
 */
typedef void region_hook(struct memory *memory);

/* Whether regions_add() can: S_OVERLAP: something is there; S_FULL: no room in the list. */
MUST_CHECK enum status regions_check(const struct regions *regions, const struct region *region);

/* Adds what regions_check() lets in. */
void regions_add(struct regions *regions, const struct region *region, region_hook *join);

/* The region that holds `address`, or NULL. */
const struct region *regions_find(const struct regions *regions, uint64_t address);

/* True when every byte of [start, start + bytes) is in some region. */
bool regions_cover(const struct regions *regions, uint64_t start, uint64_t bytes);

/* True when the list has room for the pieces that remain when [start, start + bytes) is cut out. */
bool regions_can_cut(const struct regions *regions, uint64_t start, uint64_t bytes);

/* Gives [start, start + bytes) new rights. regions_can_cut() must have been true. */
void regions_protect(struct regions *regions, uint64_t start, uint64_t bytes, uint32_t rights,
                     region_hook *split);

/*
 * Removes the first region, or part of one, that lies in [start, start + bytes) and returns it in
 * `piece`. The use of its memory then belongs to the caller. False: nothing is left there.
 * regions_can_cut() must have been true.
 */
bool regions_take(struct regions *regions, uint64_t start, uint64_t bytes, struct region *piece,
                  region_hook *split);

#endif
