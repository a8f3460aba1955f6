/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * font.h - the shapes of the characters: a console font in the Linux console's PSF format, either
 * version, 8 pixels wide.
 *
 * Glyph N stands for code N below 128: so it is in the fonts of console-setup. The table of Unicode
 * values after the glyphs is NOT read. Pure.
 */
#ifndef LINTEL_FONT_H
#define LINTEL_FONT_H

#include "base.h"

#define FONT_WIDTH      8
#define FONT_HEIGHT_MIN 8
#define FONT_HEIGHT_MAX 32

struct font {
    const uint8_t *glyphs; /* `height` bytes each: one a row, the leftmost pixel in bit 7 */
    unsigned height;
};

/* False where `size` bytes at `data` are no such font, or lack one of the glyphs 0 to 127. */
MUST_CHECK bool font_read(struct font *font, const void *data, size_t size);

/* One row of a character; of '?' where it is not printable ASCII. */
uint8_t font_row(const struct font *font, char c, unsigned row);

#endif
