/* SPDX-License-Identifier: BSD-2-Clause */
/* event.h - something that one thread waits for and another, or a timer, signals. */
#ifndef LINTEL_KERN_TASK_EVENT_H
#define LINTEL_KERN_TASK_EVENT_H

#include "object.h"
#include "thread.h"
#include "timeout.h"

struct event {
    struct object object;

    /* Under the kernel lock. */
    bool signalled; /* nobody has received it yet; then no thread waits */
    struct thread_list waiting;
    struct timeout timeout;
};
BEGINS_WITH_OBJECT(struct event);

extern const struct object_kind event_kind;

struct event *event_create(void);

/* Wakes the thread that waits longest. If none waits, the next wait returns at once. */
void event_signal(struct event *event);

/* Signals it at `deadline` (TSC); TIMEOUT_NEVER: not any more. */
void event_set_timer(struct event *event, uint64_t deadline);

/*
 * True: the thread received a signal, which no other thread gets. False: the deadline (TSC) passed
 * first, or the process is ending.
 */
bool event_wait(struct event *event, uint64_t deadline);

#endif
