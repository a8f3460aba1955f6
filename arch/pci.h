/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.h - the configuration space of PCI by I/O ports. PCI Local Bus Specification, "Configuration
 * Mechanism #1". One processor at a time: it is for the boot, and for the end.
 */
#ifndef LINTEL_ARCH_PCI_H
#define LINTEL_ARCH_PCI_H

#include "base.h"

/* A function is bus << 8 | device << 3 | function; `offset` is below 256. ff where nothing is. */
uint32_t pci_read(uint16_t function, unsigned offset); /* a multiple of 4 */
void pci_write(uint16_t function, unsigned offset, uint32_t value);
void pci_write8(uint16_t function, unsigned offset, uint8_t value);

#endif
