/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_policy_host.c - the way from several raw policies to the host's and the guests': what each
 * step takes, that every bit taken has one reason, and that nothing is ever added.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "msr/errata.h"
#include "msr/guest.h"
#include "msr/meet.h"
#include "support.h"

#define AT(address)   ((address)-0x480)
#define ONE(position) (UINT64_C(1) << (position))
#define MAY(position) ONE(32 + (position))
#define PROCESSORS    4
#define ROUNDS        20000
#define DEFAULT_SEED  UINT64_C(20260802)

/* Every MSR, every bit with a name. */
static const struct msr_policy full = {
    .raw =
        {
            [AT(0x480)] = 0x15da040000000012, [AT(0x481)] = 0x000000ff00000016,
            [AT(0x482)] = 0xfffbfffe0401e172, [AT(0x483)] = 0xffffffff00036dff,
            [AT(0x484)] = 0x01ffffff000011ff, [AT(0x485)] = 0x000000077f04c1e5,
            [AT(0x486)] = 0x0000000080000021, [AT(0x487)] = 0x00000000ffffffff,
            [AT(0x488)] = 0x0000000000002000, [AT(0x489)] = 0x000000011bff7fff,
            [AT(0x48a)] = 0x0000000000000034, [AT(0x48b)] = 0xdfffffff00000000,
            [AT(0x48c)] = 0x003f0f0106f341c1, [AT(0x48d)] = 0x000000ff00000016,
            [AT(0x48e)] = 0xfffbfffe04006172, [AT(0x48f)] = 0xffffffff00036dfb,
            [AT(0x490)] = 0x01ffffff000011fb, [AT(0x491)] = 0x0000000000000001,
            [AT(0x492)] = 0x00000000000001df, [AT(0x493)] = 0x000000000000000f,
        },
    .present = 0xfffff,
};

static const struct cpu_identity any_cpu = {
    .vendor = "GenuineIntel", .family = 6, .model = 0x55, .stepping = 4};

static struct policy_reasons reasons;
/* The reason of a bit; NULL: none, or two. */
static const struct policy_reason *reason_of(enum vmx_word_id word, unsigned bit)
{
    const struct policy_reason *found = NULL;

    for (unsigned i = 0; i < reasons.count; i++)
        if (reasons.reason[i].word == word && reasons.reason[i].bit == bit) {
            if (found)
                return NULL;
            found = &reasons.reason[i];
        }
    return found;
}

static void expect_reason(const char *name, enum vmx_word_id word, unsigned bit,
                          enum policy_why why, unsigned number)
{
    const struct policy_reason *reason = reason_of(word, bit);

    expect(reason, "%s: not one reason", name);
    expect(reason && reason->why == why && reason->number == number, "%s: why %d, number %d", name,
           reason ? reason->why : -1, reason ? reason->number : -1);
}

/* --- processors that differ ------------------------------------------------------------------- */

/* Three processors, of which one differs from full in one MSR. */
static const struct differ_case {
    const char *name;
    unsigned processor, address;
    uint64_t clear, set;
    enum vmx_word_id word; /* the reason expected */
    unsigned bit;
    unsigned number;
} differ_cases[] = {
    {"bus-lock detection, as on Lakefield", 1, 0x48b, MAY(30), 0, WORD_PROC2, 30, 1},
    {"the first processor lacks it", 0, 0x48b, MAY(30), 0, WORD_PROC2, 30, 0},
    {"true word", 2, 0x48d, MAY(7), 0, WORD_PIN, 7, 2},
    {"CR4", 1, 0x489, ONE(20), 0, WORD_CR4, 20, 1},
    {"a capability", 2, 0x48c, ONE(21), 0, WORD_EPT_VPID, 21, 2},
    {"a bit of BASIC", 1, 0x480, ONE(56), 0, WORD_BASIC, 56, 1},
    {"revision", 1, 0x480, 0, 1, WORD_BASIC, 0, 1},
    {"region size", 2, 0x480, 0, ONE(33), WORD_BASIC, 32, 2},
    {"CR3 targets", 1, 0x485, ONE(18), 0, WORD_MISC, 16, 1},
    {"timer scale", 1, 0x485, ONE(0), 0, WORD_MISC, 0, 1},
    {"timer scale takes the timer", 2, 0x485, ONE(0), 0, WORD_PIN, 6, 2},
    {"MSEG revision takes dual monitor", 1, 0x485, 0, ONE(40), WORD_BASIC, 49, 1},
    {"an unknown bit on one", 1, 0x48b, 0, MAY(29), WORD_PROC2, 29, 0},
};

static void processors_differ(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(differ_cases); i++) {
        const struct differ_case *c = &differ_cases[i];
        struct msr_policy raw[3] = {full, full, full}, host;
        const struct policy_input input = {.raw = raw, .count = 3};
        uint64_t *changed = &raw[c->processor].raw[AT(c->address)];

        *changed = (*changed & ~c->clear) | c->set;
        msr_policy_decide(&host, &input, &reasons);
        expect_reason(c->name, c->word, c->bit, WHY_DIFFERS, c->number);
        for (unsigned p = 0; p < 3; p++)
            expect(!msr_policy_misfits(&host, &raw[p], NULL, 0), "%s: does not fit %u", c->name, p);
    }
    assert_int_equal(wrong, 0);
}

static void a_processor_without_vmx(void **state)
{
    const struct msr_policy raw[2] = {full, {.present = 0}}, nothing = {.present = 0};
    const struct policy_input input = {.raw = raw, .count = 2};
    struct msr_policy host;

    (void)state;
    msr_policy_decide(&host, &input, &reasons);
    assert_memory_equal(&host, &nothing, sizeof(host));
    assert_int_equal(reason_of(WORD_PROC2, 1)->why, WHY_DIFFERS);
    assert_int_equal(reason_of(WORD_PROC2, 1)->number, 1);
}

static void equal_processors(void **state)
{
    const struct msr_policy raw[3] = {full, full, full};
    const struct policy_input input = {.raw = raw, .count = 3};
    struct msr_policy host;

    (void)state;
    msr_policy_decide(&host, &input, &reasons);
    assert_int_equal(reasons.count, 0);
    assert_memory_equal(&host, &full, sizeof(host));
}

/* --- masks ------------------------------------------------------------------------------------ */

/* Each bit, masked: it goes for that reason, or is refused and stays, or was not there. */
static void mask_bit(enum vmx_word_id word, unsigned bit)
{
    struct policy_masks masks = {{0}};
    const struct policy_input input = {.raw = &full, .count = 1, .masks = &masks};
    struct msr_policy host;
    char name[40];

    masks.bits[word] = ONE(bit);
    snprintf(name, sizeof(name), "mask word %u bit %u", word, bit);
    msr_policy_decide(&host, &input, &reasons);
    bool offered = word_may(&full, word) & ONE(bit);
    expect(reasons.idle.bits[word] == (offered ? 0 : ONE(bit)), "%s: idle 0x%" PRIx64, name,
           reasons.idle.bits[word]);
    if (!offered) {
        expect(!reasons.count && !memcmp(&host, &full, sizeof(host)), "%s: took something", name);
        return;
    }
    if (word_must(&full, word) & ONE(bit)) {
        expect(word_offers(&host, word, ONE(bit)), "%s: went", name);
        expect(reasons.refused.bits[word] == ONE(bit), "%s: not refused", name);
        expect(reasons.count == 0, "%s: reasons", name);
        return;
    }
    expect(!word_offers(&host, word, ONE(bit)), "%s: stayed", name);
    expect(!reasons.refused.bits[word], "%s: refused", name);
    expect_reason(name, word, bit, WHY_MASKED, 0);
}

static void each_mask(void **state)
{
    (void)state;
    for (unsigned word = 0; word < WORD_COUNT; word++)
        for (unsigned bit = 0; bit < vmx_words[word].size; bit++)
            mask_bit(word, bit);
    assert_int_equal(wrong, 0);
}

/* Masked and unknown: masked comes first. Masked and without its base: masked. What hangs on it
 * goes. */
static void mask_order(void **state)
{
    struct policy_masks masks = {{0}};
    const struct policy_input input = {.raw = &full, .count = 1, .masks = &masks};
    struct msr_policy raw = full, host;
    const struct policy_input unknown = {.raw = &raw, .count = 1, .masks = &masks};

    (void)state;
    masks.bits[WORD_PROC2] = ONE(1) | ONE(7) | ONE(29);
    msr_policy_decide(&host, &input, &reasons);
    expect_reason("EPT", WORD_PROC2, 1, WHY_MASKED, 0);
    expect_reason("unrestricted guest", WORD_PROC2, 7, WHY_MASKED, 0);
    expect_reason("PML", WORD_PROC2, 17, WHY_DEPENDENCY, 0);
    expect(!reason_of(WORD_PROC2, 29), "a bit that is not there has a reason");
    assert_int_equal(reasons.idle.bits[WORD_PROC2], ONE(29));
    raw.raw[AT(0x48b)] |= MAY(29);
    msr_policy_decide(&host, &unknown, &reasons);
    expect_reason("unknown", WORD_PROC2, 29, WHY_MASKED, 0);
    assert_int_equal(wrong, 0);
}

/* --- values that lack some -------------------------------------------------------------------- */

/* 0x480-0x490 alone, as tools print them that know no more. What needs 0x493 may be there. */
static void base_not_given(void **state)
{
    struct msr_policy raw = full, host;
    const struct policy_input input = {.raw = &raw, .count = 1};

    (void)state;
    raw.present &= 0x1ffff;
    raw.raw[AT(0x491)] = raw.raw[AT(0x492)] = raw.raw[AT(0x493)] = 0;
    msr_policy_decide(&host, &input, &reasons);
    assert_int_equal(reasons.count, 0);
    assert_true(word_offers(&host, WORD_ENTRY, ONE(23) | ONE(24)));
    raw.faulted = 1 << AT(0x493); /* given: the processor refuses it */
    msr_policy_decide(&host, &input, &reasons);
    assert_int_equal(reasons.count, 2);
    assert_false(word_may(&host, WORD_ENTRY) & (ONE(23) | ONE(24)));
}

/* --- errata ----------------------------------------------------------------------------------- */

/* The processors that have each erratum, by signature; typed from the lists, not from the table. */
static const struct erratum_case {
    uint32_t signature;
    bool timer, perf, ept_ad;
} erratum_cases[] = {
    {0x106a0, true, true, false},   {0x106a1, true, true, false},   {0x106a2, false, true, false},
    {0x106a4, true, true, false},   {0x106a5, true, true, false},   {0x106e5, true, true, false},
    {0x106e4, false, true, false},  {0x20652, true, true, false},   {0x20655, true, true, false},
    {0x20654, false, true, false},  {0x206c2, false, true, false},  {0x206e6, true, true, false},
    {0x206e5, false, true, false},  {0x406d8, false, false, true},  {0x206a7, false, false, false},
    {0x306a8, false, false, false}, {0x50654, false, false, false}, {0x806c1, false, false, false},
};

static struct cpu_identity cpu_of(uint32_t signature)
{
    struct cpu_identity cpu = any_cpu;

    cpu.signature = signature;
    cpu.model = (uint8_t)((signature >> 4 & 0xf) | (signature >> 12 & 0xf0));
    cpu.stepping = signature & 0xf;
    return cpu;
}

static void each_erratum(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(erratum_cases); i++) {
        const struct erratum_case *c = &erratum_cases[i];
        const struct cpu_identity cpu = cpu_of(c->signature);
        const struct policy_input input = {.raw = &full, .cpu = &cpu, .count = 1};
        struct msr_policy host;

        msr_policy_decide(&host, &input, &reasons);
        expect(word_offers(&host, WORD_PIN, ONE(6)) != c->timer, "0x%x: timer", c->signature);
        expect(word_offers(&host, WORD_EXIT, ONE(12)) != c->perf, "0x%x: exit", c->signature);
        expect(word_offers(&host, WORD_ENTRY, ONE(13)) != c->perf, "0x%x: entry", c->signature);
        expect(word_offers(&host, WORD_EPT_VPID, ONE(21)) != c->ept_ad, "0x%x: A/D", c->signature);
        for (unsigned r = 0; r < reasons.count; r++)
            expect(reasons.reason[r].why == WHY_ERRATUM || reasons.reason[r].why == WHY_DEPENDENCY,
                   "0x%x: reason %u", c->signature, r);
    }
    assert_int_equal(wrong, 0);
}

static void errata_ask_who(void **state)
{
    struct erratum erratum = vmx_errata[0];
    struct cpu_identity cpu = cpu_of(0x106a5);

    (void)state;
    assert_true(erratum_applies(&erratum, &cpu));
    cpu.family = 15;
    assert_false(erratum_applies(&erratum, &cpu));
    cpu.family = 6;
    memcpy(cpu.vendor, "AuthenticAMD", 13);
    assert_false(erratum_applies(&erratum, &cpu));
    memcpy(cpu.vendor, "GenuineIntel", 13);
    erratum.fixed_by = 0x20; /* unknown, below, at, above */
    assert_true(erratum_applies(&erratum, &cpu));
    cpu.has_microcode = true;
    cpu.microcode = 0x1f;
    assert_true(erratum_applies(&erratum, &cpu));
    cpu.microcode = 0x20;
    assert_false(erratum_applies(&erratum, &cpu));
    cpu.microcode = 0x21;
    assert_false(erratum_applies(&erratum, &cpu));
}

/* Models, steppings and the first revision that is right, typed from the list that Linux has. */
static void deadline_floors(void **state)
{
    static const struct {
        uint32_t signature, fixed_by; /* 0: never wrong */
    } floors[] = {
        {0x306c3, 0x22},       {0x40651, 0x20},       {0x40661, 0x17},       {0x306f2, 0x3a},
        {0x306f4, 0x0f},       {0x306f3, 0},          {0x306d4, 0x25},       {0x40671, 0x17},
        {0x406f1, 0x0b000020}, {0x50662, 0x11},       {0x50663, 0x0700000e}, {0x50664, 0x0f00000c},
        {0x50665, 0x0e000003}, {0x50661, 0},          {0x406e3, 0xb2},       {0x506e3, 0xb2},
        {0x50653, 0x01000136}, {0x50654, 0x02000014}, {0x50657, 0},          {0x806e9, 0x52},
        {0x906e9, 0x52},       {0x206a7, 0},          {0x806c1, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(floors); i++) {
        struct cpu_identity cpu = cpu_of(floors[i].signature);

        expect(!erratum_of_deadline(&cpu), "0x%x: microcode unknown", floors[i].signature);
        cpu.has_microcode = true;
        cpu.microcode = floors[i].fixed_by;
        expect(!erratum_of_deadline(&cpu), "0x%x: at the floor", floors[i].signature);
        cpu.microcode = floors[i].fixed_by - (floors[i].fixed_by != 0);
        expect(!erratum_of_deadline(&cpu) == !floors[i].fixed_by, "0x%x: below the floor",
               floors[i].signature);
        cpu.hypervisor = true;
        expect(!erratum_of_deadline(&cpu), "0x%x: under a hypervisor", floors[i].signature);
    }
    assert_int_equal(wrong, 0);
}

/* Those that are told: by number, without and with TSX. */
static void told_errata(void **state)
{
    static const struct {
        const char *id;
        uint32_t signature;
        bool with_tsx;
    } told[] = {
        {"AAU30", 0x20652, true},          {"AAU30", 0x20655, true},
        {"AAK134/BY25", 0x106a5, true},    {"HSM182/HSD172", 0x306c3, false},
        {"HSM182", 0x40651, false},        {"HSM182/HSD172", 0x40661, false},
        {"HSE117", 0x306f2, false},        {"BDM127", 0x306d4, false},
        {"BDD117/BDW117", 0x40671, false}, {"BDF85/BDH75/BDX88", 0x406f1, false},
        {"BDE105", 0x50663, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
        struct cpu_identity cpu = cpu_of(told[i].signature);
        unsigned without = 0, with = 0;

        for (unsigned e = 0; e < vmx_errata_count; e++)
            if (vmx_errata[e].kind == ERRATUM_TOLD && !strcmp(vmx_errata[e].id, told[i].id)) {
                cpu.features = 0;
                without += erratum_applies(&vmx_errata[e], &cpu);
                cpu.features = ONE(FEATURE_rtm);
                with += erratum_applies(&vmx_errata[e], &cpu);
            }
        expect(without == 1 && with == told[i].with_tsx, "%s on 0x%x: %u, %u with TSX", told[i].id,
               told[i].signature, without, with);
    }
    assert_int_equal(wrong, 0);
}

/* --- CPUID ------------------------------------------------------------------------------------ */

/* Whether full's host policy, on a processor with these features, has the bit. */
static bool stays(const struct feature_need *need, uint64_t asked, uint64_t features)
{
    struct cpu_identity cpu = any_cpu;
    const struct policy_input input = {.raw = &full, .cpu = &cpu, .count = 1};
    struct msr_policy host;

    cpu.features_asked = asked;
    cpu.features = features;
    msr_policy_decide(&host, &input, &reasons);
    return word_offers(&host, need->word, ONE(need->bit));
}

static void each_feature(void **state)
{
    (void)state;
    for (unsigned i = 0; i < vmx_feature_need_count; i++) {
        const struct feature_need *need = &vmx_feature_needs[i];
        uint64_t lowest = need->features & -need->features;
        char name[30];

        snprintf(name, sizeof(name), "need %u", i);
        expect(stays(need, 0, 0), "%s: judged without data", name);
        expect(stays(need, ~UINT64_C(0), ~UINT64_C(0)), "%s: goes though it is there", name);
        expect(!stays(need, ~UINT64_C(0), ~need->features), "%s: stays", name);
        expect_reason(name, need->word, need->bit, WHY_FEATURE, i);
        expect(stays(need, ~UINT64_C(0), ~need->features | lowest), "%s: one of them", name);
        expect(stays(need, ~lowest, ~need->features), "%s: one of them not known", name);
    }
    assert_int_equal(wrong, 0);
}

/* One of two processors lacks it: none may be asked for it. */
static void feature_of_one(void **state)
{
    const struct msr_policy raw[2] = {full, full};
    struct cpu_identity cpu[2] = {any_cpu, any_cpu};
    const struct policy_input input = {.raw = raw, .cpu = cpu, .count = 2};
    struct msr_policy host;

    (void)state;
    cpu[0].features_asked = cpu[1].features_asked = cpu[0].features = ~UINT64_C(0);
    cpu[1].features = ~ONE(FEATURE_invpcid);
    msr_policy_decide(&host, &input, &reasons);
    assert_false(word_offers(&host, WORD_PROC2, ONE(12)));
    assert_int_equal(reasons.count, 1);
}

/* --- guests ----------------------------------------------------------------------------------- */

/* A VM whose CPUID shows it all, and one as Lintel's are: kern/vm/guest_cpuid.def. */
static const struct vm_features everything = {~UINT64_C(0), ~UINT64_C(0)};
static const struct vm_features plain = {
    .shown = ONE(FEATURE_xsave) | ONE(FEATURE_rdrand) | ONE(FEATURE_rdseed) | ONE(FEATURE_smep),
    .cr4 = ONE(18) | ONE(20) | ONE(5),
};

static const char *why_text(const struct policy_reason *reason)
{
    return reason && reason->why == WHY_WITHHELD ? guest_withheld_text(reason) : "";
}

static void guest_of_full(void **state)
{
    struct msr_policy guest, again;

    (void)state;
    msr_policy_guest(&guest, &full, &everything, &reasons);
    assert_true(word_offers(&guest, WORD_PROC2, ONE(1) | ONE(5) | ONE(7)));
    assert_true(word_offers(&guest, WORD_PIN, ONE(0) | ONE(3) | ONE(5)));
    assert_false(word_may(&guest, WORD_PIN) & (ONE(6) | ONE(7)));
    assert_int_equal(word_may(&guest, WORD_PROC3), 0);
    assert_int_equal(word_may(&guest, WORD_EXIT2), 0);
    assert_int_equal(word_may(&guest, WORD_VMFUNC), 0);
    assert_false(word_may(&guest, WORD_CR4) & ONE(14));
    assert_int_equal(guest.vmx.basic.vmcs_revision_id, 0x12);
    assert_int_equal(guest.vmx.misc.cr3_target, full.vmx.misc.cr3_target);
    assert_int_equal(msr_policy_misfits(&guest, &full, NULL, 0), 0);
    for (unsigned i = 0; i < reasons.count; i++)
        assert_true(reasons.reason[i].why != WHY_WITHHELD || why_text(&reasons.reason[i])[0]);
    msr_policy_guest(&again, &guest, &everything, &reasons);
    assert_int_equal(reasons.count, 0);
}

/* What the SDM's words say, in numbers: all that a guest hypervisor gets of `full`, and no more. */
static const struct {
    enum vmx_word_id word;
    uint64_t most;    /* where the VM's CPUID shows everything */
    uint64_t usually; /* `plain` */
} guest_facts[] = {
    {WORD_BASIC, 0x01d8040000000012, 0x01d8040000000012},
    {WORD_PIN, 0x3f, 0x3f},
    {WORD_PROC, 0xffd9fffe, 0xffd9fffe},
    {WORD_EXIT, 0x003fefff, 0x003fefff},
    {WORD_ENTRY, 0x0000d3ff, 0x0000d3ff},
    {WORD_MISC, 0x000000076f040065, 0x000000076f040065},
    {WORD_CR0, 0xffffffff, 0xffffffff},
    {WORD_CR4, 0x00352ebc, 0x00142020},
    {WORD_VMCS_ENUM, 0x34, 0x34},
    {WORD_PROC2, 0x00011ce6, 0x00010ce6},
    {WORD_EPT_VPID, 0x00000f0106134041, 0x00000f0106134041},
    {WORD_VMFUNC, 0, 0},
    {WORD_PROC3, 0, 0},
    {WORD_EXIT2, 0, 0},
};

static void guests_get_no_more(void **state)
{
    struct msr_policy most, usual;

    (void)state;
    msr_policy_guest(&most, &full, &everything, &reasons);
    msr_policy_guest(&usual, &full, &plain, &reasons);
    for (unsigned i = 0; i < ARRAY_SIZE(guest_facts); i++) {
        uint64_t a = word_may(&most, guest_facts[i].word),
                 b = word_may(&usual, guest_facts[i].word);

        expect(a == guest_facts[i].most, "word %u: at most 0x%" PRIx64, guest_facts[i].word, a);
        expect(b == guest_facts[i].usually, "word %u: usually 0x%" PRIx64, guest_facts[i].word, b);
    }
    assert_int_equal(wrong, 0);
}

/* Each row has bits with a name, which no other row has, and says why. */
static void each_row_decides_alone(void **state)
{
    uint64_t seen[WORD_COUNT] = {0};

    (void)state;
    for (unsigned i = 0; i < guest_offer_count; i++) {
        const struct guest_offer *row = &guest_offers[i];

        expect(row->bits && !(row->bits & ~vmx_words[row->word].named),
               "row %u: bits without a name", i);
        expect(!(row->bits & seen[row->word]), "row %u: bits of another row", i);
        expect(row->why && row->why[0], "row %u: no reason", i);
        seen[row->word] |= row->bits;
    }
    assert_int_equal(wrong, 0);
}

/* Every bit of every word that no row offers, as if a new processor had it: it is withheld. */
static void bits_without_a_row(void **state)
{
    struct msr_policy guest;

    (void)state;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        for (unsigned bit = 0; bit < vmx_words[vmx_msrs[index].word].size; bit++) {
            enum vmx_word_id word = vmx_msrs[index].word;
            struct msr_policy host = full;
            const struct bit_row *row = word_row(word, bit);

            if (row || has_any(vmx_words[word].default1, ONE(bit)))
                continue; /* the facts above have these */
            host.raw[index] |= vmx_msrs[index].form == FORM_CONTROLS ? MAY(bit) : ONE(bit);
            if (vmx_msrs[index].form == FORM_MUST_BE_1 || !has_any(word_may(&host, word), ONE(bit)))
                continue; /* it must be 1, or the true MSR decides */
            msr_policy_guest(&guest, &host, &everything, &reasons);
            expect(!has_any(word_may(&guest, word), ONE(bit)), "word %u bit %u is offered", word,
                   bit);
            expect(!strcmp(why_text(reason_of(word, bit)), "nothing stands in for it"),
                   "word %u bit %u: %s", word, bit, why_text(reason_of(word, bit)));
        }
    assert_int_equal(wrong, 0);
}

/* Each feature taken from a VM's CPUID takes what needs it, and CR4 loses what the VM's has not. */
static void guests_by_their_cpuid(void **state)
{
    struct msr_policy guest;

    (void)state;
    for (unsigned i = 0; i < vmx_feature_need_count; i++) {
        const struct feature_need *need = &vmx_feature_needs[i];
        const struct vm_features vm = {~need->features, ~UINT64_C(0)};

        msr_policy_guest(&guest, &full, &vm, &reasons);
        expect(!has_any(word_may(&guest, need->word), ONE(need->bit)), "need %u: offered", i);
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        const struct vm_features vm = {~UINT64_C(0), ~ONE(bit)};
        bool must = has_any(word_must(&full, WORD_CR4), ONE(bit));

        msr_policy_guest(&guest, &full, &vm, &reasons);
        expect(must == has_any(word_may(&guest, WORD_CR4), ONE(bit)), "CR4 bit %u", bit);
    }
    msr_policy_guest(&guest, &full, &(struct vm_features){~UINT64_C(0), ~ONE(20)}, &reasons);
    expect(
        !strcmp(why_text(reason_of(WORD_CR4, 20)), "the guest's CPUID does not show the feature"),
        "CR4.SMEP: %s", why_text(reason_of(WORD_CR4, 20)));
    msr_policy_guest(&guest, &full, &plain, &reasons);
    expect(reason_of(WORD_PROC2, 12) && reason_of(WORD_PROC2, 12)->why == WHY_FEATURE,
           "enable INVPCID is offered to a VM without INVPCID");
    assert_int_equal(wrong, 0);
}

/* A number goes as a whole, with one reason. */
static void numbers_are_withheld_whole(void **state)
{
    struct msr_policy guest;

    (void)state;
    msr_policy_guest(&guest, &full, &everything, &reasons);
    assert_int_equal(full.vmx_ept_vpid_cap.hlat_prefix_max, 0x3f);
    assert_int_equal(guest.vmx_ept_vpid_cap.hlat_prefix_max, 0);
    assert_non_null(reason_of(WORD_EPT_VPID, 48));
    for (unsigned bit = 49; bit < 54; bit++)
        assert_null(reason_of(WORD_EPT_VPID, bit));
}

/* --- any machine ------------------------------------------------------------------------------ */

static uint64_t random_state;

/* splitmix64 */
static uint64_t random64(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static bool read_random(void *context, uint32_t address, uint64_t *value)
{
    (void)context;
    *value = full.raw[AT(address)];
    if (random64() % 4 == 0)
        *value ^= random64() & random64() & random64() & random64();
    if (random64() % 64 == 0)
        *value = random64();
    return random64() % 256 != 0;
}

/* The bits of a number have one reason, at its lowest bit. */
static uint64_t explained_bits(enum vmx_word_id word)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < reasons.count; i++) {
        const struct bit_row *row = word_row(word, reasons.reason[i].bit);

        if (reasons.reason[i].word == word)
            bits |= row && row->width > 1 ? ((ONE(row->width) - 1) << row->position)
                                          : ONE(reasons.reason[i].bit);
    }
    return bits;
}

static const char *check_decision(const struct policy_input *input, const struct msr_policy *host)
{
    for (unsigned word = 0; word < WORD_COUNT; word++) {
        uint64_t offered = 0, seen = 0;

        for (unsigned i = 0; i < input->count; i++)
            offered |= word_may(&input->raw[i], word);
        if (offered & ~word_may(host, word) & ~explained_bits(word))
            return "a bit went without a reason";
        for (unsigned i = 0; i < reasons.count; i++)
            if (reasons.reason[i].word == word) {
                if (seen & ONE(reasons.reason[i].bit))
                    return "a bit has two reasons";
                seen |= ONE(reasons.reason[i].bit);
            }
        if (input->masks->bits[word] & word_may(host, word) & ~reasons.refused.bits[word])
            return "a masked bit stayed in silence";
    }
    for (unsigned i = 0; i < input->count && host->present; i++)
        if (msr_policy_misfits(host, &input->raw[i], NULL, 0))
            return "host does not fit a processor";
    return NULL;
}

/* A few bits of any MSR, as mask= would take them. */
static void mask_at_random(struct policy_masks *masks)
{
    for (unsigned i = 0; i < 4; i++) {
        char text[20];
        int length = snprintf(text, sizeof(text), "0x%x:%u", 0x480 + (unsigned)(random64() % 20),
                              (unsigned)(random64() % 64));

        if (policy_mask_add(masks, text, (size_t)length) != MASK_TAKEN)
            continue; /* a number, a restriction, or beyond the word */
    }
}

static void any_processors(void **state)
{
    const char *seed = getenv("SEED");

    (void)state;
    random_state = seed ? strtoull(seed, NULL, 0) : DEFAULT_SEED;
    print_message("# seed %" PRIu64 " (SEED=), %d rounds\n", random_state, ROUNDS);
    for (unsigned round = 0; round < ROUNDS && wrong < 10; round++) {
        struct msr_policy raw[PROCESSORS], host, again;
        struct cpu_identity cpu[PROCESSORS] = {any_cpu, any_cpu, any_cpu, any_cpu};
        struct policy_masks masks = {{0}};
        const struct policy_input input = {
            .raw = raw, .cpu = cpu, .count = 1 + random64() % PROCESSORS, .masks = &masks};

        for (unsigned i = 0; i < PROCESSORS; i++) {
            msr_policy_read(&raw[i], random64() % 32 != 0, read_random, NULL);
            cpu[i].features_asked = random64();
            cpu[i].features = random64() | random64();
        }
        mask_at_random(&masks);
        msr_policy_decide(&host, &input, &reasons);
        const char *broken = check_decision(&input, &host);
        expect(!broken, "round %u: %s", round, broken);
        const struct policy_input second = {.raw = &host, .cpu = cpu, .count = 1, .masks = &masks};
        msr_policy_decide(&again, &second, &reasons);
        expect(reasons.count == 0, "round %u: host of host is another", round);
    }
    assert_int_equal(wrong, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(processors_differ),
        TEST(a_processor_without_vmx),
        TEST(equal_processors),
        TEST(each_mask),
        TEST(mask_order),
        TEST(each_erratum),
        TEST(errata_ask_who),
        TEST(each_feature),
        TEST(feature_of_one),
        TEST(guest_of_full),
        TEST(guests_get_no_more),
        TEST(each_row_decides_alone),
        TEST(bits_without_a_row),
        TEST(guests_by_their_cpuid),
        TEST(numbers_are_withheld_whole),
        TEST(any_processors),
        TEST(base_not_given),
        TEST(deadline_floors),
        TEST(told_errata),
    };

    return cmocka_run_group_tests_name("policy_host", tests, NULL, NULL);
}
