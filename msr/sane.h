/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sane.h - whether a processor's own words keep the SDM's rules. PURE.
 *
 * A processor, or more often the hypervisor below us, that breaks a rule gets a finding, never a
 * panic: the reader decides what follows. Bits without a name are a warning with their number,
 * since new processors have some. Nothing is mended here, and nothing is left out of any policy for
 * it.
 *
 * Not a rule, since real processors do otherwise: that IA32_VMX_VMCS_ENUM covers every field (those
 * of TSC scaling and later lie beyond it on most), and that bit 48 of IA32_VMX_BASIC is 0 (32-bit
 * processors with VMX set it).
 */
#ifndef LINTEL_MSR_SANE_H
#define LINTEL_MSR_SANE_H

#include "format.h"
#include "vmx_caps.h"

struct sane_rule {
    const char *id;
    const char *section; /* of the SDM, by title */
    const char *message;
    uint32_t msrs; /* bit N: the rule is about MSR 0x480 + N */
    bool warning;  /* worth a look, though nothing forbids it */
    /* The bits of that MSR that break the rule (all 1: the MSR itself does); 0: it is kept. */
    uint64_t (*check)(const struct msr_policy *policy, unsigned index);
};

extern const struct sane_rule sane_rules[];
extern const unsigned sane_rule_count;

struct sane_finding {
    uint8_t rule;  /* index in sane_rules */
    uint8_t index; /* the MSR: 0x480 + index */
    uint64_t bits;
};

#define SANE_FINDINGS_MAX 64

struct sane_findings {
    unsigned count; /* of all, even beyond those that are kept */
    struct sane_finding finding[SANE_FINDINGS_MAX];
};

/* Applies every rule; without VMX there is nothing to judge. */
void sane_check(struct sane_findings *findings, const struct msr_policy *policy);

/* How many findings are kept. */
static inline unsigned sane_kept(const struct sane_findings *findings)
{
    return findings->count < SANE_FINDINGS_MAX ? findings->count : SANE_FINDINGS_MAX;
}

/* One line each, or one for both MSRs of a control: `finding: must_within_may: 0x48b ...`. */
void sane_print(struct out *out, const struct sane_findings *findings);

#endif
