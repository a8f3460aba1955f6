/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames.h - which physical page frames are free: a buddy allocator. PURE: it works on its own
 * table, and never touches the frames.
 *
 * A block of order N is 2^N frames from a multiple of 2^N. Two halves of a block are buddies: when
 * both are free they are one free block again, so that nothing stays in pieces.
 */
#ifndef LINTEL_KERN_MEM_FRAMES_H
#define LINTEL_KERN_MEM_FRAMES_H

#include "base.h"
#include "status.h"

/* Up to 2 MiB. */
#define FRAME_ORDERS 10

/* What a frame is used for: the counts show where memory has gone. */
enum frame_use {
    FRAME_RESERVED,  /* no memory, or not ours */
    FRAME_FREE,      /* the first of a free block */
    FRAME_FREE_TAIL, /* another one of it */
    FRAME_OBJECT,    /* kernel objects and tables */
    FRAME_TABLE,     /* page tables */
    FRAME_STACK,     /* kernel stacks */
    FRAME_USER,      /* memory of processes and guests */
    FRAME_EPT,       /* EPT paging structures */
    FRAME_VMX,       /* VMXON regions, VMCSs, bitmaps */
    FRAME_USES
};

/* One a frame; `next` and `previous` are frame numbers, in the list of free blocks. */
struct frame {
    uint32_t next, previous;
    uint8_t use;   /* enum frame_use */
    uint8_t order; /* of a block's first frame */
    uint16_t reserved;
};

#define FRAME_NONE UINT32_MAX

struct frames {
    struct frame *frame;
    uint32_t count;
    uint32_t first[FRAME_ORDERS]; /* of the free blocks */
    uint64_t used[FRAME_USES];    /* frames */
};

/* `table` has room for `count` frames, from number 0 on: all are reserved at first. */
void frames_init(struct frames *frames, struct frame *table, uint32_t count);

/* Makes reserved frames free. */
void frames_add(struct frames *frames, uint32_t start, uint32_t count);

/* A block, or FRAME_NONE. */
uint32_t frames_take(struct frames *frames, unsigned order, enum frame_use use);

/* Frees a block. S_FAULT: no block of that order is in use there. */
MUST_CHECK enum status frames_give(struct frames *frames, uint32_t start, unsigned order);

/* How many frames are free. */
uint64_t frames_free(const struct frames *frames);

#endif
