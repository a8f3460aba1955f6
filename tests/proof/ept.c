/* SPDX-License-Identifier: BSD-2-Clause */
/* ept.c - proofs about the EPT builder: any mappings, any number of table pages. */
#include "proof.h"

#include "vmx/ept.h"

#define PAGES_MAX 8

static uint64_t pages[PAGES_MAX][EPT_ENTRIES]; /* zero, as ept_init() wants them */

/* What the processor would find for `guest`; 0 where an entry is missing. */
static uint64_t translate(const struct ept *ept, uint64_t guest)
{
    uint64_t entry = ept->physical;

    for (unsigned level = 4; level > 0; level--) {
        uint64_t page = ((entry & MASK64(12, 40)) - ept->physical) / PAGE_SIZE;

        if (page >= ept->page_count)
            return 0;
        entry = ept->page[page][field_of(guest, 12 + 9 * (level - 1), 9)];
        if (!entry)
            return 0;
    }
    return entry;
}

static uint64_t any_page(unsigned width)
{
    ANY(uint64_t, address);

    GIVEN(!has_any(address, ~MASK64(12, width - 12)));
    return address;
}

void prove_ept(void)
{
    struct ept ept;
    ANY(unsigned, count);
    ANY(unsigned, access);
    uint64_t physical = any_page(51), guest = any_page(48), host = any_page(52);
    uint64_t other_guest = any_page(48), other_host = any_page(52);

    GIVEN(count >= 1 && count <= PAGES_MAX);
    GIVEN(access >= 1 && access <= EPT_ALL);
    ept_init(&ept, pages, physical, count);

    enum status first = ept_map(&ept, guest, host, access);
    PROVE(first == S_OK || (first == S_MISSING && ept.used == count),
          "a mapping is refused only when no page is left");
    PROVE(count < 4 || first == S_OK, "four pages suffice for a mapping");
    uint64_t entry = translate(&ept, guest);
    PROVE(first != S_OK || entry == (host | 6 << 3 | access),
          "the walk finds the page, write-back, with its access rights");

    enum status second = ept_map(&ept, other_guest, other_host, EPT_READ);
    PROVE(ept.used <= count, "no more pages are used than there are");
    PROVE(second != S_OK || translate(&ept, other_guest) == (other_host | 6 << 3 | EPT_READ),
          "the walk finds the second page too");
    PROVE(guest == other_guest || first != S_OK || translate(&ept, guest) == entry,
          "the second mapping leaves the first as it was");
    END_OF_PROOF();
}

void prove_ept_pointer(void)
{
    ANY(struct msr_policy, policy);
    struct ept ept = {.physical = any_page(52)};
    uint64_t pointer = ept_pointer(&ept, &policy);

    PROVE((pointer & MASK64(12, 52)) == ept.physical, "an EPT pointer has the root's address");
    PROVE(field_of(pointer, 3, 3) == 3, "its walk length is 4");
    PROVE(field_of(pointer, 0, 3) == (policy.vmx_ept_vpid_cap.memory_type_wb ? 6 : 0),
          "its memory type is write-back where that may be");
    PROVE(field_of(pointer, 6, 6) == 0, "and all else in it is 0");
    END_OF_PROOF();
}
