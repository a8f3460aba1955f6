/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_boot_test.c - what the kernel's self-tests say when a comparison fails: where it stands, in
 * which contexts, what was expected. Nothing is said of one that holds.
 */
#include <string.h>

#include "boot/test.h"
#include "support.h"

static char said[TEST_LINE_SIZE]; /* the last complaint; empty: none */
static unsigned complaints;

static void complain(const char *line)
{
    complaints++;
    snprintf(said, sizeof(said), "%s", line);
}

static struct test new_test(void)
{
    const struct test test = {.name = "arch.sample", .complain = complain};

    complaints = 0;
    said[0] = 0;
    return test;
}

/* What was said is "# failed: THIS FILE:LINE: REST". */
static void expect_said(unsigned line, const char *rest)
{
    char expected[TEST_LINE_SIZE];

    snprintf(expected, sizeof(expected), "# failed: %s:%u: %s", __FILE__, line, rest);
    expect(!strcmp(said, expected), "said is\n%s\nexpected\n%s", said, expected);
}

static void what_holds_is_silent(void **state)
{
    struct test test = new_test();

    (void)state;
    expect(test_true(&test, true, "yes"), "test_true() of what is true");
    expect(test_equal(&test, "number", 7, 7), "test_equal() of equals");
    expect(test_equal(&test, "number", UINT64_MAX, UINT64_MAX), "test_equal() of equals");
    expect(!complaints && !test.failures, "%u complaints, %u failures", complaints, test.failures);
    assert_int_equal(wrong, 0);
}

static void what_fails_says_where(void **state)
{
    struct test test = new_test();
    unsigned line = __LINE__ + 3;

    (void)state;
    expect(!test_true(&test, false, "the door is shut"), "test_true() of what is false");
    expect_said(line, "arch.sample: the door is shut");
    expect(!test_equal(&test, "RIP", UINT64_C(0x8000000000001015), 0x1017), "test_equal()");
    expect_said(line + 2, "arch.sample: RIP: expected 0x1017, found 0x8000000000001015");
    expect(test.failures == 2 && complaints == 2, "%u failures", test.failures);
    assert_int_equal(wrong, 0);
}

static void contexts_stand_in_order(void **state)
{
    struct test test = new_test();

    (void)state;
    test_enter(&test, "run %u", 2u);
    test_enter(&test, "%s", "exit 3");
    test_true(&test, false, "a");
    expect_said(__LINE__ - 1, "arch.sample > run 2 > exit 3: a");
    test_leave(&test);
    test_true(&test, false, "b");
    expect_said(__LINE__ - 1, "arch.sample > run 2: b");
    test_enter(&test, "exit %d", 4);
    test_true(&test, false, "c");
    expect_said(__LINE__ - 1, "arch.sample > run 2 > exit 4: c");
    test_leave(&test);
    test_leave(&test);
    test_true(&test, false, "d");
    expect_said(__LINE__ - 1, "arch.sample: d");
    expect(test.depth == 0, "depth %u", test.depth);
    assert_int_equal(wrong, 0);
}

/* Those that are too deep are counted, so that each test_leave() takes its own away. */
static void contexts_beyond_the_depth(void **state)
{
    struct test test = new_test();

    (void)state;
    for (unsigned i = 0; i < TEST_DEPTH + 3; i++)
        test_enter(&test, "%u", i);
    test_true(&test, false, "deep");
    expect_said(__LINE__ - 1, "arch.sample > 0 > 1 > 2 > 3 > 4 > 5: deep");
    for (unsigned i = TEST_DEPTH + 3; i > 2; i--)
        test_leave(&test);
    test_true(&test, false, "less deep");
    expect_said(__LINE__ - 1, "arch.sample > 0 > 1: less deep");
    test_leave(&test);
    test_leave(&test);
    expect(test.depth == 0 && !test.context[0], "depth %u, \"%s\"", test.depth, test.context);
    assert_int_equal(wrong, 0);
}

/* What does not fit is cut, and what stood before is there again afterwards. */
static void contexts_that_are_too_long(void **state)
{
    struct test test = new_test();
    char name[TEST_CONTEXT_SIZE], text[TEST_LINE_SIZE];

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    test_enter(&test, "short");
    for (unsigned i = 0; i < 3; i++)
        test_enter(&test, "%s", name);
    expect(strlen(test.context) == TEST_CONTEXT_SIZE - 1, "%zu characters", strlen(test.context));
    snprintf(text, sizeof(text), "arch.sample%s: cut", test.context);
    test_true(&test, false, "cut");
    expect_said(__LINE__ - 1, text);
    for (unsigned i = 0; i < 3; i++)
        test_leave(&test);
    expect(!strcmp(test.context, " > short"), "context is \"%s\"", test.context);
    assert_int_equal(wrong, 0);
}

/* A long text is cut at the end, never where it stands. */
static void lines_that_are_too_long(void **state)
{
    struct test test = new_test();
    char what[2 * TEST_LINE_SIZE];

    (void)state;
    memset(what, 'w', sizeof(what) - 1);
    what[sizeof(what) - 1] = 0;
    test_true(&test, false, what);
    expect(strlen(said) == TEST_LINE_SIZE - 1, "%zu characters", strlen(said));
    expect(!strncmp(said, "# failed: " __FILE__, sizeof("# failed: " __FILE__) - 1), "%s", said);
    assert_int_equal(wrong, 0);
}

static void skips_have_a_reason(void **state)
{
    struct test test = new_test();

    (void)state;
    test_skip(&test, "needs \"%s\" (bit %u)", "EPT", 1u);
    assert_string_equal(test.skip_reason, "needs \"EPT\" (bit 1)");
    assert_int_equal(test.failures, 0);
    assert_int_equal(complaints, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_holds_is_silent),       TEST(what_fails_says_where),
        TEST(contexts_stand_in_order),    TEST(contexts_beyond_the_depth),
        TEST(contexts_that_are_too_long), TEST(lines_that_are_too_long),
        TEST(skips_have_a_reason),
    };

    return cmocka_run_group_tests_name("boot_test", tests, NULL, NULL);
}
