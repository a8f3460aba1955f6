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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_replay)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
