/* SPDX-License-Identifier: BSD-2-Clause */
/* uart.c - see uart.h. PURE. */
#include "uart.h"

enum {
    RBR = 0, /* receive buffer (read) */
    THR = UART_THR,
    DLL = UART_DLL,
    IER = 1,
    DLM = UART_DLM,
    FCR = 2,
    LCR = UART_LCR,
    MCR = 4,
    LSR = UART_LSR,
    SCR = 7,

    FCR_ENABLE_AND_CLEAR = 0x07,
    LCR_8N1 = UART_LCR_8N1,
    LCR_DLAB = UART_LCR_DLAB,
    MCR_DTR_RTS = 0x03,
    MCR_LOOPBACK = 0x1e,
    LSR_DATA_READY = 0x01,
    LSR_THR_EMPTY = UART_LSR_THR_EMPTY,
    LSR_TRANSMITTER_EMPTY = UART_LSR_TRANSMITTER_EMPTY,

    PROBE = 0xa5,
};

/*
 * A character takes 87 us at 115200 baud and 200 ms at 50; a register is read in 0.1 to 1 us. The
 * smallest number is enough from 1000 baud on.
 */
#define POLLS_MIN         200000
#define POLLS_AT_ONE_BAUD 200000000

#define DIVISOR_MAX 0xffff

uint16_t uart_divisor(const struct uart_speed *speed)
{
    uint32_t fastest = speed->clock / 16, divisor, reached, off;

    if (speed->baud < UART_BAUD_MIN || speed->baud > fastest + fastest / 50)
        return 0;
    divisor = (fastest + speed->baud / 2) / speed->baud;
    if (!divisor || divisor > DIVISOR_MAX)
        return 0;
    reached = fastest / divisor;
    off = reached > speed->baud ? reached - speed->baud : speed->baud - reached;
    return off <= speed->baud / 50 ? (uint16_t)divisor : 0;
}

static bool wait_for(const struct uart *uart, uint8_t status)
{
    for (uint32_t i = 0; i < uart->polls; i++)
        if (uart->get(uart, LSR) & status)
            return true;
    return false;
}

/* A line is out on the wire before the next one begins: the machine may end after any of them. */
static void drain(struct uart *uart)
{
    if (!uart->stuck && !uart->never_empty)
        uart->never_empty = !wait_for(uart, LSR_TRANSMITTER_EMPTY);
}

/* On a bus where nobody answers the last value may linger: another one is written before a read. */
static void forget(const struct uart *uart)
{
    uart->set(uart, IER, 0);
}

static bool keeps(const struct uart *uart, uint8_t value)
{
    uart->set(uart, SCR, value);
    forget(uart);
    return uart->get(uart, SCR) == value;
}

/* A missing device reads as ff: always ready, and never the byte that was sent. */
static bool loopback_works(const struct uart *uart)
{
    uart->set(uart, MCR, MCR_LOOPBACK);
    uart->set(uart, THR, PROBE);
    forget(uart);
    return wait_for(uart, LSR_DATA_READY) && uart->get(uart, RBR) == PROBE;
}

/* Some UARTs of management controllers have no loopback mode. */
static bool answers(const struct uart *uart)
{
    return (keeps(uart, PROBE) && keeps(uart, (uint8_t)~PROBE)) || loopback_works(uart);
}

static void put_raw(struct uart *uart, char c)
{
    if (uart->stuck)
        return;
    if (wait_for(uart, LSR_THR_EMPTY))
        uart->set(uart, THR, (uint8_t)c);
    else
        uart->stuck = true;
}

static void uart_put(struct out *out, char c)
{
    struct uart *uart = (struct uart *)out;

    if (c == '\n')
        put_raw(uart, '\r');
    put_raw(uart, c);
    if (c == '\n')
        drain(uart);
}

static uint16_t get_divisor(const struct uart *uart)
{
    uint16_t divisor;

    uart->set(uart, LCR, LCR_8N1 | LCR_DLAB);
    divisor = (uint16_t)(uart->get(uart, DLL) | uart->get(uart, DLM) << 8);
    uart->set(uart, LCR, LCR_8N1);
    return divisor;
}

static void set_divisor(struct uart *uart, uint16_t divisor)
{
    uart->set(uart, LCR, LCR_8N1 | LCR_DLAB);
    uart->set(uart, DLL, (uint8_t)divisor);
    uart->set(uart, DLM, (uint8_t)(divisor >> 8));
    uart->set(uart, LCR, LCR_8N1);
    uart->divisor = divisor;
}

void uart_set_divisor(struct uart *uart, uint16_t divisor)
{
    drain(uart);
    set_divisor(uart, divisor);
}

static uint32_t polls_of(uint32_t baud)
{
    uint32_t polls = POLLS_AT_ONE_BAUD / (baud ? baud : POLLS_AT_ONE_BAUD);

    return polls > POLLS_MIN ? polls : POLLS_MIN;
}

bool uart_init(struct uart *uart, const struct uart_speed *speed)
{
    uint16_t divisor = uart_divisor(speed);

    uart->out = (struct out){uart_put};
    uart->polls = polls_of(speed->baud);
    uart->stuck = uart->never_empty = false;
    uart->set(uart, IER, 0);
    uart->divisor = uart->found_divisor = get_divisor(uart);
    if (divisor)
        set_divisor(uart, divisor);
    uart->set(uart, FCR, FCR_ENABLE_AND_CLEAR);
    if (!answers(uart))
        return false;
    uart->set(uart, MCR, MCR_DTR_RTS);
    return true;
}

/* Bytes that are not characters may be noise on an open line; a device that is gone reads as ff. */
bool uart_take(const struct uart *uart, uint8_t *c)
{
    const uint8_t status = uart->get(uart, LSR);

    if (status == 0xff || !(status & LSR_DATA_READY))
        return false;
    *c = uart->get(uart, RBR);
    return (*c >= ' ' && *c <= '~') || *c == '\r' || *c == '\n';
}

void uart_print_place(const struct uart_place *place, struct out *out)
{
    if (place->space == UART_IO)
        out_printf(out, "I/O port 0x%lx", place->base);
    else
        out_printf(out, "memory 0x%lx (%u-bit registers)", place->base, 8u * place->unit);
}
