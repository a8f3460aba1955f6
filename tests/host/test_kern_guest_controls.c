/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_kern_guest_controls.c - what guests need of VMX, against a second list typed from the SDM:
 * each bit taken away by a mask, each control insisted on, and the line that says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kern/vm/guest_controls.h"
#include "msr/policy.h"
#include "support.h"

#define AT(address)   ((address)-0x480)
#define ONE(position) (UINT64_C(1) << (position))
#define MAY(position) ONE(32 + (position))

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

#define PIN_MSR   0x481, "PINBASED_CTLS"
#define PROC_MSR  0x482, "PROCBASED_CTLS"
#define EXIT_MSR  0x483, "EXIT_CTLS"
#define ENTRY_MSR 0x484, "ENTRY_CTLS"
#define PROC2_MSR 0x48b, "PROCBASED_CTLS2"

/* What a guest runs with. SDM: "VM-Execution Control Fields" and the two chapters after it. */
static const struct fact {
    unsigned legacy; /* MSR */
    const char *msr;
    unsigned bit;
    const char *name;
    enum guest_control_kind kind;
} facts[] = {
    {PIN_MSR, 0, "external-interrupt exiting", CONTROL_REQUIRED},
    {PIN_MSR, 3, "NMI exiting", CONTROL_REQUIRED},
    {PIN_MSR, 5, "virtual NMIs", CONTROL_REQUIRED},
    {PIN_MSR, 6, "activate VMX-preemption timer", CONTROL_OPTIONAL},
    {PROC_MSR, 2, "interrupt-window exiting", CONTROL_AT_TIMES},
    {PROC_MSR, 7, "HLT exiting", CONTROL_REQUIRED},
    {PROC_MSR, 10, "MWAIT exiting", CONTROL_REQUIRED},
    {PROC_MSR, 11, "RDPMC exiting", CONTROL_REQUIRED},
    {PROC_MSR, 19, "CR8-load exiting", CONTROL_REQUIRED},
    {PROC_MSR, 20, "CR8-store exiting", CONTROL_REQUIRED},
    {PROC_MSR, 22, "NMI-window exiting", CONTROL_AT_TIMES},
    {PROC_MSR, 23, "MOV-DR exiting", CONTROL_AT_FIRST},
    {PROC_MSR, 25, "use I/O bitmaps", CONTROL_REQUIRED},
    {PROC_MSR, 28, "use MSR bitmaps", CONTROL_REQUIRED},
    {PROC_MSR, 29, "MONITOR exiting", CONTROL_REQUIRED},
    {PROC_MSR, 31, "activate secondary controls", CONTROL_REQUIRED},
    {PROC2_MSR, 1, "enable EPT", CONTROL_REQUIRED},
    {PROC2_MSR, 5, "enable VPID", CONTROL_OPTIONAL},
    {PROC2_MSR, 6, "WBINVD exiting", CONTROL_OPTIONAL},
    {PROC2_MSR, 7, "unrestricted guest", CONTROL_OPTIONAL},
    {PROC2_MSR, 10, "PAUSE-loop exiting", CONTROL_OPTIONAL},
    {PROC2_MSR, 15, "enable ENCLS exiting", CONTROL_OPTIONAL},
    {EXIT_MSR, 2, "save debug controls", CONTROL_REQUIRED},
    {EXIT_MSR, 9, "host address-space size", CONTROL_REQUIRED},
    {EXIT_MSR, 15, "acknowledge interrupt on exit", CONTROL_REQUIRED},
    {EXIT_MSR, 18, "save IA32_PAT", CONTROL_REQUIRED},
    {EXIT_MSR, 19, "load IA32_PAT", CONTROL_REQUIRED},
    {EXIT_MSR, 20, "save IA32_EFER", CONTROL_REQUIRED},
    {EXIT_MSR, 21, "load IA32_EFER", CONTROL_REQUIRED},
    {EXIT_MSR, 22, "save VMX-preemption timer value", CONTROL_OPTIONAL},
    {ENTRY_MSR, 2, "load debug controls", CONTROL_REQUIRED},
    {ENTRY_MSR, 9, "IA-32e mode guest", CONTROL_AT_FIRST},
    {ENTRY_MSR, 14, "load IA32_PAT", CONTROL_REQUIRED},
    {ENTRY_MSR, 15, "load IA32_EFER", CONTROL_REQUIRED},
};

static char line[400];

/* Whether guests are possible; `line` is what was said. */
static bool possible(const struct msr_policy *host)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, line, sizeof(line));
    return guest_controls_possible(&buffer.out, host);
}

/* The host policy of a processor like `raw` with mask=TEXT. */
static struct msr_policy masked(const struct msr_policy *raw, const char *text)
{
    static struct policy_reasons reasons;
    struct policy_masks masks = {{0}};
    const struct policy_input input = {.raw = raw, .count = 1, .masks = &masks};
    struct msr_policy host;

    if (*text)
        assert_int_equal(policy_mask_add(&masks, text, strlen(text)), MASK_TAKEN);
    msr_policy_decide(&host, &input, &reasons);
    return host;
}

static void expect_line(const char *what, bool is_possible, const char *expected)
{
    expect(is_possible == !*expected, "%s: possible %d", what, is_possible);
    expect(!strcmp(line, expected), "%s: the line is\n%sexpected\n%s", what, line, expected);
}

/* --- the list --------------------------------------------------------------------------------- */

static void the_list_is_complete(void **state)
{
    (void)state;
    assert_int_equal(guest_control_count, ARRAY_SIZE(facts));
    for (unsigned i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct guest_control *control = &guest_controls[i];
        enum vmx_word_id word = control_word_id(control->word);

        expect(word == vmx_msrs[AT(facts[i].legacy)].word && control->bit == facts[i].bit &&
                   control->kind == facts[i].kind,
               "row %u is not %s", i, facts[i].name);
    }
    assert_int_equal(wrong, 0);
}

/*
 * A new VMCS: what is required or cleared later is required, all that is not asked for forbidden.
 */
static void requests(void **state)
{
    static const struct control_request expected[CTL_COUNT] = {
        [CTL_PIN] = {.required = 0x29, .optional = 0x40, .forbidden = 0x80},
        [CTL_PROC] = {.required = 0xb2980c80, .forbidden = 0x4963920c},
        [CTL_PROC2] = {.required = 0x2, .optional = 0x84e0, .forbidden = 0xffff7b1d},
        [CTL_PROC3] = {.forbidden = 0x13ff},
        [CTL_EXIT] = {.required = 0x003c8204, .optional = 0x00400000, .forbidden = 0xff801000},
        [CTL_EXIT2] = {.forbidden = 0xf},
        [CTL_ENTRY] = {.required = 0xc204, .forbidden = 0x01ff2c00},
    };
    struct controls controls;

    (void)state;
    memset(&controls, 0xff, sizeof(controls));
    guest_controls_request(&controls);
    assert_memory_equal(controls.request, expected, sizeof(expected));
    assert_int_equal(controls_build(&controls, &full), S_OK);
}

/* --- each bit --------------------------------------------------------------------------------- */

static void all_is_there(void **state)
{
    struct msr_policy legacy = masked(&full, "default1_zero"), host = masked(&full, "");

    (void)state;
    expect_line("full", possible(&host), "");
    expect_line("without true controls", possible(&legacy),
                "vm: no guests here: the processor insists on \"CR3-load exiting\" "
                "(IA32_VMX_PROCBASED_CTLS bit 15)\n");
    assert_int_equal(wrong, 0);
}

static void each_is_masked(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct fact *fact = &facts[i];
        bool needed = fact->kind != CONTROL_OPTIONAL;
        struct msr_policy host;
        char text[20], expected[200] = "";

        snprintf(text, sizeof(text), "0x%x:%u", fact->legacy, fact->bit);
        if (needed)
            snprintf(expected, sizeof(expected),
                     "vm: no guests here: the host policy has no \"%s\" (IA32_VMX_%s bit %u)\n",
                     fact->name, fact->msr, fact->bit);
        host = masked(&full, text);
        expect_line(text, possible(&host), expected);
    }
    assert_int_equal(wrong, 0);
}

/* The row of the list, or NULL. */
static const struct fact *fact_of(enum vmx_word_id word, unsigned bit)
{
    for (unsigned i = 0; i < ARRAY_SIZE(facts); i++)
        if (vmx_msrs[AT(facts[i].legacy)].word == word && facts[i].bit == bit)
            return &facts[i];
    return NULL;
}

/* What must be 1 by the MSRs of a word, of all processors like `full`. */
static void insist(struct msr_policy *raw, enum vmx_word_id word, unsigned bit)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].word == word && vmx_msrs[index].form == FORM_CONTROLS)
            raw->raw[index] |= ONE(bit) | MAY(bit);
}

/* A processor that insists on a control: only what is 1 in every VMCS may be insisted on. */
static void each_is_insisted_on(void **state)
{
    static const enum vmx_word_id words[] = {WORD_PIN, WORD_PROC, WORD_PROC2, WORD_EXIT,
                                             WORD_ENTRY};

    (void)state;
    for (unsigned i = 0; i < 32 * ARRAY_SIZE(words); i++) {
        enum vmx_word_id word = words[i / 32];
        unsigned bit = i % 32;
        const struct bit_row *row = word_row(word, bit);
        const struct fact *fact = fact_of(word, bit);
        struct msr_policy raw = full, host;
        char expected[200] = "";

        if (!row)
            continue; /* reserved, or unknown */
        insist(&raw, word, bit);
        if (!fact || fact->kind == CONTROL_AT_FIRST || fact->kind == CONTROL_AT_TIMES)
            snprintf(expected, sizeof(expected),
                     "vm: no guests here: the processor insists on \"%s\" (%s bit %u)\n", row->sdm,
                     vmx_msrs[word_msr(&full, word)].name, bit);
        host = masked(&raw, "");
        expect_line(row->name, possible(&host), expected);
    }
    assert_int_equal(wrong, 0);
}

/* --- the rest --------------------------------------------------------------------------------- */

#define NO(rest) "vm: no guests here: the host policy has " rest "\n"

static void by_what_they_stand_on(void **state)
{
    static const struct {
        const char *masks[2];
        const char *expected;
    } cases[] = {
        {{"secondary", ""},
         NO("no \"activate secondary controls\" (IA32_VMX_PROCBASED_CTLS bit 31)")},
        {{"walk_length_4_supported", ""}, NO("no \"enable EPT\" (IA32_VMX_PROCBASED_CTLS2 bit 1)")},
        {{"memory_type_wb", ""}, ""},
        {{"memory_type_uc", ""}, ""},
        {{"memory_type_uc", "memory_type_wb"},
         NO("neither \"EPT structures may be UC\" (IA32_VMX_EPT_VPID_CAP bit 8) nor \"EPT "
            "structures may be WB\" (IA32_VMX_EPT_VPID_CAP bit 14)")},
        {{"invept_instruction", ""}, NO("no \"INVEPT\" (IA32_VMX_EPT_VPID_CAP bit 20)")},
        {{"invept_single_context", ""}, ""},
        {{"invept_all_context", ""}, ""},
        {{"invept_single_context", "invept_all_context"},
         NO("neither \"single-context INVEPT\" (IA32_VMX_EPT_VPID_CAP bit 25) nor \"all-context "
            "INVEPT\" (IA32_VMX_EPT_VPID_CAP bit 26)")},
        {{"invvpid_instruction", ""}, ""}, /* VPIDs are optional: vcpu.c does without */
        {{"enable_vpid", ""}, ""},
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct msr_policy host = masked(&full, cases[i].masks[0]);

        host = masked(&host, cases[i].masks[1]);
        expect_line(cases[i].masks[0], possible(&host), cases[i].expected);
    }
    assert_int_equal(wrong, 0);
}

static void where_a_vmcs_may_lie(void **state)
{
    struct msr_policy host = full;

    (void)state;
    host.vmx.basic.memory_type = 0;
    expect_line("UC", possible(&host),
                "vm: no guests here: a VMCS would have to lie in memory of type 0 (IA32_VMX_BASIC "
                "bits 53:50), and the kernel's is write-back (6)\n");
    host = full;
    host.vmx.basic.addresses_32bit = true;
    expect_line("32 bits", possible(&host),
                "vm: no guests here: a VMCS would have to lie below 4 GiB (IA32_VMX_BASIC bit 48), "
                "and the kernel's memory lies anywhere\n");
    assert_int_equal(wrong, 0);
}

/* Whatever a processor offers: where guests are possible, a vCPU's controls can be built. */
static void possible_means_possible(void **state)
{
    unsigned count = 0;

    (void)state;
    srand(20260802);
    for (unsigned round = 0; round < 100000; round++) {
        struct msr_policy raw = full, host;
        struct controls controls;

        for (unsigned flips = 1 + (unsigned)rand() % 2; flips > 0; flips--)
            raw.raw[rand() % VMX_MSR_COUNT] ^= ONE(rand() % 64);
        host = masked(&raw, "");
        if (!possible(&host)) {
            expect(line[0] && strchr(line, '\n') == line + strlen(line) - 1, "not one line: %s",
                   line);
            continue;
        }
        count++;
        guest_controls_request(&controls);
        expect(controls_build(&controls, &host) == S_OK, "round %u: no controls", round);
    }
    assert_in_range(count, 20000, 99000);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_list_is_complete, start_counting),
        cmocka_unit_test(requests),
        cmocka_unit_test_setup(all_is_there, start_counting),
        cmocka_unit_test_setup(each_is_masked, start_counting),
        cmocka_unit_test_setup(each_is_insisted_on, start_counting),
        cmocka_unit_test_setup(by_what_they_stand_on, start_counting),
        cmocka_unit_test_setup(where_a_vmcs_may_lie, start_counting),
        cmocka_unit_test_setup(possible_means_possible, start_counting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
