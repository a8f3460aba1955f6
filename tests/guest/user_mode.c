/* SPDX-License-Identifier: BSD-2-Clause */
/* user_mode.c - instructions at the guest's CPL 3: each is the fault that a processor gives it. */
#include "guest.h"

#define PML4      0x2000 /* monitor.h */
#define PAGE_USER 4u
#define TABLES    3
#define PD_PAGES  2

#define RING0_CODE UINT64_C(0x00af9b000000ffff)
#define RING0_DATA UINT64_C(0x00cf93000000ffff)
#define RING3_DATA UINT64_C(0x00cff3000000ffff) /* selector 18h */
#define RING3_CODE UINT64_C(0x00affb000000ffff) /* selector 20h */
#define BACK       0x81                         /* the gate back to CPL 0 */

static struct PACKED {
    uint32_t reserved;
    uint64_t rsp0;
    uint8_t unused[90];
    uint16_t io_map_base;
} tss;

static uint64_t gdt[7] = {0, RING0_CODE, RING0_DATA, RING3_DATA, RING3_CODE};
static uint8_t stack0[4096] ALIGNED(16), stack3[4096] ALIGNED(16);
static uint64_t word[2];

void enter_user(void (*function)(void), const void *stack);
void back_in_kernel(void);
extern volatile uint64_t kernel_rsp;
volatile uint64_t kernel_rsp;

__asm__("enter_user:\n"
        "pushq %rbx\npushq %rbp\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
        "movq %rsp, kernel_rsp\n"
        "pushq $0x1b\npushq %rsi\npushq $2\npushq $0x23\npushq %rdi\n"
        "iretq\n"
        "back_in_kernel:\n"
        "movq kernel_rsp, %rsp\n"
        "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbp\npopq %rbx\n"
        "ret");

/* The monitor's page tables, of 2-MiB pages: the first pages may be used at CPL 3 as well. */
static void open_pages(void)
{
    uint64_t *table = (uint64_t *)PML4;

    for (unsigned level = 0; level < TABLES; level++) {
        for (unsigned i = 0; i < (level == TABLES - 1 ? PD_PAGES : 1); i++)
            table[i] |= PAGE_USER;
        table = (uint64_t *)(table[0] & ~UINT64_C(0xfff));
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
    gdt[5] = UINT64_C(0x0000890000000067) | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    gdt[6] = base >> 32;
    __asm__ volatile("lgdt %0\nltr %w1" : : "m"(table), "r"(0x28));
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

static volatile unsigned number, wrong;

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

static void at_cpl_3(void)
{
    vmx_instructions();
    other_vmx_instructions();
    privileged_instructions();
    __asm__ volatile("int $0x81");
}

int main(void)
{
    catch_all();
    set_user_gate(BACK, back_in_kernel);
    open_pages();
    load_tables();
    enter_user(at_cpl_3, stack3 + sizeof(stack3) - 8);
    if (wrong)
        print("wrong at CPL 3: 0x%x\n", wrong);
    expect(number == 19, "all were executed");
    return failures + (wrong != 0);
}
