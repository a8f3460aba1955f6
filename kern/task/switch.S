/* SPDX-License-Identifier: BSD-2-Clause */
/* switch.S - from thread to thread; into ring 3 and out of it: arch/syscall.S. */
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

/* A new thread of a process: its stack holds a struct syscall_frame. */
	.globl thread_begin
	.type thread_begin, @function
thread_begin:
	call thread_first
	xorl %eax, %eax
	jmp syscall_return
	.size thread_begin, . - thread_begin

	.section .note.GNU-stack, "", @progbits
