/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_object.h - memory that a process owns: pages to be mapped into its address space and its
 * guests, in pieces of 2 MiB where there are.
 */
#ifndef LINTEL_KERN_TASK_MEMORY_OBJECT_H
#define LINTEL_KERN_TASK_MEMORY_OBJECT_H

#include "kern/mem/share.h"
#include "object.h"

/* A chunk is 2 MiB: one block of memory, or a table of single pages. */
#define CHUNK_ORDER 9
#define CHUNK_PAGES (UINT64_C(1) << CHUNK_ORDER)

/* The table of chunks is one block of this order at most: 8 GiB. */
#define CHUNKS_ORDER_MAX 3
#define MEMORY_PAGES_MAX (((UINT64_C(1) << CHUNKS_ORDER_MAX) * PAGE_SIZE / 8) * CHUNK_PAGES)

struct memory {
    struct object object;

    /* Read-only after memory_create(), in which nobody else has it. */
    struct share *share; /* that it counts against; NULL: none */
    uint64_t pages;
    uint64_t charged;  /* of the share: the pages and the tables that list them */
    uint64_t borrowed; /* physical address of memory that is not freed with this; 0: its own */
    uint64_t chunks;   /* physical address of the table of chunks */
    unsigned chunks_order;
    bool read_only; /* never to be mapped for writing */
};
BEGINS_WITH_OBJECT(struct memory);

extern const struct object_kind memory_kind;

/*
 * Makes zeroed memory of `pages` (1 to MEMORY_PAGES_MAX), charged to `share`. NULL: not enough is
 * left. This takes long, so `pause` is called between chunks and may release the lock: nobody else
 * has the object yet. If `pause` returns false no memory is made.
 */
struct memory *memory_create(struct share *share, uint64_t pages, bool (*pause)(void));

/* Makes an object of memory that exists already, such as a module; it can only be read. */
struct memory *memory_borrow(uint64_t physical, uint64_t pages);

/*
 * Returns the physical address of page `page` of the object. At least `*run` pages follow there in
 * order, that one included.
 */
uint64_t memory_page(const struct memory *memory, uint64_t page, uint64_t *run);

#endif
