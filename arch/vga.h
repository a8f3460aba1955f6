/* SPDX-License-Identifier: BSD-2-Clause */
/* vga.h - VGA text mode, 80 by 25, as a console. */
#ifndef LINTEL_ARCH_VGA_H
#define LINTEL_ARCH_VGA_H

#include "format.h"

/* Clears the screen and returns its sink. Only where the display is known to be in text mode. */
struct out *vga_init(void);

#endif
