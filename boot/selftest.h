/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * selftest.h - tests in the kernel, run at boot, reported as TAP 14.
 *
 * A test is a function in tests/selftest/ that registers itself: the linker collects pointers to
 * the rows, so that nothing here names a test.
 */
#ifndef LINTEL_BOOT_SELFTEST_H
#define LINTEL_BOOT_SELFTEST_H

#include "options.h"
#include "test.h"
#include "vmx/platform.h"

/* Ticks since the first instruction, for `bench`. */
struct boot_ticks {
    uint64_t to_policy; /* before the report */
    uint64_t to_report; /* with the report on all consoles */
};

/* What a test needs of the machine; it is skipped with the reason where that is not there. */
enum selftest_needs {
    NEEDS_NONE,
    NEEDS_VMX_MSRS, /* CPUID reports VMX */
    NEEDS_VMX,      /* and the firmware lets us use it */
    NEEDS_GUESTS,   /* and the kernel can make VMs */
};

/* When a row runs. */
enum selftest_kind {
    SELFTEST_TEST,   /* where selftest= chooses it, before the kernel is started */
    SELFTEST_ORACLE, /* after those, with oracle= on the command line */
    SELFTEST_KERNEL, /* where selftest= chooses it, when the kernel is started: processes, guests */
    SELFTEST_TESTS,  /* so many kinds are tests */
    SELFTEST_BENCH = SELFTEST_TESTS, /* no test: with `bench`, before the kernel is started */
    SELFTEST_KERNEL_BENCH,           /* and after it */
};

struct selftest {
    const char *name;
    void (*run)(struct test *test);
    enum selftest_needs needs;
    enum selftest_kind kind;
};

#define SELFTEST(name, function, needs_what) SELFTEST_ROW(name, function, needs_what, SELFTEST_TEST)
#define ORACLE(name, function, needs_what)   SELFTEST_ROW(name, function, needs_what, SELFTEST_ORACLE)
#define BENCH(name, function, needs_what)    SELFTEST_ROW(name, function, needs_what, SELFTEST_BENCH)
#define KERNELTEST(name, function, needs_what) \
    SELFTEST_ROW(name, function, needs_what, SELFTEST_KERNEL)
#define KERNELBENCH(name, function, needs_what) \
    SELFTEST_ROW(name, function, needs_what, SELFTEST_KERNEL_BENCH)
#define SELFTEST_ROW(test_name, function, needs_what, kind)                                     \
    static void function(struct test *test);                                                    \
    static const struct selftest selftest_##function = {test_name, function, needs_what, kind}; \
    static const struct selftest *const selftest_entry_##function IN_SECTION(".selftests") =    \
        &selftest_##function;                                                                   \
    static void function(struct test *test)

/* Prints `# bench NAME VALUE UNIT`. */
void bench_print(const char *name, uint64_t value, const char *unit);

/* How many tests the options choose. Warns of words of selftest= that choose none. */
unsigned selftest_choose(const struct options *options);

/* Runs the chosen ones that need the machine for themselves: before kernel_start(). */
void selftest_run_bare(const struct options *options);

/* Those of processes and guests: after it. `ticks` are for `bench`. */
void selftest_run_kernel(const struct options *options, const struct boot_ticks *ticks);

#endif
