/* SPDX-License-Identifier: BSD-2-Clause */
/* mtrr.c - see mtrr.h. PURE. */
#include "mtrr.h"

#include "x86.h"

#define PHYSBASE(n) (MSR_IA32_MTRR_PHYSBASE0 + 2 * (n))
#define PHYSMASK(n) (MSR_IA32_MTRR_PHYSMASK0 + 2 * (n))
#define FIX4K(n)    (MSR_IA32_MTRR_FIX4K_C0000 + (n))

#define CAP_FIXED    BIT64(8)
#define MASK_VALID   BIT64(11)
#define TYPE_MASK    0xffu
#define PAGE_BITS    (~UINT64_C(0xfff))
#define FIXED_END    UINT64_C(0x100000)
#define PER_FIXED    8                 /* types in one register */
#define BIG_FIXED    UINT64_C(0x80000) /* below: one register, of 64 KiB a type */
#define MIDDLE_FIXED UINT64_C(0xc0000) /* below: two, of 16 KiB; then eight, of 4 KiB */
#define MIDDLE_FIRST 1u
#define SMALL_FIRST  3u

static const uint32_t fixed_msrs[MTRR_FIXED] = {
    MSR_IA32_MTRR_FIX64K_00000,
    MSR_IA32_MTRR_FIX16K_80000,
    MSR_IA32_MTRR_FIX16K_80000 + 1,
    FIX4K(0),
    FIX4K(1),
    FIX4K(2),
    FIX4K(3),
    FIX4K(4),
    FIX4K(5),
    FIX4K(6),
    FIX4K(7),
};

static uint64_t read_or_0(msr_reader *read, void *context, uint32_t address)
{
    uint64_t value = 0;

    return read(context, address, &value) ? value : 0;
}

/* Bits of an address below the lowest one that any mask asks for change nothing. */
static uint64_t grain_of(const struct mtrrs *mtrrs)
{
    uint64_t asked = UINT64_C(1) << 63;

    for (unsigned i = 0; i < mtrrs->ranges; i++)
        if (has_any(mtrrs->range[i].mask, MASK_VALID))
            asked |= mtrrs->range[i].mask & PAGE_BITS;
    return asked & -asked;
}

void mtrr_read(struct mtrrs *mtrrs, bool exist, msr_reader *read, void *context)
{
    uint64_t capabilities = exist ? read_or_0(read, context, MSR_IA32_MTRRCAP) : 0;

    *mtrrs = (struct mtrrs){
        .exist = exist, .grain = UINT64_C(1) << 63, .has_fixed = has_any(capabilities, CAP_FIXED)};
    if (!exist)
        return;
    mtrrs->def_type = read_or_0(read, context, MSR_IA32_MTRR_DEF_TYPE);
    mtrrs->ranges = (unsigned)(capabilities & 0xff);
    if (mtrrs->ranges > MTRR_RANGES_MAX)
        mtrrs->ranges = MTRR_RANGES_MAX;
    for (unsigned i = 0; i < mtrrs->ranges; i++) {
        mtrrs->range[i].base = read_or_0(read, context, PHYSBASE(i));
        mtrrs->range[i].mask = read_or_0(read, context, PHYSMASK(i));
    }
    for (unsigned i = 0; mtrrs->has_fixed && i < MTRR_FIXED; i++)
        mtrrs->fixed[i] = read_or_0(read, context, fixed_msrs[i]);
    mtrrs->grain = grain_of(mtrrs);
}

/* Reserved numbers are taken as UC, which is never wrong. */
static enum memory_type type_of(uint64_t number)
{
    switch (number & TYPE_MASK) {
    case MEMORY_TYPE_WC:
    case MEMORY_TYPE_WT:
    case MEMORY_TYPE_WP:
    case MEMORY_TYPE_WB:
        return (enum memory_type)(number & TYPE_MASK);
    default:
        return MEMORY_TYPE_UC;
    }
}

static enum memory_type fixed_type(const struct mtrrs *mtrrs, uint64_t physical)
{
    uint64_t number;

    if (physical < BIG_FIXED)
        number = physical >> 16;
    else if (physical < MIDDLE_FIXED)
        number = (uint64_t)MIDDLE_FIRST * PER_FIXED + ((physical - BIG_FIXED) >> 14);
    else
        number = (uint64_t)SMALL_FIRST * PER_FIXED + ((physical - MIDDLE_FIXED) >> 12);
    return type_of(mtrrs->fixed[number / PER_FIXED] >> number % PER_FIXED * 8);
}

/* Of two types for one page: UC wins, then WT over WB; others are undefined, and taken as UC. */
static enum memory_type stronger(enum memory_type a, enum memory_type b)
{
    if (a == b)
        return a;
    if ((a == MEMORY_TYPE_WT && b == MEMORY_TYPE_WB) ||
        (a == MEMORY_TYPE_WB && b == MEMORY_TYPE_WT))
        return MEMORY_TYPE_WT;
    return MEMORY_TYPE_UC;
}

static bool covers(const struct mtrrs *mtrrs, unsigned i, uint64_t physical)
{
    uint64_t mask = mtrrs->range[i].mask & PAGE_BITS;

    return has_any(mtrrs->range[i].mask, MASK_VALID) &&
           (physical & mask) == (mtrrs->range[i].base & mask);
}

enum memory_type mtrr_type(const struct mtrrs *mtrrs, uint64_t physical)
{
    enum memory_type type = MEMORY_TYPE_UC;
    bool found = false;

    if (!mtrrs->exist)
        return MEMORY_TYPE_WB;
    if (!has_any(mtrrs->def_type, MTRR_DEF_TYPE_ENABLED))
        return MEMORY_TYPE_UC;
    if (physical < FIXED_END && mtrrs->has_fixed && has_any(mtrrs->def_type, MTRR_DEF_TYPE_FIXED))
        return fixed_type(mtrrs, physical);
    for (unsigned i = 0; i < mtrrs->ranges; i++)
        if (covers(mtrrs, i, physical)) {
            enum memory_type one = type_of(mtrrs->range[i].base);

            type = found ? stronger(type, one) : one;
            found = true;
        }
    return found ? type : type_of(mtrrs->def_type);
}

uint64_t mtrr_run(const struct mtrrs *mtrrs, uint64_t physical, uint64_t bytes,
                  enum memory_type *type)
{
    uint64_t run = 0;

    *type = mtrr_type(mtrrs, physical);
    while (run < bytes && mtrr_type(mtrrs, physical + run) == *type) {
        uint64_t step = physical + run < FIXED_END ? PAGE_SIZE : mtrrs->grain;

        run += step - (physical + run) % step;
    }
    return run < bytes ? run : bytes;
}

uint32_t mtrr_difference(const struct mtrrs *a, const struct mtrrs *b)
{
    if (a->exist != b->exist || a->ranges != b->ranges || a->has_fixed != b->has_fixed)
        return MSR_IA32_MTRRCAP;
    if (a->def_type != b->def_type)
        return MSR_IA32_MTRR_DEF_TYPE;
    for (unsigned i = 0; i < a->ranges; i++) {
        if (a->range[i].base != b->range[i].base)
            return PHYSBASE(i);
        if (a->range[i].mask != b->range[i].mask)
            return PHYSMASK(i);
    }
    for (unsigned i = 0; i < MTRR_FIXED; i++)
        if (a->fixed[i] != b->fixed[i])
            return fixed_msrs[i];
    return 0;
}
