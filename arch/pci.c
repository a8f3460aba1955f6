/* SPDX-License-Identifier: BSD-2-Clause */
/* pci.c - see pci.h. */
#include "pci.h"

#include "insn.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define ENABLE         0x80000000u

static void select(uint16_t function, unsigned offset)
{
    outl(CONFIG_ADDRESS, ENABLE | (uint32_t)function << 8 | (offset & 0xfc));
}

uint32_t pci_read(uint16_t function, unsigned offset)
{
    select(function, offset);
    return inl(CONFIG_DATA);
}

void pci_write(uint16_t function, unsigned offset, uint32_t value)
{
    select(function, offset);
    outl(CONFIG_DATA, value);
}

void pci_write8(uint16_t function, unsigned offset, uint8_t value)
{
    select(function, offset);
    outb((uint16_t)(CONFIG_DATA + (offset & 3)), value);
}
