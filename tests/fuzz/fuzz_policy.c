/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_policy.c - any capability words and any request through the whole pipeline: raw policy, host
 * policy, report of both, control words, their explanation.
 */
#include "policy_input.h"

#include "vmx/controls.h"

static struct policy_reasons reasons, none;

/* The host policy only takes away; what it took has a reason; and it is closed. */
static void check_host(const struct msr_policy *raw, const struct msr_policy *host)
{
    struct msr_policy again;

    HOLDS(!(host->present & ~raw->present));
    for (unsigned word = 0; word < WORD_COUNT; word++) {
        HOLDS(has_all(word_may(raw, word), word_may(host, word)));
        HOLDS(!has_any(word_must(host, word), ~word_must(raw, word)));
    }
    HOLDS(reasons.count < POLICY_REASONS_MAX);
    HOLDS(reasons.count > 0 || memcmp(raw->raw, host->raw, sizeof(raw->raw)) == 0);
    msr_policy_host(&again, host, &none);
    HOLDS(memcmp(again.raw, host->raw, sizeof(host->raw)) == 0 && again.present == host->present);
}

static void take_request(struct input *input, struct controls *controls)
{
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        struct control_request *request = &controls->request[word];

        request->required = take64(input);
        request->optional = take64(input) & ~request->required;
        request->forbidden = take64(input) & ~(request->required | request->optional);
    }
}

static void check_word(const struct controls *controls, const struct msr_policy *host,
                       enum control_word word, enum status status)
{
    const struct control_request *request = &controls->request[word];
    const struct control_result *result = &controls->result[word];
    uint64_t must = word_must(host, control_word_id(word));
    uint64_t may = word_may(host, control_word_id(word));

    HOLDS(has_all(result->value, must) && has_all(must | may, result->value));
    HOLDS(!has_any(result->value, result->missing));
    if (status != S_OK)
        return;
    HOLDS(has_all(result->value, request->required));
    HOLDS(!has_any(result->value, request->forbidden));
}

static void check_controls(struct input *input, const struct msr_policy *host)
{
    struct counting_out sink = {.out = {count_char}};
    struct controls controls = {.request = {{0}}};

    take_request(input, &controls);
    enum status status = controls_build(&controls, host);
    for (unsigned word = 0; word < CTL_COUNT; word++)
        check_word(&controls, host, word, status);
    controls_explain(&sink.out, &controls, host);
    HOLDS((status == S_OK) == (sink.count == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct msr_policy raw, host;

    take_policy(&input, &raw);
    msr_policy_host(&host, &raw, &reasons);
    check_host(&raw, &host);
    check_controls(&input, &host);
    return 0;
}
