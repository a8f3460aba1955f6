/* SPDX-License-Identifier: BSD-2-Clause */
/* syscall.h - the way from ring 3 into the kernel: include/abi.h says what for. */
#ifndef LINTEL_KERN_SYS_SYSCALL_H
#define LINTEL_KERN_SYS_SYSCALL_H

#include "base.h"

/* What switch.S leaves on the kernel stack, from the lowest address up. */
struct syscall_frame {
    uint64_t number;
    uint64_t argument[6]; /* RDI, RSI, RDX, R10, R8, R9 */
    uint64_t rip, rflags, rsp;
};

/* Points SYSCALL of every processor to the kernel. */
void syscall_init(void);

#endif
