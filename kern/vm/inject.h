/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inject.h - which event a guest gets at its next VM entry, and what has to wait. PURE.
 * SDM: "Event Injection", "Priority Among Concurrent Events", "Handling Exceptions and Interrupts".
 */
#ifndef LINTEL_KERN_VM_INJECT_H
#define LINTEL_KERN_VM_INJECT_H

#include "vmcs_layouts.h"

struct delivery {
    uint32_t info;   /* VM-entry interruption information; 0: none */
    uint32_t error;  /* where EVENT_ERROR_CODE */
    uint32_t length; /* of the instruction, for software events */
};

static inline bool event_is_nmi(const struct delivery *event)
{
    return event_type(event->info) == EVENT_NMI;
}

static inline bool event_is_external(const struct delivery *event)
{
    return event->info && event_type(event->info) == EVENT_EXTERNAL_INTERRUPT;
}

/* True where the frame that it makes has RFLAGS.RF set: the instruction has not been done. */
bool event_is_fault(const struct delivery *event);

/* A hardware exception, with an error code where the vector has one. */
struct delivery event_exception(unsigned vector, uint32_t error);

/*
 * The event that was being delivered when a VM exit came; it is delivered again. `info` is the
 * IDT-vectoring information.
 */
struct delivery event_again(uint32_t info, uint32_t error, uint32_t length);

/*
 * Combines two events when `second` is raised while `first` is being delivered: the result is the
 * second, a double fault, or false, and then the guest shuts down. SDM: "Interrupt 8 - Double Fault
 * Exception (#DF)".
 */
MUST_CHECK bool event_combine(struct delivery *result, struct delivery first,
                              struct delivery second);

/*
 * What waits for a guest. Any thread may add an interrupt or an NMI at any time, without a lock;
 * only the vCPU's own thread takes them out, and only it uses `event`.
 */
struct pending {
    struct delivery event; /* first of all: being delivered, or raised by its own instruction */
    volatile uint64_t interrupts[4]; /* bit V: external interrupt V */
    volatile bool nmi;
};

static inline void pending_interrupt(struct pending *pending, unsigned vector)
{
    __atomic_fetch_or(&pending->interrupts[vector / 64], BIT64(vector % 64), __ATOMIC_SEQ_CST);
}

static inline void pending_nmi(struct pending *pending)
{
    __atomic_store_n(&pending->nmi, true, __ATOMIC_SEQ_CST);
}

/* The state of the guest that decides what it takes. */
struct openness {
    uint64_t rflags;
    uint32_t interruptibility;
};

struct injection {
    struct delivery event;
    bool want_interrupt_window; /* something waits until the guest takes interrupts */
    bool want_nmi_window;
};

static inline bool has_interrupt(const struct pending *pending)
{
    const volatile uint64_t *word = pending->interrupts;

    return (word[0] | word[1] | word[2] | word[3]) != 0;
}

/* The external interrupt of the highest priority, or -1. */
int pending_vector(const struct pending *pending);

/* True when the guest would take an external interrupt now. */
bool takes_interrupts(const struct openness *open);

/* Chooses, and takes what it chose out of `pending`. What comes meanwhile may have to wait for the
 * next call. */
struct injection inject(struct pending *pending, const struct openness *open);

#endif
