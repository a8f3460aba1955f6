/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_elf.c - any bytes as an ELF file: what is accepted lies in the file and does not overlap. */
#include "fuzz.h"

#include "elf.h"

static void check_segment(const struct elf_info *elf, unsigned number, size_t size)
{
    const struct elf_segment *s = &elf->segments[number];

    HOLDS(s->file_size <= s->memory_size);
    HOLDS(s->file_offset <= size && s->file_size <= size - s->file_offset);
    HOLDS(s->virtual_address + s->memory_size >= s->virtual_address);
    for (unsigned i = 0; i < number; i++) {
        const struct elf_segment *o = &elf->segments[i];

        HOLDS(s->virtual_address >= o->virtual_address + o->memory_size ||
              o->virtual_address >= s->virtual_address + s->memory_size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool allow_wx = size && data[size - 1] & 1, entered = false;
    struct elf_info elf;
    uint8_t *copy = malloc(size ? size : 1);
    enum elf_error error;

    HOLDS(copy);
    if (size)
        memcpy(copy, data, size);
    error = elf_parse(&elf, copy, size, allow_wx);
    HOLDS(error < ELF_ERROR_COUNT && elf_error_text(error)[0]);
    if (error == ELF_OK) {
        HOLDS(elf.segment_count > 0 && elf.segment_count <= ELF_SEGMENTS_MAX);
        for (unsigned i = 0; i < elf.segment_count; i++) {
            const struct elf_segment *s = &elf.segments[i];

            check_segment(&elf, i, size);
            HOLDS(allow_wx || !(s->writable && s->executable));
            entered |= s->executable && elf.entry >= s->virtual_address &&
                       elf.entry - s->virtual_address < s->memory_size;
        }
        HOLDS(entered);
    }
    free(copy);
    return 0;
}
