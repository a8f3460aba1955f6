/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h - the kernel's floor as a whole: from here on processes and guests can run. */
#ifndef LINTEL_KERN_SYS_KERNEL_H
#define LINTEL_KERN_SYS_KERNEL_H

#include "msr/policy.h"

/*
 * Scheduler, system calls and, where the host policy has what guests need and `vmx_usable`, VMX on
 * every processor. Once.
 */
void kernel_start(const struct msr_policy *host, bool vmx_usable);

#endif
