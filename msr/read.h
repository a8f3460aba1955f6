/* SPDX-License-Identifier: BSD-2-Clause */
/* read.h - the raw policy of the processor that runs this. Machine. */
#ifndef LINTEL_MSR_READ_H
#define LINTEL_MSR_READ_H

#include "vmx_caps.h"

/* RDMSR of every capability MSR that exists; `has_vmx` is CPUID's word. */
void msr_policy_read_raw(struct msr_policy *policy, bool has_vmx);

#endif
