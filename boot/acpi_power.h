/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi_power.h - the ways to switch off and to reset that ACPI's tables name. PURE. ACPI
 * specification, "Fixed ACPI Description Table (FADT)" and "\_Sx (System States)".
 */
#ifndef LINTEL_BOOT_ACPI_POWER_H
#define LINTEL_BOOT_ACPI_POWER_H

#include "acpi.h"
#include "power.h"

/*
 * Takes any tables, or none. The only AML that it understands is a package of numbers named \_S5.
 */
void power_read(const struct acpi *acpi, struct power *power);

/* One line. */
void power_print(const struct power *power, struct out *out);

#endif
