/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * share.h - how much memory somebody may still have: what is made for a process counts against the
 * process's share, down to page tables. PURE. Under the kernel lock.
 */
#ifndef LINTEL_KERN_MEM_SHARE_H
#define LINTEL_KERN_MEM_SHARE_H

#include "base.h"

struct share {
    uint64_t pages_left;
};

/* Takes pages out of the share. False: there are not so many. */
MUST_CHECK static inline bool share_charge(struct share *share, uint64_t pages)
{
    if (share->pages_left < pages)
        return false;
    share->pages_left -= pages;
    return true;
}

/* Puts back what share_charge() took. */
static inline void share_refund(struct share *share, uint64_t pages)
{
    share->pages_left += pages;
}

#endif
