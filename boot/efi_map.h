/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * efi_map.h - what UEFI's memory map says of physical memory. PURE. UEFI specification, "Memory
 * Type Usage after ExitBootServices()".
 */
#ifndef LINTEL_BOOT_EFI_MAP_H
#define LINTEL_BOOT_EFI_MAP_H

#include "mb2.h"

/* True where there is a map, and some memory in it can be used: else it is not to be believed. */
bool efi_map_is_there(const struct mb2_info *info);

/*
 * True when the byte at `address` is memory that nobody uses once boot services are over: of the
 * types of the loader, of boot services, or conventional; write-back; not runtime, special-purpose
 * or persistent; and no other descriptor calls it anything else. `until` as of
 * mb2_memory_available().
 */
bool efi_memory_usable(const struct mb2_info *info, uint64_t address, uint64_t *until);

/* Why it is not: the type's name, or the attribute that speaks against it. */
const char *efi_memory_text(const struct mb2_info *info, uint64_t address);

#endif
