/* SPDX-License-Identifier: BSD-2-Clause */
/* cpuid.h - who the processor is. */
#ifndef LINTEL_ARCH_CPUID_H
#define LINTEL_ARCH_CPUID_H

#include "cpu_identity.h"

/* Fills `cpu` by CPUID on this processor. */
void cpu_identify(struct cpu_identity *cpu);

/* A register of a leaf (subleaf 0); 0 where the processor has no such leaf. */
uint32_t cpuid_register(uint32_t leaf, enum cpuid_which which);

/* True where CPUID reports the feature. Works before cpu_identify() too. */
bool cpu_has(enum cpu_feature feature);

#endif
