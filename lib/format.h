/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * format.h - text output to any sink: the console, a buffer, a test.
 *
 * A sink is one function that takes characters. Pure code gets a `struct out` from its caller, so
 * that it knows nothing of consoles.
 */
#ifndef LINTEL_FORMAT_H
#define LINTEL_FORMAT_H

#include "base.h"

struct out {
    void (*put)(struct out *out, char c);
};

/*
 * Formats like printf, to `out`. Understood: %c %s %d %u %x %p %%, the lengths l, ll and z, a minus
 * or zero flag, width (digits or *), and the precision of %s (digits or *). %p prints 0x and 16
 * digits. An unknown conversion is printed as it stands, so that it is seen.
 */
void out_printf(struct out *out, const char *format, ...) PRINTF(2, 3);
void out_vprintf(struct out *out, const char *format, va_list arguments) PRINTF(2, 0);

/* A sink that fills a buffer of `size` bytes (at least 1), always terminated by NUL. */
struct text_buffer {
    struct out out;
    char *text;
    size_t size;
    size_t length; /* of the whole text, even where it did not fit: cut when length >= size */
};

void text_buffer_init(struct text_buffer *buffer, char *text, size_t size);

#endif
