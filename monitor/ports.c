/* SPDX-License-Identifier: BSD-2-Clause */
/* ports.c - see monitor.h. */
#include "monitor.h"

#define REPORTS_MAX 4 /* of ports that nobody answers */

static const struct {
    uint16_t first, last;
    uint32_t (*access)(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                       uint32_t value);
} devices[] = {
    {COM1_PORT, COM1_PORT + UART_REGISTERS - 1, serial_access},
    {QEMU_EXIT_PORT, QEMU_EXIT_PORT + QEMU_EXIT_PORTS - 1, power_access},
    {GUEST_ACPI_PORT, GUEST_ACPI_PORT + 1, power_access},
};

/* Reads of nothing give ones, as on a bus. */
static uint32_t nobody(uint16_t port, bool in)
{
    static unsigned reports;

    if (reports < REPORTS_MAX) {
        reports++;
        say("no device at port 0x%x (%s)%s\n", port, in ? "read" : "written",
            reports == REPORTS_MAX ? "; others are not named" : "");
    }
    return UINT32_MAX;
}

uint32_t port_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                     uint32_t value)
{
    for (unsigned i = 0; i < ARRAY_SIZE(devices); i++)
        if (port >= devices[i].first && port <= devices[i].last)
            return devices[i].access(machine, port, bytes, in, value);
    return nobody(port, in);
}
