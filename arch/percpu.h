/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * percpu.h - what each processor has of its own, at %gs while the kernel runs:
 *
 *   %gs:0   +--------------------------+
 *           | self                     |  its own address
 *           | kernel_stack             |  where SYSCALL and interrupts of ring 3 begin
 *           | user_rsp                 |  RSP of ring 3, for the first steps of SYSCALL
 *           | current                  |  the thread that runs: kern/
 *           | number, APIC id, ...     |
 *           | call                     |  what another processor wants done: smp.h
 *           | GDT, TSS                 |
 *           +--------------------------+
 *
 * In ring 3 IA32_GS_BASE is not this address but 0, and IA32_KERNEL_GS_BASE is: SWAPGS swaps them.
 */
#ifndef LINTEL_ARCH_PERCPU_H
#define LINTEL_ARCH_PERCPU_H

#include "insn.h"
#include "layout.h"
#include "lock.h"

struct PACKED task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7]; /* ist[0] is IST1 */
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map_base;
};
_Static_assert(sizeof(struct task_state) == 104, "64-bit TSS");

/* CALL_DONE also means that nobody has asked yet. */
enum call_state { CALL_DONE, CALL_ASKED, CALL_RUNNING };

struct percpu {
    /* Its own processor's alone. */
    struct percpu *self;
    uint64_t kernel_stack;
    uint64_t user_rsp;
    void *current;
    uint64_t timer_deadline; /* what timer_arm() was told; 0: stopped */

    /* Read-only once it is online, which its own processor says. */
    uint32_t number; /* 0 is the boot processor */
    uint32_t apic_id;
    volatile bool online;

    /*
     * Used by kern/ under its lock: a thread with a higher priority than the running one is ready.
     * The processor itself reads it without the lock.
     */
    bool sched_wanted;

    /*
     * Any processor changes nmi_wanted with atomic operations; the counts are written by this
     * processor only.
     */
    volatile bool nmi_wanted;          /* by smp_nmi(), and not yet taken */
    volatile uint32_t nmis_taken;      /* of those */
    volatile uint32_t nmis_unexpected; /* all others */

    /*
     * The owner of `lock` writes these while `state` is CALL_DONE; after that they belong to this
     * processor.
     */
    struct {
        struct spinlock lock; /* of who asks */
        void (*function)(void *argument);
        void *argument;
        volatile uint32_t state; /* enum call_state */
    } call;

    /* The processor's own tables, read-only but for tss.rsp[0]. */
    uint64_t gdt[GDT_ENTRIES];
    struct task_state tss;
    uint64_t ist_top[IST_COUNT];
    struct descriptor_table gdt_register; /* what LGDT loads */
};

extern struct percpu boot_percpu;

/* The processor that this runs on. */
static inline struct percpu *this_cpu(void)
{
    struct percpu *self;

    __asm__ volatile("movq %%gs:0, %0" : "=r"(self));
    return self;
}

/* How many processors run, and each of them by its number. */
unsigned cpu_count(void);
struct percpu *percpu_at(unsigned number);

/* For smp.c: counts one more running processor; its number is the old cpu_count(). */
void percpu_add(struct percpu *cpu);

/* Where interrupts of ring 3 and system calls begin: the running thread's kernel stack. */
static inline void percpu_set_stack(uint64_t top)
{
    struct percpu *cpu = this_cpu();

    cpu->kernel_stack = top;
    cpu->tss.rsp[0] = top;
}

/*
 * A VM exit sets the limit of the GDT to ffffh. Then ring 3 could use what lies after the GDT as
 * descriptors, such as a stack that holds the registers of a process. So this is called after the
 * last exit before ring 3 runs. SDM: "Loading Host Segment and Descriptor-Table Registers".
 */
static inline void percpu_limit_gdt(void)
{
    lgdt(&this_cpu()->gdt_register);
}

#endif
