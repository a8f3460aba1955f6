/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap.h - the outcomes of a run, as TAP 14 (Test Anything Protocol): a plan `1..N`, a line for each
 * outcome, and the verdict. One run, one numbering: self-tests and guests count alike. Machine.
 */
#ifndef LINTEL_BOOT_TAP_H
#define LINTEL_BOOT_TAP_H

#include "base.h"

/*
 * Begins a run of `tests` outcomes and one for each of `guests`. A guest may never end, so with
 * guests the plan comes at the end.
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

/*
 * Prints the plan, unless tap_begin() did, and the verdict. True: something passed, nothing failed.
 */
MUST_CHECK bool tap_end(void);

#endif
