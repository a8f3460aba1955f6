/* SPDX-License-Identifier: BSD-2-Clause */
/* test_kern_inject.c - which event a guest gets next: kern/vm/inject.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kern/vm/inject.h"
#include "support.h"

#define IF         UINT64_C(0x200)
#define EXCEPTION  0x80000300u
#define WITH_ERROR 0x80000b00u
#define NMI_EVENT  0x80000202u
#define INTERRUPT  0x80000000u
#define SOFTWARE   0x80000400u

/* --- one event while another is being delivered ----------------------------------------------- */

/* SDM, table "Conditions for Generating a Double Fault": B, C, P, and #DF itself. */
static char class_of(unsigned vector)
{
    switch (vector) {
    case 0:
    case 10:
    case 11:
    case 12:
    case 13:
    case 21: /* #CP */
    case 29: /* #VC is AMD's; Intel has it reserved */
        return vector == 29 ? 'B' : 'C';
    case 14:
        return 'P';
    case 8:
        return 'D';
    default:
        return 'B';
    }
}

/* '2': the second is delivered, 'D': a double fault, 'S': shutdown. */
static char expected(char first, char second)
{
    if (first == 'D')
        return second == 'C' || second == 'P' ? 'S' : '2';
    if (first == 'C' && second == 'C')
        return 'D';
    if (first == 'P' && (second == 'C' || second == 'P'))
        return 'D';
    return '2';
}

static void combinations(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 22; first++)
        for (unsigned second = 0; second < 22; second++) {
            char what = expected(class_of(first), class_of(second));
            struct delivery a = event_exception(first, 1), b = event_exception(second, 2), result;
            bool goes_on = event_combine(&result, a, b);

            if (first == 2 || second == 2 || first == 8 || second == 8)
                continue; /* an NMI is not an exception; #DF never comes second */
            expect(goes_on == (what != 'S'), "%u after %u: goes on", second, first);
            if (what == 'D')
                expect(result.info == (WITH_ERROR | 8) && result.error == 0, "%u after %u: #DF",
                       second, first);
            if (what == '2')
                expect(result.info == b.info, "%u after %u: the second", second, first);
        }
    assert_int_equal(wrong, 0);
}

static void faults_in_a_double_fault_end_all(void **state)
{
    struct delivery result;

    (void)state;
    assert_false(event_combine(&result, event_exception(8, 0), event_exception(13, 0)));
    assert_false(event_combine(&result, event_exception(8, 0), event_exception(14, 0)));
    assert_true(event_combine(&result, event_exception(8, 0), event_exception(1, 0)));
}

/* An interrupt or INT n being delivered is benign. */
static void interrupts_are_benign(void **state)
{
    const struct delivery interrupt = {.info = INTERRUPT | 13}, software = {.info = SOFTWARE | 14};
    struct delivery result;

    (void)state;
    assert_true(event_combine(&result, interrupt, event_exception(13, 5)));
    assert_int_equal(result.info, WITH_ERROR | 13);
    assert_int_equal(result.error, 5);
    assert_true(event_combine(&result, software, event_exception(14, 7)));
    assert_int_equal(result.info, WITH_ERROR | 14);
}

/* SDM: "Interrupt and Exception Reference": who pushes an error code. */
static void error_codes(void **state)
{
    static const unsigned with[] = {8, 10, 11, 12, 13, 14, 17, 21};

    (void)state;
    for (unsigned vector = 0; vector < 32; vector++) {
        bool has = false;

        if (vector == 29 || vector == 30)
            continue; /* AMD's */
        for (unsigned i = 0; i < ARRAY_SIZE(with); i++)
            has |= with[i] == vector;
        expect(event_exception(vector, 0x1234).info == ((has ? WITH_ERROR : EXCEPTION) | vector),
               "vector %u", vector);
    }
    assert_int_equal(wrong, 0);
}

static void a_cut_event_comes_again(void **state)
{
    struct delivery event = event_again(SOFTWARE | 0x1000 | 0x80, 0, 2);

    (void)state;
    assert_int_equal(event.info, SOFTWARE | 0x80); /* without the bit of IRET */
    assert_int_equal(event.length, 2);
}

/* --- what comes next -------------------------------------------------------------------------- */

struct row {
    const char *what;
    uint64_t rflags;
    uint32_t interruptibility;
    uint32_t event; /* waits as an event; 0: none */
    bool nmi;
    int vector; /* waits as an interrupt; -1: none */
    uint32_t injected;
    bool interrupt_window, nmi_window;
};

static const struct row rows[] = {
    {"nothing waits", IF, 0, 0, false, -1, 0, false, false},
    {"an interrupt", IF, 0, 0, false, 0x31, INTERRUPT | 0x31, false, false},
    {"IF is 0", 0, 0, 0, false, 0x31, 0, true, false},
    {"after STI", IF, 1, 0, false, 0x31, 0, true, false},
    {"after MOV SS", IF, 2, 0, false, 0x31, 0, true, false},
    {"NMIs blocked: interrupts are not", IF, 8, 0, false, 0x31, INTERRUPT | 0x31, false, false},
    {"an NMI", 0, 0, 0, true, -1, NMI_EVENT, false, false},
    {"an NMI after STI", IF, 1, 0, true, -1, 0, true, false},
    {"an NMI after MOV SS", IF, 2, 0, true, -1, 0, false, true},
    {"an NMI in an NMI, after STI", IF, 9, 0, true, -1, 0, true, false},
    {"an NMI in an NMI", IF, 8, 0, true, -1, 0, false, true},
    {"an NMI before an interrupt", IF, 0, 0, true, 0x31, NMI_EVENT, true, false},
    {"an event before all", IF, 0, EXCEPTION | 6, true, 0x31, EXCEPTION | 6, true, true},
    {"an event in any state", 0, 11, EXCEPTION | 6, false, -1, EXCEPTION | 6, false, false},
    {"blocked NMI, open interrupt", IF, 8, 0, true, 0x31, INTERRUPT | 0x31, false, true},
    {"vector 255", IF, 0, 0, false, 255, INTERRUPT | 255, false, false},
};

static void priorities(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i];
        const struct openness open = {.rflags = row->rflags | 2,
                                      .interruptibility = row->interruptibility};
        struct pending pending = {.event = {.info = row->event}, .nmi = row->nmi};
        struct injection injection;

        if (row->vector >= 0)
            pending.interrupts[row->vector / 64] = BIT64(row->vector % 64);
        injection = inject(&pending, &open);
        expect(injection.event.info == row->injected, "%s: injects 0x%x", row->what,
               injection.event.info);
        expect(injection.want_interrupt_window == row->interrupt_window, "%s: interrupt window",
               row->what);
        expect(injection.want_nmi_window == row->nmi_window, "%s: NMI window", row->what);
        expect(pending.event.info == 0, "%s: the event is taken", row->what);
        expect(pending.nmi == (row->nmi && row->injected != NMI_EVENT),
               "%s: the NMI is taken, or waits", row->what);
    }
    assert_int_equal(wrong, 0);
}

/* SDM: "Interrupt Priorities": the highest vector is first; each comes once. */
static void highest_vector_first(void **state)
{
    const struct openness open = {.rflags = IF};
    struct pending pending = {.interrupts = {BIT64(0x20), BIT64(0x41 % 64), 0, BIT64(0xff % 64)}};

    (void)state;
    assert_int_equal(inject(&pending, &open).event.info, INTERRUPT | 0xff);
    assert_int_equal(inject(&pending, &open).event.info, INTERRUPT | 0x41);
    assert_int_equal(inject(&pending, &open).event.info, INTERRUPT | 0x20);
    assert_int_equal(inject(&pending, &open).event.info, 0);
    assert_int_equal(pending_vector(&pending), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(combinations, start_counting),
        cmocka_unit_test(faults_in_a_double_fault_end_all),
        cmocka_unit_test(interrupts_are_benign),
        cmocka_unit_test_setup(error_codes, start_counting),
        cmocka_unit_test(a_cut_event_comes_again),
        cmocka_unit_test_setup(priorities, start_counting),
        cmocka_unit_test(highest_vector_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
