/* SPDX-License-Identifier: BSD-2-Clause */
/* time.h - ticks of the time-stamp counter. Not calibrated: how long one is, nobody says yet. */
#ifndef LINTEL_ARCH_TIME_H
#define LINTEL_ARCH_TIME_H

#include "insn.h"

extern uint64_t boot_tsc; /* at the first instruction, by start.S */

static inline uint64_t ticks_since_entry(void)
{
    return rdtsc() - boot_tsc;
}

#endif
