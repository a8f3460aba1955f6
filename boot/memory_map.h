/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_map.h - which memory the kernel may hand out: the loader's available RAM without what is
 * in use. PURE.
 */
#ifndef LINTEL_BOOT_MEMORY_MAP_H
#define LINTEL_BOOT_MEMORY_MAP_H

#include "kern/memory.h"
#include "mb2.h"

/* Fills `map` with the available ranges, cut down to whole pages. Too many: the rest is lost. */
void memory_map_read(struct memory_map *map, const struct mb2_info *info);

/* Takes [start, end), widened to whole pages, out. */
void memory_map_reserve(struct memory_map *map, uint64_t start, uint64_t end);

/* How many bytes are in it. */
uint64_t memory_map_bytes(const struct memory_map *map);

#endif
