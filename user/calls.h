/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * calls.h - the system calls as functions, from the list in include/abi_calls.def: the number
 * ABI_VM_MAP is called by sys_vm_map(). The prefix tells a call from a function of the process's
 * own, and from the C library's of the same name: exit, close, time. A result below 0 is an error.
 */
#ifndef LINTEL_USER_CALLS_H
#define LINTEL_USER_CALLS_H

#include "abi.h"

/* The process begins here; what it returns is its status. */
int main(const struct abi_info *info);

static inline int64_t call6(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                            uint64_t e, uint64_t f)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = f;
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static inline int64_t call3(uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

/* A row's function, by the number of its arguments; the texts are those of the list. */
#define STUB0(NAME, name, none)            \
    static inline int64_t sys_##name(void) \
    {                                      \
        return call3(ABI_##NAME, 0, 0, 0); \
    }
#define STUB1(NAME, name, a, a_text)             \
    static inline int64_t sys_##name(uint64_t a) \
    {                                            \
        return call3(ABI_##NAME, a, 0, 0);       \
    }
#define STUB2(NAME, name, a, a_text, b, b_text)              \
    static inline int64_t sys_##name(uint64_t a, uint64_t b) \
    {                                                        \
        return call3(ABI_##NAME, a, b, 0);                   \
    }
#define STUB3(NAME, name, a, a_text, b, b_text, c, c_text)               \
    static inline int64_t sys_##name(uint64_t a, uint64_t b, uint64_t c) \
    {                                                                    \
        return call3(ABI_##NAME, a, b, c);                               \
    }
#define STUB4(NAME, name, a, a_text, b, b_text, c, c_text, d, d_text)                \
    static inline int64_t sys_##name(uint64_t a, uint64_t b, uint64_t c, uint64_t d) \
    {                                                                                \
        return call6(ABI_##NAME, a, b, c, d, 0, 0);                                  \
    }
#define STUB5(NAME, name, a, a_text, b, b_text, c, c_text, d, d_text, e, e_text)                 \
    static inline int64_t sys_##name(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) \
    {                                                                                            \
        return call6(ABI_##NAME, a, b, c, d, e, 0);                                              \
    }
#define STUB6(NAME, name, a, a_text, b, b_text, c, c_text, d, d_text, e, e_text, f, f_text)      \
    static inline int64_t sys_##name(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, \
                                     uint64_t f)                                                 \
    {                                                                                            \
        return call6(ABI_##NAME, a, b, c, d, e, f);                                              \
    }

#define STUB(count, ...) STUB##count(__VA_ARGS__)
#define CALL_STUB(number, NAME, name, count, arguments, ...) \
    STUB(count, NAME, name, ABI_LIST arguments)
ABI_CALLS(CALL_STUB, )

#undef CALL_STUB
#undef STUB
#undef STUB0
#undef STUB1
#undef STUB2
#undef STUB3
#undef STUB4
#undef STUB5
#undef STUB6

/* The text of an error that a call returned. */
const char *abi_error_text(int64_t error);

/* The name of a call: "VM_MAP". */
const char *abi_call_name(uint64_t number);

/*
 * The errors that the call can return, by its row: bit N for error N. A number without a call:
 * CALL.
 */
uint32_t abi_call_errors(uint64_t number);

/* True where `error` (below 0) is one of them. */
bool abi_call_may_return(uint64_t number, int64_t error);

#endif
