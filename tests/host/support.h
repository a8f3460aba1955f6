/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * support.h - what the host tests share: expectations that count and go on.
 *
 * A test calls expect() as often as it likes and ends with assert_int_equal(wrong, 0); its row in
 * the group is set up by start_counting(). So one run shows all that is wrong, not the first.
 */
#ifndef LINTEL_TESTS_SUPPORT_H
#define LINTEL_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base.h"

static unsigned wrong;

/* Prints what was expected, and counts it, unless it is `right`. */
static void PRINTF(2, 3) expect(bool right, const char *format, ...)
{
    char text[21000]; /* the ids of all rows of a table fit */
    va_list arguments;

    if (right)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    print_error("%s\n", text);
    wrong++;
}

static UNUSED int start_counting(void **state)
{
    (void)state;
    wrong = 0;
    return 0;
}

#endif
