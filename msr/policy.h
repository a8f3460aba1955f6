/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy.h - from the raw policy of a processor to the host policy that VMs are built from.
 *
 *   raw   what RDMSR returned, untouched
 *   host  what Lintel uses: no unknown bits, and no bit whose base is missing
 *
 * Every bit that is in raw and not in host has a recorded reason. PURE.
 */
#ifndef LINTEL_MSR_POLICY_H
#define LINTEL_MSR_POLICY_H

#include "names.h"

/* One rule of VMX_DEPENDENCIES: each of `bits` in `word` needs `on_bit` of `on_word`. */
struct dependency {
    uint64_t bits;
    uint8_t word; /* enum vmx_word_id */
    uint8_t on_word;
    uint8_t on_bit;
};

extern const struct dependency vmx_dependencies[];
extern const unsigned vmx_dependency_count;

enum policy_why {
    WHY_UNKNOWN,    /* no name in vmx_bits.def */
    WHY_DEPENDENCY, /* its base (on_word, on_bit) is not there */
};

struct policy_reason {
    uint8_t word; /* enum vmx_word_id */
    uint8_t bit;
    uint8_t why; /* enum policy_why */
    uint8_t on_word;
    uint8_t on_bit;
};

/* Each bit of each word goes at most once, so that this many always suffice. */
#define POLICY_REASONS_MAX (WORD_COUNT * 64)

struct policy_reasons {
    unsigned count;
    struct policy_reason reason[POLICY_REASONS_MAX];
};

/*
 * Makes `host` from `raw`, and says in `reasons` what went and why. A control that must be 1 is
 * never taken away, known or not: the processor would not enter a VM without it.
 */
void msr_policy_host(struct msr_policy *host, const struct msr_policy *raw,
                     struct policy_reasons *reasons);

#endif
