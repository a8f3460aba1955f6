/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.c - see policy.h. PURE. */
#include "policy.h"

#define NEEDS_ROW(id, name, on_id, on_name) \
    {BIT64(id##_##name), WORD_##id, WORD_##on_id, on_id##_##on_name},
#define NEEDS_WORD_ROW(id, on_id, on_name) \
    {~UINT64_C(0), WORD_##id, WORD_##on_id, on_id##_##on_name},

const struct dependency vmx_dependencies[] = {VMX_DEPENDENCIES(NEEDS_ROW, NEEDS_WORD_ROW)};
const unsigned vmx_dependency_count = ARRAY_SIZE(vmx_dependencies);

/* The bits of MSR `index` that may not be cleared, since the processor insists on them. */
static uint64_t insisted_bits(const struct msr_policy *policy, unsigned index)
{
    switch (vmx_msrs[index].form) {
    case FORM_CONTROLS:
        return low32(policy->raw[index]);
    case FORM_MUST_BE_1:
        return policy->raw[index];
    case FORM_MAY_BE_1: /* of a CR: its fixed0 stands just below; of a control: none */
        return vmx_msrs[index - 1].word == vmx_msrs[index].word ? policy->raw[index - 1] : 0;
    default:
        return 0;
    }
}

/* Clears `bit` in every MSR that offers it; false when there was nothing to clear. */
static bool drop_bit(struct msr_policy *policy, enum vmx_word_id word, unsigned bit)
{
    bool dropped = false;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        const struct vmx_msr *msr = &vmx_msrs[index];

        if (msr->word != word || has_any(insisted_bits(policy, index), BIT64(bit)))
            continue;
        uint64_t mask = msr->form == FORM_CONTROLS ? ALLOWED_1(bit) : BIT64(bit);
        if (!has_any(policy->raw[index], mask))
            continue;
        policy->raw[index] &= ~mask;
        dropped = true;
    }
    return dropped;
}

static void add_reason(struct policy_reasons *reasons, struct policy_reason reason)
{
    if (reasons->count < POLICY_REASONS_MAX)
        reasons->reason[reasons->count++] = reason;
}

static void drop_with_reason(struct msr_policy *policy, struct policy_reason reason,
                             struct policy_reasons *reasons)
{
    if (drop_bit(policy, reason.word, reason.bit))
        add_reason(reasons, reason);
}

/* What MSR `index` offers: its allowed_1 half, or the whole word. */
static uint64_t offered_bits(const struct msr_policy *policy, unsigned index)
{
    return vmx_msrs[index].form == FORM_CONTROLS ? high32(policy->raw[index]) : policy->raw[index];
}

static void drop_unknown(struct msr_policy *policy, struct policy_reasons *reasons)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        const struct vmx_word *word = &vmx_words[vmx_msrs[index].word];
        uint64_t unknown = offered_bits(policy, index) & ~(word->named | word->default1);

        for (unsigned bit = 0; bit < 64; bit++)
            if (has_any(unknown, BIT64(bit)))
                drop_with_reason(policy,
                                 (struct policy_reason){.word = vmx_msrs[index].word,
                                                        .bit = (uint8_t)bit,
                                                        .why = WHY_UNKNOWN},
                                 reasons);
    }
}

static void drop_dependents(struct msr_policy *policy, const struct dependency *dependency,
                            struct policy_reasons *reasons)
{
    uint64_t bits = word_may(policy, dependency->word) & dependency->bits;

    if (word_offers(policy, dependency->on_word, BIT64(dependency->on_bit)))
        return;
    for (unsigned bit = 0; bit < 64; bit++)
        if (has_any(bits, BIT64(bit)))
            drop_with_reason(policy,
                             (struct policy_reason){.word = dependency->word,
                                                    .bit = (uint8_t)bit,
                                                    .why = WHY_DEPENDENCY,
                                                    .on_word = dependency->on_word,
                                                    .on_bit = dependency->on_bit},
                             reasons);
}

/* A dropped bit may be the base of others: repeat until a round drops nothing. */
static void close_dependencies(struct msr_policy *policy, struct policy_reasons *reasons)
{
    unsigned before;

    do {
        before = reasons->count;
        for (unsigned i = 0; i < vmx_dependency_count; i++)
            drop_dependents(policy, &vmx_dependencies[i], reasons);
    } while (reasons->count != before);
}

/* The reason for bits that went with MSR `index`: (the first of) the bits that open its gate. */
static struct policy_reason gate_reason(unsigned index)
{
    const struct vmx_msr *msr = &vmx_msrs[index];
    const struct vmx_msr *gate = &vmx_msrs[msr->gate];
    unsigned first = (unsigned)__builtin_ctzll(msr->gate_bits);

    return (struct policy_reason){.word = msr->word,
                                  .why = WHY_DEPENDENCY,
                                  .on_word = gate->word,
                                  .on_bit =
                                      (uint8_t)(gate->form == FORM_CONTROLS ? first - 32 : first)};
}

/* Takes MSR `index` away, and with it what no other MSR of its word offers. */
static void remove_msr(struct msr_policy *policy, unsigned index, struct policy_reasons *reasons)
{
    struct policy_reason reason = gate_reason(index);
    uint64_t bits = offered_bits(policy, index);

    policy->present &= ~(UINT32_C(1) << index);
    policy->raw[index] = 0;
    bits &= ~word_may(policy, reason.word);
    for (reason.bit = 0; reason.bit < 64; reason.bit++)
        if (has_any(bits, BIT64(reason.bit)))
            add_reason(reasons, reason);
}

/* An MSR whose gate has closed does not exist in this policy. */
static void remove_gated(struct msr_policy *policy, struct policy_reasons *reasons)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msr_present(policy, index) && !msr_available(policy, index))
            remove_msr(policy, index, reasons);
}

void msr_policy_host(struct msr_policy *host, const struct msr_policy *raw,
                     struct policy_reasons *reasons)
{
    *host = *raw;
    reasons->count = 0;
    drop_unknown(host, reasons);
    close_dependencies(host, reasons);
    remove_gated(host, reasons);
}
