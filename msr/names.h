/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names.h - the tables made from the bit list: words, bits, MSRs, dependencies. PURE, constant.
 */
#ifndef LINTEL_MSR_NAMES_H
#define LINTEL_MSR_NAMES_H

#include "vmx_caps.h"

enum vmx_word_id {
#define WORD_ID(id, bits, tag, LIST) WORD_##id,
    VMX_WORDS(WORD_ID) CR_WORDS(WORD_ID)
#undef WORD_ID
        WORD_COUNT
};

struct bit_row {
    uint8_t position;
    uint8_t width; /* 1: a bit; more: a number */
    const char *name;
    const char *sdm;
};

struct vmx_word {
    uint64_t named;    /* every bit of a BIT or FIELD entry */
    uint64_t default1; /* reserved bits that are 1 unless the processor says otherwise */
    const struct bit_row *rows;
    uint8_t row_count;
    uint8_t size; /* bits: 32 or 64 */
};

extern const struct vmx_word vmx_words[WORD_COUNT];

enum msr_form { FORM_PLAIN, FORM_CONTROLS, FORM_MAY_BE_1, FORM_MUST_BE_1 };

struct vmx_msr {
    const char *name;   /* "IA32_VMX_BASIC" */
    uint64_t gate_bits; /* any of them set in the gate's MSR: this one exists; 0: always */
    uint8_t gate;       /* index of the gate's MSR */
    uint8_t word;       /* enum vmx_word_id */
    uint8_t form;       /* enum msr_form */
};

extern const struct vmx_msr vmx_msrs[VMX_MSR_COUNT]; /* by address - 0x480 */

/* The row that covers `position`, or NULL when the bit is reserved or unknown. */
const struct bit_row *word_row(enum vmx_word_id word, unsigned position);

/*
 * The index of the MSR that decides what `word` may be: the true one where it was read, else the
 * legacy one, else the only one. FEATURE_CONTROL has none: VMX_MSR_COUNT.
 */
unsigned word_msr(const struct msr_policy *policy, enum vmx_word_id word);

/*
 * False where the gate of an MSR of `word` is open and `policy` has neither its value nor the fact
 * that RDMSR faulted: values of another machine can lack some, a processor's own never do.
 */
bool word_is_given(const struct msr_policy *policy, enum vmx_word_id word);

/* Which bits of `word` may be 1 and must be 1 under `policy`; 0 where its MSR is absent. */
uint64_t word_may(const struct msr_policy *policy, enum vmx_word_id word);
uint64_t word_must(const struct msr_policy *policy, enum vmx_word_id word);

/* Both for one word; word_limits() finds those of all words in one walk over the MSRs. */
struct word_limit {
    uint64_t may;
    uint64_t must;
};
void word_limits(const struct msr_policy *policy, struct word_limit limits[WORD_COUNT]);

/* True when every bit of `mask` may be 1. */
static inline bool word_offers(const struct msr_policy *policy, enum vmx_word_id word,
                               uint64_t mask)
{
    return has_all(word_may(policy, word), mask);
}

#endif
