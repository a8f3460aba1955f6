/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offsets.c - numbers for assembly. Never linked: the build compiles it to assembly and makes
 * build/arch/offsets.h from the lines that OFFSET leaves there.
 */
#include "bit_list.h"
#include "offset.h"
#include "x86.h"

void offsets(void);
void offsets(void)
{
    OFFSET(CR0_PE, BIT64(CR0_pe));
    OFFSET(CR0_MP, BIT64(CR0_mp));
    OFFSET(CR0_ET, BIT64(CR0_et));
    OFFSET(CR0_NE, BIT64(CR0_ne));
    OFFSET(CR0_WP, BIT64(CR0_wp));
    OFFSET(CR0_PG, BIT64(CR0_pg));
    OFFSET(CR4_PAE, BIT64(CR4_pae));
    OFFSET(CR4_PGE, BIT64(CR4_pge));
}
