/* SPDX-License-Identifier: BSD-2-Clause */
/* test_text_ring.c - what a console that joins later gets to see: lib/text_ring.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text_ring.h"

#define LOST(count) "\nconsole: the first " #count " characters are lost\n"

/* In a ring of 8 characters. */
static const struct {
    const char *printed, *replayed;
} cases[] = {
    {"", ""},
    {"abc", "abc"},
    {"ab\ncd\nef", "ab\ncd\nef"},
    {"ab\ncd\nefg", LOST(3) "cd\nefg"},
    {"0123456\n9", LOST(8) "9"},
    {"a\nb\nc\nd\ne\nf\n", LOST(6) "d\ne\nf\n"},
    {"one line that is too long", LOST(25)},
    {"one line that is too long\n", LOST(26)},
};

static void test_replay(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        char room[8], text[128];
        struct text_ring ring = TEXT_RING(room);
        struct text_buffer buffer;

        out_printf(&ring.out, "%s", cases[i].printed);
        for (unsigned again = 0; again < 2; again++) { /* it takes nothing out */
            text_buffer_init(&buffer, text, sizeof(text));
            text_ring_replay(&ring, &buffer.out);
            assert_string_equal(text, cases[i].replayed);
        }
    }
}

/* Each call with 4 characters at most: what it gives, and what it does not give before `end`. */
static void test_pieces(void **state)
{
    static const struct {
        const char *printed;
        uint64_t end;
        const char *pieces[4];
    } rows[] = {
        {"", 0, {""}},
        {"abc", 3, {"abc", ""}},
        {"abcdef", 6, {"abcd", "ef", ""}},
        {"abcdef", 5, {"abcd", "e", ""}},
        {"a\nbcdef", 7, {"a\n", "bcde", "f", ""}},
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        char room[8], text[16];
        struct text_ring ring = TEXT_RING(room);
        struct text_buffer buffer;
        volatile uint64_t done = 0;

        out_printf(&ring.out, "%s", rows[i].printed);
        for (unsigned n = 0; n < 4 && rows[i].pieces[n]; n++) {
            text_buffer_init(&buffer, text, sizeof(text));
            text_ring_give(&ring, &done, rows[i].end, 4, &buffer.out);
            assert_string_equal(text, rows[i].pieces[n]);
        }
        assert_int_equal(done, rows[i].end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_replay),
                                       cmocka_unit_test(test_pieces)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
