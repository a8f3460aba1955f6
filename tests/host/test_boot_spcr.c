/* SPDX-License-Identifier: BSD-2-Clause */
/* test_boot_spcr.c - the firmware's table of its serial console: boot/spcr.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "boot/spcr.h"

#define RSDT 0x100
#define SPCR 0x200

#define MEMORY_SIZE 0x400
#include "acpi_memory.h"

static const struct acpi acpi = {.read = read_memory, .root = RSDT, .stride = 4, .tables = 1};

/* One row is one table; what is 0 in it is 0 in the table. */
struct table {
    const char *name;
    uint8_t revision, length, interface, space, bits, access;
    uint64_t address;
    uint8_t code;
    uint32_t pci_id;
    uint8_t bus, device, function, segment;
    uint32_t clock, baud;
    const char *expected;
};

static void make(const struct table *table)
{
    uint8_t sum = 0;

    memset(memory, 0, sizeof(memory));
    put(RSDT + 36, SPCR, 4);
    memcpy(&memory[SPCR], "SPCR", 4);
    put(SPCR + 4, table->length, 4);
    put(SPCR + 8, table->revision, 1);
    put(SPCR + 36, table->interface, 1);
    put(SPCR + 40, table->space, 1);
    put(SPCR + 41, table->bits, 1);
    put(SPCR + 43, table->access, 1);
    put(SPCR + 44, table->address, 8);
    put(SPCR + 58, table->code, 1);
    put(SPCR + 64, table->pci_id, 4);
    put(SPCR + 68, table->bus, 1);
    put(SPCR + 69, table->device, 1);
    put(SPCR + 70, table->function, 1);
    put(SPCR + 75, table->segment, 1);
    put(SPCR + 76, table->clock, 4);
    put(SPCR + 80, table->baud, 4);
    for (unsigned i = 0; i < table->length; i++)
        sum = (uint8_t)(sum + memory[SPCR + i]);
    memory[SPCR + 9] = (uint8_t)-sum;
}

static void describe(const struct spcr *spcr, struct out *out)
{
    if (spcr->state != SPCR_16550) {
        spcr_print(spcr, out);
        return;
    }
    uart_print_place(&spcr->place, out);
    out_printf(out, ", %u baud of %u", spcr->speed.baud, spcr->speed.clock);
    if (spcr->has_pci)
        out_printf(out, ", PCI 0x%x", spcr->pci);
}

#define NONE   0xffffffff
#define ABSENT "console: spcr: the firmware has no valid table SPCR: name the port\n"

static const struct table tables[] = {
    {"COM2", 1, 80, 0, 1, 8, 0, 0x2f8, 7, NONE,
     .expected = "I/O port 0x2f8, 115200 baud of 1843200"},
    {"16450, as it is", 2, 80, 1, 1, 8, 1, 0x3f8, 0, NONE,
     .expected = "I/O port 0x3f8, 0 baud of 1843200"},
    {"9600", 2, 80, 0, 1, 8, 1, 0x3f8, 3, NONE, .expected = "I/O port 0x3f8, 9600 baud of 1843200"},
    {"19200", 2, 80, 0, 1, 8, 1, 0x3f8, 4, NONE,
     .expected = "I/O port 0x3f8, 19200 baud of 1843200"},
    {"57600", 2, 80, 0, 1, 8, 1, 0x3f8, 6, NONE,
     .expected = "I/O port 0x3f8, 57600 baud of 1843200"},
    {"a code that does not exist", 2, 80, 0, 1, 8, 1, 0x3f8, 5, NONE,
     .expected = "I/O port 0x3f8, 0 baud of 1843200"},
    {"a code beyond", 2, 80, 0, 1, 8, 1, 0x3f8, 255, NONE,
     .expected = "I/O port 0x3f8, 0 baud of 1843200"},
    {"I/O is by bytes", 2, 80, 0x12, 1, 32, 3, 0xe000, 7, NONE,
     .expected = "I/O port 0xe000, 115200 baud of 1843200"},
    {"memory, the clock is not told", 2, 80, 0x12, 0, 8, 1, 0xfe032000, 7, NONE,
     .expected = "memory 0xfe032000 (8-bit registers), 0 baud of 0"},
    {"memory, wide accesses", 2, 80, 0x12, 0, 8, 3, 0xfe032000, 0, NONE,
     .expected = "memory 0xfe032000 (32-bit registers), 0 baud of 0"},
    {"memory, wide registers", 2, 80, 0x12, 0, 32, 0, 0xfe032000, 0, NONE,
     .expected = "memory 0xfe032000 (32-bit registers), 0 baud of 0"},
    {"memory, 16 bits, above 4 GiB", 2, 80, 0, 0, 16, 2, 0x380000000000, 0, NONE,
     .expected = "memory 0x380000000000 (16-bit registers), 0 baud of 0"},
    {"memory, byte accesses of wide registers", 2, 80, 0, 0, 32, 1, 0xfe032000, 0, NONE,
     .expected = "memory 0xfe032000 (8-bit registers), 0 baud of 0"},
    {"revision 3: the clock", 3, 80, 0x12, 0, 32, 3, 0xfe032000, 7, NONE, .clock = 48000000,
     .expected = "memory 0xfe032000 (32-bit registers), 115200 baud of 48000000"},
    {"revision 2: no clock yet", 2, 80, 0x12, 1, 8, 1, 0x3f8, 7, NONE, .clock = 48000000,
     .expected = "I/O port 0x3f8, 115200 baud of 1843200"},
    {"a clock that cannot be", 3, 80, 0x12, 1, 8, 1, 0x3f8, 7, NONE, .clock = 1000,
     .expected = "I/O port 0x3f8, 0 baud of 1000"},
    {"revision 4: the rate itself", 4, 90, 0, 1, 8, 1, 0x3f8, 7, NONE, .baud = 38400,
     .expected = "I/O port 0x3f8, 38400 baud of 1843200"},
    {"revision 4, cut off before it", 4, 80, 0, 1, 8, 1, 0x3f8, 7, NONE, .baud = 38400,
     .expected = "I/O port 0x3f8, 115200 baud of 1843200"},
    {"PCI", 2, 80, 0, 1, 8, 1, 0xf0a0, 7, 0x9d3d8086, 0, 0x16, 3,
     .expected = "I/O port 0xf0a0, 115200 baud of 1843200, PCI 0xb3"},
    {"PCI of another segment", 2, 80, 0, 1, 8, 1, 0xf0a0, 7, 0x9d3d8086, 0, 0x16, 3, 1,
     .expected = "I/O port 0xf0a0, 115200 baud of 1843200"},
    {"PCI ids of 0", 2, 80, 0, 1, 8, 1, 0x3f8, 7, 0,
     .expected = "I/O port 0x3f8, 115200 baud of 1843200"},

    {"a PL011", 2, 80, 3, 0, 32, 3, 0x9000000, 7, NONE,
     .expected = "console: spcr: interface type 0x3 is not a 16550: not used\n"},
    {"PCI space", 2, 80, 0, 2, 8, 1, 0x1000, 7, NONE,
     .expected = "console: spcr: no register can be reached at address space 2, address 0x1000, "
                 "access size 1: not used\n"},
    {"no address", 2, 80, 0, 1, 8, 1, 0, 7, NONE,
     .expected = "console: spcr: address 0: the firmware's redirection is off\n"},
    {"PCI configuration", 2, 80, 0, 1, 8, 1, 0xcf8, 7, NONE,
     .expected = "console: spcr: address 0xcf8 is that of PCI configuration, no UART: not used\n"},
    {"registers that reach into it", 2, 80, 0, 1, 8, 1, 0xcf1, 7, NONE,
     .expected = "console: spcr: address 0xcf1 is that of PCI configuration, no UART: not used\n"},
    {"and that end before it", 2, 80, 0, 1, 8, 1, 0xcf0, 7, NONE,
     .expected = "I/O port 0xcf0, 115200 baud of 1843200"},
    {"the local APIC", 2, 80, 0, 0, 32, 3, 0xfee00000, 7, NONE,
     .expected = "console: spcr: address 0xfee00000 is that of the local APIC, no UART: "
                 "not used\n"},
    {"a port too high", 2, 80, 0, 1, 8, 1, 0xfff9, 7, NONE,
     .expected = "console: spcr: no register can be reached at address space 1, address 0xfff9, "
                 "access size 1: not used\n"},
    {"64-bit registers", 2, 80, 0, 0, 64, 4, 0x1000, 7, NONE,
     .expected = "console: spcr: no register can be reached at address space 0, address 0x1000, "
                 "access size 4: not used\n"},
    {"too short", 2, 79, 0, 1, 8, 1, 0x3f8, 7, NONE, .expected = ABSENT},
};

static void tables_are_understood(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
        struct text_buffer buffer;
        struct spcr spcr;
        char text[160];

        make(&tables[i]);
        spcr_read(&acpi, &spcr);
        text_buffer_init(&buffer, text, sizeof(text));
        describe(&spcr, &buffer.out);
        if (strcmp(text, tables[i].expected) != 0)
            print_error("table: %s\n", tables[i].name);
        assert_string_equal(text, tables[i].expected);
    }
}

static void a_damaged_table_is_none(void **state)
{
    const struct acpi nothing = {.read = read_memory};
    struct spcr spcr;

    (void)state;
    make(&tables[0]);
    spcr_read(&nothing, &spcr);
    assert_int_equal(spcr.state, SPCR_ABSENT);
    memory[SPCR + 44] ^= 1;
    spcr_read(&acpi, &spcr);
    assert_int_equal(spcr.state, SPCR_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_understood),
        cmocka_unit_test(a_damaged_table_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
