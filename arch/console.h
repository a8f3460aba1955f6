/* SPDX-License-Identifier: BSD-2-Clause */
/* console.h - messages: each goes to every console that is on. */
#ifndef LINTEL_ARCH_CONSOLE_H
#define LINTEL_ARCH_CONSOLE_H

#include "format.h"
#include "screen.h"

/* The sink of all consoles, for code that prints through a `struct out`. */
extern struct out console;

/*
 * Adds a sink, which must live for ever. It first gets what was printed before, of which the last
 * CONSOLE_LOG characters are kept. There can be CONSOLE_SINKS sinks; later ones are ignored.
 */
#define CONSOLE_SINKS 6
#define CONSOLE_LOG   8192
void console_add_late(struct out *sink);

/* Only gives it that, once more. */
void console_replay(struct out *sink);

/*
 * Adds the only screen, as console_add_late() adds a sink. It shows colors and the band of the
 * verdict; `font` has the shapes of the letters in the band.
 */
void console_add_screen(struct screen *screen, const struct font *font);

/*
 * Has `hold` called for each full page of the screen, while nobody else prints; NULL: not any more.
 * Without a screen nothing is held. page_hold.h has what to hold it with.
 */
void console_hold(void (*hold)(struct screen *held));

/* From now on only console_page_point() holds a page, since what comes next must not be delayed. */
void console_hold_at_points(void);

/*
 * Holds the page if it has no room for so many rows. Code that other processors wait for must not
 * call it.
 */
void console_page_point(unsigned rows);

/* Sets the color on the screen of what is printed from now on. */
void console_color(enum screen_color color);

/* Prints the last line of a run and, on the screen, the band. The page ends there. */
void console_verdict(unsigned passed, unsigned failed, unsigned skipped);

/*
 * Prints the verdict again after something else had to be printed, so that it stays the last line.
 */
void console_verdict_again(void);

/* True for the verdict of a run that passed: something passed and nothing failed. */
static inline bool verdict_passed(unsigned passed, unsigned failed)
{
    return passed != 0 && failed == 0;
}

/*
 * Lines of several processors do not mix. A panic does not wait for the processor that was
 * printing.
 */
void console_break_lock(void);

/*
 * Takes text of ring 3 in one piece, whose end in the log is `*end`. False: earlier text is not out
 * yet, and this one was not taken. The caller then calls console_drain() until console_is_out(),
 * and may take interrupts in between: each call writes one piece, unless another processor is
 * writing.
 */
MUST_CHECK bool console_offer(const char *text, size_t size, uint64_t *end);
void console_drain(void);
bool console_is_out(uint64_t end);

/* On return it is out on all consoles. */
void print(const char *format, ...) PRINTF(1, 2);
void print_arguments(const char *format, va_list arguments) PRINTF(1, 0);

#endif
