/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ports.h - I/O ports of a PC and of its emulators that more than one place knows; for assembly,
 * too.
 */
#ifndef LINTEL_PORTS_H
#define LINTEL_PORTS_H

#define COM1_PORT 0x3f8
#define COM2_PORT 0x2f8
#define COM3_PORT 0x3e8
#define COM4_PORT 0x2e8

/* A 16550's registers that the first instructions use, too; lib/uart.c has the others. */
#define UART_THR                   0 /* transmit holding (write) */
#define UART_DLL                   0 /* divisor, low byte (DLAB) */
#define UART_DLM                   1 /* divisor, high byte (DLAB) */
#define UART_LCR                   3
#define UART_LSR                   5
#define UART_REGISTERS             8
#define UART_LCR_8N1               0x03
#define UART_LCR_DLAB              0x80
#define UART_LSR_THR_EMPTY         0x20
#define UART_LSR_TRANSMITTER_EMPTY 0x40

/* The keyboard controller. A port that nobody answers at reads as ff. */
#define KEYBOARD_DATA   0x60
#define KEYBOARD_STATUS 0x64 /* a command when written */

/* isa-debug-exit of QEMU turns value V into exit status 2 * V + 1: 33 passed, 35 failed. */
#define QEMU_EXIT_PORT   0xf4
#define QEMU_EXIT_PORTS  4
#define QEMU_EXIT_PASSED 0x10
#define QEMU_EXIT_FAILED 0x11
#define BOCHS_EXIT_PORT  0x8900

#endif
