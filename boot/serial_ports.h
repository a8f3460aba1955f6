/* SPDX-License-Identifier: BSD-2-Clause */
/* serial_ports.h - the serial ports that console= names, or the default ones, become consoles. */
#ifndef LINTEL_BOOT_SERIAL_PORTS_H
#define LINTEL_BOOT_SERIAL_PORTS_H

#include "acpi.h"
#include "options.h"

/* Those that need nothing: at I/O ports, on PCI too. */
void serial_ports_open(const struct options *options);

/*
 * The others, once devices can be mapped and ACPI's tables are open; they get what was printed
 * before. One line for each port that the command line names and that is not there.
 */
void serial_ports_open_late(const struct options *options, const struct mb2_info *info,
                            const struct acpi *acpi);

#endif
