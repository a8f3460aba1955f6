/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmx_exit.c - exit reasons and VM-instruction errors against second lists typed from the
 * SDM, and how an exit is printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/exit.h"
#include "support.h"

#define ENTRY_FAILURE 0x80000000u

/* SDM "VMX Basic Exit Reasons", and "Exit qualification" in "Basic VM-Exit Information". */
struct reason_fact {
    const char *text; /* NULL: the number is not used */
    bool qualified;   /* the exit qualification means something */
};

static const struct reason_fact facts[] = {
    [0] = {"exception or NMI", true},
    [1] = {"external interrupt", false},
    [2] = {"triple fault", false},
    [3] = {"INIT signal", false},
    [4] = {"start-up IPI", true},
    [5] = {"I/O system-management interrupt", true},
    [6] = {"other SMI", false},
    [7] = {"interrupt window", false},
    [8] = {"NMI window", false},
    [9] = {"task switch", true},
    [10] = {"CPUID", false},
    [11] = {"GETSEC", false},
    [12] = {"HLT", false},
    [13] = {"INVD", false},
    [14] = {"INVLPG", true},
    [15] = {"RDPMC", false},
    [16] = {"RDTSC", false},
    [17] = {"RSM", false},
    [18] = {"VMCALL", false},
    [19] = {"VMCLEAR", true},
    [20] = {"VMLAUNCH", false},
    [21] = {"VMPTRLD", true},
    [22] = {"VMPTRST", true},
    [23] = {"VMREAD", true},
    [24] = {"VMRESUME", false},
    [25] = {"VMWRITE", true},
    [26] = {"VMXOFF", false},
    [27] = {"VMXON", true},
    [28] = {"control-register access", true},
    [29] = {"MOV DR", true},
    [30] = {"I/O instruction", true},
    [31] = {"RDMSR", false},
    [32] = {"WRMSR", false},
    [33] = {"VM-entry failure: invalid guest state", true},
    [34] = {"VM-entry failure: MSR loading", true},
    [36] = {"MWAIT", true},
    [37] = {"monitor trap flag", false},
    [39] = {"MONITOR", false},
    [40] = {"PAUSE", false},
    [41] = {"VM-entry failure: machine-check event", false},
    [43] = {"TPR below threshold", false},
    [44] = {"APIC access", true},
    [45] = {"virtualized EOI", true},
    [46] = {"access to GDTR or IDTR", true},
    [47] = {"access to LDTR or TR", true},
    [48] = {"EPT violation", true},
    [49] = {"EPT misconfiguration", false},
    [50] = {"INVEPT", true},
    [51] = {"RDTSCP", false},
    [52] = {"VMX-preemption timer expired", false},
    [53] = {"INVVPID", true},
    [54] = {"WBINVD or WBNOINVD", false},
    [55] = {"XSETBV", false},
    [56] = {"APIC write", true},
    [57] = {"RDRAND", false},
    [58] = {"INVPCID", true},
    [59] = {"VMFUNC", false},
    [60] = {"ENCLS", false},
    [61] = {"RDSEED", false},
    [62] = {"page-modification log full", true},
    [63] = {"XSAVES", true},
    [64] = {"XRSTORS", true},
    [65] = {"PCONFIG", false},
    [66] = {"SPP-related event", true},
    [67] = {"UMWAIT", false},
    [68] = {"TPAUSE", false},
    [69] = {"LOADIWKEY", false},
    [70] = {"ENCLV", false},
    [72] = {"ENQCMD PASID translation failure", true},
    [73] = {"ENQCMDS PASID translation failure", true},
    [74] = {"bus lock", false},
    [75] = {"instruction timeout", true},
    [76] = {"SEAMCALL", false},
    [77] = {"TDCALL", false},
    [78] = {"RDMSRLIST", true},
    [79] = {"WRMSRLIST", true},
    [80] = {"URDMSR", true},
    [81] = {"UWRMSR", true},
    [84] = {"RDMSR with an immediate", true},
    [85] = {"WRMSRNS with an immediate", true},
};

/* SDM "VM-Instruction Error Numbers". */
static const char *const error_facts[] = {
    [1] = "VMCALL executed in VMX root operation",
    [2] = "VMCLEAR with invalid physical address",
    [3] = "VMCLEAR with VMXON pointer",
    [4] = "VMLAUNCH with non-clear VMCS",
    [5] = "VMRESUME with non-launched VMCS",
    [6] = "VMRESUME after VMXOFF",
    [7] = "VM entry with invalid control field(s)",
    [8] = "VM entry with invalid host-state field(s)",
    [9] = "VMPTRLD with invalid physical address",
    [10] = "VMPTRLD with VMXON pointer",
    [11] = "VMPTRLD with incorrect VMCS revision identifier",
    [12] = "VMREAD/VMWRITE from/to unsupported VMCS component",
    [13] = "VMWRITE to read-only VMCS component",
    [15] = "VMXON executed in VMX root operation",
    [16] = "VM entry with invalid executive-VMCS pointer",
    [17] = "VM entry with non-launched executive VMCS",
    [18] = "VM entry with executive-VMCS pointer not VMXON pointer",
    [19] = "VMCALL with non-clear VMCS",
    [20] = "VMCALL with invalid VM-exit control fields",
    [22] = "VMCALL with incorrect MSEG revision identifier",
    [23] = "VMXOFF under dual-monitor treatment of SMIs and SMM",
    [24] = "VMCALL with invalid SMM-monitor features",
    [25] = "VM entry with invalid VM-execution control fields in executive VMCS",
    [26] = "VM entry with events blocked by MOV SS",
    [28] = "invalid operand to INVEPT/INVVPID",
};

static void expect_text(const char *name, unsigned number, const char *text, const char *expected)
{
    expect(!strcmp(text, expected), "%s %u is\n%s\nexpected\n%s", name, number, text, expected);
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_known(unsigned reason)
{
    return reason < ARRAY_SIZE(facts) && facts[reason].text;
}

static const char *expected_name(unsigned reason)
{
    return is_known(reason) ? facts[reason].text : "unknown";
}

static void reason_texts(void **state)
{
    (void)state;
    assert_int_equal(EXIT_REASON_COUNT, ARRAY_SIZE(facts));
    for (unsigned reason = 0; reason <= 0xffff; reason++)
        expect_text("reason", reason, exit_reason_text(reason), expected_name(reason));
    expect_text("reason", UINT32_MAX, exit_reason_text(UINT32_MAX), "unknown");
    assert_int_equal(wrong, 0);
}

static void holes(void **state)
{
    static const unsigned numbers[] = {35, 38, 42, 71, 82, 83};
    unsigned unknown = 0;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++)
        expect_text("reason", numbers[i], exit_reason_text(numbers[i]), "unknown");
    for (unsigned reason = 0; reason < EXIT_REASON_COUNT; reason++)
        unknown += !strcmp(exit_reason_text(reason), "unknown");
    assert_int_equal(unknown, ARRAY_SIZE(numbers));
    assert_int_equal(wrong, 0);
}

static void error_texts(void **state)
{
    (void)state;
    for (unsigned number = 0; number < 1000; number++) {
        bool known = number < ARRAY_SIZE(error_facts) && error_facts[number];
        expect_text("error", number, vm_instruction_error_text(number),
                    known ? error_facts[number] : "unknown");
    }
    expect_text("error", UINT32_MAX, vm_instruction_error_text(UINT64_MAX), "unknown");
    expect_text("error", 7, vm_instruction_error_text(UINT64_C(0x100000007)), "unknown");
    assert_int_equal(wrong, 0);
}

/* --- printing --------------------------------------------------------------------------------- */

static char printed[1000];

static struct text_buffer *start_text(void)
{
    static struct text_buffer buffer;

    text_buffer_init(&buffer, printed, sizeof(printed));
    return &buffer;
}

static const struct vmx_exit sample = {
    .instruction_length = 3,
    .instruction_info = 0x44444444,
    .interruption_info = 0x80000b0e,
    .interruption_error = 0x15,
    .idt_vectoring_info = 0x80000202,
    .qualification = 0x8000000000000181,
    .guest_linear = 0xffff800000001234,
    .guest_physical = 0xfee00300,
    .rip = 0xffffffff81000000,
    .rsp = 0x7ffc,
    .rflags = 0x10246,
};

/* The two lines that must come out for the sample with `reason`. */
static const char *expected_print(uint32_t reason)
{
    static char expected[1000];
    unsigned basic = reason & 0xffff;
    bool qualified = !is_known(basic) || facts[basic].qualified;

    snprintf(expected, sizeof(expected),
             "exit: reason 0x%x (%s) rip 0xffffffff81000000 rsp 0x7ffc rflags 0x10246 length 3\n"
             "exit:%s linear 0xffff800000001234 physical 0xfee00300 "
             "interruption 0x80000b0e error 0x15 vectoring 0x80000202 info 0x44444444\n",
             reason, expected_name(basic), qualified ? " qualification 0x8000000000000181" : "");
    return expected;
}

static void expect_print(uint32_t reason)
{
    struct vmx_exit exit = sample;

    exit.reason = reason;
    exit_print(&start_text()->out, &exit);
    expect_text("print of reason", reason, printed, expected_print(reason));
}

/* Every reason; the qualification is printed where there is one, the addresses always. */
static void print_each_reason(void **state)
{
    (void)state;
    for (unsigned reason = 0; reason < 100; reason++) {
        expect_print(reason);
        expect_print(reason | ENTRY_FAILURE);
    }
    expect_print(0xffff);
    assert_int_equal(wrong, 0);
}

static void print_exactly(void **state)
{
    struct vmx_exit exit = {.reason = 10, .instruction_length = 2, .rip = 0x1000, .rflags = 2};

    (void)state;
    exit_print(&start_text()->out, &exit);
    assert_string_equal(printed, "exit: reason 0xa (CPUID) rip 0x1000 rsp 0x0 rflags 0x2 length 2\n"
                                 "exit: linear 0x0 physical 0x0 "
                                 "interruption 0x0 error 0x0 vectoring 0x0 info 0x0\n");
    exit = (struct vmx_exit){.reason = 0x80000021, .qualification = 4};
    exit_print(&start_text()->out, &exit);
    assert_string_equal(printed, "exit: reason 0x80000021 (VM-entry failure: invalid guest state) "
                                 "rip 0x0 rsp 0x0 rflags 0x0 length 0\n"
                                 "exit: qualification 0x4 linear 0x0 physical 0x0 "
                                 "interruption 0x0 error 0x0 vectoring 0x0 info 0x0\n");
    exit = (struct vmx_exit){.reason = 35, .qualification = 5};
    exit_print(&start_text()->out, &exit);
    assert_string_equal(printed, "exit: reason 0x23 (unknown) rip 0x0 rsp 0x0 rflags 0x0 length 0\n"
                                 "exit: qualification 0x5 linear 0x0 physical 0x0 "
                                 "interruption 0x0 error 0x0 vectoring 0x0 info 0x0\n");
}

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
        assert_string_equal(text, expected);
    }
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reason_texts),      TEST(holes),         TEST(error_texts),
        TEST(print_each_reason), TEST(print_exactly), TEST(reasons_have_names),
        TEST(exits_are_printed),
    };

    return cmocka_run_group_tests_name("vmx_exit", tests, NULL, NULL);
}
