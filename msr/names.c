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

/* The first one from the top counts: true MSRs are above legacy ones, fixed1 is above fixed0. */
unsigned word_msr(const struct msr_policy *policy, enum vmx_word_id word)
{
    unsigned lowest = VMX_MSR_COUNT;

    for (unsigned index = VMX_MSR_COUNT; index-- > 0;)
        if (vmx_msrs[index].word == word && vmx_msrs[index].form != FORM_MUST_BE_1) {
            if (msr_present(policy, index))
                return index;
            lowest = index;
        }
    return lowest;
}

bool word_is_given(const struct msr_policy *policy, enum vmx_word_id word)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].word == word && msr_is_expected(policy, index) &&
            !has_any(policy->present | policy->faulted, BIT64(index)))
            return false;
    return true;
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

/* What one MSR says of its word. The fixed0 MSR of a CR leaves `may` to the fixed1 MSR. */
static void take_limit(struct word_limit *limit, enum msr_form form, uint64_t raw)
{
    if (form == FORM_CONTROLS)
        *limit = (struct word_limit){.may = high32(raw), .must = low32(raw)};
    else
        *(form == FORM_MUST_BE_1 ? &limit->must : &limit->may) = raw;
}

/* A true MSR comes after the legacy one, and has the last word. */
void word_limits(const struct msr_policy *policy, struct word_limit limits[WORD_COUNT])
{
    for (unsigned word = 0; word < WORD_COUNT; word++)
        limits[word] = (struct word_limit){.may = 0};
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msr_present(policy, index))
            take_limit(&limits[vmx_msrs[index].word], vmx_msrs[index].form, policy->raw[index]);
}
