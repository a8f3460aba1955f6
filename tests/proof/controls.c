/* SPDX-License-Identifier: BSD-2-Clause */
/* controls.c - proofs about the control builder: any host policy, any request. */
#include "proof.h"

#include "vmx/controls.h"

static bool is_control(unsigned word)
{
    for (unsigned i = 0; i < CTL_COUNT; i++)
        if (control_word_id(i) == word)
            return true;
    return false;
}

static bool requests_are_disjoint(const struct controls *controls)
{
    bool disjoint = true;

    for (unsigned word = 0; word < CTL_COUNT; word++) {
        const struct control_request *request = &controls->request[word];

        disjoint &= !(request->required & request->optional);
        disjoint &= !((request->required | request->optional) & request->forbidden);
    }
    return disjoint;
}

static bool must_is_within_may(const struct msr_policy *policy)
{
    bool within = true;

    for (unsigned word = 0; word < CTL_COUNT; word++)
        within &= has_all(word_may(policy, control_word_id(word)),
                          word_must(policy, control_word_id(word)));
    return within;
}

/* The rules between control words, in the values as they stand. */
static bool rules_hold(const struct controls *controls)
{
    uint64_t value[WORD_COUNT] = {0};
    bool hold = true;

    for (unsigned word = 0; word < CTL_COUNT; word++)
        value[control_word_id(word)] = controls->result[word].value;
    for (unsigned i = 0; i < vmx_dependency_count; i++) {
        const struct dependency *rule = &vmx_dependencies[i];

        if (is_control(rule->word) && is_control(rule->on_word))
            hold &= !(value[rule->word] & rule->bits) ||
                    has_any(value[rule->on_word], BIT64(rule->on_bit));
    }
    return hold;
}

void prove_controls(void)
{
    ANY(struct msr_policy, host);
    ANY(struct controls, controls);
    ANY(unsigned, word);

    GIVEN(word < CTL_COUNT);
    GIVEN(requests_are_disjoint(&controls));

    uint64_t may = word_may(&host, control_word_id(word));
    uint64_t must = word_must(&host, control_word_id(word));
    bool sane = must_is_within_may(&host);
    enum status status = controls_build(&controls, &host);
    const struct control_request *request = &controls.request[word];
    const struct control_result *result = &controls.result[word];

    PROVE(has_all(result->value, must), "what must be 1 is 1, in every value");
    PROVE(!sane || has_all(may, result->value), "nothing is 1 that may not be 1 (must within may)");
    PROVE(has_all(may | must, result->value), "nothing is 1 that neither may nor must be 1");
    PROVE(status != S_OK || has_all(result->value, request->required),
          "all that is required is 1, where the builder says OK");
    PROVE(status != S_OK || !has_any(result->value, request->forbidden),
          "nothing forbidden is 1, where the builder says OK");
    PROVE(status != S_OK || rules_hold(&controls),
          "every dependency between controls holds in the final values, where the builder says OK");
    PROVE(!has_any(result->value, result->missing), "nothing that is missing is 1");
    PROVE(status != S_OK || !result->missing, "nothing is missing, where the builder says OK");
    PROVE(result->dropped == (request->optional & ~result->value),
          "dropped is what was optional and is 0");
    PROVE(result->forced == (result->value & ~(request->required | request->optional)),
          "forced is what was not asked for and is 1");
    END_OF_PROOF();
}

void refute_controls(void)
{
    ANY(struct msr_policy, host);
    ANY(struct controls, controls);

    enum status status = controls_build(&controls, &host);
    const struct control_result *result = &controls.result[CTL_PIN];

    PROVE(status != S_OK || !result->forced,
          "wrong on purpose: the builder never sets a bit that nobody asked for");
    END_OF_PROOF();
}
