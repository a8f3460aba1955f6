/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_kern_exits.c - no guest can reach an exit that nobody handles: what may exit by the SDM
 * (vmx/exit_reasons.def), by the controls that guests run with (kern/vm/guest_controls.def) and by
 * the features that their CPUID can show (kern/vm/guest_cpuid.def), against who handles it
 * (kern/vm/exits.def).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cpu_identity.h"
#include "kern/vm/exits.def"
#include "kern/vm/guest_controls.h"
#include "kern/vm/guest_cpuid.h"
#include "support.h"
#include "vmx/exit.h"

/* --- the facts -------------------------------------------------------------------------------- */

enum cause { CAUSE_ALWAYS, CAUSE_EITHER, CAUSE_BOTH };
enum what { WHAT_EVENT, WHAT_EVERY, WHAT_FEATURE };

struct control {
    enum control_word word;
    unsigned bit;
};

struct reason {
    const char *name; /* NULL: the number is not used */
    enum cause cause;
    struct control control[2];
    enum what what;
    enum cpu_feature feature;
};

#define CONTROL(id, bit)     \
    {                        \
        CTL_##id, id##_##bit \
    }
#define ALWAYS      .cause = CAUSE_ALWAYS
#define IF(id, bit) EITHER(id, bit, id, bit)
#define EITHER(id, bit, id2, b2) \
    .cause = CAUSE_EITHER, .control = {CONTROL(id, bit), CONTROL(id2, b2)}
#define BOTH(id, bit, id2, b2) .cause = CAUSE_BOTH, .control = {CONTROL(id, bit), CONTROL(id2, b2)}
#define EVENT                  .what = WHAT_EVENT
#define EVERY                  .what = WHAT_EVERY
#define F(name)                .what = WHAT_FEATURE, .feature = FEATURE_##name
#define REASON_ROW(number, reason, qualified, causes, exits, text) \
    [number] = {.name = #reason, causes, exits},

static const struct reason reasons[EXIT_REASON_COUNT] = {EXIT_REASONS(REASON_ROW)};

/* --- who handles it --------------------------------------------------------------------------- */

enum word { HANDLER = 1, PROCESS, OFF, NEVER };

static const struct row {
    enum word word;
    const char *text; /* the handler's name, or why there is none */
} rows[EXIT_REASON_COUNT] = {
#define HANDLER_ROW(reason, function) [EXIT_##reason] = {HANDLER, #function},
#define PROCESS_ROW(reason, why)      [EXIT_##reason] = {PROCESS, why},
#define OFF_ROW(reason)               [EXIT_##reason] = {OFF, "off"},
#define NEVER_ROW(reason, why)        [EXIT_##reason] = {NEVER, why},
    EXIT_HANDLERS(HANDLER_ROW, PROCESS_ROW, OFF_ROW, NEVER_ROW)};

/* --- the rule --------------------------------------------------------------------------------- */

/* The most that a guest can be shown: a host that has everything. */
static void everything(uint32_t leaf, uint32_t subleaf, uint32_t registers[4])
{
    (void)subleaf;
    memset(registers, 0xff, 4 * sizeof(registers[0]));
    if (leaf == 0)
        registers[0] = 0x20;
    if (leaf == 0x80000000)
        registers[0] = 0x80000021;
}

static uint64_t guest_features(void)
{
    static struct guest_cpuid cpuid;

    guest_cpuid_maximum(&cpuid, everything, 1);
    return guest_cpuid_features(&cpuid);
}

/* Whether some guest runs with the control, at first or later. */
static bool may_be_1(const struct control *control)
{
    for (unsigned i = 0; i < guest_control_count; i++)
        if (guest_controls[i].word == control->word && guest_controls[i].bit == control->bit)
            return true;
    return false;
}

static bool may_happen(const struct reason *reason)
{
    bool first = may_be_1(&reason->control[0]), second = may_be_1(&reason->control[1]);

    switch (reason->cause) {
    case CAUSE_EITHER:
        return first || second;
    case CAUSE_BOTH:
        return first && second;
    default:
        return true;
    }
}

/* An instruction that the guest has by its CPUID. */
static bool is_offered(const struct reason *reason, uint64_t features)
{
    return reason->what == WHAT_EVERY ||
           (reason->what == WHAT_FEATURE && has_any(features, BIT64(reason->feature)));
}

/* What is wrong with a row, or NULL. */
static const char *wrong_with(const struct reason *reason, const struct row *row, uint64_t features)
{
    if (!row->text || !row->text[0])
        return "no row says who handles it, or why nobody does";
    if (!may_happen(reason))
        return row->word == HANDLER || row->word == OFF ? NULL : "it is off: its row must say so";
    if (row->word == OFF)
        return "its control is on: it needs a handler";
    if (row->word == NEVER && reason->cause != CAUSE_ALWAYS)
        return "its control is on: it may happen";
    if (is_offered(reason, features) && row->word != HANDLER)
        return "guests have the instruction: it needs a handler";
    return NULL;
}

static void every_exit_is_handled(void **state)
{
    uint64_t features = guest_features();

    (void)state;
    for (unsigned i = 0; i < EXIT_REASON_COUNT; i++) {
        const char *text;

        expect(!reasons[i].name == !rows[i].text, "exit %u: in one list only", i);
        if (!reasons[i].name)
            continue;
        text = wrong_with(&reasons[i], &rows[i], features);
        expect(!text, "exit %u, %s: %s", i, reasons[i].name, text);
    }
    assert_int_equal(wrong, 0);
}

/* --- the rule itself -------------------------------------------------------------------------- */

/* What the lists might say, and what the rule must say to it. */
static const struct {
    const char *name;
    struct reason reason;
    struct row row;
    bool is_right;
} cases[] = {
#define REASON(...)              \
    {                            \
        .name = "X", __VA_ARGS__ \
    }
    {"on, handled", REASON(IF(PROC, hlt_exiting), EVERY), {HANDLER, "on_x"}, true},
    {"on, to the process", REASON(IF(PROC, hlt_exiting), EVERY), {PROCESS, "why"}, false},
    {"on, called off", REASON(IF(PROC, hlt_exiting), EVERY), {OFF, "off"}, false},
    {"on, called never", REASON(IF(PROC, hlt_exiting), EVENT), {NEVER, "why"}, false},
    {"on, no row", REASON(IF(PROC, hlt_exiting), EVERY), {0, NULL}, false},
    {"on, a feature that guests have", REASON(ALWAYS, F(rdrand)), {PROCESS, "why"}, false},
    {"on, a feature that they lack", REASON(ALWAYS, F(invpcid)), {PROCESS, "why"}, true},
    {"optional", REASON(IF(PROC2, wbinvd_exiting), EVERY), {PROCESS, "why"}, false},
    {"at first", REASON(IF(PROC, mov_dr_exiting), EVERY), {OFF, "off"}, false},
    {"at times", REASON(IF(PROC, virtual_nmi_pending), EVENT), {OFF, "off"}, false},
    {"one of two",
     REASON(EITHER(PROC, pause_exiting, PROC2, pause_loop_exiting), EVERY),
     {OFF, "off"},
     false},
    {"one, and both are needed",
     REASON(BOTH(PROC, rdtsc_exiting, PROC, hlt_exiting), EVERY),
     {OFF, "off"},
     true},
    {"off", REASON(IF(PROC2, rdrand_exiting), F(rdrand)), {OFF, "off"}, true},
    {"off, called never", REASON(IF(PROC2, rdrand_exiting), F(rdrand)), {NEVER, "why"}, false},
    {"off, handled all the same", REASON(IF(PROC2, rdrand_exiting), EVERY), {HANDLER, "x"}, true},
    {"an event, to the process", REASON(ALWAYS, EVENT), {PROCESS, "why"}, true},
    {"an event, never", REASON(ALWAYS, EVENT), {NEVER, "why"}, true},
    {"an event, without a reason", REASON(ALWAYS, EVENT), {NEVER, ""}, false},
    {"an instruction, never", REASON(ALWAYS, EVERY), {NEVER, "why"}, false},
};

static void the_rule(void **state)
{
    uint64_t features = guest_features();

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *text = wrong_with(&cases[i].reason, &cases[i].row, features);

        expect(!text == cases[i].is_right, "%s: %s", cases[i].name, text ? text : "right");
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_exit_is_handled, start_counting),
        cmocka_unit_test_setup(the_rule, start_counting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
