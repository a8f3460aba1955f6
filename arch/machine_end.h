/* SPDX-License-Identifier: BSD-2-Clause */
/* machine_end.h - how the machine stops when the run is over. */
#ifndef LINTEL_ARCH_MACHINE_END_H
#define LINTEL_ARCH_MACHINE_END_H

#include "power.h"

enum machine_end_mode {
    END_AUTO,      /* QEMU's port, then Bochs's, then halt */
    END_QEMU,      /* isa-debug-exit at 0xf4 */
    END_BOCHS,     /* port 0x8900 */
    END_POWER_OFF, /* ACPI's state S5 */
    END_RESET,     /* ACPI's register, the keyboard controller, port 0xcf9, a triple fault */
    END_HALT,
};

/* Sets what machine_end() does; END_AUTO until then. */
void machine_end_mode(enum machine_end_mode mode);

/* Tells what END_POWER_OFF and END_RESET are to use. Maps registers that are in memory. */
void machine_end_power(const struct power *power);

/*
 * Ends the run; `passed` chooses the exit status where the machine has one. If one way does not
 * work the next one is tried, and the last is a halt. Each failure prints one line and then the
 * verdict again, so that the verdict is always the last line; END_AUTO prints nothing.
 */
NORETURN void machine_end(bool passed);

#endif
