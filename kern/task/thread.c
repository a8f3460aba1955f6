/* SPDX-License-Identifier: BSD-2-Clause */
/* thread.c - see thread.h. */
#include "thread.h"

#include "arch/paging.h"
#include "arch/smp.h"
#include "kern/mem/pool.h"

#define CONTEXT_REGISTERS 6 /* that context_switch() keeps */

OBJECT_POOL(thread_pool, struct thread);

void thread_init(struct thread *thread, unsigned processor)
{
    object_init(&thread->object, &thread_kind);
    thread->processor = processor;
    thread->state = THREAD_BLOCKED;
}

struct thread *thread_create(unsigned processor)
{
    struct thread *thread = object_alloc(&thread_pool);

    if (!thread)
        return NULL;
    thread_init(thread, processor);
    thread->stack_top = stack_alloc();
    if (thread->stack_top)
        return thread;
    object_free(&thread_pool, thread);
    return NULL;
}

/* Some free stacks stay mapped for the next threads. The others are unmapped in batches, since all
 * processors must forget them. */
#define STACKS_KEPT  32
#define STACKS_BATCH 16

static void give_stack(uint64_t top)
{
    uint64_t pages;

    if (stack_free(top) <= STACKS_KEPT)
        return;
    pages = stacks_take(STACKS_BATCH);
    tlb_shootdown(0, UINT64_MAX);
    (void)paging_give_back(pages);
}

/* Only threads that have ended, or never began, have no reference left. */
static void destroy(struct object *object)
{
    struct thread *thread = (struct thread *)(void *)object;

    give_stack(thread->stack_top);
    object_free(&thread_pool, thread);
}

const struct object_kind thread_kind = {.destroy = destroy};

void thread_set_start(struct thread *thread, uint64_t stack, void (*start)(void))
{
    uint64_t *rsp = (uint64_t *)stack;

    *--rsp = (uintptr_t)start;
    for (unsigned i = 0; i < CONTEXT_REGISTERS; i++)
        *--rsp = 0;
    thread->saved_rsp = (uintptr_t)rsp;
}
