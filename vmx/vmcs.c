/* SPDX-License-Identifier: BSD-2-Clause */
/* vmcs.c - see vmcs.h. PURE. */
#include "vmcs.h"

#define ALWAYS                            VMCS_ALWAYS, 0
#define NEVER                             VMCS_NEVER, 0
#define CR3_TARGET(number)                VMCS_IF_CR3_TARGETS, number
#define IF(id, control)                   WORD_##id, id##_##control
#define FIELD_ROW(encoding, name, exists) [VMCS_##name] = FIELD_ROW_OF(encoding, #name, exists)
#define FIELD_ROW_OF(encoding, name, ...) {encoding, __VA_ARGS__, name},

const struct vmcs_field_row vmcs_fields[VMCS_FIELD_COUNT] = {VMCS_FIELDS(FIELD_ROW)};

unsigned vmcs_field_width(enum vmcs_field field)
{
    switch (field_of(vmcs_fields[field].encoding, 13, 2)) {
    case 0:
        return 16;
    case 2:
        return 32;
    default:
        return 64;
    }
}

bool vmcs_field_exists(const struct msr_policy *policy, enum vmcs_field field)
{
    const struct vmcs_field_row *row = &vmcs_fields[field];

    if (row->word == VMCS_NEVER)
        return false;
    if (row->word == VMCS_ALWAYS)
        return vmx_available(policy);
    if (row->word == VMCS_IF_CR3_TARGETS)
        return vmx_available(policy) && policy->vmx.misc.cr3_target > row->bit;
    return word_offers(policy, row->word, BIT64(row->bit));
}
