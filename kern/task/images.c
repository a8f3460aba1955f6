/* SPDX-License-Identifier: BSD-2-Clause */
/* images.c - see images.h. The table is made by the build. */
#include "images.h"

extern const struct image images_start[], images_end[];

const struct image *image_find(const char *name)
{
    for (const struct image *image = images_start; image < images_end; image++) {
        size_t length = 0;

        while (image->name[length] && image->name[length] == name[length])
            length++;
        if (image->name[length] == name[length])
            return image;
    }
    return NULL;
}
