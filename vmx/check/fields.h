/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fields.h - a VM entry as lines of NAME=VALUE: what the kernel prints of a refused one, and what
 * is read back to judge it elsewhere. PURE.
 *
 *   GUEST_CR0=0x80050033   a VMCS field, by its name in vmx/vmcs_fields.def; a name
 *                          with IA32_ in it, such as GUEST_IA32_PAT, is the same field
 *   MSR_48b=0x...          a capability MSR, 0x480 to 0x493; `absent`: the processor has none
 *   MEM_1aa000=0x...       eight bytes of physical memory
 *   MAXPHYADDR=46          decimal
 *   M_rtm=1                a member of struct check_machine: decimal, or 0x...
 *   CURRENT_VMCS=0x...     where the VMCS itself is
 *
 * The other values are hexadecimal, with 0x or without. Several stand on a line, with blanks
 * between them. A line that begins with # is a comment, and where `fields: ` stands in a line, what
 * comes before is none of it: prefixes of logs don't hurt.
 */
#ifndef LINTEL_VMX_CHECK_FIELDS_H
#define LINTEL_VMX_CHECK_FIELDS_H

#include "check.h"

#define FIELDS_MEMORY_MAX 2048 /* words */

/* What is known of one entry. What was not given is assumed by fields_input(), or not there. */
struct fields {
    struct vmcs_image image;
    struct msr_policy policy;
    struct check_machine machine;
    uint32_t msrs_given;  /* bit N: 0x480 + N, `absent` too */
    uint32_t facts_given; /* bit: enum check_fact */
    uint64_t vmcs;        /* 0: not given */
    unsigned memory_count;
    struct {
        uint64_t address, value;
    } memory[FIELDS_MEMORY_MAX];
};

/* FIELDS_STATUS(name, text): the text completes `NAME=VALUE: `. */
#define FIELDS_STATUSES(FIELDS_STATUS)                                                \
    FIELDS_STATUS(OK, "is taken")                                                     \
    FIELDS_STATUS(NO_VALUE, "is no NAME=VALUE")                                       \
    FIELDS_STATUS(UNKNOWN, "has a name that is none of a field, MSR, memory or fact") \
    FIELDS_STATUS(NUMBER, "has a value that is no number")                            \
    FIELDS_STATUS(WIDE, "has a value that it cannot have")                            \
    FIELDS_STATUS(TWICE, "was given before, with another value")                      \
    FIELDS_STATUS(FULL, "is more memory than there is room for")

enum fields_status {
#define FIELDS_STATUS_ID(name, text) FIELDS_##name,
    FIELDS_STATUSES(FIELDS_STATUS_ID)
#undef FIELDS_STATUS_ID
};

const char *fields_status_text(enum fields_status status);

void fields_init(struct fields *fields);

/*
 * Takes what a line of `length` characters gives. Stops at the first thing that it does not
 * understand, which begins at *at.
 */
MUST_CHECK enum fields_status fields_take(struct fields *fields, const char *line, size_t length,
                                          size_t *at);

/*
 * Makes the input for check_entry(): what was not given of the capability MSRs and of the machine
 * is assumed (machine.def; the default1 bits of the controls, CR0.PE, NE and PG and CR4.VMXE must
 * be 1, all else may be), and the input says so. It points into `fields`, which must stay.
 */
void fields_input(struct check_input *in, struct fields *fields);

/*
 * Prints the entry in lines `fields: NAME=VALUE ...`: every field that is set, the capability MSRs
 * and facts that were not assumed, and the memory that checks look at, as far as it can be read.
 */
void fields_print(struct out *out, const struct check_input *in);

#endif
