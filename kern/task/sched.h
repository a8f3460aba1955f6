/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched.h - chooses the thread that runs: on each processor the first one of the highest priority,
 * for a slice. Processes take turns, whatever number of threads each of them has there. A thread
 * leaves the processor by an interrupt in ring 3 or in a guest, or when it blocks in the kernel.
 * The kernel itself is not preempted. All functions are called with the kernel lock held, and
 * threads are switched with it held: the next thread releases it.
 */
#ifndef LINTEL_KERN_TASK_SCHED_H
#define LINTEL_KERN_TASK_SCHED_H

#include "arch/percpu.h"
#include "thread.h"

/* How long a thread runs while others of its priority wait: the turn of its process. */
#define SCHED_SLICE_NS UINT64_C(10000000)

/* Makes the caller the boot thread, and the other processors' idle loops run threads. */
void sched_init(void);

/* The thread that runs here. */
static inline struct thread *sched_current(void)
{
    return this_cpu()->current;
}

/* Puts a thread that was blocked or is new into a run queue. It does nothing to other threads. */
void thread_wake(struct thread *thread);

/* Takes out the thread that waits longest. False: none waits. */
bool thread_wake_first(struct thread_list *list);

/*
 * Blocks the caller until thread_wake() or `deadline` (TSC; TIMEOUT_NEVER). True: it was woken.
 * Whoever takes it out of the list decides the result. `list` is where others find it, or NULL. If
 * its process is ending it does not block: false.
 */
bool sched_block(struct thread_list *list, uint64_t deadline);

/* Puts the caller after the others of its priority. */
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

/* Finishes what the previous thread could not do itself. A new thread calls it first of all. */
void sched_after_switch(void);

/* Sets this processor's timer for whatever comes first. */
void sched_set_timer(void);

/* Interrupts the processor that runs `thread`, if it is another one, so that it checks for work. */
void sched_kick(const struct thread *thread);

#endif
