/* SPDX-License-Identifier: BSD-2-Clause */
/* loader_elf.c - see monitor.h. The guest starts in 64-bit mode; its page tables map each linear
 * address to the same physical one. */
#include "bit_list.h"
#include "elf.h"
#include "memory_type.h"
#include "monitor.h"
#include "string.h"
#include "vmcs_layouts.h"
#include "x86.h"

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define TSS_SELECTOR  0x18

#define CR0_START \
    (BIT64(CR0_pe) | BIT64(CR0_mp) | BIT64(CR0_et) | BIT64(CR0_ne) | BIT64(CR0_wp) | BIT64(CR0_pg))

enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

static uint64_t *word_at(struct machine *machine, uint64_t address)
{
    return (uint64_t *)(void *)(machine->memory + address);
}

static void make_page_tables(struct machine *machine)
{
    *word_at(machine, GUEST_PML4) = GUEST_PDPT | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    *word_at(machine, GUEST_PDPT) = GUEST_DIRECTORY | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    for (uint64_t i = 0; i < PAGE_ENTRIES; i++)
        *word_at(machine, GUEST_DIRECTORY + i * 8) =
            i * LARGE_PAGE_SIZE | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER | PAGE_LARGE;
}

static void make_gdt(struct machine *machine)
{
    *word_at(machine, GUEST_GDT + CODE_SELECTOR) = DESCRIPTOR_CODE_64;
    *word_at(machine, GUEST_GDT + DATA_SELECTOR) = DESCRIPTOR_DATA;
}

static bool put_segment(struct machine *machine, const struct elf_segment *segment,
                        const uint8_t *file)
{
    uint64_t at = segment->physical_address;

    if (at < GUEST_LOWEST || segment->memory_size > machine->memory_bytes ||
        at > machine->memory_bytes - segment->memory_size) {
        say("the guest's segment at 0x%lx (%lu bytes) is outside its memory of %lu MiB\n", at,
            segment->memory_size, machine->memory_bytes >> 20);
        return false;
    }
    memcpy(machine->memory + at, file + segment->file_offset, segment->file_size);
    return true;
}

static void set_state(struct machine *machine, uint64_t entry)
{
    struct abi_state *state = &machine->page->state;

    *state = (struct abi_state){.rip = entry,
                                .rsp = machine->memory_bytes - 16,
                                .rflags = RFLAGS_FIXED,
                                .cr0 = CR0_START,
                                .cr3 = GUEST_PML4,
                                .cr4 = BIT64(CR4_pae),
                                .efer = EFER_LME | EFER_LMA,
                                .gdtr = {GUEST_GDT, 0x17},
                                .pat = PAT_RESET};
    for (unsigned i = ES; i <= GS; i++)
        state->segment[i] = (struct abi_segment){
            .selector = DATA_SELECTOR, .access = ACCESS_DATA, .limit = LIMIT_FLAT};
    state->segment[CS].selector = CODE_SELECTOR;
    state->segment[CS].access = ACCESS_CODE_64;
    state->segment[LDTR].access = ACCESS_UNUSABLE;
    state->segment[TR] = (struct abi_segment){
        .selector = TSS_SELECTOR, .access = ACCESS_TSS_BUSY, .limit = LIMIT_TSS};
    machine->page->parts = ABI_PARTS;
}

bool load_elf(struct machine *machine, const void *file, uint64_t bytes)
{
    struct elf_info elf;
    enum elf_error error = elf_parse(&elf, file, bytes, true);

    if (error != ELF_OK) {
        say("the guest's file: %s\n", elf_error_text(error));
        return false;
    }
    for (unsigned i = 0; i < elf.segment_count; i++)
        if (!put_segment(machine, &elf.segments[i], file))
            return false;
    make_page_tables(machine);
    make_gdt(machine);
    set_state(machine, elf.entry);
    return true;
}
