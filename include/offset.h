/* SPDX-License-Identifier: BSD-2-Clause */
/* offset.h - OFFSET(NAME, value) in an offsets.c becomes `#define NAME value` for assembly. */
#ifndef LINTEL_OFFSET_H
#define LINTEL_OFFSET_H

#define OFFSET(name, value) __asm__ volatile("\n.ascii \"=> " #name " %0\"" : : "i"(value))

#endif
