/* SPDX-License-Identifier: BSD-2-Clause */
/* canary.h - see canary.c. */
#ifndef LINTEL_ARCH_CANARY_H
#define LINTEL_ARCH_CANARY_H

/*
 * Draws the canary: RDRAND where there is one, else the TSC. Functions that are active while it
 * changes must not be protected: the caller is built with NO_STACK_PROTECTOR.
 */
void canary_init(void);

#define NO_STACK_PROTECTOR __attribute__((no_stack_protector))

#endif
