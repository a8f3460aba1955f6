/* SPDX-License-Identifier: BSD-2-Clause */
/* paging.h - addresses: virtual to physical and back. layout.h has the map. */
#ifndef LINTEL_ARCH_PAGING_H
#define LINTEL_ARCH_PAGING_H

#include "base.h"
#include "layout.h"

/* The physical address of something in the kernel's image. */
static inline uint64_t physical_of(const void *in_image)
{
    return (uintptr_t)in_image - KERNEL_BASE;
}

/* Physical memory below DIRECT_SIZE, as a pointer. */
static inline void *direct_pointer(uint64_t physical)
{
    return (void *)(DIRECT_BASE + physical);
}

/* Takes the identity map away, so that a null pointer faults. Nothing may use it any more. */
void paging_drop_identity(void);

#endif
