/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb2.h - reads the boot information structure of a multiboot2 boot loader.
 *
 * The terms are those of the Multiboot2 Specification version 2.0, "Boot information". Pure and
 * total: any string of bytes is parsed or refused with a reason, nothing outside it is read, and it
 * may lie at any address. The structure's own numbers are believed as far as it goes: whether the
 * addresses in it (modules, framebuffer, EFI tables) point at anything is NOT checked here.
 */
#ifndef LINTEL_BOOT_MB2_H
#define LINTEL_BOOT_MB2_H

#include "base.h"
#include "format.h"

/* A structure that calls itself larger is taken for garbage: GRUB's have a few KiB. */
#define MB2_TOTAL_SIZE_MAX (1024 * 1024)

/* Modules beyond these are counted in `modules_left_out`. */
#define MB2_MODULES_MAX 16

/* The tag types of the specification. */
enum mb2_tag {
    MB2_TAG_END = 0,
    MB2_TAG_COMMAND_LINE = 1,
    MB2_TAG_BOOT_LOADER_NAME = 2,
    MB2_TAG_MODULE = 3,
    MB2_TAG_BASIC_MEMORY = 4,
    MB2_TAG_BOOT_DEVICE = 5,
    MB2_TAG_MEMORY_MAP = 6,
    MB2_TAG_VBE = 7,
    MB2_TAG_FRAMEBUFFER = 8,
    MB2_TAG_ELF_SYMBOLS = 9,
    MB2_TAG_APM = 10,
    MB2_TAG_EFI32_SYSTEM_TABLE = 11,
    MB2_TAG_EFI64_SYSTEM_TABLE = 12,
    MB2_TAG_SMBIOS = 13,
    MB2_TAG_ACPI_OLD_RSDP = 14,
    MB2_TAG_ACPI_NEW_RSDP = 15,
    MB2_TAG_NETWORK = 16,
    MB2_TAG_EFI_MEMORY_MAP = 17,
    MB2_TAG_EFI_BOOT_SERVICES = 18, /* they have NOT been terminated */
    MB2_TAG_EFI32_IMAGE_HANDLE = 19,
    MB2_TAG_EFI64_IMAGE_HANDLE = 20,
    MB2_TAG_LOAD_BASE = 21,
};

/* MB2_ERROR(name, text): why a structure is refused. */
#define MB2_ERROR_LIST(MB2_ERROR)                                                           \
    MB2_ERROR(OK, "no error")                                                               \
    MB2_ERROR(NO_FIXED_PART, "the data end inside the fixed part (8 bytes)")                \
    MB2_ERROR(TOTAL_SMALL, "total_size is less than 16: no room for an end tag")            \
    MB2_ERROR(TOTAL_LARGE, "total_size is more than 1 MiB")                                 \
    MB2_ERROR(TOTAL_BEYOND, "total_size is more than the data")                             \
    MB2_ERROR(NO_END, "the structure ends without an end tag")                              \
    MB2_ERROR(END_SIZE, "the end tag's size is not 8")                                      \
    MB2_ERROR(TAG_HEADER_CUT, "the structure ends inside a tag's type and size")            \
    MB2_ERROR(TAG_SMALL, "the tag's size is less than 8, its own header")                   \
    MB2_ERROR(TAG_BEYOND, "the tag ends beyond the structure")                              \
    MB2_ERROR(PADDING_BEYOND, "the tag's padding to 8 bytes ends beyond the structure")     \
    MB2_ERROR(FIELDS_CUT, "the tag is smaller than its fields")                             \
    MB2_ERROR(STRING_OPEN, "the tag's string has no terminating NUL inside the tag")        \
    MB2_ERROR(MODULE_ORDER, "mod_end is less than mod_start")                               \
    MB2_ERROR(MEMORY_ENTRY_ZERO, "entry_size is 0")                                         \
    MB2_ERROR(MEMORY_ENTRY_ALIGN, "entry_size is not a multiple of 8")                      \
    MB2_ERROR(MEMORY_ENTRY_SMALL, "entry_size is less than 24")                             \
    MB2_ERROR(MEMORY_ENTRY_CUT, "the last entry is cut: size is not that of whole entries") \
    MB2_ERROR(COLOR_INFO_CUT, "color_info ends beyond the tag")                             \
    MB2_ERROR(EFI_DESCRIPTOR_SMALL, "the descriptor size is less than 40")                  \
    MB2_ERROR(EFI_DESCRIPTOR_CUT, "the last descriptor is cut: size is not that of whole ones")

#define MB2_ERROR_ENUM(name, text) MB2_##name,
enum mb2_error { MB2_ERROR_LIST(MB2_ERROR_ENUM) MB2_ERRORS };
#undef MB2_ERROR_ENUM

/* A piece of the structure, in place. `at` is NULL when its tag is absent. */
struct mb2_bytes {
    const uint8_t *at;
    size_t length;
};

/* Physical addresses; `end` is the first byte after the module. */
struct mb2_module {
    uint32_t start;
    uint32_t end;
    const char *string;
};

/* Anything that is not listed here is reserved, type 2 among it. */
enum mb2_memory_type {
    MB2_MEMORY_AVAILABLE = 1,
    MB2_MEMORY_ACPI = 3,        /* usable once the ACPI tables have been read */
    MB2_MEMORY_HIBERNATION = 4, /* to be preserved on hibernation (ACPI NVS) */
    MB2_MEMORY_DEFECTIVE = 5,
};

/* One entry of the memory map as it stands: base + length may wrap, entries may overlap. */
struct mb2_memory {
    uint64_t base;
    uint64_t length;
    uint32_t type;
};

/* Other values are reserved: the framebuffer cannot be used then, but the structure is accepted. */
enum mb2_framebuffer_type {
    MB2_FRAMEBUFFER_INDEXED = 0,
    MB2_FRAMEBUFFER_RGB = 1,
    MB2_FRAMEBUFFER_EGA_TEXT = 2,
};

/* `size` bits from `position` upwards in a pixel. */
struct mb2_color_field {
    uint8_t position;
    uint8_t size;
};

/*
 * `pitch` is in bytes. Width and height are in pixels, for EGA text in characters; whether they
 * agree with pitch and bpp is NOT checked here.
 */
struct mb2_framebuffer {
    uint64_t address; /* physical */
    uint32_t pitch;
    uint32_t width;
    uint32_t height;
    uint8_t bpp;
    uint8_t type;
    struct mb2_color_field red; /* of RGB only */
    struct mb2_color_field green;
    struct mb2_color_field blue;
    struct mb2_bytes palette; /* of INDEXED only: red, green, blue, one byte each */
};

/* UEFI's memory descriptors, as GetMemoryMap() returned them: whole ones, of at least 40 bytes. */
struct mb2_efi_memory_map {
    struct mb2_bytes descriptors;
    uint32_t descriptor_size;
    uint32_t descriptor_version;
};

/*
 * What the structure says. Pointers lead into the structure: it must stay where it is for as long
 * as this is used. What has no tag is zero or NULL; mb2_has() tells an absent tag from a zero.
 */
struct mb2_info {
    uint32_t total_size;
    uint32_t present;    /* bit N: a tag of type N was taken */
    uint32_t duplicates; /* further tags of a type that was there already: the first one counts */

    size_t error_offset; /* after a refusal: where the offending tag begins, 0 for the fixed part */
    uint32_t error_tag;  /* and its type; of no meaning where that could not be read */

    const char *command_line;
    const char *boot_loader_name;
    uint32_t mem_lower; /* KiB from address 0 */
    uint32_t mem_upper; /* KiB from 1 MiB */

    struct mb2_bytes memory_map; /* for mb2_memory_next() */
    uint32_t memory_entry_size;
    uint32_t memory_entry_version;

    struct mb2_module modules[MB2_MODULES_MAX];
    uint32_t module_count;
    uint32_t modules_left_out; /* there was no room for them */

    struct mb2_bytes acpi_old_rsdp; /* at least 20 bytes */
    struct mb2_bytes acpi_new_rsdp; /* at least 36 bytes */
    struct mb2_framebuffer framebuffer;

    uint32_t efi32_system_table; /* physical addresses */
    uint64_t efi64_system_table;
    uint32_t efi32_image_handle;
    uint64_t efi64_image_handle;
    struct mb2_efi_memory_map efi_memory_map;
    bool efi_boot_services_running;

    uint32_t load_base_address; /* physical */
};

/*
 * Reads total_size from the 8 bytes at `fixed_part`, for a caller that has no other bound on the
 * structure. Returns MB2_TOTAL_SMALL or MB2_TOTAL_LARGE, and 0 in `total_size`, where it cannot be
 * believed.
 */
MUST_CHECK enum mb2_error mb2_read_total_size(const void *fixed_part, size_t *total_size);

/*
 * Parses the structure at `data`, of which `size` bytes may be read ("Basic tags structure").
 *
 * Tags of unknown types, and of those that nothing here needs, are skipped. Of several tags of one
 * type the first counts and the others are skipped unread, but for modules. Bytes after the end tag
 * are ignored. A memory map of a newer version is accepted: the specification promises that it can
 * be read as an old one.
 *
 * On a refusal `info` holds total_size, error_offset and error_tag; all else in it is zero.
 */
MUST_CHECK enum mb2_error mb2_parse(struct mb2_info *info, const void *data, size_t size);

/* The reason in words, one line without an end of line; never NULL. */
const char *mb2_error_text(enum mb2_error error);

/* The name of a tag type, "unknown" for those that the specification does not have. */
const char *mb2_tag_name(uint32_t type);

/* One line: what was refused, where, and why. */
void mb2_print_error(const struct mb2_info *info, enum mb2_error error, struct out *out);

/* True when a tag of this type was taken; never for tags that are skipped. */
bool mb2_has(const struct mb2_info *info, enum mb2_tag type);

/*
 * Walks the memory map: set `index` to 0, then call until it returns false. The entries come in
 * the boot loader's order.
 */
bool mb2_memory_next(const struct mb2_info *info, size_t *index, struct mb2_memory *entry);

/*
 * True when the byte at `address` is available RAM and no entry of another type claims it as well.
 * The answer holds up to, but without, `*until` (UINT64_MAX: to the end), so that calls with
 * address = *until walk all memory in order, whatever the order of the entries. The last byte of
 * the address space is never available. One pass over the map a call.
 */
bool mb2_memory_available(const struct mb2_info *info, uint64_t address, uint64_t *until);

/* How many bytes are available RAM in the sense of mb2_memory_available(): each counts once. */
uint64_t mb2_available_bytes(const struct mb2_info *info);

/* True when each of `length` bytes from `base` is available; an empty range always is. */
bool mb2_range_available(const struct mb2_info *info, uint64_t base, uint64_t length);

/*
 * Checks a copy of the RSDP: its signature and its checksums (ACPI specification, "Root System
 * Description Pointer"). Fewer than 36 bytes are held to ACPI 1.0 whatever revision they claim:
 * the old tag of a newer machine holds the first 20 bytes of its RSDP.
 */
bool mb2_rsdp_valid(struct mb2_bytes rsdp);

#endif
