/* SPDX-License-Identifier: BSD-2-Clause */
/* serial.c - a 16550 as far as sending goes: what the guest writes comes out on the console. */
#include "monitor.h"

enum {
    DATA = 0,
    LINE_STATUS = 5,
    STATUS_READY = 0x60, /* nothing waits to be sent */
};

uint32_t serial_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                       uint32_t value)
{
    unsigned reg = port & 7;

    (void)machine;
    (void)bytes;
    if (!in && reg == DATA && (value & 0xff) != '\r')
        say_guest((char)value);
    return in && reg == LINE_STATUS ? STATUS_READY : 0;
}
