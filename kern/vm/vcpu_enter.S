/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_enter.S - the loop of VM entry, guest, VM exit, handler: unsigned vcpu_enter(struct vcpu *).
 * It ends when vcpu_after_exit() says so (VMX_SUCCEED), or an entry fails before the guest's state
 * is looked at (the enum vmx_result that says how).
 *
 * Nothing but the guest's registers is saved or loaded in a turn: the handler's C keeps what it
 * uses of the others on its own stack, and those hold values of the guest, which C never reads.
 *
 * The stack while the guest runs, which HOST_RSP points to:
 *
 *   rsp +  0  the vCPU
 *   rsp +  8  r15, r14, r13, r12, rbx, rbp: what a C function must keep
 *   rsp + 56  the return address
 */
#include "kern/task/return_macros.h"
#include "kern/vm/offsets.h"
#include "vmx/entry_macros.h"

	.code64
	.section .text

	.globl vcpu_enter
	.type vcpu_enter, @function
vcpu_enter:
	PUSH_KEPT_REGISTERS
	pushq %rdi
	movl $HOST_RSP_ENCODING, %eax
	vmwrite %rsp, %rax
	jbe entry_failed		/* CF or ZF: failed */
enter_again:
	testb $1, VCPU_launched(%rdi)
	movq VCPU_page(%rdi), %rdi
	LOAD_GUEST_REGISTERS
	jz 1f
	vmresume
	jmp entry_failed
1:	vmlaunch

/* The registers still hold the guest's values, and nothing of them has to be saved. */
entry_failed:
	movl $RESULT_FAIL_INVALID, %eax
	movl $RESULT_FAIL_VALID, %ecx
	cmovzl %ecx, %eax
	jmp leave_loop

/* HOST_RIP: every VM exit comes here. */
	.globl vcpu_exit_point
vcpu_exit_point:
	pushq %rdi
	movq 8(%rsp), %rdi
	movq VCPU_page(%rdi), %rdi
	SAVE_GUEST_REGISTERS
	popq GUEST_rdi(%rdi)

	/* No return of the kernel is predicted by a call of the guest: kern/task/mitigations.h. */
	testb $1, mitigations + MITIGATIONS_fill_returns(%rip)
	jz 1f
	FILL_RETURNS
1:
	movq (%rsp), %rdi
	call vcpu_after_exit
	movq (%rsp), %rdi
	testb %al, %al
	jnz enter_again
	movl $RESULT_SUCCEED, %eax

leave_loop:
	addq $8, %rsp
	POP_KEPT_REGISTERS
	ret
	.size vcpu_enter, . - vcpu_enter

	.section .note.GNU-stack, "", @progbits
