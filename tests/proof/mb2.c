/* SPDX-License-Identifier: BSD-2-Clause */
/* mb2.c - proofs about the multiboot2 parser: any bytes that a boot loader may leave. */
#include <stdlib.h>

#include "proof.h"

/* The source itself: the step from one tag to the next is static. */
#include "boot/mb2.c"

#define BYTES_MAX 40
#define STEP_MAX  64

/* True when `part` lies within the structure, or there is none. */
static bool lies_within(struct mb2_bytes part, const uint8_t *data, size_t size)
{
    return !part.at || (part.at >= data && part.length <= size - (size_t)(part.at - data));
}

static bool is_within(const void *at, const uint8_t *data, size_t size)
{
    return lies_within((struct mb2_bytes){.at = at, .length = 1}, data, size);
}

/* The data end where their object ends: CBMC notices each access beyond. */
void prove_mb2(void)
{
    ANY(size_t, size);
    uint8_t bytes[BYTES_MAX];
    struct mb2_info info;

    GIVEN(size <= BYTES_MAX);
    const uint8_t *data = bytes + BYTES_MAX - size;

    enum mb2_error error = mb2_parse(&info, data, size);

    PROVE(error < MB2_ERRORS, "the verdict is one of those listed");
    PROVE(error || info.total_size <= size, "what is accepted is no longer than the data");
    PROVE(!error || (!info.present && !info.command_line && !info.memory_map.at &&
                     !info.module_count && !info.framebuffer.palette.at),
          "nothing is left of what is refused");
    PROVE(info.error_offset <= size, "the place of an error lies in the data");
    PROVE(is_within(info.command_line, data, size) && is_within(info.boot_loader_name, data, size),
          "strings lie in the data");
    PROVE(lies_within(info.memory_map, data, size) && lies_within(info.acpi_old_rsdp, data, size) &&
              lies_within(info.acpi_new_rsdp, data, size) &&
              lies_within(info.framebuffer.palette, data, size) &&
              lies_within(info.efi_memory_map.descriptors, data, size),
          "memory maps, RSDPs and the palette lie in the data");
    PROVE(!info.memory_map.at || (info.memory_entry_size >= 24 &&
                                  info.memory_map.length % info.memory_entry_size == 0),
          "a memory map has whole entries");
    END_OF_PROOF();
}

/*
 * One step of the walk, from any place at which a tag can begin, with anything parsed before: what
 * holds before it holds after it, so that it holds for a structure of any number of tags.
 */
void prove_mb2_step(void)
{
    ANY(uint32_t, size);
    ANY(uint32_t, offset);
    uint8_t bytes[STEP_MAX];
    struct mb2_info info;
    struct tag tag;

    GIVEN(size >= 16 && size <= STEP_MAX);
    GIVEN(offset >= FIXED_PART_SIZE && offset <= size && offset % TAG_ALIGNMENT == 0);
    GIVEN(info.module_count <= MB2_MODULES_MAX && info.modules_left_out < UINT32_MAX);
    const uint8_t *data = bytes + STEP_MAX - size;

    enum mb2_error error = read_tag(&tag, data + offset, size - offset);
    if (!error)
        error = take_tag(&info, &tag);
    uint64_t next = offset + padded_size(&tag);

    PROVE(error < MB2_ERRORS, "the verdict on a tag is one of those listed");
    PROVE(error || tag.type == MB2_TAG_END || (next > offset && next <= size && next % 8 == 0),
          "the next tag begins in the structure, further on, at a multiple of 8");
    PROVE(info.module_count <= MB2_MODULES_MAX, "there are never more modules than places");
    END_OF_PROOF();
}

/* Any map that mb2_parse() lets through. */
static void make_memory_map(struct mb2_info *info, size_t entries_max)
{
    ANY(size_t, entries);
    ANY(uint32_t, entry_size);

    GIVEN(entries <= entries_max);
    GIVEN(entry_size == 24 || entry_size == 32 || entry_size == 40);
    info->memory_entry_size = entry_size;
    info->memory_map.length = entries * entry_size;
    info->memory_map.at = malloc(info->memory_map.length);
    GIVEN(info->memory_map.at != NULL);
}

void prove_mb2_memory(void)
{
    struct mb2_info info = {0};
    ANY(uint64_t, address);
    ANY(uint64_t, inner);
    uint64_t until, inner_until;

    make_memory_map(&info, 2);
    GIVEN(address != UINT64_MAX);

    bool available = mb2_memory_available(&info, address, &until);
    PROVE(until > address, "each step through memory goes forward");
    GIVEN(inner >= address && inner < until);
    PROVE(mb2_memory_available(&info, inner, &inner_until) == available && inner_until == until,
          "the answer holds for each address up to `until`");
    END_OF_PROOF();
}
