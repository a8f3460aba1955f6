/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi.h - what the firmware's ACPI tables say. PURE and total: memory is read through the caller,
 * every table is checked (length, checksum) before it is believed, and any bytes are an answer.
 * ACPI specification, "ACPI Software Programming Model".
 */
#ifndef LINTEL_BOOT_ACPI_H
#define LINTEL_BOOT_ACPI_H

#include "base.h"
#include "format.h"
#include "gas.h"
#include "layout.h"
#include "mb2.h"

/* Copies `size` bytes of physical memory; false where it cannot. */
typedef bool acpi_reader(void *context, uint64_t physical, void *to, size_t size);

struct acpi {
    acpi_reader *read;
    void *context;
    uint64_t root;   /* the XSDT or RSDT; 0: there is none */
    unsigned stride; /* bytes of one of its entries: 8 or 4 */
    unsigned tables; /* entries */
};

/*
 * Finds the root table: by the loader's copy of the RSDP, the newer first, or (`search_bios`) where
 * a BIOS has it. An XSDT that is damaged gives way to the RSDT. False, and one line: there is none.
 */
bool acpi_open(struct acpi *acpi, const struct mb2_info *info, bool search_bios, struct out *out);

/*
 * A line for each table that the root names and that is damaged, with the reason. A MADT whose
 * checksum alone is wrong is used all the same; other tables are not.
 */
void acpi_print_defects(const struct acpi *acpi, struct out *out);

#define ACPI_HEADER_SIZE 36 /* of every table but the RSDP: "System Description Table Header" */

/* Numbers in tables: of 1 to 8 bytes, and of GAS_SIZE. */
uint64_t little_endian(const uint8_t *at, unsigned bytes);
struct gas gas_read(const uint8_t *at);

/* Where the table of this signature (4 letters) is, and its length; 0: none, or it is damaged. */
uint64_t acpi_find(const struct acpi *acpi, const char *signature, uint32_t *length);

/*
 * The same from the root's entry `*from` on; `*from` then counts past the one that was found. For
 * finding all of them.
 */
uint64_t acpi_find_next(const struct acpi *acpi, const char *signature, unsigned *from,
                        uint32_t *length);

/* The length of the table at `physical`, when it is whole and of this signature; else 0. */
uint32_t acpi_table_length(const struct acpi *acpi, uint64_t physical, const char *signature);

#define IO_APICS_MAX 16

/* The processors of the MADT, in its order, and its I/O APICs. "Multiple APIC Description Table
 * (MADT)". */
struct acpi_processors {
    unsigned count;
    uint32_t apic_id[CPUS_MAX];
    unsigned left_out; /* there was no room for them */
    uint32_t largest_id;
    unsigned io_apics;
    uint32_t io_apic[IO_APICS_MAX]; /* physical addresses */
    uint64_t madt;                  /* where the table is; 0: there is none to use */
    uint32_t madt_length;
    const char *defect; /* what is wrong with the first entry that is not right; or NULL */
    uint32_t defect_at; /* its offset in the table */
};

/* Those that are enabled, each once. False: no MADT. */
bool acpi_processors(const struct acpi *acpi, struct acpi_processors *processors);

/* A line for each thing that is wrong with the MADT; none where nothing is. */
void acpi_processors_print(const struct acpi_processors *processors, struct out *out);

/* The HPET's registers, physical; 0: none. IA-PC HPET specification: "The ACPI 2.0 HPET Description
 * Table". */
uint64_t acpi_hpet(const struct acpi *acpi);

#endif
