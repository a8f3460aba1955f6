/* SPDX-License-Identifier: BSD-2-Clause */
/* offsets.c - numbers for assembly: see arch/offsets.c. */
#include "offset.h"
#include "syscall.h"

void offsets(void);
void offsets(void)
{
    OFFSET(FRAME_rip, offsetof(struct syscall_frame, rip));
}
