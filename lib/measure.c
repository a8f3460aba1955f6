/* SPDX-License-Identifier: BSD-2-Clause */
/* measure.c - see measure.h. PURE. */
#include "measure.h"

struct measurement measurement_of(uint64_t before, uint64_t after, uint64_t not_yet, uint64_t over)
{
    uint64_t most = over - before, least = not_yet > after ? not_yet - after : 0;

    if (over <= before)
        return MEASUREMENT_NONE;
    return (struct measurement){least + (most - least) / 2, most - least};
}

struct measurement measurement_better(struct measurement a, struct measurement b)
{
    return b.doubt < a.doubt ? b : a;
}

bool measurement_good(struct measurement m)
{
    return m.doubt < m.ticks / 1000;
}

bool measurement_fair(struct measurement m)
{
    return m.doubt < m.ticks / 100;
}

int64_t clock_ahead(uint64_t before, uint64_t other, uint64_t after)
{
    if (other - before <= after - before) /* not before it, nor after it */
        return 0;
    return (int64_t)(other - before - (after - before) / 2);
}
