/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_mb2.c - any bytes as multiboot2 boot information; what is accepted is then used. */
#include "fuzz.h"

#include "boot/framebuffer_tag.h"
#include "layout.h"

/* A copy of exactly the right size: the sanitizer sees each byte read beyond it. */
static void *exact_copy(const uint8_t *data, size_t size)
{
    void *copy = malloc(size ? size : 1);

    HOLDS(copy);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

static void use_memory(const struct mb2_info *info)
{
    struct mb2_memory entry;
    uint64_t until;
    unsigned steps = 0;

    for (size_t index = 0; mb2_memory_next(info, &index, &entry);)
        (void)mb2_range_available(info, entry.base, entry.length);
    for (uint64_t address = 0; address != UINT64_MAX && steps < 64; address = until, steps++) {
        (void)mb2_memory_available(info, address, &until);
        HOLDS(until > address);
    }
    (void)mb2_available_bytes(info);
}

/* What may be mapped and written is nowhere near the memory that the kernel is in. */
static void use_framebuffer(const struct mb2_info *info)
{
    const struct font font = {.height = 16};
    struct framebuffer_mode mode;
    uint64_t bytes;

    if (framebuffer_tag_refusal(info, &font, &mode))
        return;
    bytes = framebuffer_bytes(&mode);
    HOLDS(bytes && bytes <= SCREEN_MAX && mode.address && mode.address < UINT64_C(1) << 52);
    HOLDS((uint64_t)mode.pitch * mode.height >= bytes);
    for (uint64_t at = 0; at < bytes; at += bytes / 16 + 1) {
        uint64_t until;

        HOLDS(!mb2_memory_available(info, mode.address + at, &until));
    }
}

static void use_strings(const struct mb2_info *info)
{
    size_t length = 0;

    length += info->command_line ? strlen(info->command_line) : 0;
    length += info->boot_loader_name ? strlen(info->boot_loader_name) : 0;
    for (unsigned i = 0; i < info->module_count; i++)
        length += strlen(info->modules[i].string);
    HOLDS(length < info->total_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *copy = exact_copy(data, size);
    struct counting_out sink = {.out = {count_char}};
    struct mb2_info info;
    size_t total_size;
    enum mb2_error error = mb2_parse(&info, copy, size);

    HOLDS(error < MB2_ERRORS);
    if (error) {
        mb2_print_error(&info, error, &sink.out);
        HOLDS(sink.count > 0 && info.present == 0);
    } else {
        HOLDS(mb2_read_total_size(copy, &total_size) == MB2_OK && total_size <= size);
        use_strings(&info);
        use_memory(&info);
        use_framebuffer(&info);
        (void)mb2_rsdp_valid(info.acpi_old_rsdp);
        (void)mb2_rsdp_valid(info.acpi_new_rsdp);
    }
    free(copy);
    return 0;
}
