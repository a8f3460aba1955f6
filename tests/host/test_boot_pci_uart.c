/* SPDX-License-Identifier: BSD-2-Clause */
/* test_boot_pci_uart.c - serial devices in a made-up configuration space: boot/pci_uart.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "boot/pci_uart.h"

struct function {
    uint16_t address;
    uint32_t class, header; /* dwords 8 and 0xc */
    uint32_t bars[6];
};

struct machine {
    const struct function *functions;
    unsigned count;
};

static uint32_t read(void *context, uint16_t address, unsigned offset)
{
    const struct machine *machine = context;

    assert_true(offset % 4 == 0 && offset < 0x40);
    for (unsigned i = 0; i < machine->count; i++) {
        const struct function *function = &machine->functions[i];

        if (function->address != address)
            continue;
        if (offset >= 0x10 && offset < 0x28)
            return function->bars[(offset - 0x10) / 4];
        return offset == 8 ? function->class : offset == 0xc ? function->header : 0x00021b36;
    }
    return 0xffffffff;
}

#define SERIAL                    0x07000201
#define MANY                      0x00800000
#define BRIDGE                    0x00010000
#define AT(bus, device, function) ((bus) << 8 | (device) << 3 | (function))

static const struct function machine[] = {
    {AT(0, 0, 0), 0x06000002, 0, {0}},
    {AT(0, 1, 0), 0x06040000, BRIDGE, {0xfe000000}},
    {AT(0, 2, 1), SERIAL, 0, {0x3001}}, /* no function 0: it is not there */
    {AT(0, 3, 1), SERIAL, 0, {0x3001}}, /* function 0 says that it is alone */
    {AT(0, 3, 0), 0x02000000, 0, {0xc001}},
    {AT(0, 4, 0), 0x07800000, MANY, {0xfe001000}}, /* simple communication, but not serial */
    {AT(0, 4, 3), SERIAL, 0, {0xf0a1, 0xfe002000}},
    {AT(1, 0, 0), SERIAL, 0, {0, 0xd001}},
};

static void the_first_one_is_found(void **state)
{
    struct machine all = {machine, ARRAY_SIZE(machine)};
    struct machine without = {machine, ARRAY_SIZE(machine) - 2};
    struct machine last = {&machine[ARRAY_SIZE(machine) - 1], 1};
    struct pci pci = {read, &all};
    uint16_t function;

    (void)state;
    assert_true(pci_find_uart(&pci, &function));
    assert_int_equal(function, AT(0, 4, 3));
    pci.context = &last;
    assert_true(pci_find_uart(&pci, &function));
    assert_int_equal(function, AT(1, 0, 0));
    pci.context = &without;
    assert_false(pci_find_uart(&pci, &function));
}

static const struct {
    const char *name;
    struct function function;
    const char *expected; /* the place, or why not */
    uint32_t decoding;
} cases[] = {
    {"I/O", {0, SERIAL, 0, {0xf0a1}}, "I/O port 0xf0a0", 1},
    {"I/O, upper bits", {0, SERIAL, 0, {0xffff00a1}}, "I/O port 0xa0", 1},
    {"memory", {0, SERIAL, 0, {0xfe002000}}, "memory 0xfe002000 (32-bit registers)", 2},
    {"memory, prefetchable",
     {0, SERIAL, 0, {0xfe002008}},
     "memory 0xfe002000 (32-bit registers)",
     2},
    {"64-bit memory",
     {0, SERIAL, 0, {0xfe002004, 0x38}},
     "memory 0x38fe002000 (32-bit registers)",
     2},
    {"64-bit memory above 4 GiB",
     {0, SERIAL, 0, {4, 0x38}},
     "memory 0x3800000000 (32-bit registers)",
     2},
    {"the first one is empty", {0, SERIAL, 0, {0, 0, 0xe001}}, "I/O port 0xe000", 1},
    {"an empty wide one, whose second half is no BAR",
     {0, SERIAL, 0, {4, 0, 0xe001}},
     "I/O port 0xe000",
     1},
    {"a wide one at the end has no second half",
     {0, SERIAL, 0, {0, 0, 0, 0, 0, 0xfe002004}},
     "memory 0xfe002000 (32-bit registers)",
     2},
    {"a port too high", {0, SERIAL, 0, {0xfffd, 0xe001}}, "I/O port 0xe000", 1},
    {"no address", {0, SERIAL, 0, {1}}, "the firmware gave it no address", 0},
    {"bridge", {0, SERIAL, BRIDGE, {0xf0a1}}, "it is a bridge", 0},
    {"none", {1, SERIAL, 0, {0xf0a1}}, "there is no such PCI function", 0},
};

static void base_address_registers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct machine one = {&cases[i].function, 1};
        const struct pci pci = {read, &one};
        struct uart_place place;
        struct text_buffer buffer;
        uint32_t decoding = 0;
        char text[80];
        const char *why = pci_uart_place(&pci, 0, 4, &place, &decoding);

        text_buffer_init(&buffer, text, sizeof(text));
        if (!why)
            uart_print_place(&place, &buffer.out);
        if (strcmp(why ? why : text, cases[i].expected) != 0)
            print_error("case: %s\n", cases[i].name);
        assert_string_equal(why ? why : text, cases[i].expected);
        assert_int_equal(decoding, cases[i].decoding);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_one_is_found),
        cmocka_unit_test(base_address_registers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
