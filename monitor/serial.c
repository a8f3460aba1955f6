/* SPDX-License-Identifier: BSD-2-Clause */
/* serial.c - a 16550 as far as sending goes: what the guest writes comes out on the console. */
#include "monitor.h"

/* Nothing waits to be sent. */
#define READY (UART_LSR_THR_EMPTY | UART_LSR_TRANSMITTER_EMPTY)

uint32_t serial_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                       uint32_t value)
{
    unsigned reg = port % UART_REGISTERS;

    (void)machine;
    (void)bytes;
    if (!in && reg == UART_THR && (value & 0xff) != '\r')
        say_guest((char)value);
    return in && reg == UART_LSR ? READY : 0;
}
