/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp.h - the other processors: started, called, interrupted. SDM: "Multiple-Processor (MP)
 * Initialization".
 */
#ifndef LINTEL_ARCH_SMP_H
#define LINTEL_ARCH_SMP_H

#include "base.h"

/*
 * Starts the processors in `apic_ids` other than this one, one after another, up to `most` in all.
 * `low_page` is an unused page of RAM below 1 MiB for their first steps. A processor that does not
 * answer is named and left out. Returns how many processors run.
 */
unsigned smp_start(const uint32_t *apic_ids, unsigned count, unsigned most, uint64_t low_page);

/* Prepares for calls between processors; after apic_init(). */
void smp_init(void);

/* Calls `function` on a processor, interrupts off, and waits until it is done. */
void smp_call(unsigned number, void (*function)(void *argument), void *argument);

/* Calls it on each processor in turn, this one included. */
void smp_call_all(void (*function)(void *argument), void *argument);

/* Answers a waiting call of another processor: for loops that wait with interrupts off. */
void ipi_poll(void);

/*
 * Takes `pages` from `address` on out of the TLBs of all processors; UINT64_MAX pages: everything.
 */
void tlb_shootdown(uint64_t address, uint64_t pages);

/*
 * Sends an NMI to a processor; its handler counts it in `nmis_taken`. While one is under way no
 * second one is sent, since the processor would merge the two.
 */
void smp_nmi(unsigned number);

/* Sets what the other processors call again and again before they wait for an interrupt. */
void smp_set_idle_hook(void (*hook)(void));

/* True where the page tables that the others started with are not in use any more. */
bool smp_start_is_over(void);

#endif
