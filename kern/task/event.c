/* SPDX-License-Identifier: BSD-2-Clause */
/* event.c - see event.h. */
#include "event.h"

#include "kern/mem/pool.h"
#include "sched.h"

OBJECT_POOL(event_pool, struct event);

static void on_timer(struct timeout *timeout)
{
    event_signal(CONTAINER_OF(timeout, struct event, timeout));
}

struct event *event_create(void)
{
    struct event *event = object_alloc(&event_pool);

    if (!event)
        return NULL;
    object_init(&event->object, &event_kind);
    event->timeout.fire = on_timer;
    return event;
}

/* Every waiting thread holds a reference, so nobody waits any more. */
static void destroy(struct object *object)
{
    struct event *event = (struct event *)(void *)object;

    timeout_cancel(&event->timeout);
    object_free(&event_pool, event);
}

const struct object_kind event_kind = {.destroy = destroy};

void event_signal(struct event *event)
{
    if (!thread_wake_first(&event->waiting))
        event->signalled = true;
}

void event_set_timer(struct event *event, uint64_t deadline)
{
    if (timeout_set(&event->timeout, deadline))
        sched_set_timer();
}

/*
 * A signal is decided when it comes: it wakes the thread that it finds waiting, or stays for the
 * next one. A timeout takes neither away.
 */
bool event_wait(struct event *event, uint64_t deadline)
{
    bool got = event->signalled;

    if (got) {
        event->signalled = false;
        return true;
    }
    object_get(&event->object);
    got = sched_block(&event->waiting, deadline);
    object_put(&event->object);
    return got;
}
