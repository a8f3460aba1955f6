/* SPDX-License-Identifier: BSD-2-Clause */
/* vga.h - VGA text mode, 80 by 25, as a screen. */
#ifndef LINTEL_ARCH_VGA_H
#define LINTEL_ARCH_VGA_H

#include "screen.h"

/* Clears the display and makes it a screen. Only where it is known to be in text mode. */
void vga_init(struct screen *screen);

#endif
