/* SPDX-License-Identifier: BSD-2-Clause */
/* frames.c - see frames.h. PURE. */
#include "frames.h"

#define INSIDE 0xff /* the order of a frame that is not the first of its block */

static uint32_t size_of(unsigned order)
{
    return UINT32_C(1) << order;
}

void frames_init(struct frames *frames, struct frame *table, uint32_t count)
{
    *frames = (struct frames){.frame = table, .count = count};
    for (unsigned i = 0; i < FRAME_ORDERS; i++)
        frames->first[i] = FRAME_NONE;
    for (uint32_t i = 0; i < count; i++)
        table[i] = (struct frame){.use = FRAME_RESERVED};
    frames->used[FRAME_RESERVED] = count;
}

/* --- the lists of free blocks ----------------------------------------------------------------- */

static void put(struct frames *frames, uint32_t start, unsigned order)
{
    struct frame *frame = &frames->frame[start];

    frame->use = FRAME_FREE;
    frame->order = (uint8_t)order;
    frame->previous = FRAME_NONE;
    frame->next = frames->first[order];
    if (frame->next != FRAME_NONE)
        frames->frame[frame->next].previous = start;
    frames->first[order] = start;
}

static void unlink(struct frames *frames, uint32_t start)
{
    struct frame *frame = &frames->frame[start];

    if (frame->previous == FRAME_NONE)
        frames->first[frame->order] = frame->next;
    else
        frames->frame[frame->previous].next = frame->next;
    if (frame->next != FRAME_NONE)
        frames->frame[frame->next].previous = frame->previous;
    frame->use = FRAME_FREE_TAIL;
}

/* True for a free block of exactly this order, not a part of a larger or a smaller one. */
static bool is_free_block(const struct frames *frames, uint32_t start, unsigned order)
{
    return start < frames->count && size_of(order) <= frames->count - start &&
           frames->frame[start].use == FRAME_FREE && frames->frame[start].order == order;
}

/* Puts the block back, joined with its buddy for as long as that is free too. */
static void merge(struct frames *frames, uint32_t start, unsigned order)
{
    while (order + 1 < FRAME_ORDERS && is_free_block(frames, start ^ size_of(order), order)) {
        unlink(frames, start ^ size_of(order));
        start &= ~size_of(order);
        order++;
    }
    put(frames, start, order);
}

/* All frames of the block had the same use before. Free ones are counted as FRAME_FREE_TAIL. */
static void mark(struct frames *frames, uint32_t start, unsigned order, enum frame_use use)
{
    frames->used[frames->frame[start].use] -= size_of(order);
    frames->used[use] += size_of(order);
    for (uint32_t i = 0; i < size_of(order); i++) {
        frames->frame[start + i].use = (uint8_t)use;
        frames->frame[start + i].order = INSIDE;
    }
}

/* --- for users -------------------------------------------------------------------------------- */

void frames_add(struct frames *frames, uint32_t start, uint32_t count)
{
    while (count) {
        unsigned order = 0;

        while (order + 1 < FRAME_ORDERS && start % size_of(order + 1) == 0 &&
               size_of(order + 1) <= count)
            order++;
        mark(frames, start, order, FRAME_FREE_TAIL);
        merge(frames, start, order);
        start += size_of(order);
        count -= size_of(order);
    }
}

uint32_t frames_take(struct frames *frames, unsigned order, enum frame_use use)
{
    unsigned found = order;
    uint32_t start;

    while (found < FRAME_ORDERS && frames->first[found] == FRAME_NONE)
        found++;
    if (found >= FRAME_ORDERS)
        return FRAME_NONE;
    start = frames->first[found];
    unlink(frames, start);
    while (found > order) { /* the upper half stays free */
        found--;
        put(frames, start + size_of(found), found);
    }
    mark(frames, start, order, use);
    frames->frame[start].order = (uint8_t)order;
    return start;
}

static bool is_used_block(const struct frames *frames, uint32_t start, unsigned order)
{
    return order < FRAME_ORDERS && start % size_of(order) == 0 && start < frames->count &&
           frames->frame[start].use >= FRAME_OBJECT && frames->frame[start].order == order;
}

enum status frames_give(struct frames *frames, uint32_t start, unsigned order)
{
    if (!is_used_block(frames, start, order))
        return S_FAULT;
    mark(frames, start, order, FRAME_FREE_TAIL);
    merge(frames, start, order);
    return S_OK;
}

uint64_t frames_free(const struct frames *frames)
{
    return frames->used[FRAME_FREE_TAIL];
}
