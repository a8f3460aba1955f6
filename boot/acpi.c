/* SPDX-License-Identifier: BSD-2-Clause */
/* acpi.c - see acpi.h. PURE. */
#include "acpi.h"

#include "string.h"

/* "System Description Table Header": signature, length, revision, checksum, names. */
#define HEADER_LENGTH 4
#define TABLE_MAX     0x100000u
#define CHUNK         64

#define MADT_SIGNATURE "APIC"

#define RSDP_SIZE     20
#define RSDP_NEW_SIZE 36
#define RSDP_RSDT     16
#define RSDP_XSDT     24

/* Where a BIOS has it: "Finding the RSDP on IA-PC Systems". */
#define EBDA_POINTER 0x40e
#define BIOS_START   0xe0000
#define BIOS_END     0x100000

uint64_t little_endian(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | at[bytes];
    return value;
}

struct gas gas_read(const uint8_t *at)
{
    return (struct gas){.space = at[0],
                        .bits = at[1],
                        .offset = at[2],
                        .access = at[3],
                        .address = little_endian(&at[4], 8)};
}

static bool sums_to_zero(const struct acpi *acpi, uint64_t physical, uint32_t length)
{
    uint8_t buffer[CHUNK], sum = 0;

    while (length) {
        uint32_t part = length < CHUNK ? length : CHUNK;

        if (!acpi->read(acpi->context, physical, buffer, part))
            return false;
        for (uint32_t i = 0; i < part; i++)
            sum = (uint8_t)(sum + buffer[i]);
        physical += part;
        length -= part;
    }
    return sum == 0;
}

static uint32_t length_in(const uint8_t *header)
{
    return (uint32_t)little_endian(&header[HEADER_LENGTH], 4);
}

/* Its other fields are checked by what answers, and Linux believes it as well. */
static bool is_believed_unsummed(const uint8_t *header)
{
    return memcmp(header, MADT_SIGNATURE, 4) == 0;
}

/* What is wrong with the table of this header, or NULL. */
static const char *defect_of(const struct acpi *acpi, uint64_t physical, const uint8_t *header)
{
    uint32_t length = length_in(header);

    if (length < ACPI_HEADER_SIZE)
        return "is shorter than a header";
    if (length > TABLE_MAX)
        return "is longer than 1 MiB";
    if (!sums_to_zero(acpi, physical, length))
        return "has a wrong checksum";
    return NULL;
}

static bool is_used(const struct acpi *acpi, uint64_t physical, const uint8_t *header)
{
    uint32_t length = length_in(header);

    if (is_believed_unsummed(header))
        return length >= ACPI_HEADER_SIZE && length <= TABLE_MAX;
    return !defect_of(acpi, physical, header);
}

uint32_t acpi_table_length(const struct acpi *acpi, uint64_t physical, const char *signature)
{
    uint8_t header[ACPI_HEADER_SIZE];

    if (!physical || !acpi->read(acpi->context, physical, header, sizeof(header)) ||
        memcmp(header, signature, 4) != 0 || !is_used(acpi, physical, header))
        return 0;
    return length_in(header);
}

/* --- the root --------------------------------------------------------------------------------- */

static bool use_root(struct acpi *acpi, uint64_t physical, const char *signature, unsigned stride)
{
    uint32_t length = acpi_table_length(acpi, physical, signature);

    if (!length)
        return false;
    acpi->root = physical;
    acpi->stride = stride;
    acpi->tables = (length - ACPI_HEADER_SIZE) / stride;
    return true;
}

static bool use_rsdp(struct acpi *acpi, const uint8_t *rsdp, size_t length)
{
    const struct mb2_bytes bytes = {rsdp, length};

    if (!mb2_rsdp_valid(bytes))
        return false;
    if (length >= RSDP_NEW_SIZE && rsdp[15] >= 2 &&
        use_root(acpi, little_endian(&rsdp[RSDP_XSDT], 8), "XSDT", 8))
        return true;
    return use_root(acpi, little_endian(&rsdp[RSDP_RSDT], 4), "RSDT", 4);
}

/* On 16-byte boundaries. */
static bool search(struct acpi *acpi, uint64_t start, uint64_t end)
{
    uint8_t rsdp[RSDP_NEW_SIZE];

    for (uint64_t at = start; at + RSDP_NEW_SIZE <= end; at += 16)
        if (acpi->read(acpi->context, at, rsdp, sizeof(rsdp)) &&
            use_rsdp(acpi, rsdp, rsdp[15] >= 2 ? RSDP_NEW_SIZE : RSDP_SIZE))
            return true;
    return false;
}

static bool search_firmware(struct acpi *acpi)
{
    uint8_t pointer[2];
    uint64_t ebda;

    if (acpi->read(acpi->context, EBDA_POINTER, pointer, sizeof(pointer))) {
        ebda = little_endian(pointer, 2) << 4;
        if (ebda >= 0x80000 && ebda < 0xa0000 && search(acpi, ebda, ebda + 1024))
            return true;
    }
    return search(acpi, BIOS_START, BIOS_END);
}

bool acpi_open(struct acpi *acpi, const struct mb2_info *info, bool search_bios, struct out *out)
{
    acpi->root = 0;
    if (use_rsdp(acpi, info->acpi_new_rsdp.at, info->acpi_new_rsdp.length) ||
        use_rsdp(acpi, info->acpi_old_rsdp.at, info->acpi_old_rsdp.length) ||
        (search_bios && search_firmware(acpi))) {
        out_printf(out, "acpi: %s at 0x%lx, %u tables\n", acpi->stride == 8 ? "XSDT" : "RSDT",
                   acpi->root, acpi->tables);
        return true;
    }
    out_printf(out, "acpi: no valid root table: one processor, no power-off\n");
    return false;
}

uint64_t acpi_find_next(const struct acpi *acpi, const char *signature, unsigned *from,
                        uint32_t *length)
{
    uint8_t entry[8];

    while (acpi->root && *from < acpi->tables) {
        uint64_t at = acpi->root + ACPI_HEADER_SIZE + (uint64_t)(*from)++ * acpi->stride;
        uint64_t table;

        if (!acpi->read(acpi->context, at, entry, acpi->stride))
            return 0;
        table = little_endian(entry, acpi->stride);
        *length = acpi_table_length(acpi, table, signature);
        if (*length)
            return table;
    }
    return 0;
}

uint64_t acpi_find(const struct acpi *acpi, const char *signature, uint32_t *length)
{
    unsigned from = 0;

    return acpi_find_next(acpi, signature, &from, length);
}

/* A signature is four letters; others are shown as '?'. */
static void print_defect(const struct acpi *acpi, uint64_t physical, struct out *out)
{
    uint8_t header[ACPI_HEADER_SIZE];
    char name[5] = "";
    const char *defect;

    if (!acpi->read(acpi->context, physical, header, sizeof(header))) {
        out_printf(out, "acpi: a table at 0x%lx cannot be read: not used\n", physical);
        return;
    }
    for (unsigned i = 0; i < 4; i++)
        name[i] = (char)(header[i] > ' ' && header[i] <= '~' ? header[i] : '?');
    defect = defect_of(acpi, physical, header);
    if (defect)
        out_printf(out, "acpi: table %s at 0x%lx %s (length %u): %s\n", name, physical, defect,
                   length_in(header),
                   is_used(acpi, physical, header) ? "used all the same" : "not used");
}

void acpi_print_defects(const struct acpi *acpi, struct out *out)
{
    uint8_t entry[8];

    for (unsigned i = 0; acpi->root && i < acpi->tables; i++) {
        uint64_t at = acpi->root + ACPI_HEADER_SIZE + (uint64_t)i * acpi->stride;

        if (!acpi->read(acpi->context, at, entry, acpi->stride))
            return;
        if (little_endian(entry, acpi->stride))
            print_defect(acpi, little_endian(entry, acpi->stride), out);
    }
}

/* --- the MADT ------------------------------------------------------------------------------------
 *
 *   header, 4 bytes of local APIC address, 4 of flags, then entries: type, length, contents
 */
#define MADT_ENTRIES     44
#define TYPE_APIC        0 /* +3 id, +4 flags */
#define TYPE_IO_APIC     1 /* +2 id, +4 address */
#define TYPE_X2APIC      9 /* +4 id, +8 flags */
#define FLAG_ENABLED     1
#define ENTRY_MAX        16
#define APIC_BROADCAST   0xff
#define X2APIC_BROADCAST UINT32_MAX

static void add(struct acpi_processors *processors, uint32_t id)
{
    for (unsigned i = 0; i < processors->count; i++)
        if (processors->apic_id[i] == id)
            return;
    if (processors->count == CPUS_MAX) {
        processors->left_out++;
        return;
    }
    processors->apic_id[processors->count++] = id;
    if (id > processors->largest_id)
        processors->largest_id = id;
}

static void take_entry(struct acpi_processors *processors, const uint8_t *entry)
{
    if (entry[0] == TYPE_APIC) {
        if ((entry[4] & FLAG_ENABLED) && entry[3] != APIC_BROADCAST)
            add(processors, entry[3]);
    } else if (entry[0] == TYPE_X2APIC) {
        uint32_t id = (uint32_t)little_endian(&entry[4], 4);

        if ((entry[8] & FLAG_ENABLED) && id != X2APIC_BROADCAST)
            add(processors, id);
    } else if (entry[0] == TYPE_IO_APIC && processors->io_apics < IO_APICS_MAX) {
        processors->io_apic[processors->io_apics++] = (uint32_t)little_endian(&entry[4], 4);
    }
}

/* What an entry of a type that is read needs; others are skipped whatever they are. */
static unsigned smallest_entry(unsigned type)
{
    static const uint8_t sizes[] = {[TYPE_APIC] = 8, [TYPE_IO_APIC] = 8, [TYPE_X2APIC] = 16};

    return type < ARRAY_SIZE(sizes) ? sizes[type] : 0;
}

/* The first defect is kept. */
static void find_broken(struct acpi_processors *processors, uint32_t at, const char *defect)
{
    if (processors->defect)
        return;
    processors->defect = defect;
    processors->defect_at = at;
}

/* The size of the entry at `at`, which is in `entry`; 0: none follows, or it has a defect. */
static unsigned read_entry(const struct acpi *acpi, struct acpi_processors *processors, uint32_t at,
                           uint8_t *entry)
{
    uint32_t left = processors->madt_length - at;
    uint64_t from = processors->madt + at;
    unsigned size;

    if (left < 2 || !acpi->read(acpi->context, from, entry, 2)) {
        find_broken(processors, at, "is cut off: the rest is not read");
        return 0;
    }
    size = entry[1];
    if (size < 2)
        find_broken(processors, at, "has no length: the rest is not read");
    else if (size > left)
        find_broken(processors, at, "goes beyond the table: the rest is not read");
    else if (acpi->read(acpi->context, from, entry, size < ENTRY_MAX ? size : ENTRY_MAX))
        return size;
    return 0;
}

bool acpi_processors(const struct acpi *acpi, struct acpi_processors *processors)
{
    uint32_t length, at = MADT_ENTRIES;
    uint64_t madt = acpi_find(acpi, MADT_SIGNATURE, &length);

    *processors = (struct acpi_processors){.madt = madt, .madt_length = madt ? length : 0};
    while (madt && at < length) {
        uint8_t entry[ENTRY_MAX] = {0};
        unsigned size = read_entry(acpi, processors, at, entry);

        if (!size)
            break;
        if (size >= smallest_entry(entry[0]))
            take_entry(processors, entry);
        else
            find_broken(processors, at, "is too short for its type: skipped");
        at += size;
    }
    return madt != 0;
}

void acpi_processors_print(const struct acpi_processors *processors, struct out *out)
{
    if (!processors->madt)
        out_printf(out, "acpi: no table APIC to use: one processor\n");
    else if (processors->defect)
        out_printf(out, "acpi: table APIC: the entry at offset %u %s\n", processors->defect_at,
                   processors->defect);
    if (processors->madt && !processors->count)
        out_printf(out, "acpi: table APIC names no processor that is on: one processor\n");
    if (processors->left_out)
        out_printf(out, "acpi: %u processors beyond %u are left out\n", processors->left_out,
                   CPUS_MAX);
}

/* --- the HPET ------------------------------------------------------------------------------------
 *
 *   header, 4 bytes of block id, then a generic address: space (0: memory), 3 bytes, 8 of address
 */
#define HPET_SPACE  40
#define HPET_LENGTH 56

uint64_t acpi_hpet(const struct acpi *acpi)
{
    uint8_t address[12];
    uint32_t length;
    uint64_t table = acpi_find(acpi, "HPET", &length);

    if (!table || length < HPET_LENGTH ||
        !acpi->read(acpi->context, table + HPET_SPACE, address, sizeof(address)) || address[0] != 0)
        return 0;
    return little_endian(&address[4], 8);
}
