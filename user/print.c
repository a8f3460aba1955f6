/* SPDX-License-Identifier: BSD-2-Clause */
/* print.c - see print.h. */
#include "print.h"

#include "calls.h"

static char line[128];
static size_t length;

static void put(struct out *out, char c)
{
    (void)out;
    line[length++] = c;
    if (c != '\n' && length < sizeof(line))
        return;
    (void)sys_console_write((uintptr_t)line, length);
    length = 0;
}

struct out console = {put};

void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    out_vprintf(&console, format, arguments);
    va_end(arguments);
}
