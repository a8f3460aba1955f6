/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bare_dispatch.c - where an exit's dispatch goes in the tests that enter guests without the
 * kernel: to the handler of its reason, or to nobody, with everything printed.
 */
#include <string.h>

#include "tests/bare/dispatch.h"
#include "support.h"

#define ENTRY_FAILURE 0x80000000u

static char printed[1000];

static struct text_buffer *start_text(void)
{
    static struct text_buffer buffer;

    text_buffer_init(&buffer, printed, sizeof(printed));
    return &buffer;
}

static const struct vmx_exit sample = {
    .instruction_length = 3,
    .qualification = 0x8000000000000181,
    .guest_physical = 0xfee00300,
    .rip = 0xffffffff81000000,
    .rflags = 0x10246,
};

/* What exit_print() says of the sample with `reason`: test_vmx_exit.c has its words. */
static const char *expected_print(uint32_t reason)
{
    static char expected[1000];
    struct text_buffer buffer;
    struct vmx_exit exit = sample;

    exit.reason = reason;
    text_buffer_init(&buffer, expected, sizeof(expected));
    exit_print(&buffer.out, &exit);
    return expected;
}

static void expect_printed(uint32_t reason, const char *expected)
{
    expect(!strcmp(printed, expected), "print of reason %u is\n%s\nexpected\n%s", reason, printed,
           expected);
}

/* What a handler saw, and what it is to answer. */
struct seen {
    unsigned calls;
    const struct vmx_exit *exit;
    struct guest_registers *registers;
    enum exit_action answer;
};

static enum exit_action handle(void *owner, const struct vmx_exit *exit,
                               struct guest_registers *registers)
{
    struct seen *seen = owner;

    seen->calls++;
    seen->exit = exit;
    seen->registers = registers;
    registers->rax++;
    return seen->answer;
}

/* The handler is called, once, with what was given; its answer comes back; nothing is printed. */
static void expect_handled(const struct exit_table *table, uint32_t reason, enum exit_action answer)
{
    struct guest_registers registers = {.rax = 41};
    struct seen seen = {.answer = answer};
    struct vmx_exit exit = sample;

    exit.reason = reason;
    enum exit_action action = exit_dispatch(table, &seen, &exit, &registers, &start_text()->out);
    expect(action == answer, "reason 0x%x: action %u, not %u", reason, action, answer);
    expect(seen.calls == 1 && registers.rax == 42, "reason 0x%x: %u calls", reason, seen.calls);
    expect(seen.exit == &exit && seen.registers == &registers, "reason 0x%x: arguments", reason);
    expect_printed(reason, "");
}

static void expect_unexpected(const struct exit_table *table, uint32_t reason)
{
    struct guest_registers registers = {.rax = 41};
    struct seen seen = {.answer = EXIT_RESUME};
    struct vmx_exit exit = sample;

    exit.reason = reason;
    enum exit_action action = exit_dispatch(table, &seen, &exit, &registers, &start_text()->out);
    expect(action == EXIT_UNEXPECTED, "reason 0x%x: action %u", reason, action);
    expect(seen.calls == 0 && registers.rax == 41, "reason 0x%x: %u calls", reason, seen.calls);
    expect_printed(reason, expected_print(reason));
}

/* A handler for one reason alone: it gets that reason, and no other does. */
static void dispatch_each_reason(void **state)
{
    static const enum exit_action answers[] = {EXIT_RESUME, EXIT_SKIP, EXIT_STOP, EXIT_UNEXPECTED};

    (void)state;
    for (unsigned reason = 0; reason < EXIT_REASON_COUNT; reason++) {
        struct exit_table table = {{NULL}};

        table.handler[reason] = handle;
        for (unsigned i = 0; i < ARRAY_SIZE(answers); i++)
            expect_handled(&table, reason, answers[i]);
        for (unsigned other = 0; other < EXIT_REASON_COUNT; other++)
            if (other != reason)
                expect_unexpected(&table, other);
    }
    assert_int_equal(wrong, 0);
}

static struct exit_table full_table(void)
{
    struct exit_table table = {{NULL}};

    for (unsigned reason = 0; reason < EXIT_REASON_COUNT; reason++)
        table.handler[reason] = handle;
    return table;
}

/* Every reason has a handler here, but these have no place in the table. */
static void dispatch_out_of_range(void **state)
{
    static const uint32_t reasons[] = {86, 87, 100, 128, 255, 256, 0x1000, 0x7fff, 0x8000, 0xffff};
    struct exit_table table = full_table();

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(reasons); i++)
        expect_unexpected(&table, reasons[i]);
    assert_int_equal(wrong, 0);
}

/* A failed entry is nobody's exit, whatever its reason and the other high bits. */
static void dispatch_entry_failure(void **state)
{
    struct exit_table table = full_table();

    (void)state;
    for (unsigned reason = 0; reason < 100; reason++)
        expect_unexpected(&table, reason | ENTRY_FAILURE);
    expect_unexpected(&table, 33 | 0xffff0000);
    assert_int_equal(wrong, 0);
}

/* Bits 16-30 (enclave, bus lock, SMM...) qualify an exit; they don't change who handles it. */
static void dispatch_high_bits(void **state)
{
    struct exit_table table = full_table();

    (void)state;
    for (unsigned bit = 16; bit < 31; bit++) {
        expect_handled(&table, 10 | UINT32_C(1) << bit, EXIT_SKIP);
        expect_unexpected(&table, 86 | UINT32_C(1) << bit);
    }
    assert_int_equal(wrong, 0);
}

static enum exit_action answer_cpuid(void *owner, const struct vmx_exit *exit,
                                     struct guest_registers *registers)
{
    assert_int_equal(exit_basic_reason(exit), EXIT_CPUID);
    registers->rax = *(uint64_t *)owner;
    return EXIT_SKIP;
}

/* What the handler does to the registers stays. */
static void exits_are_dispatched(void **state)
{
    static const struct exit_table table = {.handler = {[EXIT_CPUID] = answer_cpuid}};
    static const struct {
        uint32_t reason;
        enum exit_action action;
    } cases[] = {{EXIT_CPUID, EXIT_SKIP},
                 {EXIT_HLT, EXIT_UNEXPECTED},
                 {EXIT_REASON_COUNT, EXIT_UNEXPECTED},
                 {EXIT_CPUID | EXIT_REASON_ENTRY_FAILURE, EXIT_UNEXPECTED}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct vmx_exit exit = {.reason = cases[i].reason};
        struct guest_registers registers = {.rax = 0};
        uint64_t owner = 77;
        char text[512];
        struct text_buffer buffer;

        text_buffer_init(&buffer, text, sizeof(text));
        assert_int_equal(exit_dispatch(&table, &owner, &exit, &registers, &buffer.out),
                         cases[i].action);
        assert_int_equal(registers.rax, cases[i].action == EXIT_SKIP ? 77 : 0);
        assert_int_equal(buffer.length != 0, cases[i].action == EXIT_UNEXPECTED);
    }
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dispatch_each_reason), TEST(dispatch_out_of_range), TEST(dispatch_entry_failure),
        TEST(dispatch_high_bits),   TEST(exits_are_dispatched),
    };

    return cmocka_run_group_tests_name("bare_dispatch", tests, NULL, NULL);
}
