/* SPDX-License-Identifier: BSD-2-Clause */
/* format.c - see format.h. PURE: no state, no allocation. */
#include "format.h"

struct spec {
    bool left;
    bool zero;
    bool is_signed;
    int width;
    int precision; /* -1: none */
    unsigned base;
    unsigned longs; /* 0 int, 1 long, 2 long long, 1 for size_t too */
};

static void put_repeat(struct out *out, char c, int count)
{
    for (; count > 0; count--)
        out->put(out, c);
}

static void put_char(struct out *out, char c, const struct spec *spec)
{
    if (!spec->left)
        put_repeat(out, ' ', spec->width - 1);
    out->put(out, c);
    if (spec->left)
        put_repeat(out, ' ', spec->width - 1);
}

static void put_text(struct out *out, const char *text, const struct spec *spec)
{
    int length = 0;

    while ((spec->precision < 0 || length < spec->precision) && text[length])
        length++;
    if (!spec->left)
        put_repeat(out, ' ', spec->width - length);
    for (int i = 0; i < length; i++)
        out->put(out, text[i]);
    if (spec->left)
        put_repeat(out, ' ', spec->width - length);
}

static void put_number(struct out *out, uint64_t value, const struct spec *spec)
{
    char digits[24];
    int count = 0;
    bool negative = spec->is_signed && (int64_t)value < 0;

    if (negative)
        value = 0 - value;
    do {
        digits[count++] = "0123456789abcdef"[value % spec->base];
        value /= spec->base;
    } while (value);

    int padding = spec->width - count - negative;
    if (!spec->left && !spec->zero)
        put_repeat(out, ' ', padding);
    if (negative)
        out->put(out, '-');
    if (!spec->left && spec->zero)
        put_repeat(out, '0', padding);
    while (count)
        out->put(out, digits[--count]);
    if (spec->left)
        put_repeat(out, ' ', padding);
}

static const char *parse_digits(const char *at, int *number)
{
    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        *number = *number * 10 + (*at - '0');
    return at;
}

/*
 * va_list is an array type on some machines and a scalar on others; inside a struct it is passed
 * by address the same way on all.
 */
struct cursor {
    va_list arguments;
};

static const char *parse_number(const char *at, int *number, struct cursor *cursor)
{
    if (*at != '*')
        return parse_digits(at, number);
    *number = va_arg(cursor->arguments, int);
    return at + 1;
}

/* Reads flags, width, precision and length; returns where the conversion letter stands. */
static const char *parse_spec(const char *at, struct spec *spec, struct cursor *cursor)
{
    *spec = (struct spec){.precision = -1, .base = 10};
    for (; *at == '-' || *at == '0'; at++)
        *(*at == '-' ? &spec->left : &spec->zero) = true;
    at = parse_number(at, &spec->width, cursor);
    if (spec->width < 0) { /* a * can bring the minus flag with it */
        spec->left = true;
        spec->width = -spec->width;
    }
    if (*at == '.')
        at = parse_number(at + 1, &spec->precision, cursor);
    for (; *at == 'l' || *at == 'z'; at++)
        spec->longs++;
    return at;
}

static uint64_t next_number(const struct spec *spec, struct cursor *cursor)
{
    if (spec->longs >= 2)
        return va_arg(cursor->arguments, unsigned long long);
    if (spec->longs == 1) {
        unsigned long value = va_arg(cursor->arguments, unsigned long);
        return spec->is_signed ? (uint64_t)(long)value : value;
    }
    unsigned value = va_arg(cursor->arguments, unsigned);
    return spec->is_signed ? (uint64_t)(int)value : value;
}

static void put_pointer(struct out *out, const void *pointer)
{
    const struct spec spec = {.zero = true, .width = 16, .base = 16};

    out->put(out, '0');
    out->put(out, 'x');
    put_number(out, (uintptr_t)pointer, &spec);
}

static void put_string(struct out *out, const char *text, const struct spec *spec)
{
    put_text(out, text ? text : "(null)", spec);
}

/* Returns false when `letter` is no conversion that we know; nothing is printed then. */
static bool convert(struct out *out, char letter, struct spec *spec, struct cursor *cursor)
{
    switch (letter) {
    case '%':
        out->put(out, '%');
        return true;
    case 'c':
        put_char(out, (char)va_arg(cursor->arguments, int), spec);
        return true;
    case 's':
        put_string(out, va_arg(cursor->arguments, const char *), spec);
        return true;
    case 'p':
        put_pointer(out, va_arg(cursor->arguments, const void *));
        return true;
    case 'd':
        spec->is_signed = true;
        break;
    case 'x':
        spec->base = 16;
        break;
    case 'u':
        break;
    default:
        return false;
    }
    put_number(out, next_number(spec, cursor), spec);
    return true;
}

void out_vprintf(struct out *out, const char *format, va_list arguments)
{
    struct cursor cursor;

    va_copy(cursor.arguments, arguments);
    while (*format) {
        const char *start = format;
        struct spec spec;

        if (*format != '%') {
            out->put(out, *format++);
            continue;
        }
        format = parse_spec(format + 1, &spec, &cursor);
        if (*format && convert(out, *format, &spec, &cursor))
            format++;
        else
            while (start < format)
                out->put(out, *start++);
    }
    va_end(cursor.arguments);
}

void out_printf(struct out *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    out_vprintf(out, format, arguments);
    va_end(arguments);
}

static void text_buffer_put(struct out *out, char c)
{
    struct text_buffer *buffer = (struct text_buffer *)out;

    if (buffer->length + 1 < buffer->size) {
        buffer->text[buffer->length] = c;
        buffer->text[buffer->length + 1] = '\0';
    }
    buffer->length++;
}

void text_buffer_init(struct text_buffer *buffer, char *text, size_t size)
{
    *buffer = (struct text_buffer){.out = {text_buffer_put}, .text = text, .size = size};
    text[0] = '\0';
}
