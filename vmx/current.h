/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * current.h - fields of the current VMCS, one instruction each. Machine.
 *
 * For fields that exist here (vmcs_field_exists) while a VMCS is current: neither is checked.
 */
#ifndef LINTEL_VMX_CURRENT_H
#define LINTEL_VMX_CURRENT_H

#include "arch/insn.h"
#include "vmcs.h"

static inline uint64_t vmcs_get(enum vmcs_encoding encoding)
{
    uint64_t value;

    (void)!vmread(encoding, &value);
    return value;
}

static inline void vmcs_put(enum vmcs_encoding encoding, uint64_t value)
{
    (void)!vmwrite(encoding, value);
}

#endif
