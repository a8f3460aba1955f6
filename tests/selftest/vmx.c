/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx.c - self-tests of VMX operation itself; first_guest.c has the guests. */
#include "arch/console.h"
#include "arch/insn.h"
#include "boot/selftest.h"
#include "tests/bare/bare.h"

static struct vmx_region region, bad_region;

/*
 * A processor that has VMX and firmware that locks it off: somebody must do something about that.
 */
SELFTEST("vmx.feature_control", feature_control, NEEDS_VMX_MSRS)
{
    const struct platform *known = platform();

    test_true(test, vmx_usable(known->feature_control_state),
              feature_control_text(known->feature_control_state));
}

SELFTEST("vmx.on_and_off", on_and_off, NEEDS_VMX)
{
    for (unsigned i = 0; i < 3; i++) {
        if (!test_equal(test, "status of vmx_on()", vmx_on(&region, host_policy()), S_OK))
            return;
        test_enter(test, "turn %u", i + 1);
        test_true(test, has_any(read_cr4(), BIT64(CR4_vmxe)), "CR4.VMXE is set");
        test_equal(test, "status of bare_off()", bare_off(), S_OK);
        test_true(test, !has_any(read_cr4(), BIT64(CR4_vmxe)), "CR4.VMXE is clear");
        test_leave(test);
    }
}

SELFTEST("vmx.off_faults", off_faults, NEEDS_VMX)
{
    test_equal(test, "VMXOFF outside VMX operation", bare_off(), S_FAULT);
    test_equal(test, "VMCLEAR outside VMX operation", bare_release(&region), S_FAULT);
}

/* A region with the wrong revision identifier is refused, and VMX stays off. */
SELFTEST("vmx.bad_revision", bad_revision, NEEDS_VMX)
{
    struct msr_policy wrong = platform()->host;

    wrong.vmx.basic.vmcs_revision_id ^= 1;
    test_equal(test, "status of vmx_on()", vmx_on(&bad_region, &wrong), S_VMFAIL_INVALID);
    test_true(test, !has_any(read_cr4(), BIT64(CR4_vmxe)), "CR4.VMXE is clear");
}

/* Errors of VMREAD and VMWRITE are seen: no current VMCS, then a field that does not exist. */
SELFTEST("vmx.field_errors", field_errors, NEEDS_VMX)
{
    static struct vmcs_image empty;
    static struct vmx_region vmcs;
    const struct msr_policy *host = host_policy();
    uint64_t value;

    if (!test_equal(test, "status of vmx_on()", vmx_on(&region, host), S_OK))
        return;
    test_equal(test, "VMREAD without a current VMCS",
               vmread(vmcs_fields[VMCS_GUEST_RIP].encoding, &value), VMX_FAIL_INVALID);
    if (test_equal(test, "status of vmcs_load()", vmcs_load(&vmcs, &empty, host, &console), S_OK)) {
        test_equal(test, "VMWRITE of field 0x7ffe", vmwrite(0x7ffe, 0), VMX_FAIL_VALID);
        test_equal(test, "VMREAD of the error",
                   vmread(vmcs_fields[VMCS_VM_INSTRUCTION_ERROR].encoding, &value), VMX_SUCCEED);
        test_equal(test, "the error", value, 12);
        test_equal(test, "status of bare_release()", bare_release(&vmcs), S_OK);
    }
    test_equal(test, "status of bare_off()", bare_off(), S_OK);
}

SELFTEST("vmx.fields_exist", fields_exist, NEEDS_VMX)
{
    static struct vmcs_image empty;
    static struct vmx_region vmcs;
    const struct msr_policy *host = host_policy();

    if (!test_equal(test, "status of vmx_on()", vmx_on(&region, host), S_OK))
        return;
    if (test_equal(test, "status of vmcs_load()", vmcs_load(&vmcs, &empty, host, &console), S_OK)) {
        for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
            uint64_t value;

            if (vmcs_field_exists(host, field))
                test_equal(test, vmcs_fields[field].name,
                           vmread(vmcs_fields[field].encoding, &value), VMX_SUCCEED);
        }
        test_equal(test, "status of bare_release()", bare_release(&vmcs), S_OK);
    }
    test_equal(test, "status of bare_off()", bare_off(), S_OK);
}
