/* SPDX-License-Identifier: BSD-2-Clause */
/* meet.c - proofs about the meet of policies: what several processors have in common. */
#include "proof.h"

#include "msr/meet.h"

/*
 * What msr_policy_read() and the meet leave: an absent MSR is 0, and so is a field over
 * which processors disagree; only a present MSR has one.
 */
static bool is_well_formed(const struct msr_policy *policy)
{
    bool well = policy->present < UINT32_C(1) << VMX_MSR_COUNT;
    unsigned row = 0;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        well &= msr_present(policy, index) || policy->raw[index] == 0;
#define ROW_IS_WELL(id, name, rule)                                                    \
    well &= !((policy->disagreed >> row) & 1) ||                                       \
            (MEET_ROW_IS_##rule && msr_present(policy, word_msr(policy, WORD_##id)) && \
             !field_of(policy->raw[word_msr(policy, WORD_##id)], id##_##name,          \
                       word_row(WORD_##id, id##_##name)->width));                      \
    row++;
#define MEET_ROW_IS_EQUAL 1
#define MEET_ROW_IS_MIN   0
#define MEET_ROW_IS_MAX   0
#define MEET_ROW_IS_ANY   0
    VMX_MEET(ROW_IS_WELL)
#undef ROW_IS_WELL
    return well && policy->disagreed < UINT32_C(1) << row;
}

static bool same(const struct msr_policy *a, const struct msr_policy *b)
{
    bool same =
        a->present == b->present && a->disagreed == b->disagreed && a->faulted == b->faulted;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        same &= a->raw[index] == b->raw[index];
    return same;
}

/* Offers nothing that `other` does not, and insists on all that `other` insists on. */
static bool is_below(const struct msr_policy *policy, const struct msr_policy *other)
{
    bool below = true;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        uint64_t mine = policy->raw[index], its = other->raw[index];

        if (vmx_msrs[index].form == FORM_MUST_BE_1)
            below &= has_all(mine, its);
        else if (vmx_msrs[index].form == FORM_MAY_BE_1)
            below &= has_all(its, mine);
        else if (vmx_msrs[index].form == FORM_CONTROLS && msr_present(policy, index))
            below &= has_all(high32(its), high32(mine)) && has_all(low32(mine), low32(its));
    }
    return below;
}

void prove_meet(void)
{
    ANY(struct msr_policy, a);
    ANY(struct msr_policy, b);
    struct msr_policy ab, ba, aa, again;

    GIVEN(is_well_formed(&a) && is_well_formed(&b));
    msr_policy_meet(&ab, &a, &b);
    msr_policy_meet(&ba, &b, &a);
    msr_policy_meet(&aa, &a, &a);
    msr_policy_meet(&again, &ab, &b);

    PROVE(is_well_formed(&ab), "the meet is a policy");
    PROVE(same(&ab, &ba), "the meet is commutative");
    PROVE(same(&aa, &a), "the meet is idempotent");
    PROVE(same(&again, &ab), "what is met already changes nothing");
    PROVE(is_below(&ab, &a) && is_below(&ab, &b),
          "the meet offers nothing that one of them does not, and insists on what either does");
    PROVE(vmx_available(&ab) <= (vmx_available(&a) && vmx_available(&b)),
          "VMX is there where both have it");
    END_OF_PROOF();
}

void prove_meet_associative(void)
{
    ANY(struct msr_policy, a);
    ANY(struct msr_policy, b);
    ANY(struct msr_policy, c);
    struct msr_policy ab, bc, left, right;

    GIVEN(is_well_formed(&a) && is_well_formed(&b) && is_well_formed(&c));
    msr_policy_meet(&ab, &a, &b);
    msr_policy_meet(&left, &ab, &c);
    msr_policy_meet(&bc, &b, &c);
    msr_policy_meet(&right, &a, &bc);

    PROVE(same(&left, &right), "the meet is associative");
    END_OF_PROOF();
}
