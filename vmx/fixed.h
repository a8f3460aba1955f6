/* SPDX-License-Identifier: BSD-2-Clause */
/* fixed.h - CR0 and CR4 in VMX operation. PURE. SDM: "VMX-Fixed Bits in CR0" and "... in CR4". */
#ifndef LINTEL_VMX_FIXED_H
#define LINTEL_VMX_FIXED_H

#include "msr/vmx_caps.h"

/* `value` with the bits set that must be 1, and without those that may not be 1. */
uint64_t fixed_cr0(const struct msr_policy *policy, uint64_t value);
uint64_t fixed_cr4(const struct msr_policy *policy, uint64_t value);

/* The same for CR0 of an unrestricted guest, which chooses PE and PG freely. */
uint64_t fixed_cr0_unrestricted(const struct msr_policy *policy, uint64_t value);

#endif
