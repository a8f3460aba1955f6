/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * canary.c - the stack protector's random word and its alarm.
 *
 * The compiler puts __stack_chk_guard between a function's arrays and its return address, and
 * calls __stack_chk_fail when it has changed at the end.
 */
#include "canary.h"

#include "cpuid.h"
#include "insn.h"
#include "panic.h"

uint64_t __stack_chk_guard = 0xbaadcafe0ff1ce00;
NORETURN void __stack_chk_fail(void);

/* Spreads the few random bits of a time stamp over the word (an odd multiplier loses none). */
static uint64_t canary_from_tsc(void)
{
    return rdtsc() * UINT64_C(0x9e3779b97f4a7c15);
}

NO_STACK_PROTECTOR void canary_init(void)
{
    uint64_t value = 0;

    for (unsigned tries = 0; cpu_has(FEATURE_rdrand) && tries < 10 && !value; tries++)
        if (!rdrand(&value))
            value = 0;
    if (!value)
        value = canary_from_tsc();
    __stack_chk_guard = value & ~UINT64_C(0xff); /* a NUL stops string overflows */
}

void __stack_chk_fail(void)
{
    panic("stack protector: a function overwrote the end of its frame");
}
