/* SPDX-License-Identifier: BSD-2-Clause */
/* names.c - see names.h. PURE. */
#include "names.h"

#define WORD_ROWS(id, bits, tag, LIST) \
    static const struct bit_row rows_##id[] = {BIT_LIST_ROWS(LIST)};
VMX_WORDS(WORD_ROWS)
CR_WORDS(WORD_ROWS)

#define WORD_ENTRY(id, bits, tag, LIST)     \
    [WORD_##id] = {                         \
        .named = BIT_LIST_NAMED(LIST),      \
        .default1 = BIT_LIST_ONES(LIST),    \
        .rows = rows_##id,                  \
        .row_count = ARRAY_SIZE(rows_##id), \
        .size = (bits),                     \
    },

const struct vmx_word vmx_words[WORD_COUNT] = {VMX_WORDS(WORD_ENTRY) CR_WORDS(WORD_ENTRY)};

#define ALWAYS              .gate = 0, .gate_bits = 0
#define GATE(address, mask) .gate = address - VMX_MSR_FIRST, .gate_bits = (mask)
#define MSR_ENTRY(address, msr, msr_form, msr_word, condition) \
    [address - VMX_MSR_FIRST] = {                              \
        .name = #msr, .form = FORM_##msr_form, .word = WORD_##msr_word, condition},

const struct vmx_msr vmx_msrs[VMX_MSR_COUNT] = {VMX_MSRS(MSR_ENTRY)};

const struct bit_row *word_row(enum vmx_word_id word, unsigned position)
{
    const struct vmx_word *w = &vmx_words[word];

    for (unsigned i = 0; i < w->row_count; i++)
        if (position >= w->rows[i].position && position < w->rows[i].position + w->rows[i].width)
            return &w->rows[i];
    return NULL;
}

/* Legacy MSRs and fixed0 have lower addresses than true ones and fixed1: the last one wins. */
unsigned word_msr(const struct msr_policy *policy, enum vmx_word_id word)
{
    unsigned found = VMX_MSR_COUNT;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].word == word && vmx_msrs[index].form != FORM_MUST_BE_1 &&
            (found == VMX_MSR_COUNT || msr_present(policy, index)))
            found = index;
    return found;
}

uint64_t word_may(const struct msr_policy *policy, enum vmx_word_id word)
{
    unsigned index = word_msr(policy, word);

    if (index == VMX_MSR_COUNT || !msr_present(policy, index))
        return 0;
    return vmx_msrs[index].form == FORM_CONTROLS ? high32(policy->raw[index]) : policy->raw[index];
}

uint64_t word_must(const struct msr_policy *policy, enum vmx_word_id word)
{
    unsigned index = word_msr(policy, word);

    if (word == WORD_CR0 || word == WORD_CR4)
        index--; /* fixed0 stands just below fixed1 */
    if (index >= VMX_MSR_COUNT || !msr_present(policy, index))
        return 0;
    switch (vmx_msrs[index].form) {
    case FORM_CONTROLS:
        return low32(policy->raw[index]);
    case FORM_MUST_BE_1:
        return policy->raw[index];
    default:
        return 0;
    }
}
