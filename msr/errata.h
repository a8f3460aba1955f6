/* SPDX-License-Identifier: BSD-2-Clause */
/* errata.h - what some processors offer and do not do right. PURE, constant. */
#ifndef LINTEL_MSR_ERRATA_H
#define LINTEL_MSR_ERRATA_H

#include "cpu_identity.h"
#include "vmx_caps.h"

enum erratum_kind {
    ERRATUM_BIT,      /* the host policy goes without bit `bit` of `word` */
    ERRATUM_TOLD,     /* only reported: nothing can be left out for it */
    ERRATUM_DEADLINE, /* reported, and the TSC-deadline timer is not used */
};

/* One group of processors of family 6. */
struct erratum {
    const char *id;    /* its number in Intel's specification updates */
    const char *text;  /* what goes wrong */
    uint64_t unless;   /* masks of enum cpu_feature: any of them hides it */
    uint32_t fixed_by; /* the first microcode revision that is right; 0: none is */
    uint8_t kind;      /* enum erratum_kind */
    uint8_t model;
    uint16_t steppings; /* bit N: stepping N has it */
    uint8_t word;       /* enum vmx_word_id */
    uint8_t bit;
};

extern const struct erratum vmx_errata[];
extern const unsigned vmx_errata_count;

/*
 * A processor whose microcode revision is not known counts as one without the fix. Only for the
 * TSC-deadline timer it counts as fixed, as any processor under a hypervisor does: all real ones of
 * these models run with an update, and one without is an emulator.
 */
bool erratum_applies(const struct erratum *erratum, const struct cpu_identity *cpu);

/* The erratum for which the TSC-deadline timer must not be used; NULL: it may. */
const struct erratum *erratum_of_deadline(const struct cpu_identity *cpu);

#endif
