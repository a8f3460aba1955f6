/* SPDX-License-Identifier: BSD-2-Clause */
/* trap.h - exceptions: descriptor tables, the frame that a trap leaves, the register dump. */
#ifndef LINTEL_ARCH_TRAP_H
#define LINTEL_ARCH_TRAP_H

#include "base.h"

/*
 * What trap.S leaves on the stack, from the lowest address up. The processor pushed everything
 * from `error` on (trap.S a zero where the vector has no error code).
 */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector;
    uint64_t error;
    uint64_t rip, cs, rflags, rsp, ss;
};

struct percpu;

/* Loads GDT, TSS and IDT of the boot processor. From here on an exception is reported. */
void trap_init(void);

/* The same on another processor, after its `ist_top` were set. */
void trap_init_processor(struct percpu *cpu);

/*
 * Sets the handler of exceptions of ring 3. Where it returns false, or none is set, an exception is
 * a panic. The handler need not return.
 */
void trap_set_user_handler(bool (*handler)(struct trap_frame *frame));

/* Sets what is called before an interrupt returns to ring 3. It need not return. */
void trap_set_user_return(void (*hook)(void));

/* Unmaps the pages below the stacks of #DF, NMI and #MC; to be called after paging_init(). */
void trap_guard_stacks(void);

/* How many exceptions were taken by the exception table since boot. */
unsigned trap_fixed_count(void);

/* The SDM's mnemonic of an exception: "#GP". */
const char *trap_name(uint64_t vector);

#endif
