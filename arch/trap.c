/* SPDX-License-Identifier: BSD-2-Clause */
/* trap.c - see trap.h. */
#include "trap.h"

#include "console.h"
#include "insn.h"
#include "interrupt.h"
#include "layout.h"
#include "machine_check.h"
#include "paging.h"
#include "panic.h"
#include "percpu.h"

/* --- descriptor tables. SDM: "Protected-Mode Memory Management", "Task Management" ------------ */

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

#define EXCEPTIONS     32 /* the vectors of the processor itself */
#define INTERRUPTS     (GATES - VECTOR_FIRST)
#define GATES          256 /* a VM exit makes the limit of IDTR ffffh: the table fills all of it */
#define STUB_SIZE      16
#define INTERRUPT_GATE 0x8e /* present, DPL 0, 64-bit interrupt gate */

static struct gate idt[GATES];
static struct {
    uint8_t guard[PAGE_SIZE];
    uint8_t stack[IST_STACK_SIZE];
} PAGE_ALIGNED ist_stacks[IST_COUNT]; /* the boot processor's */
static unsigned fixed_count;
static bool (*user_handler)(struct trap_frame *frame);
static void (*user_return)(void);

/* The stubs of the exceptions, those of the interrupts, then the one of all others. */
extern const uint8_t trap_stubs[];
void trap_handle(struct trap_frame *frame);

static void gdt_init(struct percpu *cpu)
{
    uint64_t base = (uintptr_t)&cpu->tss;

    for (unsigned i = 0; i < IST_COUNT; i++)
        cpu->tss.ist[i] = cpu->ist_top[i];
    cpu->tss.io_map_base = sizeof(cpu->tss);

    cpu->gdt[SELECTOR_CODE / 8] = DESCRIPTOR_CODE_64;
    cpu->gdt[SELECTOR_DATA / 8] = DESCRIPTOR_DATA;
    cpu->gdt[SELECTOR_USER_DATA / 8] = DESCRIPTOR_USER_DATA;
    cpu->gdt[SELECTOR_USER_CODE / 8] = DESCRIPTOR_USER_CODE;
    cpu->gdt[SELECTOR_TSS / 8] = DESCRIPTOR_TSS | (sizeof(cpu->tss) - 1) |
                                 field_of(base, 0, 24) << 16 | field_of(base, 24, 8) << 56;
    cpu->gdt[SELECTOR_TSS / 8 + 1] = high32(base);
    cpu->gdt_register = (struct descriptor_table){sizeof(cpu->gdt) - 1, (uintptr_t)cpu->gdt};
    lgdt(&cpu->gdt_register);
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

static void set_gate(unsigned vector, unsigned stub_number)
{
    uint64_t stub = (uintptr_t)trap_stubs + (uint64_t)stub_number * STUB_SIZE;

    idt[vector] = (struct gate){
        .offset_low = (uint16_t)stub,
        .selector = SELECTOR_CODE,
        .ist = ist_of(vector),
        .type = INTERRUPT_GATE,
        .offset_middle = (uint16_t)(stub >> 16),
        .offset_high = high32(stub),
    };
}

static void idt_fill(void)
{
    for (unsigned i = 0; i < EXCEPTIONS; i++)
        set_gate(i, i);
    for (unsigned i = 0; i < INTERRUPTS; i++)
        set_gate(VECTOR_FIRST + i, EXCEPTIONS + i);
    for (unsigned i = EXCEPTIONS; i < VECTOR_FIRST; i++)
        set_gate(i, EXCEPTIONS + INTERRUPTS);
}

void trap_init_processor(struct percpu *cpu)
{
    struct descriptor_table table = {sizeof(idt) - 1, (uintptr_t)idt};

    cpu->self = cpu;
    gdt_init(cpu);
    wrmsr(MSR_IA32_GS_BASE, (uintptr_t)cpu);
    wrmsr(MSR_IA32_KERNEL_GS_BASE, 0);
    lidt(&table);
}

void trap_init(void)
{
    for (unsigned i = 0; i < IST_COUNT; i++)
        boot_percpu.ist_top[i] = (uintptr_t)ist_stacks[i].stack + IST_STACK_SIZE;
    idt_fill();
    trap_init_processor(&boot_percpu);
    boot_percpu.online = true;
}

void trap_guard_stacks(void)
{
    for (unsigned i = 0; i < IST_COUNT; i++)
        paging_guard(ist_stacks[i].guard);
}

/* --- the exception table ---------------------------------------------------------------------- */

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
 * Skips the instruction, if its wrapper asked for that, and sets CF and ZF, the sign of a fault. A
 * VMX instruction that fails sets only one of the two.
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

/* --- reports ---------------------------------------------------------------------------------- */

static const char *const names[EXCEPTIONS] = {
    "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "coprocessor overrun",
    "#TS", "#NP", "#SS", "#GP", "#PF", "15",  "#MF", "#AC", "#MC", "#XM",
    "#VE", "#CP", "22",  "23",  "24",  "25",  "26",  "27",  "#HV", "#VC",
    "#SX", "31",
};

const char *trap_name(uint64_t vector)
{
    return vector < EXCEPTIONS ? names[vector] : "interrupt";
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

/* --- NMIs, and what comes from ring 3 --------------------------------------------------------- */

void trap_set_user_handler(bool (*handler)(struct trap_frame *frame))
{
    user_handler = handler;
}

void trap_set_user_return(void (*hook)(void))
{
    user_return = hook;
}

static void on_nmi(const struct trap_frame *frame)
{
    struct percpu *cpu = this_cpu();

    if (panic_is_on())
        halt_forever();
    if (__atomic_exchange_n(&cpu->nmi_wanted, false, __ATOMIC_SEQ_CST)) {
        cpu->nmis_taken++;
        return;
    }
    cpu->nmis_unexpected++;
    print("trap: NMI on processor %u at 0x%lx: nobody sent it; the kernel goes on\n", cpu->number,
          frame->rip);
}

static bool handle_special(struct trap_frame *frame)
{
    switch (frame->vector) {
    case VECTOR_NMI:
        on_nmi(frame);
        return true;
    case VECTOR_MACHINE_CHECK:
        return machine_check_survive();
    case VECTOR_DOUBLE_FAULT:
        return false;
    case VECTOR_FOREIGN:
        interrupt_end_foreign();
        return true;
    default:
        if (frame->vector >= VECTOR_FIRST) {
            interrupt_dispatch((unsigned)frame->vector, frame);
            if (has_all(frame->cs, 3) && user_return)
                user_return();
            return true;
        }
        if (has_all(frame->cs, 3))
            return user_handler && user_handler(frame);
        return fix_up(frame);
    }
}

/* Called by trap.S. Returns where the kernel, or what it interrupted, can go on. */
void trap_handle(struct trap_frame *frame)
{
    if (handle_special(frame))
        return;
    dump(frame);
    panic_at(frame->rip, frame->rsp, frame->rbp, "unexpected %s at 0x%016lx",
             trap_name(frame->vector), frame->rip);
}
