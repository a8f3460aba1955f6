/* SPDX-License-Identifier: BSD-2-Clause */
/* thread.c - see thread.h. */
#include "thread.h"

#include "arch/paging.h"
#include "arch/percpu.h"
#include "arch/syscall.h"
#include "lock.h"
#include "kern/mem/pool.h"
#include "process.h"
#include "sched.h"
#include "x86.h"

OBJECT_POOL(thread_pool, struct thread);

void thread_begin(void); /* switch.S */
void thread_first(void);

/* A new thread's first step, still under the lock of the thread before it. */
void thread_first(void)
{
    sched_after_switch();
    kernel_unlock();
    process_leave_if_ending();
}

static void prepare_stack(struct thread *thread, uint64_t entry, uint64_t stack, uint64_t argument)
{
    struct syscall_frame *frame = (struct syscall_frame *)thread->stack_top - 1;

    *frame = (struct syscall_frame){
        .argument = {argument}, .rip = entry, .rflags = RFLAGS_FIXED | RFLAGS_IF, .rsp = stack};
    thread_set_start(thread, (uintptr_t)frame, thread_begin);
}

struct thread *thread_create(struct process *process, uint64_t entry, uint64_t stack,
                             uint64_t argument, unsigned priority)
{
    struct thread *thread = object_alloc(&thread_pool);

    if (!thread)
        return NULL;
    if (!share_charge(&process->share, THREAD_CHARGE)) {
        object_free(&thread_pool, thread);
        return NULL;
    }
    thread_prepare(thread, this_cpu()->number);
    thread->pinned = false;
    thread->state = THREAD_BLOCKED;
    thread->priority = priority;
    thread->stack_top = stack_alloc();
    if (!thread->stack_top) {
        share_refund(&process->share, THREAD_CHARGE);
        object_free(&thread_pool, thread);
        return NULL;
    }
    prepare_stack(thread, entry, stack, argument);
    thread->process = process;
    return thread;
}

/* It runs with a reference of its own, which the scheduler gives back after its end. */
void thread_start(struct thread *thread)
{
    object_get(&thread->object);
    thread->sibling = thread->process->threads;
    thread->process->threads = thread;
    thread_wake(thread);
}

/* Only threads that have ended, or never began, have no reference left. */
static void destroy(struct object *object)
{
    struct thread *thread = (struct thread *)(void *)object;

    stack_free(thread->stack_top);
    object_free(&thread_pool, thread);
}

const struct object_kind thread_kind = {.destroy = destroy};
