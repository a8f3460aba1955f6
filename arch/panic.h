/* SPDX-License-Identifier: BSD-2-Clause */
/* panic.h - the end of the run where it cannot go on, with a backtrace in function names. */
#ifndef LINTEL_ARCH_PANIC_H
#define LINTEL_ARCH_PANIC_H

#include "base.h"

/* Prints `panic: ...`, a backtrace from here and TAP's `Bail out!`, and ends the run as failed. */
NORETURN void panic(const char *format, ...) PRINTF(1, 2);

/* The same, with the backtrace of the code at `rip` whose registers are `rsp` and `rbp`. */
NORETURN void panic_at(uint64_t rip, uint64_t rsp, uint64_t rbp, const char *format, ...)
    PRINTF(4, 5);

/*
 * Prints the chain of return addresses that starts at `rip` with frame pointer `rbp`. `rsp` tells
 * the caller where `rip` is not the kernel's code.
 */
void backtrace(uint64_t rip, uint64_t rsp, uint64_t rbp);

/*
 * The function that holds `address`, and how far into it; NULL outside the kernel's text. The
 * table is made by the build (symbols.awk) and linked in.
 */
const char *symbol_name(uint64_t address, uint64_t *offset);

/* True from the first panic on: the other processors stop at their next NMI. */
bool panic_is_on(void);

#endif
