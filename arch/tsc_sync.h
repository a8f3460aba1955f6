/* SPDX-License-Identifier: BSD-2-Clause */
/* tsc_sync.h - the same time on all processors. SDM: "Time-Stamp Counter Adjustment". */
#ifndef LINTEL_ARCH_TSC_SYNC_H
#define LINTEL_ARCH_TSC_SYNC_H

/*
 * Sets the TSCs of the other processors to this one's where the firmware left them apart, and says
 * so. After smp_start().
 */
void tsc_synchronise(void);

#endif
