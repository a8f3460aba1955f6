/* SPDX-License-Identifier: BSD-2-Clause */
/* loader_elf.c - see monitor.h. The guest starts in 64-bit mode, with paging on, as SDM's "64-Bit
 * Mode" has it: addresses are physical ones. */
#include "elf.h"
#include "monitor.h"
#include "string.h"
#include "user/print.h"
#include "x86.h"

#define GDT_AT       0x1000u
#define PML4_AT      0x2000u
#define PDPT_AT      0x3000u
#define DIRECTORY_AT 0x4000u
#define LOWEST       0x100000u /* of the guest's segments */
#define LARGE_BYTES  0x200000u

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define TSS_SELECTOR  0x18
#define CODE_ACCESS   0xa09b
#define DATA_ACCESS   0xc093
#define TSS_ACCESS    0x8b
#define UNUSABLE      0x10000
#define FLAT_LIMIT    0xffffffffu

#define CR0_START UINT64_C(0x80010033) /* PE MP ET NE WP PG */
#define CR4_START UINT64_C(0x20)       /* PAE */
#define PAT_START UINT64_C(0x0007040600070406)

enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

static uint64_t *word_at(struct machine *machine, uint64_t address)
{
    return (uint64_t *)(void *)(machine->memory + address);
}

static void make_page_tables(struct machine *machine)
{
    *word_at(machine, PML4_AT) = PDPT_AT | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    *word_at(machine, PDPT_AT) = DIRECTORY_AT | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
    for (uint64_t i = 0; i < 512; i++)
        *word_at(machine, DIRECTORY_AT + i * 8) =
            i * LARGE_BYTES | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER | PAGE_LARGE;
}

static void make_gdt(struct machine *machine)
{
    *word_at(machine, GDT_AT + CODE_SELECTOR) = UINT64_C(0x00af9b000000ffff);
    *word_at(machine, GDT_AT + DATA_SELECTOR) = UINT64_C(0x00cf93000000ffff);
}

static bool put_segment(struct machine *machine, const struct elf_segment *segment,
                        const uint8_t *file)
{
    uint64_t at = segment->physical_address;

    if (at < LOWEST || segment->memory_size > machine->memory_bytes ||
        at > machine->memory_bytes - segment->memory_size) {
        print(
            "monitor: the guest's segment at 0x%lx (%lu bytes) is outside its memory of %lu MiB\n",
            at, segment->memory_size, machine->memory_bytes >> 20);
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
                                .cr3 = PML4_AT,
                                .cr4 = CR4_START,
                                .efer = EFER_LME | EFER_LMA,
                                .gdtr = {GDT_AT, 0x17},
                                .pat = PAT_START};
    for (unsigned i = ES; i <= GS; i++)
        state->segment[i] = (struct abi_segment){
            .selector = DATA_SELECTOR, .access = DATA_ACCESS, .limit = FLAT_LIMIT};
    state->segment[CS].selector = CODE_SELECTOR;
    state->segment[CS].access = CODE_ACCESS;
    state->segment[LDTR].access = UNUSABLE;
    state->segment[TR] =
        (struct abi_segment){.selector = TSS_SELECTOR, .access = TSS_ACCESS, .limit = 0x67};
    machine->page->parts = ABI_PARTS;
}

bool load_elf(struct machine *machine, const void *file, uint64_t bytes)
{
    struct elf_info elf;
    enum elf_error error = elf_parse(&elf, file, bytes, true);

    if (error != ELF_OK) {
        print("monitor: the guest's file: %s\n", elf_error_text(error));
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
