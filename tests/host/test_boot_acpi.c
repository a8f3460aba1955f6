/* SPDX-License-Identifier: BSD-2-Clause */
/* test_boot_acpi.c - ACPI tables made by hand, good and bad: boot/acpi.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "boot/acpi.h"

#define MEMORY 0x100000 /* the first MiB */
#define RSDP   0xf0010
#define RSDT   0x1000
#define XSDT   0x2000
#define MADT   0x3000
#define FADT   0x4000

static uint8_t memory[MEMORY];
static uint8_t *const rsdp = &memory[RSDP];
static struct mb2_info info;
static struct acpi acpi;
static struct acpi_processors processors;
static char text[256];

static bool read_memory(void *context, uint64_t physical, void *to, size_t size)
{
    (void)context;
    if (physical >= MEMORY || size > MEMORY - physical)
        return false;
    memcpy(to, &memory[physical], size);
    return true;
}

static void put(uint64_t at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        memory[at + i] = (uint8_t)(value >> 8 * i);
}

/* Makes the bytes add up to 0 by the one at `where`. */
static void seal(uint64_t at, unsigned length, unsigned where)
{
    uint8_t sum = 0;

    memory[at + where] = 0;
    for (unsigned i = 0; i < length; i++)
        sum = (uint8_t)(sum + memory[at + i]);
    memory[at + where] = (uint8_t)-sum;
}

static void table(uint64_t at, const char *signature, unsigned length)
{
    memcpy(&memory[at], signature, 4);
    put(at + 4, length, 4);
    seal(at, length, 9);
}

static void make_rsdp(bool newer)
{
    memcpy(rsdp, "RSD PTR ", 8);
    rsdp[15] = newer ? 2 : 0;
    put(RSDP + 16, RSDT, 4);
    seal(RSDP, 20, 8);
    if (!newer)
        return;
    put(RSDP + 20, 36, 4);
    put(RSDP + 24, XSDT, 8);
    seal(RSDP, 36, 32);
}

/* Roots that name the FADT and the MADT; no processor yet. */
static int make(void **state)
{
    (void)state;
    memset(memory, 0, sizeof(memory));
    memset(&info, 0, sizeof(info));
    acpi = (struct acpi){.read = read_memory};
    put(RSDT + 36, FADT, 4);
    put(RSDT + 40, MADT, 4);
    table(RSDT, "RSDT", 44);
    put(XSDT + 36, FADT, 8);
    put(XSDT + 44, MADT, 8);
    table(XSDT, "XSDT", 52);
    table(FADT, "FACP", 116);
    table(MADT, "APIC", 44);
    make_rsdp(true);
    return 0;
}

static unsigned madt_length;

static void begin_madt(void)
{
    madt_length = 44;
}

static void add_apic(uint8_t id, uint32_t flags)
{
    put(MADT + madt_length, 0x0800, 2);
    put(MADT + madt_length + 3, id, 1);
    put(MADT + madt_length + 4, flags, 4);
    madt_length += 8;
}

static void add_x2apic(uint32_t id, uint32_t flags)
{
    put(MADT + madt_length, 0x1009, 2);
    put(MADT + madt_length + 4, id, 4);
    put(MADT + madt_length + 8, flags, 4);
    madt_length += 16;
}

static bool open(bool search)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, sizeof(text));
    return acpi_open(&acpi, &info, search, &buffer.out);
}

static bool read_processors(void)
{
    table(MADT, "APIC", madt_length);
    return open(true) && acpi_processors(&acpi, &processors);
}

static void add_io_apic(uint32_t address)
{
    put(MADT + madt_length, 0x0c01, 2);
    put(MADT + madt_length + 4, address, 4);
    madt_length += 12;
}

/* Ids above 255 come in entries of their own; the broadcast is nobody's. */
static void large_ids(void **state)
{
    (void)state;
    begin_madt();
    add_apic(0, 1);
    add_apic(0xff, 1);
    add_x2apic(255, 1);
    add_x2apic(0x1ff, 1);
    add_x2apic(0x200, 2); /* can be added later: not there */
    add_x2apic(UINT32_MAX, 1);
    assert_true(read_processors());
    assert_int_equal(processors.count, 3);
    assert_int_equal(processors.apic_id[1], 255);
    assert_int_equal(processors.apic_id[2], 0x1ff);
    assert_int_equal(processors.largest_id, 0x1ff);
}

static void io_apics(void **state)
{
    (void)state;
    begin_madt();
    assert_true(read_processors());
    assert_int_equal(processors.io_apics, 0);
    add_io_apic(0xfec00000);
    add_apic(3, 1);
    for (unsigned i = 0; i < IO_APICS_MAX; i++)
        add_io_apic(0xfec01000 + i * 0x1000);
    assert_true(read_processors());
    assert_int_equal(processors.count, 1);
    assert_int_equal(processors.io_apics, IO_APICS_MAX);
    assert_int_equal(processors.io_apic[0], 0xfec00000);
    assert_int_equal(processors.io_apic[IO_APICS_MAX - 1], 0xfec0f000);
}

static void the_xsdt_is_preferred(void **state)
{
    (void)state;
    assert_true(open(true));
    assert_string_equal(text, "acpi: XSDT at 0x2000, 2 tables\n");
}

static void a_damaged_xsdt_gives_way(void **state)
{
    (void)state;
    memory[XSDT + 40] ^= 1;
    assert_true(open(true));
    assert_string_equal(text, "acpi: RSDT at 0x1000, 2 tables\n");
}

static void the_old_rsdp_has_an_rsdt(void **state)
{
    (void)state;
    make_rsdp(false);
    assert_true(open(true));
    assert_string_equal(text, "acpi: RSDT at 0x1000, 2 tables\n");
}

static void the_loaders_copy_is_used(void **state)
{
    uint8_t copy[36];

    (void)state;
    memcpy(copy, rsdp, sizeof(copy));
    memset(rsdp, 0, sizeof(copy));
    assert_false(open(true));
    assert_false(open(false));
    assert_string_equal(text, "acpi: no valid root table: one processor, no power-off\n");
    info.acpi_new_rsdp = (struct mb2_bytes){copy, sizeof(copy)};
    assert_true(open(false));
}

static void the_ebda_is_searched(void **state)
{
    (void)state;
    put(0x40e, 0x9fc0, 2);
    memcpy(&memory[0x9fc20], rsdp, 36);
    memset(rsdp, 0, 36);
    assert_true(open(true));
    memory[0x9fc20 + 5] ^= 1;
    assert_false(open(true));
}

static void damaged_tables_are_not_found(void **state)
{
    uint32_t length;

    (void)state;
    assert_true(open(true));
    assert_int_equal(acpi_find(&acpi, "FACP", &length), FADT);
    assert_int_equal(length, 116);
    assert_int_equal(acpi_find(&acpi, "DSDT", &length), 0);
    memory[FADT + 50] ^= 1;
    assert_int_equal(acpi_find(&acpi, "FACP", &length), 0);
    table(FADT, "FACP", 116);
    put(FADT + 4, 20, 4); /* shorter than a header */
    assert_int_equal(acpi_find(&acpi, "FACP", &length), 0);
    put(FADT + 4, UINT32_MAX, 4);
    assert_int_equal(acpi_find(&acpi, "FACP", &length), 0);
}

/* Gaps, both kinds, those that are off, and one that is named twice. */
static void processors_by_their_ids(void **state)
{
    static const uint32_t ids[] = {0, 2, 6, 300};

    (void)state;
    begin_madt();
    add_apic(0, 1);
    add_apic(1, 0); /* off */
    add_apic(2, 1);
    add_apic(4, 2); /* could be turned on: is not */
    add_x2apic(6, 1);
    add_x2apic(2, 1); /* again */
    add_x2apic(300, 1);
    add_apic(255, 1); /* the broadcast */
    assert_true(read_processors());
    assert_int_equal(processors.count, ARRAY_SIZE(ids));
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
        assert_int_equal(processors.apic_id[i], ids[i]);
    assert_int_equal(processors.largest_id, 300);
    assert_int_equal(processors.left_out, 0);
}

static void too_many_are_counted(void **state)
{
    (void)state;
    begin_madt();
    for (uint32_t i = 0; i < CPUS_MAX + 5; i++)
        add_x2apic(i * 3, 1);
    assert_true(read_processors());
    assert_int_equal(processors.count, CPUS_MAX);
    assert_int_equal(processors.left_out, 5);
}

/* Entries that are too short, go beyond the table, or are of no kind that we know. */
static void broken_entries_end_or_are_skipped(void **state)
{
    (void)state;
    begin_madt();
    add_apic(3, 1);
    put(MADT + madt_length, 0x0c01, 2); /* an I/O APIC */
    madt_length += 12;
    put(MADT + madt_length, 0x0400, 2); /* a local APIC of 4 bytes */
    put(MADT + madt_length + 3, 9, 1);
    madt_length += 4;
    add_apic(5, 1);
    put(MADT + madt_length, 0x0000, 2); /* of no bytes: the end */
    madt_length += 8;
    add_apic(7, 1);
    assert_true(read_processors());
    assert_int_equal(processors.count, 2);
    assert_int_equal(processors.apic_id[0], 3);
    assert_int_equal(processors.apic_id[1], 5);
}

static void no_madt_is_said(void **state)
{
    (void)state;
    memory[MADT] = 'X';
    assert_true(open(true));
    assert_false(acpi_processors(&acpi, &processors));
    assert_int_equal(processors.count, 0);
}

/* What acpi_print_defects() says, and then acpi_processors_print(). */
static void check_said(const char *expected)
{
    struct text_buffer buffer;

    assert_true(open(true));
    (void)acpi_processors(&acpi, &processors);
    text_buffer_init(&buffer, text, sizeof(text));
    acpi_print_defects(&acpi, &buffer.out);
    acpi_processors_print(&processors, &buffer.out);
    assert_string_equal(text, expected);
}

#define TABLE_APIC "acpi: table APIC at 0x3000 "
#define NO_APIC    "acpi: no table APIC to use: one processor\n"

static void a_damaged_table_is_named(void **state)
{
    (void)state;
    begin_madt();
    add_apic(3, 1);
    table(MADT, "APIC", madt_length);
    check_said("");
    memory[FADT + 50] ^= 1;
    check_said("acpi: table FACP at 0x4000 has a wrong checksum (length 116): not used\n");
    memory[FADT + 50] ^= 1;
    memory[MADT + 9] ^= 1; /* as Linux does */
    check_said(TABLE_APIC "has a wrong checksum (length 52): used all the same\n");
    assert_int_equal(processors.count, 1);
    put(MADT + 4, 35, 4);
    check_said(TABLE_APIC "is shorter than a header (length 35): not used\n" NO_APIC);
    put(MADT + 4, 0xfffffff0, 4);
    check_said(TABLE_APIC "is longer than 1 MiB (length 4294967280): not used\n" NO_APIC);
    assert_int_equal(processors.count, 0);
    put(XSDT + 44, MEMORY, 8);
    table(XSDT, "XSDT", 52);
    check_said("acpi: a table at 0x100000 cannot be read: not used\n" NO_APIC);
}

/* Behind one processor, an entry of this type and length; `cut` bytes of the table are missing. */
static void check_entry(unsigned type, unsigned length, unsigned cut, const char *expected)
{
    begin_madt();
    add_apic(3, 1);
    put(MADT + madt_length, length << 8 | type, 2);
    table(MADT, "APIC", madt_length + 4 - cut);
    check_said(expected);
    assert_int_equal(processors.count, 1);
}

static void a_damaged_entry_is_named(void **state)
{
#define ENTRY_52 "acpi: table APIC: the entry at offset 52 "
    (void)state;
    check_entry(0x7f, 4, 0, "");
    check_entry(5, 0, 0, ENTRY_52 "has no length: the rest is not read\n");
    check_entry(5, 1, 0, ENTRY_52 "has no length: the rest is not read\n");
    check_entry(0, 255, 0, ENTRY_52 "goes beyond the table: the rest is not read\n");
    check_entry(0, 4, 0, ENTRY_52 "is too short for its type: skipped\n");
    check_entry(9, 4, 0, ENTRY_52 "is too short for its type: skipped\n");
    check_entry(0, 8, 3, ENTRY_52 "is cut off: the rest is not read\n");
}

static void a_madt_without_processors_is_said(void **state)
{
    (void)state;
    check_said("acpi: table APIC names no processor that is on: one processor\n");
    table(MADT, "APIC", 36);
    check_said("acpi: table APIC names no processor that is on: one processor\n");
}

/* An HPET in place of the FADT: its block id, then where its registers are. */
static void make_hpet(unsigned length)
{
    put(FADT + 36, 0x8086a201, 4);
    put(FADT + 40, 0, 1);
    put(FADT + 44, 0x1fed00000, 8);
    table(FADT, "HPET", length);
}

static void hpet(void **state)
{
    (void)state;
    assert_true(open(true));
    assert_true(acpi_hpet(&acpi) == 0);
    make_hpet(56);
    assert_true(acpi_hpet(&acpi) == 0x1fed00000);
    put(FADT + 40, 1, 1); /* ports, not memory */
    table(FADT, "HPET", 56);
    assert_true(acpi_hpet(&acpi) == 0);
    make_hpet(55); /* cut */
    assert_true(acpi_hpet(&acpi) == 0);
}

#define ROW(function) cmocka_unit_test_setup(function, make)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(the_xsdt_is_preferred),
        ROW(a_damaged_xsdt_gives_way),
        ROW(the_old_rsdp_has_an_rsdt),
        ROW(the_loaders_copy_is_used),
        ROW(the_ebda_is_searched),
        ROW(damaged_tables_are_not_found),
        ROW(processors_by_their_ids),
        ROW(large_ids),
        ROW(io_apics),
        ROW(too_many_are_counted),
        ROW(broken_entries_end_or_are_skipped),
        ROW(no_madt_is_said),
        ROW(a_damaged_table_is_named),
        ROW(a_damaged_entry_is_named),
        ROW(a_madt_without_processors_is_said),
        ROW(hpet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
