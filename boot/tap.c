/* SPDX-License-Identifier: BSD-2-Clause */
/* tap.c - see tap.h. */
#include "tap.h"

#include "arch/console.h"

static unsigned passed, failed, skipped;
static bool plan_comes_last;

static unsigned outcomes(void)
{
    return passed + failed + skipped;
}

void tap_begin(unsigned tests, unsigned guests)
{
    plan_comes_last = guests != 0;
    print("TAP version 14\n");
    if (!plan_comes_last)
        print("1..%u%s\n", tests, tests ? "" : " # SKIP selftest= chose no test");
}

void tap_passed(const char *name)
{
    passed++;
    print("ok %u - %s\n", outcomes(), name);
}

void tap_failed(const char *name)
{
    failed++;
    tap_complain("not ok %u - %s\n", outcomes(), name);
}

void tap_skipped(const char *name, const char *why)
{
    skipped++;
    print("ok %u - %s # SKIP %s\n", outcomes(), name, why);
}

void tap_complain(const char *format, ...)
{
    va_list arguments;

    console_color(SCREEN_BAD);
    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
    console_color(SCREEN_PLAIN);
}

void tap_print_so_far(void)
{
    print("# so far: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
}

bool tap_end(void)
{
    if (plan_comes_last)
        print("1..%u\n", outcomes());
    console_verdict(passed, failed, skipped);
    return verdict_passed(passed, failed);
}
