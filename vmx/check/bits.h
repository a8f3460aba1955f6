/* SPDX-License-Identifier: BSD-2-Clause */
/* bits.h - the bits of fields, by name: for messages, and for what a processor has. PURE. */
#ifndef LINTEL_VMX_CHECK_BITS_H
#define LINTEL_VMX_CHECK_BITS_H

#include "format.h"
#include "msr_bits.def"
#include "vmx/vmcs.h"

struct check_bit {
    uint8_t position;
    uint8_t feature; /* enum cpu_feature, or CHECK_ANYWHERE */
    const char *name;
};
#define CHECK_ANYWHERE 0xff

enum check_list {
#define CHECK_LIST_ID(id, BITS, guest, host) BITS_##id,
    CHECK_BIT_LISTS(CHECK_LIST_ID)
#undef CHECK_LIST_ID
        BITS_LISTS
};

struct check_bit_list {
    const struct check_bit *bits;
    uint8_t count;
    uint16_t fields[2]; /* enum vmcs_field: of the guest and of the host */
};

extern const struct check_bit_list check_bit_lists[BITS_LISTS];

/* Every bit of the list that has a name. */
uint64_t check_list_mask(enum check_list list);

/*
 * Prints the bits of a value by number and name: `bit 14 (SMXE)`, `bits 63:46, 3`. The second names
 * controls as all reports do, by their MSR: `"enable EPT" (IA32_VMX_PROCBASED_CTLS2 bit 1)`.
 */
void check_print_bits(struct out *out, enum vmcs_field field, uint64_t bits);
void check_print_field_bits(struct out *out, const struct msr_policy *policy, enum vmcs_field field,
                            uint64_t bits);
void check_print_list_bits(struct out *out, enum check_list list, uint64_t bits);

#endif
