/* SPDX-License-Identifier: BSD-2-Clause */
/* serial.h - a 16550 UART at I/O ports or in memory as a console: lib/uart.h drives it. */
#ifndef LINTEL_ARCH_SERIAL_H
#define LINTEL_ARCH_SERIAL_H

#include "uart.h"

struct serial {
    struct uart uart; /* first: its sink is that of the console */
    uint64_t base;    /* the port, or the address of the mapping */
};

/*
 * Makes `serial` the sink of the UART at `place` and maps registers that are in memory. False: no
 * UART answers there, which costs a few reads, or there is no memory for the mapping.
 */
MUST_CHECK bool serial_init(struct serial *serial, const struct uart_place *place,
                            const struct uart_speed *speed);

#endif
