/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msr_load.c - checks of the VM-entry MSR-load area. SDM: "Loading MSRs". PURE.
 *
 * An entry of the area:  127:64 value | 63:32 0 | 31:0 MSR
 *
 * Whether WRMSR takes a value is judged only where the SDM decides it for every processor, or what
 * is known of this one does. Otherwise the entry is taken as good: an MSR that is not listed here
 * may still not exist, or have reserved bits, or be refused for "model-specific reasons". Where the
 * processor's exit qualification names an entry, that one alone is looked at, and if no rule finds
 * anything wrong with it, that is said.
 */
#include "bits.h"
#include "state.h"
#include "x86.h"

struct msr_entry {
    uint32_t msr;
    uint32_t reserved;
    uint64_t value;
};

#define WHOLE_ENTRY (~UINT64_C(0)) /* the MSR, not bits of its value */

/* --- the rules, for one entry: the bits of the value that are wrong; 0: it passes ------------- */

struct msr_range {
    uint32_t first, last;
};
#define ONE_MSR(address) \
    {                    \
        address, address \
    }

static bool in_ranges(uint32_t msr, const struct msr_range *ranges, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (msr >= ranges[i].first && msr <= ranges[i].last)
            return true;
    return false;
}

static uint64_t reserved(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->reserved ? WHOLE_ENTRY : 0;
}

static uint64_t segment_base(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr == MSR_IA32_FS_BASE || entry->msr == MSR_IA32_GS_BASE ? WHOLE_ENTRY : 0;
}

static uint64_t x2apic(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr >= MSR_X2APIC_FIRST && entry->msr <= MSR_X2APIC_LAST ? WHOLE_ENTRY : 0;
}

static uint64_t smm(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr == MSR_IA32_SMM_MONITOR_CTL && !CHECK_FACT(in, in_smm) ? WHOLE_ENTRY : 0;
}

/* VMXON wants the lock bit, and then WRMSR takes no value at all. */
static uint64_t locked(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr == MSR_IA32_FEATURE_CONTROL ? WHOLE_ENTRY : 0;
}

/* SDM: "Microcode Update Resources" of VMX operation; KVM's nested VMX refuses both. */
static uint64_t microcode(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr == MSR_IA32_BIOS_UPDT_TRIG || entry->msr == MSR_IA32_BIOS_SIGN_ID
               ? WHOLE_ENTRY
               : 0;
}

/* Only those that WRMSR refuses on every processor, whether it has them or not. */
static const struct msr_range read_only_msrs[] = {
    ONE_MSR(MSR_IA32_PLATFORM_ID),
    ONE_MSR(MSR_IA32_CORE_CAPABILITIES),
    ONE_MSR(MSR_IA32_MTRRCAP),
    ONE_MSR(MSR_IA32_ARCH_CAPABILITIES),
    ONE_MSR(MSR_IA32_MCG_CAP),
    ONE_MSR(MSR_IA32_PERF_CAPABILITIES),
    ONE_MSR(MSR_IA32_PERF_GLOBAL_STATUS),
    {VMX_MSR_FIRST, VMX_MSR_LAST},
};

static uint64_t writable(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return in_ranges(entry->msr, read_only_msrs, ARRAY_SIZE(read_only_msrs)) ? WHOLE_ENTRY : 0;
}

/* Linear addresses. What low bits some of them reserve does not hide an upper half gone wrong. */
static const struct msr_range address_msrs[] = {
    {MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP},
    {MSR_IA32_FRED_RSP0, MSR_IA32_FRED_RSP3},
    {MSR_IA32_FRED_SSP1, MSR_IA32_FRED_CONFIG},
    {MSR_IA32_RTIT_ADDR0_A, MSR_IA32_RTIT_ADDR3_B},
    ONE_MSR(MSR_IA32_DS_AREA),
    ONE_MSR(MSR_IA32_U_CET),
    ONE_MSR(MSR_IA32_S_CET),
    {MSR_IA32_PL0_SSP, MSR_IA32_INTERRUPT_SSP_TABLE_ADDR},
    {MSR_IA32_UINTR_HANDLER, MSR_IA32_UINTR_STACKADJUST},
    ONE_MSR(MSR_IA32_BNDCFGS),
    {MSR_IA32_LSTAR, MSR_IA32_CSTAR},
    ONE_MSR(MSR_IA32_KERNEL_GS_BASE),
};

static uint64_t canonical(const struct check_input *in, const struct msr_entry *entry)
{
    return in_ranges(entry->msr, address_msrs, ARRAY_SIZE(address_msrs)) &&
                   !check_canonical(in, entry->value)
               ? WHOLE_ENTRY
               : 0;
}

/* LMA is no bit that WRMSR changes, but it may be written. */
static uint64_t efer_reserved(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr == MSR_IA32_EFER ? check_efer_reserved(in, entry->value) : 0;
}

/*
 * The guest's paging is on when the area is loaded: WRMSR does not let LME change then. LME is
 * what 'IA-32e mode guest' made it.
 */
static uint64_t efer_lme(const struct check_input *in, const struct msr_entry *entry)
{
    if (entry->msr != MSR_IA32_EFER || !has_any(check_value(in, VMCS_GUEST_CR0), BIT64(CR0_pg)))
        return 0;
    return has_any(entry->value, EFER_LME) == check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode)
               ? 0
               : EFER_LME;
}

static uint64_t pat(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr == MSR_IA32_PAT ? check_pat(entry->value) : 0;
}

static uint64_t debugctl(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr == MSR_IA32_DEBUGCTL ? check_debugctl_reserved(in, entry->value) : 0;
}

static uint64_t perf_global_ctrl(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr == MSR_IA32_PERF_GLOBAL_CTRL ? check_perf_global_reserved(in, entry->value)
                                                   : 0;
}

static uint64_t rtit_ctl(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr == MSR_IA32_RTIT_CTL ? check_rtit_ctl_reserved(in, entry->value) : 0;
}

static uint64_t spec_ctrl(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr == MSR_IA32_SPEC_CTRL ? check_spec_ctrl_reserved(in, entry->value) : 0;
}

static bool is_cet(const struct msr_entry *entry)
{
    return entry->msr == MSR_IA32_U_CET || entry->msr == MSR_IA32_S_CET;
}

static uint64_t cet_reserved(const struct check_input *in, const struct msr_entry *entry)
{
    return is_cet(entry) ? check_s_cet_reserved(in, entry->value) : 0;
}

static uint64_t cet_suppress_tracker(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return is_cet(entry) ? check_s_cet_tracker(entry->value) : 0;
}

static uint64_t bndcfgs_reserved(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr == MSR_IA32_BNDCFGS ? entry->value & MASK64(2, 10) : 0;
}

static uint64_t fred_config_reserved(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr == MSR_IA32_FRED_CONFIG ? check_fred_config_reserved(entry->value) : 0;
}

/* MSRs of which only the lower half is there. */
static uint64_t high(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr == MSR_IA32_PKRS || entry->msr == MSR_IA32_TSC_AUX
               ? entry->value & CHECK_BITS_63_32
               : 0;
}

/*
 * Last-branch records. Errata HSM182, BDM127 and more: with TSX off, WRMSR wants bits 62:61 of a
 * source, where TSX has flags, to be as the address goes on; a target must be canonical on most.
 */
static const struct msr_range branch_sources[] = {
    {MSR_LASTBRANCH_0_FROM_IP, MSR_LASTBRANCH_31_FROM_IP}, ONE_MSR(MSR_LER_FROM_LIP)};
static const struct msr_range branch_targets[] = {{MSR_LASTBRANCH_0_TO_IP, MSR_LASTBRANCH_31_TO_IP},
                                                  ONE_MSR(MSR_LER_TO_LIP)};

#define TSX_FLAGS MASK64(61, 2)

static uint64_t last_branch(const struct check_input *in, const struct msr_entry *entry)
{
    bool negative = has_any(entry->value, BIT64(check_linear_bits(in) - 1));

    if (in_ranges(entry->msr, branch_sources, ARRAY_SIZE(branch_sources)) &&
        !(check_is_given(in, FACT_rtm) && in->machine->rtm))
        return (entry->value ^ (negative ? TSX_FLAGS : 0)) & TSX_FLAGS;
    if (in_ranges(entry->msr, branch_targets, ARRAY_SIZE(branch_targets)) &&
        !is_canonical(entry->value, check_linear_bits(in)))
        return WHOLE_ENTRY;
    return 0;
}

/* --- the area --------------------------------------------------------------------------------- */

/* RULE(id, what it says): the function `id` above, as the row "msr_load.id". */
#define RULES(RULE)                                                                             \
    RULE(reserved, "bits 63:32 must be 0")                                                      \
    RULE(segment_base, "IA32_FS_BASE and IA32_GS_BASE (C0000100H, C0000101H) are not loaded; "  \
                       "they have fields of their own")                                         \
    RULE(x2apic, "MSRs 800H to 8FFH (local APIC in x2APIC mode) are not loaded")                \
    RULE(smm, "IA32_SMM_MONITOR_CTL (9BH) is loaded only in SMM")                               \
    RULE(locked, "IA32_FEATURE_CONTROL (3AH) is not loaded: in VMX operation it is locked")     \
    RULE(microcode, "IA32_BIOS_UPDT_TRIG (79H) and IA32_BIOS_SIGN_ID (8BH) are not loaded by "  \
                    "VM entries")                                                               \
    RULE(writable, "a read-only MSR is not loaded")                                             \
    RULE(canonical, "the value of an MSR that has a linear address must be canonical")          \
    RULE(efer_reserved, "reserved bits of IA32_EFER must be 0")                                 \
    RULE(efer_lme, "bit 8 (LME) of IA32_EFER must equal 'IA-32e mode guest' where the guest's " \
                   "CR0.PG is 1")                                                               \
    RULE(pat, "each byte of IA32_PAT must be a memory type: 0, 1, 4, 5, 6 or 7")                \
    RULE(debugctl, "reserved bits of IA32_DEBUGCTL must be 0")                                  \
    RULE(perf_global_ctrl, "reserved bits of IA32_PERF_GLOBAL_CTRL must be 0")                  \
    RULE(rtit_ctl, "reserved bits of IA32_RTIT_CTL must be 0")                                  \
    RULE(spec_ctrl, "reserved bits of IA32_SPEC_CTRL must be 0")                                \
    RULE(cet_reserved, "IA32_U_CET and IA32_S_CET (6A0H, 6A2H): bits 9:6 must be 0, and those " \
                       "of CET features that the processor lacks")                              \
    RULE(cet_suppress_tracker, "IA32_U_CET and IA32_S_CET (6A0H, 6A2H): bits 10 (SUPPRESS) "    \
                               "and 11 (TRACKER) must not both be 1")                           \
    RULE(bndcfgs_reserved, "IA32_BNDCFGS (D90H): bits 11:2 must be 0")                          \
    RULE(fred_config_reserved, "IA32_FRED_CONFIG (1D4H): bits 11, 5, 4 and 2 must be 0")        \
    RULE(high, "IA32_PKRS (6E1H) and IA32_TSC_AUX (C0000103H): bits 63:32 are reserved")        \
    RULE(last_branch, "a last-branch MSR (680H, 6C0H and on; 1DDH, 1DEH): the value must be "   \
                      "canonical where TSX is off, bits 62:61 of a source too")

#define RULE_NUMBER(id, text) RULE_##id,
#define RULE_ENTRY(id, text)  id,
enum { RULES(RULE_NUMBER) RULE_COUNT };

typedef uint64_t entry_rule(const struct check_input *in, const struct msr_entry *entry);
static entry_rule *const rules[RULE_COUNT] = {RULES(RULE_ENTRY)};

/*
 * IA32_VMX_MISC recommends no more than 512 * (N + 1) entries, N being at most 7, and leaves what
 * happens with more undefined: further entries are not looked at, which keeps a wild count short.
 */
#define ENTRIES_MAX 4096

/* How many entries can be looked at. */
static uint64_t entries_known(const struct check_input *in)
{
    uint64_t count = check_value(in, VMCS_ENTRY_MSR_LOAD_COUNT);

    if (!count || !check_physical(in, check_value(in, VMCS_ENTRY_MSR_LOAD_ADDRESS), 4))
        return 0;
    return count < ENTRIES_MAX ? count : ENTRIES_MAX;
}

static bool read_entry(const struct check_input *in, uint64_t number, struct msr_entry *entry)
{
    uint64_t address = check_value(in, VMCS_ENTRY_MSR_LOAD_ADDRESS) + (number - 1) * sizeof(*entry);

    return check_read_memory(in, address, entry, sizeof(*entry));
}

/* The entry that the exit qualification names, counted from 1; 0: none. */
static uint64_t named_entry(const struct check_input *in, uint64_t count)
{
    uint64_t number = in->image->value[VMCS_EXIT_QUALIFICATION];

    return check_qualified(in, CHECK_MSR_LOAD, number) && number <= count ? number : 0;
}

/*
 * The number of the first entry that breaks the rule, counted from 1 as the exit qualification
 * counts; 0: none. What cannot be read ends the area.
 */
static unsigned first_broken(const struct check_input *in, unsigned rule, struct msr_entry *entry)
{
    uint64_t count = entries_known(in);
    uint64_t named = named_entry(in, count);

    for (uint64_t number = named ? named : 1; number <= (named ? named : count); number++) {
        if (!read_entry(in, number, entry))
            return 0;
        if (rules[rule](in, entry))
            return (unsigned)number;
    }
    return 0;
}

static bool entries_hold(const struct check_input *in, unsigned rule)
{
    struct msr_entry entry;

    return first_broken(in, rule, &entry) == 0;
}

/* All rules but those of last branches are the same on every processor. */
static bool is_certain(const struct check_input *in, unsigned rule)
{
    struct msr_entry entry;

    if (rule != RULE_last_branch || named_entry(in, entries_known(in)))
        return true;
    return first_broken(in, rule, &entry) &&
           in_ranges(entry.msr, branch_sources, ARRAY_SIZE(branch_sources)) &&
           check_is_given(in, FACT_rtm);
}

static void print_entry(struct out *out, unsigned number, const struct msr_entry *entry)
{
    out_printf(out, "entry %u: MSR 0x%x, bits 63:32 0x%x, value 0x%lx", number, entry->msr,
               entry->reserved, (unsigned long)entry->value);
}

/* Whose bits the MSR has by name. */
static enum check_list list_of(uint32_t msr)
{
    static const struct {
        uint32_t msr;
        enum check_list list;
    } lists[] = {
        {MSR_IA32_EFER, BITS_EFER},
        {MSR_IA32_DEBUGCTL, BITS_DEBUGCTL},
        {MSR_IA32_PERF_GLOBAL_CTRL, BITS_PERF_GLOBAL_CTRL},
        {MSR_IA32_RTIT_CTL, BITS_RTIT_CTL},
        {MSR_IA32_SPEC_CTRL, BITS_SPEC_CTRL},
        {MSR_IA32_U_CET, BITS_S_CET},
        {MSR_IA32_S_CET, BITS_S_CET},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++)
        if (lists[i].msr == msr)
            return lists[i].list;
    return BITS_LISTS;
}

static void print_broken(struct out *out, const struct check_input *in, unsigned rule)
{
    struct msr_entry entry = {0, 0, 0};
    unsigned number = first_broken(in, rule, &entry);
    uint64_t wrong = number ? rules[rule](in, &entry) : 0;

    print_entry(out, number, &entry);
    if (wrong && wrong != WHOLE_ENTRY) {
        out_printf(out, "; ");
        check_print_list_bits(out, list_of(entry.msr), wrong);
    }
    if (rule == RULE_canonical) {
        out_printf(out, "; ");
        check_detail_linear(out, in, rule);
    }
}

/* --- what no rule explains -------------------------------------------------------------------- */

/* The processor refused an entry with which nothing is wrong, as far as is known here. */
static bool is_explained(const struct check_input *in, unsigned argument)
{
    uint64_t named = named_entry(in, entries_known(in));
    struct msr_entry entry;

    (void)argument;
    if (!named || !read_entry(in, named, &entry))
        return true;
    for (unsigned rule = 0; rule < RULE_COUNT; rule++)
        if (rules[rule](in, &entry))
            return true;
    return false;
}

static void print_named(struct out *out, const struct check_input *in, unsigned argument)
{
    uint64_t named = named_entry(in, entries_known(in));
    struct msr_entry entry = {0, 0, 0};

    (void)argument;
    if (named)
        (void)read_entry(in, named, &entry);
    print_entry(out, (unsigned)named, &entry);
}

#define RULE_ROW(id_, text)                                                 \
    {                                                                       \
        .id = "msr_load." #id_,                                             \
        .section = "Loading MSRs",                                          \
        .rule = "VM-entry MSR-load area: " text,                            \
        .holds = entries_hold,                                              \
        .certain = is_certain,                                              \
        .detail = print_broken,                                             \
        .argument = RULE_##id_,                                             \
        .class = CHECK_MSR_LOAD,                                            \
        .field_count = 2,                                                   \
        .fields = {VMCS_ENTRY_MSR_LOAD_ADDRESS, VMCS_ENTRY_MSR_LOAD_COUNT}, \
    },

static const struct check_row rows[] = {
    RULES(RULE_ROW) /* what is wrong with an entry, */
    CHECK_ROW_DETAIL(CHECK_MSR_LOAD, "msr_load.no_rule", "Loading MSRs", /* or nobody knows */
                     "VM-entry MSR-load area: no rule for this MSR is known: WRMSR would not take "
                     "the value, or the MSR is not loaded for a model-specific reason",
                     is_explained, print_named, 0, VMCS_ENTRY_MSR_LOAD_ADDRESS,
                     VMCS_ENTRY_MSR_LOAD_COUNT),
};

const struct check_table check_msr_load = {rows, ARRAY_SIZE(rows)};
