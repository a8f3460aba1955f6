/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status.h - the one result type of functions that can fail, and its texts.
 */
#ifndef LINTEL_STATUS_H
#define LINTEL_STATUS_H

/* STATUS(name, text): the text completes "failed: ...". */
#define STATUS_LIST(STATUS)                                                                  \
    STATUS(OK, "no error")                                                                   \
    STATUS(FAULT, "the instruction faulted")                                                 \
    STATUS(ABSENT, "not offered by this processor")                                          \
    STATUS(LOCKED, "disabled and locked by the firmware")                                    \
    STATUS(MISSING, "a required control is missing")                                         \
    STATUS(VMFAIL_INVALID, "VMfailInvalid: there is no current VMCS, or its address is bad") \
    STATUS(VMFAIL_VALID, "VMfailValid: see the VM-instruction error")                        \
    STATUS(VERIFY, "a value written did not read back")                                      \
    STATUS(OVERLAP, "something is there already")                                            \
    STATUS(FULL, "the table is full")                                                        \
    STATUS(NO_MEMORY, "no memory left")

#define STATUS_ENUM(name, text) S_##name,
enum status { STATUS_LIST(STATUS_ENUM) };
#undef STATUS_ENUM

/* The text of `status`; never NULL. */
static inline const char *status_text(enum status status)
{
#define STATUS_CASE(name, text) \
    case S_##name:              \
        return text;
    switch (status) {
        STATUS_LIST(STATUS_CASE)
    }
#undef STATUS_CASE
    return "unknown status";
}

#endif
