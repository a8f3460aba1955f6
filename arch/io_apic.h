/* SPDX-License-Identifier: BSD-2-Clause */
/* io_apic.h - the I/O APICs, which bring devices' interrupts: the kernel has no devices. */
#ifndef LINTEL_ARCH_IO_APIC_H
#define LINTEL_ARCH_IO_APIC_H

#include "base.h"

/*
 * Masks all inputs of the I/O APIC at this address, except those that the firmware uses (SMI).
 * Returns how many were not masked before. To be called after pages_init().
 */
unsigned io_apic_mask(uint64_t physical);

#endif
