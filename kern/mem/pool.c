/* SPDX-License-Identifier: BSD-2-Clause */
/* pool.c - see pool.h. */
#include "pool.h"

#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/panic.h"
#include "pages.h"

static unsigned capacity(const struct object_pool *pool)
{
    return (unsigned)(OBJECT_SIZE_MAX / pool->size);
}

static void *object_at(struct slab *slab, unsigned index)
{
    return (char *)(slab + 1) + (size_t)index * slab->pool->size;
}

static void push(struct slab *slab, void *object)
{
    *(void **)object = slab->free;
    slab->free = object;
}

static void link(struct object_pool *pool, struct slab *slab)
{
    slab->previous = NULL;
    slab->next = pool->partial;
    if (slab->next)
        slab->next->previous = slab;
    pool->partial = slab;
}

static void unlink(struct object_pool *pool, struct slab *slab)
{
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        pool->partial = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
}

static struct slab *new_slab(struct object_pool *pool)
{
    uint64_t page = page_alloc(FRAME_OBJECT);
    struct slab *slab = direct_pointer(page);

    if (!page)
        return NULL;
    slab->pool = pool;
    for (unsigned i = capacity(pool); i-- > 0;)
        push(slab, object_at(slab, i));
    link(pool, slab);
    return slab;
}

void *object_alloc(struct object_pool *pool)
{
    struct slab *slab = pool->partial ? pool->partial : new_slab(pool);
    void *object;

    if (!slab)
        return NULL;
    object = slab->free;
    slab->free = *(void **)object;
    slab->used++;
    pool->live++;
    if (!slab->free)
        unlink(pool, slab);
    zero_words(object, pool->size);
    return object;
}

void object_free(struct object_pool *pool, void *object)
{
    struct slab *slab = (struct slab *)((uintptr_t)object & ~(uintptr_t)(PAGE_SIZE - 1));

    if (slab->pool != pool || ((uintptr_t)object - (uintptr_t)(slab + 1)) % pool->size)
        panic("object at 0x%lx is not of the pool that it is given back to", (uintptr_t)object);
    if (!slab->free)
        link(pool, slab);
    push(slab, object);
    slab->used--;
    pool->live--;
    if (slab->used)
        return;
    unlink(pool, slab);
    page_free((uintptr_t)slab - DIRECT_BASE);
}
