/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt.h - interrupts of the local APIC: who handles which vector. They come through the IDT
 * (trap.c), or as a VM exit that has acknowledged them.
 */
#ifndef LINTEL_ARCH_INTERRUPT_H
#define LINTEL_ARCH_INTERRUPT_H

#include "base.h"

struct trap_frame;

/* A handler for VECTOR_FIRST and up; `frame` is NULL where a VM exit brought the interrupt. */
typedef void interrupt_handler(struct trap_frame *frame);
void interrupt_set_handler(unsigned vector, interrupt_handler *handler);

/* Ends the interrupt at the local APIC and calls its handler. */
void interrupt_dispatch(unsigned vector, struct trap_frame *frame);

/* Ends one that came by a vector below VECTOR_FIRST: the local APIC knows which. */
void interrupt_end_foreign(void);

/* How many interrupts came that have no handler: from devices that the firmware left on. */
unsigned interrupt_foreign_count(void);

#endif
