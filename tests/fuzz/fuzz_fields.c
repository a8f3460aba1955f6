/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_fields.c - any text as lines of NAME=VALUE: what is printed of it has the same verdict. */
#include "fuzz.h"

#include "vmx/check/fields.h"

/* Takes what can be taken of each line: what stops one is what a person would be told. */
static void take_lines(struct fields *fields, const char *text, size_t size)
{
    while (size) {
        const char *end = memchr(text, '\n', size);
        size_t length = end ? (size_t)(end - text) : size;
        size_t at = 0;
        enum fields_status status = fields_take(fields, text, length, &at);

        HOLDS(at <= length && (status != FIELDS_OK || at == length));
        HOLDS(fields_status_text(status));
        text += length + (end != NULL);
        size -= length + (end != NULL);
    }
}

static void judge(struct fields *fields, struct check_input *in, struct check_result *result)
{
    struct counting_out sink = {.out = {count_char}};

    fields_input(in, fields);
    HOLDS(check_entry(in, result) == (result->count == 0));
    check_print(&sink.out, in, result);
    check_print_limits(&sink.out, in, result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fields fields, again;
    static char text[1 << 17];
    struct check_input in, in_again;
    struct check_result result, result_again;
    struct text_buffer buffer;

    fields_init(&fields);
    take_lines(&fields, (const char *)data, size);
    judge(&fields, &in, &result);

    text_buffer_init(&buffer, text, sizeof(text));
    fields_print(&buffer.out, &in);
    fields_init(&again);
    take_lines(&again, text, strlen(text));
    judge(&again, &in_again, &result_again);
    HOLDS(result.count == result_again.count);
    HOLDS(result.likely_count == result_again.likely_count);
    HOLDS(result.unknown_count == result_again.unknown_count);
    HOLDS(!memcmp(result.broken, result_again.broken, sizeof(result.broken)));
    return 0;
}
