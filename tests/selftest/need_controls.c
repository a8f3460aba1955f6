/* SPDX-License-Identifier: BSD-2-Clause */
/* need_controls.c - see need_controls.h. */
#include "need_controls.h"

#include "msr/report.h"
#include "vmx/platform.h"

static void skip(struct test *test, const char *verb, enum vmx_word_id word, uint64_t bits)
{
    char text[80];
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, sizeof(text));
    report_bit(&buffer.out, host_policy(), word, (unsigned)__builtin_ctzll(bits));
    test_skip(test, "%s %s", verb, text);
}

bool skipped_without_controls(struct test *test, struct controls *controls)
{
    if (controls_build(controls, host_policy()) == S_OK)
        return false;
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        const struct control_result *result = &controls->result[word];
        uint64_t forced = result->forced & controls->request[word].forbidden;

        if (result->missing) {
            skip(test, "needs", control_word_id(word), result->missing);
            break;
        }
        if (forced) {
            skip(test, "cannot do with", control_word_id(word), forced);
            break;
        }
    }
    return true;
}
