/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.h - the kernel lock: one for all kernel objects and run queues.
 *
 * The kernel runs with interrupts off, in short pieces; what runs long (guests, processes) runs
 * without the lock. The frequent VM exits (vcpu_exit.c) touch their vCPU only and do not take it.
 * Who waits for it answers other processors' requests (ipi_poll), so that its owner may wait for
 * an answer of all processors.
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
