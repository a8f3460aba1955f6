/* SPDX-License-Identifier: BSD-2-Clause */
/* space.c - see space.h. */
#include "space.h"

#include "abi.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/user.h"

bool space_create(struct space *space)
{
    space->root = paging_new_root();
    return space->root != 0;
}

void space_activate(const struct space *space)
{
    uint64_t root = space ? space->root : paging_kernel_root();

    if (read_cr3() != root)
        write_cr3(root);
}

void space_destroy(struct space *space)
{
    if (space->root)
        paging_free_root(space->root);
    space->root = 0;
}

bool space_is_user(uint64_t address, uint64_t bytes)
{
    return address >= PAGE_SIZE && user_range(address, bytes);
}

enum status space_map(struct space *space, uint64_t address, uint64_t physical, uint64_t pages,
                      uint32_t rights)
{
    unsigned flags = PAGING_USER | (has_any(rights, ABI_WRITE) ? PAGING_WRITE : 0u) |
                     (has_any(rights, ABI_EXECUTE) ? PAGING_EXECUTE : 0u);

    for (uint64_t i = 0; i < pages; i++) {
        enum status status =
            paging_map(space->root, address + i * PAGE_SIZE, physical + i * PAGE_SIZE, flags);
        if (status != S_OK)
            return status;
    }
    return S_OK;
}

void space_unmap(struct space *space, uint64_t address, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; i++)
        (void)paging_unmap(space->root, address + i * PAGE_SIZE);
}
