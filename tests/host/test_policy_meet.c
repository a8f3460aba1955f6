/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_policy_meet.c - the meet of policies: what it makes of each MSR and field, its laws over
 * random words, and what diff and misfits say. The rules stand here a second time, in numbers.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "msr/meet.h"
#include "support.h"

#define AT(address)   ((address)-0x480)
#define ALL_MSRS      0xfffffu
#define ROUNDS        50000
#define DEFAULT_SEED  UINT64_C(20260801)
#define ONE(position) (UINT64_C(1) << (position))

/* --- cases ------------------------------------------------------------------------------------ */

/* The MSR's value on two processors, and in their meet; everything else is equal. */
static const struct meet_case {
    const char *name;
    unsigned address;
    uint64_t a, b, met;
    bool disagreed;
} meet_cases[] = {
    {"controls: must is OR, may is AND", 0x481, 0x000000ff00000016, 0x0000007f0000001e,
     0x0000007f0000001e, false},
    {"controls: no bit in common", 0x48b, 0x0000000f00000000, 0x000000f000000001, 0x1, false},
    {"true controls", 0x48e, 0xfff9fffe04006172, 0x7ff9fffe0401e172, 0x7ff9fffe0401e172, false},
    {"CR0 fixed0 is OR", 0x486, 0x80000021, 0x80010020, 0x80010021, false},
    {"CR0 fixed1 is AND", 0x487, 0xffffffff, 0x80000021, 0x80000021, false},
    {"CR4 fixed0 is OR", 0x488, 0x2000, 0x20, 0x2020, false},
    {"CR4 fixed1 is AND", 0x489, 0x3727ff, 0x27ff, 0x27ff, false},
    {"tertiary controls are AND", 0x492, 0x1d1, 0x0d2, 0x0d0, false},
    {"secondary exit controls are AND", 0x493, 0xf, 0x8, 0x8, false},
    {"VMFUNC is AND", 0x491, 1, 0, 0, false},

    {"revision: equal", 0x480, 0x12, 0x12, 0x12, false},
    {"revision: different", 0x480, 0x12, 0x13, 0, true},
    {"region size: the larger", 0x480, 0x400ull << 32, 0x1000ull << 32, 0x1000ull << 32, false},
    {"always 0, somewhere not", 0x480, ONE(31), 0, ONE(31), false},
    {"32-bit addresses somewhere", 0x480, ONE(48), 0, ONE(48), false},
    {"dual monitor somewhere only", 0x480, ONE(49), 0, 0, false},
    {"memory type: equal", 0x480, 6ull << 50, 6ull << 50, 6ull << 50, false},
    {"memory type: different", 0x480, 6ull << 50, 0, 0, true},
    {"capability bits of BASIC are AND", 0x480, ONE(54) | ONE(55), ONE(55) | ONE(56), ONE(55),
     false},
    {"unknown bits of BASIC are AND", 0x480, ONE(57) | ONE(61), ONE(57), ONE(57), false},

    {"timer scale: equal", 0x485, 5, 5, 5, false},
    {"timer scale: different", 0x485, 5, 0, 0, true},
    {"activity states are AND", 0x485, 0x1c0, 0x140, 0x140, false},
    {"CR3 targets: the smaller", 0x485, 4 << 16, 256 << 16, 4 << 16, false},
    {"MSR lists: the smaller", 0x485, 7 << 25, 2 << 25, 2 << 25, false},
    {"MSEG revision: different", 0x485, 1ull << 32, 2ull << 32, 0, true},
    {"highest VMCS index: the smaller", 0x48a, 0x2a, 0x34, 0x2a, false},
    {"HLAT prefix: the smaller", 0x48c, 52ull << 48, 51ull << 48, 51ull << 48, false},
    {"EPT capabilities are AND", 0x48c, 0x6114141, 0x6104040, 0x6104040, false},
};

static struct msr_policy with(unsigned address, uint64_t value)
{
    struct msr_policy policy = {.present = ALL_MSRS};

    policy.raw[AT(address)] = value;
    return policy;
}

static bool same(const struct msr_policy *a, const struct msr_policy *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void each_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(meet_cases); i++) {
        const struct meet_case *c = &meet_cases[i];
        struct msr_policy a = with(c->address, c->a), b = with(c->address, c->b), met, turned;

        msr_policy_meet(&met, &a, &b);
        msr_policy_meet(&turned, &b, &a);
        expect(same(&met, &turned), "%s: order matters", c->name);
        expect(met.raw[AT(c->address)] == c->met, "%s: 0x%" PRIx64, c->name,
               met.raw[AT(c->address)]);
        expect(!met.disagreed == !c->disagreed, "%s: disagreed 0x%x", c->name, met.disagreed);
        expect(met.present == ALL_MSRS, "%s: present 0x%x", c->name, met.present);
        msr_policy_meet(&a, &a, &b); /* in place */
        expect(same(&a, &met), "%s: in place", c->name);
    }
    assert_int_equal(wrong, 0);
}

static bool is_fixed0(unsigned index)
{
    return index == AT(0x486) || index == AT(0x488);
}

/* An MSR that one processor lacks offers nothing; what one insists on stays. */
static void absent_msrs(void **state)
{
    (void)state;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        struct msr_policy a = with(0x480 + index, ~UINT64_C(0)), b = {.present = ALL_MSRS}, met;

        b.present &= ~(UINT32_C(1) << index);
        b.faulted = UINT32_C(1) << index;
        msr_policy_meet(&met, &a, &b);
        expect(msr_present(&met, index) == is_fixed0(index), "0x%x: present", 0x480 + index);
        expect(met.raw[index] == (is_fixed0(index) ? ~UINT64_C(0) : 0), "0x%x: value",
               0x480 + index);
        expect(met.faulted == b.faulted && !met.disagreed, "0x%x: flags", 0x480 + index);
    }
    assert_int_equal(wrong, 0);
}

/*
 * Once processors disagree, no third one brings the number back: with it, the meet is one lattice.
 */
static void disagreement_stays(void **state)
{
    const struct msr_policy a = with(0x485, 5), b = with(0x485, 7), zero = with(0x485, 0);
    struct msr_policy met;

    (void)state;
    msr_policy_meet(&met, &a, &b);
    assert_true(msr_policy_disagrees(&met, WORD_MISC, MISC_preempt_timer_scale));
    assert_false(msr_policy_disagrees(&met, WORD_MISC, MISC_mseg_revision_id));
    assert_false(msr_policy_disagrees(&met, WORD_MISC, MISC_hlt_activity_state));
    msr_policy_meet(&met, &met, &zero); /* 0, which is what the field reads as */
    assert_true(msr_policy_disagrees(&met, WORD_MISC, MISC_preempt_timer_scale));
    msr_policy_meet(&met, &met, &a);
    assert_true(msr_policy_disagrees(&met, WORD_MISC, MISC_preempt_timer_scale));
}

/* --- laws ------------------------------------------------------------------------------------- */

static uint64_t random_state;

/* splitmix64 */
static uint64_t random64(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Few different values, so that equal ones are not rare; or any. */
static uint64_t random_word(void)
{
    static const uint64_t usual[] = {0, ~UINT64_C(0), 0x00d810000000002b, 0x00000000600401e5,
                                     0x02177fff00000000};

    switch (random64() % 4) {
    case 0:
        return random64();
    case 1:
        return usual[random64() % ARRAY_SIZE(usual)] ^ ONE(random64() % 64);
    default:
        return usual[random64() % ARRAY_SIZE(usual)];
    }
}

static struct msr_policy random_policy(void)
{
    struct msr_policy policy = {.present = 0};

    policy.present = (uint32_t)(random64() | random64() | random64()) & ALL_MSRS;
    policy.faulted = (uint32_t)random64() & ~policy.present & ALL_MSRS;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msr_present(&policy, index))
            policy.raw[index] = random_word();
    return policy;
}

static bool is_control(unsigned index)
{
    return (index >= AT(0x481) && index <= AT(0x484)) ||
           (index >= AT(0x48b) && index <= AT(0x490) && index != AT(0x48c));
}

/* The bits that say more when 1, in each plain word; the rest is numbers and restrictions. */
static uint64_t capability_bits(unsigned index)
{
    switch (index) {
    case AT(0x480):
        return 0xffc2e00000000000;
    case AT(0x485):
        return 0x00000000f000ffe0;
    case AT(0x48a):
        return 0xfffffffffffffc01;
    case AT(0x48c):
        return 0xffc0ffffffffffff;
    default:
        return is_control(index) ? 0xffffffff00000000 : ~UINT64_C(0);
    }
}

static const char *added(const struct msr_policy *met, const struct msr_policy *a)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        uint64_t must = is_fixed0(index) ? ~UINT64_C(0) : is_control(index) ? 0xffffffff : 0;

        if (msr_present(met, index) && a->raw[index] & must & ~met->raw[index])
            return "a must-be-1 bit went";
        if (!is_fixed0(index) && msr_present(met, index) && !msr_present(a, index))
            return "an MSR was added";
        if (!is_fixed0(index) && met->raw[index] & ~a->raw[index] & capability_bits(index))
            return "a capability was added";
        if (!msr_present(met, index) && met->raw[index])
            return "an absent MSR has a value";
    }
    return NULL;
}

static const char *check_laws(const struct msr_policy *a, const struct msr_policy *b,
                              const struct msr_policy *c)
{
    struct msr_policy ab, ba, ab_c, bc, a_bc, aa;
    struct policy_difference first;
    const char *broken;

    msr_policy_meet(&ab, a, b);
    msr_policy_meet(&ba, b, a);
    msr_policy_meet(&ab_c, &ab, c);
    msr_policy_meet(&bc, b, c);
    msr_policy_meet(&a_bc, a, &bc);
    msr_policy_meet(&aa, a, a);
    if (!same(&ab, &ba))
        return "not commutative";
    if (!same(&ab_c, &a_bc))
        return "not associative";
    if (!same(&aa, a))
        return "not idempotent";
    msr_policy_meet(&aa, &ab_c, &ab_c);
    if (!same(&aa, &ab_c))
        return "not idempotent after a disagreement";
    if ((broken = added(&ab, a)) || (broken = added(&ab, b)))
        return broken;
    if (msr_policy_misfits(&ab, a, &first, 1) || msr_policy_misfits(&ab, b, &first, 1))
        return "the meet does not fit what it was made from";
    return NULL;
}

static void laws(void **state)
{
    const char *seed = getenv("SEED");

    (void)state;
    random_state = seed ? strtoull(seed, NULL, 0) : DEFAULT_SEED;
    print_message("# seed %" PRIu64 " (SEED=), %d rounds\n", random_state, ROUNDS);
    for (unsigned round = 0; round < ROUNDS && wrong < 10; round++) {
        const struct msr_policy a = random_policy();
        const struct msr_policy b = random64() % 8 ? random_policy() : a;
        const struct msr_policy c = random_policy();
        const char *broken = check_laws(&a, &b, &c);

        expect(!broken, "round %u: %s", round, broken);
    }
    assert_int_equal(wrong, 0);
}

/* --- differences ------------------------------------------------------------------------------ */

static const struct diff_case {
    const char *text; /* the only difference, from a to b */
    unsigned address;
    uint64_t a, b;
    bool a_fits_b, b_fits_a;
} diff_cases[] = {
    {"0x48b:7 unrestricted_guest may-be-1: 0x1 in a, 0x0 in b", 0x48b, ONE(39), 0, false, true},
    {"0x48b:7 unrestricted_guest must-be-1: 0x0 in a, 0x1 in b", 0x48b, 0, ONE(7), false, true},
    {"0x481:8 unknown may-be-1: 0x0 in a, 0x1 in b", 0x481, 0, ONE(40), true, false},
    {"0x492:4 ipi_virtualization: 0x1 in a, 0x0 in b", 0x492, ONE(4), 0, false, true},
    {"0x486:0 pe: 0x1 in a, 0x0 in b", 0x486, 1, 0, true, false},
    {"0x489:13 vmxe: 0x1 in a, 0x0 in b", 0x489, 0x2000, 0, false, true},
    {"0x480:0 vmcs_revision_id: 0x12 in a, 0x13 in b", 0x480, 0x12, 0x13, false, false},
    {"0x480:32 vmcs_region_size: 0x400 in a, 0x1000 in b", 0x480, 0x400ull << 32, 0x1000ull << 32,
     false, true},
    {"0x485:16 cr3_target: 0x4 in a, 0x2 in b", 0x485, 4 << 16, 2 << 16, false, true},
    {"0x485:9 unknown: 0x1 in a, 0x0 in b", 0x485, 0x200, 0, false, true},
    {"0x48a:1 vmcs_encoding_max_idx: 0x1a in a, 0x17 in b", 0x48a, 0x34, 0x2e, false, true},
    {"0x48c:48 hlat_prefix_max: 0x33 in a, 0x34 in b", 0x48c, 51ull << 48, 52ull << 48, true,
     false},
};

static void one_difference(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(diff_cases); i++) {
        const struct diff_case *c = &diff_cases[i];
        const struct msr_policy a = with(c->address, c->a), b = with(c->address, c->b);
        struct policy_difference found[2] = {{0}, {0}};
        struct text_buffer buffer;
        char text[120];

        text_buffer_init(&buffer, text, sizeof(text));
        expect(msr_policy_diff(&a, &b, found, 2) == 1, "%s: not one", c->text);
        policy_difference_print(&buffer.out, &found[0], "a", "b");
        expect(!strcmp(text, c->text), "%s: printed as %s", c->text, text);
        expect(!msr_policy_misfits(&a, &b, found, 2) == c->a_fits_b, "%s: a fits b?", c->text);
        expect(!msr_policy_misfits(&b, &a, found, 2) == c->b_fits_a, "%s: b fits a?", c->text);
        expect(msr_policy_diff(&a, &a, found, 2) == 0, "%s: differs from itself", c->text);
    }
    assert_int_equal(wrong, 0);
}

/* Misfits show what the host has, not what both have. */
static void misfits_show_host(void **state)
{
    const struct msr_policy guest = with(0x480, 0x12), host = with(0x480, 0x13);
    struct policy_difference first = {0};

    (void)state;
    assert_int_equal(msr_policy_misfits(&guest, &host, &first, 1), 1);
    assert_int_equal(first.first, 0x12);
    assert_int_equal(first.second, 0x13);
}

/* All are counted, the first are stored, in order; absent MSRs count once. */
static void many_differences(void **state)
{
    struct msr_policy a = with(0x481, 0x0000000300000000), b = with(0x492, 0x1);
    struct policy_difference found[4] = {{0}};
    struct text_buffer buffer;
    char text[80];

    (void)state;
    b.present &= ~(UINT32_C(1) << AT(0x48b));
    assert_int_equal(msr_policy_diff(&a, &b, found, 2), 4);
    assert_int_equal(found[1].index, AT(0x481));
    assert_int_equal(found[1].bit, 1);
    assert_int_equal(found[2].index, 0); /* not stored */
    assert_int_equal(msr_policy_diff(&a, &b, found, 4), 4);
    text_buffer_init(&buffer, text, sizeof(text));
    policy_difference_print(&buffer.out, &found[2], "a", "b");
    assert_string_equal(text, "0x48b IA32_VMX_PROCBASED_CTLS2: only in a");
    assert_int_equal(found[3].index, AT(0x492));
    assert_int_equal(msr_policy_diff(&a, &b, NULL, 0), 4);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_rule),      TEST(absent_msrs),       TEST(disagreement_stays), TEST(laws),
        TEST(one_difference), TEST(misfits_show_host), TEST(many_differences),
    };

    return cmocka_run_group_tests_name("policy_meet", tests, NULL, NULL);
}
