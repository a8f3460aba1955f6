/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c - self-tests of pages, address spaces and what keeps them apart. */
#include "kern/mem/pages.h"

#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/user.h"
#include "boot/selftest.h"

#define BLOCKS  24
#define USER_AT UINT64_C(0x0000000040000000)

static bool is_zero(uint64_t physical, uint64_t bytes)
{
    const uint64_t *word = direct_pointer(physical);

    for (uint64_t i = 0; i < bytes / sizeof(*word); i++)
        if (word[i])
            return false;
    return true;
}

/* Fills a block with its own address, and sees later that nobody else wrote there. */
static void mark(uint64_t physical, uint64_t bytes)
{
    uint64_t *word = direct_pointer(physical);

    for (uint64_t i = 0; i < bytes / sizeof(*word); i++)
        word[i] = physical;
}

static bool is_marked(uint64_t physical, uint64_t bytes)
{
    const uint64_t *word = direct_pointer(physical);

    for (uint64_t i = 0; i < bytes / sizeof(*word); i++)
        if (word[i] != physical)
            return false;
    return true;
}

SELFTEST("memory.pages", memory_pages, NEEDS_NONE)
{
    uint64_t before = pages_free_count(), taken = 0, block[BLOCKS];

    for (unsigned i = 0; i < BLOCKS; i++) {
        unsigned order = i % FRAME_ORDERS;
        uint64_t bytes = (uint64_t)PAGE_SIZE << order;

        block[i] = pages_alloc(order, FRAME_OBJECT);
        if (!test_true(test, block[i] != 0, "there is memory"))
            return;
        test_enter(test, "block of %lu KiB", bytes >> 10);
        test_equal(test, "its alignment", block[i] % bytes, 0);
        test_true(test, is_zero(block[i], bytes), "new pages are zero");
        test_leave(test);
        mark(block[i], bytes);
        taken += 1u << order;
    }
    test_equal(test, "pages taken", before - pages_free_count(), taken);
    for (unsigned i = 0; i < BLOCKS; i++) {
        unsigned order = i % FRAME_ORDERS;

        test_enter(test, "block of %u KiB", 4u << order);
        test_true(test, is_marked(block[i], (uint64_t)PAGE_SIZE << order),
                  "each block is one's own");
        test_leave(test);
        pages_free(block[i], order);
    }
    test_equal(test, "free pages afterwards", pages_free_count(), before);
}

/* More is not asked for: on a large machine it would take minutes to clear it. */
#define EXHAUST_MAX (UINT64_C(1) << 30)

/* The kernel's image is not among what can be had. */
SELFTEST("memory.not_the_kernels", memory_not_the_kernels, NEEDS_NONE)
{
    extern const char image_start[], image_end[];
    uint64_t list = 0, page, taken = 0;
    unsigned wrong = 0;

    for (page = (uintptr_t)image_start; page < (uintptr_t)image_end; page += PAGE_SIZE)
        wrong += page_is_managed(page);
    test_equal(test, "pages of the kernel's image that are managed", wrong, 0);
    /* All there is, each pointing to the last. */
    while (taken * PAGE_SIZE < EXHAUST_MAX && (page = page_alloc(FRAME_OBJECT))) {
        taken++;
        wrong += page >= (uintptr_t)image_start && page < (uintptr_t)image_end;
        *(uint64_t *)direct_pointer(page) = list;
        list = page;
    }
    test_equal(test, "pages of the kernel's image", wrong, 0);
    if (taken * PAGE_SIZE < EXHAUST_MAX)
        test_equal(test, "free pages when there are none left", pages_free_count(), 0);
    while (list) {
        page = list;
        list = *(uint64_t *)direct_pointer(page);
        page_free(page);
    }
}

/* SDM: "4-Level Paging and 5-Level Paging": what a page of ring 3 is, and what the kernel sees of
 * it. */
SELFTEST("memory.address_spaces", memory_address_spaces, NEEDS_NONE)
{
    uint64_t before = pages_free_count(), root = paging_new_root(), page = page_alloc(FRAME_USER);
    uint64_t entry = 0, value = 0;

    if (!test_true(test, root && page, "there is memory"))
        return;
    *(uint64_t *)direct_pointer(page) = 42;
    test_true(test, paging_map(root, USER_AT, page, PAGING_USER | PAGING_WRITE) == S_OK, "mapped");
    test_true(test, paging_map(root, USER_AT, page, PAGING_USER) == S_OVERLAP, "not twice");
    test_true(test, paging_walk(root, USER_AT, &entry), "the walk finds it");
    test_equal(test, "where it leads", entry & PAGE_ADDRESS, page);
    test_true(test, !paging_walk(root, USER_AT + PAGE_SIZE, &entry), "and nothing beside it");
    test_true(test, !user_copy_in(&value, USER_AT, 8), "another address space is not this one");
    write_cr3(root);
    test_true(test, user_copy_in(&value, USER_AT, 8), "the kernel copies from its own process");
    test_equal(test, "what it copied", value, 42);
    test_true(test, !user_copy_in(&value, USER_AT + PAGE_SIZE - 4, 8), "not across its end");
    test_true(test, !user_copy_in(&value, (uintptr_t)&before, 8), "not from the kernel");
    test_true(test, !user_copy_out((uintptr_t)&before, &value, 8), "not to the kernel");
    test_true(test, !user_copy_in(&value, UINT64_MAX - 3, 8), "not round the end of all");
    if (has_any(read_cr4(), BIT64(CR4_smap)))
        test_true(test, !load_safe((const void *)USER_AT, &value), "SMAP keeps all else out");
    write_cr3(paging_kernel_root());
    test_true(test, paging_unmap(root, USER_AT), "unmapped");
    paging_free_root(root);
    page_free(page);
    test_equal(test, "free pages afterwards", pages_free_count(), before);
}
