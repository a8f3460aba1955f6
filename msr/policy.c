/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.c - see policy.h. PURE. */
#include "policy.h"

#include "errata.h"
#include "meet.h"

#define NEEDS_ROW(id, name, on_id, on_name) \
    {BIT64(id##_##name), WORD_##id, WORD_##on_id, on_id##_##on_name},
#define NEEDS_WORD_ROW(id, on_id, on_name) \
    {~UINT64_C(0), WORD_##id, WORD_##on_id, on_id##_##on_name},

const struct dependency vmx_dependencies[] = {VMX_DEPENDENCIES(NEEDS_ROW, NEEDS_WORD_ROW)};
const unsigned vmx_dependency_count = ARRAY_SIZE(vmx_dependencies);
const struct dependency vmx_unchecked[] = {VMX_UNCHECKED_DEPENDENCIES(NEEDS_ROW)};
const unsigned vmx_unchecked_count = ARRAY_SIZE(vmx_unchecked);

#define FEATURE_MASK(name)              BIT64(FEATURE_##name)
#define FEATURE_ROW(id, name, features) {features, WORD_##id, id##_##name},

const struct feature_need vmx_feature_needs[] = {VMX_FEATURE_NEEDS(FEATURE_ROW, FEATURE_MASK)};
const unsigned vmx_feature_need_count = ARRAY_SIZE(vmx_feature_needs);
_Static_assert(ARRAY_SIZE(vmx_feature_needs) <= UINT8_MAX, "a reason's number");

/* The bits of MSR `index` that may not be cleared, since the processor insists on them. */
static uint64_t insisted_bits(const struct msr_policy *policy, unsigned index)
{
    switch (vmx_msrs[index].form) {
    case FORM_CONTROLS:
        return low32(policy->raw[index]);
    case FORM_MUST_BE_1:
        return policy->raw[index];
    case FORM_MAY_BE_1: /* a CR's fixed0 stands just below its fixed1; a control has none */
        return vmx_msrs[index - 1].word == vmx_msrs[index].word ? policy->raw[index - 1] : 0;
    default:
        return 0;
    }
}

/* Clears `bits` in every MSR that offers any; false when there was nothing to clear. */
static bool drop_bits(struct msr_policy *policy, enum vmx_word_id word, uint64_t bits)
{
    bool dropped = false;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        const struct vmx_msr *msr = &vmx_msrs[index];

        if (msr->word != word || has_any(insisted_bits(policy, index), bits))
            continue;
        uint64_t mask = msr->form == FORM_CONTROLS ? bits << 32 : bits;
        if (!has_any(policy->raw[index], mask))
            continue;
        policy->raw[index] &= ~mask;
        dropped = true;
    }
    return dropped;
}

/* The first reason of a bit stays its only one. */
static void add_reason(struct policy_reasons *reasons, struct policy_reason reason)
{
    uint64_t *explained = &reasons->explained.bits[reason.word];

    if (has_any(*explained, BIT64(reason.bit)))
        return;
    *explained |= BIT64(reason.bit);
    reasons->reason[reasons->count++] = reason;
}

void policy_no_reasons(struct policy_reasons *reasons)
{
    reasons->count = 0;
    reasons->explained = (struct policy_masks){{0}};
    reasons->refused = (struct policy_masks){{0}};
    reasons->idle = (struct policy_masks){{0}};
}

static bool drop(struct msr_policy *policy, struct policy_reason reason, uint64_t bits,
                 struct policy_reasons *reasons)
{
    bool dropped = drop_bits(policy, reason.word, bits);

    if (dropped)
        add_reason(reasons, reason);
    return dropped;
}

bool policy_drop(struct msr_policy *policy, struct policy_reason reason,
                 struct policy_reasons *reasons)
{
    return drop(policy, reason, BIT64(reason.bit), reasons);
}

bool policy_drop_row(struct msr_policy *policy, struct policy_reason reason,
                     struct policy_reasons *reasons)
{
    const struct bit_row *row = word_row(reason.word, reason.bit);

    if (!row)
        return policy_drop(policy, reason, reasons);
    reason.bit = row->position;
    return drop(policy, reason, MASK64(row->position, row->width), reasons);
}

/* What MSR `index` offers: its allowed_1 half, or the whole word. */
static uint64_t offered_bits(const struct msr_policy *policy, unsigned index)
{
    return vmx_msrs[index].form == FORM_CONTROLS ? high32(policy->raw[index]) : policy->raw[index];
}

uint64_t policy_offered(const struct msr_policy *policy, enum vmx_word_id word)
{
    uint64_t bits = 0;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].word == word && vmx_msrs[index].form != FORM_MUST_BE_1)
            bits |= offered_bits(policy, index);
    return bits;
}

static void drop_unknown(struct msr_policy *policy, struct policy_reasons *reasons)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        const struct vmx_word *word = &vmx_words[vmx_msrs[index].word];
        uint64_t unknown = offered_bits(policy, index) & ~(word->named | word->default1);

        for (unsigned bit = 0; bit < 64; bit++)
            if (has_any(unknown, BIT64(bit)))
                policy_drop(policy,
                            (struct policy_reason){.word = vmx_msrs[index].word,
                                                   .bit = (uint8_t)bit,
                                                   .why = WHY_UNKNOWN},
                            reasons);
    }
}

/* Nobody knows what these bits do well enough to use them: the SDM does not describe them. */
static void drop_undocumented(struct msr_policy *policy, struct policy_reasons *reasons)
{
    static const struct {
        uint8_t word, bit;
    } rows[] = {
#define UNDOCUMENTED_ROW(id, name) {WORD_##id, id##_##name},
        VMX_NOT_IN_SDM(UNDOCUMENTED_ROW)
#undef UNDOCUMENTED_ROW
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        policy_drop(policy,
                    (struct policy_reason){
                        .word = rows[i].word, .bit = rows[i].bit, .why = WHY_UNDOCUMENTED},
                    reasons);
}

/* True when it took something away. A base that was not given takes nothing away. */
static bool drop_dependents(struct msr_policy *policy, const struct dependency *dependency,
                            struct policy_reasons *reasons)
{
    uint64_t bits = word_may(policy, dependency->word) & dependency->bits;
    bool dropped = false;

    if (word_offers(policy, dependency->on_word, BIT64(dependency->on_bit)) ||
        !word_is_given(policy, dependency->on_word))
        return false;
    for (unsigned bit = 0; bit < 64; bit++)
        if (has_any(bits, BIT64(bit)))
            dropped |= policy_drop(policy,
                                   (struct policy_reason){.word = dependency->word,
                                                          .bit = (uint8_t)bit,
                                                          .why = WHY_DEPENDENCY,
                                                          .on_word = dependency->on_word,
                                                          .on_bit = dependency->on_bit},
                                   reasons);
    return dropped;
}

/* A dropped bit may be the base of others: repeat until a round drops nothing. */
static void close_dependencies(struct msr_policy *policy, struct policy_reasons *reasons)
{
    bool dropped;

    do {
        dropped = false;
        for (unsigned i = 0; i < vmx_dependency_count; i++)
            dropped |= drop_dependents(policy, &vmx_dependencies[i], reasons);
        for (unsigned i = 0; i < vmx_unchecked_count; i++)
            dropped |= drop_dependents(policy, &vmx_unchecked[i], reasons);
    } while (dropped);
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
static bool remove_gated(struct msr_policy *policy, struct policy_reasons *reasons)
{
    uint32_t before = policy->present;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msr_present(policy, index) && !msr_available(policy, index))
            remove_msr(policy, index, reasons);
    return policy->present != before;
}

void policy_close(struct msr_policy *policy, struct policy_reasons *reasons)
{
    do /* where a true MSR goes, the legacy one decides, and may offer less */
        close_dependencies(policy, reasons);
    while (remove_gated(policy, reasons));
}

/* --- what the processors do not have in common ------------------------------------------------ */

/* The first processor of which `word` & `mask` is not `value`. */
static unsigned first_without(const struct policy_input *input, enum vmx_word_id word,
                              uint64_t mask, uint64_t value)
{
    unsigned processor = 0;

    while (processor < input->count && (word_may(&input->raw[processor], word) & mask) == value)
        processor++;
    return processor;
}

static struct policy_reason differs(enum vmx_word_id word, unsigned bit, unsigned processor)
{
    return (struct policy_reason){.word = (uint8_t)word,
                                  .bit = (uint8_t)bit,
                                  .why = WHY_DIFFERS,
                                  .number = (uint8_t)processor};
}

static unsigned first_without_vmx(const struct policy_input *input)
{
    unsigned processor = 0;

    while (processor < input->count && vmx_available(&input->raw[processor]))
        processor++;
    return processor;
}

/* A number that differs between processors gets one reason, whatever the meet makes of it. */
static void explain_field(const struct msr_policy *met, const struct policy_input *input,
                          enum vmx_word_id word, const struct bit_row *row,
                          struct policy_reasons *reasons)
{
    uint64_t mask = MASK64(row->position, row->width);
    uint64_t value = word_may(&input->raw[0], word) & mask;
    unsigned processor = first_without(input, word, mask, value);

    if (processor < input->count)
        add_reason(reasons, differs(word, row->position, processor));
    else if ((word_may(met, word) & mask) != value)
        add_reason(reasons, differs(word, row->position, first_without_vmx(input)));
}

/* A bit that some processor offers and the meet does not. */
static void explain_bit(const struct msr_policy *met, const struct policy_input *input,
                        enum vmx_word_id word, unsigned bit, struct policy_reasons *reasons)
{
    uint64_t mask = BIT64(bit), offered = 0;
    unsigned processor = first_without(input, word, mask, mask);

    for (unsigned i = 0; i < input->count; i++)
        offered |= word_may(&input->raw[i], word) & mask;
    if (processor == input->count) /* all have it, but one has no VMX */
        processor = first_without_vmx(input);
    if (offered & ~word_may(met, word))
        add_reason(reasons, differs(word, bit, processor));
}

static void explain_word(const struct msr_policy *met, const struct policy_input *input,
                         enum vmx_word_id word, struct policy_reasons *reasons)
{
    for (unsigned bit = 0; bit < vmx_words[word].size; bit++) {
        const struct bit_row *row = word_row(word, bit);

        if (row && row->width > 1) {
            explain_field(met, input, word, row, reasons);
            bit += row->width - 1u;
        } else {
            explain_bit(met, input, word, bit, reasons);
        }
    }
}

/* Takes away the bits that cannot be used without a number on which processors disagree. */
static void drop_disagreed(struct msr_policy *met, const struct policy_input *input,
                           struct policy_reasons *reasons)
{
    static const struct {
        uint8_t word, position, taken_word, taken_bit;
    } rows[] = {
#define DISAGREEMENT_ROW(id, field, taken, bit) \
    {WORD_##id, id##_##field, WORD_##taken, taken##_##bit},
        VMX_DISAGREEMENTS(DISAGREEMENT_ROW)
#undef DISAGREEMENT_ROW
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        enum vmx_word_id word = rows[i].word;
        uint64_t mask = MASK64(rows[i].position, word_row(word, rows[i].position)->width);
        uint64_t value = word_may(&input->raw[0], word) & mask;

        if (msr_policy_disagrees(met, word, rows[i].position))
            policy_drop(met,
                        differs(rows[i].taken_word, rows[i].taken_bit,
                                first_without(input, word, mask, value)),
                        reasons);
    }
}

static void meet_all(struct msr_policy *host, const struct policy_input *input,
                     struct policy_reasons *reasons)
{
    *host = input->raw[0];
    for (unsigned i = 1; i < input->count; i++)
        msr_policy_meet(host, host, &input->raw[i]);
    if (input->count == 1)
        return;
    if (!vmx_available(host)) /* without VMX no must-be-1 bit means anything */
        *host = (struct msr_policy){.faulted = host->faulted};
    for (unsigned word = 0; word < WORD_COUNT; word++)
        explain_word(host, input, word, reasons);
    drop_disagreed(host, input, reasons);
}

/* --- what is offered and not wanted ----------------------------------------------------------- */

static void drop_masked(struct msr_policy *policy, const struct policy_masks *masks,
                        struct policy_reasons *reasons)
{
    for (unsigned word = 0; word < WORD_COUNT; word++)
        for (unsigned bit = 0; bit < vmx_words[word].size; bit++) {
            struct policy_reason reason = {
                .word = (uint8_t)word, .bit = (uint8_t)bit, .why = WHY_MASKED};

            if (!has_any(masks->bits[word], BIT64(bit)))
                continue;
            bool dropped = policy_drop(policy, reason, reasons);
            if (word_offers(policy, word, BIT64(bit)))
                reasons->refused.bits[word] |= BIT64(bit);
            else if (!dropped)
                reasons->idle.bits[word] |= BIT64(bit);
        }
}

static void drop_errata(struct msr_policy *policy, const struct cpu_identity *cpu,
                        struct policy_reasons *reasons)
{
    for (unsigned i = 0; i < vmx_errata_count; i++)
        if (vmx_errata[i].kind == ERRATUM_BIT && erratum_applies(&vmx_errata[i], cpu))
            policy_drop(policy,
                        (struct policy_reason){.word = vmx_errata[i].word,
                                               .bit = vmx_errata[i].bit,
                                               .why = WHY_ERRATUM,
                                               .number = (uint8_t)i},
                        reasons);
}

/* A need of several features is judged only when CPUID was asked for all of them. */
static bool feature_is_missing(const struct feature_need *need, uint64_t features, uint64_t asked)
{
    return has_all(asked, need->features) && !has_any(features, need->features);
}

void policy_drop_featureless(struct msr_policy *policy, uint64_t features, uint64_t asked,
                             struct policy_reasons *reasons)
{
    for (unsigned i = 0; i < vmx_feature_need_count; i++)
        if (feature_is_missing(&vmx_feature_needs[i], features, asked))
            policy_drop(policy,
                        (struct policy_reason){.word = vmx_feature_needs[i].word,
                                               .bit = vmx_feature_needs[i].bit,
                                               .why = WHY_FEATURE,
                                               .number = (uint8_t)i},
                        reasons);
}

static void drop_featureless(struct msr_policy *policy, const struct cpu_identity *cpu,
                             struct policy_reasons *reasons)
{
    policy_drop_featureless(policy, cpu->features, cpu->features_asked, reasons);
}

typedef void cpu_step(struct msr_policy *policy, const struct cpu_identity *cpu,
                      struct policy_reasons *reasons);

/* What one processor lacks or does wrong is taken away for all. */
static void for_each_cpu(struct msr_policy *policy, const struct policy_input *input,
                         cpu_step *step, struct policy_reasons *reasons)
{
    for (unsigned i = 0; input->cpu && i < input->count; i++)
        step(policy, &input->cpu[i], reasons);
}

void msr_policy_decide(struct msr_policy *host, const struct policy_input *input,
                       struct policy_reasons *reasons)
{
    policy_no_reasons(reasons);
    meet_all(host, input, reasons);
    if (input->masks)
        drop_masked(host, input->masks, reasons);
    for_each_cpu(host, input, drop_errata, reasons);
    drop_unknown(host, reasons);
    drop_undocumented(host, reasons);
    for_each_cpu(host, input, drop_featureless, reasons);
    policy_close(host, reasons);
}

void msr_policy_host(struct msr_policy *host, const struct msr_policy *raw,
                     struct policy_reasons *reasons)
{
    const struct policy_input input = {.raw = raw, .count = 1};

    msr_policy_decide(host, &input, reasons);
}
