/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_cpuid.h - what a guest's CPUID says: of the host's answers what guest_cpuid.def lets
 * through, with topology, sizes and the hypervisor's own leaves made for the guest. VMX is not
 * there. PURE.
 */
#ifndef LINTEL_KERN_VM_GUEST_CPUID_H
#define LINTEL_KERN_VM_GUEST_CPUID_H

#include "cpu_identity.h"

struct cpuid_registers {
    uint32_t eax, ebx, ecx, edx;
};

#define GUEST_CPUID_BASIC      0xe                       /* leaves 0 to 0xd */
#define GUEST_CPUID_EXTENDED   9                         /* 0x80000000 to 0x80000008 */
#define GUEST_CPUID_TIMING     (CPUID_HYPERVISOR + 0x10) /* EAX: the TSC's kHz */
#define GUEST_CPUID_CACHES     4                         /* subleaves of leaf 4 */
#define GUEST_CPUID_COMPONENTS 10                        /* subleaves of leaf 0xd */

struct guest_cpuid {
    struct cpuid_registers basic[GUEST_CPUID_BASIC];
    struct cpuid_registers extended[GUEST_CPUID_EXTENDED];
    struct cpuid_registers cache[GUEST_CPUID_CACHES];
    struct cpuid_registers component[GUEST_CPUID_COMPONENTS];
    uint32_t tsc_khz;
};

/* Asks the host's CPUID: EAX, EBX, ECX, EDX. */
typedef void cpuid_reader(uint32_t leaf, uint32_t subleaf, uint32_t registers[4]);

/* The most that a guest may have here. */
void guest_cpuid_maximum(struct guest_cpuid *cpuid, cpuid_reader *read, uint64_t tsc_khz);

/*
 * Clears bits of a register (0 to 3: EAX to EDX). False: there is no such leaf, or it has no
 * feature bits.
 */
bool guest_cpuid_take_away(struct guest_cpuid *cpuid, uint32_t leaf, uint32_t subleaf,
                           unsigned number, uint32_t bits);

/* True where the answer depends on more than the leaf: guest_cpuid_dynamic() gives it then. */
static inline bool guest_cpuid_is_dynamic(uint32_t leaf)
{
    return leaf == 1 || leaf == 4 || leaf == 0xd;
}

/* The answer of every other leaf. Beyond the last it is that of leaf 0xd, as on Intel's. */
static inline const struct cpuid_registers *guest_cpuid_row(const struct guest_cpuid *cpuid,
                                                            uint32_t leaf)
{
    if (leaf < GUEST_CPUID_BASIC)
        return &cpuid->basic[leaf];
    if (leaf - 0x80000000u < GUEST_CPUID_EXTENDED)
        return &cpuid->extended[leaf - 0x80000000u];
    return NULL;
}

/* The whole answer, for any leaf, with the vCPU's own state. */
struct cpuid_registers guest_cpuid_answer(const struct guest_cpuid *cpuid, uint32_t leaf,
                                          uint32_t subleaf, uint64_t cr4, uint64_t xcr0);

/* Whether XSETBV takes the value. */
bool guest_cpuid_xcr0_valid(const struct guest_cpuid *cpuid, uint64_t xcr0);

/* The features of include/cpu_features.def that it shows: a mask of enum cpu_feature. */
uint64_t guest_cpuid_features(const struct guest_cpuid *cpuid);

/* The CR4 bits that such a guest may set. */
uint64_t guest_cpuid_cr4(const struct guest_cpuid *cpuid);

/* The IA32_EFER bits. */
uint64_t guest_cpuid_efer(const struct guest_cpuid *cpuid);

#endif
