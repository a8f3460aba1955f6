/* SPDX-License-Identifier: BSD-2-Clause */
/* test_elf.c - ELF files made by hand, and each way in which one can be wrong: lib/elf.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "elf.h"
#include "support.h"

#define SIZE 0x3000

static uint8_t file[SIZE];

static void put(unsigned at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        file[at + i] = (uint8_t)(value >> 8 * i);
}

static void segment(unsigned number, uint32_t flags, uint64_t offset, uint64_t address,
                    uint64_t in_file, uint64_t in_memory)
{
    unsigned at = 64 + number * 56;

    put(at, 1, 4);
    put(at + 4, flags, 4);
    put(at + 8, offset, 8);
    put(at + 16, address, 8);
    put(at + 24, address, 8);
    put(at + 32, in_file, 8);
    put(at + 40, in_memory, 8);
}

/* Two segments: code at 0x400000, data at 0x402000. */
static void make(void)
{
    memset(file, 0, sizeof(file));
    memcpy(file, "\177ELF\2\1\1", 7);
    put(16, 2, 2);
    put(18, 62, 2);
    put(24, 0x400010, 8);
    put(32, 64, 8);
    put(54, 56, 2);
    put(56, 2, 2);
    segment(0, 5, 0x1000, 0x400000, 0x800, 0x800);
    segment(1, 6, 0x2000, 0x402000, 0x100, 0x1100);
}

static void a_good_file(void **state)
{
    struct elf_info elf;

    (void)state;
    make();
    assert_int_equal(elf_parse(&elf, file, SIZE, false), ELF_OK);
    assert_int_equal(elf.entry, 0x400010);
    assert_int_equal(elf.segment_count, 2);
    assert_int_equal(elf.segments[0].virtual_address, 0x400000);
    assert_int_equal(elf.segments[0].file_size, 0x800);
    assert_true(elf.segments[0].executable && elf.segments[0].readable &&
                !elf.segments[0].writable);
    assert_int_equal(elf.segments[1].memory_size, 0x1100);
    assert_true(elf.segments[1].writable && !elf.segments[1].executable);
}

/* One wrong thing each. */
static const struct {
    enum elf_error error;
    unsigned at;
    uint64_t value;
    unsigned bytes;
} wrongs[] = {
    {ELF_NO_MAGIC, 1, 'M', 1},
    {ELF_NOT_64, 4, 1, 1},
    {ELF_NOT_64, 5, 2, 1},
    {ELF_NOT_X86_64, 18, 3, 2},
    {ELF_NOT_EXECUTABLE, 16, 3, 2},
    {ELF_HEADERS_CUT, 32, SIZE - 56, 8},
    {ELF_HEADERS_CUT, 32, UINT64_MAX - 8, 8},
    {ELF_HEADERS_CUT, 54, 55, 2},
    {ELF_SEGMENT_CUT, 64 + 8, SIZE - 0x7ff, 8},
    {ELF_SEGMENT_CUT, 64 + 8, UINT64_MAX, 8},
    {ELF_SEGMENT_SIZE, 64 + 40, 0x7ff, 8},
    {ELF_SEGMENT_WRAPS, 64 + 56 + 16, UINT64_MAX - 0x1000, 8},
    {ELF_SEGMENT_OVERLAP, 64 + 56 + 16, 0x400800, 8},
    {ELF_SEGMENT_WX, 64 + 4, 7, 4},
    {ELF_BAD_ENTRY, 24, 0x402000, 8},
    {ELF_BAD_ENTRY, 24, 0x400800, 8},
    {ELF_BAD_ENTRY, 24, 0, 8},
    {ELF_NO_SEGMENT, 56, 0, 2},
};

static void each_wrong_has_its_name(void **state)
{
    struct elf_info elf;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(wrongs); i++) {
        enum elf_error found;

        make();
        put(wrongs[i].at, wrongs[i].value, wrongs[i].bytes);
        found = elf_parse(&elf, file, SIZE, false);
        expect(found == wrongs[i].error, "row %u: \"%s\" instead of \"%s\"", i,
               elf_error_text(found), elf_error_text(wrongs[i].error));
    }
    assert_int_equal(wrong, 0);
}

static void guests_may_write_and_execute(void **state)
{
    struct elf_info elf;

    (void)state;
    make();
    put(64 + 4, 7, 4);
    assert_int_equal(elf_parse(&elf, file, SIZE, true), ELF_OK);
}

/* A file that is cut anywhere is an answer, and nothing after its end is read. */
static void cut_files(void **state)
{
    (void)state;
    make();
    for (size_t size = 0; size < SIZE; size++) {
        struct elf_info elf;
        uint8_t *exact = malloc(size ? size : 1);
        enum elf_error error;

        memcpy(exact, file, size);
        error = elf_parse(&elf, exact, size, false);
        if (size < 0x2100)
            assert_int_not_equal(error, ELF_OK);
        else
            assert_int_equal(error, ELF_OK);
        free(exact);
    }
}

static void texts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ELF_ERROR_COUNT; i++)
        assert_non_null(elf_error_text(i));
    assert_non_null(elf_error_text(ELF_ERROR_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file),
        cmocka_unit_test_setup(each_wrong_has_its_name, start_counting),
        cmocka_unit_test(guests_may_write_and_execute),
        cmocka_unit_test(cut_files),
        cmocka_unit_test(texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
