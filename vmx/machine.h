/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.h - VMX on this processor: enters VMX operation, makes a VMCS current and fills it in.
 * Machine. kern/ enters the guest.
 */
#ifndef LINTEL_VMX_MACHINE_H
#define LINTEL_VMX_MACHINE_H

#include "exit.h"
#include "feature_control.h"
#include "image.h"

/* A VMXON region or a VMCS: 4 KiB, which is the most that IA32_VMX_BASIC may ask for. */
struct vmx_region {
    uint32_t revision;
    uint8_t opaque[PAGE_SIZE - 4];
} PAGE_ALIGNED;

/*
 * Reads IA32_FEATURE_CONTROL and, where it is unlocked, enables VMX outside SMX and locks it. The
 * state returned is the one found; `value` is the MSR as it is now (untouched for FC_ABSENT).
 */
enum feature_control_state vmx_feature_control(uint64_t *value);

/* True when that state lets VMXON go ahead. */
static inline bool vmx_usable(enum feature_control_state state)
{
    return state == FC_ENABLED || state == FC_UNLOCKED;
}

/* What became of a VMX instruction: of enum vmx_result (arch/insn.h). S_FAULT: it faulted. */
enum status vmx_status(unsigned result);

/*
 * Enters VMX root operation: fixed bits of CR0 and CR4, then VMXON with `region`, which
 * stays the processor's until VMXOFF. S_FAULT: VMXON or CR4.VMXE faulted; S_VMFAIL_INVALID: the
 * region was refused.
 */
MUST_CHECK enum status vmx_on(struct vmx_region *region, const struct msr_policy *policy);

/*
 * Makes `vmcs` the current VMCS, cleared, and writes every field that is set in `image`; each write
 * is checked.
 */
MUST_CHECK enum status vmcs_load(struct vmx_region *vmcs, const struct vmcs_image *image,
                                 const struct msr_policy *policy, struct out *out);

/*
 * Fills in the state that VM exits load: the present one of this processor, and `exit_point` as
 * RIP.
 */
void vmx_host_state(struct host_state *host, const char *exit_point);

#endif
