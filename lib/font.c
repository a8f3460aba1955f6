/* SPDX-License-Identifier: BSD-2-Clause */
/* font.c - see font.h. PURE. */
#include "font.h"

/*
 *   version 1:  0x36 0x04, mode, bytes of a glyph; glyphs (256, or 512 with bit 0 of mode)
 *   version 2:  0x72 0xb5 0x4a 0x86, then words: version, header's size, flags, number of glyphs,
 *               bytes of a glyph, height, width; glyphs after the header
 */
#define PSF1_HEADER 4
#define PSF2_HEADER 32
#define GLYPHS      128

static uint32_t load32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Takes glyphs of `height` rows after `header` bytes. */
static bool take_glyphs(struct font *font, const uint8_t *data, size_t size, size_t header,
                        uint32_t height)
{
    if (height < FONT_HEIGHT_MIN || height > FONT_HEIGHT_MAX || header > size ||
        size - header < (size_t)GLYPHS * height)
        return false;
    *font = (struct font){.glyphs = data + header, .height = height};
    return true;
}

static bool read_psf2(struct font *font, const uint8_t *data, size_t size)
{
    const uint32_t header = load32(data + 8), glyphs = load32(data + 16);
    const uint32_t bytes = load32(data + 20), height = load32(data + 24), width = load32(data + 28);

    return header >= PSF2_HEADER && glyphs >= GLYPHS && width == FONT_WIDTH && bytes == height &&
           take_glyphs(font, data, size, header, height);
}

bool font_read(struct font *font, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    if (size >= PSF1_HEADER && bytes[0] == 0x36 && bytes[1] == 0x04)
        return take_glyphs(font, bytes, size, PSF1_HEADER, bytes[3]);
    return size >= PSF2_HEADER && load32(bytes) == 0x864ab572 && read_psf2(font, bytes, size);
}

uint8_t font_row(const struct font *font, char c, unsigned row)
{
    const unsigned glyph = c >= ' ' && c <= '~' ? (unsigned)c : '?';

    return row < font->height ? font->glyphs[glyph * font->height + row] : 0;
}
