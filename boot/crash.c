/* SPDX-License-Identifier: BSD-2-Clause */
/* crash.c - see crash.h. */
#include "crash.h"

#include "arch/console.h"
#include "arch/insn.h"

/* In a variable, so that the compiler does not see a null pointer and do better than we ask. */
static volatile uint8_t *volatile address_of_nothing;

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

void crash_if_asked(enum option_crash kind)
{
    volatile int largest = __INT_MAX__; /* no limits.h: that one is the C library's, even here */

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
    }
    print("crash: nothing noticed\n");
}
