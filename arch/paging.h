/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * paging.h - the kernel's address space: what may be written is never executed (W^X).
 *
 * layout.h has the map. The image is mapped in 4-KByte pages by the rights of its sections; the
 * direct map is never executable, and shows text, read-only data and sealed pages read-only too,
 * so that no alias gives what the first mapping denies.
 */
#ifndef LINTEL_ARCH_PAGING_H
#define LINTEL_ARCH_PAGING_H

#include "base.h"
#include "layout.h"

/* The physical address of something in the kernel's image. */
static inline uint64_t physical_of(const void *in_image)
{
    return (uintptr_t)in_image - KERNEL_BASE;
}

/* Physical memory below DIRECT_SIZE, as a pointer. */
static inline void *direct_pointer(uint64_t physical)
{
    return (void *)(DIRECT_BASE + physical);
}

/*
 * Takes the boot's identity map away (null pointers fault), gives every section its rights, takes
 * the guard page of the boot stack out, and turns on what protects the kernel from user pages and
 * itself: EFER.NXE, CR0.WP, CR4.SMEP, SMAP and UMIP, each where CPUID has it.
 */
void paging_init(void);

/*
 * Takes the page at `page` (page-aligned) out of the image: what runs over its neighbour faults. In
 * the direct map it stays, where it has no neighbour that matters.
 */
void paging_guard(const void *page);

/* Makes the pages of [start, end) read-only for good. Both page-aligned, in the image. */
void paging_seal(const void *start, const void *end);

/* The rights of a mapped address, by a walk of the tables that the processor uses. */
struct page_rights {
    bool present;
    bool writable;
    bool executable;
};
struct page_rights paging_rights(const void *address);

/* How many pages (of any size) are both writable and executable, in all of the address space. */
unsigned paging_count_writable_executable(void);

#endif
