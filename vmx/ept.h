/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ept.h - extended page tables: guest-physical to physical addresses. PURE: tables come from the
 * caller, nothing is loaded or invalidated here. SDM: "The Extended Page Table Mechanism (EPT)".
 *
 *   63         52 51                     12 11  10  9   8   7     6   5:3    2 1 0
 *   +------------+-------------------------+---------+---+-----+---+------+-----+
 *   |            | physical page number    |      D  | A |large|PAT| type |X W R|
 *   +------------+-------------------------+---------+---+-----+---+------+-----+
 *
 * Pages are as large as alignment and processor allow (4 KiB, 2 MiB, 1 GiB). A change inside a
 * large page breaks it down; 512 pages that continue each other become one again (ept_merge()).
 *
 * Tables that are not needed any more may still be in a processor's paging-structure caches: they
 * are kept until ept_release(), which the caller calls when all processors have invalidated.
 */
#ifndef LINTEL_VMX_EPT_H
#define LINTEL_VMX_EPT_H

#include "memory_type.h"
#include "msr/vmx_caps.h"
#include "status.h"

enum {
    EPT_READ = 1,
    EPT_WRITE = 2,
    EPT_EXECUTE = 4,
    EPT_ALL = 7,
};

/* Guest-physical addresses end here: page-walk length 4. */
#define EPT_LIMIT (UINT64_C(1) << 48)

/* Where tables come from: zeroed pages by their physical addresses; 0: none left. */
struct ept_memory {
    uint64_t (*alloc)(void *context);
    void (*free)(void *context, uint64_t physical);
    uint64_t *(*pointer)(void *context, uint64_t physical);
    void *context;
};

struct ept {
    const struct ept_memory *memory;
    uint64_t root;
    uint64_t start, end;    /* nothing was ever mapped outside of this range */
    bool may_merge;         /* a table that was mapped into could be one page: for ept_merge() */
    uint64_t unused;        /* tables for ept_release(): each holds the next one's address */
    unsigned largest_level; /* of a page: 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB */
};

/* What a mapping says of an address. */
struct ept_leaf {
    uint64_t host; /* of the very address */
    uint64_t size; /* of the page */
    unsigned access;
    enum memory_type type;
    bool ignore_pat;      /* the guest's PAT does not change the type */
    bool accessed, dirty; /* where the processor keeps them */
};

/* An empty one. S_NO_MEMORY. */
MUST_CHECK enum status ept_init(struct ept *ept, const struct ept_memory *memory,
                                const struct msr_policy *policy);

/*
 * Maps [guest, guest + size) to the memory from `host` on. All are multiples of 4096, and `access`
 * includes read. S_OVERLAP: something is mapped there; S_NO_MEMORY; S_FAULT: an address or access
 * that EPT does not allow. The guest's PAT does not change `type`: a guest that bypassed the caches
 * could see other contents than everybody else. After an error nothing has changed. Nothing has to
 * be invalidated, since no TLB holds what was not present.
 */
MUST_CHECK enum status ept_map(struct ept *ept, uint64_t guest, uint64_t host, uint64_t size,
                               unsigned access, enum memory_type type);

/*
 * Unmaps whatever is mapped in the range, or changes its access. S_NO_MEMORY: a large page could
 * not be split, and nothing has changed. The caller invalidates afterwards.
 */
MUST_CHECK enum status ept_unmap(struct ept *ept, uint64_t guest, uint64_t size);
MUST_CHECK enum status ept_protect(struct ept *ept, uint64_t guest, uint64_t size, unsigned access);

/*
 * Replaces 512 entries that continue each other by one large page, wherever the range touches such.
 * It is a function of its own so that a mapping made in several pieces can be taken back without
 * memory until it is complete. The caller invalidates before ept_release(). It does nothing if no
 * mapping since the last call has completed such entries.
 */
void ept_merge(struct ept *ept, uint64_t guest, uint64_t size);

/* False: not mapped. */
bool ept_walk(const struct ept *ept, uint64_t guest, struct ept_leaf *leaf);

/* Gives back the tables that were taken out of use. */
void ept_release(struct ept *ept);

/* Gives back all tables: no processor may use them any more. */
void ept_destroy(struct ept *ept);

/*
 * The EPT pointer of the tables at `root`: page-walk length 4, in the memory type that `policy` has
 * for EPT structures (write-back where it may), accessed and dirty flags where there are. SDM:
 * "Extended-Page-Table Pointer (EPTP)".
 */
uint64_t ept_pointer(uint64_t root, const struct msr_policy *policy);

#endif
