/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_type.h - the numbers of memory types, which MTRRs, IA32_PAT, EPT entries and EPT pointers
 * share. SDM: "Memory Types and Their Encodings in MTRRs", "Memory Types That Can Be Encoded With
 * PAT".
 */
#ifndef LINTEL_MEMORY_TYPE_H
#define LINTEL_MEMORY_TYPE_H

#include "base.h"

enum memory_type {
    MEMORY_TYPE_UC = 0,
    MEMORY_TYPE_WC = 1,
    MEMORY_TYPE_WT = 4,
    MEMORY_TYPE_WP = 5,
    MEMORY_TYPE_WB = 6,
    MEMORY_TYPE_UC_MINUS = 7, /* in IA32_PAT only: UC that an MTRR may make WC */
};

/* IA32_PAT of eight types, that of entry 0 first. */
#define PAT(t0, t1, t2, t3, t4, t5, t6, t7)                                      \
    (PAT_ENTRY(0, t0) | PAT_ENTRY(1, t1) | PAT_ENTRY(2, t2) | PAT_ENTRY(3, t3) | \
     PAT_ENTRY(4, t4) | PAT_ENTRY(5, t5) | PAT_ENTRY(6, t6) | PAT_ENTRY(7, t7))
#define PAT_ENTRY(number, type) ((uint64_t)MEMORY_TYPE_##type << 8 * (number))

/* After a reset, and with write-combining as the second type. SDM: "Programming the PAT". */
#define PAT_RESET                PAT(WB, WT, UC_MINUS, UC, WB, WT, UC_MINUS, UC)
#define PAT_WITH_WRITE_COMBINING PAT(WB, WC, UC_MINUS, UC, WB, WT, UC_MINUS, UC)

/*
 * True when each byte of an IA32_PAT value is a memory type: 0, 1, 4, 5, 6 or 7. All bytes at once:
 * no bit above 2, and never bit 1 without bit 2, which would be 2 or 3.
 */
static inline bool pat_is_valid(uint64_t pat)
{
    const uint64_t each = UINT64_C(0x0101010101010101);

    return !has_any(pat, each * 0xf8) && !has_any((pat >> 1) & ~(pat >> 2), each);
}

#endif
