/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apic.h - the local APIC: interrupts between processors, and its timer. SDM: "Advanced
 * Programmable Interrupt Controller (APIC)". The mode is the one that the firmware left on: xAPIC
 * (registers in memory) or x2APIC (MSRs), the latter also where an APIC id needs more than 8 bits.
 */
#ifndef LINTEL_ARCH_APIC_H
#define LINTEL_ARCH_APIC_H

#include "base.h"

struct percpu;

/*
 * Finds the local APIC of the boot processor and masks the legacy PICs. False: the processor has
 * none. To be called after pages_init().
 */
MUST_CHECK bool apic_init(bool want_x2apic);

/* Enables this processor's; it knows its own id afterwards. */
void apic_init_processor(void);

bool apic_is_x2apic(void);
uint32_t apic_id(void);
void apic_eoi(void);

/* What the local APIC's error interrupt is about. */
void apic_print_error(void);

/* False: in the present mode nothing can be sent to a processor with this APIC id. */
bool apic_can_address(uint32_t id);

/* Ends the interrupt that is in service and returns its vector; 0: none is in service. */
unsigned apic_end_foreign(void);

void apic_send_ipi(const struct percpu *to, unsigned vector);
void apic_send_nmi(const struct percpu *to);
void apic_send_init(uint32_t to);
void apic_send_startup(uint32_t to, uint32_t physical_page);

/* Sends an NMI to all other processors, where there is an APIC. A panic stops them this way. */
void apic_stop_others(void);

/* The timer: one shot after `count` of its ticks (divided by 16), or at a TSC value. 0: stopped. */
void apic_timer_count(uint32_t count);
uint32_t apic_timer_left(void);
void apic_timer_use_deadline(bool deadline);

#endif
