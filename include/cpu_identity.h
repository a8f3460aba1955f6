/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu_identity.h - what CPUID says of a processor, as far as reports and policies ask. */
#ifndef LINTEL_CPU_IDENTITY_H
#define LINTEL_CPU_IDENTITY_H

#include "base.h"
#include "cpu_features.def"

/* FEATURE_invpcid and so on: positions in the two masks below. */
enum cpu_feature {
#define CPU_FEATURE_ID(name, leaf, subleaf, reg, position, width, text) FEATURE_##name,
    CPU_FEATURES(CPU_FEATURE_ID)
#undef CPU_FEATURE_ID
        FEATURE_COUNT
};
_Static_assert(FEATURE_COUNT <= 64, "the features fit one mask");

/* The order in which CPUID's registers stand in arrays. */
enum cpuid_which { EAX, EBX, ECX, EDX };

/* Where CPUID shows something: in `width` bits from `position` of a register. */
struct cpuid_place {
    uint32_t leaf;
    uint8_t subleaf;
    uint8_t which; /* enum cpuid_which */
    uint8_t position, width;
};

extern const struct cpuid_place cpu_feature_places[FEATURE_COUNT]; /* lib/cpu_features.c */

/* CPUID.1:ECX says that there is a hypervisor, and its leaves begin here, by convention. */
#define CPUID_1_ECX_HYPERVISOR UINT32_C(0x80000000)
#define CPUID_HYPERVISOR       0x40000000

struct cpu_identity {
    uint64_t features;       /* bit N: enum cpu_feature N is there */
    uint64_t features_asked; /* bit N: CPUID was asked for it; the others are not judged */
    uint32_t signature;
    uint32_t microcode; /* revision of the update, from IA32_BIOS_SIGN_ID */
    uint16_t family;    /* with the extended family and model added in */
    uint8_t model;
    uint8_t stepping;
    uint8_t physical_address_bits;
    uint8_t core_type;  /* CPUID.1AH:EAX bits 31:24; 0: it does not say */
    bool has_microcode; /* the revision could be read, and is not 0 */
    bool vmx;           /* CPUID.1:ECX bit 5 */
    bool smx;           /* CPUID.1:ECX bit 6 */
    bool hypervisor;    /* CPUID.1:ECX bit 31: we run under one */
    bool svm;           /* CPUID.80000001:ECX bit 2: AMD's counterpart of VMX */
    char vendor[13];    /* "GenuineIntel" */
    char
        hypervisor_vendor[13]; /* "KVMKVMKVM"; empty where there is no hypervisor, or it has none */
    char brand[49];            /* without leading spaces; empty where CPUID has none */
};

#endif
