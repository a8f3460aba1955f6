/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ept.h - extended page tables, built in memory that the caller gives. PURE: nothing is loaded or
 * invalidated here. SDM: "The Extended Page Table Mechanism (EPT)".
 *
 *   63         52 51                     12 11      8 7     6   5:3    2 1 0
 *   +------------+-------------------------+---------+-----+---+------+-----+
 *   |            | physical page number    |         |large|PAT| type |X W R|
 *   +------------+-------------------------+---------+-----+---+------+-----+
 */
#ifndef LINTEL_VMX_EPT_H
#define LINTEL_VMX_EPT_H

#include "msr/vmx_caps.h"
#include "status.h"

enum {
    EPT_READ = 1,
    EPT_WRITE = 2,
    EPT_EXECUTE = 4,
    EPT_ALL = 7,
    EPT_ENTRIES = 512,
};

/* Zeroed pages for the tables; the first one is the root. `physical` is the address of page[0]. */
struct ept {
    uint64_t (*page)[EPT_ENTRIES];
    uint64_t physical;
    unsigned page_count;
    unsigned used;
};

/* `pages`: `count` (at least 1) zeroed and page-aligned pages at `physical`. */
void ept_init(struct ept *ept, uint64_t (*pages)[EPT_ENTRIES], uint64_t physical, unsigned count);

/*
 * Maps the 4-KByte page at guest-physical `guest` to `host`, write-back, with `access` (EPT_READ
 * and so on). Both are multiples of 4096; `guest` is below 2^48. S_MISSING: no table page left.
 */
MUST_CHECK enum status ept_map(struct ept *ept, uint64_t guest, uint64_t host, unsigned access);

/*
 * The EPT pointer of these tables: page-walk length 4, in the memory type that `policy` has for
 * EPT structures (write-back where it may). SDM: "Extended-Page-Table Pointer (EPTP)".
 */
uint64_t ept_pointer(const struct ept *ept, const struct msr_policy *policy);

#endif
