/* SPDX-License-Identifier: BSD-2-Clause */
/* inject.c - see inject.h. PURE. */
#include "inject.h"

#include "x86.h"

/* Exceptions that make a double fault of another one: #DE, #TS, #NP, #SS, #GP, and #CP. */
#define CONTRIBUTORY UINT32_C(0x00203c01)

static bool is_in(struct delivery event, uint32_t vectors)
{
    unsigned vector = event_vector(event.info);

    return event.info && event_type(event.info) == EVENT_HARDWARE_EXCEPTION && vector < 32 &&
           has_any(vectors, BIT64(vector));
}

/* SDM: "Exception and Interrupt Reference": traps, aborts, and #DB, which is one or the other. */
#define NO_FAULTS                                                             \
    (BIT64(VECTOR_DEBUG) | BIT64(3) | BIT64(4) | BIT64(VECTOR_DOUBLE_FAULT) | \
     BIT64(VECTOR_MACHINE_CHECK))

bool event_is_fault(const struct delivery *event)
{
    return is_in(*event, (uint32_t)~NO_FAULTS);
}

struct delivery event_exception(unsigned vector, uint32_t error)
{
    struct delivery event = {.info = EVENT(EVENT_HARDWARE_EXCEPTION, vector)};

    if (vector < 32 && has_any(VECTORS_WITH_ERROR_CODE, BIT64(vector))) {
        event.info |= EVENT_ERROR_CODE;
        event.error = error;
    }
    return event;
}

struct delivery event_again(uint32_t info, uint32_t error, uint32_t length)
{
    const struct delivery event = {
        .info = info & ~EVENT_NMI_UNBLOCKED, .error = error, .length = length};

    return event;
}

bool event_combine(struct delivery *result, struct delivery first, struct delivery second)
{
    const uint32_t page_fault = UINT32_C(1) << VECTOR_PAGE_FAULT;
    const uint32_t double_fault = UINT32_C(1) << VECTOR_DOUBLE_FAULT;

    *result = second;
    if (is_in(first, double_fault) && is_in(second, CONTRIBUTORY | page_fault))
        return false;
    if ((is_in(first, CONTRIBUTORY) && is_in(second, CONTRIBUTORY)) ||
        (is_in(first, page_fault) && is_in(second, CONTRIBUTORY | page_fault)))
        *result = event_exception(VECTOR_DOUBLE_FAULT, 0);
    return true;
}

int pending_vector(const struct pending *pending)
{
    for (int word = has_interrupt(pending) ? 3 : -1; word >= 0; word--) {
        uint64_t bits = pending->interrupts[word];

        if (bits)
            return word * 64 + 63 - __builtin_clzll(bits);
    }
    return -1;
}

static void take_out(struct pending *pending, unsigned vector)
{
    __atomic_fetch_and(&pending->interrupts[vector / 64], ~BIT64(vector % 64), __ATOMIC_SEQ_CST);
}

bool takes_interrupts(const struct openness *open)
{
    return has_any(open->rflags, RFLAGS_IF) &&
           !has_any(open->interruptibility, BLOCKING_BY_STI | BLOCKING_BY_MOV_SS);
}

/* Some processors refuse an NMI under blocking by STI, so none is injected then. */
static bool takes_nmi(const struct openness *open)
{
    return !has_any(open->interruptibility, BLOCKING_BY_NMI | BLOCKING_BY_MOV_SS | BLOCKING_BY_STI);
}

struct injection inject(struct pending *pending, const struct openness *open)
{
    struct injection injection = {.event = pending->event};
    int vector = pending_vector(pending);
    bool behind_sti;

    pending->event = (struct delivery){.info = 0};
    if (!injection.event.info && pending->nmi && takes_nmi(open)) {
        injection.event.info = EVENT(EVENT_NMI, VECTOR_NMI);
        pending->nmi = false;
    }
    if (!injection.event.info && vector >= 0 && takes_interrupts(open)) {
        injection.event.info = EVENT(EVENT_EXTERNAL_INTERRUPT, vector);
        take_out(pending, (unsigned)vector);
    }
    /* After STI a processor may open the NMI window although no NMI is injected then, and the guest
     * would not go on: the interrupt window opens only when the blocking ends. */
    behind_sti = pending->nmi && has_any(open->interruptibility, BLOCKING_BY_STI);
    injection.want_nmi_window = pending->nmi && !behind_sti;
    injection.want_interrupt_window = has_interrupt(pending) || behind_sti;
    return injection;
}
