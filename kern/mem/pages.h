/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages.h - all of the machine's memory, page by page. The frames of the kernel's own image, the
 * loader's data, modules and firmware were never given to it.
 *
 * Addresses are physical; direct_pointer() leads to the memory. 0 is never a page.
 */
#ifndef LINTEL_KERN_MEM_PAGES_H
#define LINTEL_KERN_MEM_PAGES_H

#include "frame_plan.h"

/*
 * Takes over the ranges of `map`, which hold nothing that is still needed, and completes the direct
 * map. Memory that does not fit into the tables of the kernel is named and left out. False: there
 * is no room for the tables at all.
 */
MUST_CHECK bool pages_init(const struct ram_map *map);

/* A zeroed page, or a block of 2^order of them; 0: none left. From any processor. */
uint64_t page_alloc(enum frame_use use);
uint64_t pages_alloc(unsigned order, enum frame_use use);

/* Frees it. An address that was not allocated this way is a panic. */
void page_free(uint64_t physical);
void pages_free(uint64_t physical, unsigned order);

/* Whether the page at `physical` was ever taken over. */
bool page_is_managed(uint64_t physical);

uint64_t pages_free_count(void);
uint64_t pages_end(void); /* the first byte after all memory */

#endif
