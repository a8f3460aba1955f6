/* SPDX-License-Identifier: BSD-2-Clause */
/* invalidate.c - see invalidate.h. Machine. */
#include "invalidate.h"

#include "arch/insn.h"

bool invalidate_ept(const struct msr_policy *policy, uint64_t ept_pointer)
{
    int type = invept_type(policy);

    return type >= 0 && invept((uint64_t)type, ept_pointer) == VMX_SUCCEED;
}

bool invalidate_vpid(const struct msr_policy *policy, uint16_t vpid)
{
    int type = invvpid_type(policy);

    return type >= 0 && invvpid((uint64_t)type, vpid, 0) == VMX_SUCCEED;
}
