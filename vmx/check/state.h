/* SPDX-License-Identifier: BSD-2-Clause */
/* state.h - what the checks of the host-state and of the guest-state area share. PURE. */
#ifndef LINTEL_VMX_CHECK_STATE_H
#define LINTEL_VMX_CHECK_STATE_H

#include "check.h"

/* True when every bit of `word` from `position` upwards is 0. */
static inline bool check_zero_from(uint64_t word, unsigned position)
{
    return (word >> position) == 0;
}

/* For rows that hold for every value of `argument`, a field: canonical; bits 63:32 are 0. */
bool check_field_canonical(const struct check_input *in, unsigned field);
bool check_field_32bit(const struct check_input *in, unsigned field);

/* CR3: no bit at or above MAXPHYADDR, but for the two of LAM where there is LAM. */
bool check_field_cr3(const struct check_input *in, unsigned field);

/* The bits that CR0 must have, and those that it may; NW and CD are never looked at. */
uint64_t check_cr0_must(const struct check_input *in);
uint64_t check_cr0_may(const struct check_input *in);

/* No bit of an IA32_EFER value but those that this processor has. LMA is one everywhere. */
bool check_efer_reserved(const struct check_input *in, uint64_t efer);

/* IA32_S_CET: bits 9:6 are 0; SUPPRESS (bit 10) and TRACKER (bit 11) are not both 1. */
bool check_s_cet_reserved(uint64_t s_cet);
bool check_s_cet_tracker(uint64_t s_cet);

/* IA32_FRED_CONFIG: bits 11, 5, 4 and 2 are 0. */
bool check_fred_config_reserved(uint64_t config);

#endif
