/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * return_macros.h - overwrites the predictions of returns, so that none leads where a guest or
 * another process has called from: kern/task/mitigations.h. For assembly.
 */
#ifndef LINTEL_KERN_TASK_RETURN_MACROS_H
#define LINTEL_KERN_TASK_RETURN_MACROS_H

#define RETURN_PREDICTIONS 32 /* entries of the largest return stack buffer */

/* clang-format off */
	.macro FILL_RETURNS
	.rept RETURN_PREDICTIONS
	call 2f
	int3
2:
	.endr
	addq $RETURN_PREDICTIONS * 8, %rsp
	lfence
	.endm
/* clang-format on */

#endif
