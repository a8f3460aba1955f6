/* SPDX-License-Identifier: BSD-2-Clause */
/* test_check.c - vmx/check/check.c: what the tables of the entry checker share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/check/check.h"
#include "policies.h"

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
    {WORD_PROC2, VMCS_SECONDARY_CONTROLS, VMCS_PROC_CONTROLS, BIT64(31)},
    {WORD_PROC3, VMCS_TERTIARY_CONTROLS, VMCS_PROC_CONTROLS, BIT64(17)},
    {WORD_EXIT2, VMCS_SECONDARY_EXIT_CONTROLS, VMCS_EXIT_CONTROLS, BIT64(31)},
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
    vmcs_set(&image, VMCS_SECONDARY_CONTROLS, BIT64(PROC2_enable_vm_functions));
    check_prepare(&in);
    assert_int_equal(check_control(&in, WORD_VMFUNC), 0);
    vmcs_set(&image, VMCS_PROC_CONTROLS, BIT64(31));
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

static uint64_t nothing_wrong(const struct check_input *in, unsigned argument)
{
    (void)in;
    return argument;
}

/* Results are printed row by row; those that found no room are counted. */
static void results_are_printed(void **state)
{
    static const struct check_row rows[] = {
        CHECK_ROW(CHECK_CONTROLS, "a.b", "Section", "x must be y", nothing_wrong, 0, VMCS_GUEST_RIP,
                  VMCS_GUEST_RSP),
        CHECK_ROW(CHECK_GUEST, "c.d", "Other", "z", nothing_wrong, 0, VMCS_GUEST_CR0),
    };
    static const struct check_machine machine = {.linear_address_bits = 48};
    struct vmcs_image image = {.set = {0}};
    const struct check_input in = {.image = &image, .policy = &offers_all, .machine = &machine};
    struct check_result result = {.count = 2, .broken = {&rows[0], &rows[1]}};
    char text[8192];
    struct text_buffer buffer;

    (void)state;
    vmcs_set(&image, VMCS_GUEST_RIP, 0x10);
    text_buffer_init(&buffer, text, sizeof(text));
    check_print(&buffer.out, &in, &result);
    assert_string_equal(
        text, "VM entry refused (error 7): \"x must be y\" [GUEST_RIP=0x10 GUEST_RSP=0x0] "
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
        cmocka_unit_test(controls_need_activation),
        cmocka_unit_test(vm_functions_need_two_activations),
        cmocka_unit_test(addresses_are_judged),
        cmocka_unit_test(results_are_printed),
    };

    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
