/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spcr.h - the serial port that the firmware's own console uses. "Serial Port Console Redirection
 * Table" (Microsoft). PURE.
 */
#ifndef LINTEL_BOOT_SPCR_H
#define LINTEL_BOOT_SPCR_H

#include "acpi.h"
#include "uart.h"

enum spcr_state {
    SPCR_ABSENT,   /* no such table, or it is damaged */
    SPCR_NO_16550, /* another kind of port: `interface` */
    SPCR_OFF,      /* the firmware's console redirection is off */
    SPCR_NO_PLACE, /* a 16550 in an address space, or with registers, that are not known here */
    SPCR_DEVICE,   /* another device is there: `device` */
    SPCR_16550,
};

struct spcr {
    enum spcr_state state;
    uint8_t interface; /* "Interface Type" */
    const char *device;
    struct gas base;
    struct uart_place place;
    struct uart_speed speed;
    bool has_pci; /* it is this PCI function, of segment 0: bus << 8 | device << 3 | function */
    uint16_t pci;
};

void spcr_read(const struct acpi *acpi, struct spcr *spcr);

/* Prints one line that says why there is no port; nothing where there is one. */
void spcr_print(const struct spcr *spcr, struct out *out);

#endif
