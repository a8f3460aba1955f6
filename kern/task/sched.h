/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.h - which thread runs: on each processor the first of the highest priority, for a slice.
 *
 * Threads give the processor up in ring 3 or in a guest (by an interrupt), or where they block in
 * the kernel; the kernel itself is not preempted. All functions want the kernel lock held, and
 * switch with it held: the thread that goes on releases it.
 */
#ifndef LINTEL_KERN_TASK_SCHED_H
#define LINTEL_KERN_TASK_SCHED_H

#include "arch/percpu.h"
#include "thread.h"

/* How long a thread runs while others of its priority wait. */
#define SCHED_SLICE_NS UINT64_C(10000000)

/* Makes the caller the boot thread, and the other processors' idle loops run threads. */
void sched_init(void);

/* The thread that runs here. */
static inline struct thread *sched_current(void)
{
    return this_cpu()->current;
}

/* Puts a thread that was blocked, or is new, into a run queue. Nothing for others. */
void thread_wake(struct thread *thread);

/* The one that waits for the longest time. False: none does. */
bool thread_wake_first(struct thread_list *list);

/*
 * Blocks the caller until thread_wake() or `deadline` (TSC; TIMEOUT_NEVER). True: woken. Who takes
 * it out of the list has decided which. `list`: where it waits to be found, or NULL. A thread whose
 * process is ending does not block: false.
 */
bool sched_block(struct thread_list *list, uint64_t deadline);

/* To the end of the queue of its priority. */
void sched_yield(void);

/* Moves the caller to `processor`, for good. */
void sched_move(unsigned processor);

/* Gives the processor up if another thread should have it. */
void sched_check(void);

/* True when sched_check() may have something to do. Without the lock. */
static inline bool sched_wanted(void)
{
    return this_cpu()->sched_wanted;
}

/* Ends the caller. */
NORETURN void sched_exit(void);

/* What the thread before could not do itself: first of all after a switch to a new thread. */
void sched_after_switch(void);

/* Sets this processor's timer for whatever comes first. */
void sched_set_timer(void);

/* Interrupts the processor that runs `thread`, if it is another one, so that it looks around. */
void sched_kick(const struct thread *thread);

#endif
