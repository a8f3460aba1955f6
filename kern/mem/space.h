/* SPDX-License-Identifier: BSD-2-Clause */
/* space.h - the page tables of a process: its lower half, the kernel's upper half. */
#ifndef LINTEL_KERN_MEM_SPACE_H
#define LINTEL_KERN_MEM_SPACE_H

#include "base.h"
#include "status.h"

struct space {
    uint64_t root;   /* physical: for CR3 */
    uint64_t number; /* no other space ever has it: what predictors learned belongs to one */
};

/* False: no memory. */
MUST_CHECK bool space_create(struct space *space);

/* Switches this processor to it; NULL is the kernel's own. */
void space_activate(const struct space *space);

/* Frees the tables. The memory that they mapped belongs to the caller. */
void space_destroy(struct space *space);

/* True when a process may have pages there: page 0 stays empty, so that null pointers fault. */
bool space_is_user(uint64_t address, uint64_t bytes);

/* Maps `pages` from `physical` on, by enum abi_rights. S_NO_MEMORY: some may be mapped. */
MUST_CHECK enum status space_map(struct space *space, uint64_t address, uint64_t physical,
                                 uint64_t pages, uint32_t rights);

/* Unmaps whatever is mapped there, in this processor's TLB too. */
void space_unmap(struct space *space, uint64_t address, uint64_t pages);

#endif
