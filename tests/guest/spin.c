/* SPDX-License-Identifier: BSD-2-Clause */
/* spin.c - a guest that does nothing, without an exit: only an interrupt of the host ends it. */
#include "guest.h"

int main(void)
{
    for (;;)
        __asm__ volatile("sti");
}
