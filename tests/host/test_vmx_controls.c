/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmx_controls.c - the control builder: what becomes of required, optional and forbidden bits
 * by what a processor offers and insists on, and what the explanation says. Case by case, bit by
 * bit, and at random against a second builder over rules typed from the SDM in numbers.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/controls.h"
#include "support.h"

#define AT(address)   (address - 0x480)
#define MSR(address)  (UINT32_C(1) << AT(address))
#define TRUE_MSRS     (MSR(0x48d) | MSR(0x48e) | MSR(0x48f) | MSR(0x490))
#define UNGATED_MSRS  0x007ffu
#define TRUE_CONTROLS (UINT64_C(1) << 55) /* of IA32_VMX_BASIC */
#define BIT(position) (UINT64_C(1) << (position))

/* What is known of each control word without the code under test. */
struct word_fact {
    const char *name;
    enum vmx_word_id id;
    unsigned size;
    unsigned msr;      /* legacy, or the only one */
    unsigned true_msr; /* 0: none */
    uint64_t named;
    uint64_t reserved1; /* reserved, and 1 by the true MSR too */
    uint64_t default1;  /* 1 by the legacy MSR */
    const char *msr_name;
    const char *true_msr_name;
};

static const struct word_fact facts[CTL_COUNT] = {
    [CTL_PIN] = {"PIN", WORD_PIN, 32, 0x481, 0x48d, 0xe9, 0x16, 0x16, "IA32_VMX_PINBASED_CTLS",
                 "IA32_VMX_TRUE_PINBASED_CTLS"},
    [CTL_PROC] = {"PROC", WORD_PROC, 32, 0x482, 0x48e, 0xfbfb9e8c, 0x04006172, 0x0401e172,
                  "IA32_VMX_PROCBASED_CTLS", "IA32_VMX_TRUE_PROCBASED_CTLS"},
    [CTL_PROC2] = {"PROC2", WORD_PROC2, 32, 0x48b, 0, 0xffffffff, 0, 0, "IA32_VMX_PROCBASED_CTLS2",
                   NULL},
    [CTL_PROC3] = {"PROC3", WORD_PROC3, 64, 0x492, 0, 0x13ff, 0, 0, "IA32_VMX_PROCBASED_CTLS3",
                   NULL},
    [CTL_EXIT] = {"EXIT", WORD_EXIT, 32, 0x483, 0x48f, 0xfffc9204, 0x36dfb, 0x36dff,
                  "IA32_VMX_EXIT_CTLS", "IA32_VMX_TRUE_EXIT_CTLS"},
    [CTL_EXIT2] = {"EXIT2", WORD_EXIT2, 64, 0x493, 0, 0xf, 0, 0, "IA32_VMX_EXIT_CTLS2", NULL},
    [CTL_ENTRY] = {"ENTRY", WORD_ENTRY, 32, 0x484, 0x490, 0x01ffee04, 0x11fb, 0x11ff,
                   "IA32_VMX_ENTRY_CTLS", "IA32_VMX_TRUE_ENTRY_CTLS"},
};

/* SDM "Checks on VMX Controls": the bits `mask` of `word` need bit `on_bit` of `on_word`. */
struct rule {
    enum control_word word;
    uint64_t mask;
    enum control_word on_word;
    unsigned on_bit;
};

static const struct rule rules[] = {
    {CTL_PIN, BIT(5), CTL_PIN, 3},                       /* virtual NMIs: NMI exiting */
    {CTL_PROC, BIT(22), CTL_PIN, 5},                     /* NMI-window exiting: virtual NMIs */
    {CTL_PIN, BIT(7), CTL_PROC2, 9},                     /* posted interrupts: delivery */
    {CTL_PIN, BIT(7), CTL_EXIT, 15},                     /* ... and acknowledge on exit */
    {CTL_PROC2, BIT(9), CTL_PIN, 0},                     /* delivery: external interrupts */
    {CTL_PROC2, BIT(4) | BIT(8) | BIT(9), CTL_PROC, 21}, /* APIC virtualization: TPR shadow */
    {CTL_PROC3, BIT(4), CTL_PROC, 21},                   /* ... of IPIs too */
    {CTL_PROC3, BIT(8), CTL_PROC2, 9},                   /* APIC timer: delivery */
    {CTL_EXIT, BIT(22), CTL_PIN, 6},                     /* save preemption timer: the timer */
    {CTL_PROC2, BIT(7) | BIT(17) | BIT(22) | BIT(23) | BIT(24), CTL_PROC2, 1}, /* EPT */
    {CTL_PROC2, BIT(24), CTL_EXIT, 25},                  /* PT by guest-physical address: clear */
    {CTL_PROC2, BIT(24), CTL_ENTRY, 18},                 /* ... and load IA32_RTIT_CTL */
    {CTL_PROC3, BIT(1) | BIT(2) | BIT(3), CTL_PROC2, 1}, /* HLAT, paging-write, verify: EPT */
};

/* The bit that makes the processor look at a whole word. */
static const struct rule activations[] = {
    {CTL_PROC2, ~UINT64_C(0), CTL_PROC, 31},
    {CTL_PROC3, ~UINT64_C(0), CTL_PROC, 17},
    {CTL_EXIT2, ~UINT64_C(0), CTL_EXIT, 31},
};

/* What a processor says of one control word. */
struct offer {
    uint64_t must;
    uint64_t may;
};

static void set_msr(struct msr_policy *policy, unsigned address, uint64_t value)
{
    policy->raw[AT(address)] = value;
    policy->present |= MSR(address);
}

/* A word's MSRs. With true MSRs the legacy ones tell of default1 bits what they always tell. */
static void set_offer(struct msr_policy *policy, enum control_word word, struct offer offer,
                      bool true_msrs)
{
    const struct word_fact *fact = &facts[word];
    uint64_t value = offer.may << 32 | offer.must;

    if (fact->size == 64) {
        set_msr(policy, fact->msr, offer.may);
    } else if (fact->true_msr && true_msrs) {
        set_msr(policy, fact->msr,
                (offer.may | fact->default1) << 32 | offer.must | fact->default1);
        set_msr(policy, fact->true_msr, value);
    } else {
        set_msr(policy, fact->msr, value);
    }
}

static bool is_activated(const struct offer offers[CTL_COUNT], enum control_word word)
{
    for (unsigned i = 0; i < ARRAY_SIZE(activations); i++)
        if (activations[i].word == word)
            return has_any(offers[activations[i].on_word].may, BIT(activations[i].on_bit));
    return true;
}

/* A policy of these offers; words that nothing activates have no MSR. */
static void make_policy(struct msr_policy *policy, const struct offer offers[CTL_COUNT],
                        bool true_msrs)
{
    *policy = (struct msr_policy){.present = UNGATED_MSRS};
    if (true_msrs)
        set_msr(policy, 0x480, TRUE_CONTROLS);
    for (unsigned word = 0; word < CTL_COUNT; word++)
        if (is_activated(offers, word))
            set_offer(policy, word, offers[word], true_msrs);
}

static const char *explain(const struct controls *controls, const struct msr_policy *policy)
{
    static char text[16384];
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, sizeof(text));
    controls_explain(&buffer.out, controls, policy);
    assert_in_range(buffer.length, 0, sizeof(text) - 1);
    return text;
}

static void expect_result(const char *name, enum control_word word,
                          const struct control_result *result,
                          const struct control_result *expected)
{
    const struct {
        const char *name;
        uint64_t is, expected;
    } parts[] = {
        {"value", result->value, expected->value},
        {"missing", result->missing, expected->missing},
        {"dropped", result->dropped, expected->dropped},
        {"forced", result->forced, expected->forced},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
        expect(parts[i].is == parts[i].expected, "%s: %s %s is 0x%" PRIx64 ", expected 0x%" PRIx64,
               name, facts[word].name, parts[i].name, parts[i].is, parts[i].expected);
}

/* --- case by case ----------------------------------------------------------------------------- */

/* Words that a case does not mention offer nothing, are asked for nothing, and give nothing. */
struct build_case {
    const char *name;
    bool true_msrs;
    struct offer offers[CTL_COUNT];
    struct control_request request[CTL_COUNT];
    struct control_result expected[CTL_COUNT];
    const char *explained; /* empty: S_OK is expected, else S_MISSING */
};

#define NOT_OFFERED   ", which this processor does not offer\n"
#define NOT_ASKED     ", which was not asked for, though another required control depends on it\n"
#define DROPPED       ", which was dropped, since something that it needs is missing\n"
#define WAS_FORBIDDEN ", which was forbidden, though another required control depends on it\n"
#define INSISTS       ", which this processor insists on\n"
#define SECONDARY     "\"activate secondary controls\" (IA32_VMX_PROCBASED_CTLS bit 31)"

static const struct build_case build_cases[] = {
    {.name = "nothing is offered, nothing asked for", .explained = ""},
    {.name = "required, offered",
     .offers = {[CTL_PIN] = {.may = 0x1}},
     .request = {[CTL_PIN] = {.required = 0x1}},
     .expected = {[CTL_PIN] = {.value = 0x1}},
     .explained = ""},
    {.name = "required, not offered",
     .offers = {[CTL_PIN] = {.may = 0x8}},
     .request = {[CTL_PIN] = {.required = 0x9}},
     .expected = {[CTL_PIN] = {.value = 0x8, .missing = 0x1}},
     .explained = "controls: needs \"external-interrupt exiting\" (IA32_VMX_PINBASED_CTLS bit "
                  "0)" NOT_OFFERED},
    {.name = "required, not offered by the true MSR",
     .true_msrs = true,
     .offers = {[CTL_PIN] = {.may = 0x8}},
     .request = {[CTL_PIN] = {.required = 0x1}},
     .expected = {[CTL_PIN] = {.missing = 0x1}},
     .explained = "controls: needs \"external-interrupt exiting\" (IA32_VMX_TRUE_PINBASED_CTLS "
                  "bit 0)" NOT_OFFERED},
    {.name = "required, and it must be 1",
     .offers = {[CTL_EXIT] = {.must = 0x4, .may = 0x4}},
     .request = {[CTL_EXIT] = {.required = 0x4}},
     .expected = {[CTL_EXIT] = {.value = 0x4}},
     .explained = ""},
    {.name = "optional, offered",
     .offers = {[CTL_ENTRY] = {.may = 0xc000}},
     .request = {[CTL_ENTRY] = {.optional = 0x4000}},
     .expected = {[CTL_ENTRY] = {.value = 0x4000}},
     .explained = ""},
    {.name = "optional, one of two offered",
     .offers = {[CTL_ENTRY] = {.may = 0x8000}},
     .request = {[CTL_ENTRY] = {.optional = 0xc000}},
     .expected = {[CTL_ENTRY] = {.value = 0x8000, .dropped = 0x4000}},
     .explained = ""},
    {.name = "forbidden, and it may be 1",
     .offers = {[CTL_PROC] = {.may = 0x02000080}},
     .request = {[CTL_PROC] = {.required = 0x80, .forbidden = 0x02000000}},
     .expected = {[CTL_PROC] = {.value = 0x80}},
     .explained = ""},
    {.name = "forbidden, but it must be 1",
     .offers = {[CTL_EXIT] = {.must = 0x8004, .may = 0x8004}},
     .request = {[CTL_EXIT] = {.forbidden = 0x4}},
     .expected = {[CTL_EXIT] = {.value = 0x8004, .forced = 0x8004}},
     .explained = "controls: cannot do without \"save debug controls\" (IA32_VMX_EXIT_CTLS bit "
                  "2)" INSISTS},
    {.name = "must be 1, and nobody cares",
     .offers = {[CTL_EXIT] = {.must = 0x4, .may = 0x4}},
     .expected = {[CTL_EXIT] = {.value = 0x4, .forced = 0x4}},
     .explained = ""},

    {.name = "default1, with true MSRs: CR3 exiting stays off",
     .true_msrs = true,
     .offers = {[CTL_PIN] = {0x16, 0xff},
                [CTL_PROC] = {0x04006172, 0xfff9fffe},
                [CTL_EXIT] = {0x36dfb, 0x7fffff},
                [CTL_ENTRY] = {0x11fb, 0xffff}},
     .request = {[CTL_PROC] = {.required = 0x80, .forbidden = 0x18000},
                 [CTL_EXIT] = {.required = 0x200, .forbidden = 0x4},
                 [CTL_ENTRY] = {.forbidden = 0x4}},
     .expected = {[CTL_PIN] = {.value = 0x16, .forced = 0x16},
                  [CTL_PROC] = {.value = 0x040061f2, .forced = 0x04006172},
                  [CTL_EXIT] = {.value = 0x36ffb, .forced = 0x36dfb},
                  [CTL_ENTRY] = {.value = 0x11fb, .forced = 0x11fb}},
     .explained = ""},
    {.name = "default1, without true MSRs: CR3 exiting is forced",
     .offers = {[CTL_PIN] = {0x16, 0xff},
                [CTL_PROC] = {0x0401e172, 0xfff9fffe},
                [CTL_EXIT] = {0x36dff, 0x7fffff},
                [CTL_ENTRY] = {0x11ff, 0xffff}},
     .request = {[CTL_PROC] = {.required = 0x80}, [CTL_EXIT] = {.required = 0x200}},
     .expected = {[CTL_PIN] = {.value = 0x16, .forced = 0x16},
                  [CTL_PROC] = {.value = 0x0401e1f2, .forced = 0x0401e172},
                  [CTL_EXIT] = {.value = 0x36fff, .forced = 0x36dff},
                  [CTL_ENTRY] = {.value = 0x11ff, .forced = 0x11ff}},
     .explained = ""},
    {.name = "default1, without true MSRs: CR3 exiting is forbidden, and forced",
     .offers = {[CTL_PROC] = {0x0401e172, 0xfff9fffe}, [CTL_ENTRY] = {0x11ff, 0xffff}},
     .request = {[CTL_PROC] = {.forbidden = 0x18000}, [CTL_ENTRY] = {.forbidden = 0x4}},
     .expected = {[CTL_PROC] = {.value = 0x0401e172, .forced = 0x0401e172},
                  [CTL_ENTRY] = {.value = 0x11ff, .forced = 0x11ff}},
     .explained =
         "controls: cannot do without \"CR3-load exiting\" (IA32_VMX_PROCBASED_CTLS bit 15)" INSISTS
         "controls: cannot do without \"CR3-store exiting\" (IA32_VMX_PROCBASED_CTLS bit "
         "16)" INSISTS
         "controls: cannot do without \"load debug controls\" (IA32_VMX_ENTRY_CTLS bit 2)" INSISTS},

    {.name = "a required secondary control activates its word",
     .offers = {[CTL_PROC] = {.may = 0x80000000}, [CTL_PROC2] = {.may = 0x20}},
     .request = {[CTL_PROC2] = {.required = 0x20}},
     .expected = {[CTL_PROC] = {.value = 0x80000000}, [CTL_PROC2] = {.value = 0x20}},
     .explained = ""},
    {.name = "an optional secondary control activates its word",
     .offers = {[CTL_PROC] = {.may = 0x80000000}, [CTL_PROC2] = {.may = 0x20}},
     .request = {[CTL_PROC2] = {.optional = 0x28}},
     .expected =
         {[CTL_PROC] = {.value = 0x80000000}, [CTL_PROC2] = {.value = 0x20, .dropped = 0x8}},
     .explained = ""},
    {.name = "nothing secondary is asked for: the word stays off",
     .offers = {[CTL_PROC] = {.may = 0x80000000}, [CTL_PROC2] = {.may = 0x20}},
     .request = {[CTL_PROC2] = {.forbidden = 0x20}},
     .explained = ""},
    {.name = "tertiary controls activate their word",
     .offers = {[CTL_PROC] = {.may = 0x00020000}, [CTL_PROC3] = {.may = 0x1}},
     .request = {[CTL_PROC3] = {.required = 0x1}},
     .expected = {[CTL_PROC] = {.value = 0x00020000}, [CTL_PROC3] = {.value = 0x1}},
     .explained = ""},
    {.name = "secondary VM-exit controls activate their word",
     .offers = {[CTL_EXIT] = {.may = 0x80000000}, [CTL_EXIT2] = {.may = 0xf}},
     .request = {[CTL_EXIT2] = {.required = 0x8, .optional = 0x4}},
     .expected = {[CTL_EXIT] = {.value = 0x80000000}, [CTL_EXIT2] = {.value = 0xc}},
     .explained = ""},
    {.name = "a required secondary control where there are none",
     .request = {[CTL_PROC2] = {.required = 0x2}},
     .expected = {[CTL_PROC] = {.missing = 0x80000000}, [CTL_PROC2] = {.missing = 0x2}},
     .explained = "controls: needs " SECONDARY NOT_OFFERED
                  "controls: needs \"enable EPT\" (IA32_VMX_PROCBASED_CTLS2 bit 1)" NOT_OFFERED},
    {.name = "a required tertiary and secondary exit control where there are none",
     .request = {[CTL_PROC3] = {.required = 0x1}, [CTL_EXIT2] = {.required = 0x4}},
     .expected = {[CTL_PROC] = {.missing = 0x00020000},
                  [CTL_PROC3] = {.missing = 0x1},
                  [CTL_EXIT] = {.missing = 0x80000000},
                  [CTL_EXIT2] = {.missing = 0x4}},
     .explained =
         "controls: needs \"activate tertiary controls\" (IA32_VMX_PROCBASED_CTLS bit "
         "17)" NOT_OFFERED
         "controls: needs \"LOADIWKEY exiting\" (IA32_VMX_PROCBASED_CTLS3 bit 0)" NOT_OFFERED
         "controls: needs \"activate secondary controls\" (IA32_VMX_EXIT_CTLS bit 31)" NOT_OFFERED
         "controls: needs \"load IA32_SPEC_CTRL\" (IA32_VMX_EXIT_CTLS2 bit 2)" NOT_OFFERED},
    {.name = "an optional secondary control where there are none",
     .request = {[CTL_PROC2] = {.optional = 0x2}},
     .expected = {[CTL_PROC] = {.dropped = 0x80000000}, [CTL_PROC2] = {.dropped = 0x2}},
     .explained = ""},
    {.name = "a required secondary control, activation asked for as optional and not offered",
     .request = {[CTL_PROC] = {.optional = 0x80000000}, [CTL_PROC2] = {.required = 0x2}},
     .expected = {[CTL_PROC] = {.missing = 0x80000000}, [CTL_PROC2] = {.missing = 0x2}},
     .explained = "controls: needs " SECONDARY NOT_OFFERED
                  "controls: needs \"enable EPT\" (IA32_VMX_PROCBASED_CTLS2 bit 1)" NOT_OFFERED},
    {.name = "a required secondary control, activation forbidden",
     .offers = {[CTL_PROC] = {.may = 0x80000000}, [CTL_PROC2] = {.may = 0x20}},
     .request = {[CTL_PROC] = {.forbidden = 0x80000000}, [CTL_PROC2] = {.required = 0x20}},
     .expected = {[CTL_PROC] = {.missing = 0x80000000}, [CTL_PROC2] = {.value = 0x20}},
     .explained = "controls: needs " SECONDARY WAS_FORBIDDEN},
    {.name = "an optional secondary control, activation forbidden",
     .offers = {[CTL_PROC] = {.may = 0x80000000}, [CTL_PROC2] = {.may = 0x20}},
     .request = {[CTL_PROC] = {.forbidden = 0x80000000}, [CTL_PROC2] = {.optional = 0x20}},
     .expected = {[CTL_PROC2] = {.dropped = 0x20}},
     .explained = ""},
    {.name = "an optional secondary control, activation must be 1",
     .offers = {[CTL_PROC] = {.must = 0x80000000, .may = 0x80000000}, [CTL_PROC2] = {.may = 0x20}},
     .request = {[CTL_PROC2] = {.optional = 0x20}},
     .expected = {[CTL_PROC] = {.value = 0x80000000}, [CTL_PROC2] = {.value = 0x20}},
     .explained = ""},

    {.name = "optional dependent, base required",
     .offers = {[CTL_PIN] = {.may = 0x28}},
     .request = {[CTL_PIN] = {.required = 0x8, .optional = 0x20}},
     .expected = {[CTL_PIN] = {.value = 0x28}},
     .explained = ""},
    {.name = "optional dependent, optional base not offered",
     .offers = {[CTL_PIN] = {.may = 0x20}},
     .request = {[CTL_PIN] = {.optional = 0x28}},
     .expected = {[CTL_PIN] = {.dropped = 0x28}},
     .explained = ""},
    {.name = "optional dependent, base not asked for",
     .offers = {[CTL_PIN] = {.may = 0x28}},
     .request = {[CTL_PIN] = {.optional = 0x20}},
     .expected = {[CTL_PIN] = {.dropped = 0x20}},
     .explained = ""},
    {.name = "optional dependent, base must be 1",
     .offers = {[CTL_PIN] = {.must = 0x8, .may = 0x28}},
     .request = {[CTL_PIN] = {.optional = 0x20}},
     .expected = {[CTL_PIN] = {.value = 0x28, .forced = 0x8}},
     .explained = ""},
    {.name = "required dependent, base not asked for",
     .offers = {[CTL_PIN] = {.may = 0x28}},
     .request = {[CTL_PIN] = {.required = 0x20}},
     .expected = {[CTL_PIN] = {.value = 0x20, .missing = 0x8}},
     .explained = "controls: needs \"NMI exiting\" (IA32_VMX_PINBASED_CTLS bit 3)" NOT_ASKED},
    {.name = "required dependent, base forbidden",
     .offers = {[CTL_PIN] = {.may = 0x28}},
     .request = {[CTL_PIN] = {.required = 0x20, .forbidden = 0x8}},
     .expected = {[CTL_PIN] = {.value = 0x20, .missing = 0x8}},
     .explained = "controls: needs \"NMI exiting\" (IA32_VMX_PINBASED_CTLS bit 3)" WAS_FORBIDDEN},
    {.name = "required dependent, base not offered",
     .offers = {[CTL_PIN] = {.may = 0x20}},
     .request = {[CTL_PIN] = {.required = 0x20}},
     .expected = {[CTL_PIN] = {.value = 0x20, .missing = 0x8}},
     .explained = "controls: needs \"NMI exiting\" (IA32_VMX_PINBASED_CTLS bit 3)" NOT_OFFERED},
    {.name = "required dependent, neither it nor its base offered: both are said",
     .offers = {[CTL_PROC] = {.may = 0x80000000}},
     .request = {[CTL_PROC2] = {.required = 0x82}},
     .expected = {[CTL_PROC] = {.value = 0x80000000}, [CTL_PROC2] = {.missing = 0x82}},
     .explained =
         "controls: needs \"enable EPT\" (IA32_VMX_PROCBASED_CTLS2 bit 1)" NOT_OFFERED
         "controls: needs \"unrestricted guest\" (IA32_VMX_PROCBASED_CTLS2 bit 7)" NOT_OFFERED},
    {.name = "chain of optional controls, the end not offered",
     .offers = {[CTL_PIN] = {.may = 0x80},
                [CTL_PROC] = {.may = 0x80200000},
                [CTL_PROC2] = {.may = 0x300},
                [CTL_EXIT] = {.may = 0x8000}},
     .request = {[CTL_PIN] = {.optional = 0x81},
                 [CTL_PROC] = {.optional = 0x00200000},
                 [CTL_PROC2] = {.optional = 0x300},
                 [CTL_EXIT] = {.optional = 0x8000}},
     .expected = {[CTL_PIN] = {.dropped = 0x81},
                  [CTL_PROC] = {.value = 0x80200000},
                  [CTL_PROC2] = {.value = 0x100, .dropped = 0x200},
                  [CTL_EXIT] = {.value = 0x8000}},
     .explained = ""},
    {.name = "chain of optional controls, the same all offered",
     .offers = {[CTL_PIN] = {.may = 0x81},
                [CTL_PROC] = {.may = 0x80200000},
                [CTL_PROC2] = {.may = 0x300},
                [CTL_EXIT] = {.may = 0x8000}},
     .request = {[CTL_PIN] = {.optional = 0x81},
                 [CTL_PROC] = {.optional = 0x00200000},
                 [CTL_PROC2] = {.optional = 0x300},
                 [CTL_EXIT] = {.optional = 0x8000}},
     .expected = {[CTL_PIN] = {.value = 0x81},
                  [CTL_PROC] = {.value = 0x80200000},
                  [CTL_PROC2] = {.value = 0x300},
                  [CTL_EXIT] = {.value = 0x8000}},
     .explained = ""},
    {.name = "chain of optional controls through a word that is not there",
     .offers = {[CTL_PIN] = {.may = 0x81},
                [CTL_PROC] = {.may = 0x00200000},
                [CTL_EXIT] = {.may = 0x8000}},
     .request = {[CTL_PIN] = {.optional = 0x81},
                 [CTL_PROC] = {.optional = 0x00200000},
                 [CTL_PROC2] = {.optional = 0x200},
                 [CTL_EXIT] = {.optional = 0x8000}},
     .expected = {[CTL_PIN] = {.value = 0x1, .dropped = 0x80},
                  [CTL_PROC] = {.value = 0x00200000, .dropped = 0x80000000},
                  [CTL_PROC2] = {.dropped = 0x200},
                  [CTL_EXIT] = {.value = 0x8000}},
     .explained = ""},
    {.name = "chain with a required head: its base is dropped, and missing",
     .offers = {[CTL_PIN] = {.may = 0x20}, [CTL_PROC] = {.may = 0x00400000}},
     .request = {[CTL_PIN] = {.optional = 0x28}, [CTL_PROC] = {.required = 0x00400000}},
     .expected =
         {[CTL_PIN] = {.missing = 0x28, .dropped = 0x28}, [CTL_PROC] = {.value = 0x00400000}},
     .explained = "controls: needs \"NMI exiting\" (IA32_VMX_PINBASED_CTLS bit 3)" NOT_OFFERED
                  "controls: needs \"virtual NMIs\" (IA32_VMX_PINBASED_CTLS bit 5)" DROPPED},
    {.name = "forced dependent, base not asked for",
     .offers = {[CTL_PIN] = {.must = 0x20, .may = 0x28}},
     .expected = {[CTL_PIN] = {.value = 0x20, .missing = 0x8, .forced = 0x20}},
     .explained = "controls: needs \"NMI exiting\" (IA32_VMX_PINBASED_CTLS bit 3)" NOT_ASKED},
    {.name = "forced dependent, base asked for",
     .offers = {[CTL_PIN] = {.must = 0x20, .may = 0x28}},
     .request = {[CTL_PIN] = {.optional = 0x8}},
     .expected = {[CTL_PIN] = {.value = 0x28, .forced = 0x20}},
     .explained = ""},
    {.name = "forced dependent, asked for as optional: it is not dropped",
     .offers = {[CTL_PIN] = {.must = 0x20, .may = 0x20}},
     .request = {[CTL_PIN] = {.optional = 0x28}},
     .expected = {[CTL_PIN] = {.value = 0x20, .missing = 0x8, .dropped = 0x8}},
     .explained = "controls: needs \"NMI exiting\" (IA32_VMX_PINBASED_CTLS bit 3)" NOT_OFFERED},
    {.name = "forced dependent and forced base",
     .offers = {[CTL_PIN] = {.must = 0x28, .may = 0x28}},
     .expected = {[CTL_PIN] = {.value = 0x28, .forced = 0x28}},
     .explained = ""},
};

static void check_case(const struct build_case *c)
{
    struct controls controls = {.request = {{0}}};
    struct msr_policy policy;
    enum status expected = *c->explained ? S_MISSING : S_OK;
    enum status status;

    make_policy(&policy, c->offers, c->true_msrs);
    memcpy(controls.request, c->request, sizeof(c->request));
    memset(controls.result, 0xa5, sizeof(controls.result));
    status = controls_build(&controls, &policy);
    expect(status == expected, "%s: \"%s\"", c->name, status_text(status));
    for (unsigned word = 0; word < CTL_COUNT; word++)
        expect_result(c->name, word, &controls.result[word], &c->expected[word]);
    const char *text = explain(&controls, &policy);
    expect(!strcmp(text, c->explained), "%s: explained as\n%s", c->name, text);
}

static void cases(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(build_cases); i++)
        check_case(&build_cases[i]);
    assert_int_equal(wrong, 0);
}

/* --- words and fields ------------------------------------------------------------------------- */

static void words_and_fields(void **state)
{
    static const uint16_t encodings[CTL_COUNT] = {
        [CTL_PIN] = 0x4000,  [CTL_PROC] = 0x4002,  [CTL_PROC2] = 0x401e, [CTL_PROC3] = 0x2034,
        [CTL_EXIT] = 0x400c, [CTL_EXIT2] = 0x2044, [CTL_ENTRY] = 0x4012,
    };

    (void)state;
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        expect(control_word_id(word) == facts[word].id, "%s: word id", facts[word].name);
        expect(vmcs_fields[control_word_field(word)].encoding == encodings[word],
               "%s: its field is %s", facts[word].name, vmcs_fields[control_word_field(word)].name);
    }
    assert_int_equal(wrong, 0);
}

/* --- bit by bit ------------------------------------------------------------------------------- */

/* Everything that has a name is offered, and only the reserved bits must be 1. */
static void offer_everything(struct offer offers[CTL_COUNT], bool true_msrs)
{
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        const struct word_fact *fact = &facts[word];
        uint64_t must = true_msrs ? fact->reserved1 : fact->default1;

        offers[word] = (struct offer){.must = must, .may = fact->named | must};
    }
}

/* Adds what the required bits need, and what that needs. */
static void require_bases(struct control_request request[CTL_COUNT])
{
    for (unsigned round = 0; round < ARRAY_SIZE(rules); round++)
        for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
            if (has_any(request[rules[i].word].required, rules[i].mask))
                request[rules[i].on_word].required |= BIT(rules[i].on_bit);
}

static void require_activations(struct control_request request[CTL_COUNT])
{
    for (unsigned i = 0; i < ARRAY_SIZE(activations); i++)
        if (request[activations[i].word].required)
            request[activations[i].on_word].required |= BIT(activations[i].on_bit);
}

static const char *bit_name(enum control_word word, unsigned bit, bool true_msrs, bool offered)
{
    static char name[80];

    snprintf(name, sizeof(name), "%s bit %u, %s true MSRs, %soffered", facts[word].name, bit,
             true_msrs ? "with" : "without", offered ? "" : "not ");
    return name;
}

/* The one line that must come out when the bit is not offered. */
static const char *needs_line(enum control_word word, unsigned bit, bool true_msrs)
{
    const struct word_fact *fact = &facts[word];
    static char line[200];

    snprintf(line, sizeof(line), "controls: needs \"%s\" (%s bit %u)" NOT_OFFERED,
             word_row(fact->id, bit)->sdm,
             true_msrs && fact->true_msr ? fact->true_msr_name : fact->msr_name, bit);
    return line;
}

/* A bit with its bases is required, and a processor offers everything, or everything but it. */
static void check_bit(enum control_word word, unsigned bit, bool true_msrs, bool offered)
{
    const char *name = bit_name(word, bit, true_msrs, offered);
    struct controls controls = {.request = {{0}}};
    struct offer offers[CTL_COUNT];
    struct msr_policy policy;

    offer_everything(offers, true_msrs);
    if (!offered) {
        offers[word].may &= ~BIT(bit);
        offers[word].must &= ~BIT(bit);
    }
    controls.request[word].required = BIT(bit);
    require_bases(controls.request);
    make_policy(&policy, offers, true_msrs);
    enum status status = controls_build(&controls, &policy);
    require_activations(controls.request);
    expect(status == (offered ? S_OK : S_MISSING), "%s: \"%s\"", name, status_text(status));
    for (unsigned other = 0; other < CTL_COUNT; other++) {
        uint64_t asked = controls.request[other].required;
        uint64_t missing = other == word && !offered ? BIT(bit) : 0;
        struct control_result expected = {
            .value = (asked & ~missing) | offers[other].must,
            .missing = missing,
            .forced = offers[other].must & ~asked,
        };
        expect_result(name, other, &controls.result[other], &expected);
    }
    const char *text = explain(&controls, &policy);
    expect(!strcmp(text, offered ? "" : needs_line(word, bit, true_msrs)), "%s: explained as\n%s",
           name, text);
}

static void each_bit(void **state)
{
    unsigned bits = 0;

    (void)state;
    for (unsigned word = 0; word < CTL_COUNT; word++)
        for (unsigned bit = 0; bit < 64; bit++)
            for (unsigned i = 0; i < 4 && has_any(facts[word].named, BIT(bit)); i++) {
                check_bit(word, bit, i & 1, i & 2);
                bits += i == 0;
            }
    assert_int_equal(bits, 108);
    assert_int_equal(wrong, 0);
}

/* All bits that are named are known to the tables, and no others. */
static void named_bits(void **state)
{
    (void)state;
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        expect(vmx_words[facts[word].id].named == facts[word].named, "%s: named bits 0x%" PRIx64,
               facts[word].name, vmx_words[facts[word].id].named);
        expect(vmx_words[facts[word].id].default1 == facts[word].reserved1, "%s: 0x%" PRIx64,
               facts[word].name, vmx_words[facts[word].id].default1);
    }
    assert_int_equal(wrong, 0);
}

/* A forbidden bit that must be 1, for each bit. */
static void each_forced_bit(void **state)
{
    (void)state;
    for (unsigned word = 0; word < CTL_COUNT; word++)
        for (unsigned bit = 0; bit < 32 && facts[word].size == 32; bit++) {
            const char *name = bit_name(word, bit, true, true);
            struct controls controls = {.request = {{0}}};
            struct offer offers[CTL_COUNT] = {{0}};
            struct msr_policy policy;

            offers[CTL_PROC].may = BIT(31);
            offers[word] = (struct offer){.must = BIT(bit), .may = BIT(bit) | offers[word].may};
            controls.request[word].forbidden = BIT(bit);
            make_policy(&policy, offers, true);
            expect(controls_build(&controls, &policy) == S_MISSING, "%s: S_OK", name);
            expect(controls.result[word].forced == BIT(bit), "%s: forced 0x%" PRIx64, name,
                   controls.result[word].forced);
            expect(strstr(explain(&controls, &policy), "controls: cannot do without \""),
                   "%s: no word of it", name);
        }
    assert_int_equal(wrong, 0);
}

/* --- rule by rule ----------------------------------------------------------------------------- */

/* What the SDM says `bit` needs, and what that needs in turn. */
static void all_bases(enum control_word word, unsigned bit, uint64_t bases[CTL_COUNT])
{
    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
        if (rules[i].word == word && has_any(rules[i].mask, BIT(bit)) &&
            !has_any(bases[rules[i].on_word], BIT(rules[i].on_bit))) {
            bases[rules[i].on_word] |= BIT(rules[i].on_bit);
            all_bases(rules[i].on_word, rules[i].on_bit, bases);
        }
}

/* A base in a word that nothing was asked of needs that word's activation as well. */
static void activation_bases(enum control_word word, uint64_t bases[CTL_COUNT])
{
    for (unsigned i = 0; i < ARRAY_SIZE(activations); i++)
        if (activations[i].word != word && bases[activations[i].word])
            bases[activations[i].on_word] |= BIT(activations[i].on_bit);
}

/* Everything is offered, only `bit` is required: its bases are missing, or it is dropped. */
static void check_dependent(enum control_word word, unsigned bit, bool required)
{
    const char *name = bit_name(word, bit, true, true);
    struct controls controls = {.request = {{0}}};
    uint64_t bases[CTL_COUNT] = {0};
    struct offer offers[CTL_COUNT];
    struct msr_policy policy;
    bool has_bases = false;

    all_bases(word, bit, bases);
    activation_bases(word, bases);
    offer_everything(offers, true);
    make_policy(&policy, offers, true);
    *(required ? &controls.request[word].required : &controls.request[word].optional) = BIT(bit);
    enum status status = controls_build(&controls, &policy);
    for (unsigned other = 0; other < CTL_COUNT; other++) {
        has_bases |= bases[other] != 0;
        expect(controls.result[other].missing == (required ? bases[other] : 0),
               "%s, %s: %s missing 0x%" PRIx64, name, required ? "required" : "optional",
               facts[other].name, controls.result[other].missing);
    }
    expect(controls.result[word].dropped == (has_bases && !required ? BIT(bit) : 0),
           "%s: dropped 0x%" PRIx64, name, controls.result[word].dropped);
    expect(status == (has_bases && required ? S_MISSING : S_OK), "%s: \"%s\"", name,
           status_text(status));
}

static void each_dependent(void **state)
{
    (void)state;
    for (unsigned word = 0; word < CTL_COUNT; word++)
        for (unsigned bit = 0; bit < 64; bit++)
            if (has_any(facts[word].named, BIT(bit))) {
                check_dependent(word, bit, true);
                check_dependent(word, bit, false);
            }
    assert_int_equal(wrong, 0);
}

/* --- at random -------------------------------------------------------------------------------- */

#define ROUNDS 200000
#define SEED   UINT64_C(0xb111de2)

static uint64_t random_state;

/* SplitMix64. */
static uint64_t random64(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Each bit is 1 once in 2^`halvings` times. */
static uint64_t rare_bits(unsigned halvings)
{
    uint64_t bits = ~UINT64_C(0);

    while (halvings--)
        bits &= random64();
    return bits;
}

/* Few bits, half of them, most, or none. */
static uint64_t random_bits(void)
{
    switch (random64() % 4) {
    case 0:
        return rare_bits(3);
    case 1:
        return ~rare_bits(3);
    case 2:
        return random64();
    default:
        return 0;
    }
}

static uint64_t size_mask(enum control_word word)
{
    return facts[word].size == 64 ? ~UINT64_C(0) : 0xffffffff;
}

/* What must be 1 may be 1. The newer words have no bit that must be; PROC2 has hardly ever. */
static void random_offers(struct offer offers[CTL_COUNT])
{
    uint64_t any_bit = random64() & 1 ? 0 : ~UINT64_C(0);

    for (unsigned word = 0; word < CTL_COUNT; word++) {
        uint64_t must = rare_bits(3);

        if (facts[word].size == 64 || (word == CTL_PROC2 && random64() % 16))
            must = 0;
        must &= size_mask(word) & (any_bit | facts[word].reserved1);
        offers[word] =
            (struct offer){.must = must, .may = must | (random_bits() & size_mask(word))};
    }
    for (unsigned i = 0; i < ARRAY_SIZE(activations); i++)
        if (!is_activated(offers, activations[i].word))
            offers[activations[i].word] = (struct offer){.may = 0};
}

/* In half of the requests the three masks overlap. */
static void random_requests(struct control_request request[CTL_COUNT])
{
    bool overlap = random64() & 1;

    for (unsigned word = 0; word < CTL_COUNT; word++) {
        struct control_request *r = &request[word];

        r->required = random_bits() & rare_bits(2) & size_mask(word);
        r->optional = random_bits() & size_mask(word);
        r->forbidden = random_bits() & random64() & size_mask(word);
        if (!overlap) {
            r->optional &= ~r->required;
            r->forbidden &= ~(r->required | r->optional);
        }
    }
}

/* Asks only for what this processor can give, but for some bases: mostly that succeeds. */
static void moderate(struct control_request request[CTL_COUNT],
                     const struct offer offers[CTL_COUNT])
{
    for (unsigned word = 0; word < CTL_COUNT; word++)
        request[word].required &= offers[word].may & random64();
    require_bases(request);
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        request[word].required &= offers[word].may;
        request[word].forbidden &= ~offers[word].must;
    }
}

/* True when `rule` is broken by these values. */
static bool is_broken(const struct rule *rule, const uint64_t value[CTL_COUNT])
{
    return has_any(value[rule->word], rule->mask) &&
           !has_any(value[rule->on_word], BIT(rule->on_bit));
}

/* What a second builder makes of it: `kept` bits cannot be dropped. */
struct second {
    uint64_t required[CTL_COUNT];
    uint64_t optional[CTL_COUNT];
    uint64_t kept[CTL_COUNT];
    uint64_t value[CTL_COUNT];
    uint64_t missing[CTL_COUNT];
};

static void second_request(struct second *s, const struct control_request request[CTL_COUNT])
{
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        s->required[word] = request[word].required;
        s->optional[word] = request[word].optional;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(activations); i++) {
        const struct rule *rule = &activations[i];
        uint64_t bit = BIT(rule->on_bit) & ~request[rule->on_word].forbidden;

        bit &= ~request[rule->on_word].required;
        if (request[rule->word].required) {
            s->required[rule->on_word] |= bit;
            s->optional[rule->on_word] &= ~bit;
        } else if (request[rule->word].optional) {
            s->optional[rule->on_word] |= bit;
        }
    }
}

static bool second_drop(struct second *s, const struct rule *rule)
{
    uint64_t loose = s->value[rule->word] & rule->mask & ~s->kept[rule->word];

    if (!is_broken(rule, s->value) || !loose)
        return false;
    s->value[rule->word] &= ~loose;
    return true;
}

/* What is kept or missing makes its base missing, where that is not set. */
static bool second_missing(struct second *s, const struct rule *rule)
{
    uint64_t wanted = (s->kept[rule->word] | s->missing[rule->word]) & rule->mask;
    uint64_t base = BIT(rule->on_bit);

    if (!wanted || has_any(s->value[rule->on_word] | s->missing[rule->on_word], base))
        return false;
    s->missing[rule->on_word] |= base;
    return true;
}

static void second_build(struct second *s, const struct control_request request[CTL_COUNT],
                         const struct offer offers[CTL_COUNT])
{
    bool again = true;

    *s = (struct second){.value = {0}};
    second_request(s, request);
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        const struct offer *offer = &offers[word];

        s->kept[word] = s->required[word] | offer->must;
        s->value[word] = offer->must | ((s->required[word] | s->optional[word]) & offer->may);
        s->missing[word] = s->required[word] & ~offer->may;
    }
    while (again) {
        again = false;
        for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
            again |= second_drop(s, &rules[i]);
        for (unsigned i = 0; i < ARRAY_SIZE(activations); i++)
            again |= second_drop(s, &activations[i]);
    }
    for (again = true; again;) {
        again = false;
        for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
            again |= second_missing(s, &rules[i]);
        for (unsigned i = 0; i < ARRAY_SIZE(activations); i++)
            again |= second_missing(s, &activations[i]);
    }
}

/* The properties of one word, whatever was asked for. */
static const char *check_word(const struct controls *controls, const struct offer *offer,
                              const struct control_request *asked, enum control_word word,
                              enum status status)
{
    const struct control_request *request = &controls->request[word];
    const struct control_result *result = &controls->result[word];
    uint64_t wanted = request->required | request->optional;

    if (!has_all(result->value, offer->must))
        return "a bit that must be 1 is 0";
    if (!has_all(offer->may, result->value))
        return "a bit that may not be 1 is 1";
    if (result->dropped != (request->optional & ~result->value))
        return "dropped";
    if (result->forced != (result->value & ~wanted))
        return "forced";
    if (request->forbidden != asked->forbidden || !has_all(request->required, asked->required))
        return "the request was changed";
    if (status != S_OK)
        return NULL;
    if (!has_all(result->value, request->required) || result->missing)
        return "S_OK without all that is required";
    if (result->value & asked->forbidden & ~(asked->required | asked->optional))
        return "S_OK with a forbidden bit set";
    return NULL;
}

static const char *check_second(const struct controls *controls, const struct second *s)
{
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        if (controls->result[word].value != s->value[word])
            return "the value is not the second builder's";
        if (controls->result[word].missing != s->missing[word])
            return "missing is not the second builder's";
    }
    return NULL;
}

static const char *check_dependencies(const struct controls *controls)
{
    uint64_t value[CTL_COUNT];

    for (unsigned word = 0; word < CTL_COUNT; word++)
        value[word] = controls->result[word].value;
    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
        if (is_broken(&rules[i], value))
            return "S_OK with a dependency broken";
    for (unsigned i = 0; i < ARRAY_SIZE(activations); i++)
        if (is_broken(&activations[i], value))
            return "S_OK with bits in a word that is not activated";
    return NULL;
}

static bool stands_in_the_way(const struct controls *controls)
{
    for (unsigned word = 0; word < CTL_COUNT; word++)
        if (controls->result[word].missing ||
            (controls->result[word].forced & controls->request[word].forbidden))
            return true;
    return false;
}

static const char *check_round(unsigned successes[2])
{
    struct control_request asked[CTL_COUNT];
    struct controls controls = {.request = {{0}}};
    struct offer offers[CTL_COUNT];
    struct msr_policy policy;
    struct second second;
    const char *broken = NULL;

    random_offers(offers);
    random_requests(asked);
    if (random64() & 1)
        moderate(asked, offers);
    make_policy(&policy, offers, random64() & 1);
    memcpy(controls.request, asked, sizeof(asked));
    enum status status = controls_build(&controls, &policy);
    second_build(&second, asked, offers);
    successes[status == S_OK]++;
    for (unsigned word = 0; word < CTL_COUNT && !broken; word++)
        broken = check_word(&controls, &offers[word], &asked[word], word, status);
    if (broken || (broken = check_second(&controls, &second)))
        return broken;
    if (status == S_OK && (broken = check_dependencies(&controls)))
        return broken;
    if ((status == S_MISSING) != stands_in_the_way(&controls))
        return "the status";
    if ((status == S_MISSING) != (*explain(&controls, &policy) != 0))
        return "explained without need, or not explained";
    return NULL;
}

static void any_request(void **state)
{
    unsigned successes[2] = {0};

    (void)state;
    random_state = SEED;
    for (unsigned round = 0; round < ROUNDS && wrong < 10; round++) {
        const char *broken = check_round(successes);
        expect(!broken, "round %u: %s", round, broken);
    }
    print_message("# seed 0x%" PRIx64 ", %d rounds: %u S_OK, %u S_MISSING\n", SEED, ROUNDS,
                  successes[true], successes[false]);
    assert_int_equal(wrong, 0);
    assert_in_range(successes[true], ROUNDS / 100, ROUNDS);
    assert_in_range(successes[false], ROUNDS / 100, ROUNDS);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cases),           TEST(words_and_fields), TEST(named_bits),  TEST(each_bit),
        TEST(each_forced_bit), TEST(each_dependent),   TEST(any_request),
    };

    return cmocka_run_group_tests_name("vmx_controls", tests, NULL, NULL);
}
