/* SPDX-License-Identifier: BSD-2-Clause */
/* print.c - see print.h, and the texts of errors for calls.h. */
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
    console_write(line, length);
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

const char *abi_error_text(int64_t error)
{
    static const char *const texts[] = {
#define ERROR_TEXT(number, name, text) [number] = text,
        ABI_ERRORS(ERROR_TEXT)
#undef ERROR_TEXT
    };

    if (error < 0 && -error < (int64_t)ARRAY_SIZE(texts) && texts[-error])
        return texts[-error];
    return "no error";
}
