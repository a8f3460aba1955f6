/* SPDX-License-Identifier: BSD-2-Clause */
/* guest.h - what the checks of the guest-state area ask of the guest again and again. PURE. */
#ifndef LINTEL_VMX_CHECK_GUEST_H
#define LINTEL_VMX_CHECK_GUEST_H

#include "check.h"

#define GUEST_RFLAGS_TF   BIT64(8)
#define GUEST_RFLAGS_IF   BIT64(9)
#define GUEST_RFLAGS_IOPL MASK64(12, 2)
#define GUEST_RFLAGS_VM   BIT64(17)

/* "The guest will be IA-32e mode", "the guest will be virtual-8086", in the SDM's words. */
static inline bool check_is_ia32e(const struct check_input *in)
{
    return check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode);
}

static inline bool check_is_v86(const struct check_input *in)
{
    return has_any(check_value(in, VMCS_GUEST_RFLAGS), GUEST_RFLAGS_VM);
}

static inline bool check_is_unrestricted(const struct check_input *in)
{
    return check_is_set(in, WORD_PROC2, PROC2_unrestricted_guest);
}

static inline bool check_has_fred(const struct check_input *in)
{
    return has_any(check_value(in, VMCS_GUEST_CR4), BIT64(CR4_fred));
}

/*
 * Access rights of a segment in a VMCS:
 *
 *   31    17  16   15 14 13 12  11  8  7  6 5  4  3  0
 *   reserved  unus  G D/B L AVL  res.  P  DPL  S  type
 */
#define ACCESS_S         BIT64(4)
#define ACCESS_P         BIT64(7)
#define ACCESS_L         BIT64(13)
#define ACCESS_DB        BIT64(14)
#define ACCESS_G         BIT64(15)
#define ACCESS_NOT_USED  BIT64(16)
#define ACCESS_RESERVED  MASK64(8, 4)
#define ACCESS_RESERVED2 MASK64(17, 15)

static inline uint64_t check_access(const struct check_input *in, enum segment segment)
{
    return check_value(in, VMCS_GUEST_ES_ACCESS_RIGHTS + segment);
}

static inline unsigned check_dpl(const struct check_input *in, enum segment segment)
{
    return (unsigned)field_of(check_access(in, segment), 5, 2);
}

/* True when the guest will start in 64-bit mode, not in compatibility mode. */
static inline bool check_is_64bit_code(const struct check_input *in)
{
    return check_is_ia32e(in) && has_any(check_access(in, SEG_CS), ACCESS_L);
}

#endif
