/* SPDX-License-Identifier: BSD-2-Clause */
/* exit.c - see exit.h. PURE. */
#include "exit.h"

static const struct {
    const char *text;
    bool qualified;
} reasons[EXIT_REASON_COUNT] = {
#define REASON_ROW(number, name, uses_qualification, cause, what, words) \
    [number] = {words, uses_qualification},
    EXIT_REASONS(REASON_ROW)
#undef REASON_ROW
};

static const char *const errors[] = {
#define ERROR_ROW(number, text) [number] = text,
    VM_INSTRUCTION_ERRORS(ERROR_ROW)
#undef ERROR_ROW
};

const char *exit_reason_text(unsigned basic_reason)
{
    if (basic_reason < EXIT_REASON_COUNT && reasons[basic_reason].text)
        return reasons[basic_reason].text;
    return "unknown";
}

const char *vm_instruction_error_text(uint64_t number)
{
    if (number < ARRAY_SIZE(errors) && errors[number])
        return errors[number];
    return "unknown";
}

/* For an unknown reason all is printed. */
static bool uses_qualification(unsigned basic_reason)
{
    return basic_reason >= EXIT_REASON_COUNT || !reasons[basic_reason].text ||
           reasons[basic_reason].qualified;
}

void exit_print(struct out *out, const struct vmx_exit *exit)
{
    unsigned basic = exit_basic_reason(exit);

    out_printf(out, "exit: reason 0x%x (%s) rip 0x%lx rsp 0x%lx rflags 0x%lx length %u\n",
               exit->reason, exit_reason_text(basic), exit->rip, exit->rsp, exit->rflags,
               exit->instruction_length);
    out_printf(out, "exit:");
    if (uses_qualification(basic))
        out_printf(out, " qualification 0x%lx", exit->qualification);
    out_printf(out, " linear 0x%lx physical 0x%lx", exit->guest_linear, exit->guest_physical);
    out_printf(out, " interruption 0x%x error 0x%x vectoring 0x%x info 0x%x\n",
               exit->interruption_info, exit->interruption_error, exit->idt_vectoring_info,
               exit->instruction_info);
}
