/* SPDX-License-Identifier: BSD-2-Clause */
/* serial.h - a 16550 UART at an I/O port as a console. */
#ifndef LINTEL_ARCH_SERIAL_H
#define LINTEL_ARCH_SERIAL_H

#include "format.h"

struct serial {
    struct out out;
    uint16_t port;
    bool stuck; /* it stopped taking characters: nothing is written any more */
};

/*
 * Sets `port` to `baud` (a divisor of 115200), 8N1, and makes `serial` its sink. False when no
 * UART answers there: it must return a byte in loopback mode. Costs a few port reads then.
 */
MUST_CHECK bool serial_init(struct serial *serial, uint16_t port, uint32_t baud);

#endif
