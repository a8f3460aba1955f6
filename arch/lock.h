/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.h - ticket spinlocks: processors get a lock in the order in which they asked for it. The
 * kernel runs with interrupts off, so the owner of a lock is never interrupted. No lock is taken in
 * an NMI.
 */
#ifndef LINTEL_ARCH_LOCK_H
#define LINTEL_ARCH_LOCK_H

#include "insn.h"

struct spinlock {
    volatile uint32_t next;  /* the next ticket */
    volatile uint32_t owner; /* the ticket that is served */
};

static inline void spin_lock(struct spinlock *lock)
{
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
        cpu_relax();
}

/*
 * Calls `poll` while it waits: for locks whose owner may itself wait for an answer of other
 * processors.
 */
static inline void spin_lock_polling(struct spinlock *lock, void (*poll)(void))
{
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket) {
        poll();
        cpu_relax();
    }
}

static inline void spin_unlock(struct spinlock *lock)
{
    __atomic_store_n(&lock->owner, lock->owner + 1, __ATOMIC_RELEASE);
}

#endif
