/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_policy_sane.c - the SDM's rules for capability words: a processor that keeps all of them,
 * and each rule broken bit by bit, which that rule finds and no other does.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "msr/sane.h"
#include "support.h"

#define AT(address)           ((address)-0x480)
#define ONE(position)         (UINT64_C(1) << (position))
#define MAY(position)         ONE(32 + (position))
#define BITS(position, width) ((ONE(width) - 1) << (position))
#define WHOLE                 (~UINT64_C(0))

/* Every MSR, and nothing wrong. */
static const struct msr_policy good = {
    .raw =
        {
            [AT(0x480)] = 0x00da040000000012, [AT(0x481)] = 0x000000ff00000016,
            [AT(0x482)] = 0xfffbfffe0401e172, [AT(0x483)] = 0xffffffff00036dff,
            [AT(0x484)] = 0x01ffffff000011ff, [AT(0x485)] = 0x00000000600401e5,
            [AT(0x486)] = 0x0000000080000021, [AT(0x487)] = 0x00000000ffffffff,
            [AT(0x488)] = 0x0000000000002000, [AT(0x489)] = 0x00000000003727ff,
            [AT(0x48a)] = 0x0000000000000034, [AT(0x48b)] = 0xdfffffff00000000,
            [AT(0x48c)] = 0x003f0f0106f341c1, [AT(0x48d)] = 0x000000ff00000016,
            [AT(0x48e)] = 0xfffbfffe04006172, [AT(0x48f)] = 0xffffffff00036dfb,
            [AT(0x490)] = 0x01ffffff000011fb, [AT(0x491)] = 0x0000000000000001,
            [AT(0x492)] = 0x00000000000001df, [AT(0x493)] = 0x000000000000000f,
        },
    .present = 0xfffff,
};

static bool was_broken[64]; /* by rule: some test has broken it alone */

/* `policy` breaks `rule` in each of `count` MSRs, the first of them `address` with `bits`, and no
 * other. */
static void expect_broken(const struct msr_policy *policy, const char *rule, unsigned count,
                          unsigned address, uint64_t bits)
{
    struct sane_findings findings;
    const struct sane_finding *first = &findings.finding[0];

    sane_check(&findings, policy);
    expect(findings.count == count, "%s 0x%x 0x%" PRIx64 ": %u findings, not %u", rule, address,
           bits, findings.count, count);
    for (unsigned i = 0; i < sane_kept(&findings); i++) {
        const char *id = sane_rules[findings.finding[i].rule].id;

        expect(!strcmp(id, rule), "%s 0x%x 0x%" PRIx64 ": breaks %s too", rule, address, bits, id);
        was_broken[findings.finding[i].rule] = true;
    }
    expect(findings.count && first->index == AT(address) && first->bits == bits,
           "%s 0x%x 0x%" PRIx64 ": found elsewhere", rule, address, bits);
}

/* --- controls, bit by bit --------------------------------------------------------------------- */

/* A control word: its legacy MSR, the true one 12 above it, and the bits that open no other MSR. */
static const struct control {
    unsigned legacy, true_msr;
    uint64_t named;    /* not of the default1 class, no gate */
    uint64_t default1; /* the whole class */
    uint64_t unknown;
} controls[] = {
    {0x481, 0x48d, 0xe9, 0x16, 0xffffff00},
    {0x482, 0x48e, 0x7bf81e8c, 0x0401e172, 0x00040001},
    {0x483, 0x48f, 0x7ffc9200, 0x36dff, 0},
    {0x484, 0x490, 0x01ffee00, 0x11ff, 0xfe000000},
};

/* One bit of one control word, broken in every way there is. */
static void break_control(const struct control *c, unsigned bit)
{
    struct msr_policy p = good;

    if (c->named & ONE(bit)) {
        p.raw[AT(c->legacy)] = (p.raw[AT(c->legacy)] & ~MAY(bit)) | ONE(bit);
        p.raw[AT(c->true_msr)] = (p.raw[AT(c->true_msr)] & ~MAY(bit)) | ONE(bit);
        expect_broken(&p, "must_within_may", 2, c->legacy, ONE(bit));
        p = good;
        p.raw[AT(c->true_msr)] &= ~MAY(bit);
        expect_broken(&p, "true_may_agrees", 1, c->true_msr, ONE(bit));
        p = good;
        p.raw[AT(c->true_msr)] |= ONE(bit);
        expect_broken(&p, "true_must_agrees", 1, c->true_msr, ONE(bit));
        p = good;
        p.raw[AT(c->legacy)] |= ONE(bit);
        expect_broken(&p, "true_must_agrees", 1, c->true_msr, ONE(bit));
    }
    p = good;
    if (c->default1 & ONE(bit)) {
        p.raw[AT(c->legacy)] &= ~ONE(bit);
        expect_broken(&p, "default1_is_1", 1, c->legacy, ONE(bit));
    }
    p = good;
    if (c->unknown & ONE(bit)) {
        p.raw[AT(c->legacy)] |= MAY(bit);
        p.raw[AT(c->true_msr)] |= MAY(bit);
        expect_broken(&p, "unknown_bits", 2, c->legacy, ONE(bit));
    }
}

static void control_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(controls); i++)
        for (unsigned bit = 0; bit < 32; bit++)
            break_control(&controls[i], bit);
    for (unsigned bit = 0; bit < 32; bit++) {
        struct msr_policy p = good;

        p.raw[AT(0x48b)] |= ONE(bit) | MAY(bit);
        expect_broken(&p, "secondary_may_be_0", 1, 0x48b, ONE(bit));
    }
    assert_int_equal(wrong, 0);
}

/* --- single values ---------------------------------------------------------------------------- */

static const struct break_case {
    const char *rule;
    unsigned address; /* of the finding */
    uint64_t bits;
    unsigned changed; /* the MSR that is changed: these bits are cleared, then those set */
    uint64_t clear, set;
} break_cases[] = {
    {"always_0", 0x480, ONE(31), 0x480, 0, ONE(31)},
    {"region_size", 0x480, BITS(32, 13), 0x480, BITS(32, 13), 0},
    {"region_size", 0x480, BITS(32, 13), 0x480, BITS(32, 13), UINT64_C(4097) << 32},
    {"region_size", 0x480, BITS(32, 13), 0x480, 0, BITS(32, 13)},
    {"memory_type", 0x480, BITS(50, 4), 0x480, BITS(50, 4), UINT64_C(1) << 50},
    {"memory_type", 0x480, BITS(50, 4), 0x480, BITS(50, 4), UINT64_C(4) << 50},
    {"memory_type", 0x480, BITS(50, 4), 0x480, BITS(50, 4), UINT64_C(5) << 50},
    {"memory_type", 0x480, BITS(50, 4), 0x480, BITS(50, 4), UINT64_C(7) << 50},
    {"memory_type", 0x480, BITS(50, 4), 0x480, BITS(50, 4), UINT64_C(15) << 50},
    {"cr3_targets", 0x485, BITS(16, 9), 0x485, BITS(16, 9), 257 << 16},
    {"cr3_targets", 0x485, BITS(16, 9), 0x485, BITS(16, 9), 511 << 16},
    {"stores_lma", 0x485, ONE(5), 0x485, ONE(5), 0},
    {"activity_hlt", 0x485, ONE(6), 0x485, ONE(6), 0},
    {"cr0_must", 0x486, ONE(0), 0x486, ONE(0), 0},
    {"cr0_must", 0x486, ONE(5), 0x486, ONE(5), 0},
    {"cr0_must", 0x486, ONE(31), 0x486, ONE(31), 0},
    {"cr0_may", 0x487, ONE(1), 0x487, ONE(1), 0},
    {"cr0_may", 0x487, ONE(2), 0x487, ONE(2), 0},
    {"cr0_may", 0x487, ONE(3), 0x487, ONE(3), 0},
    {"cr0_may", 0x487, ONE(4), 0x487, ONE(4), 0},
    {"cr0_may", 0x487, ONE(16), 0x487, ONE(16), 0},
    {"cr0_may", 0x487, ONE(18), 0x487, ONE(18), 0},
    {"cr0_may", 0x487, ONE(29), 0x487, ONE(29), 0},
    {"cr0_may", 0x487, ONE(30), 0x487, ONE(30), 0},
    {"cr4_must_within_may", 0x488, ONE(11), 0x488, 0, ONE(11)},
    {"cr4_must_within_may", 0x488, ONE(22), 0x488, 0, ONE(22)},
    {"cr4_must_within_may", 0x488, ONE(32), 0x488, 0, ONE(32)},
    {"cr4_must", 0x488, ONE(13), 0x488, ONE(13), 0},
    {"cr4_may", 0x489, ONE(5), 0x489, ONE(5), 0},
    {"highest_index", 0x48a, BITS(1, 9), 0x48a, BITS(1, 9), 0},
    {"highest_index", 0x48a, BITS(1, 9), 0x48a, BITS(1, 9), 0x14 << 1},
    {"ept_walk_length", 0x48c, ONE(6), 0x48c, ONE(6), 0},
    {"ept_memory_type", 0x48c, ONE(8) | ONE(14), 0x48c, ONE(8) | ONE(14), 0},
    {"vpid_caps_of_vpid", 0x48c, UINT64_C(0xf01) << 32, 0x48b, MAY(5), 0},
    {"invept_types", 0x48c, ONE(20), 0x48c, ONE(25) | ONE(26), 0},
    {"invept_types", 0x48c, ONE(25) | ONE(26), 0x48c, ONE(20), 0},
    {"invvpid_types", 0x48c, ONE(32), 0x48c, BITS(40, 4), 0},
    {"invvpid_types", 0x48c, BITS(40, 4), 0x48c, ONE(32), 0},
    {"presence", 0x491, WHOLE, 0x48b, MAY(13), 0},
};

static void single_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(break_cases); i++) {
        const struct break_case *c = &break_cases[i];
        struct msr_policy p = good;

        p.raw[AT(c->changed)] = (p.raw[AT(c->changed)] & ~c->clear) | c->set;
        expect_broken(&p, c->rule, 1, c->address, c->bits);
    }
    assert_int_equal(wrong, 0);
}

/* Without EPT, and all that needs it: its capabilities are left over. */
static void ept_caps_without_ept(void **state)
{
    struct msr_policy p = good;

    (void)state;
    p.raw[AT(0x48b)] &= ~(MAY(1) | MAY(7) | MAY(17) | MAY(18) | MAY(22) | MAY(23) | MAY(24));
    p.raw[AT(0x491)] = 0;
    p.raw[AT(0x492)] &= ~UINT64_C(0xe);
    expect_broken(&p, "ept_caps_of_ept", 1, 0x48c, 0x06f341c1);
    assert_int_equal(wrong, 0);
}

/* --- what only a hypervisor below does -------------------------------------------------------- */

/* In both MSRs of a control word: bits that may not be 1 there, and bits that must. */
static const struct both_case {
    const char *rule;
    unsigned legacy, true_msr; /* where it is done */
    uint64_t not_1, must_1;
    unsigned count, address; /* of findings, and of the first */
    uint64_t bits;
} both_cases[] = {
    {"forced_controls", 0x482, 0x48e, 0, ONE(7) | ONE(10) | ONE(29), 2, 0x482,
     ONE(7) | ONE(10) | ONE(29)},
    {"forced_controls", 0x481, 0x48d, 0, ONE(0), 2, 0x481, ONE(0)},
    {"forced_controls", 0x483, 0x48f, 0, ONE(15), 2, 0x483, ONE(15)},
    {"forced_controls", 0x484, 0x490, 0, ONE(9), 2, 0x484, ONE(9)},
    {"ia32e_guest", 0x483, 0x48f, ONE(9), 0, 2, 0x484, ONE(9)},
    {"dependencies", 0x481, 0x48d, ONE(5), 0, 2, 0x482, ONE(22)},  /* NMI-window exiting */
    {"dependencies", 0x481, 0x48d, ONE(0), 0, 1, 0x48b, ONE(9)},   /* interrupt delivery */
    {"dependencies", 0x481, 0x48d, ONE(6), 0, 2, 0x483, ONE(22)},  /* save the timer */
    {"dependencies", 0x483, 0x48f, ONE(15), 0, 2, 0x481, ONE(7)},  /* posted interrupts */
    {"dependencies", 0x483, 0x48f, ONE(19), 0, 2, 0x484, ONE(14)}, /* load IA32_PAT */
    {"dependencies", 0x484, 0x490, ONE(18), 0, 1, 0x48b, ONE(24)}, /* PT by guest addresses */
    {"dependencies", 0x48b, 0, ONE(9), 0, 3, 0x481, ONE(7)},
};

static void below(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(both_cases); i++) {
        const struct both_case *c = &both_cases[i];
        struct msr_policy p = good;

        for (unsigned k = 0; k < (c->true_msr ? 2 : 1); k++) {
            uint64_t *raw = &p.raw[AT(k ? c->true_msr : c->legacy)];

            *raw = (*raw & ~(c->not_1 << 32)) | c->must_1;
        }
        expect_broken(&p, c->rule, c->count, c->address, c->bits);
    }
    assert_int_equal(wrong, 0);
}

/*
 * Values of 0x480-0x490 alone, as older tools write them: nothing is wrong for want of the others.
 */
static void not_given(void **state)
{
    struct sane_findings findings;
    struct msr_policy p = good;

    (void)state;
    p.present &= 0x1ffff;
    p.raw[AT(0x491)] = p.raw[AT(0x492)] = p.raw[AT(0x493)] = 0;
    sane_check(&findings, &p);
    assert_int_equal(findings.count, 0);
    p.present = 1 << AT(0x482);
    sane_check(&findings, &p);
    assert_int_equal(findings.count, 0);
}

/* A reserved bit of CR0 that must be 1 and may not: no other rule covers it. */
static void cr0_reserved(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        struct msr_policy p = good;

        if (!(UINT64_C(0x1ffaffc0) & ONE(bit)))
            continue;
        p.raw[AT(0x486)] |= ONE(bit);
        p.raw[AT(0x487)] &= ~ONE(bit);
        expect_broken(&p, "cr0_must_within_may", 1, 0x486, ONE(bit));
    }
    assert_int_equal(wrong, 0);
}

/*
 * An MSR that its gate promises and that is not there; those that are gates themselves take more.
 */
static void missing_msrs(void **state)
{
    const uint32_t gates = 1 << AT(0x480) | 1 << AT(0x482) | 1 << AT(0x483) | 1 << AT(0x48b);

    (void)state;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        struct msr_policy p = good;

        if ((gates >> index) & 1)
            continue;
        p.present &= ~(UINT32_C(1) << index);
        p.faulted |= UINT32_C(1) << index;
        p.raw[index] = 0;
        expect_broken(&p, "presence", 1, 0x480 + index, WHOLE);
    }
    assert_int_equal(wrong, 0);
}

/* Bits without a name, in every word that is not a control with two MSRs. */
static void unknown_bits(void **state)
{
    static const struct {
        unsigned address;
        uint64_t unknown;
    } words[] = {
        {0x480, 0xea00e00000000000}, {0x485, 0x80003e00},         {0x487, 0xffffffff00000000},
        {0x489, 0xfffffffee4008000}, {0x48a, 0xfffffffffffffc01}, {0x48c, 0xffc0f0fef90cbe3e},
        {0x491, 0xfffffffffffffffe}, {0x492, 0xffffffffffffec00}, {0x493, 0xfffffffffffffff0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        for (unsigned bit = 0; bit < 64; bit++) {
            struct msr_policy p = good;

            p.raw[AT(words[i].address)] |= ONE(bit);
            if (words[i].unknown & ONE(bit))
                expect_broken(&p, "unknown_bits", 1, words[i].address, ONE(bit));
        }
    assert_int_equal(wrong, 0);
}

/* --- all of them ------------------------------------------------------------------------------ */

static void good_is_good(void **state)
{
    struct msr_policy legacy = good;
    struct sane_findings findings;

    (void)state;
    sane_check(&findings, &good);
    assert_int_equal(findings.count, 0);
    legacy.raw[AT(0x480)] &= ~ONE(55); /* without true MSRs */
    for (unsigned index = AT(0x48d); index <= AT(0x490); index++)
        legacy.raw[index] = 0;
    legacy.present &= ~(UINT32_C(0xf) << AT(0x48d));
    sane_check(&findings, &legacy);
    assert_int_equal(findings.count, 0);
}

static void no_vmx_no_findings(void **state)
{
    const struct msr_policy none = {.present = 0};
    struct sane_findings findings;

    (void)state;
    sane_check(&findings, &none);
    assert_int_equal(findings.count, 0);
}

/* Runs last: every rule has been broken alone by a test above. */
static void every_rule_was_broken(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sane_rule_count; i++)
        expect(was_broken[i], "no test breaks %s alone", sane_rules[i].id);
    for (unsigned i = 0; i < sane_rule_count; i++)
        for (unsigned k = 0; k < i; k++)
            expect(strcmp(sane_rules[i].id, sane_rules[k].id), "two rules are called %s",
                   sane_rules[i].id);
    assert_int_equal(wrong, 0);
}

static void lines(void **state)
{
    struct msr_policy p = good;
    struct sane_findings findings;
    struct text_buffer buffer;
    char text[2000];

    (void)state;
    p.raw[AT(0x480)] = 0x02da000000000012;
    p.raw[AT(0x48b)] |= ONE(7);
    p.present &= ~(UINT32_C(1) << AT(0x493));
    p.faulted |= UINT32_C(1) << AT(0x493);
    p.raw[AT(0x482)] |= ONE(7) | ONE(10) | ONE(29);
    p.raw[AT(0x48e)] |= ONE(7) | ONE(10) | ONE(29);
    sane_check(&findings, &p);
    text_buffer_init(&buffer, text, sizeof(text));
    sane_print(&buffer.out, &findings);
    assert_string_equal(
        text,
        "finding: presence: 0x493 IA32_VMX_EXIT_CTLS2: exists or not against what its gate says "
        "[VMX Capability Reporting Facility]\n"
        "finding: secondary_may_be_0: 0x48b IA32_VMX_PROCBASED_CTLS2 bit 7 unrestricted_guest: "
        "must "
        "be 1, though every secondary control may be 0 "
        "[Secondary Processor-Based VM-Execution Controls]\n"
        "warning: forced_controls: 0x482 IA32_VMX_PROCBASED_CTLS and 0x48e "
        "IA32_VMX_TRUE_PROCBASED_CTLS bit 7 hlt_exiting bit 10 mwait_exiting bit 29 "
        "monitor_exiting: must be 1, though not of the default1 class "
        "[Reserved Controls and Default Settings]\n"
        "finding: region_size: 0x480 IA32_VMX_BASIC bit 32 vmcs_region_size: the size of a VMCS is "
        "not 1 to 4096 bytes [Basic VMX Information]\n"
        "warning: unknown_bits: 0x480 IA32_VMX_BASIC bit 57: is set, and this Lintel has no name "
        "for it [VMX Capability Reporting Facility]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_is_good),
        cmocka_unit_test(no_vmx_no_findings),
        cmocka_unit_test(control_bits),
        cmocka_unit_test(single_values),
        cmocka_unit_test(cr0_reserved),
        cmocka_unit_test(missing_msrs),
        cmocka_unit_test(ept_caps_without_ept),
        cmocka_unit_test(below),
        cmocka_unit_test(not_given),
        cmocka_unit_test(unknown_bits),
        cmocka_unit_test(lines),
        cmocka_unit_test(every_rule_was_broken),
    };

    return cmocka_run_group_tests_name("policy_sane", tests, NULL, NULL);
}
