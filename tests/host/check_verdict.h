/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_verdict.h - for tests that judge VM entries given as NAME=VALUE: the verdict, as ids and as
 * what is printed of it.
 */
#ifndef LINTEL_TESTS_CHECK_VERDICT_H
#define LINTEL_TESTS_CHECK_VERDICT_H

#include <stdio.h>
#include <string.h>

#include "vmx/check/fields.h"
#include "support.h"

struct verdict {
    struct check_input in;
    struct check_result result;
    char broken[4096], likely[1024]; /* ids, with a blank between them */
    char text[1 << 15];              /* what check_print() and check_print_limits() say */
};

static void add_id(char *ids, size_t size, const char *id)
{
    size_t length = strlen(ids);

    snprintf(ids + length, size - length, "%s%s", length ? " " : "", id);
}

/* `fields` must stay while the verdict is used. */
static UNUSED void verdict_of(struct verdict *verdict, struct fields *fields)
{
    struct text_buffer buffer;

    fields_input(&verdict->in, fields);
    check_entry(&verdict->in, &verdict->result);
    verdict->broken[0] = verdict->likely[0] = 0;
    for (unsigned i = 0; i < verdict->result.count && i < CHECK_BROKEN_MAX; i++)
        add_id(verdict->broken, sizeof(verdict->broken), verdict->result.broken[i]->id);
    for (unsigned i = 0; i < verdict->result.likely_count; i++)
        add_id(verdict->likely, sizeof(verdict->likely), verdict->result.likely[i]->id);
    text_buffer_init(&buffer, verdict->text, sizeof(verdict->text));
    check_print(&buffer.out, &verdict->in, &verdict->result);
    check_print_limits(&buffer.out, &verdict->in, &verdict->result);
}

/* Whether `word` stands among the words of `words`, up to a `=` in either. */
static UNUSED bool has_word(const char *words, const char *word)
{
    size_t length = strcspn(word, "= ");

    for (const char *at = words; at && *at; at = strchr(at, ' ')) {
        at += strspn(at, " ");
        if (strcspn(at, "= ") == length && !strncmp(at, word, length))
            return true;
    }
    return false;
}

/* --- printed and read back -------------------------------------------------------------------- */

/* Every line of `text`; false at the first that is not understood. */
static bool read_lines(struct fields *fields, const char *text)
{
    for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
        size_t at;
        enum fields_status status = fields_take(fields, text, (size_t)(end - text), &at);

        if (status != FIELDS_OK) {
            print_error("%.60s: %s\n", text + at, fields_status_text(status));
            return false;
        }
    }
    return true;
}

static bool same_rows(const struct check_result *one, const struct check_result *other)
{
    return one->count == other->count && one->likely_count == other->likely_count &&
           one->unknown_count == other->unknown_count &&
           !memcmp(one->broken, other->broken, sizeof(one->broken)) &&
           !memcmp(one->likely, other->likely, sizeof(one->likely));
}

/* What is printed of an entry has the same verdict wherever it is read. */
static UNUSED void expect_same_when_read_back(const struct check_input *in, const char *what)
{
    static char text[1 << 17];
    static struct fields fields;
    struct check_result result, result_back;
    struct check_input back;
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, sizeof(text));
    fields_print(&buffer.out, in);
    fields_init(&fields);
    expect(read_lines(&fields, text), "%s: what is printed is not read", what);
    fields_input(&back, &fields);
    check_entry(in, &result);
    check_entry(&back, &result_back);
    expect(same_rows(&result, &result_back), "%s: %u rows are broken, and %u when read back", what,
           result.count, result_back.count);
}

#endif
