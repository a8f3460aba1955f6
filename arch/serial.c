/* SPDX-License-Identifier: BSD-2-Clause */
/* serial.c - see serial.h. Register names as in the data sheet of the 16550. */
#include "serial.h"

#include "insn.h"

enum {
    RBR = 0, /* receive buffer (read) */
    THR = 0, /* transmit holding (write) */
    DLL = 0, /* divisor, low byte (DLAB) */
    IER = 1,
    DLM = 1, /* divisor, high byte (DLAB) */
    FCR = 2,
    LCR = 3,
    MCR = 4,
    LSR = 5,

    FCR_ENABLE_AND_CLEAR = 0x07,
    LCR_8N1 = 0x03,
    LCR_DLAB = 0x80,
    MCR_DTR_RTS = 0x03,
    MCR_LOOPBACK = 0x1e,
    LSR_DATA_READY = 0x01,
    LSR_THR_EMPTY = 0x20,
    LSR_TRANSMITTER_EMPTY = 0x40,

    CLOCK = 115200,
    PROBE = 0xa5,
};

/*
 * Polls before giving up. A character takes 87 us at 115200 baud and 8.7 ms at 1200; a port read
 * takes 0.1 to 1 us.
 */
#define POLLS 200000

static bool wait_for(uint16_t port, uint8_t status)
{
    for (unsigned i = 0; i < POLLS; i++)
        if (inb(port + LSR) & status)
            return true;
    return false;
}

/* A line is out on the wire before the next one begins: the machine may end after any of them. */
static void drain(const struct serial *serial)
{
    if (!serial->stuck)
        (void)wait_for(serial->port, LSR_TRANSMITTER_EMPTY);
}

/* A missing device reads as ff: always ready, and never the byte that was sent. */
static bool loopback_works(uint16_t port)
{
    outb(port + MCR, MCR_LOOPBACK);
    outb(port + THR, PROBE);
    return wait_for(port, LSR_DATA_READY) && inb(port + RBR) == PROBE;
}

static void put_raw(struct serial *serial, char c)
{
    if (serial->stuck)
        return;
    if (wait_for(serial->port, LSR_THR_EMPTY))
        outb(serial->port + THR, (uint8_t)c);
    else
        serial->stuck = true;
}

static void serial_put(struct out *out, char c)
{
    struct serial *serial = (struct serial *)out;

    if (c == '\n')
        put_raw(serial, '\r');
    put_raw(serial, c);
    if (c == '\n')
        drain(serial);
}

bool serial_init(struct serial *serial, uint16_t port, uint32_t baud)
{
    uint32_t divisor = CLOCK / baud;

    *serial = (struct serial){.out = {serial_put}, .port = port};
    outb(port + IER, 0);
    outb(port + LCR, LCR_DLAB);
    outb(port + DLL, (uint8_t)divisor);
    outb(port + DLM, (uint8_t)(divisor >> 8));
    outb(port + LCR, LCR_8N1);
    outb(port + FCR, FCR_ENABLE_AND_CLEAR);
    if (!loopback_works(port))
        return false;
    outb(port + MCR, MCR_DTR_RTS);
    return true;
}
