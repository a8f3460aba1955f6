/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy.h - from the raw policies of the processors to the host policy that VMs are built from,
 * and to what a guest hypervisor could be offered.
 *
 *   raw     what RDMSR returned, untouched: one per processor
 *    |
 *    |      the meet of all processors (meet.h), less
 *    |        - what the administrator masks (mask=),
 *    |        - errata (errata.h),
 *    |        - bits that have no name in vmx_bits.def, or none in the SDM,
 *    |        - bits whose CPUID feature or whose base is missing
 *    v
 *   host    what Lintel builds its VMs from
 *    |
 *    |      less what the kernel could not stand in for, and what needs a feature that the CPUID of
 *    |      guests does not show (guest.h)
 *    v
 *   guest   the most that a guest hypervisor could be offered
 *    |
 *    |      the same by the CPUID of one VM, less what it does without: msr_policy_misfits() says
 *    |      what does not fit
 *    v
 *   of a VM
 *
 * Every bit that is in an earlier stage and not in the next has one recorded reason. PURE.
 */
#ifndef LINTEL_MSR_POLICY_H
#define LINTEL_MSR_POLICY_H

#include "cpu_identity.h"
#include "mask.h"
#include "names.h"

/*
 * One rule of VMX_DEPENDENCIES or VMX_UNCHECKED_DEPENDENCIES: each of `bits` in `word` needs
 * `on_bit` of `on_word`.
 */
struct dependency {
    uint64_t bits;
    uint8_t word; /* enum vmx_word_id */
    uint8_t on_word;
    uint8_t on_bit;
};

/* Those that VM entry checks, then those of policies only. */
extern const struct dependency vmx_dependencies[];
extern const unsigned vmx_dependency_count;
extern const struct dependency vmx_unchecked[];
extern const unsigned vmx_unchecked_count;

/* One rule of VMX_FEATURE_NEEDS: the bit needs one of `features` (masks of enum cpu_feature). */
struct feature_need {
    uint64_t features;
    uint8_t word;
    uint8_t bit;
};

extern const struct feature_need vmx_feature_needs[];
extern const unsigned vmx_feature_need_count;

enum policy_why {
    WHY_UNKNOWN,      /* no name in vmx_bits.def */
    WHY_UNDOCUMENTED, /* a row of VMX_NOT_IN_SDM */
    WHY_DEPENDENCY,   /* its base (on_word, on_bit) is not there */
    WHY_DIFFERS,      /* processor `number` does not offer it, or has another number */
    WHY_MASKED,       /* by the administrator */
    WHY_ERRATUM,      /* vmx_errata[number] */
    WHY_FEATURE,      /* vmx_feature_needs[number]: CPUID shows none of the features */
    WHY_WITHHELD,     /* not for guests: guest_withheld_text() */
};

struct policy_reason {
    uint8_t word; /* enum vmx_word_id */
    uint8_t bit;  /* of a number: its lowest */
    uint8_t why;  /* enum policy_why */
    uint8_t on_word;
    uint8_t on_bit;
    uint8_t number;
};

/* Each bit of each word goes at most once, so that this many always suffice. */
#define POLICY_REASONS_MAX (WORD_COUNT * 64)

struct policy_reasons {
    unsigned count;
    struct policy_reason reason[POLICY_REASONS_MAX];
    struct policy_masks explained; /* the bits of the reasons */
    struct policy_masks refused;   /* masked, but the processor insists on them: they stayed */
    struct policy_masks idle;      /* masked, but not offered in the first place */
};

/* What the host policy is made from. */
struct policy_input {
    const struct msr_policy *raw;     /* of each processor */
    const struct cpu_identity *cpu;   /* of each; NULL: neither errata nor CPUID are judged */
    unsigned count;                   /* of processors: at least 1 */
    const struct policy_masks *masks; /* NULL: none */
};

/*
 * Makes `host`, and says in `reasons` what went and why. A bit that must be 1 is never taken away,
 * known or not: the processor would not enter a VM without it.
 */
void msr_policy_decide(struct msr_policy *host, const struct policy_input *input,
                       struct policy_reasons *reasons);

/* The same for one processor, judged by its words alone. */
void msr_policy_host(struct msr_policy *host, const struct msr_policy *raw,
                     struct policy_reasons *reasons);

/* --- the steps, for stages of other files ----------------------------------------------------- */

void policy_no_reasons(struct policy_reasons *reasons);

/*
 * Takes a bit away where an MSR offers it and does not insist on it; false when there was nothing
 * to take. policy_drop_row() takes all of a number that the bit is part of.
 */
bool policy_drop(struct msr_policy *policy, struct policy_reason reason,
                 struct policy_reasons *reasons);
bool policy_drop_row(struct msr_policy *policy, struct policy_reason reason,
                     struct policy_reasons *reasons);

/* The bits of a word that some MSR of it, legacy or true, offers. */
uint64_t policy_offered(const struct msr_policy *policy, enum vmx_word_id word);

/*
 * Takes away what needs a CPUID feature of `asked` that is not in `features` (VMX_FEATURE_NEEDS).
 */
void policy_drop_featureless(struct msr_policy *policy, uint64_t features, uint64_t asked,
                             struct policy_reasons *reasons);

/* Takes away every bit whose base is missing, and MSRs whose gate has closed. */
void policy_close(struct msr_policy *policy, struct policy_reasons *reasons);

#endif
