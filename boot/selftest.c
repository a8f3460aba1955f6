/* SPDX-License-Identifier: BSD-2-Clause */
/* selftest.c - see selftest.h. */
#include "selftest.h"

#include "arch/console.h"
#include "arch/time.h"
#include "kern/sys/kernel.h"
#include "tap.h"
#include "vmx/platform.h"

extern const struct selftest *const selftests_start[], *const selftests_end[];

#define SELFTESTS_MAX 128

/* Most tests print fewer rows: a page of the screen is held only between tests. */
#define ROWS_OF_A_TEST 8

static unsigned selftest_count(void)
{
    return (unsigned)(selftests_end - selftests_start);
}

/* Why a test cannot run here, or NULL. */
static const char *obstacle_of(const struct selftest *selftest)
{
    switch (selftest->needs) {
    case NEEDS_NONE:
        return NULL;
    case NEEDS_VMX_MSRS:
        return platform()->cpu.vmx ? NULL : platform_why_no_vmx();
    case NEEDS_VMX:
        return platform_why_no_vmx();
    case NEEDS_GUESTS:
        return kernel_why_no_guests();
    }
    return "it needs what nobody knows";
}

static void complain(const char *line)
{
    tap_complain("%s\n", line);
}

/* A test must leave all contexts that it entered, or failures of later tests get wrong names. */
static void run(const struct selftest *selftest, struct test *test)
{
    selftest->run(test);
    test_equal(test, "contexts that were not left", test->depth, 0);
}

static void run_one(const struct selftest *selftest, const struct options *options)
{
    struct test test = {.name = selftest->name, .options = options, .complain = complain};
    const char *obstacle = obstacle_of(selftest);

    console_page_point(ROWS_OF_A_TEST);
    if (obstacle)
        test_skip(&test, "%s", obstacle);
    else
        run(selftest, &test);

    if (test.failures)
        tap_failed(selftest->name);
    else if (test.skip_reason[0])
        tap_skipped(selftest->name, test.skip_reason);
    else
        tap_passed(selftest->name);
}

static bool is_chosen(const struct selftest *selftest, const struct options *options)
{
    if (selftest->kind == SELFTEST_ORACLE)
        return options->oracle.count != 0;
    return selftest->kind < SELFTEST_TESTS && options_selects(options, selftest->name);
}

static void warn_unmatched(const struct options *options)
{
    static const char *names[SELFTESTS_MAX];
    unsigned count = 0;

    for (unsigned i = 0; i < selftest_count() && count < SELFTESTS_MAX; i++)
        if (selftests_start[i]->kind < SELFTEST_TESTS)
            names[count++] = selftests_start[i]->name;
    options_warn_unmatched(options, names, count, &console);
}

void bench_print(const char *name, uint64_t value, const char *unit)
{
    print("# bench %s %lu %s\n", name, value, unit);
}

/* Figures do not count for the verdict: a failure in one is only printed. */
static void run_benches(const struct options *options, enum selftest_kind kind)
{
    for (unsigned i = 0; options->bench && i < selftest_count(); i++) {
        const struct selftest *bench = selftests_start[i];
        struct test test = {.name = bench->name, .options = options, .complain = complain};

        if (bench->kind == kind && !obstacle_of(bench))
            run(bench, &test);
    }
}

static void print_boot_figures(const struct boot_ticks *ticks)
{
    bench_print("entry_to_policy", ticks->to_policy, "ticks");
    bench_print("entry_to_report", ticks->to_report, "ticks");
    bench_print("entry_to_tests", ticks_since_entry(), "ticks");
}

static void run_kind(const struct options *options, enum selftest_kind kind)
{
    for (unsigned i = 0; i < selftest_count(); i++)
        if (selftests_start[i]->kind == kind && is_chosen(selftests_start[i], options))
            run_one(selftests_start[i], options);
}

unsigned selftest_choose(const struct options *options)
{
    unsigned count = 0;

    warn_unmatched(options);
    for (unsigned i = 0; i < selftest_count(); i++)
        count += is_chosen(selftests_start[i], options);
    return count;
}

void selftest_run_bare(const struct options *options)
{
    run_kind(options, SELFTEST_TEST);
    run_kind(options, SELFTEST_ORACLE);
    run_benches(options, SELFTEST_BENCH);
}

void selftest_run_kernel(const struct options *options, const struct boot_ticks *ticks)
{
    run_kind(options, SELFTEST_KERNEL);
    if (options->bench)
        print_boot_figures(ticks);
    run_benches(options, SELFTEST_KERNEL_BENCH);
}
