/* SPDX-License-Identifier: BSD-2-Clause */
/* timeout.h - things to do at a time: a list for each processor, in order of their deadlines. */
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
 * Has `timeout->fire` called on this processor, under the kernel lock, at or soon after `deadline`.
 * Set again, it moves. The kernel lock is held. True: it is this processor's earliest now, so that
 * the processor's timer must be set anew (sched_set_timer()).
 */
bool timeout_set(struct timeout *timeout, uint64_t deadline);
void timeout_cancel(struct timeout *timeout);

/* Fires those of this processor that are due, not all at once; returns the deadline of the next. */
uint64_t timeout_run(uint64_t now);

/* The deadline of this processor's next one. */
uint64_t timeout_next(void);

#endif
