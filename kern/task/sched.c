/* SPDX-License-Identifier: BSD-2-Clause */
/* sched.c - see sched.h. */
#include "sched.h"
#include "abi.h"

#include "arch/apic.h"
#include "arch/insn.h"
#include "arch/interrupt.h"
#include "arch/paging.h"
#include "arch/panic.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/time.h"
#include "kern/mem/space.h"
#include "lock.h"
#include "speculation.h"

#define PRIORITIES (ABI_PRIORITY_HIGHEST + 1)

/*
 * One for each processor; under the kernel lock, but for a look at `filled` when it is idle.
 *
 * Time is shared by process, then by thread: the queue of a priority has one thread of each
 * process, which takes turns with those of other processes. The other threads of its process hang
 * on it (`later`), so that many threads get no more time than one:
 *
 *   head[P] -> A1 --next--> B1 --next--> C1 <- tail[P]
 *              | later                   | later     (`last` of A1 is A3)
 *              A2 -> A3                  C2
 */
struct run_queue {
    struct thread *head[PRIORITIES], *tail[PRIORITIES];
    struct thread *running;
    struct thread *idle;
    struct thread *ended; /* the next thread frees it: it ran on its own stack */
    uint32_t filled;      /* bit P: queue P is not empty */
};

static struct run_queue queues[CPUS_MAX];
static struct thread boot_thread, idle_threads[CPUS_MAX];

void context_switch(uint64_t *saved_rsp, uint64_t rsp); /* switch.S */

static struct run_queue *here(void)
{
    return &queues[this_cpu()->number];
}

/* --- run queues ------------------------------------------------------------------------------- */

/* Appends a process's first thread, with those that hang on it. */
static void append_share(struct run_queue *queue, unsigned p, struct thread *first)
{
    first->next = NULL;
    if (queue->head[p])
        queue->tail[p]->next = first;
    else
        queue->head[p] = first;
    queue->tail[p] = first;
    queue->filled |= 1u << p;
}

static struct thread *find_share(const struct run_queue *queue, unsigned p,
                                 const struct process *process)
{
    struct thread *first = queue->head[p];

    while (first && first->process != process)
        first = first->next;
    return first;
}

static void append(struct run_queue *queue, struct thread *thread)
{
    unsigned p = thread->priority;
    struct thread *first = find_share(queue, p, thread->process);

    thread->state = THREAD_READY;
    thread->later = NULL;
    if (first) {
        first->last->later = thread;
        first->last = thread;
        return;
    }
    thread->last = thread;
    append_share(queue, p, thread);
}

static unsigned highest(const struct run_queue *queue)
{
    return 31 - (unsigned)__builtin_clz(queue->filled);
}

/* Takes the first thread; the next one of its process goes to the end of the queue. */
static struct thread *take_first(struct run_queue *queue)
{
    unsigned p = highest(queue);
    struct thread *thread = queue->head[p], *heir = thread->later;

    queue->head[p] = thread->next;
    if (!queue->head[p])
        queue->filled &= ~(1u << p);
    if (!heir)
        return thread;
    heir->last = thread->last;
    append_share(queue, p, heir);
    return thread;
}

static bool is_idle(const struct run_queue *queue)
{
    return queue->running == queue->idle && !queue->filled;
}

/*
 * A woken thread runs where it ran last, or on an idle processor if it would wait there and is not
 * pinned.
 */
static unsigned choose_processor(const struct thread *thread)
{
    if (thread->pinned || is_idle(&queues[thread->processor]))
        return thread->processor;
    for (unsigned i = 0; i < cpu_count(); i++)
        if (is_idle(&queues[i]))
            return i;
    return thread->processor;
}

static bool comes_before(const struct thread *thread, const struct run_queue *queue)
{
    return queue->running == queue->idle || thread->priority > queue->running->priority;
}

/* The processor must look at its queue: at once when it is this one, else by an interrupt. */
static void enqueue(struct thread *thread)
{
    struct run_queue *queue = &queues[thread->processor];

    append(queue, thread);
    if (comes_before(thread, queue))
        percpu_at(thread->processor)->sched_wanted = true;
    if (queue != here())
        apic_send_ipi(percpu_at(thread->processor), VECTOR_RESCHEDULE);
    else if (!sched_wanted())
        sched_set_timer();
}

/* --- waiting ---------------------------------------------------------------------------------- */

static void join_waiters(struct thread *thread, struct thread_list *list)
{
    thread->waits_in = list;
    if (!list)
        return;
    thread->before = list->last;
    thread->behind = NULL;
    *(list->last ? &list->last->behind : &list->first) = thread;
    list->last = thread;
}

static void leave_waiters(struct thread *thread)
{
    struct thread_list *list = thread->waits_in;

    if (!list)
        return;
    *(thread->before ? &thread->before->behind : &list->first) = thread->behind;
    *(thread->behind ? &thread->behind->before : &list->last) = thread->before;
    thread->waits_in = NULL;
}

static void make_ready(struct thread *thread, bool woken)
{
    if (thread->state != THREAD_BLOCKED)
        return;
    leave_waiters(thread);
    timeout_cancel(&thread->timeout);
    thread->woken = woken;
    thread->processor = choose_processor(thread);
    enqueue(thread);
}

void thread_wake(struct thread *thread)
{
    make_ready(thread, true);
}

bool thread_wake_first(struct thread_list *list)
{
    if (!list->first)
        return false;
    thread_wake(list->first);
    return true;
}

static void on_timeout(struct timeout *timeout)
{
    make_ready(CONTAINER_OF(timeout, struct thread, timeout), false);
}

/* --- time ------------------------------------------------------------------------------------- */

/* For `deadline`, or the end of a slice before it. A slice ends only where another thread of the
 * same priority waits; higher ones don't wait. */
static void set_timer(uint64_t deadline)
{
    const struct run_queue *queue = here();
    const struct thread *thread = queue->running;

    if (thread != queue->idle && queue->head[thread->priority] && thread->slice_end < deadline)
        deadline = thread->slice_end;
    if (deadline == TIMEOUT_NEVER)
        timer_stop();
    else
        timer_arm(deadline);
}

void sched_set_timer(void)
{
    set_timer(timeout_next());
}

static void on_timer(struct trap_frame *frame)
{
    (void)frame;
    kernel_lock();
    set_timer(timeout_run(rdtsc()));
    sched_check();
    kernel_unlock();
}

/* This processor's queue has a new thread, or the running process or guest must check for work. */
static void on_reschedule(struct trap_frame *frame)
{
    (void)frame;
    kernel_lock();
    sched_set_timer();
    sched_check();
    kernel_unlock();
}

/* --- switching -------------------------------------------------------------------------------- */

/* Frees the previous thread, if it has ended. */
void sched_after_switch(void)
{
    struct run_queue *queue = here();
    struct thread *ended = queue->ended;

    queue->ended = NULL;
    if (ended)
        object_put(&ended->object);
}

/* Keeps what predictors learned in one process from the next one. */
static void enter_space(const struct space *space)
{
    static uint64_t last[CPUS_MAX];

    if (space)
        speculation_switch(&last[this_cpu()->number], space->number);
    space_activate(space);
}

static void switch_to(struct run_queue *queue, struct thread *next)
{
    struct thread *previous = queue->running;

    next->state = THREAD_RUNNING;
    next->slice_end = rdtsc() + ticks_of_ns(SCHED_SLICE_NS);
    queue->running = next;
    this_cpu()->current = next;
    sched_set_timer();
    if (next == previous)
        return;
    if (previous->leave)
        previous->leave();
    enter_space(next->space);
    percpu_set_stack(next->stack_top);
    context_switch(&previous->saved_rsp, next->saved_rsp);
    sched_after_switch();
}

/* The running thread has been put where it belongs (a queue, a list, nowhere) before. */
static void switch_away(void)
{
    struct run_queue *queue = here();

    this_cpu()->sched_wanted = false;
    switch_to(queue, queue->filled ? take_first(queue) : queue->idle);
}

static bool should_go_on(const struct run_queue *queue)
{
    const struct thread *running = queue->running;

    if (!queue->filled)
        return true;
    if (running == queue->idle || highest(queue) > running->priority)
        return false;
    return highest(queue) < running->priority || rdtsc() < running->slice_end;
}

void sched_check(void)
{
    struct run_queue *queue = here();

    this_cpu()->sched_wanted = false;
    if (should_go_on(queue))
        return;
    sched_yield();
}

void sched_yield(void)
{
    struct run_queue *queue = here();

    if (queue->running != queue->idle)
        append(queue, queue->running);
    switch_away();
}

/* process_end() wakes the waiting threads, under the lock that is held here: a thread that comes
 * later must check by itself, since nobody will wake it. */
bool sched_block(struct thread_list *list, uint64_t deadline)
{
    struct thread *thread = sched_current();

    if (thread->ending && *thread->ending)
        return false;
    thread->state = THREAD_BLOCKED;
    thread->timeout.fire = on_timeout;
    join_waiters(thread, list);
    (void)timeout_set(&thread->timeout, deadline); /* switch_to() sets the timer */
    switch_away();
    return thread->woken;
}

void sched_move(unsigned processor)
{
    struct thread *thread = sched_current();

    thread->pinned = true;
    if (processor == thread->processor)
        return;
    thread->processor = processor;
    thread->state = THREAD_BLOCKED; /* until it is off its stack: the lock keeps others away */
    enqueue(thread);
    switch_away();
}

NORETURN void sched_exit(void)
{
    struct thread *thread = sched_current();

    thread->state = THREAD_ENDED;
    here()->ended = thread;
    switch_away();
    __builtin_unreachable();
}

void sched_kick(const struct thread *thread)
{
    if (thread->state == THREAD_RUNNING && thread->processor != this_cpu()->number)
        apic_send_ipi(percpu_at(thread->processor), VECTOR_RESCHEDULE);
}

/* --- idle ------------------------------------------------------------------------------------- */

/* One turn of a processor's idle loop, which then waits for an interrupt. */
static void run_ready_threads(void)
{
    if (!here()->filled)
        return;
    kernel_lock();
    if (here()->filled)
        switch_away();
    kernel_unlock();
}

static NORETURN void idle_loop(void)
{
    sched_after_switch();
    kernel_unlock();
    for (;;) {
        run_ready_threads();
        cpu_idle();
    }
}

/* The boot processor's idle thread has a stack of its own: the present one is the boot thread's. */
static bool make_boot_idle(void)
{
    struct thread *idle = &idle_threads[0];

    thread_init(idle, 0);
    idle->stack_top = stack_alloc();
    if (!idle->stack_top)
        return false;
    thread_set_start(idle, idle->stack_top - 8, idle_loop);
    return true;
}

static void start_here(void *unused)
{
    unsigned n = this_cpu()->number;
    struct thread *thread = n ? &idle_threads[n] : &boot_thread;

    (void)unused;
    thread_init(thread, n);
    thread->pinned = true;
    thread->state = THREAD_RUNNING;
    thread->priority = ABI_PRIORITY_HIGHEST;
    thread->slice_end = TIMEOUT_NEVER;
    queues[n].idle = &idle_threads[n];
    queues[n].running = thread;
    this_cpu()->current = thread;
    write_cr0(read_cr0() | BIT64(CR0_ts)); /* nobody but guests has an FPU */
}

void sched_init(void)
{
    if (!make_boot_idle())
        panic("no memory for the idle thread");
    interrupt_set_handler(VECTOR_TIMER, on_timer);
    interrupt_set_handler(VECTOR_RESCHEDULE, on_reschedule);
    smp_call_all(start_here, NULL);
    smp_set_idle_hook(run_ready_threads);
}
