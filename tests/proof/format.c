/* SPDX-License-Identifier: BSD-2-Clause */
/* format.c - proofs about text output: any number, any width, any place in a buffer. */
#include "proof.h"

#include "format.h"

#define SIZE_MAX_BYTES 24

/* No byte is written beyond the buffer, and it is always a string. */
static void prove_buffer(const struct text_buffer *buffer, size_t size)
{
    size_t end = buffer->length < size ? buffer->length : size - 1;

    PROVE(buffer->text[end] == '\0',
          "the text ends where its length says, or where the buffer does");
}

void prove_hexadecimal(void)
{
    char text[SIZE_MAX_BYTES];
    struct text_buffer buffer;
    ANY(uint64_t, value);
    ANY(size_t, size);

    GIVEN(size >= 1 && size <= SIZE_MAX_BYTES);
    text_buffer_init(&buffer, text + SIZE_MAX_BYTES - size, size);
    out_printf(&buffer.out, "0x%016lx", value);

    PROVE(buffer.length == 18, "a 64-bit hexadecimal number takes 16 digits");
    prove_buffer(&buffer, size);
    END_OF_PROOF();
}

void prove_decimal(void)
{
    char text[SIZE_MAX_BYTES];
    struct text_buffer buffer;
    ANY(int, value);
    ANY(int, width);

    GIVEN(value >= -9999 && value <= 9999);
    GIVEN(width >= -8 && width <= 8);
    text_buffer_init(&buffer, text, sizeof(text));
    out_printf(&buffer.out, "%*d", width, value);

    PROVE(buffer.length <= 8 && buffer.length >= (size_t)(width < 0 ? -width : width),
          "a number fills its width");
    prove_buffer(&buffer, sizeof(text));
    END_OF_PROOF();
}
