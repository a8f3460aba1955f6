/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exit.h - a VM exit as data, and its names. PURE.
 * SDM: "VM-Exit Information Fields".
 */
#ifndef LINTEL_VMX_EXIT_H
#define LINTEL_VMX_EXIT_H

#include "exit_reasons.def"
#include "format.h"

/* EXIT_CPUID and so on: basic exit reasons. */
enum exit_reason {
#define EXIT_ENUM(number, name, qualified, cause, what, text) EXIT_##name = (number),
    EXIT_REASONS(EXIT_ENUM)
#undef EXIT_ENUM
        EXIT_REASON_COUNT
};

/* Of an exit reason's 32 bits. SDM: "Basic VM-Exit Information". */
#define EXIT_REASON_BASIC         UINT32_C(0x0000ffff)
#define EXIT_REASON_ENTRY_FAILURE UINT32_C(0x80000000)

/* The guest's general registers. RSP is in the VMCS. The order is that of the instruction set. */
struct guest_registers {
    uint64_t rax, rcx, rdx, rbx, unused_rsp, rbp, rsi, rdi;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
};

struct vmx_exit {
    uint32_t reason; /* all 32 bits: EXIT_REASON_ENTRY_FAILURE among them */
    uint32_t instruction_length;
    uint32_t instruction_info;
    uint32_t interruption_info;
    uint32_t interruption_error;
    uint32_t idt_vectoring_info;
    uint64_t qualification;
    uint64_t guest_linear;
    uint64_t guest_physical; /* 0 where the processor has no EPT */
    uint64_t rip, rsp, rflags;
};

static inline unsigned exit_basic_reason(const struct vmx_exit *exit)
{
    return exit->reason & EXIT_REASON_BASIC;
}

/* The SDM's name of a basic exit reason; "unknown" for a number that this Lintel doesn't know. */
const char *exit_reason_text(unsigned basic_reason);

/* The SDM's text of a VM-instruction error number. */
const char *vm_instruction_error_text(uint64_t number);

/* The whole exit, in two lines; the qualification only where the reason has one. */
void exit_print(struct out *out, const struct vmx_exit *exit);

#endif
