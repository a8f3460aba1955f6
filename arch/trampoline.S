/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trampoline.S - the first instructions of another processor: from real mode at the beginning of a
 * page below 1 MiB, to which smp.c has copied this, to smp_main() in 64-bit mode.
 *
 * EBX is the page's address all the way; DATA(x) is a field of the data at its end (trampoline.h).
 */
#include "arch/offsets.h"
#include "x86.h"

#define DATA(field)  (4096 - TRAMPOLINE_size + TRAMPOLINE_##field)
#define HERE(symbol) (symbol - trampoline_code)

	.section .rodata
	.balign 16
	.globl trampoline_code, trampoline_end
	.code16
trampoline_code:
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	movzwl %ax, %ebx
	shll $4, %ebx
	lgdtl DATA(gdt_limit)
	leal HERE(protected_mode)(%ebx), %eax
	movl %eax, HERE(far_pointer)
	movw $0x08, HERE(far_pointer) + 4	/* the last processor left another one */
	movl $CR0_PE, %eax
	movl %eax, %cr0
	ljmpl *HERE(far_pointer)

	.balign 4
far_pointer:
	.long 0
	.short 0x08

	.code32
protected_mode:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $(CR4_PAE | CR4_PGE), %eax
	movl %eax, %cr4
	movl DATA(cr3)(%ebx), %eax
	movl %eax, %cr3
	cmpl $0, DATA(has_misc_enable)(%ebx)
	je 1f
	movl $MSR_IA32_MISC_ENABLE, %ecx	/* with XD disabled, IA32_EFER.NXE faults */
	rdmsr
	andl $~(MISC_ENABLE_XD_DISABLE >> 32), %edx
	wrmsr
1:	movl $MSR_IA32_EFER, %ecx
	movl DATA(efer)(%ebx), %eax
	xorl %edx, %edx
	wrmsr
	movl $(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
	movl %eax, %cr0
	leal HERE(long_mode_start)(%ebx), %eax
	movl %eax, HERE(far_pointer)(%ebx)
	movw $0x18, HERE(far_pointer) + 4(%ebx)
	ljmpl *HERE(far_pointer)(%ebx)

	.code64
long_mode_start:
	movq DATA(stack)(%rbx), %rsp
	movq DATA(percpu)(%rbx), %rdi
	movq DATA(entry)(%rbx), %rax
	xorl %ebp, %ebp
	pushq $0
	jmp *%rax
trampoline_end:

	.section .note.GNU-stack, "", @progbits
