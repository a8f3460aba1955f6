/* SPDX-License-Identifier: BSD-2-Clause */
/* io_apic.c - see io_apic.h. Intel: "82093AA I/O Advanced Programmable Interrupt Controller". */
#include "io_apic.h"

#include "paging.h"

#define SELECT         0 /* of 32-bit words: the number of the register that WINDOW shows */
#define WINDOW         4
#define VERSION        0x01
#define ENTRY(n)       (0x10 + 2 * (n))
#define ENTRY_MASKED   0x10000u
#define ENTRY_DELIVERY 0x700u
#define ENTRY_SMI      0x200u

static uint32_t read(volatile uint32_t *registers, unsigned number)
{
    registers[SELECT] = number;
    return registers[WINDOW];
}

static void write(volatile uint32_t *registers, unsigned number, uint32_t value)
{
    registers[SELECT] = number;
    registers[WINDOW] = value;
}

unsigned io_apic_mask(uint64_t physical)
{
    volatile uint32_t *registers = device_map(physical, PAGE_SIZE);
    unsigned inputs, count = 0;

    if (!registers || read(registers, VERSION) == UINT32_MAX) /* nobody answers */
        return 0;
    inputs = (read(registers, VERSION) >> 16 & 0xff) + 1;
    for (unsigned i = 0; i < inputs; i++) {
        uint32_t entry = read(registers, ENTRY(i));

        if ((entry & ENTRY_MASKED) || (entry & ENTRY_DELIVERY) == ENTRY_SMI)
            continue;
        write(registers, ENTRY(i), entry | ENTRY_MASKED);
        count++;
    }
    return count;
}
