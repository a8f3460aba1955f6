/* SPDX-License-Identifier: BSD-2-Clause */
/* feature_control.c - see feature_control.h. PURE. */
#include "feature_control.h"

#include "msr/vmx_caps.h"

enum feature_control_state feature_control_state(bool readable, uint64_t value)
{
    const union feature_control_bits control = {.raw = value};

    if (!readable)
        return FC_ABSENT;
    if (!control.lock)
        return FC_UNLOCKED;
    if (control.vmx_outside_smx)
        return FC_ENABLED;
    return control.vmx_inside_smx ? FC_SMX_ONLY : FC_LOCKED_OFF;
}

uint64_t feature_control_enabled(uint64_t value)
{
    union feature_control_bits control = {.raw = value};

    control.vmx_outside_smx = true;
    control.lock = true;
    return control.raw;
}

const char *feature_control_text(enum feature_control_state state)
{
    switch (state) {
    case FC_ENABLED:
        return "VMX is enabled and locked (IA32_FEATURE_CONTROL bits 0 and 2)";
    case FC_UNLOCKED:
        return "IA32_FEATURE_CONTROL was unlocked: enabled VMX outside SMX (bit 2) and locked it "
               "(bit 0)";
    case FC_LOCKED_OFF:
        return "VMX is locked off: IA32_FEATURE_CONTROL bit 0 is 1 and bit 2 is 0; enable VT-x "
               "(Intel Virtualization Technology) in the firmware's setup and power-cycle";
    case FC_SMX_ONLY:
        return "VMX is enabled inside SMX operation only: IA32_FEATURE_CONTROL bit 1 is 1 and "
               "bit 2 is 0; enable VT-x outside of trusted execution (TXT) in the firmware's setup "
               "and power-cycle";
    case FC_ABSENT:
        return "RDMSR of IA32_FEATURE_CONTROL (0x3a) faulted, though CPUID reports VMX: the "
               "hypervisor or emulator below does not provide it";
    }
    return "unknown state";
}
