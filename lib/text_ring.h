/* SPDX-License-Identifier: BSD-2-Clause */
/* text_ring.h - a sink that keeps the last characters, for a console that joins later. */
#ifndef LINTEL_TEXT_RING_H
#define LINTEL_TEXT_RING_H

#include "format.h"

struct text_ring {
    struct out out;
    char *text;
    size_t size;
    uint64_t written; /* of the whole text: what is older than `size` characters is gone */
};

/* Nothing needs to run before the first character: for a variable with an initial value. */
#define TEXT_RING(array)                                                      \
    {                                                                         \
        .out = {text_ring_put}, .text = (array), .size = ARRAY_SIZE((array)), \
    }

void text_ring_put(struct out *out, char c);

/*
 * Sends what is kept to `to`, oldest first. If the beginning is lost, one line says how much, and
 * the text goes on with the next whole line.
 */
void text_ring_replay(const struct text_ring *ring, struct out *to);

/*
 * Gives `to` the text from `*done` on and counts `*done` up: to `end`, to the end of a line, or
 * `most` characters, whichever comes first. The ring must still have them.
 */
void text_ring_give(const struct text_ring *ring, volatile uint64_t *done, uint64_t end,
                    unsigned most, struct out *to);

#endif
