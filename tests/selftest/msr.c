/* SPDX-License-Identifier: BSD-2-Clause */
/* msr.c - self-tests of the policies against the machine that they were read from. */
#include "arch/insn.h"
#include "boot/selftest.h"

/* The words that stay as they are: fixed, and no counters among them. */
SELFTEST("msr.raw_policy", raw_policy, NEEDS_VMX_MSRS)
{
    const struct msr_policy *raw = &platform()->raw;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        uint64_t value = 0;

        if (!msr_present(raw, index))
            continue;
        if (test_true(test, rdmsr_safe(VMX_MSR_FIRST + index, &value), vmx_msrs[index].name))
            test_equal(test, vmx_msrs[index].name, raw->raw[index], value);
    }
}

SELFTEST("msr.presence", presence, NEEDS_VMX_MSRS)
{
    const struct msr_policy *raw = &platform()->raw;

    test_equal(test, "MSRs that faulted though their gate is open", raw->faulted, 0);
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].gate_bits)
            test_equal(test, vmx_msrs[index].name, msr_present(raw, index),
                       msr_available(raw, index));
}

SELFTEST("msr.absent_without_vmx", absent_without_vmx, NEEDS_NONE)
{
    if (platform()->cpu.vmx)
        test_skip(test, "this processor has VMX");
    else
        test_equal(test, "MSRs read", platform()->raw.present, 0);
}

/* Must-be-1 bits are may-be-1 bits too, on any processor that can enter a VM at all. */
SELFTEST("msr.must_within_may", must_within_may, NEEDS_VMX_MSRS)
{
    static const enum vmx_word_id words[] = {WORD_PIN,   WORD_PROC, WORD_PROC2, WORD_EXIT,
                                             WORD_ENTRY, WORD_CR0,  WORD_CR4};

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        uint64_t may = word_may(&platform()->raw, words[i]);
        uint64_t must = word_must(&platform()->raw, words[i]);

        test_equal(test, vmx_msrs[word_msr(&platform()->raw, words[i])].name, must & ~may, 0);
    }
}

/* Nothing is added, and each difference has its reason. */
SELFTEST("msr.host_policy", host_policy_within_raw, NEEDS_VMX_MSRS)
{
    const struct platform *known = platform();
    static struct msr_policy again;
    static struct policy_reasons reasons;
    unsigned lost = 0;

    for (unsigned word = 0; word < WORD_COUNT; word++) {
        uint64_t raw = word_may(&known->raw, word), host = word_may(&known->host, word);

        test_enter(test, "word %u", word);
        test_equal(test, "bits added to a word", host & ~raw, 0);
        test_leave(test);
        lost += bit_count(raw & ~host);
    }
    test_true(test, lost <= known->host_reasons.count, "every bit left out has a reason");
    msr_policy_host(&again, &known->host, &reasons);
    test_equal(test, "bits left out the second time", reasons.count, 0);
}
