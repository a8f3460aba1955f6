/* SPDX-License-Identifier: BSD-2-Clause */
/* state.c - see state.h. PURE. */
#include "state.h"

#include "x86.h"

#define CR0_UNCHECKED (BIT64(CR0_nw) | BIT64(CR0_cd))
#define CR3_LAM       MASK64(61, 2)

#define S_CET_RESERVED MASK64(6, 4)
#define S_CET_SUPPRESS BIT64(10)
#define S_CET_TRACKER  BIT64(11)

#define FRED_CONFIG_RESERVED (BIT64(11) | MASK64(4, 2) | BIT64(2))

bool check_field_canonical(const struct check_input *in, unsigned field)
{
    return check_canonical(in, check_value(in, field));
}

bool check_field_32bit(const struct check_input *in, unsigned field)
{
    return check_zero_from(check_value(in, field), 32);
}

bool check_field_cr3(const struct check_input *in, unsigned field)
{
    uint64_t value = check_value(in, field);

    if (in->machine->lam)
        value &= ~CR3_LAM;
    return check_zero_from(value, in->machine->physical_address_bits);
}

/* VM entries and exits don't change NW and CD, whatever the fields say. */
uint64_t check_cr0_must(const struct check_input *in)
{
    return in->policy->vmx.cr0_fixed0.raw & ~CR0_UNCHECKED;
}

uint64_t check_cr0_may(const struct check_input *in)
{
    return in->policy->vmx.cr0_fixed1.raw | CR0_UNCHECKED;
}

bool check_efer_reserved(const struct check_input *in, uint64_t efer)
{
    return has_all(in->machine->efer_supported | EFER_LMA, efer);
}

bool check_s_cet_reserved(uint64_t s_cet)
{
    return !has_any(s_cet, S_CET_RESERVED);
}

bool check_s_cet_tracker(uint64_t s_cet)
{
    return !has_all(s_cet, S_CET_SUPPRESS | S_CET_TRACKER);
}

bool check_fred_config_reserved(uint64_t config)
{
    return !has_any(config, FRED_CONFIG_RESERVED);
}
