/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * measure.h - how long something took, when whoever measures may be interrupted at any time without
 * notice (SMIs, a hypervisor below). PURE.
 *
 *          it begins here          it ends here
 *        +---------------+       +------------+
 *     before           after   not_yet      over          four readings of the clock
 *
 * An interruption between the two does no harm; one inside either of them makes that one longer,
 * and the doubt greater. Of several measurements the one in least doubt is the best.
 */
#ifndef LINTEL_MEASURE_H
#define LINTEL_MEASURE_H

#include "base.h"

struct measurement {
    uint64_t ticks; /* the middle of what is possible */
    uint64_t doubt; /* how far the extremes are apart; UINT64_MAX: nothing was measured */
};

#define MEASUREMENT_NONE \
    (struct measurement) \
    {                    \
        0, UINT64_MAX    \
    }

struct measurement measurement_of(uint64_t before, uint64_t after, uint64_t not_yet, uint64_t over);

/* The better one of the two. */
struct measurement measurement_better(struct measurement a, struct measurement b);

/* In doubt by less than one part in 1000: no further try is needed; and in 100: it will do. */
bool measurement_good(struct measurement m);
bool measurement_fair(struct measurement m);

/* How far a clock is ahead that showed `other` between `before` and `after`; 0: not measurable. */
int64_t clock_ahead(uint64_t before, uint64_t other, uint64_t after);

#endif
