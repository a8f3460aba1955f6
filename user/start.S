/* SPDX-License-Identifier: BSD-2-Clause */
/* start.S - where a process begins: RDI is its information page, RSP the top of its stack. */
	.code64
	.section .text.start, "ax"
	.globl _start
	.type _start, @function
_start:
	xorl %ebp, %ebp
	call start
	ud2
	.size _start, . - _start

	.section .note.GNU-stack, "", @progbits
