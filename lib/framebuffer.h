/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * framebuffer.h - a display of pixels in memory as a screen of characters.
 *
 * What a pixel is made of comes from the boot loader: 15 to 32 bits, each color anywhere in them.
 * The memory is written only, eight bytes at a time. Pure: `pixels` may be any memory.
 */
#ifndef LINTEL_FRAMEBUFFER_H
#define LINTEL_FRAMEBUFFER_H

#include "screen.h"

/* `size` bits of a pixel from `position` upwards. */
struct framebuffer_field {
    uint8_t position, size;
};

/* As the boot loader says it: nothing here has been checked. */
struct framebuffer_mode {
    uint64_t address;              /* physical */
    uint32_t pitch, width, height; /* bytes from row to row; pixels */
    uint8_t bits;                  /* of a pixel */
    struct framebuffer_field red, green, blue;
};

/*
 * Why no text can be shown in this mode, or NULL: it can. Then all of the pixels lie within
 * SCREEN_MAX bytes from the address, which do not wrap.
 */
const char *framebuffer_refusal(const struct framebuffer_mode *mode, const struct font *font);

/* From the first to the last pixel; of a mode that is not refused. */
uint64_t framebuffer_bytes(const struct framebuffer_mode *mode);

struct framebuffer {
    struct screen screen;
    struct framebuffer_mode mode;
    struct font font;
    uint8_t *pixels;
    unsigned zoom; /* each of the font's pixels is so many wide and high */
    struct {
        uint32_t ink, paper;
    } colors[SCREEN_COLORS]; /* as pixels */
};

/* Clears the display at `pixels`, of a mode that is not refused, and makes it a screen. */
void framebuffer_init(struct framebuffer *framebuffer, const struct framebuffer_mode *mode,
                      const struct font *font, void *pixels);

#endif
