/* SPDX-License-Identifier: BSD-2-Clause */
/* test_boot_efi_map.c - UEFI's map, the loader's, and both together: boot/efi_map.h,
 * boot/loader_map.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "boot/efi_map.h"
#include "boot/loader_map.h"

#define STRIDE 48 /* as firmware has it: more than the fields of today */
#define WB     UINT64_C(0xf)
#define MANY   300

static uint8_t efi[MANY * STRIDE], loader[MANY * 24];
static struct mb2_info info;
static char text[4096];

static void put(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void begin(void)
{
    memset(&info, 0, sizeof(info));
    info.memory_map.at = loader;
    info.memory_entry_size = 24;
}

static void add_efi(uint32_t type, uint64_t start, uint64_t pages, uint64_t attributes)
{
    uint8_t *at = efi + info.efi_memory_map.descriptors.length;

    put(at, type, 4);
    put(at + 8, start, 8);
    put(at + 16, 0x1234567890, 8); /* virtual: of no meaning */
    put(at + 24, pages, 8);
    put(at + 32, attributes, 8);
    info.present |= UINT32_C(1) << MB2_TAG_EFI_MEMORY_MAP;
    info.efi_memory_map.descriptors.at = efi;
    info.efi_memory_map.descriptors.length += STRIDE;
    info.efi_memory_map.descriptor_size = STRIDE;
}

static void add_loader(uint32_t type, uint64_t start, uint64_t bytes)
{
    uint8_t *at = loader + info.memory_map.length;

    put(at, start, 8);
    put(at + 8, bytes, 8);
    put(at + 16, type, 4);
    info.memory_map.length += 24;
}

/* UEFI specification, "Memory Type Usage after ExitBootServices()". */
static void each_type(void **state)
{
    static const bool usable[] = {
        [1] = true, [2] = true, [3] = true, [4] = true, [7] = true, [15] = false, [16] = false};
    uint64_t until;

    (void)state;
    for (uint32_t type = 0; type <= 16; type++) {
        begin();
        add_efi(7, 0, 1, WB);
        add_efi(type, 0x100000, 16, WB);
        assert_int_equal(efi_memory_usable(&info, 0x100000, &until), usable[type]);
        assert_int_equal(until, 0x110000);
        assert_int_equal(efi_memory_usable(&info, 0x10ffff, &until), usable[type]);
        assert_false(efi_memory_usable(&info, 0x110000, &until)); /* nobody's */
        assert_int_equal(until, UINT64_MAX);
        assert_false(efi_memory_usable(&info, 0xfffff, &until));
        assert_int_equal(until, 0x100000);
    }
    begin();
    add_efi(0x80000000, 0, 16, WB); /* of an operating system's loader */
    assert_false(efi_memory_usable(&info, 0, &until));
    assert_string_equal(efi_memory_text(&info, 0), "of a type that is not known");
}

static void each_attribute(void **state)
{
    static const struct {
        uint64_t attributes;
        const char *text;
    } rows[] = {
        {WB, "conventional"},
        {WB | UINT64_C(1) << 16, "conventional"}, /* more reliable */
        {WB | 0x7000, "conventional"},            /* can be protected: a capability */
        {WB | UINT64_C(1) << 15, "persistent"},
        {WB | UINT64_C(1) << 18, "special-purpose"},
        {WB | UINT64_C(1) << 63, "in use by runtime services"},
        {7, "not to be cached write-back"},
        {0, "not to be cached write-back"},
    };
    uint64_t until;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        begin();
        add_efi(7, 0x1000, 1, rows[i].attributes);
        assert_int_equal(efi_memory_usable(&info, 0x1000, &until),
                         strcmp(rows[i].text, "conventional") == 0);
        assert_string_equal(efi_memory_text(&info, 0x1000), rows[i].text);
    }
}

static void overlaps_and_ends(void **state)
{
    uint64_t until;

    (void)state;
    begin();
    add_efi(7, 0, 256, WB);
    add_efi(6, 0x10000, 1, WB); /* inside the other one */
    assert_true(efi_memory_usable(&info, 0, &until));
    assert_int_equal(until, 0x10000);
    assert_false(efi_memory_usable(&info, 0x10000, &until));
    assert_int_equal(until, 0x11000);
    assert_true(efi_memory_usable(&info, 0x11000, &until));
    begin();
    add_efi(7, UINT64_MAX - 0xfff, UINT64_MAX, WB); /* wraps: to the top */
    assert_true(efi_memory_usable(&info, UINT64_MAX - 1, &until));
    assert_int_equal(until, UINT64_MAX);
}

static const char *conflicts(void)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, sizeof(text));
    loader_map_print_conflicts(&info, &buffer.out);
    return text;
}

/* Memory is used where both say so; where only the loader does, that is said. */
static void both_must_agree(void **state)
{
    struct ram_map map;

    (void)state;
    begin();
    add_loader(1, 0x100000, 0xf00000);
    add_efi(7, 0x100000, 0x100, WB);                     /* 1 MiB .. 2 MiB */
    add_efi(6, 0x200000, 0x100, WB | UINT64_C(1) << 63); /* .. 3 MiB */
    add_efi(2, 0x300000, 0x100, WB);                     /* .. 4 MiB */
    add_efi(7, 0x400000, 0x100, WB | UINT64_C(1) << 18); /* .. 5 MiB */
    add_efi(7, 0x500000, 0xb00, WB);                     /* .. 16 MiB */
    add_efi(7, 0x2000000, 0x100, WB);                    /* and what the loader does not know */
    loader_map_read(&map, &info);
    assert_int_equal(map.count, 3);
    assert_int_equal(map.range[0].end, 0x200000);
    assert_int_equal(map.range[1].start, 0x300000);
    assert_int_equal(map.range[1].end, 0x400000);
    assert_int_equal(map.range[2].end, 0x1000000);
    assert_int_equal(loader_map_bytes(&info), ram_map_bytes(&map));
    assert_true(loader_map_usable(&info, 0x300000, 0x400000));
    assert_false(loader_map_usable(&info, 0x300000, 0x400001));
    assert_string_equal(conflicts(),
                        "memory: 0x200000-0x300000 is available in the loader's map, and in "
                        "UEFI's runtime services data: left alone\n"
                        "memory: 0x400000-0x500000 is available in the loader's map, and in "
                        "UEFI's special-purpose: left alone\n");
}

/* A BIOS has none; one without memory in it is not believed. */
static void without_a_map_of_uefi(void **state)
{
    struct ram_map map;

    (void)state;
    begin();
    add_loader(1, 0x100000, 0x100000);
    loader_map_read(&map, &info);
    assert_int_equal(ram_map_bytes(&map), 0x100000);
    assert_string_equal(conflicts(), "");
    add_efi(0, 0, 0x1000, WB);
    add_efi(7, 0x100000, 0, WB);
    loader_map_read(&map, &info);
    assert_int_equal(ram_map_bytes(&map), 0x100000);
    assert_non_null(strstr(conflicts(), "only the loader's is believed"));
}

/* UEFI's maps have hundreds of entries, most of them beside each other: they are one range. */
static void neighbours_are_one_range(void **state)
{
    struct ram_map map;

    (void)state;
    begin();
    for (unsigned i = 0; i < MANY; i++) {
        add_efi(i % 2 ? 7 : 4, 0x100000 + i * UINT64_C(0x1000), 1, WB);
        add_loader(1, 0x100000 + i * UINT64_C(0x1000), 0x1000);
    }
    loader_map_read(&map, &info);
    assert_int_equal(map.count, 1);
    assert_int_equal(map.left_out, 0);
    assert_int_equal(ram_map_bytes(&map), MANY * 0x1000);
}

/* More pieces than there is room for: the rest is counted. */
static void too_many_pieces(void **state)
{
    struct ram_map map;

    (void)state;
    begin();
    for (unsigned i = 0; i < MANY; i++)
        add_loader(1, 0x100000 + i * UINT64_C(0x2000), 0x1000);
    loader_map_read(&map, &info);
    assert_int_equal(map.count, RAM_RANGES_MAX);
    assert_int_equal(map.left_out, (MANY - RAM_RANGES_MAX) * 0x1000);
}

/* The largest are kept, wherever they are; a piece that grows is one piece. */
static void the_largest_pieces_are_kept(void **state)
{
    struct ram_map map;

    (void)state;
    begin();
    for (unsigned i = 0; i < RAM_RANGES_MAX; i++)
        add_loader(1, 0x100000 + i * UINT64_C(0x4000), i == 5 ? 0x1000 : 0x2000);
    add_loader(1, 0x40000000, 0x40000000);
    loader_map_read(&map, &info);
    assert_int_equal(map.count, RAM_RANGES_MAX);
    assert_int_equal(map.left_out, 0x1000);
    assert_int_equal(map.range[4].start, 0x110000);
    assert_int_equal(map.range[5].start, 0x118000);
    assert_int_equal(map.range[RAM_RANGES_MAX - 1].end, 0x80000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type),
        cmocka_unit_test(each_attribute),
        cmocka_unit_test(overlaps_and_ends),
        cmocka_unit_test(both_must_agree),
        cmocka_unit_test(without_a_map_of_uefi),
        cmocka_unit_test(neighbours_are_one_range),
        cmocka_unit_test(too_many_pieces),
        cmocka_unit_test(the_largest_pieces_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
