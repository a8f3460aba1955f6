/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msr_load.c - checks of the VM-entry MSR-load area. SDM: "Loading MSRs". PURE.
 *
 * An entry of the area:  127:64 value | 63:32 0 | 31:0 MSR
 *
 * Whether WRMSR takes a value is judged only where the SDM decides it for every processor, or what
 * is known of this one does. Otherwise the entry is taken as good: an MSR that is not listed here
 * may still not exist, or have reserved bits, or be refused for "model-specific reasons".
 */
#include "check.h"

#include "memory_type.h"
#include "x86.h"

struct msr_entry {
    uint32_t msr;
    uint32_t reserved;
    uint64_t value;
};

/* --- the rules, for one entry: true when it passes
 * ------------------------------------------------ */

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

static bool reserved(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->reserved == 0;
}

static bool segment_base(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr != MSR_IA32_FS_BASE && entry->msr != MSR_IA32_GS_BASE;
}

static bool x2apic(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr < MSR_X2APIC_FIRST || entry->msr > MSR_X2APIC_LAST;
}

static bool smm(const struct check_input *in, const struct msr_entry *entry)
{
    return in->machine->in_smm || entry->msr != MSR_IA32_SMM_MONITOR_CTL;
}

/* Only those that WRMSR refuses on every processor, whether it has them or not. */
static const struct msr_range read_only_msrs[] = {
    ONE_MSR(MSR_IA32_CORE_CAPABILITIES), ONE_MSR(MSR_IA32_MTRRCAP),
    ONE_MSR(MSR_IA32_ARCH_CAPABILITIES), ONE_MSR(MSR_IA32_MCG_CAP),
    ONE_MSR(MSR_IA32_PERF_CAPABILITIES), {VMX_MSR_FIRST, VMX_MSR_LAST},
};

static bool writable(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return !in_ranges(entry->msr, read_only_msrs, ARRAY_SIZE(read_only_msrs));
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

static bool canonical(const struct check_input *in, const struct msr_entry *entry)
{
    return !in_ranges(entry->msr, address_msrs, ARRAY_SIZE(address_msrs)) ||
           check_canonical(in, entry->value);
}

/* LMA is no bit that WRMSR changes, but it may be written. */
static bool efer_reserved(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr != MSR_IA32_EFER ||
           !has_any(entry->value, ~(in->machine->efer_supported | EFER_LMA));
}

/*
 * The guest's paging is on when the area is loaded: WRMSR does not let LME change then. LME is
 * what 'IA-32e mode guest' made it.
 */
static bool efer_lme(const struct check_input *in, const struct msr_entry *entry)
{
    bool paging = has_any(check_value(in, VMCS_GUEST_CR0), BIT64(CR0_pg));

    return entry->msr != MSR_IA32_EFER || !paging ||
           has_any(entry->value, EFER_LME) == check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode);
}

static bool pat(const struct check_input *in, const struct msr_entry *entry)
{
    (void)in;
    return entry->msr != MSR_IA32_PAT || pat_is_valid(entry->value);
}

static bool debugctl(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr != MSR_IA32_DEBUGCTL ||
           !has_any(entry->value, ~in->machine->debugctl_supported);
}

static bool perf_global_ctrl(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr != MSR_IA32_PERF_GLOBAL_CTRL ||
           !has_any(entry->value, ~in->machine->perf_global_supported);
}

static bool rtit_ctl(const struct check_input *in, const struct msr_entry *entry)
{
    return entry->msr != MSR_IA32_RTIT_CTL ||
           !has_any(entry->value, ~in->machine->rtit_ctl_supported);
}

/* --- the area
 * ---------------------------------------------------------------------------------------- */

/* RULE(id, what it says): the function `id` above, as the row "msr_load.id". */
#define RULES(RULE)                                                                             \
    RULE(reserved, "bits 63:32 must be 0")                                                      \
    RULE(segment_base, "IA32_FS_BASE and IA32_GS_BASE (C0000100H, C0000101H) are not loaded; "  \
                       "they have fields of their own")                                         \
    RULE(x2apic, "MSRs 800H to 8FFH (local APIC in x2APIC mode) are not loaded")                \
    RULE(smm, "IA32_SMM_MONITOR_CTL (9BH) is loaded only in SMM")                               \
    RULE(writable, "a read-only MSR is not loaded")                                             \
    RULE(canonical, "the value of an MSR that has a linear address must be canonical")          \
    RULE(efer_reserved, "reserved bits of IA32_EFER must be 0")                                 \
    RULE(efer_lme, "bit 8 (LME) of IA32_EFER must equal 'IA-32e mode guest' where the guest's " \
                   "CR0.PG is 1")                                                               \
    RULE(pat, "each byte of IA32_PAT must be a memory type: 0, 1, 4, 5, 6 or 7")                \
    RULE(debugctl, "reserved bits of IA32_DEBUGCTL must be 0")                                  \
    RULE(perf_global_ctrl, "reserved bits of IA32_PERF_GLOBAL_CTRL must be 0")                  \
    RULE(rtit_ctl, "reserved bits of IA32_RTIT_CTL must be 0")

#define RULE_NUMBER(id, text) RULE_##id,
#define RULE_ENTRY(id, text)  id,
enum { RULES(RULE_NUMBER) };
static bool (*const rules[])(const struct check_input *,
                             const struct msr_entry *) = {RULES(RULE_ENTRY)};

/*
 * IA32_VMX_MISC recommends no more than 512 * (N + 1) entries, N being at most 7, and leaves what
 * happens with more undefined: further entries are not looked at, which keeps a wild count short.
 */
#define ENTRIES_MAX 4096

static uint64_t entries_readable(const struct check_input *in)
{
    uint64_t count = check_value(in, VMCS_ENTRY_MSR_LOAD_COUNT);

    if (!in->read || !check_physical(in, check_value(in, VMCS_ENTRY_MSR_LOAD_ADDRESS), 4))
        return 0;
    return count < ENTRIES_MAX ? count : ENTRIES_MAX;
}

/*
 * The number of the first entry that breaks the rule, counted from 1 as the exit qualification
 * counts; 0: none. What cannot be read ends the area.
 */
static unsigned first_broken(const struct check_input *in, unsigned rule, struct msr_entry *entry)
{
    uint64_t address = check_value(in, VMCS_ENTRY_MSR_LOAD_ADDRESS);
    uint64_t count = entries_readable(in);

    for (unsigned number = 1; number <= count; number++, address += sizeof(*entry)) {
        if (!in->read(in->context, address, entry, sizeof(*entry)))
            return 0;
        if (!rules[rule](in, entry))
            return number;
    }
    return 0;
}

static bool entries_hold(const struct check_input *in, unsigned rule)
{
    struct msr_entry entry;

    return first_broken(in, rule, &entry) == 0;
}

static void print_entry(struct out *out, const struct check_input *in, unsigned rule)
{
    struct msr_entry entry;
    unsigned number = first_broken(in, rule, &entry);

    if (number)
        out_printf(out, "(entry %u: MSR 0x%x, bits 63:32 0x%x, value 0x%lx)", number, entry.msr,
                   entry.reserved, entry.value);
}

#define RULE_ROW(id, text)                                                                  \
    CHECK_ROW_DETAIL(CHECK_MSR_LOAD, "msr_load." #id, "Loading MSRs",                       \
                     "VM-entry MSR-load area: " text, entries_hold, print_entry, RULE_##id, \
                     VMCS_ENTRY_MSR_LOAD_ADDRESS, VMCS_ENTRY_MSR_LOAD_COUNT),

static const struct check_row rows[] = {RULES(RULE_ROW)};

const struct check_table check_msr_load = {rows, ARRAY_SIZE(rows)};
