/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entry.S - into the guest and back: unsigned bare_enter(struct guest_registers *, bool launched).
 *
 * The stack while the guest runs, which HOST_RSP points to:
 *
 *   rsp +  0  the guest's registers (struct guest_registers *)
 *   rsp +  8  r15, r14, r13, r12, rbx, rbp: what a C function must keep
 *   rsp + 56  the return address
 */
#include "vmx/entry_macros.h"

	.code64
	.section .text

	.globl bare_enter
	.type bare_enter, @function
bare_enter:
	PUSH_KEPT_REGISTERS
	pushq %rdi
	movl $HOST_RSP_ENCODING, %eax
	vmwrite %rsp, %rax
	jbe entry_failed		/* CF or ZF: failed */
	testb %sil, %sil		/* launched: VMRESUME */
	LOAD_GUEST_REGISTERS
	jnz 1f
	vmlaunch
	jmp entry_failed
1:	vmresume

/* The registers still hold the guest's values, and nothing of them has to be saved. */
entry_failed:
	movl $RESULT_FAIL_INVALID, %eax
	movl $RESULT_FAIL_VALID, %ecx
	cmovzl %ecx, %eax
	addq $8, %rsp
	jmp leave_entry

/* HOST_RIP: every VM exit comes here with RSP as written above. */
	.globl bare_exit_point
bare_exit_point:
	pushq %rdi
	movq 8(%rsp), %rdi
	SAVE_GUEST_REGISTERS
	popq %rax
	movq %rax, GUEST_rdi(%rdi)
	addq $8, %rsp
	movl $RESULT_SUCCEED, %eax

leave_entry:
	POP_KEPT_REGISTERS
	ret
	.size bare_enter, . - bare_enter

	.section .note.GNU-stack, "", @progbits
