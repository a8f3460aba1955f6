/* SPDX-License-Identifier: BSD-2-Clause */
/* user.c - see user.h. */
#include "user.h"

#include "insn.h"
#include "layout.h"

bool user_clear_buffers PUBLISHED;
const uint16_t verw_selector = SELECTOR_DATA;

bool user_range(uint64_t user, uint64_t size)
{
    return user < USER_END && size <= USER_END - user;
}

static bool copy(void *to, const void *from, size_t size)
{
    bool guarded = has_any(read_cr4(), BIT64(CR4_smap)), done;

    if (guarded)
        stac();
    done = copy_safe(to, from, size);
    if (guarded)
        clac();
    return done;
}

bool user_copy_in(void *to, uint64_t user, size_t size)
{
    return user_range(user, size) && copy(to, (const void *)user, size);
}

bool user_copy_out(uint64_t user, const void *from, size_t size)
{
    return user_range(user, size) && copy((void *)user, from, size);
}
