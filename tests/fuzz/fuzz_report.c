/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_report.c - any processor's report is text, and JSON that a JSON parser takes. */
#include "policy_input.h"

#include <jansson.h>

#include "msr/report.h"

#define TEXT_MAX (256 * 1024)

static struct policy_reasons reasons;

static void take_cpu(struct input *input, struct cpu_identity *cpu)
{
    uint64_t flags = take64(input);

    *cpu = (struct cpu_identity){.signature = (uint32_t)take64(input)};
    take_bytes(input, cpu->vendor, sizeof(cpu->vendor) - 1);
    take_bytes(input, cpu->brand, sizeof(cpu->brand) - 1);
    take_bytes(input, cpu->hypervisor_vendor, sizeof(cpu->hypervisor_vendor) - 1);
    cpu->family = (uint16_t)(flags >> 8);
    cpu->model = (uint8_t)(flags >> 24);
    cpu->vmx = has_any(flags, 1);
    cpu->smx = has_any(flags, 2);
    cpu->hypervisor = has_any(flags, 4);
    cpu->svm = has_any(flags, 8);
}

/* A brand in which CPUID left a byte above 0x7f comes out as that code point. */
static void check_json(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    if (!json)
        fprintf(stderr, "%s\nat %d: %s\n", text, error.position, error.text);
    HOLDS(json && json_is_object(json));
    HOLDS(json_object_get(json, "raw") && json_object_get(json, "host"));
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX];
    struct input input = {data, size};
    struct cpu_identity cpu;
    struct msr_policy raw, host;
    struct text_buffer buffer;
    uint64_t feature_control;

    take_cpu(&input, &cpu);
    feature_control = take64(&input);
    take_policy(&input, &raw);
    msr_policy_host(&host, &raw, &reasons);
    const struct report report = {.cpu = &cpu,
                                  .feature_control = feature_control & 1 ? &feature_control : NULL,
                                  .raw = &raw,
                                  .host = &host,
                                  .reasons = &reasons};

    text_buffer_init(&buffer, text, sizeof(text));
    report_text(&buffer.out, &report);
    HOLDS(buffer.length < sizeof(text));
    text_buffer_init(&buffer, text, sizeof(text));
    report_json(&buffer.out, &report);
    HOLDS(buffer.length < sizeof(text));
    check_json(text);
    return 0;
}
