/* SPDX-License-Identifier: BSD-2-Clause */
/* crash.c - see crash.h. */
#include "crash.h"

#include "arch/console.h"
#include "arch/insn.h"
#include "arch/panic.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/time.h"

#define WAKE_NS    UINT64_C(10000000)   /* until the others have seen their new idle hook */
#define OUTSIDE_NS UINT64_C(5000000000) /* for what comes from outside */

/* In a variable, so that the compiler does not see a null pointer and remove the call. */
static volatile uint8_t *volatile address_of_nothing;
static void (*volatile function_of_nothing)(void);

static void overwrite_frame(volatile uint8_t *at)
{
    for (unsigned i = 0; i < 48; i++)
        at[i] = 0x41;
}

static void smash_canary(void)
{
    uint8_t buffer[16];

    overwrite_frame(buffer);
}

static void overflow(volatile int *number)
{
    *number = *number + 1;
}

static uint64_t time_to_die;

static void die_here(void)
{
    while (rdtsc() < time_to_die)
        cpu_relax();
    panic("processor %u was told to", this_cpu()->number);
}

static void go_deaf(void)
{
    if (this_cpu()->number == cpu_count() - 1)
        halt_forever();
}

static void nothing(void *unused)
{
    (void)unused;
}

static void call_the_deaf(void)
{
    smp_set_idle_hook(go_deaf);
    wait_ns(WAKE_NS);
    smp_call(cpu_count() - 1, nothing, NULL);
}

void crash_if_asked(enum option_crash kind)
{
    volatile int largest = __INT_MAX__; /* not from limits.h, which is the C library's even here */

    switch (kind) {
    case OPTION_CRASH_NONE:
        return;
    case OPTION_CRASH_UD:
        undefined();
        break;
    case OPTION_CRASH_PF:
        *address_of_nothing = 1;
        break;
    case OPTION_CRASH_STACK:
        lose_stack();
        break;
    case OPTION_CRASH_CANARY:
        smash_canary();
        break;
    case OPTION_CRASH_UNDEFINED:
        overflow(&largest);
        break;
    case OPTION_CRASH_EVERYWHERE:
        time_to_die = rdtsc() + ticks_of_ns(WAKE_NS);
        smp_set_idle_hook(die_here);
        die_here();
        break;
    case OPTION_CRASH_DEAF:
        call_the_deaf();
        break;
    case OPTION_CRASH_WAIT:
        print("crash: waiting\n");
        wait_ns(OUTSIDE_NS);
        return;
    case OPTION_CRASH_CALL:
        function_of_nothing();
        break;
    }
    print("crash: nothing noticed\n");
}
