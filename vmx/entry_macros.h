/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entry_macros.h - the guest's general registers, to and from the structure that %rdi points to.
 * Assembly. RSP is in the VMCS.
 */
#ifndef LINTEL_VMX_ENTRY_MACROS_H
#define LINTEL_VMX_ENTRY_MACROS_H

#include "vmx/offsets.h"

/* clang-format off */
#define GUEST_REGISTERS_BUT_RDI(DO) \
	DO(rax) DO(rcx) DO(rdx) DO(rbx) DO(rbp) DO(rsi) DO(r8) \
	DO(r9) DO(r10) DO(r11) DO(r12) DO(r13) DO(r14) DO(r15)

#define LOAD_GUEST(name) movq GUEST_##name(%rdi), %name;
#define SAVE_GUEST(name) movq %name, GUEST_##name(%rdi);

/* No MOV changes a flag. */
#define LOAD_GUEST_REGISTERS GUEST_REGISTERS_BUT_RDI(LOAD_GUEST) LOAD_GUEST(rdi)

/* All but %rdi, which the caller has saved elsewhere. */
#define SAVE_GUEST_REGISTERS GUEST_REGISTERS_BUT_RDI(SAVE_GUEST)

/* What a C function must keep. */
#define PUSH_KEPT_REGISTERS \
	pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
#define POP_KEPT_REGISTERS \
	popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp

#endif
