/* SPDX-License-Identifier: BSD-2-Clause */
/* selftest.c - see selftest.h. */
#include "selftest.h"

#include "arch/console.h"
#include "arch/time.h"
#include "guests.h"
#include "kern/sys/kernel.h"
#include "kern/vm/vm.h"

extern const struct selftest *const selftests_start[], *const selftests_end[];

#define SELFTESTS_MAX 128

/* Most tests print less: pages of the screen are held between tests only. */
#define ROWS_OF_A_TEST 8

/* Those of the kernel's image, then the guests that the loader brought. */
static unsigned built_in(void)
{
    return (unsigned)(selftests_end - selftests_start);
}

static unsigned selftest_count(void)
{
    return built_in() + guests_count();
}

static const struct selftest *selftest_at(unsigned number)
{
    return number < built_in() ? selftests_start[number] : guests_row(number - built_in());
}

struct verdict {
    unsigned passed, failed, skipped;
};

/* A line of what went wrong: red on the screen. */
static void PRINTF(1, 2) print_bad(const char *format, ...)
{
    va_list arguments;

    console_color(SCREEN_BAD);
    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
    console_color(SCREEN_PLAIN);
}

bool test_true(struct test *test, bool condition, const char *what)
{
    if (!condition) {
        test->failures++;
        print_bad("# failed: %s\n", what);
    }
    return condition;
}

bool test_equal(struct test *test, const char *what, uint64_t found, uint64_t expected)
{
    if (found != expected) {
        test->failures++;
        print_bad("# failed: %s: expected 0x%lx, found 0x%lx\n", what, expected, found);
    }
    return found == expected;
}

void test_skip(struct test *test, const char *format, ...)
{
    struct text_buffer buffer;
    va_list arguments;

    text_buffer_init(&buffer, test->skip_reason, sizeof(test->skip_reason));
    va_start(arguments, format);
    out_vprintf(&buffer.out, format, arguments);
    va_end(arguments);
}

/* Why a test cannot run here, or NULL. */
static const char *obstacle_of(const struct selftest *selftest)
{
    const char *why_no_vmx = platform_why_no_vmx();

    if (selftest->needs == NEEDS_VMX_MSRS)
        return platform()->cpu.vmx ? NULL : why_no_vmx;
    if (selftest->needs >= NEEDS_VMX && why_no_vmx)
        return why_no_vmx;
    if (selftest->needs >= NEEDS_GUESTS && !vm_possible())
        return "the host policy lacks what guests need: see the line that begins with vm:";
    return NULL;
}

static void run_one(const struct selftest *selftest, const struct options *options,
                    struct verdict *verdict)
{
    unsigned number = verdict->passed + verdict->failed + verdict->skipped + 1;
    struct test test = {.row = selftest, .options = options};
    const char *obstacle = obstacle_of(selftest);

    console_page_point(ROWS_OF_A_TEST);
    if (obstacle)
        test_skip(&test, "%s", obstacle);
    else
        selftest->run(&test);

    if (test.failures) {
        verdict->failed++;
        print_bad("not ok %u - %s\n", number, selftest->name);
    } else if (test.skip_reason[0]) {
        verdict->skipped++;
        print("ok %u - %s # SKIP %s\n", number, selftest->name, test.skip_reason);
    } else {
        verdict->passed++;
        print("ok %u - %s\n", number, selftest->name);
    }
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
        if (selftest_at(i)->kind < SELFTEST_TESTS)
            names[count++] = selftest_at(i)->name;
    options_warn_unmatched(options, names, count, &console);
}

static unsigned count_chosen(const struct options *options)
{
    unsigned count = 0;

    for (unsigned i = 0; i < selftest_count(); i++)
        count += is_chosen(selftest_at(i), options);
    return count;
}

void bench_print(const char *name, uint64_t value, const char *unit)
{
    print("# bench %s %lu %s\n", name, value, unit);
}

/* Figures are no verdict: a failure in one is printed, and changes nothing. */
static void run_benches(const struct options *options, enum selftest_kind kind)
{
    for (unsigned i = 0; options->bench && i < selftest_count(); i++) {
        struct test test = {.options = options};

        if (selftest_at(i)->kind == kind && !obstacle_of(selftest_at(i)))
            selftest_at(i)->run(&test);
    }
}

static void print_boot_figures(const struct boot_ticks *ticks)
{
    bench_print("entry_to_policy", ticks->to_policy, "ticks");
    bench_print("entry_to_report", ticks->to_report, "ticks");
    bench_print("entry_to_tests", ticks_since_entry(), "ticks");
}

static void run_kind(const struct options *options, enum selftest_kind kind,
                     struct verdict *verdict)
{
    for (unsigned i = 0; i < selftest_count(); i++)
        if (selftest_at(i)->kind == kind && is_chosen(selftest_at(i), options))
            run_one(selftest_at(i), options, verdict);
}

bool selftest_run(const struct options *options, const struct boot_ticks *ticks)
{
    struct verdict verdict = {0, 0, 0};
    unsigned count = count_chosen(options);

    console_hold_at_points();
    warn_unmatched(options);
    print("TAP version 14\n1..%u%s\n", count, count ? "" : " # SKIP selftest= chose no test");
    run_kind(options, SELFTEST_TEST, &verdict);
    run_kind(options, SELFTEST_ORACLE, &verdict);
    run_benches(options, SELFTEST_BENCH);
    kernel_start();
    run_kind(options, SELFTEST_KERNEL, &verdict);
    if (options->bench)
        print_boot_figures(ticks);
    run_benches(options, SELFTEST_KERNEL_BENCH);
    console_verdict(verdict.passed, verdict.failed, verdict.skipped);
    return verdict_passed(verdict.passed, verdict.failed);
}
