/* SPDX-License-Identifier: BSD-2-Clause */
/* process_thread.c - the threads of a process: see process.h. */
#include "arch/percpu.h"
#include "arch/syscall.h"
#include "kern/mem/space.h"
#include "lock.h"
#include "process.h"
#include "sched.h"
#include "x86.h"

void thread_begin(void); /* process_thread.S */
void thread_first(void);

/* A new thread's first step, with the lock still held by the thread before it. */
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

struct thread *process_thread_create(struct process *process, uint64_t entry, uint64_t stack,
                                     uint64_t argument, unsigned priority)
{
    struct thread *thread;

    if (!share_charge(&process->share, THREAD_CHARGE))
        return NULL;
    thread = thread_create(this_cpu()->number);
    if (!thread) {
        share_refund(&process->share, THREAD_CHARGE);
        return NULL;
    }
    thread->priority = priority;
    thread->process = process;
    thread->space = &process->space;
    thread->ending = &process->ending;
    prepare_stack(thread, entry, stack, argument);
    return thread;
}

/* While it runs it holds a reference to itself, which the scheduler drops after its end. */
void process_thread_start(struct thread *thread)
{
    object_get(&thread->object);
    thread->sibling = thread->process->threads;
    thread->process->threads = thread;
    thread_wake(thread);
}

static void forget(struct thread *thread)
{
    struct thread **link = &thread->process->threads;

    while (*link != thread)
        link = &(*link)->sibling;
    *link = thread->sibling;
}

void process_thread_leave(struct thread *thread)
{
    forget(thread);
    share_refund(&thread->process->share, THREAD_CHARGE);
    thread->process = NULL;
    thread->space = NULL;
    thread->ending = NULL;
    space_activate(NULL);
}
