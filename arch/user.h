/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user.h - the only way of the kernel to the memory of ring 3. Any address may be given; a bad one
 * gives false. SDM: "Determination of Access Rights" (SMAP).
 */
#ifndef LINTEL_ARCH_USER_H
#define LINTEL_ARCH_USER_H

#include "base.h"

/* True when all of [user, user + size) is in the lower half, below USER_END. */
bool user_range(uint64_t user, uint64_t size);

/*
 * False: not an address of ring 3, or not mapped with the right that is needed; some bytes may have
 * been copied.
 */
MUST_CHECK bool user_copy_in(void *to, uint64_t user, size_t size);
MUST_CHECK bool user_copy_out(uint64_t user, const void *from, size_t size);

/* True: VERW before each return to ring 3, be it from a call or an interrupt. Written at boot. */
extern bool user_clear_buffers;
extern const uint16_t verw_selector; /* its operand */

#endif
