/* SPDX-License-Identifier: BSD-2-Clause */
/* check_machine.c - what the entry checker must know of this processor; see machine.h. Machine. */
#include "machine.h"

#include "arch/insn.h"
#include "x86.h"

enum { EAX, EBX, ECX, EDX };

/* CPUID with a leaf that may be beyond the last one: all 0 then. */
static void cpuid_or_zero(uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
    cpuid(leaf & 0x80000000u, 0, regs);
    if (leaf <= regs[EAX])
        cpuid(leaf, subleaf, regs);
    else
        regs[EAX] = regs[EBX] = regs[ECX] = regs[EDX] = 0;
}

static bool cpuid_bit(uint32_t leaf, uint32_t subleaf, unsigned reg, unsigned bit)
{
    uint32_t regs[4];

    cpuid_or_zero(leaf, subleaf, regs);
    return has_any(regs[reg], BIT64(bit));
}

/* SDM: "IA32_EFER", with the CPUID bit of each feature. */
static uint64_t efer_supported(void)
{
    uint64_t bits = 0;

    if (cpuid_bit(0x80000001, 0, EDX, 11))
        bits |= EFER_SCE;
    if (cpuid_bit(0x80000001, 0, EDX, 20))
        bits |= EFER_NXE;
    if (cpuid_bit(0x80000001, 0, EDX, 29))
        bits |= EFER_LME | EFER_LMA;
    return bits;
}

/* SDM: "IA32_PERF_GLOBAL_CTRL": one bit for each counter that CPUID leaf 0AH has. */
static uint64_t perf_global_supported(void)
{
    uint32_t regs[4];

    cpuid_or_zero(0xa, 0, regs);
    return (BIT64(field_of(regs[EAX], 8, 8)) - 1) | (BIT64(field_of(regs[EDX], 0, 5)) - 1) << 32;
}

/*
 * No leaf of CPUID enumerates the bits of these: each is written and taken back. One alone starts
 * nothing that lasts longer than the moment.
 */
static uint64_t writable_bits(uint32_t msr)
{
    uint64_t old, bits = 0;

    if (!rdmsr_safe(msr, &old))
        return 0;
    for (unsigned bit = 0; bit < 64; bit++)
        if (wrmsr_safe(msr, old | BIT64(bit)))
            bits |= BIT64(bit);
    if (!wrmsr_safe(msr, old))
        return 0;
    return bits;
}

static void read_address_widths(struct check_machine *machine)
{
    uint32_t regs[4];

    cpuid_or_zero(0x80000008, 0, regs);
    machine->physical_address_bits = regs[EAX] ? (uint8_t)regs[EAX] : 36;
    machine->linear_address_bits = regs[EAX] ? (uint8_t)(regs[EAX] >> 8) : 48;
}

void vmx_check_machine(struct check_machine *machine)
{
    *machine = (struct check_machine){
        .efer_supported = efer_supported(),
        .debugctl_supported = writable_bits(MSR_IA32_DEBUGCTL),
        .perf_global_supported = perf_global_supported(),
        .rtit_ctl_supported = writable_bits(MSR_IA32_RTIT_CTL),
        .lbr_ctl_supported = writable_bits(MSR_IA32_LBR_CTL),
        .rtm = cpuid_bit(7, 0, EBX, 11),
        .sgx = cpuid_bit(7, 0, EBX, 2),
        .lam = cpuid_bit(7, 1, EAX, 26),
        .bus_lock_detect = cpuid_bit(7, 0, ECX, 24),
    };
    read_address_widths(machine);
}
