/* SPDX-License-Identifier: BSD-2-Clause */
/* console.h - messages: each goes to every console that is on. */
#ifndef LINTEL_ARCH_CONSOLE_H
#define LINTEL_ARCH_CONSOLE_H

#include "format.h"

/* The sink of all consoles, for code that prints through a `struct out`. */
extern struct out console;

/* Adds a sink; it must live for ever. At most CONSOLE_SINKS, later ones are ignored. */
#define CONSOLE_SINKS 6
void console_add(struct out *sink);

/*
 * The same for a sink that could not be opened at the beginning: it first gets what was printed
 * until now, of which the last CONSOLE_LOG characters are kept.
 */
#define CONSOLE_LOG 8192
void console_add_late(struct out *sink);

/* Lines of several processors do not mix; a panic does not wait for whoever was printing. */
void console_break_lock(void);

void print(const char *format, ...) PRINTF(1, 2);
void print_arguments(const char *format, va_list arguments) PRINTF(1, 0);

#endif
