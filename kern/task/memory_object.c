/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_object.c - see memory_object.h. */
#include "memory_object.h"

#include "arch/paging.h"
#include "kern/mem/pages.h"
#include "kern/mem/pool.h"

OBJECT_POOL(memory_pool, struct memory);

/* An entry of the table of chunks: the block's address and this bit, or the table of its pages. */
#define CHUNK_IS_BLOCK UINT64_C(1)

static uint64_t *chunk_table(const struct memory *memory)
{
    return direct_pointer(memory->chunks);
}

static uint64_t chunk_count(const struct memory *memory)
{
    return (memory->pages + CHUNK_PAGES - 1) / CHUNK_PAGES;
}

/* How many pages of the object the chunk holds: the last may be cut. */
static uint64_t pages_in(const struct memory *memory, uint64_t chunk)
{
    uint64_t left = memory->pages - chunk * CHUNK_PAGES;

    return left < CHUNK_PAGES ? left : CHUNK_PAGES;
}

static void free_chunk(const struct memory *memory, uint64_t chunk)
{
    uint64_t entry = chunk_table(memory)[chunk];
    const uint64_t *pages = direct_pointer(entry);

    if (!entry)
        return;
    if (has_any(entry, CHUNK_IS_BLOCK)) {
        pages_free(entry - CHUNK_IS_BLOCK, CHUNK_ORDER);
        return;
    }
    for (uint64_t i = 0; i < pages_in(memory, chunk) && pages[i]; i++)
        page_free(pages[i]);
    page_free(entry);
}

static bool charge(struct memory *memory, uint64_t pages)
{
    if (!share_charge(memory->share, pages))
        return false;
    memory->charged += pages;
    return true;
}

static bool fill_by_pages(struct memory *memory, uint64_t chunk)
{
    uint64_t table = charge(memory, 1) ? page_alloc(FRAME_OBJECT) : 0;
    uint64_t *pages = direct_pointer(table);

    chunk_table(memory)[chunk] = table;
    if (!table)
        return false;
    for (uint64_t i = 0; i < pages_in(memory, chunk); i++)
        if (!(pages[i] = page_alloc(FRAME_USER)))
            return false;
    return true;
}

/* Whole chunks in one block, if there is one. */
static bool fill_chunk(struct memory *memory, uint64_t chunk)
{
    uint64_t block = 0;

    if (pages_in(memory, chunk) == CHUNK_PAGES)
        block = pages_alloc(CHUNK_ORDER, FRAME_USER);
    if (!block)
        return fill_by_pages(memory, chunk);
    chunk_table(memory)[chunk] = block | CHUNK_IS_BLOCK;
    return true;
}

static bool fill(struct memory *memory, bool (*pause)(void))
{
    while ((PAGE_SIZE << memory->chunks_order) / sizeof(uint64_t) < chunk_count(memory))
        memory->chunks_order++;
    if (!charge(memory, memory->pages + (UINT64_C(1) << memory->chunks_order)))
        return false;
    memory->chunks = pages_alloc(memory->chunks_order, FRAME_OBJECT);
    if (!memory->chunks)
        return false;
    for (uint64_t chunk = 0; chunk < chunk_count(memory); chunk++)
        if ((chunk && !pause()) || !fill_chunk(memory, chunk))
            return false;
    return true;
}

static struct memory *new_memory(uint64_t pages)
{
    struct memory *memory = object_alloc(&memory_pool);

    if (!memory)
        return NULL;
    object_init(&memory->object, &memory_kind);
    memory->pages = pages;
    return memory;
}

struct memory *memory_create(struct share *share, uint64_t pages, bool (*pause)(void))
{
    struct memory *memory = share->pages_left < pages ? NULL : new_memory(pages);

    if (!memory)
        return NULL;
    memory->share = share;
    if (fill(memory, pause))
        return memory;
    object_put(&memory->object);
    return NULL;
}

struct memory *memory_borrow(uint64_t physical, uint64_t pages)
{
    struct memory *memory = new_memory(pages);

    if (memory) {
        memory->borrowed = physical;
        memory->read_only = true;
    }
    return memory;
}

static void destroy(struct object *object)
{
    struct memory *memory = (struct memory *)(void *)object;

    if (memory->chunks) {
        for (uint64_t chunk = 0; chunk < chunk_count(memory); chunk++)
            free_chunk(memory, chunk);
        pages_free(memory->chunks, memory->chunks_order);
    }
    if (memory->share)
        share_refund(memory->share, memory->charged);
    object_free(&memory_pool, memory);
}

const struct object_kind memory_kind = {.destroy = destroy};

uint64_t memory_page(const struct memory *memory, uint64_t page, uint64_t *run)
{
    uint64_t entry, in_chunk = page % CHUNK_PAGES;

    if (memory->borrowed) {
        *run = memory->pages - page;
        return memory->borrowed + page * PAGE_SIZE;
    }
    entry = chunk_table(memory)[page / CHUNK_PAGES];
    if (!has_any(entry, CHUNK_IS_BLOCK)) {
        *run = 1;
        return ((const uint64_t *)direct_pointer(entry))[in_chunk];
    }
    *run = CHUNK_PAGES - in_chunk;
    return entry - CHUNK_IS_BLOCK + in_chunk * PAGE_SIZE;
}
