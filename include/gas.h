/* SPDX-License-Identifier: BSD-2-Clause */
/* gas.h - where a register is. ACPI specification, "Generic Address Structure (GAS)". */
#ifndef LINTEL_GAS_H
#define LINTEL_GAS_H

#include "base.h"

enum gas_space { GAS_MEMORY = 0, GAS_IO = 1, GAS_PCI = 2 };

/* An address of 0 means that there is no such register. */
struct gas {
    uint8_t space;  /* enum gas_space, or one that is not used here */
    uint8_t bits;   /* width of the register */
    uint8_t offset; /* its first bit */
    uint8_t access; /* 1, 2, 3, 4: by 1, 2, 4, 8 bytes; 0: not said */
    uint64_t address;
};

#define GAS_SIZE 12 /* bytes in a table */

#endif
