/* SPDX-License-Identifier: BSD-2-Clause */
/* flood.c - exits without end, until the test has seen enough. */
#include "guest.h"

int main(void)
{
    uint32_t r[4];

    catch_all();
    for (;;) {
        cpuid(0, 0, r);
        (void)hypercall(0, 0);
        (void)inb(0x80);
    }
}
