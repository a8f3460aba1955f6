/* SPDX-License-Identifier: BSD-2-Clause */
/* paging.c - see paging.h. SDM: "4-Level Paging and 5-Level Paging". */
#include "paging.h"

#include "cpuid.h"
#include "insn.h"

/*
 *   63  62      52 51                    12 11       8  7    2  1  0
 *   +--+----------+------------------------+---------+----+--+--+--+
 *   |NX|          | physical page number   |         |PS  |  |W |P |
 *   +--+----------+------------------------+---------+----+--+--+--+
 */
#define ENTRIES        512
#define ADDRESS_MASK   MASK64(12, 40)
#define NO_EXECUTE     BIT64(63)
#define LARGE_PAGE     0x200000
#define IMAGE_TABLES   UINT64_C(2) /* the image ends below 4 MiB: linker.ld asserts it */
#define DIRECT_ENTRIES (DIRECT_SIZE / LARGE_PAGE)

/* Made by start.S. The direct map keeps its directories; the image gets tables of its own. */
extern uint64_t boot_pml4[ENTRIES], boot_pdpt_kernel[ENTRIES], boot_directories[DIRECT_ENTRIES];
extern const char text_start[], text_end[], rodata_start[], rodata_end[], data_start[], bss_end[];
extern const char boot_stack_guard[];

static uint64_t image_directory[ENTRIES] PAGE_ALIGNED;
static uint64_t image_tables[IMAGE_TABLES][ENTRIES] PAGE_ALIGNED;  /* at KERNEL_BASE */
static uint64_t direct_tables[IMAGE_TABLES][ENTRIES] PAGE_ALIGNED; /* the same at DIRECT_BASE */
static uint64_t no_execute; /* NO_EXECUTE where the processor has it */

/* --- what each page of the image may be used for -----------------------------------------------
 */

static bool lies_in(uint64_t physical, const char *start, const char *end)
{
    return physical >= physical_of(start) && physical < physical_of(end);
}

/* Flags of the 4-KByte page at `physical`, at KERNEL_BASE; 0: not mapped there. */
static uint64_t image_flags(uint64_t physical)
{
    if (lies_in(physical, text_start, text_end))
        return PAGE_PRESENT;
    if (lies_in(physical, rodata_start, rodata_end))
        return PAGE_PRESENT | no_execute;
    if (lies_in(physical, data_start, bss_end))
        return PAGE_PRESENT | PAGE_WRITABLE | no_execute;
    return 0;
}

/* The same at DIRECT_BASE, where all memory is seen, and nothing is executed. */
static uint64_t direct_flags(uint64_t physical)
{
    uint64_t flags = image_flags(physical);

    return (flags ? flags : PAGE_PRESENT | PAGE_WRITABLE) | no_execute;
}

static void fill_tables(void)
{
    for (uint64_t physical = 0; physical < IMAGE_TABLES * LARGE_PAGE; physical += PAGE_SIZE) {
        uint64_t table = physical / LARGE_PAGE, index = physical / PAGE_SIZE % ENTRIES;
        uint64_t flags = image_flags(physical);

        image_tables[table][index] = flags ? physical | flags : 0;
        direct_tables[table][index] = physical | direct_flags(physical);
    }
}

static void flush(void)
{
    write_cr3(read_cr3());
}

/* The image first: until then its code runs through the directories that the second part changes.
 */
static void connect_image(void)
{
    const uint64_t table = PAGE_PRESENT | PAGE_WRITABLE;

    for (unsigned i = 0; i < IMAGE_TABLES; i++)
        image_directory[i] = physical_of(image_tables[i]) | table;
    boot_pdpt_kernel[(KERNEL_BASE >> 30) % ENTRIES] = physical_of(image_directory) | table;
    flush();
}

static void connect_direct(void)
{
    for (unsigned i = 0; i < DIRECT_ENTRIES; i++)
        boot_directories[i] |= no_execute;
    for (unsigned i = 0; i < IMAGE_TABLES; i++)
        boot_directories[i] = physical_of(direct_tables[i]) | PAGE_PRESENT | PAGE_WRITABLE;
    boot_pml4[0] = 0;
    flush();
}

/* --- the processor's protections -----------------------------------------------------------------
 */

static void protect(void)
{
    uint64_t cr4 = 0, efer;

    if (cpu_has(FEATURE_smep))
        cr4 |= BIT64(CR4_smep);
    if (cpu_has(FEATURE_smap))
        cr4 |= BIT64(CR4_smap);
    if (cpu_has(FEATURE_umip))
        cr4 |= BIT64(CR4_umip);
    if (cpu_has(FEATURE_nx) && rdmsr_safe(MSR_IA32_EFER, &efer) &&
        wrmsr_safe(MSR_IA32_EFER, efer | EFER_NXE))
        no_execute = NO_EXECUTE;
    write_cr4(read_cr4() | cr4);
}

void paging_init(void)
{
    protect();
    fill_tables();
    connect_image();
    connect_direct();
    paging_guard(boot_stack_guard);
}

/* --- later changes -------------------------------------------------------------------------------
 */

static uint64_t *image_entry(uint64_t (*tables)[ENTRIES], const char *page)
{
    uint64_t number = physical_of(page) / PAGE_SIZE;

    return &tables[number / ENTRIES][number % ENTRIES];
}

void paging_guard(const void *page)
{
    *image_entry(image_tables, page) = 0;
    flush();
}

void paging_seal(const void *start, const void *end)
{
    for (const char *page = start; page < (const char *)end; page += PAGE_SIZE) {
        *image_entry(image_tables, page) &= ~(uint64_t)PAGE_WRITABLE;
        *image_entry(direct_tables, page) &= ~(uint64_t)PAGE_WRITABLE;
    }
    flush();
}

/* --- the walk ------------------------------------------------------------------------------------
 */

/* The tables lie in memory that the direct map shows. */
static const uint64_t *table_at(uint64_t entry)
{
    return direct_pointer(entry & ADDRESS_MASK);
}

static struct page_rights no_rights(void)
{
    return (struct page_rights){.present = false};
}

struct page_rights paging_rights(const void *address)
{
    struct page_rights rights = {.present = true, .writable = true, .executable = true};
    uint64_t entry = read_cr3();

    for (unsigned shift = 39; shift >= 12; shift -= 9) {
        entry = table_at(entry)[((uintptr_t)address >> shift) % ENTRIES];
        if (!has_any(entry, PAGE_PRESENT))
            return no_rights();
        rights.writable &= has_any(entry, PAGE_WRITABLE);
        rights.executable &= !has_any(entry, NO_EXECUTE);
        if (has_any(entry, PAGE_LARGE) && shift < 39)
            break;
    }
    return rights;
}

/* Counts below `table`, whose entries cover 2^shift bytes each; rights only shrink on the way. */
static unsigned count_below(const uint64_t *table, unsigned shift, bool writable, bool executable)
{
    unsigned count = 0;

    for (unsigned i = 0; i < ENTRIES; i++) {
        bool w = writable && has_any(table[i], PAGE_WRITABLE);
        bool x = executable && !has_any(table[i], NO_EXECUTE);

        if (!has_any(table[i], PAGE_PRESENT) || !w || !x)
            continue;
        if (shift == 12 || has_any(table[i], PAGE_LARGE))
            count++;
        else
            count += count_below(table_at(table[i]), shift - 9, w, x);
    }
    return count;
}

unsigned paging_count_writable_executable(void)
{
    return count_below(table_at(read_cr3()), 39, true, true);
}
