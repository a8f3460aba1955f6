/* SPDX-License-Identifier: BSD-2-Clause */
/* framebuffer_tag.c - see framebuffer_tag.h. PURE. */
#include "boot/framebuffer_tag.h"

static struct framebuffer_field field_of_tag(struct mb2_color_field field)
{
    return (struct framebuffer_field){.position = field.position, .size = field.size};
}

static struct framebuffer_mode mode_of(const struct mb2_framebuffer *tag)
{
    return (struct framebuffer_mode){
        .address = tag->address,
        .pitch = tag->pitch,
        .width = tag->width,
        .height = tag->height,
        .bits = tag->bpp,
        .red = field_of_tag(tag->red),
        .green = field_of_tag(tag->green),
        .blue = field_of_tag(tag->blue),
    };
}

/* True where a byte of the mode's pixels is available memory. */
static bool is_memory(const struct mb2_info *info, const struct framebuffer_mode *mode)
{
    const uint64_t end = mode->address + framebuffer_bytes(mode);
    uint64_t at = mode->address;

    while (at < end)
        if (mb2_memory_available(info, at, &at))
            return true;
    return false;
}

const char *framebuffer_tag_refusal(const struct mb2_info *info, const struct font *font,
                                    struct framebuffer_mode *mode)
{
    const char *refusal;

    if (info->framebuffer.type == MB2_FRAMEBUFFER_INDEXED)
        return "its colors are a palette's: choose a mode of 15 bits or more (GRUB: gfxpayload)";
    if (info->framebuffer.type != MB2_FRAMEBUFFER_RGB)
        return "its type is unknown";
    *mode = mode_of(&info->framebuffer);
    refusal = framebuffer_refusal(mode, font);
    if (!refusal && is_memory(info, mode))
        refusal = "it lies in memory that the memory map calls available";
    return refusal;
}
