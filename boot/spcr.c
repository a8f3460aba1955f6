/* SPDX-License-Identifier: BSD-2-Clause */
/* spcr.c - see spcr.h. PURE. */
#include "spcr.h"

/*
 *   36 interface type     40 base address (GAS)      58 baud rate, as a code
 *   64 PCI device id      66 vendor                  68 bus, device, function
 *   75 PCI segment        76 clock in Hz (from revision 3)   80 baud rate (from revision 4)
 */
#define INTERFACE     36
#define BASE          40
#define BAUD_CODE     58
#define PCI_ID        64
#define PCI_BUS       68
#define SEGMENT       75
#define CLOCK         76
#define BAUD          80
#define SIZE_OLD      80 /* up to revision 3 */
#define SIZE_MAX_READ 84

#define REVISION          8
#define REVISION_OF_CLOCK 3
#define REVISION_OF_BAUD  4

#define INTERFACE_16550     0x00
#define INTERFACE_16450     0x01
#define INTERFACE_16550_GAS 0x12

/* 1.8432 MHz is usual at I/O ports; for a UART in memory the firmware must give the clock. */
static uint32_t clock_of(const struct spcr *spcr, const uint8_t *table)
{
    uint32_t clock = 0;

    if (table[REVISION] >= REVISION_OF_CLOCK)
        clock = (uint32_t)little_endian(&table[CLOCK], 4);
    if (!clock && spcr->base.space == GAS_IO)
        clock = UART_CLOCK;
    return clock;
}

static uint32_t baud_of(const uint8_t *table, uint32_t length)
{
    static const uint32_t codes[] = {[3] = 9600, [4] = 19200, [6] = 57600, [7] = 115200};
    uint32_t precise = 0;

    if (table[REVISION] >= REVISION_OF_BAUD && length >= BAUD + 4)
        precise = (uint32_t)little_endian(&table[BAUD], 4);
    if (precise)
        return precise;
    return table[BAUD_CODE] < ARRAY_SIZE(codes) ? codes[table[BAUD_CODE]] : 0;
}

/* A speed that cannot be set becomes 0: the UART keeps the firmware's. */
static void read_speed(struct spcr *spcr, const uint8_t *table, uint32_t length)
{
    spcr->speed =
        (struct uart_speed){.baud = baud_of(table, length), .clock = clock_of(spcr, table)};
    if (!uart_divisor(&spcr->speed))
        spcr->speed.baud = 0;
}

/* From the access size, where that is given, else from the register width. */
static uint8_t unit_of(const struct gas *base)
{
    if (base->space == GAS_IO)
        return 1;
    if (base->access)
        return base->access <= 3 ? (uint8_t)(1u << (base->access - 1)) : 0;
    return base->bits == 32 || base->bits == 16 ? base->bits / 8 : 1;
}

/* What has its place on every machine is no UART, and writing there does harm. */
static const struct {
    enum gas_space space;
    uint64_t first, last;
    const char *name;
} devices[] = {
    {GAS_IO, 0x00, 0x1f, "the DMA controller"},
    {GAS_IO, 0x20, 0x21, "the interrupt controller"},
    {GAS_IO, 0x40, 0x43, "the timer"},
    {GAS_IO, 0x60, 0x64, "the keyboard controller"},
    {GAS_IO, 0x70, 0x77, "the clock"},
    {GAS_IO, 0x80, 0x9f, "the DMA controller"},
    {GAS_IO, 0xa0, 0xa1, "the interrupt controller"},
    {GAS_IO, 0xb2, 0xb3, "the SMI command port"},
    {GAS_IO, 0xc0, 0xdf, "the DMA controller"},
    {GAS_IO, 0x3b0, 0x3df, "the display"},
    {GAS_IO, 0xcf8, 0xcff, "PCI configuration"},
    {GAS_MEMORY, 0xfec00000, 0xfecfffff, "an I/O APIC"},
    {GAS_MEMORY, 0xfed00000, 0xfed003ff, "the HPET"},
    {GAS_MEMORY, 0xfee00000, 0xfeefffff, "the local APIC"},
};

/* The device that the UART's registers would overlap, or NULL. */
static const char *device_at(const struct uart_place *place, enum gas_space space)
{
    uint64_t last = place->base + (uint64_t)UART_REGISTERS * place->unit - 1;

    for (unsigned i = 0; i < ARRAY_SIZE(devices); i++)
        if (devices[i].space == space && place->base <= devices[i].last && last >= devices[i].first)
            return devices[i].name;
    return NULL;
}

static bool read_place(struct spcr *spcr)
{
    const struct gas *base = &spcr->base;

    spcr->place = (struct uart_place){.space = base->space == GAS_IO ? UART_IO : UART_MEMORY,
                                      .base = base->address,
                                      .unit = unit_of(base)};
    if (!spcr->place.unit)
        return false;
    return base->space == GAS_MEMORY ||
           (base->space == GAS_IO && base->address <= 0x10000 - UART_REGISTERS);
}

static enum spcr_state state_of_place(struct spcr *spcr)
{
    if (!spcr->base.address)
        return SPCR_OFF;
    if (!read_place(spcr))
        return SPCR_NO_PLACE;
    spcr->device = device_at(&spcr->place, spcr->base.space);
    return spcr->device ? SPCR_DEVICE : SPCR_16550;
}

static void read_pci(struct spcr *spcr, const uint8_t *table)
{
    spcr->has_pci = little_endian(&table[PCI_ID], 2) != 0xffff && !table[SEGMENT] &&
                    little_endian(&table[PCI_ID], 4) != 0;
    spcr->pci = (uint16_t)(table[PCI_BUS] << 8 | (table[PCI_BUS + 1] & 0x1f) << 3 |
                           (table[PCI_BUS + 2] & 7));
}

static bool is_16550(uint8_t interface)
{
    return interface == INTERFACE_16550 || interface == INTERFACE_16450 ||
           interface == INTERFACE_16550_GAS;
}

void spcr_read(const struct acpi *acpi, struct spcr *spcr)
{
    uint8_t table[SIZE_MAX_READ] = {0};
    uint32_t length;
    uint64_t at = acpi_find(acpi, "SPCR", &length);

    *spcr = (struct spcr){.state = SPCR_ABSENT};
    if (!at || length < SIZE_OLD ||
        !acpi->read(acpi->context, at, table, length < sizeof(table) ? length : sizeof(table)))
        return;
    spcr->interface = table[INTERFACE];
    spcr->base = gas_read(&table[BASE]);
    if (!is_16550(spcr->interface)) {
        spcr->state = SPCR_NO_16550;
        return;
    }
    spcr->state = state_of_place(spcr);
    read_speed(spcr, table, length);
    read_pci(spcr, table);
}

void spcr_print(const struct spcr *spcr, struct out *out)
{
    if (spcr->state == SPCR_ABSENT)
        out_printf(out, "console: spcr: the firmware has no valid table SPCR: name the port\n");
    else if (spcr->state == SPCR_NO_16550)
        out_printf(out, "console: spcr: interface type 0x%x is not a 16550: not used\n",
                   spcr->interface);
    else if (spcr->state == SPCR_OFF)
        out_printf(out, "console: spcr: address 0: the firmware's redirection is off\n");
    else if (spcr->state == SPCR_DEVICE)
        out_printf(out, "console: spcr: address 0x%lx is that of %s, no UART: not used\n",
                   spcr->base.address, spcr->device);
    else if (spcr->state == SPCR_NO_PLACE)
        out_printf(out,
                   "console: spcr: no register can be reached at address space %u, address 0x%lx, "
                   "access size %u: not used\n",
                   spcr->base.space, spcr->base.address, spcr->base.access);
}
