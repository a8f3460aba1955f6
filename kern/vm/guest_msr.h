/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_msr.h - which MSRs a guest has (guest_msr.def), and the MSR bitmap. PURE.
 */
#ifndef LINTEL_KERN_VM_GUEST_MSR_H
#define LINTEL_KERN_VM_GUEST_MSR_H

#include "base.h"

/* Of linear addresses: no guest has CR4.LA57. */
#define GUEST_LINEAR_BITS 48

enum guest_msr_kind { GUEST_MSR_REFUSE, GUEST_MSR_PASS, GUEST_MSR_VALUE, GUEST_MSR_KERNEL };

struct guest_msr {
    uint32_t address;
    uint8_t read, write; /* enum guest_msr_kind */
    uint64_t value;
    const char *name;
};

/* The row of an MSR, or NULL: refused. */
const struct guest_msr *guest_msr_find(uint32_t address);

/* Fills the page: a bit is 0 where the access is no exit. SDM: "MSR-Bitmap Address". */
void guest_msr_bitmap(uint8_t bitmap[PAGE_SIZE]);

#endif
