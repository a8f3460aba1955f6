/* SPDX-License-Identifier: BSD-2-Clause */
/* test_processors.c - groups of processors, and their differences by name: msr/processors.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "msr/processors.h"

#define MANY 8

static struct cpu_identity cpus[MANY];
static struct msr_policy raws[MANY];
static uint64_t feature_controls[MANY];
static char text[4096];

/* `count` processors that are all alike. */
static struct processors alike(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        cpus[i] = (struct cpu_identity){.signature = 0x906a3, .vmx = true, .microcode = 7};
        raws[i] = (struct msr_policy){.present = 1u << 0 | 1u << 2 | 1u << 11};
        raws[i].raw[2] = UINT64_C(0xfff9fffe0401e172);
        raws[i].raw[11] = UINT64_C(0x000000ff00000000);
        feature_controls[i] = 5;
    }
    return (struct processors){
        .count = count, .cpu = cpus, .raw = raws, .feature_control = feature_controls};
}

static const char *print(const struct processors *processors)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, sizeof(text));
    processors_print(&buffer.out, processors);
    return text;
}

static void one_says_nothing(void **state)
{
    struct processors p = alike(1);

    (void)state;
    assert_string_equal(print(&p), "");
}

static void all_alike_are_one_line(void **state)
{
    struct processors p = alike(8);

    (void)state;
    assert_string_equal(print(&p), "processors 0-7: as above\n");
    assert_true(processors_alike(&p, 0, 7));
}

static void a_difference_names_processors_msr_and_bit(void **state)
{
    struct processors p = alike(8);

    (void)state;
    raws[2].raw[11] = raws[5].raw[11] = raws[6].raw[11] = UINT64_C(0x0000007f00000000);
    assert_string_equal(print(&p), "processors 0-1,3-4,7: as above\n"
                                   "processors 2,5-6: 0x48b:7 unrestricted_guest may-be-1: 0x1 in "
                                   "processor 0, 0x0 in these\n");
    assert_false(processors_alike(&p, 0, 2));
    assert_true(processors_alike(&p, 2, 6));
}

static void groups_are_apart(void **state)
{
    struct processors p = alike(4);

    (void)state;
    feature_controls[1] = 1;
    cpus[3].signature = 0x906a4;
    cpus[3].vmx = false;
    assert_string_equal(print(&p),
                        "processors 0,2: as above\n"
                        "processor 1: IA32_FEATURE_CONTROL (0x3a): 0x1, on processor 0 "
                        "0x5\n"
                        "processor 3: CPUID.1:EAX: 0x906a4, on processor 0 0x906a3\n"
                        "processor 3: CPUID.1:ECX bit 5 (VMX): 0x0, on processor 0 0x1\n");
}

/* Kinds of cores that differ in nothing else are groups of their own, and have names. */
static void kinds_of_cores(void **state)
{
    struct processors p = alike(8);

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        cpus[i].core_type = i < 4 ? 0x40 : 0x20;
    raws[6].raw[11] = raws[7].raw[11] = UINT64_C(0x0000007f00000000);
    assert_false(processors_alike(&p, 0, 4));
    assert_string_equal(print(&p),
                        "processors 0-3 (Intel Core): as above\n"
                        "processors 4-5 (Intel Atom): CPUID.1AH:EAX bits 31:24 (core type): 0x20, "
                        "on processor 0 0x40\n"
                        "processors 6-7 (Intel Atom): CPUID.1AH:EAX bits 31:24 (core type): 0x20, "
                        "on processor 0 0x40\n"
                        "processors 6-7 (Intel Atom): 0x48b:7 unrestricted_guest may-be-1: 0x1 in "
                        "processor 0, 0x0 in these\n");
    cpus[0].core_type = 0x10;
    assert_non_null(strstr(print(&p), "processor 0 (another kind of core): as above"));
}

/* More differences than are shown end in a count. */
static void many_differences_are_counted(void **state)
{
    struct processors p = alike(2);
    const char *lines;
    unsigned count = 0;

    (void)state;
    raws[1].raw[2] = UINT64_C(0x0000000000000000);
    raws[1].raw[11] = UINT64_C(0xffffff0000000000);
    lines = print(&p);
    for (const char *line = strstr(lines, "processor 1: 0x"); line;
         line = strstr(line + 1, "processor 1: 0x"))
        count++;
    assert_int_equal(count, 32);
    assert_non_null(strstr(lines, "processor 1: and "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_says_nothing),
        cmocka_unit_test(all_alike_are_one_line),
        cmocka_unit_test(a_difference_names_processors_msr_and_bit),
        cmocka_unit_test(groups_are_apart),
        cmocka_unit_test(kinds_of_cores),
        cmocka_unit_test(many_differences_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
