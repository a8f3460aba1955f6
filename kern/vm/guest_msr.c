/* SPDX-License-Identifier: BSD-2-Clause */
/* guest_msr.c - see guest_msr.h. PURE. */
#include "guest_msr.h"

#include "guest_msr.def"
#include "memory_type.h"
#include "msr/vmx_caps.h"
#include "x86.h"

static const struct guest_msr rows[] = {
#define MSR_ROW(name, read, write, value) \
    {MSR_##name, GUEST_MSR_##read, GUEST_MSR_##write, value, #name},
    GUEST_MSRS(MSR_ROW)
#undef MSR_ROW
};

/*
 *   0       1024      2048      3072      4096
 *   +---------+---------+---------+---------+
 *   | read    | read    | write   | write   |   one bit an MSR: 0 .. 1fff (low),
 *   | low     | high    | low     | high    |   c0000000 .. c0001fff (high)
 *   +---------+---------+---------+---------+
 */
#define HIGH_MSRS  0xc0000000u
#define PART_BYTES 1024u
#define WRITES     2048u

const struct guest_msr *guest_msr_find(uint32_t address)
{
    unsigned low = 0, high = ARRAY_SIZE(rows);

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (rows[middle].address == address)
            return &rows[middle];
        if (rows[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void open_at(uint8_t *bitmap, uint32_t address)
{
    uint32_t bit = address & 0x1fff, part = address >= HIGH_MSRS ? PART_BYTES : 0;

    bitmap[part + bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

void guest_msr_bitmap(uint8_t bitmap[PAGE_SIZE])
{
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        bitmap[i] = 0xff;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].read == GUEST_MSR_PASS)
            open_at(bitmap, rows[i].address);
        if (rows[i].write == GUEST_MSR_PASS)
            open_at(bitmap + WRITES, rows[i].address);
    }
}
