/* SPDX-License-Identifier: BSD-2-Clause */
/* display.h - the screen: text mode or framebuffer, as the boot loader left it. */
#ifndef LINTEL_BOOT_DISPLAY_H
#define LINTEL_BOOT_DISPLAY_H

#include "mb2.h"
#include "options.h"

/*
 * Makes the screen a console, where there is one that `options` want, and prints a line on what it
 * is or why it is not used. Before paging_init().
 */
void display_init(const struct mb2_info *info, const struct options *options);

#endif
