/* SPDX-License-Identifier: BSD-2-Clause */
/* switch.S - from thread to thread; a thread begins in ring 3 by process_thread.S. */
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

	.section .note.GNU-stack, "", @progbits
