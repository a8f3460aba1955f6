/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_uart.h - a serial device on PCI: which one, and where its registers are. PURE: its caller
 * reads the configuration space. PCI Local Bus Specification, "Configuration Space".
 */
#ifndef LINTEL_BOOT_PCI_UART_H
#define LINTEL_BOOT_PCI_UART_H

#include "uart.h"

/* 4 bytes of a function (bus << 8 | device << 3 | function) from `offset`, a multiple of 4. */
typedef uint32_t pci_reader(void *context, uint16_t function, unsigned offset);

struct pci {
    pci_reader *read;
    void *context;
};

#define PCI_COMMAND        4 /* offset of command (low half) and status */
#define PCI_COMMAND_IO     1u
#define PCI_COMMAND_MEMORY 2u

/* The first function of class 07h (simple communication), subclass 00h (serial). False: none. */
MUST_CHECK bool pci_find_uart(const struct pci *pci, uint16_t *function);

/*
 * Where the UART of `function` is: at its first base address register that has an address; `unit`
 * is for registers in memory. NULL, or why not. `*decoding` is the command bit that it needs.
 */
MUST_CHECK const char *pci_uart_place(const struct pci *pci, uint16_t function, uint8_t unit,
                                      struct uart_place *place, uint32_t *decoding);

#endif
