/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ubsan.c - what -fsanitize=undefined calls (make UBSAN=1): says where, and fails the run.
 *
 * Every handler's first argument starts with a source location, but for those of type mismatches
 * of old compilers, which we don't serve. All handlers that GCC and clang can emit for C are here;
 * a missing one would not link.
 */
#ifdef LINTEL_UBSAN

#include "panic.h"

struct source_location {
    const char *file;
    uint32_t line;
    uint32_t column;
};

static NORETURN void undefined(const char *what, const struct source_location *at)
{
    panic("undefined behaviour: %s at %s:%u:%u", what, at->file, at->line, at->column);
}

#define HANDLER(name, what)                                                \
    NORETURN void __ubsan_handle_##name(const struct source_location *at); \
    NORETURN void __ubsan_handle_##name(const struct source_location *at)  \
    {                                                                      \
        undefined(what, at);                                               \
    }
#define HANDLER_2(name, what) HANDLER(name, what) HANDLER(name##_abort, what)

HANDLER_2(add_overflow, "signed overflow of an addition")
HANDLER_2(sub_overflow, "signed overflow of a subtraction")
HANDLER_2(mul_overflow, "signed overflow of a multiplication")
HANDLER_2(negate_overflow, "signed overflow of a negation")
HANDLER_2(divrem_overflow, "division overflow")
HANDLER_2(shift_out_of_bounds, "shift by too much or of a negative value")
HANDLER_2(out_of_bounds, "array index out of bounds")
HANDLER_2(type_mismatch_v1, "null or misaligned pointer, or object too small")
HANDLER_2(pointer_overflow, "pointer arithmetic overflow")
HANDLER_2(load_invalid_value, "value that its type does not have")
HANDLER_2(vla_bound_not_positive, "array of no size")
HANDLER_2(nonnull_arg, "null argument")
HANDLER_2(invalid_builtin, "bad argument of a builtin")
HANDLER_2(function_type_mismatch, "call through a pointer of the wrong type")
HANDLER_2(alignment_assumption, "wrong alignment assumption")
HANDLER(builtin_unreachable, "unreachable code reached")
HANDLER(missing_return, "missing return")

/* Here the location is the second argument. */
NORETURN void __ubsan_handle_nonnull_return_v1(const void *data, const struct source_location *at);
NORETURN void __ubsan_handle_nonnull_return_v1(const void *data, const struct source_location *at)
{
    (void)data;
    undefined("null returned", at);
}

#endif
