/* SPDX-License-Identifier: BSD-2-Clause */
/* acpi_memory.h - the physical memory that tests of ACPI's tables make: MEMORY_SIZE bytes. */
#ifndef LINTEL_TESTS_ACPI_MEMORY_H
#define LINTEL_TESTS_ACPI_MEMORY_H

#include <string.h>

#include "base.h"

static uint8_t memory[MEMORY_SIZE];

static bool read_memory(void *context, uint64_t physical, void *to, size_t size)
{
    (void)context;
    if (physical >= sizeof(memory) || size > sizeof(memory) - physical)
        return false;
    memcpy(to, &memory[physical], size);
    return true;
}

static void put(uint64_t at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        memory[at + i] = (uint8_t)(value >> 8 * i);
}

#endif
