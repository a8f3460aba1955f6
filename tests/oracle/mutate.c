/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mutate.c - see oracle.h: which fields, which values. PURE.
 *
 * Numbers come in blocks that share a base, so that a base is written seldom. Within the numbers of
 * one base every even one is a change of one field, in an order that reaches every value of every
 * field before it begins anew, and every odd one a pair drawn at random.
 */
#include "oracle.h"

#define BLOCK 256u

/* Far apart and coprime to any count of changes that there can be: a prime. */
#define STRIDE 1000003u

/* --- numbers at random ------------------------------------------------------------------------ */

/* SplitMix64, of Steele, Lea and Flood: any state will do, a counter's too. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned random_below(uint64_t *state, unsigned limit)
{
    return (unsigned)(next_random(state) % limit);
}

/* --- values ----------------------------------------------------------------------------------- */

/* The variants of a change: first these, then a flip of each bit, then words at random. */
enum variant {
    VALUE_ZERO,
    VALUE_ONE,
    VALUE_ALL_ONES,
    VALUE_SIGN,
    VALUE_BELOW_SIGN,
    VALUE_PLUS_ONE,
    VALUE_MINUS_ONE,
    VALUE_INVERTED,
    VALUE_FLIPS
};
#define RANDOM_VARIANTS 4u

static unsigned variants_of(unsigned width)
{
    return VALUE_FLIPS + width + RANDOM_VARIANTS;
}

/* Small, sparse, page-aligned or any: each finds checks that the others hardly reach. */
static uint64_t random_word(uint64_t *state)
{
    uint64_t word = next_random(state);

    switch (random_below(state, 4)) {
    case 0:
        return word & 0xff;
    case 1:
        return word & next_random(state) & next_random(state);
    case 2:
        return word & MASK64(12, 16);
    default:
        return word;
    }
}

static uint64_t value_of(unsigned variant, unsigned width, uint64_t good, uint64_t *state)
{
    switch (variant) {
    case VALUE_ZERO:
        return 0;
    case VALUE_ONE:
        return 1;
    case VALUE_ALL_ONES:
        return ~UINT64_C(0);
    case VALUE_SIGN:
        return BIT64(width - 1);
    case VALUE_BELOW_SIGN:
        return BIT64(width - 1) - 1;
    case VALUE_PLUS_ONE:
        return good + 1;
    case VALUE_MINUS_ONE:
        return good - 1;
    case VALUE_INVERTED:
        return ~good;
    default:
        return variant < VALUE_FLIPS + width ? good ^ BIT64(variant - VALUE_FLIPS)
                                             : random_word(state);
    }
}

/* MSRs that a list may not load, or not with every value. */
static const uint32_t list_msrs[] = {
    MSR_IA32_FS_BASE, MSR_IA32_GS_BASE,     0x800, 0x8ff, 0x9b, MSR_IA32_EFER,
    MSR_IA32_PAT,     MSR_IA32_SYSENTER_ESP};

static uint64_t good_of(unsigned target, const struct vmcs_image *good)
{
    return oracle_is_word(target) ? oracle_read_word(target) : good->value[target];
}

static struct oracle_change change_of(uint16_t target, unsigned variant,
                                      const struct vmcs_image *good_image, uint64_t *state)
{
    unsigned width = oracle_target_width(target);
    uint64_t good = good_of(target, good_image);
    uint64_t value = value_of(variant, width, good, state);

    if (target == ORACLE_LIST_INDEX && variant >= VALUE_FLIPS + width)
        value = list_msrs[random_below(state, ARRAY_SIZE(list_msrs))];
    return (struct oracle_change){
        .target = target, .good = good, .value = value & MASK64(0, width)};
}

/* --- targets ---------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t width;
} words[] = {
    [ORACLE_LIST_INDEX - VMCS_FIELD_COUNT] = {"MSR_LIST_INDEX", 64},
    [ORACLE_LIST_VALUE - VMCS_FIELD_COUNT] = {"MSR_LIST_VALUE", 64},
    [ORACLE_VTPR - VMCS_FIELD_COUNT] = {"VTPR", 32},
    [ORACLE_LINK_REVISION - VMCS_FIELD_COUNT] = {"LINKED_VMCS_REVISION", 32},
    [ORACLE_PDPTE - VMCS_FIELD_COUNT] = {"PDPTE_IN_MEMORY", 64},
};

const char *oracle_target_name(unsigned target)
{
    return oracle_is_word(target) ? words[target - VMCS_FIELD_COUNT].name
                                  : vmcs_fields[target].name;
}

unsigned oracle_target_width(unsigned target)
{
    return oracle_is_word(target) ? words[target - VMCS_FIELD_COUNT].width
                                  : vmcs_field_width(target);
}

/* HOST_RSP is written at each entry; the timer's value is what keeps the guest from running. */
static bool is_mutable(const struct msr_policy *policy, enum vmcs_field field)
{
    return vmcs_field_exists(policy, field) && vmcs_field_type(field) != VMCS_READ_ONLY &&
           field != VMCS_HOST_RSP && field != VMCS_PREEMPTION_TIMER_VALUE;
}

void oracle_find_targets(struct oracle_targets *targets, const struct msr_policy *policy)
{
    targets->count = targets->singles = 0;
    for (unsigned target = 0; target < ORACLE_TARGETS; target++) {
        if (!oracle_is_word(target) && !is_mutable(policy, target))
            continue;
        targets->target[targets->count++] = (uint16_t)target;
        targets->singles += variants_of(oracle_target_width(target));
    }
}

/* The single change number `index`, counted through all variants of all targets. */
static struct oracle_change single(unsigned index, const struct oracle_targets *targets,
                                   const struct vmcs_image *good, uint64_t *state)
{
    unsigned i = 0;

    while (index >= variants_of(oracle_target_width(targets->target[i])))
        index -= variants_of(oracle_target_width(targets->target[i++]));
    return change_of(targets->target[i], index, good, state);
}

/* --- mutations -------------------------------------------------------------------------------- */

unsigned oracle_base_of(uint32_t number, unsigned bases)
{
    return number / BLOCK % bases;
}

static void draw_pair(struct oracle_mutation *mutation, const struct oracle_targets *targets,
                      const struct vmcs_image *good, uint64_t *state)
{
    mutation->count = 2;
    for (unsigned i = 0; i < 2; i++) {
        uint16_t target = targets->target[random_below(state, targets->count)];
        unsigned variant = random_below(state, variants_of(oracle_target_width(target)));

        mutation->change[i] = change_of(target, variant, good, state);
    }
}

void oracle_mutate(struct oracle_mutation *mutation, uint32_t number, uint32_t seed, unsigned bases,
                   const struct oracle_targets *targets, const struct vmcs_image *good)
{
    uint64_t state = (uint64_t)seed << 32 | number;
    uint64_t turn = (uint64_t)(number / BLOCK / bases) * BLOCK + number % BLOCK; /* of this base */

    mutation->base = oracle_base_of(number, bases);
    if (turn % 2) {
        draw_pair(mutation, targets, good, &state);
        return;
    }
    mutation->count = 1;
    mutation->change[0] =
        single((unsigned)((turn / 2 * STRIDE + seed) % targets->singles), targets, good, &state);
}
