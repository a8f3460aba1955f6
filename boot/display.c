/* SPDX-License-Identifier: BSD-2-Clause */
/* display.c - see display.h. */
#include "display.h"

#include "arch/console.h"
#include "arch/paging.h"
#include "arch/vga.h"
#include "framebuffer_tag.h"

extern const uint8_t font_start[], font_end[]; /* the file, embedded by the Makefile */

static struct font font;
static struct framebuffer framebuffer; /* its `screen` is used in text mode, too */

/* GRUB reports text mode; where it reports no framebuffer, a BIOS has left text mode. */
static bool is_text_mode(const struct mb2_info *info)
{
    if (mb2_has(info, MB2_TAG_FRAMEBUFFER))
        return info->framebuffer.type == MB2_FRAMEBUFFER_EGA_TEXT;
    return !mb2_has(info, MB2_TAG_EFI32_SYSTEM_TABLE) && !mb2_has(info, MB2_TAG_EFI64_SYSTEM_TABLE);
}

static void add_text_mode(void)
{
    vga_init(&framebuffer.screen);
    console_add_screen(&framebuffer.screen, &font);
    print("screen: VGA text, %ux%u characters\n", framebuffer.screen.columns,
          framebuffer.screen.rows);
}

static void add_framebuffer(const struct mb2_info *info)
{
    struct framebuffer_mode mode;
    const char *refusal = "the loader reports none";

    if (mb2_has(info, MB2_TAG_FRAMEBUFFER))
        refusal = framebuffer_tag_refusal(info, &font, &mode);
    if (refusal) {
        print("screen: no framebuffer: %s\n", refusal);
        return;
    }
    framebuffer_init(&framebuffer, &mode, &font,
                     paging_map_framebuffer(mode.address, framebuffer_bytes(&mode)));
    console_add_screen(&framebuffer.screen, &font);
    print("screen: framebuffer at 0x%lx, %ux%u pixels of %u bits, %ux%u characters\n", mode.address,
          mode.width, mode.height, mode.bits, framebuffer.screen.columns, framebuffer.screen.rows);
}

void display_init(const struct mb2_info *info, const struct options *options)
{
    const bool text = is_text_mode(info);

    if (text ? !options->vga : !options->fb)
        return;
    if (!font_read(&font, font_start, (size_t)(font_end - font_start)))
        print("screen: none: the kernel was built with a font that is not one\n");
    else if (text)
        add_text_mode();
    else
        add_framebuffer(info);
}
