/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h - what the processor's VMX can do, as lines for people and as JSON. PURE. */
#ifndef LINTEL_MSR_REPORT_H
#define LINTEL_MSR_REPORT_H

#include "cpu_identity.h"
#include "format.h"
#include "guest.h"
#include "policy.h"
#include "processors.h"
#include "sane.h"

#define LINTEL_VERSION "0.2.0"

struct report {
    const struct cpu_identity *cpu;
    const uint64_t *feature_control; /* NULL: not read */
    const struct msr_policy *raw;    /* of processor 0 */
    const struct msr_policy *host;
    const struct policy_reasons *reasons;
    const struct sane_findings *findings; /* NULL: not looked for */
    const struct msr_policy *guest;       /* NULL: not made */
    const struct policy_reasons *guest_reasons;
    const struct processors *processors; /* all of them; NULL: raw and cpu are all */
};

/* The text report: one line per MSR, its bits below it; what looks broken; what host does not take
 * over and why. What guests are not offered is a count: JSON has it bit by bit. */
void report_text(struct out *out, const struct report *report);

/* One JSON object on one line: docs/report.schema.json. */
void report_json(struct out *out, const struct report *report);

/* Prints `"enable EPT" (IA32_VMX_PROCBASED_CTLS2 bit 1)`: a bit as every message names it. */
void report_bit(struct out *out, const struct msr_policy *policy, enum vmx_word_id word,
                unsigned bit);

#endif
