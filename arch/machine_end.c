/* SPDX-License-Identifier: BSD-2-Clause */
/* machine_end.c - see machine_end.h. On a real machine both ports lead nowhere. */
#include "machine_end.h"

#include "insn.h"
#include "layout.h"

static enum machine_end_mode end_mode = END_AUTO;

void machine_end_mode(enum machine_end_mode mode)
{
    end_mode = mode;
}

static void bochs_shutdown(void)
{
    for (const char *c = "Shutdown"; *c; c++)
        outb(BOCHS_EXIT_PORT, (uint8_t)*c);
}

void machine_end(bool passed)
{
    if (end_mode == END_AUTO || end_mode == END_QEMU)
        outb(QEMU_EXIT_PORT, passed ? QEMU_EXIT_PASSED : QEMU_EXIT_FAILED);
    if (end_mode == END_AUTO || end_mode == END_BOCHS)
        bochs_shutdown();
    halt_forever();
}
