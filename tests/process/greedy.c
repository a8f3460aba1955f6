/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * greedy.c - takes all the memory of the kernel that it can get, in the way that the first letter
 * of its arguments says, until it is refused; then it waits for ever, so that what it has can be
 * counted.
 */
#include "user/calls.h"

#define GIB        (UINT64_C(1) << 30)
#define FIRST_AT   (UINT64_C(64) << 30)
#define EVERYTHING (ABI_READ | ABI_WRITE | ABI_EXECUTE)
#define ROUNDS     3000
#define VMS        100

/* One page at ever other places: the tables for them must not stay. */
static void other_places(void)
{
    uint64_t memory = (uint64_t)sys_memory_create(PAGE_SIZE);

    for (uint64_t i = 0; i < ROUNDS; i++) {
        (void)sys_memory_map(memory, 0, FIRST_AT + i * GIB, PAGE_SIZE, ABI_READ);
        (void)sys_memory_unmap(FIRST_AT + i * GIB, PAGE_SIZE);
    }
}

/* Objects of a page each, kept by mappings of many VMs that are far apart. */
static void many_vms(void)
{
    for (unsigned v = 0; v < VMS; v++) {
        int64_t vm = sys_vm_create();

        if (vm < 0)
            return;
        for (uint64_t i = 0;; i++) {
            int64_t memory = sys_memory_create(PAGE_SIZE);

            if (memory < 0 || sys_vm_map((uint64_t)vm, (uint64_t)memory, 0, i * GIB * 512,
                                         PAGE_SIZE, EVERYTHING) < 0)
                break;
            (void)sys_close((uint64_t)memory);
        }
    }
}

/* Objects of a page each, in all places of the table of handles, each mapped. */
static void many_objects(void)
{
    for (uint64_t i = 0;; i++) {
        int64_t memory = sys_memory_create(PAGE_SIZE);

        if (memory < 0)
            return;
        (void)sys_memory_map((uint64_t)memory, 0, FIRST_AT + i * GIB, PAGE_SIZE, ABI_READ);
    }
}

int main(const struct abi_info *info)
{
    uint64_t for_ever = (uint64_t)sys_event_create();

    switch (info->arguments[0]) {
    case 'p':
        other_places();
        break;
    case 'v':
        many_vms();
        break;
    default:
        many_objects();
    }
    (void)sys_event_wait(for_ever, ABI_NEVER);
    return 1;
}
