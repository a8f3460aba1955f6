/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * patience.c - one thread asks for much memory, which the kernel clears page by page; another one
 * of higher priority wants to be woken meanwhile, and in time. Exit status 0: it was.
 */
#include "user/calls.h"
#include "user/print.h"

#define MUCH     UINT64_C(0x800000)
#define STACK_AT UINT64_C(0x70000000)
#define TRIES    5                 /* others may take the machine's time away from an emulator */
#define STEP     UINT64_C(2000000) /* nanoseconds */

int main(const struct abi_info *info);

static volatile uint64_t started, ended;
static uint64_t go;

static NORETURN void ask(void)
{
    for (;;) {
        int64_t memory;

        (void)event_wait(go, ABI_NEVER);
        started = time_now();
        memory = memory_new(MUCH);
        (void)close_handle((uint64_t)memory);
        ended = time_now();
    }
}

/* How late it was at worst while the other one was served. */
static uint64_t worst_delay(void)
{
    uint64_t worst = 0, never = (uint64_t)event_new();

    started = ended = 0;
    (void)event_signal(go);
    while (!ended) {
        uint64_t deadline = time_now() + STEP, late;

        (void)event_wait(never, deadline);
        late = time_now() - deadline;
        worst = late > worst ? late : worst;
    }
    (void)close_handle(never);
    return worst;
}

int main(const struct abi_info *info)
{
    uint64_t stack = (uint64_t)memory_new(PAGE_SIZE), delay = 0;

    (void)info;
    go = (uint64_t)event_new();
    if (memory_map(stack, 0, STACK_AT, PAGE_SIZE, ABI_READ | ABI_WRITE) != 0 ||
        call6(ABI_THREAD_CREATE, (uintptr_t)ask, STACK_AT + PAGE_SIZE - 8, 0, 3, 0, 0) < 0)
        return 2;
    for (unsigned i = 0; i < TRIES; i++) {
        delay = worst_delay();
        if (delay < (ended - started) / 2)
            return 0;
    }
    print("# woken %lu ns late, while memory of %lu KiB was made in %lu ns\n", delay, MUCH >> 10,
          ended - started);
    return 1;
}
