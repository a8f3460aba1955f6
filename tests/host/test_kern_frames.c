/* SPDX-License-Identifier: BSD-2-Clause */
/* test_kern_frames.c - the buddy allocator against a list of who has what: kern/mem/frames.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kern/mem/frames.h"

#define FRAMES 5000
#define HOLE   1777 /* one frame in the middle that is nobody's */
#define FIRST  3    /* those below are not memory */
#define BLOCKS 600

static struct frame table[FRAMES];
static struct frames frames;

static void make(void)
{
    frames_init(&frames, table, FRAMES);
    frames_add(&frames, FIRST, HOLE - FIRST);
    frames_add(&frames, HOLE + 1, FRAMES - HOLE - 1);
}

static uint32_t largest_order(void)
{
    for (unsigned order = FRAME_ORDERS; order-- > 0;)
        if (frames.first[order] != FRAME_NONE)
            return order;
    return UINT32_MAX;
}

static void all_of_it_is_free(void **state)
{
    (void)state;
    make();
    assert_int_equal(frames_free(&frames), FRAMES - FIRST - 1);
    assert_int_equal(largest_order(), FRAME_ORDERS - 1);
}

static void each_frame_once(void **state)
{
    static bool seen[FRAMES];
    unsigned count = 0;

    (void)state;
    make();
    memset(seen, 0, sizeof(seen));
    for (uint32_t f; (f = frames_take(&frames, 0, FRAME_USER)) != FRAME_NONE; count++) {
        assert_in_range(f, FIRST, FRAMES - 1);
        assert_int_not_equal(f, HOLE);
        assert_false(seen[f]);
        seen[f] = true;
    }
    assert_int_equal(count, FRAMES - FIRST - 1);
    assert_int_equal(frames_free(&frames), 0);
    assert_int_equal(frames.used[FRAME_USER], count);
}

/* Taken and given in any order, the pieces become whole again. */
static void random_use(void **state)
{
    static struct {
        uint32_t start;
        unsigned order;
    } held[BLOCKS];
    static int owner[FRAMES];
    unsigned count = 0;

    (void)state;
    make();
    srand(7);
    memset(owner, 0, sizeof(owner));
    for (unsigned step = 0; step < 100000; step++) {
        if (count < BLOCKS && rand() % 2) {
            unsigned order = (unsigned)rand() % FRAME_ORDERS;
            uint32_t start = frames_take(&frames, order, FRAME_OBJECT);

            if (start == FRAME_NONE)
                continue;
            assert_int_equal(start % (1u << order), 0);
            for (uint32_t f = start; f < start + (1u << order); f++) {
                assert_int_equal(owner[f], 0);
                assert_int_not_equal(f, HOLE);
                owner[f] = 1;
            }
            held[count].start = start;
            held[count++].order = order;
        } else if (count) {
            unsigned which = (unsigned)rand() % count;

            assert_int_equal(frames_give(&frames, held[which].start, held[which].order), S_OK);
            for (uint32_t f = held[which].start; f < held[which].start + (1u << held[which].order);
                 f++)
                owner[f] = 0;
            held[which] = held[--count];
        }
    }
    while (count--)
        assert_int_equal(frames_give(&frames, held[count].start, held[count].order), S_OK);
    assert_int_equal(frames_free(&frames), FRAMES - FIRST - 1);
    for (unsigned order = 0, blocks = 0; order < FRAME_ORDERS; order++) {
        blocks = 0;
        for (uint32_t f = frames.first[order]; f != FRAME_NONE; f = table[f].next)
            blocks++;
        if (order < FRAME_ORDERS - 1)
            assert_in_range(blocks, 0, 4); /* the edges of the two ranges */
    }
}

static void what_is_not_in_use_is_not_taken_back(void **state)
{
    uint32_t block;

    (void)state;
    make();
    block = frames_take(&frames, 3, FRAME_EPT);
    assert_int_equal(frames_give(&frames, block + 1, 0), S_FAULT); /* inside of it */
    assert_int_equal(frames_give(&frames, block, 2), S_FAULT);     /* another size */
    assert_int_equal(frames_give(&frames, HOLE, 0), S_FAULT);      /* never ours */
    assert_int_equal(frames_give(&frames, FRAMES, 0), S_FAULT);    /* no frame */
    assert_int_equal(frames_give(&frames, UINT32_MAX, 0), S_FAULT);
    assert_int_equal(frames_give(&frames, block, 3), S_OK);
    assert_int_equal(frames_give(&frames, block, 3), S_FAULT); /* twice */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_free),
        cmocka_unit_test(each_frame_once),
        cmocka_unit_test(random_use),
        cmocka_unit_test(what_is_not_in_use_is_not_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
