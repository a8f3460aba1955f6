/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wild.c - unmaps a page of its own, finds it mapped again and empty, then jumps to an address
 * without memory.
 */
#include "guest.h"

#define OWN     ((volatile uint64_t *)0x180000)
#define NOWHERE 0x30000000

int main(void)
{
    catch_all();
    OWN[0] = 42;
    expect(hypercall(1, (uintptr_t)OWN) == 0, "the page goes");
    expect(OWN[0] == 42, "the same memory comes back on demand");
    ((void (*)(void))NOWHERE)();
    return 77;
}
