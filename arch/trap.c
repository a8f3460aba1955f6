/* SPDX-License-Identifier: BSD-2-Clause */
/* trap.c - see trap.h. */
#include "trap.h"

#include "console.h"
#include "insn.h"
#include "layout.h"
#include "paging.h"
#include "panic.h"

/* --- descriptor tables. SDM: "Protected-Mode Memory Management", "Task Management" ----------- */

struct PACKED task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7]; /* ist[0] is IST1 */
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map_base;
};
_Static_assert(sizeof(struct task_state) == 104, "64-bit TSS");

struct PACKED gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist;
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "64-bit gate");

#define VECTORS        32 /* those of the processor itself */
#define GATES          256 /* a VM exit sets the limit of IDTR to ffffh: the table must fill its range */
#define STUB_SIZE      16
#define INTERRUPT_GATE 0x8e /* present, DPL 0, 64-bit interrupt gate */

/* Accessed and present are set from the start, so that the processor never writes to the GDT. */
#define CODE_DESCRIPTOR UINT64_C(0x00af9b000000ffff) /* 64-bit code, DPL 0 */
#define DATA_DESCRIPTOR UINT64_C(0x00cf93000000ffff) /* flat data, DPL 0 */
#define TSS_DESCRIPTOR  UINT64_C(0x0000890000000000) /* available 64-bit TSS, DPL 0 */

static struct task_state tss;
static uint64_t gdt[GDT_ENTRIES];
static struct gate idt[GATES]; /* not present above the 32nd: #NP, which is reported */
static struct {
    uint8_t guard[PAGE_SIZE];
    uint8_t stack[IST_STACK_SIZE];
} PAGE_ALIGNED ist_stacks[IST_COUNT];
static unsigned fixed_count;

extern const uint8_t trap_stubs[];
void trap_handle(struct trap_frame *frame);

static void gdt_init(void)
{
    uint64_t base = (uintptr_t)&tss;
    struct descriptor_table table = {sizeof(gdt) - 1, (uintptr_t)gdt};

    for (unsigned i = 0; i < IST_COUNT; i++)
        tss.ist[i] = (uintptr_t)ist_stacks[i].stack + IST_STACK_SIZE;
    tss.io_map_base = sizeof(tss);

    gdt[SELECTOR_CODE / 8] = CODE_DESCRIPTOR;
    gdt[SELECTOR_DATA / 8] = DATA_DESCRIPTOR;
    gdt[SELECTOR_TSS / 8] = TSS_DESCRIPTOR | (sizeof(tss) - 1) | field_of(base, 0, 24) << 16 |
                            field_of(base, 24, 8) << 56;
    gdt[SELECTOR_TSS / 8 + 1] = high32(base);
    lgdt(&table);
    load_segments(SELECTOR_CODE, SELECTOR_DATA);
    ltr(SELECTOR_TSS);
}

static uint8_t ist_of(unsigned vector)
{
    switch (vector) {
    case VECTOR_DOUBLE_FAULT:
        return IST_DOUBLE_FAULT;
    case VECTOR_NMI:
        return IST_NMI;
    case VECTOR_MACHINE_CHECK:
        return IST_MACHINE_CHECK;
    default:
        return 0;
    }
}

static void idt_init(void)
{
    struct descriptor_table table = {sizeof(idt) - 1, (uintptr_t)idt};

    for (unsigned vector = 0; vector < VECTORS; vector++) {
        uint64_t stub = (uintptr_t)trap_stubs + (uint64_t)vector * STUB_SIZE;

        idt[vector] = (struct gate){
            .offset_low = (uint16_t)stub,
            .selector = SELECTOR_CODE,
            .ist = ist_of(vector),
            .type = INTERRUPT_GATE,
            .offset_middle = (uint16_t)(stub >> 16),
            .offset_high = high32(stub),
        };
    }
    lidt(&table);
}

void trap_init(void)
{
    gdt_init();
    idt_init();
}

void trap_guard_stacks(void)
{
    for (unsigned i = 0; i < IST_COUNT; i++)
        paging_guard(ist_stacks[i].guard);
}

/* --- the exception table --------------------------------------------------------------------- */

struct extable_entry {
    int32_t instruction; /* each relative to its own address */
    int32_t resume;
};

extern const struct extable_entry extable_start[], extable_end[];

static uint64_t extable_target(const int32_t *distance)
{
    return (uintptr_t)distance + (uint64_t)(int64_t)*distance;
}

/*
 * Goes on behind the instruction, if its wrapper asked for that, with CF and ZF set: the sign of
 * a fault. The wrappers of VMX instructions know their own failures by one of the two.
 */
static bool fix_up(struct trap_frame *frame)
{
    for (const struct extable_entry *entry = extable_start; entry < extable_end; entry++)
        if (extable_target(&entry->instruction) == frame->rip) {
            frame->rip = extable_target(&entry->resume);
            frame->rflags |= RFLAGS_CF | RFLAGS_ZF;
            fixed_count++;
            return true;
        }
    return false;
}

unsigned trap_fixed_count(void)
{
    return fixed_count;
}

/* --- reports --------------------------------------------------------------------------------- */

static const char *const names[VECTORS] = {
    "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "coprocessor overrun",
    "#TS", "#NP", "#SS", "#GP", "#PF", "15",  "#MF", "#AC", "#MC", "#XM",
    "#VE", "#CP", "22",  "23",  "24",  "25",  "26",  "27",  "#HV", "#VC",
    "#SX", "31",
};

const char *trap_name(uint64_t vector)
{
    return vector < VECTORS ? names[vector] : "interrupt";
}

static void dump(const struct trap_frame *f)
{
    print("trap: %s (vector %lu) error 0x%lx at 0x%016lx\n", trap_name(f->vector), f->vector,
          f->error, f->rip);
    print("  rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    print("  rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", f->rsi, f->rdi, f->rbp, f->rsp);
    print("  r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", f->r8, f->r9, f->r10, f->r11);
    print("  r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", f->r12, f->r13, f->r14, f->r15);
    print("  rip %016lx rflags %08lx cs %04lx ss %04lx\n", f->rip, f->rflags, f->cs, f->ss);
    print("  cr0 %016lx cr2 %016lx cr3 %016lx cr4 %016lx\n", read_cr0(), read_cr2(), read_cr3(),
          read_cr4());
}

/* Called by trap.S. Returns only where the exception table had an answer. */
void trap_handle(struct trap_frame *frame)
{
    if (frame->vector != VECTOR_NMI && frame->vector != VECTOR_MACHINE_CHECK &&
        frame->vector != VECTOR_DOUBLE_FAULT && fix_up(frame))
        return;
    dump(frame);
    panic_at(frame->rip, frame->rbp, "unexpected %s at 0x%016lx", trap_name(frame->vector),
             frame->rip);
}
