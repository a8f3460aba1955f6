/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offsets.c - numbers for assembly that enters guests; arch/offsets.c explains how. Never linked.
 */
#include "arch/insn.h"
#include "exit.h"
#include "offset.h"

#include "vmcs_fields.def"

#define ENCODING_OF(encoding, name, exists) ENCODING_##name = (encoding),
enum { VMCS_FIELDS(ENCODING_OF) };

#define REGISTER(name) OFFSET(GUEST_##name, offsetof(struct guest_registers, name))

void offsets(void);
void offsets(void)
{
    OFFSET(HOST_RSP_ENCODING, ENCODING_HOST_RSP);
    OFFSET(RESULT_SUCCEED, VMX_SUCCEED);
    OFFSET(RESULT_FAIL_INVALID, VMX_FAIL_INVALID);
    OFFSET(RESULT_FAIL_VALID, VMX_FAIL_VALID);
    REGISTER(rax);
    REGISTER(rcx);
    REGISTER(rdx);
    REGISTER(rbx);
    REGISTER(rbp);
    REGISTER(rsi);
    REGISTER(rdi);
    REGISTER(r8);
    REGISTER(r9);
    REGISTER(r10);
    REGISTER(r11);
    REGISTER(r12);
    REGISTER(r13);
    REGISTER(r14);
    REGISTER(r15);
}
