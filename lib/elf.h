/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elf.h - ELF64 files for x86-64 with fixed addresses, as the System V ABI has them: processes and
 * guests are such files. PURE and total: any bytes are an answer, and nothing outside them is read.
 */
#ifndef LINTEL_ELF_H
#define LINTEL_ELF_H

#include "base.h"

#define ELF_ERRORS(ERROR)                                                           \
    ERROR(OK, "no error")                                                           \
    ERROR(NO_HEADER, "the file is shorter than an ELF header")                      \
    ERROR(NO_MAGIC, "the file does not begin with the letters ELF")                 \
    ERROR(NOT_64, "it is not for 64-bit little-endian machines")                    \
    ERROR(NOT_X86_64, "it is not for x86-64")                                       \
    ERROR(NOT_EXECUTABLE, "it is not an executable with fixed addresses (ET_EXEC)") \
    ERROR(HEADERS_CUT, "its program headers lie outside the file")                  \
    ERROR(TOO_MANY, "it has more segments than are supported")                      \
    ERROR(SEGMENT_CUT, "a segment's bytes lie outside the file")                    \
    ERROR(SEGMENT_SIZE, "a segment is larger in the file than in memory")           \
    ERROR(SEGMENT_WRAPS, "a segment goes over the end of the address space")        \
    ERROR(SEGMENT_OVERLAP, "two segments share a page")                             \
    ERROR(SEGMENT_WX, "a segment is both writable and executable")                  \
    ERROR(NO_SEGMENT, "it has nothing to load")                                     \
    ERROR(BAD_ENTRY, "its entry is in no executable segment")

#define ELF_ERROR_ENUM(name, text) ELF_##name,
enum elf_error { ELF_ERRORS(ELF_ERROR_ENUM) ELF_ERROR_COUNT };
#undef ELF_ERROR_ENUM

struct elf_segment {
    uint64_t virtual_address;
    uint64_t physical_address;
    uint64_t file_offset;
    uint64_t file_size;
    uint64_t memory_size; /* the rest is zero */
    bool readable, writable, executable;
};

#define ELF_SEGMENTS_MAX 8

struct elf_info {
    uint64_t entry;
    unsigned segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX];
};

/* What the file loads. `allow_wx`: guests may have pages that they write and execute. */
MUST_CHECK enum elf_error elf_parse(struct elf_info *info, const void *data, size_t size,
                                    bool allow_wx);

/* The reason in words; never NULL. */
const char *elf_error_text(enum elf_error error);

#endif
