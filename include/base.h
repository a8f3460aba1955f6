/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base.h - what every file stands on: fixed-width types, bit arithmetic, build-time checks.
 *
 * Freestanding: it compiles unchanged for the kernel, the host tests and the proofs.
 */
#ifndef LINTEL_BASE_H
#define LINTEL_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* One bit of a 64-bit word, by position 0..63. */
#define BIT64(position) (UINT64_C(1) << (position))

/* `width` bits (1..64) from `position` upwards. */
#define MASK64(position, width) ((~UINT64_C(0) >> (64 - (width))) << (position))

#define MUST_CHECK    __attribute__((warn_unused_result))
#define PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define NORETURN      __attribute__((noreturn))
#define NOINLINE      __attribute__((noinline))
#define PACKED        __attribute__((packed))
#define ALIGNED(n)    __attribute__((aligned(n)))
#define UNUSED        __attribute__((unused))
#define IN_SECTION(s) __attribute__((section(s), used))

/* A variable that is written during boot only: paging_seal() makes it read-only then. */
#define PUBLISHED IN_SECTION(".bss.published")

/* The object of `type` whose `member` is at `pointer`. */
#define CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define PAGE_SIZE    4096
#define PAGE_ALIGNED ALIGNED(PAGE_SIZE)

/* True when every bit of `mask` is set in `word`. */
static inline bool has_all(uint64_t word, uint64_t mask)
{
    return (word & mask) == mask;
}

/* True when at least one bit of `mask` is set in `word`. */
static inline bool has_any(uint64_t word, uint64_t mask)
{
    return (word & mask) != 0;
}

/* The bits [position, position + width) of `word`, shifted down. */
static inline uint64_t field_of(uint64_t word, unsigned position, unsigned width)
{
    return (word & MASK64(position, width)) >> position;
}

/* True for a linear address of `width` bits: all higher bits are copies of its highest. SDM:
 * "Canonical Addressing". */
static inline bool is_canonical(uint64_t address, unsigned width)
{
    uint64_t upper = MASK64(width - 1, 65 - width);

    return !has_any(address, upper) || has_all(address, upper);
}

/* How many bits of `word` are 1. */
static inline unsigned bit_count(uint64_t word)
{
    unsigned count = 0;

    for (; word; word &= word - 1)
        count++;
    return count;
}

static inline uint32_t low32(uint64_t word)
{
    return (uint32_t)word;
}

static inline uint32_t high32(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

#endif
