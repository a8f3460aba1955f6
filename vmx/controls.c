/* SPDX-License-Identifier: BSD-2-Clause */
/* controls.c - see controls.h. PURE. */
#include "controls.h"

#include "msr/report.h"

#define CONTROL_ROW(id, field) [CTL_##id] = {WORD_##id, VMCS_##field},
static const struct {
    uint8_t id;
    uint8_t field;
} words[CTL_COUNT] = {CONTROL_WORDS(CONTROL_ROW)};

enum vmx_word_id control_word_id(enum control_word word)
{
    return words[word].id;
}

enum vmcs_field control_word_field(enum control_word word)
{
    return words[word].field;
}

/* CTL_COUNT for words that are no controls. */
static enum control_word control_of(enum vmx_word_id id)
{
#define CONTROL_CASE(id, field) \
    case WORD_##id:             \
        return CTL_##id;
    switch (id) {
        CONTROL_WORDS(CONTROL_CASE)
    default:
        return CTL_COUNT;
    }
#undef CONTROL_CASE
}

/* A rule between two control words, the only ones that a builder can judge. */
static bool is_between_controls(const struct dependency *rule)
{
    return control_of(rule->word) != CTL_COUNT && control_of(rule->on_word) != CTL_COUNT;
}

/* A rule that covers a whole word says which bit activates that word. A forbidden bit stays 0. */
static void request_activation(struct controls *controls, const struct dependency *rule)
{
    const struct control_request *word = &controls->request[control_of(rule->word)];
    struct control_request *base = &controls->request[control_of(rule->on_word)];
    uint64_t bit = BIT64(rule->on_bit);

    if (has_any(base->required | base->forbidden, bit))
        return;
    if (word->required) {
        base->required |= bit;
        base->optional &= ~bit;
    } else if (word->optional) {
        base->optional |= bit;
    }
}

static void request_activations(struct controls *controls)
{
    for (unsigned i = 0; i < vmx_dependency_count; i++)
        if (vmx_dependencies[i].bits == ~UINT64_C(0) && is_between_controls(&vmx_dependencies[i]))
            request_activation(controls, &vmx_dependencies[i]);
}

static void build_word(struct controls *controls, const struct word_limit limits[],
                       enum control_word word)
{
    const struct control_request *request = &controls->request[word];
    const struct word_limit *limit = &limits[words[word].id];
    struct control_result *result = &controls->result[word];

    result->value = ((request->required | request->optional) & limit->may) | limit->must;
    result->missing = request->required & ~(limit->may | limit->must);
}

/* Applies one rule to the values as they stand; true when it changed one. */
static bool apply_rule(struct controls *controls, const struct dependency *rule,
                       const struct word_limit limits[])
{
    enum control_word word = control_of(rule->word), on_word = control_of(rule->on_word);
    struct control_result *result = &controls->result[word], *base = &controls->result[on_word];
    uint64_t base_bit = BIT64(rule->on_bit);
    /* Bits that must be 1, whose base is then missing. All others are dropped with their base. */
    uint64_t kept = controls->request[word].required | limits[rule->word].must | result->missing;
    uint64_t dropped = result->value & rule->bits & ~kept;
    bool adds_missing = has_any(kept, rule->bits) && !has_any(base->missing, base_bit);

    if (has_any(base->value, base_bit))
        return false;
    if (adds_missing)
        base->missing |= base_bit;
    result->value &= ~dropped;
    return adds_missing || dropped;
}

static void apply_rules(struct controls *controls, const struct word_limit limits[])
{
    bool changed;

    do {
        changed = false;
        for (unsigned i = 0; i < vmx_dependency_count; i++)
            if (is_between_controls(&vmx_dependencies[i]))
                changed |= apply_rule(controls, &vmx_dependencies[i], limits);
    } while (changed);
}

enum status controls_build(struct controls *controls, const struct msr_policy *host)
{
    struct word_limit limits[WORD_COUNT];
    bool ok = true;

    word_limits(host, limits);
    request_activations(controls);
    for (unsigned word = 0; word < CTL_COUNT; word++)
        build_word(controls, limits, word);
    apply_rules(controls, limits);
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        const struct control_request *request = &controls->request[word];
        struct control_result *result = &controls->result[word];

        result->dropped = request->optional & ~result->value;
        result->forced = result->value & ~(request->required | request->optional);
        ok &= !result->missing && !(result->forced & request->forbidden);
    }
    return ok ? S_OK : S_MISSING;
}

static void explain_bits(struct out *out, const struct msr_policy *host, enum vmx_word_id id,
                         uint64_t bits, const char *verb, const char *reason)
{
    for (unsigned bit = 0; bit < 64; bit++)
        if (has_any(bits, BIT64(bit))) {
            out_printf(out, "controls: %s ", verb);
            report_bit(out, host, id, bit);
            out_printf(out, ", which %s\n", reason);
        }
}

/* Why the bits of `missing` are: the first row that fits each. */
static void explain_missing(struct out *out, const struct controls *controls,
                            const struct msr_policy *host, enum control_word word)
{
    enum vmx_word_id id = words[word].id;
    const struct control_request *request = &controls->request[word];
    uint64_t missing = controls->result[word].missing;
    uint64_t offered = missing & word_may(host, id);
    uint64_t dropped = offered & request->optional;

    explain_bits(out, host, id, missing & ~offered, "needs", "this processor does not offer");
    explain_bits(out, host, id, offered & ~request->forbidden & ~dropped, "needs",
                 "was not asked for, though another required control depends on it");
    explain_bits(out, host, id, dropped & ~request->forbidden, "needs",
                 "was dropped, since something that it needs is missing");
    explain_bits(out, host, id, offered & request->forbidden, "needs",
                 "was forbidden, though another required control depends on it");
}

void controls_explain(struct out *out, const struct controls *controls,
                      const struct msr_policy *host)
{
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        explain_missing(out, controls, host, word);
        explain_bits(out, host, words[word].id,
                     controls->result[word].forced & controls->request[word].forbidden,
                     "cannot do without", "this processor insists on");
    }
}
