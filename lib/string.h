/* SPDX-License-Identifier: BSD-2-Clause */
/* string.h - the memory functions that compilers call by themselves, and string comparison. */
#ifndef LINTEL_STRING_H
#define LINTEL_STRING_H

#include "base.h"

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
