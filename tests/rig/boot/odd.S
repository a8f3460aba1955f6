/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * odd.S - an entry in front of start.S that leaves the boot processor as bad firmware might:
 * build/odd.elf is the kernel, entered here. The self-test smp.known_state says what must be left
 * of it: nothing.
 *
 * As at `start`: EAX and EBX are the loader's; 32-bit protected mode, paging off.
 */
#include "layout.h"
#include "x86.h"

#define PHYSICAL(symbol) (symbol - KERNEL_BASE)
#define APIC             0xfee00000
#define IO_APIC          0xfec00000
#define SELF_IPI         0x000440f1
#define IN_SERVICE       0xf1	/* above all vectors of the kernel: what never ends blocks them all */
#define ODD_CR0          0x4005001e	/* CD, AM, WP; no NE; ET, TS, EM, MP */
#define ODD_EFLAGS       0x47402	/* AC, NT, IOPL 3, DF */
#define ODD_DR7          0xd0402	/* DR0 watches 4 bytes for writes */
#define ODD_VALUE_HIGH   1
#define ODD_SYSENTER     0x1234

	.section .boot.odd, "awx"
	.code32
	.globl odd_start
odd_start:
	cli
	movl %eax, magic
	movl %ebx, information
	movl $stack_end, %esp
	lgdtl gdt_pointer		/* interrupts need one, and the loader's may be gone */
	ljmpl $SELECTOR_CODE, $1f
1:	movw $SELECTOR_DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	call odd_interrupts
	call odd_msrs
	movl %cr0, %eax
	andl $1, %eax
	orl $ODD_CR0, %eax
	movl %eax, %cr0
	call odd_cr4
	movl $PHYSICAL(boot_pml4), %eax	/* start.S writes there */
	movl %eax, %dr0
	movl $ODD_DR7, %eax
	movl %eax, %dr7
	movl magic, %eax
	movl information, %ebx
	pushl $ODD_EFLAGS
	popfl
	jmp start

/* An interrupt in service, others pending, sources that go on: PIT, I/O APIC, local APIC, PICs. */
odd_interrupts:
	movb $0xff, %al
	outb %al, $0x21
	outb %al, $0xa1
	movl $0x1ff, APIC + 0xf0
	movl $0xe8, APIC + 0x80		/* the task priority: nothing up to 0xef */
	movl $handler, %eax
	movw %ax, gate
	shrl $16, %eax
	movw %ax, gate + 6
	lidtl idt_pointer
	movl $SELF_IPI, APIC + 0x300
	sti
	movl $100000, %ecx
2:	loop 2b
	cli				/* its handler has not written EOI */
	lidtl no_idt_pointer

	movl $0x400, APIC + 0x330	/* thermal, counters, LINT1: NMI */
	movl $0x400, APIC + 0x340
	movl $0x400, APIC + 0x360
	movl $0x33, APIC + 0x370
	movl $0xb, APIC + 0x3e0
	movl $0x20020, APIC + 0x320	/* the timer: periodic, vector 0x20 */
	movl $5000, APIC + 0x380
	movl $0x15, IO_APIC		/* pin 2, the PIT's: vector 0x30, to APIC id 0 */
	movl $0, IO_APIC + 0x10
	movl $0x14, IO_APIC
	movl $0x30, IO_APIC + 0x10
	movb $0x34, %al			/* the PIT: 1 kHz */
	outb %al, $0x43
	movb $0xa9, %al
	outb %al, $0x40
	movb $0x04, %al
	outb %al, $0x40
	movl $100000, %ecx
3:	loop 3b				/* time for both of them */
	movl $0x700, APIC + 0x350	/* LINT0: the PICs, all of it unmasked */
	xorl %eax, %eax
	outb %al, $0x21
	outb %al, $0xa1
	ret

/* MSRs. IA32_MISC_ENABLE only under a hypervisor (QEMU): Bochs has none on most models. */
odd_msrs:
	movl $MSR_IA32_EFER, %ecx
	rdmsr
	orl $(EFER_SCE | EFER_NXE), %eax
	wrmsr
	movl $MSR_IA32_PAT, %ecx	/* everything uncached */
	xorl %eax, %eax
	xorl %edx, %edx
	wrmsr
	movl $MSR_IA32_SYSENTER_CS, %ecx	/* SYSENTER enters ring 0, at an address of ring 3 */
	movl $SELECTOR_CODE, %eax
	wrmsr
	movl $MSR_IA32_SYSENTER_ESP, %ecx
	movl $ODD_SYSENTER, %eax
	wrmsr
	movl $MSR_IA32_SYSENTER_EIP, %ecx
	wrmsr
	movl $7, %eax
	xorl %ecx, %ecx
	cpuid
	movl %ecx, %esi
	btl $1, %ebx
	jnc 4f
	movl $MSR_IA32_TSC_ADJUST, %ecx
	xorl %eax, %eax
	movl $ODD_VALUE_HIGH, %edx
	wrmsr
4:	btl $7, %esi
	jnc 5f
	movl $MSR_IA32_S_CET, %ecx	/* with CR4.CET: the next CALL uses a shadow stack at 0 */
	movl $1, %eax
	xorl %edx, %edx
	wrmsr
5:	movl $1, %eax
	cpuid
	movl %ecx, %esi
	btl $31, %esi
	jnc 6f
	movl $MSR_IA32_MISC_ENABLE, %ecx
	rdmsr
	orl $0x400000, %eax		/* limit CPUID maxval */
	orl $4, %edx			/* XD bit disable */
	wrmsr
6:	btl $21, %esi
	jnc 7f
	movl $MSR_IA32_APIC_BASE, %ecx
	rdmsr
	orl $0x400, %eax		/* x2APIC mode */
	wrmsr
7:	ret

/* All of CR4 that CPUID has. */
odd_cr4:
	movl %cr4, %ebp
	movl $cr4_table, %esi
8:	movzbl (%esi), %eax
	testl %eax, %eax
	jz 9f
	xorl %ecx, %ecx
	cpuid
	movl %ebx, registers
	movl %ecx, registers + 4
	movl %edx, registers + 8
	movzbl 1(%esi), %eax
	movzbl 2(%esi), %ecx
	btl %ecx, registers(, %eax, 4)
	jnc 10f
	movzbl 3(%esi), %ecx
	btsl %ecx, %ebp
10:	addl $4, %esi
	jmp 8b
9:	popl %eax			/* the last RET before CR4.CET */
	movl %ebp, %cr4
	jmp *%eax

handler:
	iretl

	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9b000000ffff
	.quad 0x00cf93000000ffff
gdt_pointer:
	.short . - gdt - 1
	.long gdt

/* The one gate; the table begins where its number makes it. */
	.balign 8
gate:
	.short 0, SELECTOR_CODE, 0x8e00, 0
idt_pointer:
	.short IN_SERVICE * 8 + 7
	.long gate - IN_SERVICE * 8
no_idt_pointer:
	.short 0
	.long 0

/* Leaf, register (EBX 0, ECX 1, EDX 2), bit, bit of CR4. */
cr4_table:
	.byte 1, 2, 1, 0		/* VME */
	.byte 1, 2, 1, 1		/* PVI */
	.byte 1, 2, 4, 2		/* TSD */
	.byte 1, 2, 2, 3		/* DE */
	.byte 1, 2, 3, 4		/* PSE */
	.byte 1, 2, 7, 6		/* MCE */
	.byte 1, 2, 5, 8		/* PCE */
	.byte 1, 2, 24, 9		/* OSFXSR */
	.byte 1, 2, 25, 10		/* OSXMMEXCPT */
	.byte 7, 1, 2, 11		/* UMIP */
	.byte 7, 1, 16, 12		/* LA57 */
	.byte 1, 1, 5, 13		/* VMXE */
	.byte 7, 0, 0, 16		/* FSGSBASE */
	.byte 1, 1, 26, 18		/* OSXSAVE */
	.byte 7, 0, 7, 20		/* SMEP */
	.byte 7, 0, 20, 21		/* SMAP */
	.byte 7, 1, 3, 22		/* PKE */
	.byte 7, 1, 7, 23		/* CET */
	.byte 7, 1, 31, 24		/* PKS */
	.byte 0

	.balign 4
registers:	.long 0, 0, 0
magic:		.long 0
information:	.long 0
	.skip 64
stack_end:

	.section .note.GNU-stack, "", @progbits
