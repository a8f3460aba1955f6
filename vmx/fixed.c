/* SPDX-License-Identifier: BSD-2-Clause */
/* fixed.c - see fixed.h. PURE. */
#include "fixed.h"

#include "msr/names.h"

static uint64_t apply(const struct msr_policy *policy, enum vmx_word_id word, uint64_t value)
{
    return (value | word_must(policy, word)) & word_may(policy, word);
}

uint64_t fixed_cr0(const struct msr_policy *policy, uint64_t value)
{
    return apply(policy, WORD_CR0, value);
}

uint64_t fixed_cr4(const struct msr_policy *policy, uint64_t value)
{
    return apply(policy, WORD_CR4, value);
}

uint64_t fixed_cr0_unrestricted(const struct msr_policy *policy, uint64_t value)
{
    const uint64_t free_bits = BIT64(CR0_pe) | BIT64(CR0_pg);

    return (fixed_cr0(policy, value) & ~free_bits) | (value & free_bits);
}
