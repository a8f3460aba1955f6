/* SPDX-License-Identifier: BSD-2-Clause */
/* elf.c - see elf.h. PURE. */
#include "elf.h"

#include "string.h"

/* Offsets in the file header and in a program header. */
enum {
    HEADER_SIZE = 64,
    H_CLASS = 4,
    H_DATA = 5,
    H_TYPE = 16,
    H_MACHINE = 18,
    H_ENTRY = 24,
    H_PROGRAM_OFFSET = 32,
    H_PROGRAM_SIZE = 54,
    H_PROGRAM_COUNT = 56,

    PROGRAM_SIZE = 56,
    P_TYPE = 0,
    P_FLAGS = 4,
    P_OFFSET = 8,
    P_VIRTUAL = 16,
    P_PHYSICAL = 24,
    P_FILE_SIZE = 32,
    P_MEMORY_SIZE = 40,

    CLASS_64 = 2,
    DATA_LITTLE = 1,
    TYPE_EXEC = 2,
    MACHINE_X86_64 = 62,
    LOAD = 1,
    FLAG_EXECUTE = 1,
    FLAG_WRITE = 2,
    FLAG_READ = 4,
};

static const char *const texts[] = {
#define ELF_ERROR_TEXT(name, text) text,
    ELF_ERRORS(ELF_ERROR_TEXT)
#undef ELF_ERROR_TEXT
};

const char *elf_error_text(enum elf_error error)
{
    return (unsigned)error < ARRAY_SIZE(texts) ? texts[error] : "unknown error";
}

static uint64_t number(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | at[bytes];
    return value;
}

static enum elf_error check_header(const uint8_t *data, size_t size)
{
    if (size < HEADER_SIZE)
        return ELF_NO_HEADER;
    if (memcmp(data, "\177ELF", 4) != 0)
        return ELF_NO_MAGIC;
    if (data[H_CLASS] != CLASS_64 || data[H_DATA] != DATA_LITTLE)
        return ELF_NOT_64;
    if (number(&data[H_MACHINE], 2) != MACHINE_X86_64)
        return ELF_NOT_X86_64;
    return number(&data[H_TYPE], 2) == TYPE_EXEC ? ELF_OK : ELF_NOT_EXECUTABLE;
}

static bool lies_within(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

static uint64_t first_page(const struct elf_segment *segment)
{
    return segment->virtual_address / PAGE_SIZE;
}

static uint64_t last_page(const struct elf_segment *segment)
{
    return (segment->virtual_address + segment->memory_size - 1) / PAGE_SIZE;
}

static enum elf_error check_segment(const struct elf_info *info, const struct elf_segment *segment,
                                    size_t size, bool allow_wx)
{
    if (!lies_within(segment->file_offset, segment->file_size, size))
        return ELF_SEGMENT_CUT;
    if (segment->file_size > segment->memory_size)
        return ELF_SEGMENT_SIZE;
    if (segment->virtual_address + segment->memory_size < segment->virtual_address ||
        segment->physical_address + segment->memory_size < segment->physical_address)
        return ELF_SEGMENT_WRAPS;
    if (segment->writable && segment->executable && !allow_wx)
        return ELF_SEGMENT_WX;
    for (unsigned i = 0; i < info->segment_count; i++)
        if (first_page(segment) <= last_page(&info->segments[i]) &&
            last_page(segment) >= first_page(&info->segments[i]))
            return ELF_SEGMENT_OVERLAP;
    return ELF_OK;
}

static enum elf_error take_segment(struct elf_info *info, const uint8_t *header, size_t size,
                                   bool allow_wx)
{
    uint64_t flags = number(&header[P_FLAGS], 4);
    const struct elf_segment segment = {
        .virtual_address = number(&header[P_VIRTUAL], 8),
        .physical_address = number(&header[P_PHYSICAL], 8),
        .file_offset = number(&header[P_OFFSET], 8),
        .file_size = number(&header[P_FILE_SIZE], 8),
        .memory_size = number(&header[P_MEMORY_SIZE], 8),
        .readable = has_any(flags, FLAG_READ),
        .writable = has_any(flags, FLAG_WRITE),
        .executable = has_any(flags, FLAG_EXECUTE),
    };
    enum elf_error error;

    if (number(&header[P_TYPE], 4) != LOAD || !segment.memory_size)
        return ELF_OK;
    if (info->segment_count == ELF_SEGMENTS_MAX)
        return ELF_TOO_MANY;
    error = check_segment(info, &segment, size, allow_wx);
    if (error == ELF_OK)
        info->segments[info->segment_count++] = segment;
    return error;
}

static bool is_executable(const struct elf_info *info, uint64_t address)
{
    for (unsigned i = 0; i < info->segment_count; i++)
        if (info->segments[i].executable && address >= info->segments[i].virtual_address &&
            address - info->segments[i].virtual_address < info->segments[i].memory_size)
            return true;
    return false;
}

enum elf_error elf_parse(struct elf_info *info, const void *data, size_t size, bool allow_wx)
{
    const uint8_t *bytes = data;
    enum elf_error error = check_header(bytes, size);
    uint64_t offset, count;

    *info = (struct elf_info){.entry = 0};
    if (error != ELF_OK)
        return error;
    offset = number(&bytes[H_PROGRAM_OFFSET], 8);
    count = number(&bytes[H_PROGRAM_COUNT], 2);
    if (number(&bytes[H_PROGRAM_SIZE], 2) != PROGRAM_SIZE ||
        !lies_within(offset, count * PROGRAM_SIZE, size))
        return ELF_HEADERS_CUT;
    for (uint64_t i = 0; i < count && error == ELF_OK; i++)
        error = take_segment(info, &bytes[offset + i * PROGRAM_SIZE], size, allow_wx);
    if (error != ELF_OK)
        return error;
    info->entry = number(&bytes[H_ENTRY], 8);
    if (!info->segment_count)
        return ELF_NO_SEGMENT;
    return is_executable(info, info->entry) ? ELF_OK : ELF_BAD_ENTRY;
}
