/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mtrr.h - the memory types that the firmware gave to physical memory, so that EPT gives a guest
 * the same: two types for one page at a time are undefined. PURE. SDM: "Memory Type Range Registers
 * (MTRRs)".
 */
#ifndef LINTEL_VMX_MTRR_H
#define LINTEL_VMX_MTRR_H

#include "memory_type.h"
#include "msr/vmx_caps.h"

#define MTRR_RANGES_MAX 32
#define MTRR_FIXED      11

struct mtrrs {
    uint64_t def_type;          /* IA32_MTRR_DEF_TYPE */
    uint64_t fixed[MTRR_FIXED]; /* by ascending address; 0 where there are none */
    unsigned ranges;
    struct {
        uint64_t base, mask; /* IA32_MTRR_PHYSBASEn, IA32_MTRR_PHYSMASKn */
    } range[MTRR_RANGES_MAX];
    uint64_t grain; /* above the first MiB: the size of blocks that are all of one type */
    bool exist;     /* without MTRRs all memory is write-back */
    bool has_fixed;
};

/* `exist` is CPUID's word (1:EDX bit 12). */
void mtrr_read(struct mtrrs *mtrrs, bool exist, msr_reader *read, void *context);

/* The type of the page at `physical`. SDM: "MTRR Precedences". */
enum memory_type mtrr_type(const struct mtrrs *mtrrs, uint64_t physical);

/* How many of `bytes` from `physical` on have one type, and which. All are multiples of a page. */
uint64_t mtrr_run(const struct mtrrs *mtrrs, uint64_t physical, uint64_t bytes,
                  enum memory_type *type);

/* The first MSR in which two processors differ, and 0 where they agree. */
uint32_t mtrr_difference(const struct mtrrs *a, const struct mtrrs *b);

#endif
