/* SPDX-License-Identifier: BSD-2-Clause */
/* page_hold.c - see page_hold.h. */
#include "page_hold.h"

#include "console.h"
#include "insn.h"
#include "key.h"

static unsigned hold_seconds;

static void hold(struct screen *held)
{
    static char prompt[SCREEN_COLUMNS_MAX];
    struct text_buffer buffer;

    text_buffer_init(&buffer, prompt, sizeof(prompt));
    out_printf(&buffer.out, "-- more -- %s (goes on after %u s)",
               key_possible() ? "any key; q: no more pauses" : "there is no keyboard",
               hold_seconds);
    screen_prompt(held, prompt);
    store_fence();
    if (key_wait(hold_seconds) == KEY_Q)
        console_hold(NULL);
    screen_prompt_ends(held);
    screen_page_begins(held);
}

void page_hold(unsigned seconds)
{
    hold_seconds = seconds;
    console_hold(seconds ? hold : NULL);
}
