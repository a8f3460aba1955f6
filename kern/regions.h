/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regions.h - which pieces of memory objects are mapped where: the list that an address space and a
 * VM each have. PURE: page tables are the caller's.
 */
#ifndef LINTEL_KERN_REGIONS_H
#define LINTEL_KERN_REGIONS_H

#include "base.h"
#include "status.h"

struct memory;

/* [start, start + bytes) shows `memory` from `offset` on; all of them multiples of a page. */
struct region {
    uint64_t start;
    uint64_t bytes;
    uint64_t offset;
    struct memory *memory;
    uint32_t rights; /* enum abi_rights */
};

/* In order of `start`, without overlaps. */
#define REGIONS_MAX 48
struct regions {
    unsigned count;
    struct region region[REGIONS_MAX];
};

/* S_OVERLAP: something is there; S_FULL: no room in the list. Nothing is changed then. */
MUST_CHECK enum status regions_add(struct regions *regions, const struct region *region);

/* The region that holds `address`, or NULL. */
const struct region *regions_find(const struct regions *regions, uint64_t address);

/* True when every byte of [start, start + bytes) is in some region. */
bool regions_cover(const struct regions *regions, uint64_t start, uint64_t bytes);

/*
 * Gives [start, start + bytes), which must be covered, rights of its own. S_FULL: no room for the
 * pieces; nothing is changed then. Each added piece counts as a further use of its memory: `split`
 * is called for it.
 */
MUST_CHECK enum status regions_protect(struct regions *regions, uint64_t start, uint64_t bytes,
                                       uint32_t rights, void (*split)(struct memory *memory));

/*
 * Takes the first piece that lies in [start, start + bytes) out, and into `piece`. False when there
 * is none (left). A region that is cut in two counts as two uses of its memory. The caller has
 * asked regions_can_cut() before.
 */
bool regions_take(struct regions *regions, uint64_t start, uint64_t bytes, struct region *piece,
                  void (*split)(struct memory *memory));

/* True when there is room for all pieces that cutting at both ends may leave. */
bool regions_can_cut(const struct regions *regions);

#endif
