/* SPDX-License-Identifier: BSD-2-Clause */
/* read.c - see read.h. The only file of this floor that touches the machine. */
#include "read.h"

#include "arch/insn.h"

static bool read_msr(void *context, uint32_t address, uint64_t *value)
{
    (void)context;
    return rdmsr_safe(address, value);
}

void msr_policy_read_raw(struct msr_policy *policy, bool has_vmx)
{
    msr_policy_read(policy, has_vmx, read_msr, NULL);
}
