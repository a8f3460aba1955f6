/* SPDX-License-Identifier: BSD-2-Clause */
/* bench.c - what an exit costs, in ticks of the guest's own loop, less that of an empty loop. */
#include "guest.h"

#define ROUNDS       1000
#define FRESH        ((volatile uint8_t *)0x200000) /* memory that is mapped on demand */
#define FRESH_PAGES  200
#define TSC_DEADLINE 0x6e0
#define TIMER_VECTOR 0x20
#define TICKS        100

static uint64_t empty;

#define MEASURE(name, rounds, step)                                           \
    do {                                                                      \
        uint64_t start_ = rdtsc(), each_;                                     \
        for (unsigned i = 0; i < (rounds); i++) {                             \
            step;                                                             \
        }                                                                     \
        each_ = (rdtsc() - start_) / (rounds);                                \
        if ((name)[0])                                                        \
            print("bench %s %lu\n", name, each_ > empty ? each_ - empty : 0); \
        else                                                                  \
            empty = each_;                                                    \
    } while (0)

static void one_tick(uint64_t number)
{
    (void)write_msr(TSC_DEADLINE, rdtsc());
    while (counts[TIMER_VECTOR] < number)
        __asm__ volatile("sti\nnop\ncli" : : : "memory");
}

static void instructions(void)
{
    MEASURE("", ROUNDS, __asm__ volatile(""));
    MEASURE("guest_cpuid", ROUNDS, {
        uint32_t leaf = 0;
        __asm__ volatile("cpuid" : "+a"(leaf) : : "rbx", "rcx", "rdx");
    });
    MEASURE("guest_vmcall_monitor", ROUNDS, (void)hypercall(0, 0));
    MEASURE("guest_port_read_monitor", ROUNDS, (void)inb(0x3fd));
}

static void msrs(void)
{
    uint64_t value;

    MEASURE("guest_rdmsr_passed", ROUNDS, {
        __asm__ volatile("rdmsr" : : "c"(0xc0000102) : "rax", "rdx");
    });
    MEASURE("guest_rdmsr_exit", ROUNDS, {
        __asm__ volatile("rdmsr" : : "c"(0xc0000080) : "rax", "rdx");
    });
    MEASURE("guest_rdmsr_refused", ROUNDS, (void)read_msr(0x480, &value));
}

int main(void)
{
    catch_all();
    instructions();
    msrs();
    MEASURE("guest_memory_on_demand", FRESH_PAGES, FRESH[(uint64_t)i * PAGE_SIZE] = 1);
    MEASURE("guest_timer_tick", TICKS, one_tick(i + 1));
    return 0;
}
