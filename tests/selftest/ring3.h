/* SPDX-License-Identifier: BSD-2-Clause */
/* ring3.h - processes and guests of the kernel's image, run by self-tests. */
#ifndef LINTEL_TESTS_RING3_H
#define LINTEL_TESTS_RING3_H

#include "boot/selftest.h"
#include "kern/task/process.h"

/* What a process may have of the machine's memory, in pages. */
#define RING3_PAGES 4096

/* Starts an image with these arguments (or NULL) and, as its module, another image (or NULL). */
struct process *ring3_start(struct test *test, const char *image, const char *arguments,
                            const char *module);

/* The same, and waits for it; its status, or -1000 where it did not start or end in `seconds`. */
int64_t ring3_run(struct test *test, const char *image, const char *arguments, const char *module,
                  unsigned seconds);

/* Runs a guest under the product's monitor, and expects that status of it. */
void ring3_guest(struct test *test, const char *guest, int64_t status);

/*
 * Bochs 2.7 takes no interrupt of the host in a guest with IF = 0 that runs without exits: there
 * the preemption timer ends the slice. True: the processor has none, and the test is skipped.
 */
bool skipped_without_preemption_timer(struct test *test);

#endif
