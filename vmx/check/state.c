/* SPDX-License-Identifier: BSD-2-Clause */
/* state.c - see state.h. PURE. */
#include "state.h"

#include "memory_type.h"
#include "x86.h"

#define CR0_UNCHECKED (BIT64(CR0_nw) | BIT64(CR0_cd))
#define CR3_LAM       MASK64(61, 2)

#define S_CET_RESERVED MASK64(6, 4)
#define S_CET_SS       MASK64(0, 2) /* of shadow stacks */
#define S_CET_IBT      (~(S_CET_SS | S_CET_RESERVED))
#define S_CET_SUPPRESS BIT64(10)
#define S_CET_TRACKER  BIT64(11)

#define FRED_CONFIG_RESERVED (BIT64(11) | MASK64(4, 2) | BIT64(2))

/* --- fields ----------------------------------------------------------------------------------- */

bool check_field_canonical(const struct check_input *in, unsigned field)
{
    return check_canonical(in, check_value(in, (enum vmcs_field)field));
}

uint64_t check_field_beyond_32(const struct check_input *in, unsigned field)
{
    return check_value(in, (enum vmcs_field)field) & CHECK_BITS_63_32;
}

uint64_t check_field_cr3(const struct check_input *in, unsigned field)
{
    uint64_t value = check_value(in, (enum vmcs_field)field);

    if (has_any(value, CR3_LAM) && CHECK_FACT(in, lam))
        value &= ~CR3_LAM;
    return check_beyond_width(in, value);
}

/* --- registers -------------------------------------------------------------------------------- */

/* VM entries and exits don't change NW and CD, whatever the fields say. */
uint64_t check_cr0_short(const struct check_input *in, uint64_t cr0)
{
    return check_short_of(in, WORD_CR0, cr0 | CR0_UNCHECKED);
}

uint64_t check_cr0_beyond(const struct check_input *in, uint64_t cr0)
{
    return check_beyond(in, WORD_CR0, cr0 & ~CR0_UNCHECKED);
}

uint64_t check_pat(uint64_t pat)
{
    uint64_t wrong = 0;

    for (unsigned position = 0; position < 64; position += 8)
        if (!pat_is_valid(field_of(pat, position, 8)))
            wrong |= MASK64(position, 8);
    return wrong;
}

/* A function that gives the bits which the fact does not have; only looked up where it matters. */
#define RESERVED_BITS(function, fact)                                   \
    uint64_t function(const struct check_input *in, uint64_t value)     \
    {                                                                   \
        return value ? value & ~(uint64_t)CHECK_FACT(in, fact) : value; \
    }

RESERVED_BITS(check_perf_global_reserved, perf_global_supported)
RESERVED_BITS(check_debugctl_reserved, debugctl_supported)
RESERVED_BITS(check_rtit_ctl_reserved, rtit_ctl_supported)

uint64_t check_efer_reserved(const struct check_input *in, uint64_t efer)
{
    uint64_t others = efer & ~(uint64_t)EFER_LMA;

    return others ? others & ~CHECK_FACT(in, efer_supported) : 0;
}

uint64_t check_spec_ctrl_reserved(const struct check_input *in, uint64_t value)
{
    if (!value)
        return 0;
    if (!check_is_given(in, FACT_spec_ctrl_supported)) {
        check_note_fact(in, FACT_spec_ctrl_supported, true);
        return 0;
    }
    return value & ~in->machine->spec_ctrl_supported;
}

/* What is reserved anyway needs no assumption. */
uint64_t check_s_cet_reserved(const struct check_input *in, uint64_t s_cet)
{
    uint64_t wrong = s_cet & S_CET_RESERVED;

    if (has_any(s_cet, S_CET_SS) && (wrong ? !in->machine->cet_ss : !CHECK_FACT(in, cet_ss)))
        wrong |= s_cet & S_CET_SS;
    if (has_any(s_cet, S_CET_IBT) && (wrong ? !in->machine->cet_ibt : !CHECK_FACT(in, cet_ibt)))
        wrong |= s_cet & S_CET_IBT;
    return wrong;
}

uint64_t check_s_cet_tracker(uint64_t s_cet)
{
    uint64_t both = S_CET_SUPPRESS | S_CET_TRACKER;

    return has_all(s_cet, both) ? both : 0;
}

uint64_t check_fred_config_reserved(uint64_t config)
{
    return config & FRED_CONFIG_RESERVED;
}

/* --- limits in messages ----------------------------------------------------------------------- */

#define FIXED_DETAIL(function, member, name)                                        \
    void function(struct out *out, const struct check_input *in, unsigned argument) \
    {                                                                               \
        (void)argument;                                                             \
        out_printf(out, name " 0x%lx", (unsigned long)in->policy->vmx.member.raw);  \
    }

FIXED_DETAIL(check_detail_cr0_fixed0, cr0_fixed0, "IA32_VMX_CR0_FIXED0")
FIXED_DETAIL(check_detail_cr0_fixed1, cr0_fixed1, "IA32_VMX_CR0_FIXED1")
FIXED_DETAIL(check_detail_cr4_fixed0, cr4_fixed0, "IA32_VMX_CR4_FIXED0")
FIXED_DETAIL(check_detail_cr4_fixed1, cr4_fixed1, "IA32_VMX_CR4_FIXED1")

#define SUPPORTED_DETAIL(function, fact)                                               \
    void function(struct out *out, const struct check_input *in, unsigned argument)    \
    {                                                                                  \
        (void)argument;                                                                \
        out_printf(out, "this processor has 0x%lx", (unsigned long)in->machine->fact); \
    }

SUPPORTED_DETAIL(check_detail_efer, efer_supported)
SUPPORTED_DETAIL(check_detail_perf_global, perf_global_supported)
SUPPORTED_DETAIL(check_detail_debugctl, debugctl_supported)
SUPPORTED_DETAIL(check_detail_rtit_ctl, rtit_ctl_supported)
SUPPORTED_DETAIL(check_detail_lbr_ctl, lbr_ctl_supported)
SUPPORTED_DETAIL(check_detail_spec_ctrl, spec_ctrl_supported)
