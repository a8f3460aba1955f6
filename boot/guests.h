/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guests.h - the multiboot2 modules: each is a guest (a 64-bit ELF file). All run side by side,
 * each under a monitor of its own. Each is one outcome of the run, guest.NAME, and passes when it
 * ends with status 0. Machine.
 */
#ifndef LINTEL_BOOT_GUESTS_H
#define LINTEL_BOOT_GUESTS_H

#include "mb2.h"

/* Names them; `info` stays. Returns how many there are. */
unsigned guests_find(const struct mb2_info *info);

/*
 * Starts all of them and waits until the last one has ended; with a guest that never ends it does
 * not return. A key of the keyboard or a serial line prints what has ended, and what runs.
 */
void guests_run(void);

#endif
