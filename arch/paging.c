/* SPDX-License-Identifier: BSD-2-Clause */
/* paging.c - see paging.h. */
#include "paging.h"

#include "insn.h"

extern uint64_t boot_pml4[512];

void paging_drop_identity(void)
{
    boot_pml4[0] = 0;
    write_cr3(read_cr3());
}
