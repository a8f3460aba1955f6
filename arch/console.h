/* SPDX-License-Identifier: BSD-2-Clause */
/* console.h - messages: each goes to every console that is on. */
#ifndef LINTEL_ARCH_CONSOLE_H
#define LINTEL_ARCH_CONSOLE_H

#include "format.h"
#include "screen.h"

/* The sink of all consoles, for code that prints through a `struct out`. */
extern struct out console;

/*
 * Adds a sink, which must live for ever: it first gets what was printed until now, of which the
 * last CONSOLE_LOG characters are kept. At most CONSOLE_SINKS, later ones are ignored.
 */
#define CONSOLE_SINKS 6
#define CONSOLE_LOG   8192
void console_add_late(struct out *sink);

/* Only gives it that, once more. */
void console_replay(struct out *sink);

/*
 * Adds the screen, of which there is one, as console_add_late() does. It shows colors and the
 * verdict's band; `font` has the shapes of the band's letters.
 */
void console_add_screen(struct screen *screen, const struct font *font);

/*
 * Has `hold` called for each full page of the screen, while nobody else prints; NULL: not any more.
 * Without a screen nothing is held. page_hold.h has what to hold it with.
 */
void console_hold(void (*hold)(struct screen *held));

/* From now on a page is held in console_page_point() only: what comes must not stand still. */
void console_hold_at_points(void);

/* Holds the page if it has no room for so many rows. Nothing that waits for others may call it. */
void console_page_point(unsigned rows);

/* The color of what is printed from now on, on the screen. */
void console_color(enum screen_color color);

/* The last line of a run, alone, and the band on the screen, which is a page's end. */
void console_verdict(unsigned passed, unsigned failed, unsigned skipped);

/* The same line again, where something had to be said behind it: it stays the last one. */
void console_verdict_again(void);

/* True when that verdict is one of a run that passed: something did, and nothing failed. */
static inline bool verdict_passed(unsigned passed, unsigned failed)
{
    return passed != 0 && failed == 0;
}

/* Lines of several processors do not mix; a panic does not wait for whoever was printing. */
void console_break_lock(void);

void print(const char *format, ...) PRINTF(1, 2);
void print_arguments(const char *format, va_list arguments) PRINTF(1, 0);

#endif
