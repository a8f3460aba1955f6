/* SPDX-License-Identifier: BSD-2-Clause */
/* ept.c - see ept.h. PURE. */
#include "ept.h"

#include "vmcs_layouts.h"
#include "x86.h"

#define ROOT_LEVEL 4
#define IGNORE_PAT BIT64(6)
#define LARGE      BIT64(7)
#define ACCESSED   BIT64(8)
#define DIRTY      BIT64(9)
#define TYPE_SHIFT 3

/* Bytes that an entry of `level` covers. */
static uint64_t span_of(unsigned level)
{
    return UINT64_C(1) << (12 + 9 * (level - 1));
}

static unsigned index_of(uint64_t guest, unsigned level)
{
    return (unsigned)field_of(guest, 12 + 9 * (level - 1), 9);
}

static bool is_present(uint64_t entry)
{
    return has_any(entry, EPT_ALL);
}

static bool is_leaf(uint64_t entry, unsigned level)
{
    return level == 1 || has_any(entry, LARGE);
}

static uint64_t *table_at(const struct ept *ept, uint64_t physical)
{
    return ept->memory->pointer(ept->memory->context, physical & PAGE_ADDRESS);
}

static uint64_t new_table(const struct ept *ept)
{
    return ept->memory->alloc(ept->memory->context);
}

/* Its first entry becomes the link: an address of a page has no access bits, it is not present. */
static void retire(struct ept *ept, uint64_t physical)
{
    uint64_t *table = table_at(ept, physical);

    for (unsigned i = 1; i < PAGE_ENTRIES; i++)
        table[i] = 0;
    table[0] = ept->unused;
    ept->unused = physical & PAGE_ADDRESS;
}

enum status ept_init(struct ept *ept, const struct ept_memory *memory,
                     const struct msr_policy *policy)
{
    *ept = (struct ept){.memory = memory, .start = EPT_LIMIT, .end = 0, .largest_level = 1};
    if (policy->vmx_ept_vpid_cap.superpage_2mb)
        ept->largest_level = policy->vmx_ept_vpid_cap.superpage_1gb ? 3 : 2;
    ept->root = new_table(ept);
    return ept->root ? S_OK : S_NO_MEMORY;
}

static bool is_range(uint64_t guest, uint64_t size)
{
    return guest % PAGE_SIZE == 0 && size % PAGE_SIZE == 0 && guest < EPT_LIMIT &&
           size <= EPT_LIMIT - guest;
}

/* SDM: "EPT Misconfigurations": write without read is one, execute without read may be. */
static bool is_access(unsigned access)
{
    return has_any(access, EPT_READ) && !(access & ~(unsigned)EPT_ALL);
}

/* --- large pages broken down, and made whole -------------------------------------------------- */

/* Replaces a large page by a table of 512 smaller ones that say the same. */
static enum status break_down(struct ept *ept, uint64_t *entry, unsigned level)
{
    uint64_t table = new_table(ept), small = *entry;
    uint64_t *entries = table_at(ept, table);

    if (!table)
        return S_NO_MEMORY;
    if (level == 2)
        small &= ~LARGE;
    for (unsigned i = 0; i < PAGE_ENTRIES; i++)
        entries[i] = small + i * span_of(level - 1);
    *entry = table | EPT_ALL;
    return S_OK;
}

/* Makes `guest` a border between pages. */
static enum status cut_at(struct ept *ept, uint64_t guest)
{
    uint64_t *table = table_at(ept, ept->root);

    for (unsigned level = ROOT_LEVEL; level > 1; level--) {
        uint64_t *entry = &table[index_of(guest, level)];

        if (guest == EPT_LIMIT || guest % span_of(level) == 0 || !is_present(*entry))
            return S_OK;
        if (is_leaf(*entry, level) && break_down(ept, entry, level) != S_OK)
            return S_NO_MEMORY;
        table = table_at(ept, *entry);
    }
    return S_OK;
}

/*
 * The table's entries are leaves that continue each other, alike in all but their flags of use. The
 * last one is looked at first: tables are mostly filled from their beginning.
 */
static bool is_uniform(const uint64_t *table, unsigned level)
{
    const uint64_t used = ACCESSED | DIRTY;
    uint64_t first = table[0] & ~used;

    if (!is_present(first) || !is_leaf(first, level) || (first & PAGE_ADDRESS) % span_of(level + 1))
        return false;
    for (unsigned i = PAGE_ENTRIES - 1; i > 0; i--)
        if ((table[i] & ~used) != first + i * span_of(level))
            return false;
    return true;
}

static uint64_t flags_of_use(const uint64_t *table)
{
    uint64_t flags = 0;

    for (unsigned i = 0; i < PAGE_ENTRIES; i++)
        flags |= table[i] & (ACCESSED | DIRTY);
    return flags;
}

static bool is_empty(const uint64_t *table)
{
    for (unsigned i = 0; i < PAGE_ENTRIES; i++)
        if (table[i])
            return false;
    return true;
}

/* After a change below `entry` of `level`: an empty table goes, a uniform one becomes a page. */
static void tidy(struct ept *ept, uint64_t *entry, unsigned level)
{
    uint64_t *table = table_at(ept, *entry), page = *entry;

    if (is_empty(table)) {
        *entry = 0;
    } else if (level <= ept->largest_level && is_uniform(table, level - 1)) {
        *entry = (table[0] & ~(ACCESSED | DIRTY)) | flags_of_use(table) | LARGE;
    } else {
        return;
    }
    retire(ept, page);
}

/* --- one walk for all changes ----------------------------------------------------------------- */

struct change {
    uint64_t start, end;
    bool map;
    uint64_t host; /* of `start`, when mapping */
    uint64_t flags;
    bool unmap, merge;
};

static bool is_whole(const struct ept *ept, const struct change *change, uint64_t guest,
                     unsigned level)
{
    uint64_t host = change->host + (guest - change->start);

    return level <= ept->largest_level && guest >= change->start &&
           guest + span_of(level) <= change->end && host % span_of(level) == 0;
}

static enum status change_table(struct ept *ept, uint64_t *table, unsigned level, uint64_t base,
                                const struct change *change);

static enum status change_leaf(uint64_t *entry, unsigned level, uint64_t guest,
                               const struct change *change)
{
    if (change->map) {
        if (*entry)
            return S_OVERLAP;
        *entry = (change->host + (guest - change->start)) | change->flags | (level > 1 ? LARGE : 0);
    } else if (change->unmap) {
        *entry = 0;
    } else if (!change->merge && is_present(*entry)) {
        *entry = (*entry & ~(uint64_t)EPT_ALL) | change->flags;
    }
    return S_OK;
}

static enum status change_below(struct ept *ept, uint64_t *entry, unsigned level, uint64_t guest,
                                const struct change *change)
{
    uint64_t *table, made;
    enum status status;

    if (!is_present(*entry)) {
        if (!change->map)
            return S_OK;
        made = new_table(ept);
        if (!made)
            return S_NO_MEMORY;
        *entry = made | EPT_ALL;
    }
    table = table_at(ept, *entry);
    status = change_table(ept, table, level - 1, guest, change);
    if (!change->map)
        tidy(ept, entry, level);
    else if (level <= ept->largest_level && is_uniform(table, level - 1))
        ept->may_merge = true;
    return status;
}

static enum status change_entry(struct ept *ept, uint64_t *entry, unsigned level, uint64_t guest,
                                const struct change *change)
{
    bool leaf = level == 1 || (is_present(*entry) && is_leaf(*entry, level));

    if (change->map && leaf && *entry)
        return S_OVERLAP;
    if (change->map && !*entry && is_whole(ept, change, guest, level))
        leaf = true;
    return leaf ? change_leaf(entry, level, guest, change)
                : change_below(ept, entry, level, guest, change);
}

/* The entry for `start`, or the first, of a table that begins at `base`, `span` bytes an entry. */
static uint64_t first_entry(uint64_t start, uint64_t base, uint64_t span)
{
    return start > base ? (start - base) / span : 0;
}

/* All entries of a table that the change touches. `base` is where the table begins. */
static enum status change_table(struct ept *ept, uint64_t *table, unsigned level, uint64_t base,
                                const struct change *change)
{
    uint64_t span = span_of(level), first = first_entry(change->start, base, span);

    for (uint64_t i = first; i < PAGE_ENTRIES && base + i * span < change->end; i++) {
        enum status status;

        if (!table[i] && !change->map)
            continue;
        status = change_entry(ept, &table[i], level, base + i * span, change);
        if (status != S_OK)
            return status;
    }
    return S_OK;
}

static enum status apply(struct ept *ept, const struct change *change)
{
    return change_table(ept, table_at(ept, ept->root), ROOT_LEVEL, 0, change);
}

/* --- for users -------------------------------------------------------------------------------- */

/* How much around `guest` is not mapped, by one entry; 0: it is mapped. */
static uint64_t unmapped_span(const struct ept *ept, uint64_t guest)
{
    const uint64_t *table = table_at(ept, ept->root);

    for (unsigned level = ROOT_LEVEL;; level--) {
        uint64_t entry = table[index_of(guest, level)];

        if (!is_present(entry))
            return span_of(level);
        if (is_leaf(entry, level))
            return 0;
        table = table_at(ept, entry);
    }
}

static bool is_anything_mapped(const struct ept *ept, uint64_t guest, uint64_t size)
{
    for (uint64_t at = guest, span; at < guest + size; at += span - at % span) {
        span = unmapped_span(ept, at);
        if (!span)
            return true;
    }
    return false;
}

enum status ept_map(struct ept *ept, uint64_t guest, uint64_t host, uint64_t size, unsigned access,
                    enum memory_type type)
{
    const struct change map = {.start = guest,
                               .end = guest + size,
                               .map = true,
                               .host = host,
                               .flags = access | IGNORE_PAT | (uint64_t)type << TYPE_SHIFT};
    const struct change undo = {.start = guest, .end = guest + size, .unmap = true};
    enum status status;

    if (!is_range(guest, size) || !is_access(access) || host & ~PAGE_ADDRESS)
        return S_FAULT;
    if (is_anything_mapped(ept, guest, size))
        return S_OVERLAP;
    ept->start = ept->start < guest ? ept->start : guest;
    ept->end = ept->end > guest + size ? ept->end : guest + size;
    status = apply(ept, &map);
    if (status != S_OK)
        (void)!apply(ept, &undo); /* the whole range was empty: this only removes */
    return status;
}

/* The part of a change that can find anything mapped; it may be none. */
static struct change within(const struct ept *ept, const struct change *change)
{
    struct change part = *change;

    if (part.start < ept->start)
        part.start = ept->start;
    if (part.end > ept->end)
        part.end = ept->end;
    return part;
}

static enum status change_mapped(struct ept *ept, const struct change *change)
{
    const struct change part = within(ept, change);

    if (!is_range(change->start, change->end - change->start))
        return S_FAULT;
    if (part.start >= part.end)
        return S_OK;
    if (cut_at(ept, part.start) != S_OK || cut_at(ept, part.end) != S_OK)
        return S_NO_MEMORY;
    return apply(ept, &part);
}

enum status ept_unmap(struct ept *ept, uint64_t guest, uint64_t size)
{
    const struct change unmap = {.start = guest, .end = guest + size, .unmap = true};

    return change_mapped(ept, &unmap);
}

enum status ept_protect(struct ept *ept, uint64_t guest, uint64_t size, unsigned access)
{
    const struct change protect = {.start = guest, .end = guest + size, .flags = access};

    return is_access(access) ? change_mapped(ept, &protect) : S_FAULT;
}

void ept_merge(struct ept *ept, uint64_t guest, uint64_t size)
{
    const struct change merge = {.start = guest, .end = guest + size, .merge = true};

    if (ept->may_merge && is_range(guest, size))
        (void)!apply(ept, &merge); /* needs no memory */
    ept->may_merge = false;
}

bool ept_walk(const struct ept *ept, uint64_t guest, struct ept_leaf *leaf)
{
    const uint64_t *table = table_at(ept, ept->root);

    for (unsigned level = ROOT_LEVEL; level > 0; level--) {
        uint64_t entry = table[index_of(guest, level)], span = span_of(level);

        if (!is_present(entry))
            return false;
        if (is_leaf(entry, level)) {
            *leaf = (struct ept_leaf){.host = (entry & PAGE_ADDRESS & ~(span - 1)) | guest % span,
                                      .size = span,
                                      .access = (unsigned)entry & EPT_ALL,
                                      .type = (enum memory_type)field_of(entry, TYPE_SHIFT, 3),
                                      .ignore_pat = has_any(entry, IGNORE_PAT),
                                      .accessed = has_any(entry, ACCESSED),
                                      .dirty = has_any(entry, DIRTY)};
            return true;
        }
        table = table_at(ept, entry);
    }
    return false;
}

void ept_release(struct ept *ept)
{
    while (ept->unused) {
        uint64_t table = ept->unused;

        ept->unused = table_at(ept, table)[0];
        ept->memory->free(ept->memory->context, table);
    }
}

/* Gives back a table of `level` that begins at `base`, and all below. */
static void free_tables(struct ept *ept, uint64_t physical, unsigned level, uint64_t base)
{
    const uint64_t *table = table_at(ept, physical);
    uint64_t span = span_of(level), first = first_entry(ept->start, base, span);

    for (uint64_t i = first; level > 1 && i < PAGE_ENTRIES && base + i * span < ept->end; i++)
        if (is_present(table[i]) && !is_leaf(table[i], level))
            free_tables(ept, table[i] & PAGE_ADDRESS, level - 1, base + i * span);
    ept->memory->free(ept->memory->context, physical);
}

void ept_destroy(struct ept *ept)
{
    if (!ept->root)
        return;
    ept_release(ept);
    free_tables(ept, ept->root, ROOT_LEVEL, 0);
    ept->root = 0;
}

uint64_t ept_pointer(uint64_t root, const struct msr_policy *policy)
{
    uint64_t type = policy->vmx_ept_vpid_cap.memory_type_wb ? MEMORY_TYPE_WB : MEMORY_TYPE_UC;

    return root | (ROOT_LEVEL - 1) << EPTP_WALK_LENGTH_SHIFT | type |
           (policy->vmx_ept_vpid_cap.ad_bit ? EPTP_AD : 0);
}
