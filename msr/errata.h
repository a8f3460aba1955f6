/* SPDX-License-Identifier: BSD-2-Clause */
/* errata.h - what some processors offer and do not do right. PURE, constant. */
#ifndef LINTEL_MSR_ERRATA_H
#define LINTEL_MSR_ERRATA_H

#include "cpu_identity.h"
#include "vmx_caps.h"

/* One bit of one group of processors of family 6. */
struct erratum {
    const char *id;    /* as Intel's specification updates number it */
    const char *text;  /* what goes wrong */
    uint32_t fixed_by; /* the first microcode revision that is right; 0: none is */
    uint8_t model;
    uint16_t steppings; /* bit N: stepping N has it */
    uint8_t word;       /* enum vmx_word_id */
    uint8_t bit;
};

extern const struct erratum vmx_errata[];
extern const unsigned vmx_errata_count;

/* A processor whose microcode revision is not known is taken to be without the fix. */
bool erratum_applies(const struct erratum *erratum, const struct cpu_identity *cpu);

#endif
