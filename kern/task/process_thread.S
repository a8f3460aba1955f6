/* SPDX-License-Identifier: BSD-2-Clause */
/* process_thread.S - where a new thread of a process begins, on its own kernel stack. */
	.code64
	.section .text

/* RSP points to its struct syscall_frame: arch/syscall.S goes on to ring 3 from there. */
	.globl thread_begin
	.type thread_begin, @function
thread_begin:
	call thread_first
	xorl %eax, %eax
	jmp syscall_return
	.size thread_begin, . - thread_begin

	.section .note.GNU-stack, "", @progbits
