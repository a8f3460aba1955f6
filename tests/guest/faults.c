/* SPDX-License-Identifier: BSD-2-Clause */
/* faults.c - VMX instructions, MSRs and control registers that a guest may not use fault. */
#include "bit_list.h"
#include "guest.h"

#define EXPECT_FAULT(vector, code)                                                 \
    do {                                                                           \
        uint64_t before_ = counts[vector];                                         \
        __asm__ volatile("leaq 2f(%%rip), %%r15\n" code "\n2: xorl %%r15d, %%r15d" \
                         :                                                         \
                         : "a"((uint64_t)&word)                                    \
                         : "r15", "rcx", "rdx", "memory", "cc");                   \
        expect(counts[vector] == before_ + 1, code);                               \
        expect(last_rflags &RFLAGS_RF, "RFLAGS.RF in the frame of " code);         \
    } while (0)

static uint64_t word[2];

static void vmx_instructions(void)
{
    EXPECT_FAULT(6, "vmxon (%%rax)");
    EXPECT_FAULT(6, "vmxoff");
    EXPECT_FAULT(6, "vmclear (%%rax)");
    EXPECT_FAULT(6, "vmptrld (%%rax)");
    EXPECT_FAULT(6, "vmptrst (%%rax)");
    EXPECT_FAULT(6, "vmread %%rcx, %%rdx");
    EXPECT_FAULT(6, "vmwrite %%rcx, %%rdx");
}

static void other_vmx_instructions(void)
{
    EXPECT_FAULT(6, "vmlaunch");
    EXPECT_FAULT(6, "vmresume");
    EXPECT_FAULT(6, "invept (%%rax), %%rcx");
    EXPECT_FAULT(6, "invvpid (%%rax), %%rcx");
    EXPECT_FAULT(6, "xorl %%eax, %%eax\nxorl %%ecx, %%ecx\nvmfunc");
    EXPECT_FAULT(6, "getsec");
    EXPECT_FAULT(6, "monitor");
    EXPECT_FAULT(6, "mwait");
    EXPECT_FAULT(13, "rdpmc");
}

static void control_registers(void)
{
    EXPECT_FAULT(13, "mov %%cr4, %%rcx\norq $0x2000, %%rcx\nmov %%rcx, %%cr4"); /* VMXE */
    EXPECT_FAULT(13, "mov %%cr4, %%rcx\nandq $~0x20, %%rcx\nmov %%rcx, %%cr4"); /* PAE */
    EXPECT_FAULT(13, "movq $-1, %%rcx\nmov %%rcx, %%cr4");
    EXPECT_FAULT(13, "movq $-1, %%rcx\nmov %%rcx, %%cr0");
    EXPECT_FAULT(13, "mov %%cr0, %%rcx\nandq $~1, %%rcx\nmov %%rcx, %%cr0"); /* PE without PG */
    EXPECT_FAULT(13, "movq $16, %%rcx\nmov %%rcx, %%cr8");
    EXPECT_FAULT(6, ".byte 0x0f, 0x01, 0xd1"); /* XSETBV without CR4.OSXSAVE */
}

/* What may change does, and reads back. */
static void allowed_changes(void)
{
    uint64_t cr0, cr4, before;

    __asm__ volatile("mov %%cr0, %0" : "=r"(before));
    __asm__ volatile("mov %0, %%cr0" : : "r"(before & ~BIT64(CR0_wp)));
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    expect(cr0 == (before & ~BIT64(CR0_wp)), "CR0.WP cleared");
    __asm__ volatile("mov %0, %%cr0" : : "r"(before));
    __asm__ volatile("mov %%cr4, %0" : "=r"(before));
    __asm__ volatile("mov %0, %%cr4" : : "r"(before | BIT64(CR4_pge)));
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    expect(cr4 == (before | BIT64(CR4_pge)), "CR4.PGE set");
    expect(!(cr4 & BIT64(CR4_vmxe)), "CR4.VMXE is not seen");
    __asm__ volatile("mov %0, %%cr8" : : "r"(UINT64_C(5)));
    __asm__ volatile("mov %%cr8, %0" : "=r"(cr4));
    expect(cr4 == 5, "CR8 reads back");
}

/* Every number that the bitmaps and the table decide on: read, written back, written with ones. */
static uint64_t all_msrs(uint32_t first, uint32_t last)
{
    uint64_t there = 0, value;

    for (uint32_t msr = first; msr <= last; msr++) {
        if (read_msr(msr, &value)) {
            there++;
            (void)write_msr(msr, value);
        } else {
            (void)write_msr(msr, 0);
        }
        if (msr != MSR_IA32_EFER && msr != MSR_IA32_FS_BASE) /* FS is nobody's but the compiler's */
            (void)write_msr(msr, UINT64_MAX);
    }
    return there;
}

/* The product's monitor has one hypercall, and none of those of the tests' monitor. */
static void hypercalls(void)
{
    expect(hypercall(0, 0) == 0, "hypercall 0 does nothing");
    for (uint64_t number = 1; number < 8; number++)
        expect(hypercall(number, 0) == UINT64_MAX, "there is no other hypercall");
}

int main(void)
{
    uint64_t there;

    catch_all();
    hypercalls();
    vmx_instructions();
    other_vmx_instructions();
    control_registers();
    allowed_changes();
    there = all_msrs(0, 0x1fff) + all_msrs(0xc0000000, 0xc0001fff);
    expect(there >= 15, "a guest has some MSRs");
    expect(!read_msr(0x480, &word[0]), "IA32_VMX_BASIC is not there");
    print("%lu MSRs, %lu faults taken\n", there, faults());
    return failures;
}
