/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench.c - what system calls cost, in ticks of the process's own loop, less that of an empty
 * loop.
 */
#include "user/calls.h"
#include "user/print.h"

#define ROUNDS 1000
#define STACK  UINT64_C(0x60000000)

static uint64_t empty;
static volatile uint64_t turns;

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

#define MEASURE(name, rounds, step)                                                   \
    do {                                                                              \
        uint64_t start_ = rdtsc(), each_;                                             \
        for (unsigned i = 0; i < (rounds); i++) {                                     \
            step;                                                                     \
        }                                                                             \
        each_ = (rdtsc() - start_) / (rounds);                                        \
        if ((name)[0])                                                                \
            print("# bench %s %lu ticks\n", name, each_ > empty ? each_ - empty : 0); \
        else                                                                          \
            empty = each_;                                                            \
    } while (0)

static NORETURN void other(void)
{
    for (;;) {
        turns++;
        sys_yield();
    }
}

static void switches(void)
{
    int64_t stack = sys_memory_create(PAGE_SIZE);

    (void)sys_memory_map((uint64_t)stack, 0, STACK, PAGE_SIZE, ABI_READ | ABI_WRITE);
    (void)sys_thread_move(0);
    MEASURE("yield_alone", ROUNDS, sys_yield());
    (void)sys_thread_create((uintptr_t)other, STACK + PAGE_SIZE - 8, 0, 4);
    turns = 0;
    MEASURE("two_context_switches", ROUNDS, sys_yield());
    if (turns < ROUNDS - 1) /* it ran on another processor */
        print("# the other thread ran %lu times\n", turns);
}

int main(const struct abi_info *info)
{
    (void)info;
    MEASURE("", ROUNDS, __asm__ volatile(""));
    MEASURE("null_system_call", ROUNDS, sys_version_call());
    MEASURE("time_system_call", ROUNDS, (void)sys_time());
    MEASURE("vm_create_and_close", ROUNDS, {
        int64_t vm = sys_vm_create();
        if (vm > 0)
            sys_close((uint64_t)vm);
    });
    switches();
    return 0;
}
