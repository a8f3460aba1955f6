/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - a 16550 UART as a sink, wherever its registers are: two functions reach them. PURE, so
 * that a test can be the UART. Register names as in the data sheet of the 16550.
 */
#ifndef LINTEL_UART_H
#define LINTEL_UART_H

#include "format.h"
#include "ports.h"

enum uart_space { UART_IO, UART_MEMORY };

/* Where its 8 registers are. */
struct uart_place {
    enum uart_space space;
    uint64_t base;
    uint8_t unit; /* bytes of one register and of an access to it: 1, 2 or 4; 1 at I/O ports */
};

/* Every PC's: 115200 baud at divisor 1. */
#define UART_CLOCK    1843200
#define UART_BAUD_MIN 50

struct uart_speed {
    uint32_t baud;  /* 0: as the firmware left it */
    uint32_t clock; /* Hz: 16 times the baud rate of divisor 1 */
};

/*
 * The divisor that comes nearest to the speed; 0: none is within 2 percent, or the speed is below
 * UART_BAUD_MIN.
 */
uint16_t uart_divisor(const struct uart_speed *speed);

struct uart {
    struct out out;
    uint8_t (*get)(const struct uart *uart, unsigned number);
    void (*set)(const struct uart *uart, unsigned number, uint8_t value);
    uint16_t divisor;       /* in force */
    uint16_t found_divisor; /* the firmware's */
    uint32_t polls;         /* of the status before giving up */
    bool stuck;             /* it stopped taking characters: nothing is written any more */
    bool never_empty;       /* it takes characters, but never says that all are sent */
};

/*
 * Sets speed and 8N1, and makes `uart`, whose get() and set() are there, a sink. `divisor` 0 leaves
 * the firmware's speed. False when no UART answers: it must return a byte in loopback mode, or have
 * a scratch register. No wait is longer than `polls` reads; `speed` says how many that are.
 */
MUST_CHECK bool uart_init(struct uart *uart, const struct uart_speed *speed);

/* A printable character that was received; false: none was. */
bool uart_take(const struct uart *uart, uint8_t *c);

/* Changes the speed after everything has been sent. */
void uart_set_divisor(struct uart *uart, uint16_t divisor);

/* "I/O port 0x3f8", "memory 0xfe032000 (32-bit registers)". */
void uart_print_place(const struct uart_place *place, struct out *out);

#endif
