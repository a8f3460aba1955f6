/* SPDX-License-Identifier: BSD-2-Clause */
/* page_hold.h - holds a full page of the screen until somebody has read it. */
#ifndef LINTEL_ARCH_PAGE_HOLD_H
#define LINTEL_ARCH_PAGE_HOLD_H

/*
 * Holds each full page of the screen until a key is pressed, but not longer than so many seconds; q
 * ends that. 0: pages are not held. Without a screen nothing is held.
 */
void page_hold(unsigned seconds);

#endif
