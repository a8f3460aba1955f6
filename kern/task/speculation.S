/* SPDX-License-Identifier: BSD-2-Clause */
/* speculation.S - what speculation.c cannot say in C. */
#include "kern/task/return_macros.h"

	.code64
	.section .text

/* void fill_returns(void) */
	.globl fill_returns
	.type fill_returns, @function
fill_returns:
	FILL_RETURNS
	ret
	.size fill_returns, . - fill_returns

	.section .note.GNU-stack, "", @progbits
