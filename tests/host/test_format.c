/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_format.c - out_printf against tables, and against libc's snprintf where both define the
 * result; the text buffer at every size.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format.h"

/* Counts what is wrong and goes on; each test ends by asserting that nothing was. */
static unsigned wrong;

static int start_counting(void **state)
{
    (void)state;
    wrong = 0;
    return 0;
}

static void expect_text(const char *what, const char *format, const char *got, const char *wanted)
{
    if (strcmp(got, wanted) == 0)
        return;
    print_error("%s \"%s\": \"%s\", not \"%s\"\n", what, format, got, wanted);
    wrong++;
}

static void format_text(char text[256], const char *format, va_list arguments)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, 256);
    out_vprintf(&buffer.out, format, arguments);
}

/* A row: the text expected, the format, its arguments. libc must agree with the table. */
static void PRINTF(2, 3) same(const char *expected, const char *format, ...)
{
    char ours[256], libc[256];
    va_list arguments;

    va_start(arguments, format);
    format_text(ours, format, arguments);
    va_end(arguments);
    va_start(arguments, format);
    vsnprintf(libc, sizeof(libc), format, arguments);
    va_end(arguments);
    expect_text("out_printf", format, ours, expected);
    expect_text("snprintf", format, libc, expected);
}

/* A row that libc does not define, or defines otherwise. */
static void only_ours(const char *expected, const char *format, ...)
{
    char ours[256];
    va_list arguments;

    va_start(arguments, format);
    format_text(ours, format, arguments);
    va_end(arguments);
    expect_text("out_printf", format, ours, expected);
}

static void plain(void **state)
{
    (void)state;
    same("text", "text");
    same("%", "%%");
    same("100%\n", "%d%%\n", 100);
    same("a b", "%c %c", 'a', 'b');
    same("tab\there", "tab%chere", '\t');
    assert_int_equal(wrong, 0);
}

static void signed_numbers(void **state)
{
    (void)state;
    same("0", "%d", 0);
    same("-1", "%d", -1);
    same("2147483647", "%d", INT_MAX);
    same("-2147483648", "%d", INT_MIN);
    same("-9223372036854775808", "%ld", LONG_MIN);
    same("9223372036854775807", "%ld", LONG_MAX);
    same("-9223372036854775808", "%lld", LLONG_MIN);
    same("9223372036854775807", "%lld", LLONG_MAX);
    same("-5", "%zd", (ssize_t)-5);
    assert_int_equal(wrong, 0);
}

static void unsigned_numbers(void **state)
{
    (void)state;
    same("0", "%u", 0u);
    same("4294967295", "%u", UINT_MAX);
    same("18446744073709551615", "%lu", ULONG_MAX);
    same("18446744073709551615", "%llu", ULLONG_MAX);
    same("18446744073709551615", "%zu", SIZE_MAX);
    same("0", "%x", 0u);
    same("ffffffff", "%x", UINT_MAX);
    same("ffffffffffffffff", "%lx", ULONG_MAX);
    same("123456789abcdef", "%lx", 0x123456789abcdeful);
    same("deadbeef", "%llx", 0xdeadbeefull);
    same("10", "%zx", (size_t)16);
    assert_int_equal(wrong, 0);
}

static void widths(void **state)
{
    (void)state;
    same("[    7]", "[%5d]", 7);
    same("[7    ]", "[%-5d]", 7);
    same("[00007]", "[%05d]", 7);
    same("[   -7]", "[%5d]", -7);
    same("[-7   ]", "[%-5d]", -7);
    same("[-0007]", "[%05d]", -7);
    same("[123456]", "[%5d]", 123456);
    same("[-123456]", "[%05d]", -123456);
    same("[0x0000000000000480]", "[0x%016lx]", 0x480ul);
    same("[    7]", "[%*d]", 5, 7);
    same("[7    ]", "[%-*d]", 5, 7);
    same("[7    ]", "[%*d]", -5, 7);
    same("[00007]", "[%0*d]", 5, 7);
    same("[7]", "[%0d]", 7);
    same("[7]", "[%*d]", 0, 7);
    same("[    a]", "[%5c]", 'a');
    same("[a    ]", "[%-5c]", 'a');
    only_ours("[7    ]", "[%-05d]", 7);
    only_ours("[7    ]", "[%0-5d]", 7);
    assert_int_equal(wrong, 0);
}

static void strings(void **state)
{
    static const char unterminated[3] = {'a', 'b', 'c'};

    (void)state;
    same("", "%s", "");
    same("text", "%s", "text");
    same("[  ab]", "[%4s]", "ab");
    same("[ab  ]", "[%-4s]", "ab");
    same("[abcdef]", "[%4s]", "abcdef");
    same("[ab]", "[%.2s]", "abcdef");
    same("[]", "[%.0s]", "abcdef");
    same("[]", "[%.s]", "abcdef");
    same("[abc]", "[%.9s]", "abc");
    same("[  ab]", "[%4.2s]", "abcdef");
    same("[ab  ]", "[%-4.2s]", "abcdef");
    same("[ab]", "[%.*s]", 2, "abcdef");
    same("[abcdef]", "[%.*s]", -1, "abcdef");
    same("[  ab]", "[%*.*s]", 4, 2, "abcdef");
    same("[abc]", "[%.3s]", unterminated);
    assert_int_equal(wrong, 0);
}

static void null_string(void **state)
{
    (void)state;
    only_ours("[(null)]", "[%s]", (const char *)NULL);
    only_ours("[  (null)]", "[%8s]", (const char *)NULL);
    assert_int_equal(wrong, 0);
}

static void pointers(void **state)
{
    (void)state;
    only_ours("0x0000000000000000", "%p", (void *)NULL);
    only_ours("0xffffffff80000000", "%p", (void *)0xffffffff80000000);
    only_ours("0x0000000000000001 7", "%p %d", (void *)1, 7);
    assert_int_equal(wrong, 0);
}

/* What is not understood is seen as it stands; nothing is taken from the arguments for it. */
static void unknown_conversions(void **state)
{
    (void)state;
    only_ours("%q", "%q");
    only_ours("%i 7", "%i %d", 7);
    only_ours("%f", "%f");
    only_ours("%X", "%X");
    only_ours("%o", "%o");
    only_ours("%n", "%n");
    only_ours("%-08q", "%-08q");
    only_ours("%+d", "%+d");
    only_ours("% d", "% d");
    only_ours("%#x", "%#x");
    only_ours("%hhd", "%hhd");
    only_ours("%", "%");
    only_ours("100%", "100%");
    only_ours("%5", "%5");
    only_ours("%ll", "%ll");
    only_ours("%-", "%-");
    only_ours("%.", "%.");
    assert_int_equal(wrong, 0);
}

static void many_arguments(void **state)
{
    (void)state;
    same("1 2 3 4 5 6 7 8 9 a b c", "%d %u %ld %lu %lld %llu %zu %x %lx %c %s %.1s", 1, 2u, 3l, 4ul,
         5ll, 6ull, (size_t)7, 8u, 9ul, 'a', "b", "cd");
    assert_int_equal(wrong, 0);
}

/* Numbers of all lengths, one bit at a time. */
static void every_bit(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t value = (BIT64(bit) - 1) | BIT64(bit);
        char expected[128];

        snprintf(expected, sizeof(expected), "%lx %016lx %lu %ld %20ld", value, value, value,
                 (long)value, (long)-value);
        same(expected, "%lx %016lx %lu %ld %20ld", value, value, value, (long)value, (long)-value);
    }
    assert_int_equal(wrong, 0);
}

/* Each size, in memory of just that size: cut, terminated, and the whole length counted. */
static void buffer_sizes(void **state)
{
    static const char whole[] = "msr 0x480 absent";

    (void)state;
    for (size_t size = 1; size <= sizeof(whole) + 1; size++) {
        struct text_buffer buffer;
        char *text = malloc(size);
        size_t kept = size - 1 < sizeof(whole) - 1 ? size - 1 : sizeof(whole) - 1;

        assert_non_null(text);
        memset(text, 'x', size);
        text_buffer_init(&buffer, text, size);
        assert_string_equal(text, "");
        assert_int_equal(buffer.length, 0);
        out_printf(&buffer.out, "msr 0x%x %s", 0x480, "absent");
        assert_int_equal(strlen(text), kept);
        assert_memory_equal(text, whole, kept);
        assert_int_equal(buffer.length, sizeof(whole) - 1);
        out_printf(&buffer.out, "%c", '!'); /* nothing more fits, but it is counted */
        assert_int_equal(buffer.length, sizeof(whole));
        free(text);
    }
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain),
        TEST(signed_numbers),
        TEST(unsigned_numbers),
        TEST(widths),
        TEST(strings),
        TEST(null_string),
        TEST(pointers),
        TEST(unknown_conversions),
        TEST(many_arguments),
        TEST(every_bit),
        TEST(buffer_sizes),
    };

    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
