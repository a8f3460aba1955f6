/* SPDX-License-Identifier: BSD-2-Clause */
/* bench.c - what an exit costs, in ticks of the guest's own loop, less that of an empty loop. */
#include "guest.h"

#define ROUNDS      1000
#define FRESH       ((volatile uint8_t *)0x200000) /* memory that is mapped on demand */
#define FRESH_PAGES 200
#define TICKS       100
#define WAIT        3000 /* TSC ticks to a deadline */

static uint64_t empty;

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

/* From the write of a deadline to the end of the handler, less the wait. */
static void ticks(void)
{
    uint64_t sum = 0;

    __asm__ volatile("sti");
    for (unsigned i = 1; i <= TICKS; i++) {
        uint64_t start = rdtsc();

        (void)write_msr(MSR_IA32_TSC_DEADLINE, start + WAIT);
        while (*(volatile uint64_t *)&counts[GUEST_TIMER_VECTOR] < i)
            ;
        sum += rdtsc() - start - WAIT;
    }
    __asm__ volatile("cli");
    print("# bench guest_timer_tick %lu ticks\n", sum / TICKS);
}

static void instructions(void)
{
    MEASURE("", ROUNDS, __asm__ volatile(""));
    MEASURE("guest_cpuid", ROUNDS, {
        uint32_t leaf = 0;
        __asm__ volatile("cpuid" : "+a"(leaf) : : "rbx", "rcx", "rdx");
    });
    MEASURE("guest_vmcall_monitor", ROUNDS, (void)hypercall(0, 0));
    MEASURE("guest_port_read_monitor", ROUNDS, (void)inb(COM1_PORT + UART_LSR));
}

static void msrs(void)
{
    uint64_t value;

    MEASURE("guest_rdmsr_passed", ROUNDS, {
        __asm__ volatile("rdmsr" : : "c"(MSR_IA32_KERNEL_GS_BASE) : "rax", "rdx");
    });
    MEASURE("guest_rdmsr_exit", ROUNDS, {
        __asm__ volatile("rdmsr" : : "c"(MSR_IA32_EFER) : "rax", "rdx");
    });
    MEASURE("guest_rdmsr_refused", ROUNDS, (void)read_msr(0x480, &value));
}

int main(void)
{
    catch_all();
    instructions();
    msrs();
    MEASURE("guest_memory_on_demand", FRESH_PAGES, FRESH[(uint64_t)i * PAGE_SIZE] = 1);
    ticks();
    return 0;
}
