/* SPDX-License-Identifier: BSD-2-Clause */
/* power.c - how a guest ends: ACPI's power-off at 604h, or a status by isa-debug-exit at f4h. */
#include "monitor.h"

#define ACPI_CONTROL   0x604
#define ACPI_POWER_OFF 0x2000 /* SLP_EN, and sleeping type 0 */

uint32_t power_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                      uint32_t value)
{
    (void)bytes;
    if (in)
        return 0;
    if (port == ACPI_CONTROL && value != ACPI_POWER_OFF)
        return 0;
    machine->ended = true;
    machine->status = port == ACPI_CONTROL ? 0 : (int64_t)(value & 0xff);
    return 0;
}
