/* SPDX-License-Identifier: BSD-2-Clause */
/* triple.c - a triple fault: an exception without an IDT. It ends the guest, and nothing else. */
#include "guest.h"

int main(void)
{
    __asm__ volatile("ud2");
    return 0;
}
