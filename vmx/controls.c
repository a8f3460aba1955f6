/* SPDX-License-Identifier: BSD-2-Clause */
/* controls.c - see controls.h. PURE. */
#include "controls.h"

#include "msr/report.h"

static const struct {
    uint8_t id;
    uint8_t field;
} words[CTL_COUNT] = {
    [CTL_PIN] = {WORD_PIN, VMCS_PIN_CONTROLS},
    [CTL_PROC] = {WORD_PROC, VMCS_PROC_CONTROLS},
    [CTL_PROC2] = {WORD_PROC2, VMCS_SECONDARY_CONTROLS},
    [CTL_PROC3] = {WORD_PROC3, VMCS_TERTIARY_CONTROLS},
    [CTL_EXIT] = {WORD_EXIT, VMCS_EXIT_CONTROLS},
    [CTL_EXIT2] = {WORD_EXIT2, VMCS_SECONDARY_EXIT_CONTROLS},
    [CTL_ENTRY] = {WORD_ENTRY, VMCS_ENTRY_CONTROLS},
};

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
    for (unsigned word = 0; word < CTL_COUNT; word++)
        if (words[word].id == id)
            return word;
    return CTL_COUNT;
}

/* A rule between two control words, the only ones that a builder can judge. */
static bool is_between_controls(const struct dependency *rule)
{
    return control_of(rule->word) != CTL_COUNT && control_of(rule->on_word) != CTL_COUNT;
}

/* A rule that covers a whole word says which bit activates that word. A forbidden one stays so. */
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

static void build_word(struct controls *controls, const struct msr_policy *host,
                       enum control_word word)
{
    const struct control_request *request = &controls->request[word];
    struct control_result *result = &controls->result[word];
    uint64_t may = word_may(host, words[word].id);
    uint64_t must = word_must(host, words[word].id);

    result->value = ((request->required | request->optional) & may) | must;
    result->missing = request->required & ~(may | must);
}

/* Applies one rule to the values as they stand; true when it changed one. */
static bool apply_rule(struct controls *controls, const struct dependency *rule,
                       const struct msr_policy *host)
{
    enum control_word word = control_of(rule->word), on_word = control_of(rule->on_word);
    struct control_result *result = &controls->result[word], *base = &controls->result[on_word];
    uint64_t without_base = result->value & rule->bits;
    uint64_t kept = controls->request[word].required | word_must(host, rule->word);

    if (!without_base || has_any(base->value, BIT64(rule->on_bit)))
        return false;
    if (without_base & kept)
        base->missing |= BIT64(rule->on_bit);
    result->value &= ~(without_base & ~kept);
    return (without_base & ~kept) != 0;
}

static void apply_rules(struct controls *controls, const struct msr_policy *host)
{
    bool changed;

    do {
        changed = false;
        for (unsigned i = 0; i < vmx_dependency_count; i++)
            if (is_between_controls(&vmx_dependencies[i]))
                changed |= apply_rule(controls, &vmx_dependencies[i], host);
    } while (changed);
}

enum status controls_build(struct controls *controls, const struct msr_policy *host)
{
    bool ok = true;

    request_activations(controls);
    for (unsigned word = 0; word < CTL_COUNT; word++)
        build_word(controls, host, word);
    apply_rules(controls, host);
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

void controls_explain(struct out *out, const struct controls *controls,
                      const struct msr_policy *host)
{
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        const struct control_result *result = &controls->result[word];
        uint64_t offered = word_may(host, words[word].id);
        uint64_t forbidden = controls->request[word].forbidden;

        explain_bits(out, host, words[word].id, result->missing & ~offered, "needs",
                     "this processor does not offer");
        explain_bits(out, host, words[word].id, result->missing & offered & ~forbidden, "needs",
                     "was not asked for, though another required control depends on it");
        explain_bits(out, host, words[word].id, result->missing & offered & forbidden, "needs",
                     "was forbidden, though another required control depends on it");
        explain_bits(out, host, words[word].id, result->forced & forbidden, "cannot do without",
                     "this processor insists on");
    }
}
