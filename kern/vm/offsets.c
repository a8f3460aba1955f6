/* SPDX-License-Identifier: BSD-2-Clause */
/* offsets.c - numbers for assembly: see arch/offsets.c. */
#include "kern/task/mitigations.h"
#include "offset.h"
#include "vcpu.h"

void offsets(void);
void offsets(void)
{
    OFFSET(VCPU_page, offsetof(struct vcpu, page));
    OFFSET(VCPU_launched, offsetof(struct vcpu, launched));
    OFFSET(MITIGATIONS_fill_returns, offsetof(struct mitigations, fill_returns));
}
