/* SPDX-License-Identifier: BSD-2-Clause */
/* framebuffer_tag.h - whether the loader's framebuffer can show text. Pure. */
#ifndef LINTEL_BOOT_FRAMEBUFFER_TAG_H
#define LINTEL_BOOT_FRAMEBUFFER_TAG_H

#include "framebuffer.h"
#include "mb2.h"

/*
 * Why the framebuffer of the loader's tag is not used, or NULL, with its mode in `mode`. It must be
 * RGB, and none of it may be memory that the loader calls available: the kernel lies there.
 */
const char *framebuffer_tag_refusal(const struct mb2_info *info, const struct font *font,
                                    struct framebuffer_mode *mode);

#endif
