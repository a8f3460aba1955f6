/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine.h - VMX on this processor: on and off, a VMCS made current and filled, entry and exit.
 * The files behind it (on.c, load.c, tests/bare/entry.S) are the only ones of this floor that touch the
 * machine; they decide nothing that a pure file could decide.
 */
#ifndef LINTEL_VMX_MACHINE_H
#define LINTEL_VMX_MACHINE_H

#include "vmx/check/check.h"
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

/*
 * Enters VMX root operation: fixed bits of CR0 and CR4, then VMXON with `region`, which must be in
 * the kernel's image and stays the processor's until vmx_off(). S_FAULT: VMXON or CR4.VMXE
 * faulted; S_VMFAIL_INVALID: the region was refused.
 */
MUST_CHECK enum status vmx_on(struct vmx_region *region, const struct msr_policy *policy);

/* Leaves it again. Every VMCS must have been released. */
MUST_CHECK enum status vmx_off(void);

/* Makes `vmcs` the current one, cleared, and writes every set field of `image`, each checked. */
MUST_CHECK enum status vmcs_load(struct vmx_region *vmcs, const struct vmcs_image *image,
                                 const struct msr_policy *policy, struct out *out);

/* VMCLEAR: the processor keeps nothing of it any more. */
MUST_CHECK enum status vmcs_release(struct vmx_region *vmcs);

/* The state that VM exits are to load: this processor's present one. */
void vmx_host_state(struct host_state *host);

/*
 * vmx_run() without its translation of the result (enum vmx_result), for code that runs at each
 * exit: entry.S.
 */
unsigned vmx_enter(struct guest_registers *registers, bool launched);

/*
 * Enters the guest of the current VMCS, by VMLAUNCH or (`launched`) VMRESUME, and comes back at
 * its next VM exit, with its registers in `registers`. Anything but S_OK: the entry failed and the
 * guest's registers are unchanged; vmx_print_failure() says why. A failed entry that the processor
 * reports as an exit (reasons 33, 34, 41) is S_OK here, and has EXIT_REASON_ENTRY_FAILURE set.
 */
MUST_CHECK enum status vmx_run(struct guest_registers *registers, bool launched);

/* The exit's fields, as far as this processor has them. */
void vmx_read_exit(struct vmx_exit *exit, const struct msr_policy *policy);

/* RIP of the current guest += `length`. */
void vmx_skip_instruction(const struct vmx_exit *exit);

/* After a refused entry: the VM-instruction error, in words. */
void vmx_print_failure(struct out *out, enum status status);

#endif
