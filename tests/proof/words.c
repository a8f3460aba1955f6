/* SPDX-License-Identifier: BSD-2-Clause */
/* words.c - proofs about single words: the fixed bits of CR0 and CR4, IA32_FEATURE_CONTROL. */
#include "proof.h"

#include "vmx/feature_control.h"
#include "vmx/fixed.h"

void prove_feature_control(void)
{
    ANY(uint64_t, value);
    ANY(bool, readable);
    uint64_t enabled = feature_control_enabled(value);
    enum feature_control_state state = feature_control_state(readable, value);

    PROVE(feature_control_state(true, enabled) == FC_ENABLED, "what is written enables VMX");
    PROVE(has_all(enabled, value), "nothing that the firmware set is taken away");
    PROVE((enabled ^ value) <= 5, "only the lock and VMX outside SMX are added");
    PROVE((state == FC_ENABLED) == (readable && has_all(value, 5)),
          "VMX may be used where both are set, and nowhere else");
    PROVE((state == FC_UNLOCKED) == (readable && !has_any(value, 1)),
          "nothing is written where it is locked");
    END_OF_PROOF();
}

/* The must and may words of the policy, as far as they can be true of a processor. */
static void limits_of(const struct msr_policy *policy, enum vmx_word_id word, uint64_t *must,
                      uint64_t *may)
{
    *must = word_must(policy, word);
    *may = word_may(policy, word);
    GIVEN(has_all(*may, *must));
}

void prove_fixed(void)
{
    ANY(struct msr_policy, policy);
    ANY(uint64_t, value);
    uint64_t must, may, cr0 = fixed_cr0(&policy, value), cr4 = fixed_cr4(&policy, value);
    uint64_t unrestricted = fixed_cr0_unrestricted(&policy, value);
    const uint64_t free_bits = BIT64(CR0_pe) | BIT64(CR0_pg);

    limits_of(&policy, WORD_CR0, &must, &may);
    PROVE(has_all(cr0, must) && has_all(may, cr0),
          "CR0 has all that must be 1, and no more than may");
    PROVE(fixed_cr0(&policy, cr0) == cr0, "a fixed CR0 stays as it is");
    PROVE((unrestricted & free_bits) == (value & free_bits),
          "an unrestricted guest's CR0 keeps PE and PG");
    PROVE(((unrestricted ^ cr0) & ~free_bits) == 0, "and is fixed in all other bits");
    PROVE(((cr0 ^ value) & may & ~must) == 0, "bits of CR0 that are free stay as they are");

    limits_of(&policy, WORD_CR4, &must, &may);
    PROVE(has_all(cr4, must) && has_all(may, cr4),
          "CR4 has all that must be 1, and no more than may");
    PROVE(fixed_cr4(&policy, cr4) == cr4, "a fixed CR4 stays as it is");
    PROVE(((cr4 ^ value) & may & ~must) == 0, "bits of CR4 that are free stay as they are");
    END_OF_PROOF();
}

/* word_limits() is word_may() and word_must() of every word, in one walk. */
void prove_word_limits(void)
{
    ANY(struct msr_policy, policy);
    ANY(unsigned, word);
    struct word_limit limits[WORD_COUNT];

    GIVEN(word < WORD_COUNT);
    word_limits(&policy, limits);
    PROVE(limits[word].may == word_may(&policy, word), "the walk finds what word_may() finds");
    PROVE(limits[word].must == word_must(&policy, word), "and what word_must() finds");
    END_OF_PROOF();
}
