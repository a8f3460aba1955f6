/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h - memory for kernel objects: a pool for each type, which hands out pieces of whole
 * pages of its own. A page whose objects are all free goes back. The kernel lock is held.
 *
 *   page   +-------------+--------+--------+--------+-----+
 *          | struct slab | object | object | object | ... |
 *          +-------------+--------+--------+--------+-----+
 */
#ifndef LINTEL_KERN_MEM_POOL_H
#define LINTEL_KERN_MEM_POOL_H

#include "base.h"

struct slab {
    const struct object_pool *pool; /* whose page it is */
    struct slab *next, *previous;   /* among those with a free object */
    void *free; /* the first free object; each begins with the next one's address */
    uint64_t used;
};

struct object_pool {
    uint32_t size; /* of an object, in bytes */
    uint32_t live;
    struct slab *partial;
};

#define OBJECT_SIZE_MAX (PAGE_SIZE - sizeof(struct slab))

#define OBJECT_POOL(name, type)                                                        \
    _Static_assert(sizeof(type) <= OBJECT_SIZE_MAX, #type " is too large for a pool"); \
    static struct object_pool name = {.size = (sizeof(type) + 15) & ~UINT32_C(15)}

/* A zeroed object; NULL: no memory. */
void *object_alloc(struct object_pool *pool);

/* Panics if the object is not of this pool. */
void object_free(struct object_pool *pool, void *object);

#endif
