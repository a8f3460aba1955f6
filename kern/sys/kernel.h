/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h - the kernel's floor as a whole: from here on processes and guests can run. */
#ifndef LINTEL_KERN_SYS_KERNEL_H
#define LINTEL_KERN_SYS_KERNEL_H

/*
 * Scheduler, system calls and, where VMX can be used, VMX on every processor; VMs where the host
 * policy has what guests need. Once.
 */
void kernel_start(void);

/* After that: why there can be no guests, in a few words, or NULL where there can. */
const char *kernel_why_no_guests(void);

#endif
