/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bare.h - guests entered without the kernel: for tests that have the machine for themselves,
 * before kernel_start(), and turn VMX on and off on their own. The product's door into a guest is
 * kern/vm/vcpu_enter.S. Machine.
 */
#ifndef LINTEL_TESTS_BARE_H
#define LINTEL_TESTS_BARE_H

#include "dispatch.h"
#include "vmx/machine.h"

/* VMXOFF, after vmx_on(). Every VMCS must have been released. */
MUST_CHECK enum status bare_off(void);

/* VMCLEAR: the processor keeps nothing of `vmcs` any more. */
MUST_CHECK enum status bare_release(struct vmx_region *vmcs);

/* Where VM exits come to: the host state's RIP, for vmx_host_state(). entry.S. */
extern const char bare_exit_point[];

/* bare_run(), but returns an enum vmx_result: entry.S. */
unsigned bare_enter(struct guest_registers *registers, bool launched);

/*
 * Enters the guest of the current VMCS, by VMLAUNCH or (`launched`) VMRESUME, and comes back at
 * its next VM exit, with its registers in `registers`. Anything but S_OK: the entry failed and the
 * guest's registers are unchanged; bare_print_failure() says why. A failed entry that the
 * processor reports as an exit (reasons 33, 34, 41) is S_OK here, and has
 * EXIT_REASON_ENTRY_FAILURE set.
 */
MUST_CHECK enum status bare_run(struct guest_registers *registers, bool launched);

/* The exit's fields, as far as this processor has them. */
void bare_read_exit(struct vmx_exit *exit);

/* RIP of the current guest += the instruction's length. */
void bare_skip_instruction(const struct vmx_exit *exit);

/* After a refused entry: the VM-instruction error, in words. */
void bare_print_failure(struct out *out, enum status status);

#endif
