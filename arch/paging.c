/* SPDX-License-Identifier: BSD-2-Clause */
/* paging.c - see paging.h. SDM: "4-Level Paging and 5-Level Paging". */
#include "paging.h"

#include "cpuid.h"
#include "insn.h"
#include "lock.h"

/*
 *   63  62      52 51                    12 11       8  7    2  1  0
 *   +--+----------+------------------------+---------+----+--+--+--+
 *   |NX|          | physical page number   |         |PS  |  |W |P |
 *   +--+----------+------------------------+---------+----+--+--+--+
 */
#define IMAGE_TABLES   UINT64_C(2) /* the image ends below 4 MiB: linker.ld asserts it */
#define DIRECT_ENTRIES (DIRECT_SIZE / LARGE_PAGE_SIZE)

/* Made by start.S. The direct map keeps its directories; the image gets tables of its own. */
extern uint64_t boot_pml4[PAGE_ENTRIES], boot_pdpt_kernel[PAGE_ENTRIES],
    boot_directories[DIRECT_ENTRIES];
extern const char text_start[], text_end[], rodata_start[], rodata_end[], data_start[], bss_end[];
extern const char boot_stack_guard[];

static uint64_t image_directory[PAGE_ENTRIES] PAGE_ALIGNED;
/* The image at KERNEL_BASE, and the same at DIRECT_BASE. */
static uint64_t image_tables[IMAGE_TABLES][PAGE_ENTRIES] PAGE_ALIGNED;
static uint64_t direct_tables[IMAGE_TABLES][PAGE_ENTRIES] PAGE_ALIGNED;
bool paging_has_smap PUBLISHED;
static uint64_t no_execute; /* PAGE_NO_EXECUTE where the processor has it */

/*
 * SCREEN_BASE: large pages, and 4-KByte pages where the framebuffer begins or ends within a large
 * one, so that nothing beside it gets its memory type.
 */
static uint64_t screen_pdpt[PAGE_ENTRIES] PAGE_ALIGNED, screen_directory[PAGE_ENTRIES] PAGE_ALIGNED;
static uint64_t screen_tables[2][PAGE_ENTRIES] PAGE_ALIGNED; /* its beginning, its end */

static unsigned index_of(uint64_t address, unsigned shift)
{
    return (unsigned)(address >> shift) % PAGE_ENTRIES;
}

/* --- what each page of the image may be used for ---------------------------------------------- */

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
    for (uint64_t physical = 0; physical < IMAGE_TABLES * LARGE_PAGE_SIZE; physical += PAGE_SIZE) {
        uint64_t table = physical / LARGE_PAGE_SIZE, index = physical / PAGE_SIZE % PAGE_ENTRIES;
        uint64_t flags = image_flags(physical);

        image_tables[table][index] = flags ? physical | flags : 0;
        direct_tables[table][index] = physical | direct_flags(physical);
    }
}

static void flush(void)
{
    write_cr3(read_cr3());
}

/*
 * Before connect_direct(), which changes the directories that the image's code runs by until then.
 */
static void connect_image(void)
{
    const uint64_t table = PAGE_PRESENT | PAGE_WRITABLE;

    for (unsigned i = 0; i < IMAGE_TABLES; i++)
        image_directory[i] = physical_of(image_tables[i]) | table;
    boot_pdpt_kernel[(KERNEL_BASE >> 30) % PAGE_ENTRIES] = physical_of(image_directory) | table;
    flush();
}

static void connect_direct(void)
{
    for (unsigned i = 0; i < DIRECT_ENTRIES; i++)
        boot_directories[i] |= no_execute;
    for (unsigned i = 0; i < IMAGE_TABLES; i++)
        boot_directories[i] = physical_of(direct_tables[i]) | PAGE_PRESENT | PAGE_WRITABLE;
    boot_pml4[0] = 0;
    if (boot_pml4[index_of(SCREEN_BASE, 39)])
        boot_pml4[index_of(SCREEN_BASE, 39)] |= no_execute;
    flush();
}

/* --- the processor's protections -------------------------------------------------------------- */

/*
 * Every processor gets the same CR0 and CR4, whatever the firmware had on: what the kernel does not
 * use (CET, protection keys, PCIDs, ...) is off. LA57 cannot change while paging is on. NX comes
 * before the tables that use it are loaded: without it the bit is reserved.
 */
void paging_protect_processor(void)
{
    uint64_t cr4 = BIT64(CR4_de) | BIT64(CR4_pae) | BIT64(CR4_mce) | BIT64(CR4_pge), efer;

    if (cpu_has(FEATURE_smep))
        cr4 |= BIT64(CR4_smep);
    if (cpu_has(FEATURE_smap))
        cr4 |= BIT64(CR4_smap);
    if (cpu_has(FEATURE_umip))
        cr4 |= BIT64(CR4_umip);
    if (cpu_has(FEATURE_nx) && rdmsr_safe(MSR_IA32_EFER, &efer) &&
        wrmsr_safe(MSR_IA32_EFER, efer | EFER_NXE))
        no_execute = PAGE_NO_EXECUTE;
    write_cr4(cr4 | (read_cr4() & BIT64(CR4_la57)));
    write_cr0(BIT64(CR0_pe) | BIT64(CR0_mp) | BIT64(CR0_et) | BIT64(CR0_ne) | BIT64(CR0_wp) |
              BIT64(CR0_pg));
}

void paging_init(void)
{
    paging_has_smap = cpu_has(FEATURE_smap);
    paging_protect_processor();
    fill_tables();
    connect_image();
    connect_direct();
    paging_guard(boot_stack_guard);
}

/* --- the framebuffer -------------------------------------------------------------------------- */

/* The 4-KByte pages from `start` to `end` of the large page that begins at `large`. */
static uint64_t part_of_large_page(uint64_t *table, uint64_t large, uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < PAGE_ENTRIES; i++) {
        uint64_t page = large + i * (uint64_t)PAGE_SIZE;

        if (page + PAGE_SIZE > start && page < end)
            table[i] = page | PAGE_PRESENT | PAGE_WRITABLE | PAGE_WRITE_THROUGH;
    }
    return physical_of(table) | PAGE_PRESENT | PAGE_WRITABLE;
}

_Static_assert(SCREEN_MAX + LARGE_PAGE_SIZE <= HUGE_PAGE_SIZE, "one directory is enough");

void *paging_map_framebuffer(uint64_t physical, uint64_t bytes)
{
    uint64_t first = physical & ~(uint64_t)(LARGE_PAGE_SIZE - 1), end = physical + bytes;

    for (uint64_t large = first; large < end; large += LARGE_PAGE_SIZE) {
        bool whole = large >= physical && large + LARGE_PAGE_SIZE <= end;

        screen_directory[(large - first) / LARGE_PAGE_SIZE] =
            whole ? large | PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE | PAGE_WRITE_THROUGH
                  : part_of_large_page(screen_tables[large != first], large, physical, end);
    }
    screen_pdpt[0] = physical_of(screen_directory) | PAGE_PRESENT | PAGE_WRITABLE;
    boot_pml4[index_of(SCREEN_BASE, 39)] = physical_of(screen_pdpt) | PAGE_PRESENT | PAGE_WRITABLE;
    return (void *)(SCREEN_BASE + physical - first);
}

/* --- later changes ---------------------------------------------------------------------------- */

static uint64_t *image_entry(uint64_t (*tables)[PAGE_ENTRIES], const char *page)
{
    uint64_t number = physical_of(page) / PAGE_SIZE;

    return &tables[number / PAGE_ENTRIES][number % PAGE_ENTRIES];
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

/* --- other tables than the image's ------------------------------------------------------------ */

static uint64_t (*allocate)(void);
static void (*give_back)(uint64_t physical);
static uint64_t device_next = DEVICE_BASE;
static struct spinlock device_lock; /* of device_next */

void paging_allocator(uint64_t (*alloc)(void), void (*give)(uint64_t physical))
{
    allocate = alloc;
    give_back = give;
}

/* The table below an entry; makes one where there is none. NULL: no memory. */
static uint64_t *table_below(uint64_t *entry)
{
    if (!has_any(*entry, PAGE_PRESENT)) {
        uint64_t table = allocate();

        if (!table)
            return NULL;
        *entry = table | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    }
    return direct_pointer(*entry & PAGE_ADDRESS);
}

/* The entry for `address` in the table that covers 2^shift bytes an entry; NULL: no memory. */
static uint64_t *entry_of(uint64_t root, uint64_t address, unsigned shift)
{
    uint64_t *table = direct_pointer(root);

    for (unsigned s = 39; s > shift && table; s -= 9)
        table = table_below(&table[index_of(address, s)]);
    return table ? &table[index_of(address, shift)] : NULL;
}

static uint64_t flags_of(unsigned rights)
{
    return PAGE_PRESENT | (has_any(rights, PAGING_WRITE) ? PAGE_WRITABLE : 0u) |
           (has_any(rights, PAGING_USER) ? PAGE_USER : 0u) |
           (has_any(rights, PAGING_DEVICE) ? PAGE_NO_CACHE | PAGE_WRITE_THROUGH : 0u) |
           (has_any(rights, PAGING_EXECUTE) ? 0u : no_execute);
}

enum status paging_map(uint64_t root, uint64_t address, uint64_t physical, unsigned rights)
{
    uint64_t *entry = entry_of(root, address, 12);

    if (!entry)
        return S_NO_MEMORY;
    if (*entry)
        return S_OVERLAP;
    *entry = physical | flags_of(rights);
    return S_OK;
}

/* Does not make tables. NULL: there is none. */
static uint64_t *find_entry(uint64_t root, uint64_t address)
{
    uint64_t *table = direct_pointer(root);

    for (unsigned shift = 39; shift > 12; shift -= 9) {
        uint64_t entry = table[index_of(address, shift)];

        if (!has_any(entry, PAGE_PRESENT) || has_any(entry, PAGE_LARGE))
            return NULL;
        table = direct_pointer(entry & PAGE_ADDRESS);
    }
    return &table[index_of(address, 12)];
}

bool paging_unmap(uint64_t root, uint64_t address)
{
    uint64_t *entry = find_entry(root, address);

    if (!entry || !*entry)
        return false;
    *entry = 0;
    invlpg(address);
    return true;
}

/* The entry of the table that covers 2^shift bytes an entry, where there is one. */
static uint64_t *find_table_entry(uint64_t root, uint64_t address, unsigned shift)
{
    uint64_t *table = direct_pointer(root);

    for (unsigned s = 39; s > shift; s -= 9) {
        uint64_t entry = table[index_of(address, s)];

        if (!has_any(entry, PAGE_PRESENT))
            return NULL;
        table = direct_pointer(entry & PAGE_ADDRESS);
    }
    return &table[index_of(address, shift)];
}

uint64_t paging_missing_tables(uint64_t root, uint64_t address, uint64_t bytes)
{
    uint64_t missing = 0;

    for (unsigned shift = 21; shift <= 39; shift += 9)
        for (uint64_t i = address >> shift; i <= (address + bytes - 1) >> shift; i++) {
            const uint64_t *entry = find_table_entry(root, i << shift, shift);

            missing += !entry || !has_any(*entry, PAGE_PRESENT);
        }
    return missing;
}

static bool is_empty(const uint64_t *table)
{
    for (unsigned i = 0; i < PAGE_ENTRIES; i++)
        if (table[i])
            return false;
    return true;
}

/* The first entry of a table links to the next one: bit 0 of a page's address is 0, not present. */
uint64_t paging_take_empty_tables(uint64_t root, uint64_t address, uint64_t bytes)
{
    uint64_t list = 0;

    for (unsigned shift = 21; shift <= 39; shift += 9)
        for (uint64_t i = address >> shift; i <= (address + bytes - 1) >> shift; i++) {
            uint64_t *entry = find_table_entry(root, i << shift, shift), table;

            if (!entry || !has_any(*entry, PAGE_PRESENT))
                continue;
            table = *entry & PAGE_ADDRESS;
            if (!is_empty(direct_pointer(table)))
                continue;
            *entry = 0;
            *(uint64_t *)direct_pointer(table) = list;
            list = table;
        }
    return list;
}

uint64_t paging_give_back(uint64_t list)
{
    uint64_t count = 0;

    while (list) {
        uint64_t table = list;

        list = *(const uint64_t *)direct_pointer(table);
        give_back(table);
        count++;
    }
    return count;
}

bool paging_walk(uint64_t root, uint64_t address, uint64_t *found)
{
    const uint64_t *entry = find_entry(root, address);

    if (!entry || !has_any(*entry, PAGE_PRESENT))
        return false;
    *found = *entry;
    return true;
}

uint64_t paging_kernel_root(void)
{
    return physical_of(boot_pml4);
}

uint64_t paging_new_root(void)
{
    uint64_t root = allocate();
    uint64_t *table = direct_pointer(root);

    for (unsigned i = PAGE_ENTRIES / 2; root && i < PAGE_ENTRIES; i++)
        table[i] = boot_pml4[i];
    return root;
}

/* Frees the tables below `table`, whose entries cover 2^shift bytes each, but not the pages. */
static void free_below(uint64_t *table, unsigned shift, unsigned entries)
{
    for (unsigned i = 0; i < entries; i++) {
        uint64_t *below = direct_pointer(table[i] & PAGE_ADDRESS);

        if (!has_any(table[i], PAGE_PRESENT))
            continue;
        if (shift > 21)
            free_below(below, shift - 9, PAGE_ENTRIES);
        give_back(table[i] & PAGE_ADDRESS);
    }
}

void paging_free_root(uint64_t root)
{
    free_below(direct_pointer(root), 39, PAGE_ENTRIES / 2);
    give_back(root);
}

/* --- the kernel's further parts --------------------------------------------------------------- */

/* Every root has the upper half's entries from its beginning: none may be added later. */
static void reserve_top_entries(void)
{
    (void)entry_of(paging_kernel_root(), DEVICE_BASE, 30);
    (void)entry_of(paging_kernel_root(), STACK_BASE, 30);
}

uint64_t paging_direct_page(void)
{
    return cpu_has(FEATURE_page1gb) ? HUGE_PAGE_SIZE : LARGE_PAGE_SIZE;
}

void paging_extend_direct(uint64_t top)
{
    uint64_t step = paging_direct_page();

    reserve_top_entries();
    for (uint64_t physical = DIRECT_SIZE; physical < top && physical < DIRECT_MAX;
         physical += step) {
        uint64_t *entry = entry_of(paging_kernel_root(), DIRECT_BASE + physical,
                                   step == HUGE_PAGE_SIZE ? 30 : 21);

        if (entry)
            *entry = physical | PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE | no_execute;
    }
}

/* Maps pages of the kernel's own; false: no memory. */
static bool map_kernel(uint64_t address, uint64_t physical, unsigned rights)
{
    return paging_map(paging_kernel_root(), address, physical, rights) == S_OK;
}

/* SDM: "CPUID - CPU Identification", leaf 80000008h; without it 36 bits. */
static bool is_physical(uint64_t last)
{
    unsigned bits = cpuid_register(0x80000008, EAX) & 0xff;

    return !(last >> (bits ? bits : 36));
}

void *device_map(uint64_t physical, uint64_t bytes)
{
    uint64_t start = physical & ~(uint64_t)(PAGE_SIZE - 1), address, end = physical + bytes;
    uint64_t pages = (end - start + PAGE_SIZE - 1) / PAGE_SIZE;

    if (end <= physical || !is_physical(end - 1))
        return NULL;
    spin_lock(&device_lock);
    address = device_next;
    device_next += pages * PAGE_SIZE;
    for (uint64_t i = 0; i < pages; i++)
        if (!map_kernel(address + i * PAGE_SIZE, start + i * PAGE_SIZE,
                        PAGING_WRITE | PAGING_DEVICE))
            address = 0;
    spin_unlock(&device_lock);
    return address ? (void *)(address + physical % PAGE_SIZE) : NULL;
}

/* --- stacks ----------------------------------------------------------------------------------- */

/*
 * A place is a guard page, then a stack. A few of the stacks that are given back stay mapped for
 * the next ones; the others lose their pages, and a bit in `empty` marks the place.
 */
#define PLACE_SIZE  (PAGE_SIZE + STACK_SIZE)
#define PLACES      65536
#define STACK_PAGES (STACK_SIZE / PAGE_SIZE)

static uint64_t free_stacks; /* the top of the first; each holds the next one's below its top */
static unsigned free_count;  /* of those */
static unsigned places_made; /* the next new place's number */
static uint64_t empty[PLACES / 64];
static unsigned empty_count;
static uint64_t half_made;         /* the top of one that lacks pages; 0: none */
static struct spinlock stack_lock; /* of the six above */

static uint64_t top_of(unsigned place)
{
    return STACK_BASE + (place + UINT64_C(1)) * PLACE_SIZE;
}

static unsigned take_empty(void)
{
    unsigned word = 0, bit;

    while (!empty[word])
        word++;
    bit = (unsigned)__builtin_ctzll(empty[word]);
    empty[word] &= ~BIT64(bit);
    empty_count--;
    return word * 64 + bit;
}

static uint64_t choose_place(void)
{
    uint64_t top = half_made;

    half_made = 0;
    if (top)
        return top;
    if (empty_count)
        return top_of(take_empty());
    return places_made < PLACES ? top_of(places_made++) : 0;
}

/* Those pages that it lacks. */
static bool fill_stack(uint64_t top)
{
    for (uint64_t at = top - STACK_SIZE; at < top; at += PAGE_SIZE) {
        uint64_t *entry = find_entry(paging_kernel_root(), at);
        uint64_t page = entry && *entry ? 0 : allocate();

        if (entry && *entry)
            continue;
        if (!page)
            return false;
        if (!map_kernel(at, page, PAGING_WRITE)) {
            give_back(page);
            return false;
        }
    }
    return true;
}

/* A half-made stack keeps the pages that it has, and is tried first next time. */
static uint64_t new_stack(void)
{
    uint64_t top = choose_place();

    if (!top || fill_stack(top))
        return top;
    half_made = top;
    return 0;
}

/* The address of the next free one is kept in a free stack's last bytes. */
static uint64_t *link_of(uint64_t top)
{
    return (uint64_t *)(top - sizeof(uint64_t));
}

static uint64_t take_free(void)
{
    uint64_t top = free_stacks;

    free_stacks = *link_of(top);
    free_count--;
    return top;
}

uint64_t stack_alloc(void)
{
    uint64_t top;

    spin_lock(&stack_lock);
    top = free_stacks ? take_free() : new_stack();
    spin_unlock(&stack_lock);
    return top;
}

unsigned stack_free(uint64_t top)
{
    unsigned count;

    spin_lock(&stack_lock);
    *link_of(top) = free_stacks;
    free_stacks = top;
    count = ++free_count;
    spin_unlock(&stack_lock);
    return count;
}

/* The link is a page's first word, as in paging_take_empty_tables(). */
static uint64_t take_pages(uint64_t top, uint64_t list)
{
    for (uint64_t at = top - STACK_SIZE; at < top; at += PAGE_SIZE) {
        uint64_t *entry = find_entry(paging_kernel_root(), at), page = *entry & PAGE_ADDRESS;

        *entry = 0;
        *(uint64_t *)direct_pointer(page) = list;
        list = page;
    }
    return list;
}

uint64_t stacks_take(unsigned most)
{
    uint64_t list = 0;

    spin_lock(&stack_lock);
    for (unsigned i = 0; i < most && free_count; i++) {
        uint64_t top = take_free();
        unsigned place = (unsigned)((top - STACK_BASE) / PLACE_SIZE - 1);

        list = take_pages(top, list);
        empty[place / 64] |= BIT64(place % 64);
        empty_count++;
    }
    spin_unlock(&stack_lock);
    return list;
}

uint64_t stack_pages_kept(void)
{
    return (uint64_t)free_count * STACK_PAGES;
}

/* --- the walk --------------------------------------------------------------------------------- */

/* The tables lie in memory that the direct map shows. */
static const uint64_t *table_at(uint64_t entry)
{
    return direct_pointer(entry & PAGE_ADDRESS);
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
        entry = table_at(entry)[((uintptr_t)address >> shift) % PAGE_ENTRIES];
        if (!has_any(entry, PAGE_PRESENT))
            return no_rights();
        rights.writable &= has_any(entry, PAGE_WRITABLE);
        rights.executable &= !has_any(entry, PAGE_NO_EXECUTE);
        if (has_any(entry, PAGE_LARGE) && shift < 39)
            break;
    }
    return rights;
}

/* Counts below `table`, whose entries cover 2^shift bytes each; rights only shrink on the way. */
static unsigned count_below(const uint64_t *table, unsigned shift, bool writable, bool executable)
{
    unsigned count = 0;

    for (unsigned i = 0; i < PAGE_ENTRIES; i++) {
        bool w = writable && has_any(table[i], PAGE_WRITABLE);
        bool x = executable && !has_any(table[i], PAGE_NO_EXECUTE);

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
