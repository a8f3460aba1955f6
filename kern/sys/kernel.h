/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h - the kernel's floor as a whole: from here on processes and guests can run. */
#ifndef LINTEL_KERN_SYS_KERNEL_H
#define LINTEL_KERN_SYS_KERNEL_H

/*
 * Starts the scheduler, the system calls, VMX on every processor where VMX can be used, and VMs
 * where the host policy has what guests need. To be called once.
 */
void kernel_start(void);

/* To be called later: why there can be no guests, in a few words, or NULL where there can. */
const char *kernel_why_no_guests(void);

#endif
