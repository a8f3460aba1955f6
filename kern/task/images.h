/* SPDX-License-Identifier: BSD-2-Clause */
/* images.h - the programs that are part of the kernel's image: monitor, processes, guests. */
#ifndef LINTEL_KERN_TASK_IMAGES_H
#define LINTEL_KERN_TASK_IMAGES_H

#include "base.h"

/* An ELF64 file at a page's beginning. */
struct image {
    const char *name;
    const uint8_t *start, *end;
};

/* By name, as in "monitor" or "guest/hello"; NULL: there is none. */
const struct image *image_find(const char *name);

#endif
