/* SPDX-License-Identifier: BSD-2-Clause */
/* guest.c - see guest.h. */
#include "guest.h"

volatile uint64_t counts[256];
volatile uint32_t last_error, last_rflags;
int failures;

extern const uint8_t stubs[];
NORETURN void unexpected(uint64_t rip, uint64_t vector);

static struct PACKED {
    uint16_t low, selector, flags, middle;
    uint32_t high, reserved;
} idt[256];

static void put(struct out *out, char c)
{
    (void)out;
    outb(COM1_PORT, (uint8_t)c);
}

void print(const char *format, ...)
{
    struct out out = {put};
    va_list arguments;

    va_start(arguments, format);
    out_vprintf(&out, format, arguments);
    va_end(arguments);
}

void expect(bool condition, const char *what)
{
    if (condition)
        return;
    failures++;
    print("failed: %s\n", what);
}

void unexpected(uint64_t rip, uint64_t vector)
{
    print("unexpected fault %lu at 0x%lx\n", vector, rip);
    for (;;)
        outb(QEMU_EXIT_PORT, 99);
}

void catch_all(void)
{
    struct PACKED {
        uint16_t limit;
        uint64_t base;
    } table = {sizeof(idt) - 1, (uintptr_t)idt};

    for (unsigned i = 0; i < 256; i++) {
        uint64_t stub = (uintptr_t)stubs + (uint64_t)i * 16;

        idt[i].low = (uint16_t)stub;
        idt[i].selector = 8;
        idt[i].flags = 0x8e00;
        idt[i].middle = (uint16_t)(stub >> 16);
        idt[i].high = (uint32_t)(stub >> 32);
    }
    __asm__ volatile("lidt %0" : : "m"(table));
}

void set_user_gate(uint8_t vector, void (*handler)(void))
{
    uint64_t address = (uintptr_t)handler;

    idt[vector].low = (uint16_t)address;
    idt[vector].middle = (uint16_t)(address >> 16);
    idt[vector].high = (uint32_t)(address >> 32);
    idt[vector].flags = 0xee00;
}
