/* SPDX-License-Identifier: BSD-2-Clause */
/* timeout.h - calls a function at a time: a list for each processor, in order of the deadlines. */
#ifndef LINTEL_KERN_TASK_TIMEOUT_H
#define LINTEL_KERN_TASK_TIMEOUT_H

#include "base.h"

struct timeout {
    void (*fire)(struct timeout *timeout); /* the owner's, before it is set */

    /* Under the kernel lock. */
    struct timeout *next;
    uint64_t deadline;  /* TSC */
    unsigned processor; /* in whose list it is */
    bool armed;
};

/* Never: no timer is set for it. */
#define TIMEOUT_NEVER UINT64_MAX

/*
 * Calls `timeout->fire` on this processor, under the kernel lock, at `deadline` or soon after.
 * Setting it again moves it. The kernel lock is held. True: it is now the earliest one of this
 * processor, so the timer must be set again (sched_set_timer()).
 */
bool timeout_set(struct timeout *timeout, uint64_t deadline);
void timeout_cancel(struct timeout *timeout);

/* Fires those of this processor that are due, not all at once; returns the deadline of the next. */
uint64_t timeout_run(uint64_t now);

/* The deadline of this processor's next one. */
uint64_t timeout_next(void);

#endif
