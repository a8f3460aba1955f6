/* SPDX-License-Identifier: BSD-2-Clause */
/* ept.c - see ept.h. PURE. */
#include "ept.h"

#define ADDRESS_MASK    MASK64(12, 40)
#define LEVELS          4
#define WALK_LENGTH_4   (UINT64_C(3) << 3) /* of an EPT pointer: length minus 1 */
#define MEMORY_TYPE_WB  UINT64_C(6)
#define MEMORY_TYPE_UC  UINT64_C(0)
#define LEAF_WRITE_BACK (MEMORY_TYPE_WB << 3)

void ept_init(struct ept *ept, uint64_t (*pages)[EPT_ENTRIES], uint64_t physical, unsigned count)
{
    *ept = (struct ept){.page = pages, .physical = physical, .page_count = count, .used = 1};
}

/* The index into the table of `level` (4 is the root's) for a guest-physical address. */
static unsigned table_index(uint64_t guest, unsigned level)
{
    return (unsigned)field_of(guest, 12 + 9 * (level - 1), 9);
}

/* The page number of the table that `entry` points to; makes a new one where there is none. */
static enum status next_table(struct ept *ept, uint64_t *entry, unsigned *page)
{
    if (!*entry) {
        if (ept->used == ept->page_count)
            return S_MISSING;
        *entry = (ept->physical + (uint64_t)ept->used * PAGE_SIZE) | EPT_ALL;
        ept->used++;
    }
    *page = (unsigned)(((*entry & ADDRESS_MASK) - ept->physical) / PAGE_SIZE);
    return S_OK;
}

enum status ept_map(struct ept *ept, uint64_t guest, uint64_t host, unsigned access)
{
    unsigned page = 0;

    for (unsigned level = LEVELS; level > 1; level--) {
        enum status status = next_table(ept, &ept->page[page][table_index(guest, level)], &page);
        if (status != S_OK)
            return status;
    }
    ept->page[page][table_index(guest, 1)] = (host & ADDRESS_MASK) | LEAF_WRITE_BACK | access;
    return S_OK;
}

uint64_t ept_pointer(const struct ept *ept, const struct msr_policy *policy)
{
    bool write_back = policy->vmx_ept_vpid_cap.memory_type_wb;

    return ept->physical | WALK_LENGTH_4 | (write_back ? MEMORY_TYPE_WB : MEMORY_TYPE_UC);
}
