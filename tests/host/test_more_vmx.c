/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_more_vmx.c - the smaller pure parts of vmx/: EPT, exits and their names, the lock of VMX,
 * fixed bits, fields of a VMCS, the image of one, and what the entry checker's tables share.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/check/check.h"
#include "vmx/ept.h"
#include "vmx/exit.h"
#include "vmx/feature_control.h"
#include "vmx/fixed.h"
#include "vmx/image.h"

#define BIT(position) (UINT64_C(1) << (position))
#define ALL_PRESENT   0xfffffu

/* A processor that offers everything and insists on nothing but what all of them insist on. */
static const struct msr_policy offers_all = {
    .raw = {0x00da040000000004, 0x000000ff00000016, 0xfffffffe0401e172, 0xffffffff00036dff,
            0x01ffffff000011ff, 0x000000007004c1e7, 0x0000000080000021, 0x00000000ffffffff,
            0x0000000000002000, 0x00000000003767ff, 0x000000000000002e, 0xdfffffff00000000,
            0x00000f0106734141, 0x000000ff00000016, 0xfffffffe04006172, 0xffffffff00036dfb,
            0x01ffffff000011fb, 0x0000000000000001, 0x00000000000001df, 0x000000000000000f},
    .present = ALL_PRESENT,
};

/* The same without secondary controls and without loads of EFER and PAT. */
static struct msr_policy poor_policy(void)
{
    struct msr_policy poor = offers_all;

    poor.present = 0x7ff;
    poor.vmx.basic.default1_zero = false;
    poor.raw[2] = 0x7ff9fffe0401e172;
    poor.raw[3] = 0x0003ffff00036dff;
    poor.raw[4] = 0x00003fff000011ff;
    return poor;
}

static void assert_text(const struct text_buffer *buffer, const char *expected)
{
    assert_string_equal(buffer->text, expected);
}

/* --- Exits ------------------------------------------------------------------------------------ */

static void reasons_have_names(void **state)
{
    static const struct {
        unsigned reason;
        const char *text;
    } cases[] = {{0, "exception or NMI"}, {10, "CPUID"},   {18, "VMCALL"},
                 {35, "unknown"},         {38, "unknown"}, {EXIT_REASON_COUNT, "unknown"},
                 {0xffff, "unknown"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(exit_reason_text(cases[i].reason), cases[i].text);
    assert_string_equal(vm_instruction_error_text(0), "unknown");
    assert_string_equal(vm_instruction_error_text(1000), "unknown");
    assert_string_not_equal(vm_instruction_error_text(7), "unknown");
}

static void exits_are_printed(void **state)
{
    static const struct {
        uint32_t reason;
        const char *first, *middle;
    } cases[] = {{10, "0xa (CPUID)", ""},
                 {28, "0x1c (control-register access)", " qualification 0x5"},
                 {35, "0x23 (unknown)", " qualification 0x5"},
                 {0xfff, "0xfff (unknown)", " qualification 0x5"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct vmx_exit exit = {.reason = cases[i].reason,
                                      .instruction_length = 2,
                                      .qualification = 5,
                                      .rip = 0x1000,
                                      .rflags = 2};
        char text[512], expected[512];
        struct text_buffer buffer;

        text_buffer_init(&buffer, text, sizeof(text));
        exit_print(&buffer.out, &exit);
        snprintf(expected, sizeof(expected),
                 "exit: reason %s rip 0x1000 rsp 0x0 rflags 0x2 length 2\n"
                 "exit:%s linear 0x0 physical 0x0 interruption 0x0 error 0x0 vectoring 0x0 "
                 "info 0x0\n",
                 cases[i].first, cases[i].middle);
        assert_text(&buffer, expected);
    }
}

/* --- IA32_FEATURE_CONTROL and fixed bits ------------------------------------------------------ */

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

static void fixed_bits(void **state)
{
    (void)state;
    assert_int_equal(fixed_cr0(&offers_all, 0), 0x80000021);
    assert_int_equal(fixed_cr0(&offers_all, UINT64_MAX), 0xffffffff);
    assert_int_equal(fixed_cr0_unrestricted(&offers_all, 0), 0x20);
    assert_int_equal(fixed_cr4(&offers_all, 0), 0x2000);
    assert_int_equal(fixed_cr4(&offers_all, UINT64_MAX), 0x3767ff);
}

/* --- Fields and images ------------------------------------------------------------------------ */

static void fields_have_widths(void **state)
{
    (void)state;
    assert_int_equal(vmcs_field_width(VMCS_GUEST_ES_SELECTOR), 16);
    assert_int_equal(vmcs_field_width(VMCS_EPT_POINTER), 64);
    assert_int_equal(vmcs_field_width(VMCS_PIN_CONTROLS), 32);
    assert_int_equal(vmcs_field_width(VMCS_GUEST_RIP), 64);
    assert_int_equal(vmcs_field_type(VMCS_GUEST_RIP), VMCS_GUEST);
}

static void fields_exist_by_policy(void **state)
{
    const struct msr_policy poor = poor_policy(), none = {.present = 0};

    (void)state;
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        assert_false(vmcs_field_exists(&none, field));
    assert_true(vmcs_field_exists(&poor, VMCS_GUEST_RIP));
    assert_false(vmcs_field_exists(&poor, VMCS_EPT_POINTER));
    assert_true(vmcs_field_exists(&offers_all, VMCS_EPT_POINTER));
}

static void images_are_built(void **state)
{
    static const struct host_state host = {.cr0 = 0x80000021, .efer = 0x500, .pat = 6};
    struct guest_description guest = {.ept_pointer = 0x601e};
    struct vmcs_image image;

    (void)state;
    guest_state_flat_32(&guest.state, 0x7000, 0x8000);
    guest.controls.request[CTL_PROC2].required =
        BIT(PROC2_enable_ept) | BIT(PROC2_unrestricted_guest);
    guest.controls.request[CTL_EXIT].required = BIT(EXIT_load_host_efer) | BIT(EXIT_load_host_pat);
    guest.controls.request[CTL_ENTRY].required =
        BIT(ENTRY_load_guest_efer) | BIT(ENTRY_load_guest_pat);
    assert_int_equal(image_build(&image, &guest, &host, &offers_all), S_OK);
    assert_int_equal(image.value[VMCS_EPT_POINTER], 0x601e);
    assert_int_equal(image.value[VMCS_HOST_EFER], 0x500);
    assert_int_equal(image.value[VMCS_HOST_PAT], 6);
    assert_int_equal(image.value[VMCS_GUEST_PAT], 6);
    assert_int_equal(image.value[VMCS_GUEST_RIP], 0x7000);
    assert_int_equal(image.value[VMCS_GUEST_CR0], 0x21); /* PG is the guest's own */
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        assert_true(!vmcs_is_set(&image, field) || vmcs_field_exists(&offers_all, field));
}

/* A poor processor still has an image: none of its fields is one that it lacks. */
static void poor_images_are_built(void **state)
{
    static const struct host_state host = {.cr0 = 0x80000021};
    const struct msr_policy poor = poor_policy();
    struct guest_description guest = {.ept_pointer = 0x601e};
    struct vmcs_image image;

    (void)state;
    guest_state_flat_64(&guest.state, 0x1000, 0x7000, 0x8000);
    assert_int_equal(image_build(&image, &guest, &host, &poor), S_OK);
    assert_int_equal(image.value[VMCS_GUEST_CR0], 0x80010021);
    assert_false(vmcs_is_set(&image, VMCS_EPT_POINTER));
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        assert_true(!vmcs_is_set(&image, field) || vmcs_field_exists(&poor, field));

    guest.controls.request[CTL_PROC2].required = BIT(PROC2_enable_ept);
    assert_int_equal(image_build(&image, &guest, &host, &poor), S_MISSING);
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        assert_false(vmcs_is_set(&image, field));
}

/* --- What the checker's tables share ---------------------------------------------------------- */

/* A control word counts only where the control that activates it is set. */
static const struct {
    enum vmx_word_id word;
    enum vmcs_field field;
    enum vmcs_field activator; /* VMCS_FIELD_COUNT: always active */
    uint64_t activating;
} activations[] = {
    {WORD_PIN, VMCS_PIN_CONTROLS, VMCS_FIELD_COUNT, 0},
    {WORD_PROC, VMCS_PROC_CONTROLS, VMCS_FIELD_COUNT, 0},
    {WORD_EXIT, VMCS_EXIT_CONTROLS, VMCS_FIELD_COUNT, 0},
    {WORD_ENTRY, VMCS_ENTRY_CONTROLS, VMCS_FIELD_COUNT, 0},
    {WORD_PROC2, VMCS_SECONDARY_CONTROLS, VMCS_PROC_CONTROLS, BIT(31)},
    {WORD_PROC3, VMCS_TERTIARY_CONTROLS, VMCS_PROC_CONTROLS, BIT(17)},
    {WORD_EXIT2, VMCS_SECONDARY_EXIT_CONTROLS, VMCS_EXIT_CONTROLS, BIT(31)},
};

static void controls_need_activation(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(activations); i++) {
        struct vmcs_image image = {.set = {0}};
        struct check_input in = {.image = &image, .policy = &offers_all};
        bool always = activations[i].activator == VMCS_FIELD_COUNT;

        vmcs_set(&image, activations[i].field, 0x40);
        check_prepare(&in);
        assert_int_equal(check_control(&in, activations[i].word), always ? 0x40 : 0);
        assert_int_equal(check_is_set(&in, activations[i].word, 6), always);
        if (always)
            continue;
        vmcs_set(&image, activations[i].activator, activations[i].activating);
        check_prepare(&in);
        assert_int_equal(check_control(&in, activations[i].word), 0x40);
        assert_false(check_is_set(&in, activations[i].word, 5));
    }
}

static void vm_functions_need_two_activations(void **state)
{
    struct vmcs_image image = {.set = {0}};
    struct check_input in = {.image = &image, .policy = &offers_all};

    (void)state;
    vmcs_set(&image, VMCS_VM_FUNCTION_CONTROLS, 1);
    vmcs_set(&image, VMCS_SECONDARY_CONTROLS, BIT(PROC2_enable_vm_functions));
    check_prepare(&in);
    assert_int_equal(check_control(&in, WORD_VMFUNC), 0);
    vmcs_set(&image, VMCS_PROC_CONTROLS, BIT(31));
    check_prepare(&in);
    assert_int_equal(check_control(&in, WORD_VMFUNC), 1);
    assert_int_equal(check_control(&in, WORD_BASIC), 0);
}

static void addresses_are_judged(void **state)
{
    struct msr_policy policy = offers_all;
    struct check_machine machine = {.physical_address_bits = 39, .linear_address_bits = 48};
    const struct check_input in = {.policy = &policy, .machine = &machine};

    (void)state;
    assert_true(check_canonical(&in, 0x00007fffffffffff));
    assert_false(check_canonical(&in, 0x0000800000000000));
    assert_false(check_canonical(&in, 0xffff7fffffffffff));
    assert_true(check_canonical(&in, 0xffff800000000000));
    machine.linear_address_bits = 57;
    assert_true(check_canonical(&in, 0x00ffffffffffffff));
    assert_false(check_canonical(&in, 0x0100000000000000));
    assert_true(check_physical(&in, 0x7ffffff000, 12));
    assert_false(check_physical(&in, 0x8000000000, 12));
    assert_false(check_physical(&in, 0x7ffffff800, 12));
    assert_true(check_physical(&in, 0x7ffffff800, 0));
    policy.vmx.basic.addresses_32bit = true;
    assert_false(check_physical(&in, 0x100000000, 12));
    assert_true(check_physical(&in, 0xfffff000, 12));
}

/* Results are printed row by row; those that found no room are counted. */
static void results_are_printed(void **state)
{
    static const struct check_row rows[] = {
        CHECK_ROW(CHECK_CONTROLS, "a.b", "Section", "x must be y", NULL, 0, VMCS_GUEST_RIP,
                  VMCS_GUEST_RSP),
        CHECK_ROW(CHECK_GUEST, "c.d", "Other", "z", NULL, 0, VMCS_GUEST_CR0),
    };
    struct vmcs_image image = {.set = {0}};
    const struct check_input in = {.image = &image, .policy = &offers_all};
    struct check_result result = {.count = 2, .broken = {&rows[0], &rows[1]}};
    char text[8192];
    struct text_buffer buffer;

    (void)state;
    vmcs_set(&image, VMCS_GUEST_RIP, 0x10);
    text_buffer_init(&buffer, text, sizeof(text));
    check_print(&buffer.out, &in, &result);
    assert_text(&buffer,
                "VM entry refused (error 7): \"x must be y\" [GUEST_RIP=0x10 GUEST_RSP=0x0] "
                "a.b, SDM \"Section\"\n"
                "VM entry refused (exit reason 33): \"z\" [GUEST_CR0=0x0] c.d, SDM \"Other\"\n");

    for (unsigned i = 0; i < CHECK_BROKEN_MAX; i++)
        result.broken[i] = &rows[1];
    result.count = CHECK_BROKEN_MAX + 3;
    text_buffer_init(&buffer, text, sizeof(text));
    check_print(&buffer.out, &in, &result);
    assert_non_null(strstr(text, "VM entry refused: 3 more rules broken\n"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_have_names),
        cmocka_unit_test(exits_are_printed),
        cmocka_unit_test(feature_control_states),
        cmocka_unit_test(fixed_bits),
        cmocka_unit_test(fields_have_widths),
        cmocka_unit_test(fields_exist_by_policy),
        cmocka_unit_test(images_are_built),
        cmocka_unit_test(poor_images_are_built),
        cmocka_unit_test(controls_need_activation),
        cmocka_unit_test(vm_functions_need_two_activations),
        cmocka_unit_test(addresses_are_judged),
        cmocka_unit_test(results_are_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
