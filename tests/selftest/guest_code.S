/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_code.S - the first guest's program. Every instruction has the same bytes in 32-bit and in
 * 64-bit mode, so that one program serves both. first_guest.h has its numbers and its contract.
 */
#include "msrs.h"
#include "tests/selftest/first_guest.h"

	.section .rodata
	.globl guest_code, guest_code_end
	.balign 16
	.code64
guest_code:
	movl $FG_CPUID_LEAF, %eax
	cpuid				/* exit: EBX and EDX come back from the handler */
	movl %ebx, %esi
	addl %edx, %esi
	movl $FG_VMCALL_VALUE, %eax
	vmcall				/* exit */
	movl $FG_OUT_VALUE, %eax
	outb %al, $FG_OUT_PORT		/* exit */
	movl $FG_FAR_ADDRESS, %ebx
	movl (%rbx), %ecx		/* exit: nothing is mapped there, until the handler maps it */
	hlt				/* exit: the end */
guest_code_end:

/* Guests that only make exits, for figures. */
	.globl cpuid_loop, vmcall_loop, loops_end
cpuid_loop:
	cpuid
	jmp cpuid_loop
vmcall_loop:
	vmcall
	jmp vmcall_loop
loops_end:

/* Reads IA32_SPEC_CTRL, writes 0 to it, reads it again. */
	.globl spec_ctrl_code, spec_ctrl_code_end
spec_ctrl_code:
	movl $MSR_IA32_SPEC_CTRL, %ecx
	rdmsr
	movl %eax, %esi
	xorl %eax, %eax
	xorl %edx, %edx
	wrmsr
	rdmsr
	hlt				/* exit: ESI and EAX have what it read */
spec_ctrl_code_end:

	.section .note.GNU-stack, "", @progbits
