/* SPDX-License-Identifier: BSD-2-Clause */
/* test.c - see test.h. PURE. */
#include "test.h"

/* --- where ------------------------------------------------------------------------------------ */

static size_t length_of(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

void test_enter(struct test *test, const char *format, ...)
{
    size_t length = length_of(test->context);
    struct text_buffer buffer;
    va_list arguments;

    if (test->depth++ >= TEST_DEPTH)
        return;
    test->before[test->depth - 1] = length;
    text_buffer_init(&buffer, test->context + length, sizeof(test->context) - length);
    out_printf(&buffer.out, " > ");
    va_start(arguments, format);
    out_vprintf(&buffer.out, format, arguments);
    va_end(arguments);
}

void test_leave(struct test *test)
{
    if (--test->depth < TEST_DEPTH)
        test->context[test->before[test->depth]] = 0;
}

/* --- what ------------------------------------------------------------------------------------- */

static void PRINTF(4, 5)
    fail(struct test *test, const char *file, unsigned line, const char *format, ...)
{
    char text[TEST_LINE_SIZE];
    struct text_buffer buffer;
    va_list arguments;

    test->failures++;
    text_buffer_init(&buffer, text, sizeof(text));
    out_printf(&buffer.out, "# failed: %s:%u: %s%s: ", file, line, test->name, test->context);
    va_start(arguments, format);
    out_vprintf(&buffer.out, format, arguments);
    va_end(arguments);
    test->complain(text);
}

bool test_true_at(struct test *test, const char *file, unsigned line, bool condition,
                  const char *what)
{
    if (!condition)
        fail(test, file, line, "%s", what);
    return condition;
}

bool test_equal_at(struct test *test, const char *file, unsigned line, const char *what,
                   uint64_t found, uint64_t expected)
{
    if (found != expected)
        fail(test, file, line, "%s: expected 0x%lx, found 0x%lx", what, (unsigned long)expected,
             (unsigned long)found);
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
