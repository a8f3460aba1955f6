/* SPDX-License-Identifier: BSD-2-Clause */
/* closed_spin.c - as spin.c, with its own interrupts off: the host's are exits all the same. */
#include "guest.h"

int main(void)
{
    for (;;)
        __asm__ volatile("cli");
}
