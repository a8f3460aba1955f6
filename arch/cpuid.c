/* SPDX-License-Identifier: BSD-2-Clause */
/* cpuid.c - see cpuid.h. SDM: "CPUID - CPU Identification". */
#include "cpuid.h"

#include "insn.h"
#include "string.h"

enum {
    LEAF1_ECX_VMX = 5,
    EXT1_ECX_SVM = 2,
    PHYSICAL_BITS_BY_DEFAULT = 36,
};

uint32_t cpuid_register(uint32_t leaf, enum cpuid_which which)
{
    uint32_t regs[4];

    cpuid(leaf & 0x80000000, 0, regs);
    if (leaf > regs[EAX])
        return 0;
    cpuid(leaf, 0, regs);
    return regs[which];
}

static void copy_word(char *to, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (char)(word >> (8 * i));
}

static void read_vendor(struct cpu_identity *cpu)
{
    uint32_t regs[4];

    cpuid(0, 0, regs);
    copy_word(&cpu->vendor[0], regs[EBX]);
    copy_word(&cpu->vendor[4], regs[EDX]);
    copy_word(&cpu->vendor[8], regs[ECX]);
}

/* By convention, not by the SDM: hypervisors name themselves in the first of the leaves left to
 * them. */
static void read_hypervisor_vendor(struct cpu_identity *cpu)
{
    uint32_t regs[4];

    cpuid(CPUID_HYPERVISOR, 0, regs);
    copy_word(&cpu->hypervisor_vendor[0], regs[EBX]);
    copy_word(&cpu->hypervisor_vendor[4], regs[ECX]);
    copy_word(&cpu->hypervisor_vendor[8], regs[EDX]);
}

/* The name is in three leaves of 16 characters, padded with spaces on the left by some. */
static void read_brand(struct cpu_identity *cpu)
{
    char text[49] = "";
    const char *start = text;
    uint32_t regs[4];

    for (unsigned leaf = 0; leaf < 3; leaf++) {
        cpuid(0x80000002 + leaf, 0, regs);
        for (unsigned i = 0; i < 4; i++)
            copy_word(&text[16 * leaf + 4 * i], regs[i]);
    }
    while (*start == ' ')
        start++;
    for (unsigned i = 0; start[i]; i++)
        cpu->brand[i] = start[i];
}

/* SDM: family 0fh adds the extended family; families 6 and 0fh add the extended model. */
static void read_signature(struct cpu_identity *cpu, uint32_t signature)
{
    uint32_t family = (uint32_t)field_of(signature, 8, 4);
    uint32_t model = (uint32_t)field_of(signature, 4, 4);

    cpu->signature = signature;
    if (family == 6 || family == 15)
        model |= (uint32_t)field_of(signature, 16, 4) << 4;
    if (family == 15)
        family += (uint32_t)field_of(signature, 20, 8);
    cpu->family = (uint16_t)family;
    cpu->model = (uint8_t)model;
    cpu->stepping = (uint8_t)field_of(signature, 0, 4);
}

/* Intel answers a leaf beyond the last one with the last one's data: ask first whether it is there.
 * Leaf 7 has the number of its last subleaf in EAX; all other subleaves that are asked for exist.
 * */
static bool has_leaf(uint32_t leaf, uint32_t subleaf)
{
    uint32_t regs[4];

    cpuid(leaf & UINT32_C(0x80000000), 0, regs);
    if (regs[EAX] < leaf)
        return false;
    cpuid(leaf, 0, regs);
    return leaf != 7 || regs[EAX] >= subleaf;
}

bool cpu_has(enum cpu_feature feature)
{
    const struct cpuid_place *place = &cpu_feature_places[feature];
    uint32_t regs[4];

    if (!has_leaf(place->leaf, place->subleaf))
        return false;
    cpuid(place->leaf, place->subleaf, regs);
    return field_of(regs[place->which], place->position, place->width) != 0;
}

static void read_features(struct cpu_identity *cpu)
{
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        cpu->features_asked |= BIT64(i);
        if (cpu_has(i))
            cpu->features |= BIT64(i);
    }
}

/* SDM "Microcode Update Signature": CPUID puts the revision where software has written 0. */
static void read_microcode(struct cpu_identity *cpu)
{
    uint64_t value = 0;
    uint32_t regs[4];

    if (!wrmsr_safe(MSR_IA32_BIOS_SIGN_ID, 0))
        return;
    cpuid(1, 0, regs);
    if (!rdmsr_safe(MSR_IA32_BIOS_SIGN_ID, &value))
        return;
    cpu->microcode = high32(value);
    cpu->has_microcode = cpu->microcode != 0;
}

static bool is_intel(const struct cpu_identity *cpu)
{
    return memcmp(cpu->vendor, "GenuineIntel", sizeof(cpu->vendor)) == 0;
}

void cpu_identify(struct cpu_identity *cpu)
{
    uint32_t regs[4], extended[4];

    *cpu = (struct cpu_identity){.physical_address_bits = PHYSICAL_BITS_BY_DEFAULT};
    read_vendor(cpu);
    cpuid(1, 0, regs);
    read_signature(cpu, regs[EAX]);
    cpu->vmx = has_any(regs[ECX], BIT64(LEAF1_ECX_VMX));
    cpu->smx = cpu_has(FEATURE_smx);
    cpu->hypervisor = has_any(regs[ECX], CPUID_1_ECX_HYPERVISOR);
    if (cpu->hypervisor)
        read_hypervisor_vendor(cpu);

    cpuid(0x80000000, 0, extended);
    if (extended[EAX] >= 0x80000001) {
        cpuid(0x80000001, 0, regs);
        cpu->svm = has_any(regs[ECX], BIT64(EXT1_ECX_SVM));
    }
    if (extended[EAX] >= 0x80000004)
        read_brand(cpu);
    if (extended[EAX] >= 0x80000008) {
        cpuid(0x80000008, 0, regs);
        cpu->physical_address_bits = (uint8_t)regs[EAX];
    }
    cpu->core_type = (uint8_t)(cpuid_register(0x1a, EAX) >> 24);
    read_features(cpu);
    if (is_intel(cpu))
        read_microcode(cpu);
}
