/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_machine.h - the machine that the monitor makes for a guest, as the guest finds it.
 *
 * Guest-physical memory is [0, size):
 *
 *   0x0000   empty, so that null pointers of the guest read 0
 *   0x1000   GDT
 *   0x2000   page tables: PML4, PDPT, a directory of 2-MiB pages for the first GiB
 *   0x100000 the guest's segments, where its file says
 *   size     the first stack pointer
 */
#ifndef LINTEL_GUEST_MACHINE_H
#define LINTEL_GUEST_MACHINE_H

#include "ports.h"

#define GUEST_GDT       0x1000
#define GUEST_PML4      0x2000
#define GUEST_PDPT      0x3000
#define GUEST_DIRECTORY 0x4000
#define GUEST_LOWEST    0x100000 /* of its segments */

#define GUEST_TIMER_VECTOR 0x20 /* of its TSC deadline */

/* Text goes out at COM1_PORT; a byte at QEMU_EXIT_PORT ends the guest with it as its status. */
#define GUEST_ACPI_PORT 0x604  /* of two bytes: */
#define GUEST_POWER_OFF 0x2000 /* SLP_EN, and sleeping type 0 */

#endif
