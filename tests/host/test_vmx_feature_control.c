/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmx_feature_control.c - every state of IA32_FEATURE_CONTROL, what is written to an unlocked
 * one, and whether the texts tell the user which bit it is and what to do.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/feature_control.h"
#include "support.h"

#define LOCK    0x1u
#define INSIDE  0x2u
#define OUTSIDE 0x4u

/* Bits that have nothing to do with VMX: SENTER, SGX, LMCE, and those that nobody knows. */
static const uint64_t others[] = {
    0, 0x7f00, 0x8000, 0x20000, 0x40000, 0x100000, 0xfffffffffff80008, 0xfffffffffffffff8,
};

static const struct state_case {
    const char *name;
    uint64_t value;
    enum feature_control_state state;
} state_cases[] = {
    {"nothing", 0, FC_UNLOCKED},
    {"lock", LOCK, FC_LOCKED_OFF},
    {"inside", INSIDE, FC_UNLOCKED},
    {"inside, lock", INSIDE | LOCK, FC_SMX_ONLY},
    {"outside", OUTSIDE, FC_UNLOCKED},
    {"outside, lock", OUTSIDE | LOCK, FC_ENABLED},
    {"outside, inside", OUTSIDE | INSIDE, FC_UNLOCKED},
    {"outside, inside, lock", OUTSIDE | INSIDE | LOCK, FC_ENABLED},
};

static void states(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(state_cases); i++)
        for (unsigned j = 0; j < ARRAY_SIZE(others); j++) {
            uint64_t value = state_cases[i].value | others[j];

            expect(feature_control_state(true, value) == state_cases[i].state,
                   "%s, 0x%" PRIx64 ": state %u", state_cases[i].name, value,
                   feature_control_state(true, value));
            expect(feature_control_state(false, value) == FC_ABSENT,
                   "%s, 0x%" PRIx64 ", not readable: state %u", state_cases[i].name, value,
                   feature_control_state(false, value));
        }
    assert_int_equal(wrong, 0);
}

/* What is written enables VMX, locks, and keeps every other bit: "inside SMX" too. */
static void written(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(state_cases); i++)
        for (unsigned j = 0; j < ARRAY_SIZE(others); j++) {
            uint64_t value = state_cases[i].value | others[j];
            uint64_t enabled = feature_control_enabled(value);

            expect(enabled == (value | 0x5), "0x%" PRIx64 " becomes 0x%" PRIx64, value, enabled);
            expect(feature_control_state(true, enabled) == FC_ENABLED, "0x%" PRIx64 ": state",
                   enabled);
        }
    assert_int_equal(wrong, 0);
}

/* What each text must name: the MSR, the bits, and who must do what. */
static const struct text_case {
    enum feature_control_state state;
    const char *words[6];
} text_cases[] = {
    {FC_ENABLED, {"VMX is enabled and locked", "IA32_FEATURE_CONTROL", "bits 0 and 2"}},
    {FC_UNLOCKED,
     {"IA32_FEATURE_CONTROL", "was unlocked", "enabled VMX outside SMX (bit 2)",
      "locked it (bit 0)"}},
    {FC_LOCKED_OFF,
     {"VMX is locked off", "IA32_FEATURE_CONTROL", "bit 0 is 1", "bit 2 is 0",
      "enable VT-x (Intel Virtualization Technology) in the firmware's setup", "power-cycle"}},
    {FC_SMX_ONLY,
     {"inside SMX operation only", "IA32_FEATURE_CONTROL", "bit 1 is 1", "bit 2 is 0",
      "enable VT-x outside of trusted execution (TXT) in the firmware's setup", "power-cycle"}},
    {FC_ABSENT,
     {"RDMSR", "IA32_FEATURE_CONTROL", "(0x3a)", "faulted", "CPUID reports VMX",
      "hypervisor or emulator below"}},
};

static void texts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(text_cases); i++) {
        const char *text = feature_control_text(text_cases[i].state);

        for (unsigned j = 0; j < ARRAY_SIZE(text_cases[i].words) && text_cases[i].words[j]; j++)
            expect(strstr(text, text_cases[i].words[j]), "\"%s\" lacks \"%s\"", text,
                   text_cases[i].words[j]);
        expect(!strchr(text, '\n'), "\"%s\" is more than a line", text);
        for (unsigned j = 0; j < i; j++)
            expect(strcmp(text, feature_control_text(text_cases[j].state)), "\"%s\" stands twice",
                   text);
    }
    expect(!strcmp(feature_control_text((enum feature_control_state)99), "unknown state"),
           "a state that there is not");
    assert_int_equal(wrong, 0);
}

static void feature_control_states(void **state)
{
    static const struct {
        bool readable;
        uint64_t value;
        enum feature_control_state state;
        const char *text;
    } cases[] = {{true, 5, FC_ENABLED, "enabled and locked"},
                 {true, 7, FC_ENABLED, "enabled and locked"},
                 {true, 0, FC_UNLOCKED, "was unlocked"},
                 {true, 4, FC_UNLOCKED, "was unlocked"},
                 {true, 1, FC_LOCKED_OFF, "locked off"},
                 {true, 3, FC_SMX_ONLY, "SMX operation only"},
                 {false, 5, FC_ABSENT, "faulted"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(feature_control_state(cases[i].readable, cases[i].value), cases[i].state);
        assert_non_null(strstr(feature_control_text(cases[i].state), cases[i].text));
    }
    assert_string_equal(feature_control_text(99), "unknown state");
    assert_int_equal(feature_control_enabled(0xff00), 0xff05);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(states),
        TEST(written),
        TEST(texts),
        TEST(feature_control_states),
    };

    return cmocka_run_group_tests_name("vmx_feature_control", tests, NULL, NULL);
}
