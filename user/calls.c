/* SPDX-License-Identifier: BSD-2-Clause */
/* calls.c - see calls.h: where a process begins, and what the list of the calls says. */
#include "calls.h"

/* Called by start.S. */
NORETURN void start(const struct abi_info *info);
NORETURN void start(const struct abi_info *info)
{
    for (;;)
        (void)sys_exit((uint64_t)main(info));
}

/* --- names and texts -------------------------------------------------------------------------- */

#define ERROR_TEXT(number, NAME, text) [number] = text,
static const char *const error_text[ABI_ERROR_COUNT] = {ABI_ERRORS(ERROR_TEXT)};

#define CALL_NAME(number, NAME, ...) [number] = #NAME,
static const char *const call_name[ABI_CALL_COUNT] = {ABI_CALLS(CALL_NAME, )};

static bool is_error(int64_t result)
{
    return result < 0 && result > -(int64_t)ABI_ERROR_COUNT;
}

const char *abi_error_text(int64_t error)
{
    return is_error(error) ? error_text[-error] : "no error";
}

const char *abi_call_name(uint64_t number)
{
    return number < ABI_CALL_COUNT ? call_name[number] : "no call";
}

/* --- which errors a call can return: bit N for error N ---------------------------------------- */

#define ERROR_BIT(NAME, when) | 1u << ABI_E_##NAME

#define CALL_ERRORS(number, NAME, name, count, arguments, what, result, errors) [number] = 0 errors,
static const uint32_t call_errors[ABI_CALL_COUNT] = {ABI_CALLS(CALL_ERRORS, ERROR_BIT)};

uint32_t abi_call_errors(uint64_t number)
{
    return number < ABI_CALL_COUNT ? call_errors[number] : 1u << ABI_E_CALL;
}

bool abi_call_may_return(uint64_t number, int64_t error)
{
    return is_error(error) && has_any(abi_call_errors(number), BIT64(-error));
}
