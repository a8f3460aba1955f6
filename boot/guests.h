/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guests.h - the multiboot2 modules: each is a guest (a 64-bit ELF file), run under the monitor
 * after the self-tests, and is a test of its own: guest.NAME, passed when it ends with status 0.
 * Machine.
 */
#ifndef LINTEL_BOOT_GUESTS_H
#define LINTEL_BOOT_GUESTS_H

#include "mb2.h"
#include "selftest.h"

/* Makes the tests; `info` stays. Modules that cannot be used are tests that fail and say why. */
void guests_find(const struct mb2_info *info);

unsigned guests_count(void);
const struct selftest *guests_row(unsigned number);

#endif
