/* SPDX-License-Identifier: BSD-2-Clause */
/* timeout.c - see timeout.h. */
#include "timeout.h"

#include "arch/percpu.h"

/* Interrupts come in between: a process may have many that are due together. */
#define FIRED_AT_ONCE 16

static struct timeout *first[CPUS_MAX];

void timeout_cancel(struct timeout *timeout)
{
    struct timeout **link = &first[timeout->processor];

    if (!timeout->armed)
        return;
    while (*link != timeout)
        link = &(*link)->next;
    *link = timeout->next;
    timeout->armed = false;
}

bool timeout_set(struct timeout *timeout, uint64_t deadline)
{
    struct timeout **link;

    timeout_cancel(timeout);
    if (deadline == TIMEOUT_NEVER)
        return false;
    timeout->processor = this_cpu()->number;
    timeout->deadline = deadline;
    timeout->armed = true;
    for (link = &first[timeout->processor]; *link && (*link)->deadline <= deadline;)
        link = &(*link)->next;
    timeout->next = *link;
    *link = timeout;
    return first[timeout->processor] == timeout;
}

uint64_t timeout_next(void)
{
    const struct timeout *timeout = first[this_cpu()->number];

    return timeout ? timeout->deadline : TIMEOUT_NEVER;
}

uint64_t timeout_run(uint64_t now)
{
    for (unsigned i = 0; i < FIRED_AT_ONCE && timeout_next() <= now; i++) {
        struct timeout *timeout = first[this_cpu()->number];

        timeout_cancel(timeout);
        timeout->fire(timeout);
    }
    return timeout_next();
}
