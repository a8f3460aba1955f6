/* SPDX-License-Identifier: BSD-2-Clause */
/* guest.h - what the checks of the guest-state area ask of the guest again and again. PURE. */
#ifndef LINTEL_VMX_CHECK_GUEST_H
#define LINTEL_VMX_CHECK_GUEST_H

#include "check.h"
#include "vmcs_layouts.h"
#include "x86.h"

/* "The guest will be IA-32e mode", "the guest will be virtual-8086", in the SDM's words. */
static inline bool check_is_ia32e(const struct check_input *in)
{
    return check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode);
}

static inline bool check_is_v86(const struct check_input *in)
{
    return has_any(check_value(in, VMCS_GUEST_RFLAGS), RFLAGS_VM);
}

static inline bool check_is_unrestricted(const struct check_input *in)
{
    return check_is_set(in, WORD_PROC2, PROC2_unrestricted_guest);
}

static inline bool check_has_fred(const struct check_input *in)
{
    return has_any(check_value(in, VMCS_GUEST_CR4), BIT64(CR4_fred));
}

static inline uint64_t check_access(const struct check_input *in, enum segment segment)
{
    return check_value(in, VMCS_GUEST_ES_ACCESS_RIGHTS + segment);
}

static inline unsigned check_dpl(const struct check_input *in, enum segment segment)
{
    return access_dpl(check_access(in, segment));
}

/* True when the guest will start in 64-bit mode, not in compatibility mode. */
static inline bool check_is_64bit_code(const struct check_input *in)
{
    return check_is_ia32e(in) && has_any(check_access(in, SEG_CS), ACCESS_L);
}

#endif
