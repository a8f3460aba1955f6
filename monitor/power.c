/* SPDX-License-Identifier: BSD-2-Clause */
/* power.c - how a guest ends: ACPI's power-off, or a status as by QEMU's isa-debug-exit. */
#include "monitor.h"

uint32_t power_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                      uint32_t value)
{
    (void)bytes;
    if (in)
        return 0;
    if (port == GUEST_ACPI_PORT && value != GUEST_POWER_OFF)
        return 0;
    machine->ended = true;
    machine->status = port == GUEST_ACPI_PORT ? 0 : (int64_t)(value & 0xff);
    return 0;
}
