/* SPDX-License-Identifier: BSD-2-Clause */
/* ports.c - see monitor.h. */
#include "monitor.h"

#define REPORTS_MAX 4 /* of ports that nobody answers */

static const struct {
    uint16_t first, last;
    uint32_t (*access)(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                       uint32_t value);
} devices[] = {
    {0x3f8, 0x3ff, serial_access},
    {0xf4, 0xf7, power_access},
    {0x604, 0x605, power_access},
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
