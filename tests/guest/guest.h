/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest.h - what the guests of the tests share: text over a serial port, interrupt handlers that
 * count, instructions that may fault.
 */
#ifndef LINTEL_TESTS_GUEST_H
#define LINTEL_TESTS_GUEST_H

#include "format.h"
#include "guest_machine.h"
#include "x86.h"

extern volatile uint64_t counts[256];             /* interrupts and faults taken, by vector */
extern volatile uint32_t last_error, last_rflags; /* of the last one's frame */

void print(const char *format, ...) PRINTF(1, 2);

/* Loads an IDT in which each vector counts itself. */
void catch_all(void);

/* After that: another handler for one vector, which ring 3 of the guest may call. */
void set_user_gate(uint8_t vector, void (*handler)(void));

int main(void);

/*
 * Executes `code` under label 1; a fault goes on at label 2. True: it faulted (`counts` says how).
 */
#define FAULTS(code, ...)                                           \
    ({                                                              \
        uint64_t before_ = faults();                                \
        __asm__ volatile("leaq 2f(%%rip), %%r15\n1: " code          \
                         "\n2: xorl %%r15d, %%r15d\n" __VA_ARGS__); \
        faults() != before_;                                        \
    })

static inline uint64_t faults(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < 32; i++)
        sum += counts[i];
    return sum;
}

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                     : "a"(leaf), "c"(subleaf));
}

/* False: #GP. */
static inline bool read_msr(uint32_t msr, uint64_t *value)
{
    uint32_t low = 0, high = 0;
    uint64_t before = counts[13];

    __asm__ volatile("leaq 2f(%%rip), %%r15\nrdmsr\n2: xorl %%r15d, %%r15d"
                     : "+a"(low), "+d"(high)
                     : "c"(msr)
                     : "r15", "memory");
    *value = (uint64_t)high << 32 | low;
    return counts[13] == before;
}

static inline bool write_msr(uint32_t msr, uint64_t value)
{
    uint64_t before = counts[13];

    __asm__ volatile("leaq 2f(%%rip), %%r15\nwrmsr\n2: xorl %%r15d, %%r15d"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "r15", "memory");
    return counts[13] == before;
}

static inline uint64_t hypercall(uint64_t number, uint64_t argument)
{
    uint64_t result = number;

    __asm__ volatile("vmcall" : "+a"(result) : "b"(argument) : "memory");
    return result;
}

/* A failed expectation is the guest's exit status. */
extern int failures;
void expect(bool condition, const char *what);

#endif
