/* SPDX-License-Identifier: BSD-2-Clause */
/* policy_input.h - a raw policy out of fuzz input: the words that RDMSR would return. */
#ifndef LINTEL_TESTS_POLICY_INPUT_H
#define LINTEL_TESTS_POLICY_INPUT_H

#include "fuzz.h"
#include "msr/policy.h"

/*
 * The first word says which MSRs fault. The next are the MSRs' values, changes to those of a real
 * kind of processor: zeros everywhere make a machine that works.
 */
static const uint64_t usual_words[VMX_MSR_COUNT] = {
    0x00da040000000004, 0x0000007f00000016, 0xfffbfffe0401e172, 0xffffffff00036dff,
    0x0003ffff000011ff, 0x000000007004c1e7, 0x0000000080000021, 0x00000000ffffffff,
    0x0000000000002000, 0x00000000003767ff, 0x000000000000002e, 0x055cfcff00000000,
    0x00000f0106734141, 0x0000007f00000016, 0xfffbfffe04006172, 0xffffffff00036dfb,
    0x0003ffff000011fb, 0x0000000000000001, 0x000000000000001f, 0x000000000000000f,
};

struct fuzz_machine {
    uint64_t faulting;
    uint64_t words[VMX_MSR_COUNT];
};

static inline bool read_fuzz_msr(void *context, uint32_t address, uint64_t *value)
{
    const struct fuzz_machine *machine = context;
    unsigned index = address - VMX_MSR_FIRST;

    HOLDS(index < VMX_MSR_COUNT);
    *value = machine->words[index];
    return !has_any(machine->faulting, BIT64(index));
}

static inline void take_policy(struct input *input, struct msr_policy *raw)
{
    struct fuzz_machine machine = {.faulting = take64(input)};

    for (unsigned i = 0; i < VMX_MSR_COUNT; i++)
        machine.words[i] = usual_words[i] ^ take64(input);
    msr_policy_read(raw, true, read_fuzz_msr, &machine);
}

#endif
