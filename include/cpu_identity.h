/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu_identity.h - what CPUID says of a processor, as far as reports and policies ask. */
#ifndef LINTEL_CPU_IDENTITY_H
#define LINTEL_CPU_IDENTITY_H

#include "base.h"

struct cpu_identity {
    char vendor[13]; /* "GenuineIntel" */
    char brand[49];  /* without leading spaces; empty where CPUID has none */
    uint32_t signature;
    uint16_t family; /* with the extended family and model added in */
    uint8_t model;
    uint8_t stepping;
    uint8_t physical_address_bits;
    bool vmx;        /* CPUID.1:ECX bit 5 */
    bool smx;        /* CPUID.1:ECX bit 6 */
    bool hypervisor; /* CPUID.1:ECX bit 31: we run under one */
    bool svm;        /* CPUID.80000001:ECX bit 2: AMD's counterpart of VMX */
};

#endif
