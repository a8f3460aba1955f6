/* SPDX-License-Identifier: BSD-2-Clause */
/* trap.S - the 32 exception vectors: each makes a struct trap_frame and calls trap_handle(). */
	.code64
	.section .text

/* Vectors for which the processor pushes an error code: 8, 10-14, 17, 21, 29, 30. */
#define HAS_ERROR_CODE 0x60227d00

	.altmacro
	.macro vector_stub number
	.balign 16
	.if !((HAS_ERROR_CODE >> \number) & 1)
	pushq $0
	.endif
	pushq $\number
	jmp trap_common
	.endm

	.globl trap_stubs
	.balign 16
trap_stubs:
	.set number, 0
	.rept 32
	vector_stub %number
	.set number, number + 1
	.endr
	.noaltmacro

	.type trap_common, @function
trap_common:
	cld
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rbx
	pushq %rbp
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, %rdi
	movq %rsp, %rbx
	andq $-16, %rsp		/* IST stacks and interrupted ones alike */
	call trap_handle
	movq %rbx, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rbp
	popq %rbx
	popq %rdx
	popq %rcx
	popq %rax
	addq $16, %rsp		/* vector and error code */
	iretq
	.size trap_common, . - trap_common

	.section .note.GNU-stack, "", @progbits
