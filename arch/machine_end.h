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

/* What END_POWER_OFF and END_RESET use. Maps registers that are in memory. */
void machine_end_power(const struct power *power);

/*
 * Ends the run: `passed` chooses the exit status where the machine has one. What does not work
 * falls to the next, and in the end to a halt. Each such failure is one line and the verdict once
 * more, so that the verdict is the last line whatever happens; END_AUTO is silent.
 */
NORETURN void machine_end(bool passed);

#endif
