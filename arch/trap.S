/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trap.S - the vectors of the processor and the kernel's own: each makes a struct trap_frame and
 * calls trap_handle().
 *
 * Coming from ring 3, GS must become the kernel's (SWAPGS); coming from the kernel it is so
 * already. NMI, #DF and #MC can come between the two, for example before the SWAPGS of a system
 * call: these look at IA32_GS_BASE itself. Ring 3 cannot change it (CR4.FSGSBASE is 0): it is 0
 * there, and the kernel's is an upper-half address, with bit 63 set.
 */
#include "arch/offsets.h"
#include "x86.h"

	.code64
	.section .text

/* Vectors for which the processor pushes an error code; AMD's 29 and 30, too. */
#define HAS_ERROR_CODE (VECTORS_WITH_ERROR_CODE | 0x60000000)

	.altmacro
	.macro vector_stub number
	.balign 16
	.if \number < 32
	.if !((HAS_ERROR_CODE >> \number) & 1)
	pushq $0
	.endif
	.else
	pushq $0
	.endif
	pushq $\number
	.if \number == VECTOR_NMI || \number == VECTOR_DOUBLE_FAULT || \number == VECTOR_MACHINE_CHECK
	jmp trap_anywhere
	.else
	jmp trap_common
	.endif
	.endm

	.globl trap_stubs
	.balign 16
trap_stubs:
	.set number, 0
	.rept 32
	vector_stub %number
	.set number, number + 1
	.endr
	.set number, VECTOR_FIRST
	.rept 256 - VECTOR_FIRST
	vector_stub %number
	.set number, number + 1
	.endr
	vector_stub VECTOR_FOREIGN
	.noaltmacro

	.macro push_registers
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
	testb $1, paging_has_smap(%rip)
	jz 9f
	clac				/* ring 3 may have RFLAGS.AC set, which would open its pages */
9:
	.endm

	.macro pop_registers
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
	addq $16, %rsp			/* vector and error code */
	.endm

	.macro call_handler
	movq %rsp, %rdi
	movq %rsp, %rbx
	andq $-16, %rsp			/* IST stacks and interrupted ones alike */
	call trap_handle
	movq %rbx, %rsp
	.endm

/* What the kernel had in the processor's buffers is not for ring 3: kern/task/mitigations.h. */
	.macro clear_buffers
	testb $1, user_clear_buffers(%rip)
	jz 9f
	verw verw_selector(%rip)
9:
	.endm

/*
 * The fence: with a wrong guess here the kernel would for a while run with a GS that is not its
 * own.
 */
	.type trap_common, @function
trap_common:
	testb $3, TRAP_cs_at_entry(%rsp)
	jz 1f
	swapgs
1:	lfence
	push_registers
	call_handler
	testb $3, TRAP_cs(%rsp)
	jz 2f
	clear_buffers
	swapgs
2:	pop_registers
	iretq
	.size trap_common, . - trap_common

	.type trap_anywhere, @function
trap_anywhere:
	push_registers
	movl $MSR_IA32_GS_BASE, %ecx
	rdmsr
	xorl %r12d, %r12d
	testl %edx, %edx
	js 1f
	swapgs
	incl %r12d			/* to be swapped back */
1:	lfence
	call_handler
	testl %r12d, %r12d
	jz 2f
	clear_buffers
	swapgs
2:	pop_registers
	iretq
	.size trap_anywhere, . - trap_anywhere

	.section .note.GNU-stack, "", @progbits
