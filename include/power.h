/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * power.h - how the firmware wants its machine switched off and reset: what boot/acpi_power.c reads
 * from ACPI's tables, and arch/machine_end.c does.
 */
#ifndef LINTEL_POWER_H
#define LINTEL_POWER_H

#include "gas.h"

struct power {
    const char *no_power_off; /* why ACPI cannot do it; NULL: it can */
    bool reduced;             /* "Hardware-Reduced ACPI": by `sleep_control` alone */
    struct gas sleep_control;
    struct gas control[2]; /* PM1a_CNT, PM1b_CNT; the second may have no address */
    uint8_t sleep_type[2]; /* SLP_TYPa, SLP_TYPb of the state S5, "soft off" */
    uint16_t smi_command;  /* the port that turns ACPI mode on, by `acpi_enable`; 0: always on */
    uint8_t acpi_enable;
    struct gas reset; /* without an address: there is none */
    uint8_t reset_value;
};

#endif
