/* SPDX-License-Identifier: BSD-2-Clause */
/* tsc_sync.c - see tsc_sync.h. */
#include "tsc_sync.h"

#include "console.h"
#include "insn.h"
#include "measure.h"
#include "percpu.h"
#include "smp.h"

#define TRIES 5 /* for a measurement that no SMI falls into */

static uint64_t others_tsc, boot_adjust;

static void read_others(void *unused)
{
    (void)unused;
    others_tsc = rdtsc();
}

/* By the try that says most: the one that was over soonest. */
static int64_t ticks_ahead(unsigned processor)
{
    uint64_t shortest = UINT64_MAX;
    int64_t ahead = 0;

    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t before = rdtsc(), after;

        smp_call(processor, read_others, NULL);
        after = rdtsc();
        if (after - before >= shortest)
            continue;
        shortest = after - before;
        ahead = clock_ahead(before, others_tsc, after);
    }
    return ahead;
}

/* Firmware may have written one processor's: all are given the first one's. */
static void adjust_alike(void *unused)
{
    (void)unused;
    (void)wrmsr_safe(MSR_IA32_TSC_ADJUST, boot_adjust);
}

static void adjust_by(void *ticks)
{
    uint64_t adjust = 0;

    if (rdmsr_safe(MSR_IA32_TSC_ADJUST, &adjust))
        (void)wrmsr_safe(MSR_IA32_TSC_ADJUST, adjust - (uint64_t) * (int64_t *)ticks);
}

/* Sockets whose counters did not begin together need a value of their own. */
static void synchronise(unsigned processor)
{
    int64_t first = ticks_ahead(processor), ahead;

    if (!first)
        return;
    smp_call(processor, adjust_alike, NULL);
    ahead = ticks_ahead(processor);
    if (ahead)
        smp_call(processor, adjust_by, &ahead);
    print("firmware: the TSC of processor %u was %lu ticks %s: %s\n", processor,
          (uint64_t)(first < 0 ? -first : first), first < 0 ? "behind" : "ahead",
          ticks_ahead(processor) ? "IA32_TSC_ADJUST does not help: times on it are wrong"
                                 : "set by IA32_TSC_ADJUST");
}

void tsc_synchronise(void)
{
    (void)rdmsr_safe(MSR_IA32_TSC_ADJUST, &boot_adjust);
    for (unsigned i = 1; i < cpu_count(); i++)
        synchronise(i);
}
