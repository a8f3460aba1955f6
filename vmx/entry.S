/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entry.S - into the guest and back: unsigned vmx_enter(struct guest_registers *, bool launched).
 *
 * The stack while the guest runs, which HOST_RSP points to:
 *
 *   rsp +  0  the guest's registers (struct guest_registers *)
 *   rsp +  8  r15, r14, r13, r12, rbx, rbp: what a C function must keep
 *   rsp + 56  the return address
 */
#include "vmx/offsets.h"

	.code64
	.section .text

#define LOAD_GUEST(name) movq GUEST_##name(%rdi), %name
#define SAVE_GUEST(name) movq %name, GUEST_##name(%rdi)

	.globl vmx_enter
	.type vmx_enter, @function
vmx_enter:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdi
	movl $HOST_RSP_ENCODING, %eax
	vmwrite %rsp, %rax
	jbe entry_failed		/* CF or ZF: failed */
	testb %sil, %sil		/* launched: VMRESUME. No MOV below changes flags. */
	LOAD_GUEST(rax)
	LOAD_GUEST(rcx)
	LOAD_GUEST(rdx)
	LOAD_GUEST(rbx)
	LOAD_GUEST(rbp)
	LOAD_GUEST(rsi)
	LOAD_GUEST(r8)
	LOAD_GUEST(r9)
	LOAD_GUEST(r10)
	LOAD_GUEST(r11)
	LOAD_GUEST(r12)
	LOAD_GUEST(r13)
	LOAD_GUEST(r14)
	LOAD_GUEST(r15)
	LOAD_GUEST(rdi)
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
	.globl vmx_exit_point
vmx_exit_point:
	pushq %rdi
	movq 8(%rsp), %rdi
	SAVE_GUEST(rax)
	SAVE_GUEST(rcx)
	SAVE_GUEST(rdx)
	SAVE_GUEST(rbx)
	SAVE_GUEST(rbp)
	SAVE_GUEST(rsi)
	SAVE_GUEST(r8)
	SAVE_GUEST(r9)
	SAVE_GUEST(r10)
	SAVE_GUEST(r11)
	SAVE_GUEST(r12)
	SAVE_GUEST(r13)
	SAVE_GUEST(r14)
	SAVE_GUEST(r15)
	popq %rax
	movq %rax, GUEST_rdi(%rdi)
	addq $8, %rsp
	movl $RESULT_SUCCEED, %eax

leave_entry:
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret
	.size vmx_enter, . - vmx_enter

	.section .note.GNU-stack, "", @progbits
