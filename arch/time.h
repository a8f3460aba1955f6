/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * time.h - the time-stamp counter as the clock, and the local APIC's timer on each processor. SDM:
 * "Time-Stamp Counter", "APIC Timer".
 */
#ifndef LINTEL_ARCH_TIME_H
#define LINTEL_ARCH_TIME_H

#include "insn.h"

extern uint64_t boot_tsc; /* at the first instruction, by start.S */

static inline uint64_t ticks_since_entry(void)
{
    return rdtsc() - boot_tsc;
}

/*
 * Finds out and prints the frequency of the TSC: the one that CPUID gives, unless the PIT or the
 * HPET contradicts it (`hpet` is its physical address; 0: none). Before this call a tick is taken
 * for a nanosecond.
 */
void time_calibrate(uint64_t hpet_at);

/*
 * The APIC's timer, against the TSC: after apic_init(). By TSC deadlines where the processor has
 * them, unless `trust_deadlines` is false; else it counts.
 */
void time_init(bool trust_deadlines);
void time_init_processor(void);

uint64_t tsc_khz(void);

/* Rounded down. It needs no division, and does not overflow while the result is below 2^64. */
uint64_t ticks_of_ns(uint64_t nanoseconds);
uint64_t ns_of_ticks(uint64_t ticks);

/* Nanoseconds since the kernel's entry, and the TSC at such a time. */
uint64_t time_ns(void);
uint64_t tsc_at_ns(uint64_t nanoseconds);

/* Waits busily. */
void wait_ns(uint64_t nanoseconds);

/* An interrupt (VECTOR_TIMER) on this processor at that TSC, or at once where it has passed. */
void timer_arm(uint64_t deadline);
void timer_stop(void);

/* Waits for an interrupt, which is taken. Interrupts are off before and after. */
void cpu_idle(void);

#endif
