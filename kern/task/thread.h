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

#include "abi.h"
#include "object.h"
#include "timeout.h"

struct process;
struct vcpu;

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_BLOCKED, THREAD_ENDED };

struct thread {
    struct object object;
    uint32_t state;    /* enum thread_state */
    uint32_t priority; /* ABI_PRIORITY_LOWEST to ABI_PRIORITY_HIGHEST */
    uint32_t processor;
    bool pinned;           /* THREAD_MOVE chose the processor */
    bool woken;            /* by thread_wake(), not by its timeout */
    struct thread *next;   /* in a run queue, or among those that wait for one event */
    struct thread **queue; /* the head of the list of waiting threads that it is in */
    uint64_t stack_top;
    uint64_t saved_rsp;
    uint64_t slice_end;      /* TSC */
    struct process *process; /* NULL: the boot thread and the idle threads */
    struct thread *sibling;  /* the process's next thread */
    struct vcpu *vcpu;       /* in VCPU_RUN */
    struct timeout timeout;  /* of sched_block() */
};

extern const struct object_kind thread_kind;

/* Pages of its process's share: the kernel stack and itself. */
#define THREAD_CHARGE 5

/* For sched.c and thread.c: a thread that the scheduler knows, and its first stack frame. */
void thread_prepare(struct thread *thread, unsigned processor);
void thread_set_start(struct thread *thread, uint64_t stack, void (*start)(void));

/*
 * A thread of `process`, with a reference for the caller, that will enter ring 3 at `entry` with
 * RSP = `stack` and RDI = `argument`; thread_start() makes it run. NULL: no memory.
 */
struct thread *thread_create(struct process *process, uint64_t entry, uint64_t stack,
                             uint64_t argument, unsigned priority);
void thread_start(struct thread *thread);

#endif
