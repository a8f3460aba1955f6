/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.S - where a guest begins, and its interrupt handlers: each counts itself. A fault at an
 * instruction that expects one goes on after it: R15 holds the address to go on at, 0: none.
 */
#include "guest_machine.h"
#include "x86.h"

	.code64
	.section .text.start, "ax"
	.globl _start
_start:
	xorl %ebp, %ebp
	call main
	outb %al, $QEMU_EXIT_PORT			/* the end, with this status */
1:	cli
	hlt
	jmp 1b

	.text
	.altmacro
	.macro stub number
	.balign 16
	.set no_error_code, 1
	.if \number < 32
	.set no_error_code, !((VECTORS_WITH_ERROR_CODE >> \number) & 1)
	.endif
	.if no_error_code
	pushq $0
	.endif
	pushq $\number
	jmp common
	.endm

	.globl stubs
	.balign 16
stubs:
	.set number, 0
	.rept 256
	stub %number
	.set number, number + 1
	.endr

common:
	pushq %rax
	movq 8(%rsp), %rax
	incq counts(, %rax, 8)
	movl 16(%rsp), %eax
	movl %eax, last_error
	movl 40(%rsp), %eax
	movl %eax, last_rflags
	cmpq $32, 8(%rsp)
	jae 2f
	testq %r15, %r15
	jz 4f
	movq %r15, 24(%rsp)		/* RIP */
	xorl %r15d, %r15d
2:	popq %rax
	addq $16, %rsp
	iretq
4:	cmpq $VECTOR_DEBUG, 8(%rsp)		/* #DB and #AC: back to where they came from */
	je 2b
	cmpq $VECTOR_ALIGNMENT_CHECK, 8(%rsp)
	je 2b
	movq 24(%rsp), %rdi		/* a fault that nobody expected */
	movq 8(%rsp), %rsi
	call unexpected

	.section .note.GNU-stack, "", @progbits
