/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_uart.c - see pci_uart.h. PURE. */
#include "pci_uart.h"

#define ID      0x00
#define CLASS   0x08
#define HEADER  0x0c
#define BAR0    0x10
#define BAR_END 0x28
#define NO_ID   0xffff

#define MULTIFUNCTION      BIT64(23) /* of the dword at HEADER */
#define CLASS_SERIAL       0x0700    /* class and subclass */
#define FUNCTIONS          0x10000u
#define FUNCTIONS_A_DEVICE 8u

#define BAR_IO         BIT64(0)
#define BAR_IO_MASK    0xfffcu
#define IO_BASE_MAX    (0x10000 - UART_REGISTERS)
#define BAR_MASK       0xfffffff0u
#define BAR_TYPE(bar)  field_of(bar, 1, 2)
#define BAR_TYPE_64BIT 2

static uint32_t read(const struct pci *pci, unsigned function, unsigned offset)
{
    return pci->read(pci->context, (uint16_t)function, offset);
}

static bool exists(const struct pci *pci, unsigned function)
{
    return field_of(read(pci, function, ID), 0, 16) != NO_ID;
}

static bool is_uart(const struct pci *pci, unsigned function)
{
    return exists(pci, function) && read(pci, function, CLASS) >> 16 == CLASS_SERIAL;
}

/* Function 0 of a device says whether there are others. */
static unsigned functions_of(const struct pci *pci, unsigned device)
{
    if (!exists(pci, device))
        return 0;
    return has_any(read(pci, device, HEADER), MULTIFUNCTION) ? FUNCTIONS_A_DEVICE : 1;
}

bool pci_find_uart(const struct pci *pci, uint16_t *function)
{
    for (unsigned device = 0; device < FUNCTIONS; device += FUNCTIONS_A_DEVICE) {
        unsigned count = functions_of(pci, device);

        for (unsigned i = 0; i < count; i++) {
            if (is_uart(pci, device + i)) {
                *function = (uint16_t)(device + i);
                return true;
            }
        }
    }
    return false;
}

/* The address in the register at `offset`, which is two registers where it is wide; 0: none. */
static uint64_t address_at(const struct pci *pci, uint16_t function, unsigned *offset)
{
    uint32_t bar = read(pci, function, *offset);
    uint64_t high = 0;

    if (bar & BAR_IO)
        return bar & BAR_IO_MASK;
    if (BAR_TYPE(bar) == BAR_TYPE_64BIT && *offset + 4 < BAR_END) {
        *offset += 4;
        high = read(pci, function, *offset);
    }
    return high << 32 | (bar & BAR_MASK);
}

const char *pci_uart_place(const struct pci *pci, uint16_t function, uint8_t unit,
                           struct uart_place *place, uint32_t *decoding)
{
    if (!exists(pci, function))
        return "there is no such PCI function";
    if (field_of(read(pci, function, HEADER), 16, 7) != 0)
        return "it is a bridge";
    for (unsigned offset = BAR0; offset < BAR_END; offset += 4) {
        bool io = read(pci, function, offset) & BAR_IO;
        uint64_t base = address_at(pci, function, &offset);

        if (!base || (io && base > IO_BASE_MAX))
            continue;
        *place = (struct uart_place){
            .space = io ? UART_IO : UART_MEMORY, .base = base, .unit = io ? 1 : unit};
        *decoding = io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
        return NULL;
    }
    return "the firmware gave it no address";
}
