/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu.h - a guest's processor: its VMCS, the state that no VMCS holds, and its page (abi.h).
 *
 * A vCPU is "loaded" on a processor when the processor's registers hold what the VMCS does not
 * (FPU, CR2, debug registers), and its VMCS is the current one. It stays loaded while its thread is
 * in the monitor, until another thread runs there; a VMCS stays active on the processor that had it
 * last.
 *
 *   files: vcpu.c        made, loaded, destroyed
 *          vcpu_vmcs.c   the VMCS: controls, host state, the page's state in and out
 *          vcpu_run.c    VCPU_RUN: into the guest, events, out
 *          vcpu_enter.S  the loop of entry, exit and handler
 *          vcpu_exit.c   a handler for each exit reason
 *          vcpu_cr.c     control registers
 *          vcpu_msr.c    MSRs that are exits
 */
#ifndef LINTEL_KERN_VM_VCPU_H
#define LINTEL_KERN_VM_VCPU_H

#include "abi.h"
#include "inject.h"
#include "kern/task/thread.h"
#include "status.h"

struct memory;
struct process;
struct vm;

/* What a vCPU must do before it enters its guest again. */
enum attention {
    ATTEND_EVENTS = 1, /* something waits to be injected */
    ATTEND_KICK = 2,   /* VCPU_KICK: VCPU_RUN returns */
    ATTEND_TIMER = 4,  /* the guest's timer has a new deadline */
};

#define CPU_NONE UINT32_MAX

struct vcpu {
    struct object object;

    /* Read-only after vcpu_create(). */
    struct vm *vm;
    struct memory *page_memory;
    struct abi_vcpu *page; /* shared with ring 3: PAGE_READ() */
    uint64_t vmcs;         /* physical */
    unsigned number;       /* in its VM: the APIC id */
    uint16_t vpid;         /* 0: the processor has none */
    bool has_preemption_timer;
    uint64_t cr4_allowed; /* what the guest may set */
    uint64_t efer_allowed;
    uint64_t fpu_pages; /* physical */
    void *fpu;          /* the save area in them */
    struct kick kick;   /* its thread's, in VCPU_RUN */

    /*
     * Under the kernel lock. Its own thread may read `thread` without it, because only that thread
     * changes it.
     */
    struct thread *thread; /* in VCPU_RUN, or NULL */
    uint32_t processor;    /* where the VMCS is active; CPU_NONE */

    struct pending pending; /* inject.h says whose */

    /* By atomic operations: vcpu_notice(). */
    volatile uint32_t attention; /* enum attention */

    /* The thread in VCPU_RUN uses these without the lock; everybody else needs the lock. */
    bool launched;
    bool returns;            /* the last exit is the process's to handle */
    bool uses_dr;            /* the guest has touched a debug register: they are switched */
    bool has_syscall;        /* EFER.SCE: STAR to FMASK are switched */
    uint32_t proc_controls;  /* as in the VMCS */
    uint64_t timer_deadline; /* TSC; 0: off */

    /* The same: what no VMCS holds. While it is loaded, the processor's registers are newer. */
    uint64_t cr2, cr8;
    uint64_t dr[4], dr6;
    uint64_t star, lstar, cstar, fmask;
    uint64_t kernel_gs_base;
    uint64_t xcr0;
};
BEGINS_WITH_OBJECT(struct vcpu);

extern const struct object_kind vcpu_kind;

/* Sets bits of `attention` and returns the old ones. Atomic, since any processor may call it. */
static inline uint32_t vcpu_notice(struct vcpu *vcpu, uint32_t why)
{
    return __atomic_fetch_or(&vcpu->attention, why, __ATOMIC_SEQ_CST);
}

/* One field of the page, read once: the process may change it at any time. */
#define PAGE_READ(field) (*(const volatile __typeof__(field) *)&(field))

/* Made on this processor, with its page mapped at `address` of the process. */
struct vcpu *vcpu_create(struct process *process, struct vm *vm, uint64_t address, int64_t *error);

/* VCPU_RUN: 0 or an error of the ABI, negative. The lock is held, and released meanwhile. */
int64_t vcpu_run(struct vcpu *vcpu);

/* VCPU_READ: fills the page's `state`. */
int64_t vcpu_read(struct vcpu *vcpu);

void vcpu_interrupt(struct vcpu *vcpu, unsigned vector);
void vcpu_nmi(struct vcpu *vcpu);
void vcpu_kick(struct vcpu *vcpu);

/*
 * Loads `vcpu` here; it stays loaded until another vCPU or another thread comes. The lock is held.
 */
void vcpu_load(struct vcpu *vcpu);

/* The vCPU that is loaded here, or NULL. */
struct vcpu *vcpu_loaded(void);

/* The MSRs of SYSCALL and SWAPGS: the guest's while it runs, the kernel's while ring 3 does. */
void vcpu_take_msrs(struct vcpu *vcpu);
void vcpu_return_msrs(struct vcpu *vcpu);

/* Moves the debug registers between the processor and the vCPU, if its guest uses them. */
void vcpu_swap_debug_registers(struct vcpu *vcpu, bool in);

/* --- vcpu_vmcs.c ------------------------------------------------------------------------------ */

/* Fills the VMCS of a new vCPU, which becomes current; S_OK, or a line says why not. */
MUST_CHECK enum status vcpu_fill_vmcs(struct vcpu *vcpu);

/* Writes the host state that differs between processors and processes to the current VMCS. */
void vcpu_set_host(const struct process *process);

/* Takes the parts of the page's state that the process has changed; gives all of it back. */
void vcpu_take_state(struct vcpu *vcpu, uint32_t parts);
void vcpu_give_state(struct vcpu *vcpu);

/* After an entry that failed: the event that it should have delivered waits for the next entry. */
void vcpu_take_back_event(struct vcpu *vcpu);

/*
 * After an entry that failed, by a VM exit or by an error number: writes into the page what the
 * processor said and which rule the current VMCS breaks, and takes the event back. Another thread
 * may run here meanwhile.
 */
void vcpu_explain(struct vcpu *vcpu, bool by_exit);

/* --- vcpu_enter.S ----------------------------------------------------------------------------- */

/* Enters the guest again and again until vcpu_after_exit() is false: VMX_SUCCEED, or how an entry
 * failed before it looked at the guest's state. */
unsigned vcpu_enter(struct vcpu *vcpu);
extern const char vcpu_exit_point[];

/* --- vcpu_exit.c ------------------------------------------------------------------------------ */

enum exit_next {
    NEXT_RESUME, /* the same instruction again */
    NEXT_SKIP,   /* after it */
    NEXT_RETURN, /* to the process: the page says why */
};

/* Handles the exit that has just come; true: the guest is entered again at once. */
bool vcpu_after_exit(struct vcpu *vcpu);

/* Moves RIP past the instruction of the last exit, for the process. */
void vcpu_skip(void);

/*
 * Raises an exception that the guest has caused at its next entry. False: it became a triple fault,
 * and the guest has shut down.
 */
MUST_CHECK bool vcpu_raise(struct vcpu *vcpu, struct delivery event);
enum exit_next vcpu_fault(struct vcpu *vcpu, unsigned vector, uint32_t error);

/* --- vcpu_msr.c ------------------------------------------------------------------------------- */

/* Do what the guest's instruction does. False: the instruction gets #GP. */
bool vcpu_read_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vcpu_write_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/* --- vcpu_cr.c -------------------------------------------------------------------------------- */

enum exit_next vcpu_cr_access(struct vcpu *vcpu);

/* Writes EFER as the guest's instruction would; false: it deserves #GP. */
bool vcpu_set_efer(struct vcpu *vcpu, uint64_t value);

/* Invalidates what TLBs hold under its VPID: after a change of how addresses are translated. */
void vcpu_flush(const struct vcpu *vcpu);

/* As the guest sees them. */
uint64_t vcpu_cr0(void);
uint64_t vcpu_cr4(void);

#endif
