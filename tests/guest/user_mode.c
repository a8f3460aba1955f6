/* SPDX-License-Identifier: BSD-2-Clause */
/* user_mode.c - VMX's and privileged instructions at the guest's CPL 1, 2 and 3: each is the fault
 * that a processor gives it. faults.c has CPL 0. */
#include "guest.h"
#include "vmcs_layouts.h"

#define TABLES   3
#define PD_PAGES 2

#define DPL(ring) ((uint64_t)(ring) << 45)
#define BACK      0x81 /* the gate back to CPL 0 */

/* Entries of the GDT; those of CPL 1 to 3 follow each other: data, code. */
enum { TSS = 3, OUTER = 5, DESCRIPTORS = 11 };

static struct PACKED {
    uint32_t reserved;
    uint64_t rsp0;
    uint8_t unused[90];
    uint16_t io_map_base;
} tss;

static uint64_t gdt[DESCRIPTORS] = {0, DESCRIPTOR_CODE_64, DESCRIPTOR_DATA};
static uint8_t stack0[4096] ALIGNED(16), outer_stack[4096] ALIGNED(16);
static uint64_t word[2];

void enter_outer(void (*function)(void), const void *stack, uint64_t ss, uint64_t cs);
void back_in_kernel(void);
extern volatile uint64_t kernel_rsp;
volatile uint64_t kernel_rsp;

__asm__("enter_outer:\n"
        "pushq %rbx\npushq %rbp\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
        "movq %rsp, kernel_rsp\n"
        "pushq %rdx\npushq %rsi\npushq $2\npushq %rcx\npushq %rdi\n"
        "iretq\n"
        "back_in_kernel:\n"
        "movq kernel_rsp, %rsp\n"
        "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbp\npopq %rbx\n"
        "ret");

/* The monitor's page tables, of 2-MiB pages: the first pages may be used at CPL 3 as well. */
static void open_pages(void)
{
    uint64_t *table = (uint64_t *)GUEST_PML4;

    for (unsigned level = 0; level < TABLES; level++) {
        for (unsigned i = 0; i < (level == TABLES - 1 ? PD_PAGES : 1); i++)
            table[i] |= PAGE_USER;
        table = (uint64_t *)(table[0] & PAGE_ADDRESS);
    }
    __asm__ volatile("mov %%cr3, %%rax\nmov %%rax, %%cr3" : : : "rax", "memory");
}

static void load_tables(void)
{
    const struct PACKED {
        uint16_t limit;
        uint64_t base;
    } table = {sizeof(gdt) - 1, (uintptr_t)gdt};
    uint64_t base = (uintptr_t)&tss;

    tss.rsp0 = (uintptr_t)stack0 + sizeof(stack0);
    tss.io_map_base = sizeof(tss); /* no port */
    for (unsigned ring = 1; ring <= 3; ring++) {
        gdt[OUTER + 2 * (ring - 1)] = DESCRIPTOR_DATA | DPL(ring);
        gdt[OUTER + 2 * (ring - 1) + 1] = DESCRIPTOR_CODE_64 | DPL(ring);
    }
    gdt[TSS] = DESCRIPTOR_TSS | LIMIT_TSS | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    gdt[TSS + 1] = base >> 32;
    __asm__ volatile("lgdt %0\nltr %w1" : : "m"(table), "r"(TSS * 8));
}

#define EXPECT_FAULT(vector, code)                                                 \
    do {                                                                           \
        uint64_t before_ = counts[vector];                                         \
        __asm__ volatile("leaq 2f(%%rip), %%r15\n" code "\n2: xorl %%r15d, %%r15d" \
                         :                                                         \
                         : "a"((uint64_t)&word)                                    \
                         : "r15", "rcx", "rdx", "memory", "cc");                   \
        if (counts[vector] != before_ + 1)                                         \
            wrong |= 1u << number;                                                 \
        number++;                                                                  \
    } while (0)

static volatile unsigned number, wrong, cpl;

/* VMCALL and its like are #UD in a guest without VMX. */
static void vmx_instructions(void)
{
    EXPECT_FAULT(6, "vmcall");
    EXPECT_FAULT(6, "vmxon (%%rax)");
    EXPECT_FAULT(6, "vmxoff");
    EXPECT_FAULT(6, "vmclear (%%rax)");
    EXPECT_FAULT(6, "vmptrld (%%rax)");
    EXPECT_FAULT(6, "vmread %%rcx, %%rdx");
    EXPECT_FAULT(6, "vmwrite %%rcx, %%rdx");
}

static void other_vmx_instructions(void)
{
    EXPECT_FAULT(6, "vmptrst (%%rax)");
    EXPECT_FAULT(6, "vmlaunch");
    EXPECT_FAULT(6, "vmresume");
    EXPECT_FAULT(6, "invept (%%rax), %%rcx");
    EXPECT_FAULT(6, "invvpid (%%rax), %%rcx");
    EXPECT_FAULT(6, "vmfunc");
}

static void privileged_instructions(void)
{
    EXPECT_FAULT(13, "hlt");
    EXPECT_FAULT(13, "mov %%cr0, %%rcx");
    EXPECT_FAULT(13, "xorl %%ecx, %%ecx\nrdmsr");
    EXPECT_FAULT(13, "inb $0x60, %%al");
    EXPECT_FAULT(13, "cli");
    EXPECT_FAULT(13, "invlpg (%%rax)");
    EXPECT_FAULT(13, "wbinvd");
}

static void at_outer_ring(void)
{
    uint64_t cs;

    __asm__ volatile("mov %%cs, %0" : "=r"(cs));
    cpl = cs & 3;
    vmx_instructions();
    other_vmx_instructions();
    privileged_instructions();
    __asm__ volatile("int $0x81");
}

static void try_ring(unsigned ring)
{
    uint64_t data = (OUTER + 2 * (ring - 1)) * 8 | ring, code = data + 8;

    number = wrong = 0;
    enter_outer(at_outer_ring, outer_stack + sizeof(outer_stack) - 8, data, code);
    if (wrong)
        print("wrong at CPL %u: 0x%x\n", ring, wrong);
    expect(!wrong, "each instruction faulted as it should");
    expect(number == 20 && cpl == ring, "all were executed, and there");
}

int main(void)
{
    catch_all();
    set_user_gate(BACK, back_in_kernel);
    open_pages();
    load_tables();
    for (unsigned ring = 1; ring <= 3; ring++)
        try_ring(ring);
    return failures;
}
