/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.S - the first instructions: from GRUB's 32-bit protected mode to kmain() in 64-bit mode.
 *
 * Multiboot2: EAX holds a magic number, EBX the physical address of the boot information; flat
 * segments, paging off, interrupts off, no stack.
 */
#include "arch/offsets.h"
#include "layout.h"
#include "ports.h"
#include "x86.h"

#define MB2_HEADER_MAGIC          0xe85250d6
#define MB2_LOADER_MAGIC          0x36d76289
#define MB2_ARCHITECTURE_I386     0
/* Tags of the header, which are numbered apart from those of mb2.h. */
#define MB2_WANTS_END             0
#define MB2_WANTS_FRAMEBUFFER     5
#define MB2_WANTS_ALIGNED_MODULES 6
#define MB2_OPTIONAL              1

#define PHYSICAL(symbol) (symbol - KERNEL_BASE)

/* --- the multiboot2 header ------------------------------------------------------------------ */

	.section .boot.header, "a"
	.balign 8
header:
	.long MB2_HEADER_MAGIC
	.long MB2_ARCHITECTURE_I386
	.long header_end - header
	.long -(MB2_HEADER_MAGIC + MB2_ARCHITECTURE_I386 + (header_end - header))

	/* Any framebuffer is welcome (0: no preference), and so is none. */
	.balign 8
	.short MB2_WANTS_FRAMEBUFFER, MB2_OPTIONAL
	.long 20, 0, 0, 0

	.balign 8
	.short MB2_WANTS_ALIGNED_MODULES, MB2_OPTIONAL
	.long 8

	.balign 8
	.short MB2_WANTS_END, 0
	.long 8
header_end:

/* --- 32-bit protected mode ------------------------------------------------------------------ */

	.section .boot, "ax"
	.code32
	.globl start
start:
	cli
	/*
	 * Nothing that was left on may act: CR4 first, since with CET even a CALL needs its stack.
	 */
	xorl %ecx, %ecx
	movl %ecx, %cr4
	movl $DR7_RESET, %ecx
	movl %ecx, %dr7
	movl $(CR0_PE | CR0_MP | CR0_ET | CR0_NE), %ecx
	movl %ecx, %cr0
	movl $PHYSICAL(boot_stack_end), %esp
	pushl $RFLAGS_FIXED
	popfl
	movl $no_multiboot2, %esi
	cmpl $MB2_LOADER_MAGIC, %eax
	jne give_up
	movl %ebx, %edi			/* CPUID overwrites EBX */
	call check_long_mode
	rdtsc
	movl %eax, PHYSICAL(boot_tsc)
	movl %edx, PHYSICAL(boot_tsc) + 4
	call make_page_tables

	movl $PHYSICAL(boot_pml4), %eax
	movl %eax, %cr3
	movl $(CR4_PAE | CR4_PGE), %eax
	movl %eax, %cr4
	movl $MSR_IA32_EFER, %ecx
	movl $EFER_LME, %eax
	xorl %edx, %edx
	wrmsr
	movl $(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
	movl %eax, %cr0
	lgdtl boot_gdt_pointer
	ljmpl $SELECTOR_CODE, $long_mode

/* Comes back where CPUID reports long mode; else goes to give_up. */
check_long_mode:
	movl $no_long_mode, %esi
	pushfl				/* no CPUID before late 486s: EFLAGS.ID is stuck */
	movl (%esp), %eax
	xorl $0x200000, (%esp)
	popfl
	pushfl
	popl %ecx
	cmpl %eax, %ecx
	je give_up
	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb give_up
	movl $0x80000001, %eax
	cpuid
	btl $29, %edx
	jnc give_up
	ret

/*
 * Four page directories map physical 0 .. 4 GiB with 2-MiB pages. They serve three places of the
 * address space: the identity (until kmain() drops it), DIRECT_BASE, and, the first of them,
 * KERNEL_BASE.
 */
make_page_tables:
	xorl %ecx, %ecx
	movl $(PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE), %eax
1:	movl %eax, PHYSICAL(boot_directories)(, %ecx, 8)
	addl $LARGE_PAGE_SIZE, %eax
	incl %ecx
	cmpl $(4 * PAGE_ENTRIES), %ecx
	jne 1b

	movl $(PHYSICAL(boot_directories) + PAGE_PRESENT + PAGE_WRITABLE), %eax
	movl %eax, PHYSICAL(boot_pdpt_kernel) + 8 * 510
	xorl %ecx, %ecx
2:	movl %eax, PHYSICAL(boot_pdpt_direct)(, %ecx, 8)
	addl $4096, %eax
	incl %ecx
	cmpl $4, %ecx
	jne 2b

	movl $(PHYSICAL(boot_pdpt_direct) + PAGE_PRESENT + PAGE_WRITABLE), %eax
	movl %eax, PHYSICAL(boot_pml4)
	movl %eax, PHYSICAL(boot_pml4) + 8 * 256
	movl $(PHYSICAL(boot_pdpt_kernel) + PAGE_PRESENT + PAGE_WRITABLE), %eax
	movl %eax, PHYSICAL(boot_pml4) + 8 * 511
	ret

/*
 * Prints the text at ESI on COM1 and on the VGA text screen, then ends the machine as failed.
 * Nothing of the kernel proper works yet: this stands alone.
 */
give_up:
	movl $VGA_TEXT, %edi
	movw $(COM1_PORT + UART_LCR), %dx
	movb $0x80, %al
	outb %al, %dx			/* divisor latch */
	movw $COM1_PORT, %dx
	movb $1, %al
	outb %al, %dx			/* 115200 baud */
	incw %dx
	decb %al
	outb %al, %dx
	movw $(COM1_PORT + UART_LCR), %dx
	movb $UART_LCR_8N1, %al
	outb %al, %dx			/* 8N1 */
3:	lodsb
	testb %al, %al
	jz 6f
	movb %al, %bl
	movb $0x07, %bh
	movw %bx, (%edi)
	addl $2, %edi
	movl $200000, %ecx		/* a UART that is not there never says ready: go on */
	movw $(COM1_PORT + UART_LSR), %dx
4:	inb %dx, %al
	testb $UART_LSR_THR_EMPTY, %al
	loopz 4b
5:	movw $COM1_PORT, %dx
	movb %bl, %al
	outb %al, %dx
	jmp 3b
6:	movl $200000, %ecx		/* let the last character out */
	movw $(COM1_PORT + UART_LSR), %dx
7:	inb %dx, %al
	testb $UART_LSR_TRANSMITTER_EMPTY, %al
	loopz 7b
	movb $QEMU_EXIT_FAILED, %al
	outb %al, $QEMU_EXIT_PORT
	movl $shutdown, %esi
	movw $BOCHS_EXIT_PORT, %dx
	movl $8, %ecx
	rep outsb
8:	cli
	hlt
	jmp 8b

no_multiboot2:
	.asciz "lintel: not started by a multiboot2 loader: use GRUB's multiboot2 command\r\n0 passed, 1 failed, 0 skipped\r\n"
no_long_mode:
	.asciz "lintel: this processor has no 64-bit long mode (CPUID.80000001:EDX bit 29): use an Intel 64 processor\r\n0 passed, 1 failed, 0 skipped\r\n"
shutdown:
	.ascii "Shutdown"

/* Only for the jump to 64-bit mode; trap_init() loads the kernel's own. */
	.balign 8
boot_gdt:
	.quad 0
	.quad DESCRIPTOR_CODE_64	/* SELECTOR_CODE */
	.quad DESCRIPTOR_DATA		/* SELECTOR_DATA */
boot_gdt_pointer:
	.short . - boot_gdt - 1
	.long boot_gdt

/* --- 64-bit mode, still at the identity address ---------------------------------------------- */

	.code64
long_mode:
	movw $SELECTOR_DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	xorl %eax, %eax
	movw %ax, %fs
	movw %ax, %gs
	movq $boot_stack_end, %rsp
	movq $high_half, %rax
	jmp *%rax

	.section .text
	.type high_half, @function
high_half:
	xorl %ebp, %ebp			/* the end of every backtrace */
	movl %edi, %edi			/* the boot information, physical: upper half cleared */
	pushq $0
	pushq $0
	call kmain
	.size high_half, . - high_half

/* --- tables and stack (zeroed by the loader) ------------------------------------------------- */

	.section .bss
	.balign 4096
	.globl boot_pml4, boot_pdpt_kernel, boot_directories, boot_stack_guard
boot_pml4:		.skip 4096
boot_pdpt_direct:	.skip 4096
boot_pdpt_kernel:	.skip 4096
boot_directories:	.skip 4 * 4096
boot_stack_guard:	.skip 4096	/* taken out by paging_init() */
boot_stack:		.skip BOOT_STACK_SIZE
boot_stack_end:
	.globl boot_tsc
boot_tsc:		.skip 8

	.section .note.GNU-stack, "", @progbits
