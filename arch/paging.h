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
#include "status.h"

/* The physical address of something in the kernel's image or the direct map. */
static inline uint64_t physical_of(const void *pointer)
{
    uintptr_t address = (uintptr_t)pointer;

    return address >= KERNEL_BASE ? address - KERNEL_BASE : address - DIRECT_BASE;
}

/* Physical memory as a pointer. */
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
 * Unmaps the page at `page` (page-aligned) from the image, so that an overrun of its neighbour
 * faults. In the direct map it stays, since there it has no neighbour that matters.
 */
void paging_guard(const void *page);

/* Makes the pages of [start, end) read-only for good. Both page-aligned, in the image. */
void paging_seal(const void *start, const void *end);

/*
 * Maps the framebuffer at SCREEN_BASE, once: not to be executed, and write-combining, by the second
 * type of IA32_PAT, which known_state.c gives every processor. Needs no memory, and comes before
 * paging_init(). At most SCREEN_MAX bytes.
 */
void *paging_map_framebuffer(uint64_t physical, uint64_t bytes);

/* The same protections on a processor that starts later. */
void paging_protect_processor(void);

/* Where further tables come from: zeroed pages; 0: none left. */
void paging_allocator(uint64_t (*alloc)(void), void (*give)(uint64_t physical));

/* The size of the pages of the direct map above DIRECT_SIZE. */
uint64_t paging_direct_page(void);

/* The direct map from DIRECT_SIZE up to `top`: once, before another address space is made. */
void paging_extend_direct(uint64_t top);

/* --- address spaces --------------------------------------------------------------------------- */

/* True: CR4.SMAP is on, and RFLAGS.AC lets the kernel reach pages of ring 3. */
extern bool paging_has_smap;

/* The kernel's own, for CR3. */
uint64_t paging_kernel_root(void);

/* A new one: the kernel's upper half, an empty lower half. 0: no memory. */
uint64_t paging_new_root(void);

/* Gives back the tables of the lower half, whatever they still map, and the root. */
void paging_free_root(uint64_t root);

enum paging_rights { PAGING_WRITE = 1, PAGING_EXECUTE = 2, PAGING_USER = 4, PAGING_DEVICE = 8 };

/*
 * Maps one page. S_OVERLAP: the address is mapped already; S_NO_MEMORY. Nothing needs to be
 * invalidated, since no TLB holds what was not present.
 */
MUST_CHECK enum status paging_map(uint64_t root, uint64_t address, uint64_t physical,
                                  unsigned rights);

/* Unmaps a page, in this processor's TLB too. False: it was not mapped. */
bool paging_unmap(uint64_t root, uint64_t address);

/*
 * Page tables below `root`. paging_missing_tables(): how many are missing to map pages in [address,
 * address + bytes). paging_take_empty_tables(): unlinks those that are empty and returns them as a
 * list. paging_give_back(): frees the list and returns how many there were; to be called when no
 * processor can have them in its paging-structure caches any more.
 */
uint64_t paging_missing_tables(uint64_t root, uint64_t address, uint64_t bytes);
uint64_t paging_take_empty_tables(uint64_t root, uint64_t address, uint64_t bytes);
uint64_t paging_give_back(uint64_t list);

/* Returns the page-table entry of an address: the page and its flags. False: it is not mapped. */
bool paging_walk(uint64_t root, uint64_t address, uint64_t *entry);

/*
 * Maps the registers of a device, uncached and for ever. NULL: no memory, or no such physical
 * address.
 */
void *device_map(uint64_t physical, uint64_t bytes);

/* The top of a new kernel stack of STACK_SIZE; 0: no memory. */
uint64_t stack_alloc(void);

/*
 * Gives it back, still mapped, for the next one, and returns how many such stacks there are.
 * stacks_take() unmaps some of them, into a list for paging_give_back() once no TLB has their
 * pages.
 */
unsigned stack_free(uint64_t top);
uint64_t stacks_take(unsigned most);

/* The pages of free stacks. */
uint64_t stack_pages_kept(void);

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
