/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offsets.c - numbers for assembly. Never linked: the build compiles it to assembly and makes
 * build/arch/offsets.h from the lines that OFFSET leaves there.
 */
#include "bit_list.h"
#include "offset.h"
#include "percpu.h"
#include "syscall.h"
#include "trampoline.h"
#include "trap.h"

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
    OFFSET(TRAP_cs, offsetof(struct trap_frame, cs));
    OFFSET(TRAP_cs_at_entry, offsetof(struct trap_frame, cs) - offsetof(struct trap_frame, vector));
    OFFSET(PERCPU_kernel_stack, offsetof(struct percpu, kernel_stack));
    OFFSET(TRAMPOLINE_size, sizeof(struct trampoline_data));
    OFFSET(TRAMPOLINE_gdt_limit, offsetof(struct trampoline_data, gdt_limit));
    OFFSET(TRAMPOLINE_cr3, offsetof(struct trampoline_data, cr3));
    OFFSET(TRAMPOLINE_efer, offsetof(struct trampoline_data, efer));
    OFFSET(TRAMPOLINE_has_misc_enable, offsetof(struct trampoline_data, has_misc_enable));
    OFFSET(TRAMPOLINE_stack, offsetof(struct trampoline_data, stack));
    OFFSET(TRAMPOLINE_percpu, offsetof(struct trampoline_data, percpu));
    OFFSET(TRAMPOLINE_entry, offsetof(struct trampoline_data, entry));
    OFFSET(PERCPU_user_rsp, offsetof(struct percpu, user_rsp));
    OFFSET(SYSCALL_FRAME_rip, offsetof(struct syscall_frame, rip));
}
