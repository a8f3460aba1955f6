/* SPDX-License-Identifier: BSD-2-Clause */
/* test_mca.c - which machine checks can be survived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mca.h"
#include "support.h"

#define VAL  UINT64_C(0x8000000000000000)
#define OVER UINT64_C(0x4000000000000000)
#define UC   UINT64_C(0x2000000000000000)
#define EN   UINT64_C(0x1000000000000000)
#define PCC  UINT64_C(0x0200000000000000)
#define S    UINT64_C(0x0100000000000000)
#define AR   UINT64_C(0x0080000000000000)
#define SER  UINT64_C(0x1000000)

static const struct {
    const char *name;
    uint64_t capability, bank;
    bool harmless;
} cases[] = {
    {"not valid", 0, UC | PCC, true},
    {"corrected", 0, VAL | EN, true},
    {"corrected, and lost ones before", 0, VAL | EN | OVER, true},
    {"not corrected", 0, VAL | EN | UC, false},
    {"not corrected, context lost", 0, VAL | EN | UC | PCC, false},
    {"context lost, with recovery", SER, VAL | EN | UC | PCC, false},
    {"no action required (UCNA)", SER, VAL | EN | UC, true},
    {"action optional (SRAO)", SER, VAL | EN | UC | S, true},
    {"action required (SRAR)", SER, VAL | EN | UC | S | AR, false},
    {"action optional, and lost ones before", SER, VAL | EN | UC | S | OVER, false},
    {"action optional, without recovery", 0x900, VAL | EN | UC | S, false},
};

static void harmless(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++)
        expect(machine_check_is_harmless(cases[i].capability, cases[i].bank) == cases[i].harmless,
               "%s", cases[i].name);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(harmless, start_counting)};

    return cmocka_run_group_tests_name("mca", tests, NULL, NULL);
}
