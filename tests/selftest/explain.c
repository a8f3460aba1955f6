/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain.c - refused entries, one of each class: the processor refuses as foretold, and the rule
 * that was broken is named. The images are those of the oracle.
 */
#include "tests/oracle/oracle.h"

#include "arch/console.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "need_controls.h"
#include "tests/bare/bare.h"
#include "vmx/check/explain.h"

static struct vmx_region vmxon_region, vmcs;

/* A good image with one field changed, and what that breaks. */
struct wrong {
    uint64_t value;
    const char *id;   /* the first broken row */
    uint32_t outcome; /* VM-instruction error, or basic exit reason */
    uint16_t field;
    uint8_t class; /* enum check_class */
};

static const struct wrong wrongs[] = {
    {0x200, "controls.cr3_target_count", 7, VMCS_CR3_TARGET_COUNT, CHECK_CONTROLS},
    {0, "host.tr.selector_0", 8, VMCS_HOST_TR_SELECTOR, CHECK_HOST},
    {0, "guest.rflags.reserved_1", EXIT_ENTRY_GUEST_STATE, VMCS_GUEST_RFLAGS, CHECK_GUEST},
    {1, "msr_load.segment_base", EXIT_ENTRY_MSR_LOADING, VMCS_ENTRY_MSR_LOAD_COUNT, CHECK_MSR_LOAD},
};

/* An entry that the processor never loads: IA32_FS_BASE, whose value the VMCS gives. */
static const struct {
    uint32_t index, reserved;
    uint64_t value;
} refused_msr ALIGNED(16) = {.index = MSR_IA32_FS_BASE};

static bool is_same(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        ;
    return *a == *b;
}

/* What the processor made of it: an error number, or an exit reason. */
static uint32_t outcome_of(struct test *test, enum status status)
{
    struct vmx_exit exit;
    uint64_t error = 0;

    if (status == S_VMFAIL_VALID) {
        test_equal(test, "VMREAD of the error",
                   vmread(vmcs_fields[VMCS_VM_INSTRUCTION_ERROR].encoding, &error), VMX_SUCCEED);
        return (uint32_t)error;
    }
    test_equal(test, "status of the VM entry", status, S_OK);
    bare_read_exit(&exit);
    test_true(test, has_any(exit.reason, EXIT_REASON_ENTRY_FAILURE), "the exit is a failed entry");
    return exit_basic_reason(&exit);
}

static void expect_rule(struct test *test, const struct vmcs_image *image,
                        const struct wrong *wrong)
{
    struct check_machine machine;
    struct check_result result;
    const struct check_input in = {.image = image,
                                   .policy = &platform()->raw,
                                   .machine = &machine,
                                   .read = check_read_physical};

    check_machine_read(&machine);
    check_entry(&in, &result);
    test_equal(test, "broken rules", result.count, 1);
    if (!result.count)
        return;
    test_true(test, is_same(result.broken[0]->id, wrong->id), wrong->id);
    test_equal(test, "class of the broken rule", result.broken[0]->class, wrong->class);
}

static void try_wrong(struct test *test, const struct wrong *wrong, struct vmcs_image *image)
{
    struct guest_registers registers = {.rax = 0};
    const struct msr_policy *host = host_policy();

    test_enter(test, "%s", wrong->id);
    vmcs_set(image, wrong->field, wrong->value);
    if (test_equal(test, "status of vmcs_load()", vmcs_load(&vmcs, image, host, &console), S_OK)) {
        test_equal(test, "error or exit reason", outcome_of(test, bare_run(&registers, false)),
                   wrong->outcome);
        print("# ");
        test_true(test, vmx_explain(&console, image, &platform()->raw), "it is explained");
        expect_rule(test, image, wrong);
    }
    test_equal(test, "status of bare_release()", bare_release(&vmcs), S_OK);
    test_leave(test);
}

SELFTEST("vmx.explains_refusals", explains_refusals, NEEDS_VMX)
{
    static struct vmcs_image image;
    struct controls controls = {.request = {{.required = 0}}};

    controls.request[CTL_EXIT].required = BIT64(EXIT_ia32e_mode);
    controls.request[CTL_ENTRY].required = BIT64(ENTRY_ia32e_mode);
    if (skipped_without_controls(test, &controls))
        return;
    oracle_fill_memory();
    if (!test_equal(test, "status of vmx_on()", vmx_on(&vmxon_region, host_policy()), S_OK))
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(wrongs); i++) {
        if (!test_true(test, oracle_base_image(0, &image), "there is a good image"))
            break;
        vmcs_set(&image, VMCS_ENTRY_MSR_LOAD_ADDRESS, physical_of(&refused_msr));
        try_wrong(test, &wrongs[i], &image);
    }
    test_equal(test, "status of bare_off()", bare_off(), S_OK);
}
