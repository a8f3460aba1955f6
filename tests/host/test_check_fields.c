/* SPDX-License-Identifier: BSD-2-Clause */
/* test_check_fields.c - vmx/check/fields.c: VM entries as NAME=VALUE. */
#include "check_verdict.h"

#define ALL (~UINT64_C(0))

static struct fields fields;

static enum fields_status take(const char *line, size_t *at)
{
    return fields_take(&fields, line, strlen(line), at);
}

static void taken(const char *line)
{
    size_t at;
    enum fields_status status = take(line, &at);

    expect(status == FIELDS_OK, "%s: not taken from %zu on", line, at);
}

/* --- reading ---------------------------------------------------------------------------------- */

static const struct {
    const char *line;
    enum fields_status status;
    size_t at; /* where it stops */
} lines[] = {
    {"", FIELDS_OK, 0},
    {"# GUEST_CR0=1 anything", FIELDS_OK, 22},
    {" \tGUEST_CR0=80050033\r\n", FIELDS_OK, 22},
    {"GUEST_CR0=0x80050033 GUEST_CR3=0X1000", FIELDS_OK, 37},
    {"[  12.3] lintel: fields: GUEST_CR0=1", FIELDS_OK, 36},
    {"# a log: fields: GUEST_CR0=1 GUEST_CR0=2", FIELDS_TWICE, 29},
    {"GUEST_CR0", FIELDS_NO_VALUE, 0},
    {"GUEST_CR3=1 GUEST_CR0 =1", FIELDS_NO_VALUE, 12},
    {"GUEST_CR0=", FIELDS_NUMBER, 0},
    {"GUEST_CR0=0x", FIELDS_NUMBER, 0},
    {"GUEST_CR0=12g", FIELDS_NUMBER, 0},
    {"GUEST_CR0=-1", FIELDS_NUMBER, 0},
    {"GUEST_CR0=ffffffffffffffff", FIELDS_OK, 26},
    {"GUEST_CR0=10000000000000000", FIELDS_NUMBER, 0},
    {"GUEST_CS_SELECTOR=ffff", FIELDS_OK, 22},
    {"GUEST_CS_SELECTOR=10000", FIELDS_WIDE, 0},
    {"GUEST_CS_LIMIT=100000000", FIELDS_WIDE, 0},
    {"GUEST_CR0=1 GUEST_CR0=1", FIELDS_OK, 23},
    {"GUEST_CR0=1 GUEST_CR0=2", FIELDS_TWICE, 12},
    {"GUEST_PAT=1 GUEST_IA32_PAT=2", FIELDS_TWICE, 12},
    {"GUEST_IA32_IA32_PAT=1", FIELDS_UNKNOWN, 0},
    {"GUEST_CR9=1", FIELDS_UNKNOWN, 0},
    {"guest_cr0=1", FIELDS_UNKNOWN, 0},
    {"GUEST_CR=1", FIELDS_UNKNOWN, 0},
    {"=1", FIELDS_UNKNOWN, 0},
    {"MSR_480=1 MSR_493=2", FIELDS_OK, 19},
    {"MSR_47f=1", FIELDS_UNKNOWN, 0},
    {"MSR_494=1", FIELDS_UNKNOWN, 0},
    {"MSR_=1", FIELDS_UNKNOWN, 0},
    {"MSR_480=1 MSR_480=2", FIELDS_TWICE, 10},
    {"MSR_48b=absent MSR_48b=0", FIELDS_TWICE, 15},
    {"MSR_48b=absent MSR_48b=absent", FIELDS_OK, 29},
    {"MSR_48b=none", FIELDS_NUMBER, 0},
    {"MEM_1000=1 MEM_1000=1", FIELDS_OK, 21},
    {"MEM_1000=1 MEM_1000=2", FIELDS_TWICE, 11},
    {"MEM_x=1", FIELDS_UNKNOWN, 0},
    {"MEM_1000=x", FIELDS_NUMBER, 0},
    {"MAXPHYADDR=52", FIELDS_OK, 13},
    {"MAXPHYADDR=0x2e", FIELDS_OK, 15},
    {"MAXPHYADDR=53", FIELDS_WIDE, 0},
    {"MAXPHYADDR=31", FIELDS_WIDE, 0},
    {"MAXPHYADDR=2e", FIELDS_NUMBER, 0},
    {"MAXPHYADDR=46 M_physical_address_bits=39", FIELDS_TWICE, 14},
    {"M_linear_address_bits=57", FIELDS_OK, 24},
    {"M_linear_address_bits=49", FIELDS_WIDE, 0},
    {"M_keyid_bits=16", FIELDS_WIDE, 0},
    {"M_rtm=1 M_rtm=0", FIELDS_TWICE, 8},
    {"M_rtm=2", FIELDS_WIDE, 0},
    {"M_physical=1", FIELDS_UNKNOWN, 0},
    {"CURRENT_VMCS=1000 CURRENT_VMCS=1000", FIELDS_OK, 35},
    {"CURRENT_VMCS=1000 CURRENT_VMCS=2000", FIELDS_TWICE, 18},
    {"CURRENT_VMCS=here", FIELDS_NUMBER, 0},
};

static void lines_are_taken(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
        enum fields_status status;
        size_t at;

        fields_init(&fields);
        status = take(lines[i].line, &at);
        expect(status == lines[i].status, "\"%s\": %s", lines[i].line, fields_status_text(status));
        expect(at == lines[i].at, "\"%s\": stops at %zu", lines[i].line, at);
    }
    assert_int_equal(wrong, 0);
}

static void values_are_kept(void **state)
{
    (void)state;
    fields_init(&fields);
    taken("GUEST_IA32_EFER=d01 GUEST_CS_SELECTOR=0x8 MSR_48b=0x100000002 MSR_491=absent");
    taken("MAXPHYADDR=46 M_sgx=1 M_spec_ctrl_supported=0x407 M_keyid_bits=6 CURRENT_VMCS=6000");
    assert_int_equal(fields.image.value[VMCS_GUEST_EFER], 0xd01);
    assert_int_equal(fields.image.value[VMCS_GUEST_CS_SELECTOR], 8);
    assert_false(vmcs_is_set(&fields.image, VMCS_GUEST_CR0));
    assert_int_equal(fields.policy.raw[0xb], 0x100000002);
    assert_int_equal(fields.msrs_given, 1 << 0xb | 1 << 0x11);
    assert_int_equal(fields.policy.present, 1 << 0xb);
    assert_int_equal(fields.machine.physical_address_bits, 46);
    assert_int_equal(fields.machine.spec_ctrl_supported, 0x407);
    assert_int_equal(fields.machine.keyid_bits, 6);
    assert_true(fields.machine.sgx);
    assert_int_equal(fields.vmcs, 0x6000);
    assert_int_equal(wrong, 0);
}

/* Bytes come from the words in which they are, and from no others. */
static void memory_is_read(void **state)
{
    struct check_input in;
    uint8_t bytes[16];

    (void)state;
    fields_init(&fields);
    taken("MEM_1000=0706050403020100 MEM_1008=0f0e0d0c0b0a0908 MEM_fffffffffffffff8=1");
    fields_input(&in, &fields);
    assert_true(in.read(in.context, 0x1000, bytes, 16));
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(bytes[i], i);
    assert_true(in.read(in.context, 0x1007, bytes, 2));
    assert_int_equal(bytes[0], 7);
    assert_int_equal(bytes[1], 8);
    assert_false(in.read(in.context, 0x1009, bytes, 8));
    assert_false(in.read(in.context, 0xfff, bytes, 1));
    assert_true(in.read(in.context, 0xfffffffffffffff8, bytes, 8));
    assert_false(in.read(in.context, 0, bytes, 1));
    assert_int_equal(wrong, 0);
}

static void memory_has_an_end(void **state)
{
    char line[64];
    size_t at;

    (void)state;
    fields_init(&fields);
    for (unsigned i = 0; i < FIELDS_MEMORY_MAX; i++) {
        snprintf(line, sizeof(line), "MEM_%x=%x", 8 * i, i);
        taken(line);
    }
    assert_int_equal(take("MEM_0=0", &at), FIELDS_OK);
    assert_int_equal(take("MEM_fffff000=0", &at), FIELDS_FULL);
    assert_int_equal(wrong, 0);
}

/* --- what is assumed -------------------------------------------------------------------------- */

/* Of the default1 class, those bits which the true MSRs let be 0 on every processor may be 0. */
static void nothing_given(void **state)
{
    struct check_input in;

    (void)state;
    fields_init(&fields);
    fields_input(&in, &fields);
    assert_true(in.sparse);
    assert_int_equal(in.msrs_assumed, (1 << VMX_MSR_COUNT) - 1);
    assert_int_equal(in.not_given, (UINT64_C(1) << CHECK_FACTS) - 1);
    assert_int_equal(in.vmcs, 0);
    check_prepare(&in);
    assert_int_equal(in.limit[WORD_PIN].must, 0x16);
    assert_int_equal(in.limit[WORD_PROC].must, 0x04006172);
    assert_int_equal(in.limit[WORD_EXIT].must, 0x00036dfb);
    assert_int_equal(in.limit[WORD_ENTRY].must, 0x000011fb);
    assert_int_equal(in.limit[WORD_PROC2].must, 0);
    assert_int_equal(in.limit[WORD_CR0].must, 0x80000021);
    assert_int_equal(in.limit[WORD_CR4].must, 0x2000);
    assert_int_equal(in.limit[WORD_PIN].may, 0xffffffff);
    assert_int_equal(in.limit[WORD_PROC3].may, ALL);
    assert_int_equal(in.limit[WORD_CR4].may, ALL);
    assert_int_equal(in.machine->physical_address_bits, 52);
    assert_int_equal(in.machine->linear_address_bits, 48);
    assert_false(in.policy->vmx.basic.addresses_32bit);
}

/* What must be 1 by the true MSR is not known; what may be 1, the other one tells. */
static void legacy_msrs_tell_of_the_true_ones(void **state)
{
    struct check_input in;

    (void)state;
    fields_init(&fields);
    taken("MSR_482=0xf7b9fffe0401e172");
    fields_input(&in, &fields);
    check_prepare(&in);
    assert_int_equal(in.limit[WORD_PROC].may, 0xf7b9fffe);
    assert_int_equal(in.limit[WORD_PROC].must, 0x04006172);
    assert_true(has_any(in.msrs_assumed, BIT64(0xe)));
    assert_false(has_any(in.msrs_assumed, BIT64(2)));
    assert_int_equal(wrong, 0);
}

/* A gate that is given and closed closes: nothing is assumed behind it. */
static void closed_gates_stay_closed(void **state)
{
    struct check_input in;

    (void)state;
    fields_init(&fields);
    taken("MSR_480=0x005a040000000001 MSR_482=0x77b9fffe0401e172");
    fields_input(&in, &fields);
    assert_false(has_any(in.msrs_assumed, BIT64(0xb) | BIT64(0xd) | BIT64(0xe) | BIT64(0x12)));
    assert_true(has_any(in.msrs_assumed, BIT64(1)));
    assert_int_equal(wrong, 0);
}

static void widths_follow_from_cr4(void **state)
{
    struct check_input in;

    (void)state;
    fields_init(&fields);
    taken("MSR_489=0x3777ff");
    fields_input(&in, &fields);
    assert_int_equal(in.machine->linear_address_bits, 57);
    assert_true(check_is_given(&in, FACT_linear_address_bits));
    fields_init(&fields);
    taken("MSR_489=0x3777ff M_linear_address_bits=48");
    fields_input(&in, &fields);
    assert_int_equal(in.machine->linear_address_bits, 48);
    assert_int_equal(wrong, 0);
}

/* --- printing --------------------------------------------------------------------------------- */

static void entries_are_printed(void **state)
{
    static char text[4096];
    struct text_buffer buffer;
    struct check_input in;

    (void)state;
    fields_init(&fields);
    taken("GUEST_CR0=80000031 VMCS_LINK_POINTER=5000 MEM_5000=1 GUEST_CS_SELECTOR=8 GUEST_CR3=40");
    taken("MSR_48b=absent MSR_48c=6334141 MAXPHYADDR=46 M_rtm=0 ENTRY_MSR_LOAD_COUNT=1");
    taken("ENTRY_MSR_LOAD_ADDRESS=9000 MEM_9000=79 MEM_9008=12 CURRENT_VMCS=6000 ENTRY_CONTROLS=0");
    taken("MEM_40=1 MEM_48=2 MEM_50=3 MEM_58=4 PROC_CONTROLS=0");
    fields_input(&in, &fields);
    text_buffer_init(&buffer, text, sizeof(text));
    fields_print(&buffer.out, &in);
    assert_string_equal(
        text, "fields: GUEST_CS_SELECTOR=0x8 ENTRY_MSR_LOAD_ADDRESS=0x9000 "
              "VMCS_LINK_POINTER=0x5000 PROC_CONTROLS=0x0\n"
              "fields: ENTRY_CONTROLS=0x0 ENTRY_MSR_LOAD_COUNT=0x1 GUEST_CR0=0x80000031 "
              "GUEST_CR3=0x40\n"
              "fields: CURRENT_VMCS=0x6000 MSR_48b=absent MSR_48c=0x6334141 MSR_491=absent\n"
              "fields: MAXPHYADDR=46 M_rtm=0x0 MEM_9000=0x79 MEM_9008=0x12\n"
              "fields: MEM_5000=0x1 MEM_40=0x1 MEM_48=0x2 MEM_50=0x3\n"
              "fields: MEM_58=0x4\n");
    assert_int_equal(wrong, 0);
}

/* A wild count fills no log: the list is cut where the reader would be full. */
static bool read_zeros(void *context, uint64_t physical, void *to, size_t size)
{
    (void)context, (void)physical;
    memset(to, 0, size);
    return true;
}

static void wild_lists_are_cut(void **state)
{
    static char text[1 << 17];
    struct text_buffer buffer;
    struct check_input in;

    (void)state;
    fields_init(&fields);
    taken("ENTRY_MSR_LOAD_COUNT=ffffffff ENTRY_MSR_LOAD_ADDRESS=9000");
    fields_input(&in, &fields);
    in.read = read_zeros;
    text_buffer_init(&buffer, text, sizeof(text));
    fields_print(&buffer.out, &in);
    fields_init(&fields);
    assert_true(read_lines(&fields, text));
    assert_true(fields.memory_count > 512 && fields.memory_count < FIELDS_MEMORY_MAX);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lines_are_taken, start_counting),
        cmocka_unit_test_setup(values_are_kept, start_counting),
        cmocka_unit_test_setup(memory_is_read, start_counting),
        cmocka_unit_test_setup(memory_has_an_end, start_counting),
        cmocka_unit_test_setup(nothing_given, start_counting),
        cmocka_unit_test_setup(legacy_msrs_tell_of_the_true_ones, start_counting),
        cmocka_unit_test_setup(closed_gates_stay_closed, start_counting),
        cmocka_unit_test_setup(widths_follow_from_cr4, start_counting),
        cmocka_unit_test_setup(entries_are_printed, start_counting),
        cmocka_unit_test_setup(wild_lists_are_cut, start_counting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
