/* SPDX-License-Identifier: BSD-2-Clause */
/* test_boot_acpi_power.c - FADTs and pieces of AML, good and bad: boot/acpi_power.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "boot/acpi_power.h"

#define RSDT 0x1000
#define FADT 0x2000
#define DSDT 0x3000
#define SSDT 0x4000 /* two of them */
#define STEP 0x1000
#define BODY 36

#define MEMORY_SIZE 0x6000
#include "acpi_memory.h"

static struct power power;

static const struct acpi acpi = {.read = read_memory, .root = RSDT, .stride = 4, .tables = 3};

static void put_gas(uint64_t at, uint8_t space, uint64_t address)
{
    put(at, space, 1);
    put(at + 4, address, 8);
}

static void table(uint64_t at, const char *signature, unsigned length)
{
    uint8_t sum = 0;

    memcpy(&memory[at], signature, 4);
    put(at + 4, length, 4);
    memory[at + 9] = 0;
    for (unsigned i = 0; i < length; i++)
        sum = (uint8_t)(sum + memory[at + i]);
    memory[at + 9] = (uint8_t)-sum;
}

/* Name (_S5, Package () {5, 7, Zero, Zero}), as compilers write it. */
static const uint8_t s5[] = {0x08, '_',  'S',  '5',  '_',  0x12, 0x08,
                             0x04, 0x0a, 0x05, 0x0a, 0x07, 0x00, 0x00};

static void put_aml(uint64_t at, const char *signature, unsigned offset, const uint8_t *aml,
                    size_t size)
{
    memcpy(&memory[at + BODY + offset], aml, size);
    table(at, signature, (unsigned)(BODY + offset + size));
}

/* A FADT of ACPI 1.0: PM1a at 0x604, ACPI mode by writing f1 to port b2. */
static int make(void **state)
{
    (void)state;
    memset(memory, 0, sizeof(memory));
    put(RSDT + 36, FADT, 4);
    put(RSDT + 40, SSDT, 4);
    put(RSDT + 44, SSDT + STEP, 4);
    put(FADT + 40, DSDT, 4);
    put(FADT + 48, 0xb2, 4);
    put(FADT + 52, 0xf1, 1);
    put(FADT + 64, 0x604, 4);
    table(FADT, "FACP", 116);
    put_aml(DSDT, "DSDT", 0, s5, sizeof(s5));
    table(SSDT, "SSDT", BODY);
    table(SSDT + STEP, "SSDT", BODY);
    return 0;
}

static void check(unsigned fadt_length, const char *expected)
{
    struct text_buffer buffer;
    char text[200];

    if (fadt_length)
        table(FADT, "FACP", fadt_length);
    power_read(&acpi, &power);
    text_buffer_init(&buffer, text, sizeof(text));
    power_print(&power, &buffer.out);
    assert_string_equal(text, expected);
}

#define OFF  "acpi: power-off by PM1a_CNT at I/O port 0x604, SLP_TYP 5"
#define NONE "; reset register: none\n"
#define NOT  "acpi: power-off is not possible: "

static void the_first_fadt(void **state)
{
    (void)state;
    check(0, OFF NONE);
    assert_int_equal(power.sleep_type[0], 5);
    assert_int_equal(power.sleep_type[1], 7);
    assert_int_equal(power.smi_command, 0xb2);
    assert_int_equal(power.acpi_enable, 0xf1);
    assert_int_equal(power.control[1].address, 0);
    assert_false(power.reduced);
    put(FADT + 68, 0x804, 4);
    check(116, OFF NONE);
    assert_int_equal(power.control[1].address, 0x804);
}

static void extended_fields_win_where_they_can_be_used(void **state)
{
    (void)state;
    put(FADT + 140, 0x5555, 8);         /* X_DSDT: nothing is there */
    put_gas(FADT + 172, 0, 0xfed80804); /* X_PM1a_CNT_BLK */
    put_gas(FADT + 184, 1, 0x704);      /* X_PM1b_CNT_BLK */
    check(116, OFF NONE);               /* the table ends before them */
    check(196, NOT "neither DSDT nor SSDTs have a package \\_S5 of numbers" NONE);
    put(FADT + 140, DSDT, 8);
    put(FADT + 40, 0, 4);
    check(196, "acpi: power-off by PM1a_CNT at memory 0xfed80804, SLP_TYP 5" NONE);
    assert_int_equal(power.control[1].address, 0x704);
    put_gas(FADT + 172, 2, 0x804); /* not in configuration space */
    check(196, OFF NONE);
    put_gas(FADT + 172, 1, 0xffff); /* the register would have no second byte */
    check(196, OFF NONE);
    put_gas(FADT + 172, 1, 0xfffe);
    check(196, "acpi: power-off by PM1a_CNT at I/O port 0xfffe, SLP_TYP 5" NONE);
}

static void a_reset_register_needs_its_flag(void **state)
{
    (void)state;
    put_gas(FADT + 116, 1, 0xcf9);
    put(FADT + 128, 6, 1);
    check(129, OFF NONE);
    put(FADT + 112, 1 << 10, 4);
    check(129, OFF "; reset by I/O port 0xcf9, value 0x6\n");
    check(128, OFF NONE);
    put_gas(FADT + 116, 0, 0xfed00000);
    check(129, OFF "; reset by memory 0xfed00000, value 0x6\n");
    put_gas(FADT + 116, 2, 0x0000001f00000044);
    check(129, OFF "; reset by PCI configuration space 0x1f00000044, value 0x6\n");
    put_gas(FADT + 116, 2, 0x0000002000000044);
    check(129, OFF NONE);
    put_gas(FADT + 116, 2, 0x0000001f00080044);
    check(129, OFF NONE);
    put_gas(FADT + 116, 2, 0x0000001f00000100);
    check(129, OFF NONE);
    put_gas(FADT + 116, 1, 0x10000);
    check(129, OFF NONE);
    put_gas(FADT + 116, 1, 0);
    check(129, OFF NONE);
    put_gas(FADT + 116, 3, 0xcf9);
    check(129, OFF NONE);
}

static void hardware_reduced(void **state)
{
    (void)state;
    put(FADT + 112, 1 << 20, 4);
    put_gas(FADT + 244, 0, 0xfea00200);
    check(255, NOT "the FADT has no usable SLEEP_CONTROL_REG" NONE);
    check(268, "acpi: power-off by SLEEP_CONTROL_REG at memory 0xfea00200, SLP_TYP 5" NONE);
    assert_true(power.reduced);
    put_gas(FADT + 244, 2, 0xfea00200);
    check(268, NOT "the FADT has no usable SLEEP_CONTROL_REG" NONE);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    put(FADT + 64, 0, 4);
    check(116, NOT "the FADT has no usable PM1a_CNT_BLK" NONE);
    put(FADT + 64, 0x10000, 4);
    check(116, NOT "the FADT has no usable PM1a_CNT_BLK" NONE);
    put(FADT + 64, 0x604, 4);
    check(115, NOT "there is no valid FADT" NONE);
    check(116, OFF NONE);
    memory[DSDT + BODY + 9] ^= 1; /* the checksum is wrong now */
    check(0, NOT "neither DSDT nor SSDTs have a package \\_S5 of numbers" NONE);
    memory[FADT + 64] ^= 1;
    check(0, NOT "there is no valid FADT" NONE);
}

static void ssdts_are_searched(void **state)
{
    (void)state;
    table(DSDT, "DSDT", BODY);
    check(0, NOT "neither DSDT nor SSDTs have a package \\_S5 of numbers" NONE);
    put_aml(SSDT + STEP, "SSDT", 100, s5, sizeof(s5));
    check(0, OFF NONE);
}

/* Wherever in the table it lies, also over the border of what is read at a time. */
static void every_place_is_searched(void **state)
{
    (void)state;
    for (unsigned offset = 0; offset < 600; offset++) {
        memset(&memory[DSDT], 0, STEP);
        put_aml(DSDT, "DSDT", offset, s5, sizeof(s5));
        check(0, OFF NONE);
    }
}

/* Each as all that a DSDT holds; the types, or -1: it is not taken. */
static const struct {
    const char *name;
    uint8_t size, aml[24];
    int a, b;
} pieces[] = {
    {"with a root", 15, {8, '\\', '_', 'S', '5', '_', 0x12, 8, 4, 0x0a, 5, 0x0a, 6, 0, 0}, 5, 6},
    {"Zero and One", 10, {8, '_', 'S', '5', '_', 0x12, 4, 2, 0, 1}, 0, 1},
    {"a word and a dword",
     16,
     {8, '_', 'S', '5', '_', 0x12, 10, 2, 0x0b, 7, 0, 0x0c, 6, 0, 0, 0},
     7,
     6},
    {"a qword", 18, {8, '_', 'S', '5', '_', 0x12, 12, 2, 0x0e, 3, 0, 0, 0, 0, 0, 0, 0, 1}, 3, 1},
    {"a single number", 11, {8, '_', 'S', '5', '_', 0x12, 5, 1, 0x0b, 5, 3}, 5, 3},
    {"a single byte", 10, {8, '_', 'S', '5', '_', 0x12, 4, 1, 0x0a, 5}, 5, 0},
    {"a long length", 12, {8, '_', 'S', '5', '_', 0x12, 0x45, 0, 2, 1, 1, 1}, 1, 1},
    {"the longest length", 14, {8, '_', 'S', '5', '_', 0x12, 0xc8, 0, 0, 0, 2, 0x0a, 4, 0}, 4, 0},
    {"a length that covers one number", 11, {8, '_', 'S', '5', '_', 0x12, 4, 2, 0x0a, 5, 1}, -1, 0},
    {"a length shorter than itself", 12, {8, '_', 'S', '5', '_', 0x12, 0x41, 0, 2, 1, 1, 1}, -1, 0},
    {"no length", 10, {8, '_', 'S', '5', '_', 0x12, 0, 2, 0, 1}, -1, 0},
    {"no elements", 10, {8, '_', 'S', '5', '_', 0x12, 4, 0, 0, 1}, -1, 0},
    {"type 8", 11, {8, '_', 'S', '5', '_', 0x12, 5, 2, 0x0a, 8, 1}, -1, 0},
    {"second type 8", 11, {8, '_', 'S', '5', '_', 0x12, 5, 2, 0, 0x0a, 8}, -1, 0},
    {"Ones", 10, {8, '_', 'S', '5', '_', 0x12, 4, 2, 0xff, 1}, -1, 0},
    {"a string", 12, {8, '_', 'S', '5', '_', 0x12, 6, 2, 0x0d, '5', 0, 1}, -1, 0},
    {"a method", 12, {0x14, 0x0b, '_', 'S', '5', '_', 0, 0xa4, 0x12, 4, 2, 0}, -1, 0},
    {"a use", 10, {0x70, '_', 'S', '5', '_', 0x12, 4, 2, 0, 1}, -1, 0},
    {"another state", 10, {8, '_', 'S', '4', '_', 0x12, 4, 2, 0, 1}, -1, 0},
    {"cut off in a number", 11, {8, '_', 'S', '5', '_', 0x12, 8, 2, 0x0b, 5, 0}, -1, 0},
    {"cut off in the name", 4, {8, '_', 'S', '5'}, -1, 0},
    {"cut off in the length", 7, {8, '_', 'S', '5', '_', 0x12, 0xc8}, -1, 0},
    {"the first is no package",
     18,
     {8, '_', 'S', '5', '_', 0x0a, 5, 0, 8, '_', 'S', '5', '_', 0x12, 4, 2, 1, 0},
     1,
     0},
};

static void numbers_in_packages(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        bool taken = pieces[i].a >= 0;

        memset(&memory[DSDT], 0, STEP);
        put_aml(DSDT, "DSDT", 0, pieces[i].aml, pieces[i].size);
        power_read(&acpi, &power);
        if ((power.no_power_off == NULL) != taken ||
            (taken && (power.sleep_type[0] != pieces[i].a || power.sleep_type[1] != pieces[i].b)))
            fail_msg("%s: %s, %u, %u", pieces[i].name, power.no_power_off ? "none" : "found",
                     power.sleep_type[0], power.sleep_type[1]);
    }
}

#define ROW(function) cmocka_unit_test_setup(function, make)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(the_first_fadt),
        ROW(extended_fields_win_where_they_can_be_used),
        ROW(a_reset_register_needs_its_flag),
        ROW(hardware_reduced),
        ROW(what_is_missing_is_said),
        ROW(ssdts_are_searched),
        ROW(every_place_is_searched),
        ROW(numbers_in_packages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
