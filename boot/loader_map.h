/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader_map.h - which memory the kernel may hand out: what the loader's map calls available, and
 * UEFI's, where there is one, does not contradict, without what is in use. PURE.
 */
#ifndef LINTEL_BOOT_LOADER_MAP_H
#define LINTEL_BOOT_LOADER_MAP_H

#include "kern/mem/frame_plan.h"
#include "mb2.h"

/* True when both maps say so of all of it. */
bool loader_map_usable(const struct mb2_info *info, uint64_t start, uint64_t end);

/* How many bytes are: each counts once. */
uint64_t loader_map_bytes(const struct mb2_info *info);

/* A line for each piece that the loader's map calls available, and UEFI's does not. */
void loader_map_print_conflicts(const struct mb2_info *info, struct out *out);

/* Fills `map` with the usable ranges, cut down to whole pages. */
void loader_map_read(struct ram_map *map, const struct mb2_info *info);

/* Takes [start, end), widened to whole pages, out. */
void ram_map_reserve(struct ram_map *map, uint64_t start, uint64_t end);

/*
 * A page for the first steps of other processors: the highest below what a BIOS keeps at the end of
 * the first 640 KiB that is RAM and holds nothing of the loader's. 0: none.
 */
uint64_t loader_map_low_page(const struct mb2_info *info, uint64_t info_address);

/* How many bytes are in it. */
uint64_t ram_map_bytes(const struct ram_map *map);

#endif
