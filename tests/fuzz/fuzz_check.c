/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_check.c - any VMCS image, on any processor, through the entry checker and its messages. */
#include "policy_input.h"

#include "vmx/check/fields.h"

#define CHANGES_MAX 64

/* Some fields with any value, for the others 0 or unset: as many as the input goes. */
static void take_image(struct input *input, struct vmcs_image *image)
{
    *image = (struct vmcs_image){.set = {0}};
    for (unsigned i = 0; i < CHANGES_MAX && input->left; i++) {
        uint8_t field;

        take_bytes(input, &field, sizeof(field));
        vmcs_set(image, field % VMCS_FIELD_COUNT, take64(input));
    }
}

static void take_machine(struct input *input, struct check_machine *machine)
{
    uint64_t flags = take64(input);

    *machine = (struct check_machine){
        .physical_address_bits = (uint8_t)(36 + (flags >> 8) % 17),
        .linear_address_bits = flags & 1 ? 57 : 48,
        .efer_supported = take64(input),
        .debugctl_supported = take64(input),
        .perf_global_supported = take64(input),
        .rtit_ctl_supported = take64(input),
        .rtm = has_any(flags, 2),
        .sgx = has_any(flags, 4),
        .in_smm = has_any(flags, 8),
        .cet_ss = has_any(flags, 16),
        .cet_ibt = has_any(flags, 32),
        .keyid_bits = (uint8_t)field_of(flags, 16, 4),
        .spec_ctrl_supported = flags >> 32,
    };
}

/* Memory is a pattern of its address and of the input; what lies high cannot be read. */
static bool read_memory(void *context, uint64_t physical, void *to, size_t size)
{
    const uint64_t *seed = context;

    for (size_t i = 0; i < size; i++)
        ((uint8_t *)to)[i] = (uint8_t)(*seed >> (8 * ((physical + i) % 8)));
    return physical < UINT64_C(1) << 40;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct counting_out sink = {.out = {count_char}};
    struct check_machine machine;
    struct msr_policy policy;
    struct vmcs_image image;
    struct check_result result;
    uint64_t seed = take64(&input);

    take_machine(&input, &machine);
    take_policy(&input, &policy);
    take_image(&input, &image);
    const struct check_input in = {.image = &image,
                                   .policy = &policy,
                                   .machine = &machine,
                                   .read = seed & 1 ? read_memory : NULL,
                                   .context = &seed,
                                   .sparse = has_any(seed, 2),
                                   .not_given = (uint32_t)(seed >> 8) & (BIT64(CHECK_FACTS) - 1),
                                   .msrs_assumed = (uint32_t)(seed >> 40) & 0xfffff};
    bool passes = check_entry(&in, &result);

    HOLDS(passes == (result.count == 0));
    check_print(&sink.out, &in, &result);
    HOLDS((passes && !result.likely_count) == (sink.count == 0));
    check_print_limits(&sink.out, &in, &result);
    fields_print(&sink.out, &in);
    return 0;
}
