/* SPDX-License-Identifier: BSD-2-Clause */
/* text_ring.c - see text_ring.h. PURE. */
#include "text_ring.h"

void text_ring_put(struct out *out, char c)
{
    struct text_ring *ring = (struct text_ring *)out;

    ring->text[ring->written++ % ring->size] = c;
}

static char char_at(const struct text_ring *ring, uint64_t at)
{
    return ring->text[at % ring->size];
}

/* The first character of a line, from `at` on; the end where no other line begins. */
static uint64_t next_line(const struct text_ring *ring, uint64_t at)
{
    while (at < ring->written && char_at(ring, at) != '\n')
        at++;
    return at < ring->written ? at + 1 : at;
}

void text_ring_replay(const struct text_ring *ring, struct out *to)
{
    uint64_t at = 0;

    if (ring->written > ring->size) {
        at = next_line(ring, ring->written - ring->size);
        out_printf(to, "\nconsole: the first %lu characters are lost\n", at);
    }
    for (; at < ring->written; at++)
        to->put(to, char_at(ring, at));
}

/* Counted before it is put: an NMI that interrupts this and gives more does not give it again. */
void text_ring_give(const struct text_ring *ring, volatile uint64_t *done, uint64_t end,
                    unsigned most, struct out *to)
{
    for (unsigned i = 0; i < most && *done < end; i++) {
        char c = char_at(ring, (*done)++);

        to->put(to, c);
        if (c == '\n')
            return;
    }
}
