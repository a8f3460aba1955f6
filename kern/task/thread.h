/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.h - what the scheduler runs: a thread of a process. A thread that calls VCPU_RUN is the
 * guest's processor until the call returns, so that threads and vCPUs are one schedulable thing.
 *
 * A thread's kernel stack:
 *
 *   stack_top   +----------------------+
 *               | struct syscall_frame |  while in a system call
 *               | C frames             |
 *   saved_rsp   | rbp rbx r12 .. r15   |  while another thread runs: switch.S
 *               +----------------------+
 *               | guard page           |
 */
#ifndef LINTEL_KERN_TASK_THREAD_H
#define LINTEL_KERN_TASK_THREAD_H

#include "kern/mem/space.h"
#include "object.h"
#include "timeout.h"

struct process;

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_BLOCKED, THREAD_ENDED };

/*
 * Set by a call in which a thread stays for long: makes it return soon, because its process is
 * ending. The thread then leaves a guest at the next exit, whether or not the interrupt of
 * sched_kick() reaches it.
 */
struct kick {
    void (*call)(struct kick *kick);
};

/* Threads that wait for the same thing: who came first is woken first. */
struct thread_list {
    struct thread *first, *last;
};

struct thread {
    struct object object;

    /* Read-only after it was made; the last three change once, when it leaves its process. */
    uint32_t priority; /* ABI_PRIORITY_LOWEST to ABI_PRIORITY_HIGHEST */
    uint64_t stack_top;
    struct process *process;     /* NULL: the boot thread and the idle threads */
    const struct space *space;   /* its process's; NULL: the kernel's own */
    const volatile bool *ending; /* its process's: when true it must not wait; NULL: never */

    /* Under the kernel lock: the scheduler's. */
    uint32_t state; /* enum thread_state */
    uint32_t processor;
    bool pinned;                        /* THREAD_MOVE chose the processor */
    bool woken;                         /* by thread_wake(), not by its timeout */
    struct thread *next, *later, *last; /* in a run queue: sched.c */
    struct thread_list *waits_in;
    struct thread *before, *behind; /* of it in that list */
    uint64_t saved_rsp;
    uint64_t slice_end;     /* TSC */
    struct timeout timeout; /* of sched_block() */

    /* Under the kernel lock: its process's. */
    struct thread *sibling; /* the process's next thread */

    /*
     * Under the kernel lock: its vCPU's. Before another thread runs on its processor, leave() saves
     * what this one has left in the registers there.
     */
    void (*leave)(void); /* or NULL */
    struct kick *kick;   /* in VCPU_RUN, or NULL */
};
BEGINS_WITH_OBJECT(struct thread);

extern const struct object_kind thread_kind;

/* A thread without a stack, on `processor`: all fields that are not 0. */
void thread_init(struct thread *thread, unsigned processor);

/* A thread with a kernel stack, blocked, with a reference for the caller; NULL: no memory. */
struct thread *thread_create(unsigned processor);

/* The first context_switch() to the thread goes to `start`, which never returns, on `stack`. */
void thread_set_start(struct thread *thread, uint64_t stack, void (*start)(void));

#endif
