/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * closure.c - proofs about the closure under dependencies (msr/policy.c): it is monotone.
 *
 * The closure is a loop over one step, "if the base is not offered, drop the bit", until nothing is
 * dropped; so closing what is closed changes nothing. For the rest the step is enough. Let `less`
 * offer no more than `more`. Where `more` lacks the base, so does `less` (first property): both
 * drop the same bit, and the order stays (second). Where only `less` lacks it, only `less` shrinks
 * (third).
 */
#include "proof.h"

/* The source itself: the step is static. */
#include "msr/policy.c"

/* The same MSRs, the same bits that must be 1, and no bit offered that `more` does not offer. */
static bool offers_no_more(const struct msr_policy *less, const struct msr_policy *more)
{
    bool result = less->present == more->present;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        result &= has_all(offered_bits(more, index), offered_bits(less, index)) &&
                  insisted_bits(more, index) == insisted_bits(less, index);
    return result;
}

void prove_closure_step(void)
{
    ANY(struct msr_policy, less);
    ANY(struct msr_policy, more);
    ANY(unsigned, word);
    ANY(unsigned, bit);

    GIVEN(word < WORD_COUNT && bit < vmx_words[word].size);
    GIVEN(offers_no_more(&less, &more));
    PROVE(!word_offers(&less, word, BIT64(bit)) || word_offers(&more, word, BIT64(bit)),
          "a base that the lesser policy offers the greater one offers");

    struct msr_policy before = less;
    struct msr_policy dropped = less;

    drop_bit(&dropped, word, bit);
    drop_bit(&more, word, bit);
    PROVE(offers_no_more(&dropped, &more), "the same bit dropped from both keeps their order");
    PROVE(offers_no_more(&dropped, &before), "a dropped bit leaves less, and nothing new");
    END_OF_PROOF();
}
