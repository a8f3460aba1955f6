/* SPDX-License-Identifier: BSD-2-Clause */
/* mb2.c - parser of the multiboot2 boot information structure: see mb2.h. PURE. */
#include "boot/mb2.h"

/*
 *      0          4          8                                   total_size
 *      +----------+----------+-----------+-----+-----------+---------+
 *      |total_size| reserved | tag       | pad | tag ...   | end tag |
 *      +----------+----------+-----------+-----+-----------+---------+
 *                            ^ each tag begins at a multiple of 8:
 *                              type, size (with this header, without the padding), fields
 */
#define FIXED_PART_SIZE 8
#define TAG_HEADER_SIZE 8
#define TAG_ALIGNMENT   8

/* Offsets in a tag, from its type. */
#define STRING                 8
#define BASIC_MEMORY_LOWER     8
#define BASIC_MEMORY_UPPER     12
#define MODULE_START           8
#define MODULE_END             12
#define MODULE_STRING          16
#define MEMORY_ENTRY_SIZE      8
#define MEMORY_ENTRY_VERSION   12
#define MEMORY_ENTRIES         16
#define FRAMEBUFFER_ADDRESS    8
#define FRAMEBUFFER_PITCH      16
#define FRAMEBUFFER_WIDTH      20
#define FRAMEBUFFER_HEIGHT     24
#define FRAMEBUFFER_BPP        28
#define FRAMEBUFFER_TYPE       29
#define FRAMEBUFFER_COLOR_INFO 32
#define EFI_DESCRIPTOR_SIZE    8
#define EFI_DESCRIPTOR_VERSION 12
#define EFI_DESCRIPTORS        16
#define POINTER                8
#define RSDP                   8

/* Offsets in an entry of the memory map. */
#define ENTRY_BASE     0
#define ENTRY_LENGTH   8
#define ENTRY_TYPE     16
#define ENTRY_SIZE_MIN 24

/* Offsets in color_info. The specification's text has 32 bits for the palette's length, its header
 * file and GRUB have 16. */
#define RGB_FIELDS         6
#define PALETTE_COLORS     2
#define PALETTE_COLOR_SIZE 3

#define EFI_DESCRIPTOR_SIZE_MIN 40

/* The RSDP of ACPI 1.0 is the beginning of the later one. */
#define RSDP_SIGNATURE      "RSD PTR "
#define RSDP_SIGNATURE_SIZE 8
#define RSDP_REVISION       15
#define RSDP_LENGTH         20
#define RSDP_OLD_SIZE       20
#define RSDP_NEW_SIZE       36

/* A tag whose header has been checked: `size` bytes may be read from `at`. */
struct tag {
    const uint8_t *at;
    uint32_t type;
    uint32_t size;
};

/* --- Loads: little-endian, byte by byte, because nothing says how the data are aligned -------- */

static uint16_t load16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t load32(const uint8_t *at)
{
    return load16(at) | (uint32_t)load16(at + 2) << 16;
}

static uint64_t load64(const uint8_t *at)
{
    return load32(at) | (uint64_t)load32(at + 4) << 32;
}

/* The rest of the tag from `offset`, which must not lie beyond it. */
static struct mb2_bytes tail(const struct tag *tag, uint32_t offset)
{
    return (struct mb2_bytes){.at = tag->at + offset, .length = tag->size - offset};
}

/* --- The tags that are taken. Each has at least its rule's `size`: see below ------------------ */

static enum mb2_error take_string(const struct tag *tag, uint32_t offset, const char **string)
{
    for (uint32_t i = offset; i < tag->size; i++) {
        if (tag->at[i] == '\0') {
            *string = (const char *)tag->at + offset;
            return MB2_OK;
        }
    }
    return MB2_STRING_OPEN;
}

static enum mb2_error take_command_line(struct mb2_info *info, const struct tag *tag)
{
    return take_string(tag, STRING, &info->command_line);
}

static enum mb2_error take_boot_loader_name(struct mb2_info *info, const struct tag *tag)
{
    return take_string(tag, STRING, &info->boot_loader_name);
}

static enum mb2_error take_module(struct mb2_info *info, const struct tag *tag)
{
    struct mb2_module module = {.start = load32(tag->at + MODULE_START),
                                .end = load32(tag->at + MODULE_END)};
    enum mb2_error error = take_string(tag, MODULE_STRING, &module.string);

    if (error)
        return error;
    if (module.end < module.start)
        return MB2_MODULE_ORDER;
    if (info->module_count < MB2_MODULES_MAX)
        info->modules[info->module_count++] = module;
    else
        info->modules_left_out++;
    return MB2_OK;
}

static enum mb2_error take_basic_memory(struct mb2_info *info, const struct tag *tag)
{
    info->mem_lower = load32(tag->at + BASIC_MEMORY_LOWER);
    info->mem_upper = load32(tag->at + BASIC_MEMORY_UPPER);
    return MB2_OK;
}

static enum mb2_error check_entry_size(uint32_t entry_size, size_t length)
{
    if (entry_size == 0)
        return MB2_MEMORY_ENTRY_ZERO;
    if (entry_size % 8 != 0)
        return MB2_MEMORY_ENTRY_ALIGN;
    if (entry_size < ENTRY_SIZE_MIN)
        return MB2_MEMORY_ENTRY_SMALL;
    return length % entry_size == 0 ? MB2_OK : MB2_MEMORY_ENTRY_CUT;
}

static enum mb2_error take_memory_map(struct mb2_info *info, const struct tag *tag)
{
    info->memory_map = tail(tag, MEMORY_ENTRIES);
    info->memory_entry_size = load32(tag->at + MEMORY_ENTRY_SIZE);
    info->memory_entry_version = load32(tag->at + MEMORY_ENTRY_VERSION);
    return check_entry_size(info->memory_entry_size, info->memory_map.length);
}

static struct mb2_color_field color_field(const uint8_t *at)
{
    return (struct mb2_color_field){.position = at[0], .size = at[1]};
}

static enum mb2_error take_rgb(struct mb2_framebuffer *framebuffer, const struct tag *tag)
{
    const uint8_t *fields = tag->at + FRAMEBUFFER_COLOR_INFO;

    if (tag->size < FRAMEBUFFER_COLOR_INFO + RGB_FIELDS)
        return MB2_COLOR_INFO_CUT;
    framebuffer->red = color_field(fields);
    framebuffer->green = color_field(fields + 2);
    framebuffer->blue = color_field(fields + 4);
    return MB2_OK;
}

static enum mb2_error take_palette(struct mb2_framebuffer *framebuffer, const struct tag *tag)
{
    const uint32_t colors_at = FRAMEBUFFER_COLOR_INFO + PALETTE_COLORS;

    if (tag->size < colors_at)
        return MB2_COLOR_INFO_CUT;

    const size_t count = load16(tag->at + FRAMEBUFFER_COLOR_INFO);
    if (count * PALETTE_COLOR_SIZE > tag->size - colors_at)
        return MB2_COLOR_INFO_CUT;
    framebuffer->palette.at = tag->at + colors_at;
    framebuffer->palette.length = count * PALETTE_COLOR_SIZE;
    return MB2_OK;
}

static enum mb2_error take_framebuffer(struct mb2_info *info, const struct tag *tag)
{
    struct mb2_framebuffer *framebuffer = &info->framebuffer;

    framebuffer->address = load64(tag->at + FRAMEBUFFER_ADDRESS);
    framebuffer->pitch = load32(tag->at + FRAMEBUFFER_PITCH);
    framebuffer->width = load32(tag->at + FRAMEBUFFER_WIDTH);
    framebuffer->height = load32(tag->at + FRAMEBUFFER_HEIGHT);
    framebuffer->bpp = tag->at[FRAMEBUFFER_BPP];
    framebuffer->type = tag->at[FRAMEBUFFER_TYPE];
    if (framebuffer->type == MB2_FRAMEBUFFER_INDEXED)
        return take_palette(framebuffer, tag);
    if (framebuffer->type == MB2_FRAMEBUFFER_RGB)
        return take_rgb(framebuffer, tag);
    return MB2_OK;
}

static enum mb2_error take_efi32_system_table(struct mb2_info *info, const struct tag *tag)
{
    info->efi32_system_table = load32(tag->at + POINTER);
    return MB2_OK;
}

static enum mb2_error take_efi64_system_table(struct mb2_info *info, const struct tag *tag)
{
    info->efi64_system_table = load64(tag->at + POINTER);
    return MB2_OK;
}

static enum mb2_error take_acpi_old_rsdp(struct mb2_info *info, const struct tag *tag)
{
    info->acpi_old_rsdp = tail(tag, RSDP);
    return MB2_OK;
}

static enum mb2_error take_acpi_new_rsdp(struct mb2_info *info, const struct tag *tag)
{
    info->acpi_new_rsdp = tail(tag, RSDP);
    return MB2_OK;
}

static enum mb2_error take_efi_memory_map(struct mb2_info *info, const struct tag *tag)
{
    struct mb2_efi_memory_map *map = &info->efi_memory_map;

    map->descriptors = tail(tag, EFI_DESCRIPTORS);
    map->descriptor_size = load32(tag->at + EFI_DESCRIPTOR_SIZE);
    map->descriptor_version = load32(tag->at + EFI_DESCRIPTOR_VERSION);
    if (map->descriptor_size < EFI_DESCRIPTOR_SIZE_MIN)
        return MB2_EFI_DESCRIPTOR_SMALL;
    if (map->descriptors.length % map->descriptor_size != 0)
        return MB2_EFI_DESCRIPTOR_CUT;
    return MB2_OK;
}

static enum mb2_error take_efi_boot_services(struct mb2_info *info, const struct tag *tag)
{
    (void)tag;
    info->efi_boot_services_running = true;
    return MB2_OK;
}

static enum mb2_error take_efi32_image_handle(struct mb2_info *info, const struct tag *tag)
{
    info->efi32_image_handle = load32(tag->at + POINTER);
    return MB2_OK;
}

static enum mb2_error take_efi64_image_handle(struct mb2_info *info, const struct tag *tag)
{
    info->efi64_image_handle = load64(tag->at + POINTER);
    return MB2_OK;
}

static enum mb2_error take_load_base(struct mb2_info *info, const struct tag *tag)
{
    info->load_base_address = load32(tag->at + POINTER);
    return MB2_OK;
}

/* --- The rules: a tag's name, its least size, and who takes it (NULL: it is skipped) ---------- */

/*
 * A framebuffer tag has one reserved byte after its type in the specification's text and two in its
 * header file: 31 bytes satisfy both, and color_info begins at 32 in what boot loaders write.
 */
static const struct tag_rule {
    const char *name;
    uint32_t size;
    enum mb2_error (*take)(struct mb2_info *info, const struct tag *tag);
} tag_rules[] = {
    [MB2_TAG_END] = {"end", 8, NULL},
    [MB2_TAG_COMMAND_LINE] = {"command line", 8, take_command_line},
    [MB2_TAG_BOOT_LOADER_NAME] = {"boot loader name", 8, take_boot_loader_name},
    [MB2_TAG_MODULE] = {"module", 16, take_module},
    [MB2_TAG_BASIC_MEMORY] = {"basic memory information", 16, take_basic_memory},
    [MB2_TAG_BOOT_DEVICE] = {"BIOS boot device", 8, NULL},
    [MB2_TAG_MEMORY_MAP] = {"memory map", 16, take_memory_map},
    [MB2_TAG_VBE] = {"VBE information", 8, NULL},
    [MB2_TAG_FRAMEBUFFER] = {"framebuffer information", 31, take_framebuffer},
    [MB2_TAG_ELF_SYMBOLS] = {"ELF symbols", 8, NULL},
    [MB2_TAG_APM] = {"APM table", 8, NULL},
    [MB2_TAG_EFI32_SYSTEM_TABLE] = {"EFI 32-bit system table", 12, take_efi32_system_table},
    [MB2_TAG_EFI64_SYSTEM_TABLE] = {"EFI 64-bit system table", 16, take_efi64_system_table},
    [MB2_TAG_SMBIOS] = {"SMBIOS tables", 8, NULL},
    [MB2_TAG_ACPI_OLD_RSDP] = {"ACPI old RSDP", 8 + RSDP_OLD_SIZE, take_acpi_old_rsdp},
    [MB2_TAG_ACPI_NEW_RSDP] = {"ACPI new RSDP", 8 + RSDP_NEW_SIZE, take_acpi_new_rsdp},
    [MB2_TAG_NETWORK] = {"networking information", 8, NULL},
    [MB2_TAG_EFI_MEMORY_MAP] = {"EFI memory map", 16, take_efi_memory_map},
    [MB2_TAG_EFI_BOOT_SERVICES] = {"EFI boot services not terminated", 8, take_efi_boot_services},
    [MB2_TAG_EFI32_IMAGE_HANDLE] = {"EFI 32-bit image handle", 12, take_efi32_image_handle},
    [MB2_TAG_EFI64_IMAGE_HANDLE] = {"EFI 64-bit image handle", 16, take_efi64_image_handle},
    [MB2_TAG_LOAD_BASE] = {"image load base physical address", 12, take_load_base},
};

_Static_assert(ARRAY_SIZE(tag_rules) <= 32, "mb2_info.present has a bit for each tag type");

const char *mb2_tag_name(uint32_t type)
{
    return type < ARRAY_SIZE(tag_rules) ? tag_rules[type].name : "unknown";
}

static bool is_present(const struct mb2_info *info, uint32_t type)
{
    return type < ARRAY_SIZE(tag_rules) && (info->present >> type & 1) != 0;
}

bool mb2_has(const struct mb2_info *info, enum mb2_tag type)
{
    return is_present(info, type);
}

/* --- The walk --------------------------------------------------------------------------------- */

static enum mb2_error take_tag(struct mb2_info *info, const struct tag *tag)
{
    if (tag->type >= ARRAY_SIZE(tag_rules) || !tag_rules[tag->type].take)
        return MB2_OK;
    if (is_present(info, tag->type) && tag->type != MB2_TAG_MODULE) {
        info->duplicates++;
        return MB2_OK;
    }
    if (tag->size < tag_rules[tag->type].size)
        return MB2_FIELDS_CUT;
    info->present |= UINT32_C(1) << tag->type;
    return tag_rules[tag->type].take(info, tag);
}

/* From a tag's beginning to the next one's. 64 bits: near the top, 32 would wrap to 0. */
static uint64_t padded_size(const struct tag *tag)
{
    return ((uint64_t)tag->size + TAG_ALIGNMENT - 1) & ~(uint64_t)(TAG_ALIGNMENT - 1);
}

/* Reads the tag's header at `at`, from which the structure has `rest` more bytes. */
static enum mb2_error read_tag(struct tag *tag, const uint8_t *at, uint32_t rest)
{
    *tag = (struct tag){.at = at};
    if (rest == 0)
        return MB2_NO_END;
    if (rest < TAG_HEADER_SIZE)
        return MB2_TAG_HEADER_CUT;
    tag->type = load32(at);
    tag->size = load32(at + 4);
    if (tag->size < TAG_HEADER_SIZE)
        return MB2_TAG_SMALL;
    if (tag->size > rest)
        return MB2_TAG_BEYOND;
    if (tag->type == MB2_TAG_END)
        return tag->size == TAG_HEADER_SIZE ? MB2_OK : MB2_END_SIZE;
    return padded_size(tag) > rest ? MB2_PADDING_BEYOND : MB2_OK;
}

static enum mb2_error parse_tags(struct mb2_info *info, const uint8_t *data)
{
    uint32_t offset = FIXED_PART_SIZE;
    struct tag tag;
    enum mb2_error error;

    do {
        error = read_tag(&tag, data + offset, info->total_size - offset);
        if (!error)
            error = take_tag(info, &tag);
        info->error_offset = error ? offset : 0;
        info->error_tag = error ? tag.type : 0;
        offset += (uint32_t)padded_size(&tag);
    } while (!error && tag.type != MB2_TAG_END);
    return error;
}

static enum mb2_error parse(struct mb2_info *info, const uint8_t *data, size_t size)
{
    if (size < FIXED_PART_SIZE)
        return MB2_NO_FIXED_PART;
    info->total_size = load32(data);
    if (info->total_size < FIXED_PART_SIZE + TAG_HEADER_SIZE)
        return MB2_TOTAL_SMALL;
    if (info->total_size > size)
        return MB2_TOTAL_BEYOND;
    if (info->total_size > MB2_TOTAL_SIZE_MAX)
        return MB2_TOTAL_LARGE;
    return parse_tags(info, data);
}

enum mb2_error mb2_parse(struct mb2_info *info, const void *data, size_t size)
{
    *info = (struct mb2_info){0};

    enum mb2_error error = parse(info, data, size);
    if (error)
        *info = (struct mb2_info){.total_size = info->total_size,
                                  .error_offset = info->error_offset,
                                  .error_tag = info->error_tag};
    return error;
}

enum mb2_error mb2_read_total_size(const void *fixed_part, size_t *total_size)
{
    const uint32_t claimed = load32(fixed_part);

    *total_size = 0;
    if (claimed < FIXED_PART_SIZE + TAG_HEADER_SIZE)
        return MB2_TOTAL_SMALL;
    if (claimed > MB2_TOTAL_SIZE_MAX)
        return MB2_TOTAL_LARGE;
    *total_size = claimed;
    return MB2_OK;
}

/* --- Errors in words -------------------------------------------------------------------------- */

const char *mb2_error_text(enum mb2_error error)
{
#define MB2_ERROR_TEXT(name, text) [MB2_##name] = (text),
    static const char *const texts[] = {MB2_ERROR_LIST(MB2_ERROR_TEXT)};
#undef MB2_ERROR_TEXT

    return error < ARRAY_SIZE(texts) ? texts[error] : "unknown error";
}

/* The type of a tag that could not be read means nothing. */
static bool names_a_tag(const struct mb2_info *info, enum mb2_error error)
{
    return info->error_offset != 0 && error != MB2_NO_END && error != MB2_TAG_HEADER_CUT;
}

void mb2_print_error(const struct mb2_info *info, enum mb2_error error, struct out *out)
{
    out_printf(out, "multiboot2: boot information refused at byte %zu of %u", info->error_offset,
               info->total_size);
    if (names_a_tag(info, error))
        out_printf(out, ", tag %u (%s)", info->error_tag, mb2_tag_name(info->error_tag));
    out_printf(out, ": %s\n", mb2_error_text(error));
}

/* --- Memory ----------------------------------------------------------------------------------- */

bool mb2_memory_next(const struct mb2_info *info, size_t *index, struct mb2_memory *entry)
{
    const size_t entry_size = info->memory_entry_size;

    if (!info->memory_map.at || *index >= info->memory_map.length / entry_size)
        return false;

    const uint8_t *at = info->memory_map.at + *index * entry_size;
    entry->base = load64(at + ENTRY_BASE);
    entry->length = load64(at + ENTRY_LENGTH);
    entry->type = load32(at + ENTRY_TYPE);
    (*index)++;
    return true;
}

/* The first address after the entry, at most UINT64_MAX: a sum that wraps means "to the top". */
static uint64_t end_of(const struct mb2_memory *entry)
{
    return entry->length > UINT64_MAX - entry->base ? UINT64_MAX : entry->base + entry->length;
}

static uint64_t lower_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool mb2_memory_available(const struct mb2_info *info, uint64_t address, uint64_t *until)
{
    bool available = false;
    bool claimed = false;
    struct mb2_memory entry;

    *until = UINT64_MAX;
    for (size_t index = 0; mb2_memory_next(info, &index, &entry);) {
        const uint64_t end = end_of(&entry);

        if (address < entry.base) {
            *until = lower_of(*until, entry.base);
        } else if (address < end) {
            *until = lower_of(*until, end);
            *(entry.type == MB2_MEMORY_AVAILABLE ? &available : &claimed) = true;
        }
    }
    return available && !claimed;
}

uint64_t mb2_available_bytes(const struct mb2_info *info)
{
    uint64_t bytes = 0;
    uint64_t until;

    for (uint64_t address = 0; address != UINT64_MAX; address = until) {
        if (mb2_memory_available(info, address, &until))
            bytes += until - address;
    }
    return bytes;
}

bool mb2_range_available(const struct mb2_info *info, uint64_t base, uint64_t length)
{
    uint64_t until;

    if (length > UINT64_MAX - base)
        return false;
    for (uint64_t address = base; address < base + length; address = until) {
        if (!mb2_memory_available(info, address, &until))
            return false;
    }
    return true;
}

/* --- ACPI ------------------------------------------------------------------------------------- */

static bool sums_to_zero(const uint8_t *at, size_t length)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + at[i]);
    return sum == 0;
}

static bool has_rsdp_signature(const uint8_t *at)
{
    for (size_t i = 0; i < RSDP_SIGNATURE_SIZE; i++) {
        if (at[i] != (uint8_t)RSDP_SIGNATURE[i])
            return false;
    }
    return true;
}

/* The part that ACPI 2.0 added: its own length, and a second checksum over all of it. */
static bool new_rsdp_valid(struct mb2_bytes rsdp)
{
    const uint32_t length = load32(rsdp.at + RSDP_LENGTH);

    return length >= RSDP_NEW_SIZE && length <= rsdp.length && sums_to_zero(rsdp.at, length);
}

bool mb2_rsdp_valid(struct mb2_bytes rsdp)
{
    if (!rsdp.at || rsdp.length < RSDP_OLD_SIZE || !has_rsdp_signature(rsdp.at))
        return false;
    if (!sums_to_zero(rsdp.at, RSDP_OLD_SIZE))
        return false;
    return rsdp.length < RSDP_NEW_SIZE || rsdp.at[RSDP_REVISION] < 2 || new_rsdp_valid(rsdp);
}
