/* SPDX-License-Identifier: BSD-2-Clause */
/* console.c - see console.h. */
#include "console.h"

static struct out *sinks[CONSOLE_SINKS];
static unsigned sink_count;

static void console_put(struct out *out, char c)
{
    (void)out;
    for (unsigned i = 0; i < sink_count; i++)
        sinks[i]->put(sinks[i], c);
}

struct out console = {console_put};

void console_add(struct out *sink)
{
    if (sink_count < CONSOLE_SINKS)
        sinks[sink_count++] = sink;
}

void print_arguments(const char *format, va_list arguments)
{
    out_vprintf(&console, format, arguments);
}

void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
}
