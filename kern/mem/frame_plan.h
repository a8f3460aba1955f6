/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame_plan.h - where the tables of all memory go, before there is an allocator, and how much
 * memory they can hold. PURE.
 *
 *   0                   DIRECT_SIZE (4 GiB)                                  top
 *   +------+-----------+--------+------------+--------------------+---------+
 *   |      | page      |        |            | table: a struct    |         |
 *   |      | tables    |        |            | frame for each     |         |
 *   |      | (pool)    |        |            | page below top     |         |
 *   +------+-----------+--------+------------+--------------------+---------+
 *
 * The boot's tables show memory below DIRECT_SIZE only, so that the page tables for the rest lie
 * there. The table of frames lies where there is room.
 */
#ifndef LINTEL_KERN_MEM_FRAME_PLAN_H
#define LINTEL_KERN_MEM_FRAME_PLAN_H

#include "frames.h"

/* Page-aligned; `end` is the first byte after it. */
struct ram_range {
    uint64_t start, end;
};

/* The RAM that may be handed out. */
#define RAM_RANGES_MAX 128
struct ram_map {
    unsigned count;
    uint64_t left_out;                      /* bytes for which there was no room here */
    struct ram_range range[RAM_RANGES_MAX]; /* in order, without overlaps */
};

/* Frames have numbers of 32 bits, and all memory is in the direct map. */
#define RAM_TOP_MAX ((uint64_t)FRAME_NONE * PAGE_SIZE)

struct frame_plan {
    uint64_t top;              /* of the memory that is taken over */
    uint64_t table;            /* of frames: physical */
    uint64_t pool, pool_bytes; /* page tables for the direct map */
};

/*
 * Takes the table and the pool out of `map`. Memory that they cannot hold is cut off and added to
 * map->left_out. `page_bytes` is the size of the pages of the direct map. False: there is no room
 * for them.
 */
MUST_CHECK bool frame_plan_make(struct frame_plan *plan, struct ram_map *map, uint64_t page_bytes);

#endif
