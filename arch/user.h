/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user.h - the kernel's only way to memory of ring 3: any address may be given, and a bad one is
 * an answer. SDM: "Determination of Access Rights" (SMAP).
 */
#ifndef LINTEL_ARCH_USER_H
#define LINTEL_ARCH_USER_H

#include "base.h"

/* True when all of [user, user + size) is in the lower half, below USER_END. */
bool user_range(uint64_t user, uint64_t size);

/* False: not an address of ring 3, or not mapped so; some bytes may have been copied. */
MUST_CHECK bool user_copy_in(void *to, uint64_t user, size_t size);
MUST_CHECK bool user_copy_out(uint64_t user, const void *from, size_t size);

/* True: VERW before each return to ring 3, be it from a call or an interrupt. Written at boot. */
extern bool user_clear_buffers;
extern const uint16_t verw_selector; /* its operand */

#endif
