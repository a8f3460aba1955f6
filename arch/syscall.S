/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall.S - from ring 3 into the kernel by SYSCALL, and back by SYSRET. SDM: "Fast System Calls
 * in 64-Bit Mode".
 */
#include "arch/offsets.h"

	.code64
	.section .text

/*
 * SYSCALL comes here with interrupts off (IA32_FMASK), RCX = RIP, R11 = RFLAGS, and the process's
 * RSP and GS. What is pushed is struct syscall_frame.
 */
	.globl syscall_entry
	.type syscall_entry, @function
syscall_entry:
	swapgs
	movq %rsp, %gs:PERCPU_user_rsp
	movq %gs:PERCPU_kernel_stack, %rsp
	pushq %gs:PERCPU_user_rsp
	pushq %r11
	pushq %rcx
	pushq %r9
	pushq %r8
	pushq %r10
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rax
	movq %rsp, %rdi
	call syscall_dispatch

/*
 * To ring 3: RSP points to the struct syscall_frame, RAX is the result. SYSRET to an address that
 * is not canonical faults in ring 0 with the process's RSP: no page of a process lies where it
 * could have come from, but it is checked all the same.
 */
	.globl syscall_return
syscall_return:
	movq SYSCALL_FRAME_rip(%rsp), %rcx
	shrq $47, %rcx
	jnz not_canonical
	testb $1, user_clear_buffers(%rip)
	jz 1f
	verw verw_selector(%rip)	/* MDS: see kern/task/mitigations.h */
1:	popq %rdi			/* the number: RAX has the result */
	popq %rdi
	popq %rsi
	popq %rdx
	popq %r10
	popq %r8
	popq %r9
	popq %rcx
	popq %r11
	popq %rsp
	swapgs
	sysretq
not_canonical:
	call syscall_bad_return
	.size syscall_entry, . - syscall_entry

	.section .note.GNU-stack, "", @progbits
