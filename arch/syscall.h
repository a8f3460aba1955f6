/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall.h - the gate of SYSCALL: from ring 3 onto the running thread's kernel stack and back.
 * What the calls do is for the floors above. SDM: "Fast System Calls in 64-Bit Mode".
 */
#ifndef LINTEL_ARCH_SYSCALL_H
#define LINTEL_ARCH_SYSCALL_H

#include "base.h"

/* What syscall.S leaves on the kernel stack, from the lowest address up. */
struct syscall_frame {
    uint64_t number;
    uint64_t argument[6]; /* RDI, RSI, RDX, R10, R8, R9 */
    uint64_t rip, rflags, rsp;
};

/* Makes SYSCALL of this processor enter at the gate. The caller sets EFER.SCE. */
void syscall_init(void);

/* The gate calls this function of a higher floor; its result goes into RAX. */
int64_t syscall_dispatch(const struct syscall_frame *frame);

/*
 * Called instead when the RIP of the call is not an address of ring 3, so that SYSRET cannot return
 * to it.
 */
NORETURN void syscall_bad_return(void);

#endif
