/* SPDX-License-Identifier: BSD-2-Clause */
/* syscall.c - see syscall.h. */
#include "syscall.h"

#include "insn.h"
#include "layout.h"

void syscall_entry(void); /* syscall.S */

/* SYSCALL loads CS and SS from STAR bits 47:32, SYSRET (+16, +8) from 63:48. */
void syscall_init(void)
{
    const uint64_t user = SELECTOR_USER_DATA - 8;

    wrmsr(MSR_IA32_STAR, user << 48 | (uint64_t)SELECTOR_CODE << 32);
    wrmsr(MSR_IA32_LSTAR, (uintptr_t)syscall_entry);
    wrmsr(MSR_IA32_CSTAR, (uintptr_t)syscall_entry); /* compatibility mode does not exist here */
    wrmsr(MSR_IA32_FMASK, RFLAGS_IF | RFLAGS_DF | RFLAGS_TF | RFLAGS_AC | RFLAGS_NT | RFLAGS_IOPL);
}
