/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.S - where a guest begins, and its interrupt handlers: each counts itself. A fault at an
 * instruction that expects one goes on behind it: R15 holds the address to go on at, 0: none.
 */
	.code64
	.section .text.start, "ax"
	.globl _start
_start:
	xorl %ebp, %ebp
	call main
	outb %al, $0xf4			/* the end, with this status */
1:	cli
	hlt
	jmp 1b

	.text
	.altmacro
	.macro stub number
	.balign 16
	.if (\number == 8) || ((\number >= 10) && (\number <= 14)) || (\number == 17) || (\number == 21)
	.else
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
	cmpq $32, 8(%rsp)
	jae 2f
	testq %r15, %r15
	jz 4f
	movq %r15, 24(%rsp)		/* RIP */
	xorl %r15d, %r15d
2:	popq %rax
	addq $16, %rsp
	iretq
4:	cmpq $1, 8(%rsp)		/* #DB and #AC: back to where they came from */
	je 2b
	cmpq $17, 8(%rsp)
	je 2b
	movq 24(%rsp), %rdi		/* a fault that nobody expected */
	movq 8(%rsp), %rsi
	call unexpected

	.section .note.GNU-stack, "", @progbits
