/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mb2.c - the multiboot2 parser: what it takes from a structure with every tag, each reason to
 * refuse one and where, and that nothing outside is read however the structure is cut or changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "boot/mb2.h"

/* --- Structures are written byte by byte, by none of the parser's means ----------------------- */

struct builder {
    uint8_t bytes[4096];
    size_t length; /* so far */
    size_t tag;    /* where the last tag begins */
};

static void put(struct builder *builder, const void *bytes, size_t length)
{
    assert_true(builder->length + length <= sizeof(builder->bytes));
    memcpy(builder->bytes + builder->length, bytes, length);
    builder->length += length;
}

/* `width` bytes of `value`, little-endian. */
static void set(uint8_t *at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put_number(struct builder *builder, unsigned width, uint64_t value)
{
    uint8_t bytes[8];

    set(bytes, width, value);
    put(builder, bytes, width);
}

static void put_string(struct builder *builder, const char *string)
{
    put(builder, string, strlen(string) + 1);
}

static void begin(struct builder *builder)
{
    builder->length = 0;
    put_number(builder, 4, 0);
    put_number(builder, 4, 0x5a5a5a5a); /* reserved, to be ignored */
}

static void begin_tag(struct builder *builder, uint32_t type)
{
    builder->tag = builder->length;
    put_number(builder, 4, type);
    put_number(builder, 4, 0);
}

/* Padding has no defined value: 0xee must not be taken for anything. */
static void end_tag(struct builder *builder)
{
    set(builder->bytes + builder->tag + 4, 4, builder->length - builder->tag);
    while (builder->length % 8 != 0)
        put_number(builder, 1, 0xee);
}

static void put_tag(struct builder *builder, uint32_t type, const void *fields, size_t length)
{
    begin_tag(builder, type);
    put(builder, fields, length);
    end_tag(builder);
}

static void put_string_tag(struct builder *builder, uint32_t type, const char *string)
{
    put_tag(builder, type, string, strlen(string) + 1);
}

/* A tag whose only field is a number. */
static void put_number_tag(struct builder *builder, uint32_t type, unsigned width, uint64_t value)
{
    begin_tag(builder, type);
    put_number(builder, width, value);
    end_tag(builder);
}

static void put_module(struct builder *builder, uint32_t start, uint32_t end, const char *string)
{
    begin_tag(builder, MB2_TAG_MODULE);
    put_number(builder, 4, start);
    put_number(builder, 4, end);
    put_string(builder, string);
    end_tag(builder);
}

static void put_memory(struct builder *builder, const struct mb2_memory *entries, size_t count,
                       uint32_t entry_size)
{
    begin_tag(builder, MB2_TAG_MEMORY_MAP);
    put_number(builder, 4, entry_size);
    put_number(builder, 4, entry_size > 24 ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        put_number(builder, 8, entries[i].base);
        put_number(builder, 8, entries[i].length);
        put_number(builder, 4, entries[i].type);
        for (uint32_t at = 20; at < entry_size; at++)
            put_number(builder, 1, 0xcc); /* reserved, and the fields of a later version */
    }
    end_tag(builder);
}

static void put_framebuffer(struct builder *builder, uint8_t type, const void *color_info,
                            size_t length)
{
    begin_tag(builder, MB2_TAG_FRAMEBUFFER);
    put_number(builder, 8, 0x12345678fd000000);
    put_number(builder, 4, 4096);
    put_number(builder, 4, 1024);
    put_number(builder, 4, 768);
    put_number(builder, 1, 32);
    put_number(builder, 1, type);
    put_number(builder, 2, 0);
    put(builder, color_info, length);
    end_tag(builder);
}

static void finish(struct builder *builder)
{
    put_tag(builder, MB2_TAG_END, "", 0);
    set(builder->bytes, 4, builder->length);
}

/* An RSDP with good checksums; a revision below 2 has 20 bytes, else 36. */
static size_t make_rsdp(uint8_t rsdp[36], uint8_t revision)
{
    const size_t length = revision < 2 ? 20 : 36;

    memset(rsdp, 0, 36);
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "LINTEL", 6);
    rsdp[15] = revision;
    set(rsdp + 16, 4, 0x7fe0000);
    for (size_t i = 0; i < 20; i++)
        rsdp[8] = (uint8_t)(rsdp[8] - (i == 8 ? 0 : rsdp[i]));
    if (length == 36) {
        set(rsdp + 20, 4, 36);
        set(rsdp + 24, 8, 0x7fe0000);
        for (size_t i = 0; i < 36; i++)
            rsdp[32] = (uint8_t)(rsdp[32] - (i == 32 ? 0 : rsdp[i]));
    }
    return length;
}

static const uint8_t rgb[] = {16, 8, 8, 7, 0, 6};

static const struct mb2_memory full_memory[] = {
    {0, 0x9fc00, MB2_MEMORY_AVAILABLE},
    {0x9fc00, 0x400, 2},
    {0x100000, 0x7ee0000, MB2_MEMORY_AVAILABLE},
    {0x7fe0000, 0x20000, MB2_MEMORY_ACPI},
};

/* Every tag that the specification has, and one that it does not have. */
static void build_full(struct builder *builder)
{
    uint8_t rsdp[36];
    static const uint8_t descriptors[96];

    begin(builder);
    put_number_tag(builder, MB2_TAG_LOAD_BASE, 4, 0x200000);
    put_string_tag(builder, MB2_TAG_COMMAND_LINE, "report=json exit=qemu");
    put_string_tag(builder, MB2_TAG_BOOT_LOADER_NAME, "Loader 1.0");
    put_tag(builder, MB2_TAG_APM, descriptors, 20);
    put_module(builder, 0x300000, 0x300123, "guest.img first");
    put_module(builder, 0x400000, 0x400000, "");
    put_memory(builder, full_memory, ARRAY_SIZE(full_memory), 24);
    put_tag(builder, MB2_TAG_ELF_SYMBOLS, descriptors, 12);
    begin_tag(builder, MB2_TAG_BASIC_MEMORY);
    put_number(builder, 4, 639);
    put_number(builder, 4, 129920);
    end_tag(builder);
    put_tag(builder, MB2_TAG_NETWORK, descriptors, 5);
    put_tag(builder, MB2_TAG_BOOT_DEVICE, descriptors, 12);
    put_tag(builder, MB2_TAG_VBE, descriptors, 30);
    put_framebuffer(builder, MB2_FRAMEBUFFER_RGB, rgb, sizeof(rgb));
    put_number_tag(builder, MB2_TAG_EFI32_SYSTEM_TABLE, 4, 0x11111111);
    put_number_tag(builder, MB2_TAG_EFI64_SYSTEM_TABLE, 8, 0x2222222222222222);
    put_tag(builder, MB2_TAG_SMBIOS, descriptors, 40);
    put_tag(builder, MB2_TAG_ACPI_OLD_RSDP, rsdp, make_rsdp(rsdp, 0));
    put_tag(builder, MB2_TAG_ACPI_NEW_RSDP, rsdp, make_rsdp(rsdp, 2));
    put_number_tag(builder, 0x12345678, 1, 7); /* nobody knows it */
    begin_tag(builder, MB2_TAG_EFI_MEMORY_MAP);
    put_number(builder, 4, 48);
    put_number(builder, 4, 1);
    put(builder, descriptors, sizeof(descriptors));
    end_tag(builder);
    put_tag(builder, MB2_TAG_EFI_BOOT_SERVICES, "", 0);
    put_number_tag(builder, MB2_TAG_EFI32_IMAGE_HANDLE, 4, 0x33333333);
    put_number_tag(builder, MB2_TAG_EFI64_IMAGE_HANDLE, 8, 0x4444444444444444);
    finish(builder);
}

/* Where the `n`th (from 0) tag of the type begins. */
static size_t find_tag(const struct builder *builder, uint32_t type, unsigned n)
{
    for (size_t at = 8; at + 8 <= builder->length;) {
        uint32_t header[2];

        memcpy(header, builder->bytes + at, sizeof(header));
        if (header[0] == type && n-- == 0)
            return at;
        at += (header[1] + 7u) & ~7u;
    }
    fail_msg("no tag of type %u", type);
    return 0;
}

/* --- Every read is seen: the bytes end where their memory ends, at an odd address ------------- */

struct placed {
    uint8_t *memory;
    const uint8_t *data;
};

static struct placed place(const uint8_t *bytes, size_t length)
{
    struct placed placed = {.memory = malloc(length + 1)};

    assert_non_null(placed.memory);
    if (length)
        memcpy(placed.memory + 1, bytes, length);
    placed.data = placed.memory + 1;
    return placed;
}

static volatile unsigned touched;

static void touch(struct mb2_bytes bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        touched += bytes.at[i];
}

static void touch_string(const char *string)
{
    if (string)
        touched += (unsigned)strlen(string);
}

/* Reads whatever the info offers: what it points at must lie in the structure. */
static void touch_all(const struct mb2_info *info)
{
    struct mb2_memory entry;

    touch_string(info->command_line);
    touch_string(info->boot_loader_name);
    for (size_t i = 0; i < info->module_count; i++)
        touch_string(info->modules[i].string);
    for (size_t i = 0; mb2_memory_next(info, &i, &entry);)
        touched += entry.type;
    touch(info->memory_map);
    touch(info->acpi_old_rsdp);
    touch(info->acpi_new_rsdp);
    touch(info->framebuffer.palette);
    touch(info->efi_memory_map.descriptors);
    touched += mb2_rsdp_valid(info->acpi_old_rsdp) + mb2_rsdp_valid(info->acpi_new_rsdp);
    touched += mb2_available_bytes(info) != 0;
}

/* After a refusal there is nothing to be misled by. */
static void check_nothing_taken(const struct mb2_info *info)
{
    const struct mb2_info nothing = {.total_size = info->total_size,
                                     .error_offset = info->error_offset,
                                     .error_tag = info->error_tag};

    assert_memory_equal(info, &nothing, sizeof(nothing));
}

/* Parses without any expectation but that it is safe. */
static enum mb2_error parse_any(const uint8_t *bytes, size_t length, size_t *error_offset)
{
    struct mb2_info info;
    struct placed placed = place(bytes, length);
    enum mb2_error error = mb2_parse(&info, placed.data, length);

    assert_in_range(error, 0, MB2_ERRORS - 1);
    *error_offset = info.error_offset;
    if (error) {
        check_nothing_taken(&info);
        assert_true(info.error_offset <= length);
    } else {
        touch_all(&info);
    }
    free(placed.memory);
    return error;
}

/* Parses what must be accepted, in the builder's own bytes. */
static void parse_good(struct mb2_info *info, const struct builder *builder)
{
    assert_string_equal(mb2_error_text(mb2_parse(info, builder->bytes, builder->length)),
                        mb2_error_text(MB2_OK));
    assert_int_equal(info->total_size, builder->length);
    assert_int_equal(info->error_offset, 0);
    touch_all(info);
}

/* --- What is taken ---------------------------------------------------------------------------- */

static void test_full(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    build_full(&builder);
    parse_good(&info, &builder);
    assert_int_equal(info.present, 0x3fffff & ~(BIT64(MB2_TAG_END) | BIT64(MB2_TAG_BOOT_DEVICE) |
                                                BIT64(MB2_TAG_VBE) | BIT64(MB2_TAG_ELF_SYMBOLS) |
                                                BIT64(MB2_TAG_APM) | BIT64(MB2_TAG_SMBIOS) |
                                                BIT64(MB2_TAG_NETWORK)));
    assert_int_equal(info.duplicates, 0);
    assert_string_equal(info.command_line, "report=json exit=qemu");
    assert_string_equal(info.boot_loader_name, "Loader 1.0");
    assert_int_equal(info.mem_lower, 639);
    assert_int_equal(info.mem_upper, 129920);
    assert_int_equal(info.load_base_address, 0x200000);
    assert_int_equal(info.memory_entry_size, 24);
    assert_int_equal(info.memory_entry_version, 0);
    assert_int_equal(info.memory_map.length, 96);
}

static void test_full_modules(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    build_full(&builder);
    parse_good(&info, &builder);
    assert_int_equal(info.module_count, 2);
    assert_int_equal(info.modules_left_out, 0);
    assert_int_equal(info.modules[0].start, 0x300000);
    assert_int_equal(info.modules[0].end, 0x300123);
    assert_string_equal(info.modules[0].string, "guest.img first");
    assert_int_equal(info.modules[1].start, 0x400000);
    assert_int_equal(info.modules[1].end, 0x400000);
    assert_string_equal(info.modules[1].string, "");
}

static void test_full_firmware(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    build_full(&builder);
    parse_good(&info, &builder);
    assert_int_equal(info.efi32_system_table, 0x11111111);
    assert_int_equal(info.efi64_system_table, 0x2222222222222222);
    assert_int_equal(info.efi32_image_handle, 0x33333333);
    assert_int_equal(info.efi64_image_handle, 0x4444444444444444);
    assert_true(info.efi_boot_services_running);
    assert_int_equal(info.efi_memory_map.descriptor_size, 48);
    assert_int_equal(info.efi_memory_map.descriptor_version, 1);
    assert_int_equal(info.efi_memory_map.descriptors.length, 96);
    assert_int_equal(info.efi_memory_map.descriptors.at - builder.bytes,
                     find_tag(&builder, MB2_TAG_EFI_MEMORY_MAP, 0) + 16);
    assert_int_equal(info.acpi_old_rsdp.length, 20);
    assert_int_equal(info.acpi_new_rsdp.length, 36);
    assert_true(mb2_rsdp_valid(info.acpi_old_rsdp));
    assert_true(mb2_rsdp_valid(info.acpi_new_rsdp));
}

static void test_has(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    build_full(&builder);
    parse_good(&info, &builder);
    assert_true(mb2_has(&info, MB2_TAG_COMMAND_LINE));
    assert_true(mb2_has(&info, MB2_TAG_LOAD_BASE));
    assert_false(mb2_has(&info, MB2_TAG_VBE));
    assert_false(mb2_has(&info, (enum mb2_tag)32));
    begin(&builder);
    finish(&builder);
    parse_good(&info, &builder);
    assert_int_equal(info.present, 0);
    assert_false(mb2_has(&info, MB2_TAG_COMMAND_LINE));
    assert_null(info.command_line);
    assert_null(info.memory_map.at);
    assert_null(info.acpi_new_rsdp.at);
}

static void test_framebuffer_rgb(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    build_full(&builder);
    parse_good(&info, &builder);
    assert_int_equal(info.framebuffer.address, 0x12345678fd000000);
    assert_int_equal(info.framebuffer.pitch, 4096);
    assert_int_equal(info.framebuffer.width, 1024);
    assert_int_equal(info.framebuffer.height, 768);
    assert_int_equal(info.framebuffer.bpp, 32);
    assert_int_equal(info.framebuffer.type, MB2_FRAMEBUFFER_RGB);
    assert_int_equal(info.framebuffer.red.position, 16);
    assert_int_equal(info.framebuffer.red.size, 8);
    assert_int_equal(info.framebuffer.green.position, 8);
    assert_int_equal(info.framebuffer.green.size, 7);
    assert_int_equal(info.framebuffer.blue.position, 0);
    assert_int_equal(info.framebuffer.blue.size, 6);
    assert_null(info.framebuffer.palette.at);
}

static const uint8_t two_colors[] = {2, 0, 1, 2, 3, 4, 5, 6};

static void test_framebuffer_indexed(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    begin(&builder);
    put_framebuffer(&builder, MB2_FRAMEBUFFER_INDEXED, two_colors, sizeof(two_colors));
    finish(&builder);
    parse_good(&info, &builder);
    assert_int_equal(info.framebuffer.palette.length, 6);
    assert_memory_equal(info.framebuffer.palette.at, two_colors + 2, 6);
}

/* Text has no color_info, and what a reserved type has nobody knows. */
static void test_framebuffer_other(void **state)
{
    static const uint8_t types[] = {MB2_FRAMEBUFFER_EGA_TEXT, 3, 255};
    struct builder builder;
    struct mb2_info info;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        begin(&builder);
        put_framebuffer(&builder, types[i], "", 0);
        finish(&builder);
        parse_good(&info, &builder);
        assert_int_equal(info.framebuffer.type, types[i]);
        assert_int_equal(info.framebuffer.width, 1024);
    }
}

static void test_many_modules(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    begin(&builder);
    for (uint32_t i = 0; i < MB2_MODULES_MAX + 3; i++)
        put_module(&builder, i, i + 1, "m");
    finish(&builder);
    parse_good(&info, &builder);
    assert_int_equal(info.module_count, MB2_MODULES_MAX);
    assert_int_equal(info.modules_left_out, 3);
    assert_int_equal(info.modules[MB2_MODULES_MAX - 1].start, MB2_MODULES_MAX - 1);
    assert_int_equal(info.duplicates, 0);
}

/* The first one counts; the others are not even looked into. */
static void test_duplicates(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    begin(&builder);
    put_string_tag(&builder, MB2_TAG_COMMAND_LINE, "first");
    put_string_tag(&builder, MB2_TAG_COMMAND_LINE, "second");
    put_tag(&builder, MB2_TAG_COMMAND_LINE, "open", 4);
    finish(&builder);
    parse_good(&info, &builder);
    assert_string_equal(info.command_line, "first");
    assert_int_equal(info.duplicates, 2);
}

/* A boot loader may allot more than the string needs. */
static void test_string_with_rest(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    begin(&builder);
    put_tag(&builder, MB2_TAG_COMMAND_LINE, "a b\0xyz", 7);
    finish(&builder);
    parse_good(&info, &builder);
    assert_string_equal(info.command_line, "a b");
}

/* Neither what follows the end tag nor what follows the structure matters. */
static void test_bytes_after_the_end(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    build_full(&builder);
    put_number(&builder, 8, UINT64_MAX);
    assert_int_equal(mb2_parse(&info, builder.bytes, builder.length), MB2_OK);
    set(builder.bytes, 4, builder.length);
    parse_good(&info, &builder);
    put_number(&builder, 3, UINT64_MAX);
    set(builder.bytes, 4, builder.length);
    parse_good(&info, &builder);
}

/* --- What is refused: one change to the full structure, the reason, and where ----------------- */

#define FIXED UINT32_MAX

static const struct refusal {
    const char *name;
    uint32_t tag; /* what is changed: the first tag of this type, or FIXED */
    uint32_t at;  /* which of its bytes */
    uint32_t width;
    uint64_t value;
    enum mb2_error error; /* found at that tag */
} refusals[] = {
    {"total_size 0", FIXED, 0, 4, 0, MB2_TOTAL_SMALL},
    {"total_size 8", FIXED, 0, 4, 8, MB2_TOTAL_SMALL},
    {"total_size 15", FIXED, 0, 4, 15, MB2_TOTAL_SMALL},
    {"total_size 2^32 - 1", FIXED, 0, 4, UINT32_MAX, MB2_TOTAL_BEYOND},
    {"end tag of size 9", MB2_TAG_END, 4, 4, 9, MB2_TAG_BEYOND},
    {"tag of size 0", MB2_TAG_COMMAND_LINE, 4, 4, 0, MB2_TAG_SMALL},
    {"tag of size 7", MB2_TAG_COMMAND_LINE, 4, 4, 7, MB2_TAG_SMALL},
    {"unknown tag of size 7", 0x12345678, 4, 4, 7, MB2_TAG_SMALL},
    {"end tag of size 7", MB2_TAG_END, 4, 4, 7, MB2_TAG_SMALL},
    {"tag of size 2^32 - 1", MB2_TAG_COMMAND_LINE, 4, 4, UINT32_MAX, MB2_TAG_BEYOND},
    {"tag of size 2^32 - 7", MB2_TAG_COMMAND_LINE, 4, 4, UINT32_MAX - 6, MB2_TAG_BEYOND},
    {"tag of size 2^32 - 8", MB2_TAG_COMMAND_LINE, 4, 4, UINT32_MAX - 7, MB2_TAG_BEYOND},
    {"unknown tag of size 2^31", 0x12345678, 4, 4, 0x80000000, MB2_TAG_BEYOND},
    {"tag too early for an end", MB2_TAG_COMMAND_LINE, 0, 4, MB2_TAG_END, MB2_END_SIZE},

    {"command line open", MB2_TAG_COMMAND_LINE, 8 + 21, 1, 'x', MB2_STRING_OPEN},
    {"command line empty of all", MB2_TAG_COMMAND_LINE, 4, 4, 8, MB2_STRING_OPEN},
    {"boot loader name open", MB2_TAG_BOOT_LOADER_NAME, 8 + 10, 1, 'x', MB2_STRING_OPEN},
    {"module string open", MB2_TAG_MODULE, 16 + 15, 1, 'x', MB2_STRING_OPEN},
    {"module string absent", MB2_TAG_MODULE, 4, 4, 16, MB2_STRING_OPEN},
    {"module ends before it starts", MB2_TAG_MODULE, 12, 4, 0x2fffff, MB2_MODULE_ORDER},

    {"entry_size 0", MB2_TAG_MEMORY_MAP, 8, 4, 0, MB2_MEMORY_ENTRY_ZERO},
    {"entry_size 25", MB2_TAG_MEMORY_MAP, 8, 4, 25, MB2_MEMORY_ENTRY_ALIGN},
    {"entry_size 20", MB2_TAG_MEMORY_MAP, 8, 4, 20, MB2_MEMORY_ENTRY_ALIGN},
    {"entry_size 2^32 - 1", MB2_TAG_MEMORY_MAP, 8, 4, UINT32_MAX, MB2_MEMORY_ENTRY_ALIGN},
    {"entry_size 8", MB2_TAG_MEMORY_MAP, 8, 4, 8, MB2_MEMORY_ENTRY_SMALL},
    {"entry_size 16", MB2_TAG_MEMORY_MAP, 8, 4, 16, MB2_MEMORY_ENTRY_SMALL},
    {"entry_size 40", MB2_TAG_MEMORY_MAP, 8, 4, 40, MB2_MEMORY_ENTRY_CUT},
    {"entry_size 2^32 - 8", MB2_TAG_MEMORY_MAP, 8, 4, UINT32_MAX - 7, MB2_MEMORY_ENTRY_CUT},
    {"memory map of one byte less", MB2_TAG_MEMORY_MAP, 4, 4, 16 + 95, MB2_MEMORY_ENTRY_CUT},

    {"RGB cut", MB2_TAG_FRAMEBUFFER, 4, 4, 37, MB2_COLOR_INFO_CUT},
    {"RGB absent", MB2_TAG_FRAMEBUFFER, 4, 4, 32, MB2_COLOR_INFO_CUT},
    {"palette of 0x810 colors", MB2_TAG_FRAMEBUFFER, 29, 1, 0, MB2_COLOR_INFO_CUT},
    {"EFI descriptor of size 0", MB2_TAG_EFI_MEMORY_MAP, 8, 4, 0, MB2_EFI_DESCRIPTOR_SMALL},
    {"EFI descriptor of size 39", MB2_TAG_EFI_MEMORY_MAP, 8, 4, 39, MB2_EFI_DESCRIPTOR_SMALL},
    {"EFI descriptor of size 40", MB2_TAG_EFI_MEMORY_MAP, 8, 4, 40, MB2_EFI_DESCRIPTOR_CUT},
    {"EFI memory map cut", MB2_TAG_EFI_MEMORY_MAP, 4, 4, 16 + 95, MB2_EFI_DESCRIPTOR_CUT},

    {"module without fields", MB2_TAG_MODULE, 4, 4, 15, MB2_FIELDS_CUT},
    {"basic memory cut", MB2_TAG_BASIC_MEMORY, 4, 4, 15, MB2_FIELDS_CUT},
    {"memory map without fields", MB2_TAG_MEMORY_MAP, 4, 4, 15, MB2_FIELDS_CUT},
    {"framebuffer without fields", MB2_TAG_FRAMEBUFFER, 4, 4, 30, MB2_FIELDS_CUT},
    {"EFI 32-bit table cut", MB2_TAG_EFI32_SYSTEM_TABLE, 4, 4, 11, MB2_FIELDS_CUT},
    {"EFI 64-bit table cut", MB2_TAG_EFI64_SYSTEM_TABLE, 4, 4, 15, MB2_FIELDS_CUT},
    {"old RSDP cut", MB2_TAG_ACPI_OLD_RSDP, 4, 4, 27, MB2_FIELDS_CUT},
    {"new RSDP cut", MB2_TAG_ACPI_NEW_RSDP, 4, 4, 43, MB2_FIELDS_CUT},
    {"EFI memory map without fields", MB2_TAG_EFI_MEMORY_MAP, 4, 4, 15, MB2_FIELDS_CUT},
    {"EFI 32-bit handle cut", MB2_TAG_EFI32_IMAGE_HANDLE, 4, 4, 11, MB2_FIELDS_CUT},
    {"EFI 64-bit handle cut", MB2_TAG_EFI64_IMAGE_HANDLE, 4, 4, 15, MB2_FIELDS_CUT},
    {"load base cut", MB2_TAG_LOAD_BASE, 4, 4, 11, MB2_FIELDS_CUT},
};

/* What every refusal must give, for a table's row or a structure made by hand. */
static void check_refused(const char *name, const struct builder *builder, enum mb2_error expected,
                          size_t offset)
{
    struct mb2_info info;
    struct placed placed = place(builder->bytes, builder->length);
    enum mb2_error error = mb2_parse(&info, placed.data, builder->length);

    if (error != expected || info.error_offset != offset)
        print_error("%s: got \"%s\" at %zu, expected \"%s\" at %zu\n", name, mb2_error_text(error),
                    info.error_offset, mb2_error_text(expected), offset);
    assert_int_equal(error, expected);
    assert_int_equal(info.error_offset, offset);
    check_nothing_taken(&info);
    free(placed.memory);
}

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        const struct refusal *refusal = &refusals[i];
        struct builder builder;

        build_full(&builder);
        size_t offset = refusal->tag == FIXED ? 0 : find_tag(&builder, refusal->tag, 0);
        set(builder.bytes + offset + refusal->at, refusal->width, refusal->value);
        check_refused(refusal->name, &builder, refusal->error, offset);
    }
}

/* Only the second module is wrong: that one is named, by place and type. */
static void test_refused_second_module(void **state)
{
    struct builder builder;
    struct mb2_info info;

    (void)state;
    build_full(&builder);
    size_t offset = find_tag(&builder, MB2_TAG_MODULE, 1);
    set(builder.bytes + offset + 12, 4, 0x3fffff);
    check_refused("second module", &builder, MB2_MODULE_ORDER, offset);
    assert_int_equal(mb2_parse(&info, builder.bytes, builder.length), MB2_MODULE_ORDER);
    assert_int_equal(info.error_tag, MB2_TAG_MODULE);
}

/* A NUL just after the tag, in its padding, does not end the string. */
static void test_refused_string(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder);
    put_tag(&builder, MB2_TAG_COMMAND_LINE, "open", 4);
    finish(&builder);
    set(builder.bytes + 20, 4, 0);
    check_refused("open string", &builder, MB2_STRING_OPEN, 8);
}

/* A palette that fills its tag is good (test_framebuffer_indexed); one color more is not. */
static void test_refused_palette(void **state)
{
    static const uint8_t three_colors[] = {3, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    struct builder builder;

    (void)state;
    begin(&builder);
    put_framebuffer(&builder, MB2_FRAMEBUFFER_INDEXED, three_colors, sizeof(three_colors));
    finish(&builder);
    check_refused("palette", &builder, MB2_COLOR_INFO_CUT, 8);
    begin(&builder);
    put_framebuffer(&builder, MB2_FRAMEBUFFER_INDEXED, three_colors, 1);
    finish(&builder);
    check_refused("palette's length", &builder, MB2_COLOR_INFO_CUT, 8);
}

/* The structure's last tag, at `end`, is what its total_size leaves of it. */
static void test_refused_ends(void **state)
{
    struct builder builder;

    (void)state;
    for (uint32_t left = 0; left < 8; left++) {
        build_full(&builder);
        const size_t end = find_tag(&builder, MB2_TAG_END, 0);
        set(builder.bytes, 4, end + left);
        check_refused("end", &builder, left ? MB2_TAG_HEADER_CUT : MB2_NO_END, end);
    }
}

/* The command line's tag has 30 bytes: without the 2 of its padding the structure is too short. */
static void test_refused_padding(void **state)
{
    struct builder builder;

    (void)state;
    build_full(&builder);
    const size_t tag = find_tag(&builder, MB2_TAG_COMMAND_LINE, 0);
    set(builder.bytes, 4, tag + 29);
    check_refused("tag", &builder, MB2_TAG_BEYOND, tag);
    set(builder.bytes, 4, tag + 30);
    check_refused("padding", &builder, MB2_PADDING_BEYOND, tag);
    set(builder.bytes, 4, tag + 31);
    check_refused("padding", &builder, MB2_PADDING_BEYOND, tag);
    set(builder.bytes, 4, tag + 32);
    check_refused("no end", &builder, MB2_NO_END, tag + 32);
}

static void test_refused_end_size(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder);
    put_tag(&builder, MB2_TAG_END, "12345678", 8);
    set(builder.bytes, 4, builder.length);
    check_refused("end tag of 16 bytes", &builder, MB2_END_SIZE, 8);
}

static void test_refused_fixed_part(void **state)
{
    struct builder builder;

    (void)state;
    for (size_t length = 0; length < 8; length++) {
        build_full(&builder);
        builder.length = length;
        check_refused("fixed part", &builder, MB2_NO_FIXED_PART, 0);
    }
}

/* Between total_size and the data's end lies a step of one byte. */
static void test_refused_total(void **state)
{
    struct builder builder;

    (void)state;
    build_full(&builder);
    set(builder.bytes, 4, builder.length + 1);
    check_refused("one more", &builder, MB2_TOTAL_BEYOND, 0);
}

static void test_refused_large(void **state)
{
    const size_t size = (size_t)MB2_TOTAL_SIZE_MAX + 8;
    uint8_t *data = calloc(1, size);
    struct mb2_info info;
    size_t total_size;

    (void)state;
    assert_non_null(data);
    set(data, 4, MB2_TOTAL_SIZE_MAX);
    set(data + 8, 4, 99);
    set(data + 12, 4, MB2_TOTAL_SIZE_MAX - 16);
    set(data + size - 12, 4, 8);
    assert_int_equal(mb2_read_total_size(data, &total_size), MB2_OK);
    assert_int_equal(mb2_parse(&info, data, size), MB2_OK);
    set(data, 4, MB2_TOTAL_SIZE_MAX + 1);
    assert_int_equal(mb2_read_total_size(data, &total_size), MB2_TOTAL_LARGE);
    assert_int_equal(mb2_parse(&info, data, size), MB2_TOTAL_LARGE);
    assert_int_equal(info.error_offset, 0);
    check_nothing_taken(&info);
    free(data);
}

static void test_read_total_size(void **state)
{
    static const struct {
        uint32_t claimed;
        enum mb2_error error;
        size_t total_size;
    } cases[] = {
        {0, MB2_TOTAL_SMALL, 0},
        {15, MB2_TOTAL_SMALL, 0},
        {16, MB2_OK, 16},
        {0x100000, MB2_OK, 0x100000},
        {0x100001, MB2_TOTAL_LARGE, 0},
        {UINT32_MAX, MB2_TOTAL_LARGE, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t fixed_part[8] = {0};
        size_t total_size = 1;

        set(fixed_part, 4, cases[i].claimed);
        assert_int_equal(mb2_read_total_size(fixed_part, &total_size), cases[i].error);
        assert_int_equal(total_size, cases[i].total_size);
    }
}

/* --- Errors in words -------------------------------------------------------------------------- */

static void test_error_texts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MB2_ERRORS; i++) {
        const char *text = mb2_error_text((enum mb2_error)i);

        assert_true(strlen(text) > 7);
        assert_null(strchr(text, '\n'));
        for (unsigned other = 0; other < i; other++)
            assert_string_not_equal(text, mb2_error_text((enum mb2_error)other));
    }
    assert_string_equal(mb2_error_text(MB2_ERRORS), "unknown error");
}

static void test_tag_names(void **state)
{
    (void)state;
    for (uint32_t type = 0; type <= MB2_TAG_LOAD_BASE; type++)
        assert_string_not_equal(mb2_tag_name(type), "unknown");
    assert_string_equal(mb2_tag_name(MB2_TAG_MEMORY_MAP), "memory map");
    assert_string_equal(mb2_tag_name(MB2_TAG_LOAD_BASE + 1), "unknown");
    assert_string_equal(mb2_tag_name(UINT32_MAX), "unknown");
}

static void check_printed(const struct builder *builder, const char *expected)
{
    char printed[256];
    struct text_buffer buffer;
    struct mb2_info info;
    enum mb2_error error = mb2_parse(&info, builder->bytes, builder->length);

    text_buffer_init(&buffer, printed, sizeof(printed));
    mb2_print_error(&info, error, &buffer.out);
    assert_string_equal(printed, expected);
}

static void test_print_error(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder);
    put_memory(&builder, full_memory, 1, 24);
    finish(&builder);
    set(builder.bytes + 16, 4, 0);
    check_printed(&builder, "multiboot2: boot information refused at byte 8 of 56, tag 6 (memory "
                            "map): entry_size is 0\n");
    set(builder.bytes + 16, 4, 24);
    set(builder.bytes, 4, 48);
    check_printed(&builder, "multiboot2: boot information refused at byte 48 of 48: the structure "
                            "ends without an end tag\n");
    set(builder.bytes, 4, 3);
    check_printed(&builder, "multiboot2: boot information refused at byte 0 of 3: total_size is "
                            "less than 16: no room for an end tag\n");
}

/* --- Memory ----------------------------------------------------------------------------------- */

/* Entries of later versions are longer; what is known of them stands where it stood. */
static void test_memory_next(void **state)
{
    static const uint32_t entry_sizes[] = {24, 32, 40, 64};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(entry_sizes); i++) {
        struct builder builder;
        struct mb2_info info;
        struct mb2_memory entry;
        size_t index = 0;

        begin(&builder);
        put_memory(&builder, full_memory, ARRAY_SIZE(full_memory), entry_sizes[i]);
        finish(&builder);
        parse_good(&info, &builder);
        assert_int_equal(info.memory_entry_version, entry_sizes[i] > 24);
        for (size_t n = 0; n < ARRAY_SIZE(full_memory); n++) {
            assert_true(mb2_memory_next(&info, &index, &entry));
            assert_int_equal(entry.base, full_memory[n].base);
            assert_int_equal(entry.length, full_memory[n].length);
            assert_int_equal(entry.type, full_memory[n].type);
        }
        assert_false(mb2_memory_next(&info, &index, &entry));
        assert_int_equal(index, ARRAY_SIZE(full_memory));
        index = SIZE_MAX;
        assert_false(mb2_memory_next(&info, &index, &entry));
    }
}

#define A MB2_MEMORY_AVAILABLE
#define R 2 /* reserved */

/* Both lists end at the first all-zero row. */
static const struct memory_case {
    const char *name;
    struct mb2_memory entries[5];
    uint64_t bytes;
    struct {
        uint64_t base;
        uint64_t length;
        bool available;
    } ranges[6];
} memory_cases[] = {
    {"no entry", {{0, 0, 0}}, 0, {{0, 1, false}}},
    {"one",
     {{0x1000, 0x1000, A}},
     0x1000,
     {{0x1000, 0x1000, true}, {0xfff, 1, false}, {0x1fff, 1, true}, {0x1fff, 2, false}}},
    {"one, and ranges that are too long",
     {{0x1000, 0x1000, A}},
     0x1000,
     {{0x1000, 0x1001, false}, {0x1000, UINT64_MAX, false}, {0, UINT64_MAX, false}}},
    {"two that touch, in the wrong order",
     {{0x2000, 0x1000, A}, {0x1000, 0x1000, A}},
     0x2000,
     {{0x1000, 0x2000, true}, {0x1000, 0x2001, false}}},
    {"two that overlap count once",
     {{0x1000, 0x2000, A}, {0x2000, 0x2000, A}},
     0x3000,
     {{0x1000, 0x3000, true}}},
    {"one in another",
     {{0x1000, 0x4000, A}, {0x2000, 0x1000, A}},
     0x4000,
     {{0x1000, 0x4000, true}}},
    {"the same twice",
     {{0x1000, 0x1000, A}, {0x1000, 0x1000, A}},
     0x1000,
     {{0x1000, 0x1000, true}}},
    {"a hole",
     {{0x1000, 0x1000, A}, {0x3000, 0x1000, A}},
     0x2000,
     {{0x1000, 0x3000, false}, {0x2000, 1, false}, {0x3000, 0x1000, true}}},
    {"a reserved part",
     {{0x1000, 0x4000, A}, {0x2000, 0x1000, R}},
     0x3000,
     {{0x1000, 0x4000, false}, {0x1000, 0x1000, true}, {0x1fff, 2, false}, {0x3000, 0x2000, true}}},
    {"a reserved part before",
     {{0x2000, 0x1000, R}, {0x1000, 0x4000, A}},
     0x3000,
     {{0x2000, 1, false}, {0x2fff, 1, false}, {0x3000, 1, true}}},
    {"all other types",
     {{0, 1, 0}, {0x10, 8, 3}, {0x20, 8, 4}, {0x30, 8, 5}},
     0,
     {{0, 1, false}, {0x10, 1, false}, {0x20, 1, false}, {0x30, 1, false}}},
    {"empty entries",
     {{0x1000, 0, A}, {0x1800, 0, R}, {0x1000, 0x1000, A}},
     0x1000,
     {{0x1000, 0x1000, true}}},
    {"above 4 GiB",
     {{0x100000000, 0x100000000, A}},
     0x100000000,
     {{0x100000000, 0x100000000, true}, {0xffffffff, 2, false}}},
    {"all", {{0, UINT64_MAX, A}}, UINT64_MAX, {{0, UINT64_MAX, true}}},
    {"all, four times",
     {{0, UINT64_MAX, A}, {0, UINT64_MAX, A}, {1, UINT64_MAX, A}, {2, UINT64_MAX, A}},
     UINT64_MAX,
     {{0, UINT64_MAX, true}}},
    {"the sum wraps",
     {{UINT64_MAX - 0xfff, 0x2000, A}},
     0xfff,
     {{UINT64_MAX - 0xfff, 0xfff, true}, {UINT64_MAX - 0xfff, 0x1000, false}, {0, 1, false}}},
    {"a reserved part wraps",
     {{0x1000, 0x4000, A}, {0x2000, UINT64_MAX, R}},
     0x1000,
     {{0x1000, 0x1000, true}, {0x4000, 1, false}}},
};

static void parse_memory(struct mb2_info *info, struct builder *builder,
                         const struct memory_case *test)
{
    size_t count = 0;

    while (test->entries[count].length || test->entries[count].type)
        count++;
    begin(builder);
    put_memory(builder, test->entries, count, 24);
    finish(builder);
    parse_good(info, builder);
}

static void check_memory_case(const struct memory_case *test)
{
    struct builder builder;
    struct mb2_info info;

    parse_memory(&info, &builder, test);
    if (mb2_available_bytes(&info) != test->bytes)
        fail_msg("%s: 0x%llx bytes, not 0x%llx", test->name,
                 (unsigned long long)mb2_available_bytes(&info), (unsigned long long)test->bytes);
    for (size_t i = 0; i < ARRAY_SIZE(test->ranges) && test->ranges[i].length; i++) {
        if (mb2_range_available(&info, test->ranges[i].base, test->ranges[i].length) !=
            test->ranges[i].available)
            fail_msg("%s: range %zu: expected %d", test->name, i, test->ranges[i].available);
    }
    assert_true(mb2_range_available(&info, 0x2000, 0)); /* nothing of it is missing */
}

static void test_memory_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(memory_cases); i++)
        check_memory_case(&memory_cases[i]);
}

/* The walk that a frame allocator makes. */
static void test_memory_available(void **state)
{
    static const struct {
        uint64_t until;
        bool available;
    } expected[] = {
        {0x9fc00, true},   {0xa0000, false},   {0x100000, false},
        {0x7fe0000, true}, {0x8000000, false}, {UINT64_MAX, false},
    };
    struct builder builder;
    struct mb2_info info;
    uint64_t address = 0;
    uint64_t until;

    (void)state;
    build_full(&builder);
    parse_good(&info, &builder);
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_int_equal(mb2_memory_available(&info, address, &until), expected[i].available);
        assert_int_equal(until, expected[i].until);
        address = until;
    }
    assert_int_equal(mb2_available_bytes(&info), 0x9fc00 + 0x7ee0000);
}

static void test_no_memory_map(void **state)
{
    struct builder builder;
    struct mb2_info info;
    struct mb2_memory entry;
    size_t index = 0;

    (void)state;
    begin(&builder);
    finish(&builder);
    parse_good(&info, &builder);
    assert_false(mb2_memory_next(&info, &index, &entry));
    assert_int_equal(mb2_available_bytes(&info), 0);
    assert_false(mb2_range_available(&info, 0x100000, 1));
}

/* --- ACPI ------------------------------------------------------------------------------------- */

static bool rsdp_valid(const uint8_t *rsdp, size_t length)
{
    struct placed placed = place(rsdp, length);
    bool valid = mb2_rsdp_valid((struct mb2_bytes){.at = placed.data, .length = length});

    free(placed.memory);
    return valid;
}

/* Any change of any byte is seen, since a byte more or less changes the sum. */
static void check_rsdp_bytes(uint8_t revision)
{
    uint8_t rsdp[36];
    const size_t length = make_rsdp(rsdp, revision);

    assert_true(rsdp_valid(rsdp, length));
    for (size_t i = 0; i < length; i++) {
        rsdp[i] ^= 0x10;
        if (rsdp_valid(rsdp, length))
            fail_msg("revision %u: byte %zu is not checked", revision, i);
        rsdp[i] ^= 0x10;
    }
}

static void test_rsdp_bytes(void **state)
{
    (void)state;
    check_rsdp_bytes(0);
    check_rsdp_bytes(2);
}

/* The sum does not know the order of the bytes. */
static void test_rsdp_signature(void **state)
{
    uint8_t rsdp[36];
    const size_t length = make_rsdp(rsdp, 2);

    (void)state;
    memcpy(rsdp, "RSD RTP ", 8);
    assert_false(rsdp_valid(rsdp, length));
}

static void test_rsdp_sizes(void **state)
{
    uint8_t rsdp[36];

    (void)state;
    make_rsdp(rsdp, 2);
    for (size_t length = 0; length <= 36; length++)
        assert_int_equal(rsdp_valid(rsdp, length), length >= 20);
    make_rsdp(rsdp, 0);
    rsdp[35] = 0x55; /* revision 0 has no second checksum */
    assert_true(rsdp_valid(rsdp, 36));
    assert_false(mb2_rsdp_valid((struct mb2_bytes){0}));
}

/* Its own length may be wrong though both checksums over what there is are right. */
static void test_rsdp_length(void **state)
{
    static const uint32_t lengths[] = {0, 20, 35, 37, 0x80000000, UINT32_MAX};
    uint8_t rsdp[36];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        make_rsdp(rsdp, 2);
        rsdp[32] = 0;
        set(rsdp + 20, 4, lengths[i]);
        for (size_t n = 0; n < 36; n++)
            rsdp[32] = (uint8_t)(rsdp[32] - (n == 32 ? 0 : rsdp[n]));
        assert_false(rsdp_valid(rsdp, 36));
    }
}

/* --- Anything at all -------------------------------------------------------------------------- */

/* Every reason is reached: by a row of the table, or by one of the tests named here. */
static void test_all_reasons(void **state)
{
    bool reached[MB2_ERRORS] = {
        [MB2_OK] = true,     [MB2_NO_FIXED_PART] = true,  [MB2_TOTAL_LARGE] = true,
        [MB2_NO_END] = true, [MB2_TAG_HEADER_CUT] = true, [MB2_PADDING_BEYOND] = true,
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
        reached[refusals[i].error] = true;
    for (unsigned i = 0; i < MB2_ERRORS; i++) {
        if (!reached[i])
            fail_msg("no test reaches: %s", mb2_error_text((enum mb2_error)i));
    }
}

/* Data that end early, with the total_size of the whole. */
static void test_truncated_data(void **state)
{
    struct builder builder;
    size_t offset;

    (void)state;
    build_full(&builder);
    for (size_t length = 0; length < builder.length; length++)
        assert_int_equal(parse_any(builder.bytes, length, &offset),
                         length < 8 ? MB2_NO_FIXED_PART : MB2_TOTAL_BEYOND);
    assert_int_equal(parse_any(builder.bytes, builder.length, &offset), MB2_OK);
}

/* Data that end early and say so: never accepted, since the end tag is missing. */
static void test_truncated_total(void **state)
{
    struct builder builder;
    size_t offset;

    (void)state;
    build_full(&builder);
    for (size_t length = 16; length < builder.length; length++) {
        set(builder.bytes, 4, length);
        assert_int_not_equal(parse_any(builder.bytes, length, &offset), MB2_OK);
        assert_true(offset >= 8);
    }
}

static void test_byte_mutations(void **state)
{
    struct builder builder;
    size_t offset;

    (void)state;
    build_full(&builder);
    for (size_t i = 0; i < builder.length; i++) {
        const uint8_t original = builder.bytes[i];

        for (unsigned value = 0; value < 256; value++) {
            builder.bytes[i] = (uint8_t)value;
            (void)parse_any(builder.bytes, builder.length, &offset);
        }
        builder.bytes[i] = original;
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A few numbers at random places: small ones, near the top, or anything. */
static void mutate(struct builder *builder, uint64_t *seed)
{
    for (uint64_t left = 1 + next_random(seed) % 4; left > 0; left--) {
        const uint64_t kind = next_random(seed) % 3;
        const uint64_t number = next_random(seed);
        const size_t at = 4 * (size_t)(next_random(seed) % (builder->length / 4));
        const uint64_t value = kind == 0 ? number % 64 : kind == 1 ? ~(number % 64) : number;

        set(builder->bytes + at, 4, value);
    }
    if (next_random(seed) % 4 == 0)
        builder->length = (size_t)(next_random(seed) % (builder->length + 1));
    if (next_random(seed) % 2 == 0)
        set(builder->bytes, 4, builder->length);
}

static void test_random_mutations(void **state)
{
    const char *given = getenv("SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) | 1 : 20240229;
    unsigned accepted = 0;
    struct builder full;

    (void)state;
    printf("# seed %llu (SEED=)\n", (unsigned long long)seed);
    build_full(&full);
    for (int round = 0; round < 200000; round++) {
        struct builder builder = full;
        size_t offset;

        mutate(&builder, &seed);
        accepted += parse_any(builder.bytes, builder.length, &offset) == MB2_OK;
    }
    assert_in_range(accepted, 1000, 199000); /* else the mutations test only one side */
}

int main(void)
{
    const struct CMUnitTest group[] = {
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_full_modules),
        cmocka_unit_test(test_full_firmware),
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_framebuffer_rgb),
        cmocka_unit_test(test_framebuffer_indexed),
        cmocka_unit_test(test_framebuffer_other),
        cmocka_unit_test(test_many_modules),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_string_with_rest),
        cmocka_unit_test(test_bytes_after_the_end),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_refused_second_module),
        cmocka_unit_test(test_refused_string),
        cmocka_unit_test(test_refused_palette),
        cmocka_unit_test(test_refused_ends),
        cmocka_unit_test(test_refused_padding),
        cmocka_unit_test(test_refused_end_size),
        cmocka_unit_test(test_refused_fixed_part),
        cmocka_unit_test(test_refused_total),
        cmocka_unit_test(test_refused_large),
        cmocka_unit_test(test_read_total_size),
        cmocka_unit_test(test_error_texts),
        cmocka_unit_test(test_tag_names),
        cmocka_unit_test(test_print_error),
        cmocka_unit_test(test_memory_next),
        cmocka_unit_test(test_memory_cases),
        cmocka_unit_test(test_memory_available),
        cmocka_unit_test(test_no_memory_map),
        cmocka_unit_test(test_rsdp_bytes),
        cmocka_unit_test(test_rsdp_signature),
        cmocka_unit_test(test_rsdp_sizes),
        cmocka_unit_test(test_rsdp_length),
        cmocka_unit_test(test_all_reasons),
        cmocka_unit_test(test_truncated_data),
        cmocka_unit_test(test_truncated_total),
        cmocka_unit_test(test_byte_mutations),
        cmocka_unit_test(test_random_mutations),
    };

    return cmocka_run_group_tests_name("multiboot2", group, NULL, NULL);
}
