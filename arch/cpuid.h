/* SPDX-License-Identifier: BSD-2-Clause */
/* cpuid.h - who the processor is. */
#ifndef LINTEL_ARCH_CPUID_H
#define LINTEL_ARCH_CPUID_H

#include "cpu_identity.h"

/* Fills `cpu` by CPUID on this processor. */
void cpu_identify(struct cpu_identity *cpu);

/* CPUID.1:ECX bit 30. */
bool cpu_has_rdrand(void);

#endif
