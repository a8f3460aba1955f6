/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * switch.S - from thread to thread, and between ring 3 and the kernel by SYSCALL and SYSRET.
 * SDM: "Fast System Calls in 64-Bit Mode".
 */
#include "arch/offsets.h"
#include "kern/offsets.h"

	.code64
	.section .text

/* void context_switch(uint64_t *saved_rsp, uint64_t rsp) */
	.globl context_switch
	.type context_switch, @function
context_switch:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret
	.size context_switch, . - context_switch

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
 * RAX = the result. SYSRET to an address that is not canonical faults in ring 0 with the process's
 * RSP: no page of a process lies where it could have come from, but it is checked all the same.
 */
syscall_return:
	movq FRAME_rip(%rsp), %rcx
	shrq $47, %rcx
	jnz not_canonical
	testb $1, user_clear_buffers(%rip)
	jz 1f
	verw verw_selector(%rip)	/* MDS: see mitigations.h */
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
	call process_end_bad_return
	.size syscall_entry, . - syscall_entry

/* A new thread of a process: its stack holds a struct syscall_frame. */
	.globl thread_begin
	.type thread_begin, @function
thread_begin:
	call thread_first
	xorl %eax, %eax
	jmp syscall_return
	.size thread_begin, . - thread_begin

	.section .note.GNU-stack, "", @progbits
