/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.h - the kernel lock: one for all kernel objects and run queues. The kernel runs with
 * interrupts off, in short pieces. What runs for long (guests, processes) runs without the lock.
 * The frequent VM exits (vcpu_exit.c) only touch their vCPU and do not take it. A processor that
 * waits for the lock answers requests of other processors meanwhile (ipi_poll), so that the owner
 * may wait for an answer of all processors.
 */
#ifndef LINTEL_KERN_TASK_LOCK_H
#define LINTEL_KERN_TASK_LOCK_H

#include "arch/lock.h"
#include "arch/smp.h"

extern struct spinlock kernel_spinlock;

static inline void kernel_lock(void)
{
    spin_lock_polling(&kernel_spinlock, ipi_poll);
}

static inline void kernel_unlock(void)
{
    spin_unlock(&kernel_spinlock);
}

#endif
