/* SPDX-License-Identifier: BSD-2-Clause */
/* hostile.c - what tests/process/hostile.c tries, a deed a test. */
#include "ring3.h"

#include "arch/console.h"
#include "arch/insn.h"
#include "arch/percpu.h"
#include "arch/time.h"
#include "kern/mem/pages.h"
#include "vmx/platform.h"

#define HOSTILE "process/hostile"
#define SECONDS 60
#define MS      UINT64_C(1000000)

static int64_t deed(struct test *test, const char *arguments)
{
    return ring3_run(test, HOSTILE, arguments, NULL, SECONDS);
}

#define DEED(name, function, arguments, needs)                                   \
    KERNELTEST("hostile." name, function, needs)                                 \
    {                                                                            \
        test_equal(test, "what went wrong", (uint64_t)deed(test, arguments), 0); \
    }

DEED("lost_signal", hostile_lost_signal, "lost_signal", NEEDS_NONE)
DEED("one_by_one", hostile_one_by_one, "one_by_one", NEEDS_NONE)
DEED("far_deadlines", hostile_far_deadlines, "far_deadlines", NEEDS_NONE)
DEED("failed_vcpu", hostile_failed_vcpu, "failed_vcpu", NEEDS_GUESTS)

/* Threads that the kernel has room for when the process has none: 32 stacks of 4 pages, the tables
 * of the kernel's address space for as many as there were. */
#define PAGES_KEPT 160

/* A process takes as many threads as it can get; after its end nothing is missing. */
KERNELTEST("hostile.many_threads", hostile_many_threads, NEEDS_NONE)
{
    uint64_t before = pages_free_count(), after;

    test_equal(test, "what went wrong", (uint64_t)deed(test, "many_threads"), 0);
    after = pages_free_count();
    if (!test_true(test, before <= after + PAGES_KEPT, "the threads' memory is given back"))
        print("# free pages %lu -> %lu\n", before, after);
}

static bool has_two(struct test *test)
{
    if (cpu_count() < 2)
        test_skip(test, "one processor");
    return cpu_count() >= 2;
}

/* Shares of time say nothing where a hypervisor gives some of it to others. */
static bool has_own_time(struct test *test)
{
    if (platform()->cpu.hypervisor)
        test_skip(test, "a hypervisor below shares the processors out");
    return !platform()->cpu.hypervisor;
}

/* The guest runs with IF = 0. */
KERNELTEST("hostile.storm", hostile_storm, NEEDS_GUESTS)
{
    if (has_two(test) && has_own_time(test) && !skipped_without_preemption_timer(test))
        test_equal(test, "what went wrong", (uint64_t)deed(test, "storm 200"), 0);
}

KERNELTEST("hostile.explained", hostile_explained, NEEDS_GUESTS)
{
    if (has_two(test))
        test_equal(test, "what went wrong", (uint64_t)deed(test, "explained"), 0);
}

KERNELTEST("hostile.console_flood", hostile_console_flood, NEEDS_NONE)
{
    if (has_two(test) && has_own_time(test))
        test_equal(test, "what went wrong", (uint64_t)deed(test, "console_flood"), 0);
}

/* Runs a deed that never ends for a while. */
static struct process *start_endless(struct test *test, const char *arguments, uint64_t us)
{
    struct process *process = ring3_start(test, HOSTILE, arguments, NULL);
    int64_t status;

    if (process)
        test_true(test, !process_wait(process, rdtsc() + ticks_of_ns(us * 1000), &status),
                  "it does not end by itself");
    return process;
}

static bool end_it(struct process *process)
{
    int64_t status;

    process_kill(process, "the test has seen enough");
    return process_wait(process, rdtsc() + ticks_of_ns(2000 * MS), &status);
}

#define KILLS 20

/* A thread that waits for a lock of the kernel while its process is ended must not wait again. */
KERNELTEST("hostile.kill_pingpong", hostile_kill_pingpong, NEEDS_NONE)
{
    unsigned ended = 0;

    if (!has_two(test))
        return;
    for (unsigned i = 0; i < KILLS; i++) {
        struct process *process = start_endless(test, "pingpong", 5000 + 77 * i);

        ended += process && end_it(process);
    }
    test_equal(test, "processes that ended when they were killed", ended, KILLS);
}

#define CROWD        "crowd 200"
#define FAIR_PERCENT 10 /* of 50; by thread it were half of one */

/* A process with many threads takes its turns with another one that has one. */
KERNELTEST("hostile.crowd", hostile_crowd, NEEDS_NONE)
{
    struct process *process;
    int64_t percent;

    if (!has_own_time(test))
        return;
    process = start_endless(test, CROWD, 100000);
    percent = deed(test, "percent 200");
    if (!test_true(test, percent >= FAIR_PERCENT, "a process with one thread gets its share"))
        print("# beside " CROWD " it got %ld percent\n", percent);
    if (process)
        test_true(test, end_it(process), "the crowd ends");
}
