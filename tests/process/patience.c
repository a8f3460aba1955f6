/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * patience.c - one thread asks for much memory, which the kernel clears page by page; another one
 * of higher priority wants to be woken meanwhile, and is, more than once. Exit status 0: it was.
 *
 * A kernel that did all in one go would let it run once, at the end of the call. How long anything
 * takes is not judged: the machine's time may be taken away from an emulator.
 */
#include "user/calls.h"
#include "user/print.h"

#define MUCH     UINT64_C(0xc00000) /* six pieces: with two processors each wake-up takes two */
#define STACK_AT UINT64_C(0x70000000)
#define TRIES    20
#define PARTS    16 /* of the call's time from one wish to be woken to the next */

static volatile bool inside, ended;
static uint64_t go;

static void ask_once(void)
{
    int64_t memory;

    inside = true;
    memory = sys_memory_create(MUCH);
    inside = false;
    (void)sys_close((uint64_t)memory);
}

static NORETURN void ask(void)
{
    for (;;) {
        (void)sys_event_wait(go, ABI_NEVER);
        ask_once();
        ended = true;
    }
}

static uint64_t time_of_call(void)
{
    uint64_t begin = sys_time();

    ask_once();
    return sys_time() - begin;
}

/* How often this thread ran while the other one was served. */
static unsigned times_woken(uint64_t step)
{
    uint64_t never = (uint64_t)sys_event_create();
    unsigned woken = 0;

    ended = false;
    (void)sys_event_signal(go);
    while (!ended) {
        (void)sys_event_wait(never, sys_time() + step);
        woken += inside;
    }
    (void)sys_close(never);
    return woken;
}

int main(const struct abi_info *info)
{
    uint64_t stack = (uint64_t)sys_memory_create(PAGE_SIZE);
    unsigned woken = 0;

    (void)info;
    go = (uint64_t)sys_event_create();
    if (sys_memory_map(stack, 0, STACK_AT, PAGE_SIZE, ABI_READ | ABI_WRITE) != 0 ||
        sys_thread_create((uintptr_t)ask, STACK_AT + PAGE_SIZE - 8, 0, 3) < 0)
        return 2;
    for (unsigned i = 0; i < TRIES; i++) {
        woken = times_woken(time_of_call() / PARTS);
        if (woken > 1)
            return 0;
    }
    print("# woken %u times while memory of %lu KiB was made\n", woken, MUCH >> 10);
    return 1;
}
