/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remap.c - pages that go away under the guest: the next touch must find them gone, and after the
 * monitor has mapped them again, what was in them. The first ones were part of a 2-MiB page.
 */
#include "guest.h"

#define UNMAP       1 /* hypercalls of tests/monitor/ */
#define PAGES_ASKED 2
#define PAGES       16
#define BEGIN       UINT64_C(0x1d0000) /* in the lower half, which is mapped at once */
#define UPPER_BEGIN UINT64_C(0x210000) /* in the upper half, which is mapped on demand */

static volatile uint64_t *at(uint64_t begin, uint64_t page)
{
    return (volatile uint64_t *)(begin + page * PAGE_SIZE);
}

static void take_away_and_touch(uint64_t begin)
{
    for (uint64_t i = 0; i < PAGES; i++)
        *at(begin, i) = begin + i;
    for (uint64_t i = 0; i < PAGES; i += 2) {
        uint64_t before = hypercall(PAGES_ASKED, 0);

        expect(hypercall(UNMAP, begin + i * PAGE_SIZE) == 0, "the page is unmapped");
        expect(*at(begin, i) == begin + i, "what was in it is in it again");
        expect(hypercall(PAGES_ASKED, 0) == before + 1, "the touch was an exit");
        expect(*at(begin, i + 1) == begin + i + 1, "its neighbour stayed");
        expect(hypercall(PAGES_ASKED, 0) == before + 1, "the neighbour is no exit");
    }
}

int main(void)
{
    catch_all();
    take_away_and_touch(BEGIN);
    take_away_and_touch(UPPER_BEGIN);
    take_away_and_touch(BEGIN);
    expect(hypercall(UNMAP, (uintptr_t)&main) == 0, "the page that it runs in"); /* goes on */
    return failures;
}
