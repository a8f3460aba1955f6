/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap.h - what a run comes to, as TAP 14 (Test Anything Protocol): a plan `1..N`, a line for each
 * outcome, and the verdict. One run, one numbering: self-tests and guests count alike. Machine.
 */
#ifndef LINTEL_BOOT_TAP_H
#define LINTEL_BOOT_TAP_H

#include "base.h"

/*
 * `tests` outcomes are to come, and one of each of `guests` besides. Nobody knows when a guest
 * ends, or whether: with any, the plan comes at the end.
 */
void tap_begin(unsigned tests, unsigned guests);

/* One outcome. */
void tap_passed(const char *name);
void tap_failed(const char *name);
void tap_skipped(const char *name, const char *why);

/* A line of what went wrong, with its end: red on the screen. */
void tap_complain(const char *format, ...) PRINTF(1, 2);

/* A comment with the counts until now. */
void tap_print_so_far(void);

/* The plan where it was left out, and the verdict. True: something passed, and nothing failed. */
MUST_CHECK bool tap_end(void);

#endif
