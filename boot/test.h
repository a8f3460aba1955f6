/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test.h - one run of one self-test: what it compares, and where it stands when that fails. PURE.
 *
 *   # failed: tests/selftest/first_guest.c:123: vmx.first_guest.paged > run 2 > exit 3: RIP:
 *   expected 0x1017, found 0x1015
 */
#ifndef LINTEL_BOOT_TEST_H
#define LINTEL_BOOT_TEST_H

#include "format.h"

struct options;

/* Contexts beyond these are left out of the lines, and so is what does not fit. */
#define TEST_DEPTH        6
#define TEST_CONTEXT_SIZE 120
#define TEST_LINE_SIZE    400

struct test {
    const char *name;
    const struct options *options;
    void (*complain)(const char *line); /* takes each line of what went wrong, without its end */
    unsigned failures;
    char skip_reason[120]; /* not empty: skipped */

    /* The stack of names: " > run 2 > exit 3", and how much of it stood before each was entered. */
    char context[TEST_CONTEXT_SIZE];
    size_t before[TEST_DEPTH];
    unsigned depth;
};

/* Puts a name in front of what fails until test_leave(), of which each test_enter() needs one. */
void test_enter(struct test *test, const char *format, ...) PRINTF(2, 3);
void test_leave(struct test *test);

/* Each counts a failure and says what was expected; true when all is well. The test goes on. */
#define test_true(test, condition, what) test_true_at(test, __FILE__, __LINE__, condition, what)
#define test_equal(test, what, found, expected) \
    test_equal_at(test, __FILE__, __LINE__, what, found, expected)

bool test_true_at(struct test *test, const char *file, unsigned line, bool condition,
                  const char *what);
bool test_equal_at(struct test *test, const char *file, unsigned line, const char *what,
                   uint64_t found, uint64_t expected);

/* Marks the test as skipped; the caller returns then. */
void test_skip(struct test *test, const char *format, ...) PRINTF(2, 3);

#endif
