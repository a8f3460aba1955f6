/* SPDX-License-Identifier: BSD-2-Clause */
/* sane.c - see sane.h. PURE. */
#include "sane.h"

#include "names.h"

#define INDEX(msr)        (MSR_##msr - VMX_MSR_FIRST)
#define ONLY_INDEX(index) (UINT32_C(1) << (index))
#define ONLY(msr)         ONLY_INDEX(INDEX(msr))

#define LEGACY_CONTROLS                                                                        \
    (ONLY(IA32_VMX_PINBASED_CTLS) | ONLY(IA32_VMX_PROCBASED_CTLS) | ONLY(IA32_VMX_EXIT_CTLS) | \
     ONLY(IA32_VMX_ENTRY_CTLS))
#define TRUE_CONTROLS                                                         \
    (ONLY(IA32_VMX_TRUE_PINBASED_CTLS) | ONLY(IA32_VMX_TRUE_PROCBASED_CTLS) | \
     ONLY(IA32_VMX_TRUE_EXIT_CTLS) | ONLY(IA32_VMX_TRUE_ENTRY_CTLS))
#define ALL_CONTROLS (LEGACY_CONTROLS | TRUE_CONTROLS | ONLY(IA32_VMX_PROCBASED_CTLS2))
#define ALL_MSRS     ((UINT32_C(1) << VMX_MSR_COUNT) - 1)
#define TRUE_STEP    (MSR_IA32_VMX_TRUE_PINBASED_CTLS - MSR_IA32_VMX_PINBASED_CTLS)
#define WHOLE_MSR    (~UINT64_C(0))

/* IA32_SYSENTER_CS of the guest, encoding 0x482a, is the highest of the fields that always were. */
#define OLDEST_MAX_INDEX 0x15
#define CR3_TARGETS_MAX  256
#define REGION_SIZE_MAX  4096
#define MEMORY_TYPE_UC   0
#define MEMORY_TYPE_WB   6

/* Controls with a name that belong to the default1 class, besides the reserved ones. */
static uint64_t default1_class(enum vmx_word_id word)
{
    uint64_t named = 0;

    if (word == WORD_PROC)
        named = BIT64(PROC_cr3_load_exiting) | BIT64(PROC_cr3_store_exiting);
    else if (word == WORD_EXIT)
        named = BIT64(EXIT_save_debug_cntrls);
    else if (word == WORD_ENTRY)
        named = BIT64(ENTRY_load_debug_cntrls);
    return vmx_words[word].default1 | named;
}

/* --- controls --------------------------------------------------------------------------------- */

static uint64_t must_within_may(const struct msr_policy *policy, unsigned index)
{
    return low32(policy->raw[index]) & ~high32(policy->raw[index]);
}

static uint64_t default1_is_1(const struct msr_policy *policy, unsigned index)
{
    return default1_class(vmx_msrs[index].word) & ~low32(policy->raw[index]);
}

static uint64_t true_may_agrees(const struct msr_policy *policy, unsigned index)
{
    if (!msr_present(policy, index - TRUE_STEP))
        return 0;
    return high32(policy->raw[index]) ^ high32(policy->raw[index - TRUE_STEP]);
}

static uint64_t true_must_agrees(const struct msr_policy *policy, unsigned index)
{
    if (!msr_present(policy, index - TRUE_STEP))
        return 0;
    return (low32(policy->raw[index]) ^ low32(policy->raw[index - TRUE_STEP])) &
           ~default1_class(vmx_msrs[index].word);
}

static uint64_t secondary_may_be_0(const struct msr_policy *policy, unsigned index)
{
    return low32(policy->raw[index]);
}

/*
 * The bits of `word` that any of its MSRs allows to be 1. If the MSRs differ, that is another
 * finding.
 */
static uint64_t may_by_any(const struct msr_policy *policy, enum vmx_word_id word)
{
    uint64_t may = 0;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].word == word && msr_present(policy, index))
            may |= vmx_msrs[index].form == FORM_CONTROLS
                       ? low32(policy->raw[index]) | high32(policy->raw[index])
                       : policy->raw[index];
    return may;
}

/* True when an MSR of the word should exist and was not read: its bits are unknown. */
static bool is_not_read(const struct msr_policy *policy, enum vmx_word_id word)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].word == word && !msr_present(policy, index) &&
            msr_is_expected(policy, index))
            return true;
    return false;
}

/* The MSR of the same controls beside `index`, true or legacy. */
static unsigned other_of_pair(unsigned index)
{
    return ONLY_INDEX(index) & TRUE_CONTROLS ? index - TRUE_STEP : index + TRUE_STEP;
}

/*
 * Hypervisors that force controls want the exits for themselves. If only one MSR does, that is a
 * fault.
 */
static uint64_t forced_controls(const struct msr_policy *policy, unsigned index)
{
    unsigned other = other_of_pair(index);
    uint64_t forced = low32(policy->raw[index]) & high32(policy->raw[index]);

    if (msr_present(policy, other))
        forced &= low32(policy->raw[other]);
    return forced & ~default1_class(vmx_msrs[index].word);
}

/* SDM: "Checks Related to Address-Space Size": such a guest needs a 64-bit host. */
static uint64_t ia32e_guest(const struct msr_policy *policy, unsigned index)
{
    if (has_any(may_by_any(policy, WORD_EXIT), BIT64(EXIT_ia32e_mode)))
        return 0;
    return high32(policy->raw[index]) & BIT64(ENTRY_ia32e_mode);
}

/*
 * The bits that may be 1 by this MSR, but that VM entry refuses or nobody can use without their
 * base.
 */
static uint64_t dependencies(const struct msr_policy *policy, unsigned index)
{
    static const struct {
        uint8_t word, bit, on_word, on_bit;
    } rows[] = {
#define DEPENDENCY_ROW(id, name, on_id, on_name) \
    {WORD_##id, id##_##name, WORD_##on_id, on_id##_##on_name},
        VMX_ENTRY_NEEDS(DEPENDENCY_ROW) VMX_UNCHECKED_DEPENDENCIES(DEPENDENCY_ROW)
#undef DEPENDENCY_ROW
    };
    uint64_t bits = 0, may = vmx_msrs[index].form == FORM_CONTROLS ? high32(policy->raw[index])
                                                                   : policy->raw[index];

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].word == vmx_msrs[index].word && !is_not_read(policy, rows[i].on_word) &&
            !has_any(may_by_any(policy, rows[i].on_word), BIT64(rows[i].on_bit)))
            bits |= may & BIT64(rows[i].bit);
    return bits;
}

/* --- plain words ------------------------------------------------------------------------------ */

static uint64_t always_0(const struct msr_policy *policy, unsigned index)
{
    return policy->raw[index] & BIT64(BASIC_mbz);
}

static uint64_t region_size(const struct msr_policy *policy, unsigned index)
{
    uint64_t size = policy->vmx.basic.vmcs_region_size;

    (void)index;
    return size >= 1 && size <= REGION_SIZE_MAX ? 0 : MASK64(BASIC_vmcs_region_size, 13);
}

static uint64_t memory_type(const struct msr_policy *policy, unsigned index)
{
    uint64_t type = policy->vmx.basic.memory_type;

    (void)index;
    return type == MEMORY_TYPE_UC || type == MEMORY_TYPE_WB ? 0 : MASK64(BASIC_memory_type, 4);
}

static uint64_t cr3_targets(const struct msr_policy *policy, unsigned index)
{
    (void)index;
    return policy->vmx.misc.cr3_target <= CR3_TARGETS_MAX ? 0 : MASK64(MISC_cr3_target, 9);
}

/* SDM: the bit "is always 1 on processors that support the 1-setting of unrestricted guest". */
static uint64_t stores_lma(const struct msr_policy *policy, unsigned index)
{
    (void)index;
    return word_offers(policy, WORD_PROC2, BIT64(PROC2_unrestricted_guest)) &&
                   !policy->vmx.misc.vmexit_stores_lma
               ? BIT64(MISC_vmexit_stores_lma)
               : 0;
}

static uint64_t activity_hlt(const struct msr_policy *policy, unsigned index)
{
    (void)index;
    return policy->vmx.misc.hlt_activity_state ? 0 : BIT64(MISC_hlt_activity_state);
}

static uint64_t highest_index(const struct msr_policy *policy, unsigned index)
{
    (void)index;
    return policy->vmx.vmcs_enum.vmcs_encoding_max_idx >= OLDEST_MAX_INDEX
               ? 0
               : MASK64(VMCS_ENUM_vmcs_encoding_max_idx, 9);
}

/* --- CR0 and CR4 ------------------------------------------------------------------------------ */

/* Of `index`, a fixed0, against the fixed1 just above it. */
static uint64_t fixed0_beyond_fixed1(const struct msr_policy *policy, unsigned index)
{
    return msr_present(policy, index + 1) ? policy->raw[index] & ~policy->raw[index + 1] : 0;
}

static uint64_t cr0_must_within_may(const struct msr_policy *policy, unsigned index)
{
    return fixed0_beyond_fixed1(policy, index);
}

static uint64_t cr4_must_within_may(const struct msr_policy *policy, unsigned index)
{
    return fixed0_beyond_fixed1(policy, index);
}

static uint64_t cr0_must(const struct msr_policy *policy, unsigned index)
{
    return (BIT64(CR0_pe) | BIT64(CR0_ne) | BIT64(CR0_pg)) & ~policy->raw[index];
}

/* VMX operation forbids no bit of CR0. */
static uint64_t cr0_may(const struct msr_policy *policy, unsigned index)
{
    return vmx_words[WORD_CR0].named & ~policy->raw[index];
}

static uint64_t cr4_must(const struct msr_policy *policy, unsigned index)
{
    return BIT64(CR4_vmxe) & ~policy->raw[index];
}

/* Every processor with VMX has paging with PAE, which a 64-bit guest needs. */
static uint64_t cr4_may(const struct msr_policy *policy, unsigned index)
{
    return (BIT64(CR4_vmxe) | BIT64(CR4_pae)) & ~policy->raw[index];
}

/* --- EPT and VPID ----------------------------------------------------------------------------- */

#define EPT_CAPS MASK64(0, 32)
#define VPID_CAPS \
    (BIT64(EPT_VPID_invvpid_instruction) | MASK64(EPT_VPID_invvpid_individual_addr, 4))
#define INVEPT_TYPES  (BIT64(EPT_VPID_invept_single_context) | BIT64(EPT_VPID_invept_all_context))
#define INVVPID_TYPES MASK64(EPT_VPID_invvpid_individual_addr, 4)

static bool offers_ept(const struct msr_policy *policy)
{
    return word_offers(policy, WORD_PROC2, BIT64(PROC2_enable_ept));
}

static uint64_t ept_walk_length(const struct msr_policy *policy, unsigned index)
{
    return BIT64(EPT_VPID_walk_length_4_supported) & (offers_ept(policy) ? ~policy->raw[index] : 0);
}

static uint64_t ept_memory_type(const struct msr_policy *policy, unsigned index)
{
    uint64_t types = BIT64(EPT_VPID_memory_type_uc) | BIT64(EPT_VPID_memory_type_wb);

    return offers_ept(policy) && !has_any(policy->raw[index], types) ? types : 0;
}

static uint64_t ept_caps_of_ept(const struct msr_policy *policy, unsigned index)
{
    return offers_ept(policy) ? 0 : policy->raw[index] & EPT_CAPS;
}

static uint64_t vpid_caps_of_vpid(const struct msr_policy *policy, unsigned index)
{
    bool vpid = word_offers(policy, WORD_PROC2, BIT64(PROC2_enable_vpid));

    return vpid ? 0 : policy->raw[index] & VPID_CAPS;
}

/* Either both, the instruction and some type of it, or neither. */
static uint64_t types_of(uint64_t word, uint64_t instruction, uint64_t types)
{
    if (has_any(word, instruction))
        return has_any(word, types) ? 0 : instruction;
    return word & types;
}

static uint64_t invept_types(const struct msr_policy *policy, unsigned index)
{
    return types_of(policy->raw[index], BIT64(EPT_VPID_invept_instruction), INVEPT_TYPES);
}

static uint64_t invvpid_types(const struct msr_policy *policy, unsigned index)
{
    return types_of(policy->raw[index], BIT64(EPT_VPID_invvpid_instruction), INVVPID_TYPES);
}

/* --- all -------------------------------------------------------------------------------------- */

/* An MSR that was neither read nor refused is not a fault: the values came without it. */
static uint64_t presence(const struct msr_policy *policy, unsigned index)
{
    if (!msr_present(policy, index))
        return has_any(policy->faulted, ONLY_INDEX(index)) ? WHOLE_MSR : 0;
    return msr_is_expected(policy, index) ? 0 : WHOLE_MSR;
}

static uint64_t unknown_bits(const struct msr_policy *policy, unsigned index)
{
    const struct vmx_word *word = &vmx_words[vmx_msrs[index].word];
    uint64_t set = policy->raw[index];

    if (vmx_msrs[index].form == FORM_CONTROLS)
        set = low32(set) | high32(set);
    return set & ~(word->named | word->default1);
}

#define REPORTING        "VMX Capability Reporting Facility"
#define BASIC_INFO       "Basic VMX Information"
#define ALGORITHMS       "Algorithms for Determining VMX Capabilities"
#define CLASSES          "Reserved Controls and Default Settings"
#define SECONDARY        "Secondary Processor-Based VM-Execution Controls"
#define MISC_DATA        "Miscellaneous Data"
#define CR0_BITS_SECTION "VMX-Fixed Bits in CR0"
#define CR4_BITS_SECTION "VMX-Fixed Bits in CR4"
#define ENUMERATION      "VMCS Enumeration"
#define EPT_VPID_SECTION "VPID and EPT Capabilities"

#define RULE(name, its_section, its_msrs, its_message) \
    {.id = #name,                                      \
     .section = (its_section),                         \
     .message = (its_message),                         \
     .msrs = (its_msrs),                               \
     .check = (name)},
#define WARNING(name, its_section, its_msrs, its_message) \
    {.id = #name,                                         \
     .section = (its_section),                            \
     .message = (its_message),                            \
     .msrs = (its_msrs),                                  \
     .check = (name),                                     \
     .warning = true},

/* clang-format off */
const struct sane_rule sane_rules[] = {
    RULE(presence, REPORTING, ALL_MSRS, "exists or not against what its gate says")
    RULE(must_within_may, ALGORITHMS, ALL_CONTROLS, "must be 1 and may not be 1")
    RULE(default1_is_1, CLASSES, LEGACY_CONTROLS, "is of the default1 class, and not reported as 1")
    RULE(true_may_agrees, ALGORITHMS, TRUE_CONTROLS,
         "may be 1 by one of the MSRs, legacy and true, only")
    RULE(true_must_agrees, ALGORITHMS, TRUE_CONTROLS,
         "must be 1 by one of the MSRs, legacy and true, only, and is not of the default1 class")
    RULE(secondary_may_be_0, SECONDARY, ONLY(IA32_VMX_PROCBASED_CTLS2),
         "must be 1, though every secondary control may be 0")
    WARNING(forced_controls, CLASSES, LEGACY_CONTROLS | TRUE_CONTROLS,
            "must be 1, though not of the default1 class")
    WARNING(ia32e_guest, "Checks Related to Address-Space Size",
            ONLY(IA32_VMX_ENTRY_CTLS) | ONLY(IA32_VMX_TRUE_ENTRY_CTLS),
            "may be 1, and \"host address-space size\", which such a guest needs, may not")
    WARNING(dependencies, "Checks on VMX Controls", ALL_MSRS,
            "may be 1, and a control that it needs may not")
    RULE(always_0, BASIC_INFO, ONLY(IA32_VMX_BASIC), "is 1, though it is always 0")
    RULE(region_size, BASIC_INFO, ONLY(IA32_VMX_BASIC), "the size of a VMCS is not 1 to 4096 bytes")
    RULE(memory_type, BASIC_INFO, ONLY(IA32_VMX_BASIC), "the memory type is neither UC nor WB")
    RULE(cr3_targets, MISC_DATA, ONLY(IA32_VMX_MISC), "more than 256 CR3-target values")
    RULE(stores_lma, MISC_DATA, ONLY(IA32_VMX_MISC), "is 0, though unrestricted guest may be 1")
    WARNING(activity_hlt, MISC_DATA, ONLY(IA32_VMX_MISC), "no guest can be entered in HLT state")
    RULE(cr0_must_within_may, CR0_BITS_SECTION, ONLY(IA32_VMX_CR0_FIXED0),
         "must be 1 and may not be 1")
    RULE(cr0_must, CR0_BITS_SECTION, ONLY(IA32_VMX_CR0_FIXED0),
         "may be 0, though VMX operation needs PE, NE and PG")
    RULE(cr0_may, CR0_BITS_SECTION, ONLY(IA32_VMX_CR0_FIXED1),
         "may not be 1, though VMX forbids no bit")
    RULE(cr4_must_within_may, CR4_BITS_SECTION, ONLY(IA32_VMX_CR4_FIXED0),
         "must be 1 and may not be 1")
    RULE(cr4_must, CR4_BITS_SECTION, ONLY(IA32_VMX_CR4_FIXED0),
         "may be 0, though VMX operation needs VMXE")
    RULE(cr4_may, CR4_BITS_SECTION, ONLY(IA32_VMX_CR4_FIXED1),
         "may not be 1, though VMX operation needs VMXE and 64-bit guests need PAE")
    RULE(highest_index, ENUMERATION, ONLY(IA32_VMX_VMCS_ENUM),
         "the highest index is below that of fields which every processor with VMX has")
    RULE(ept_walk_length, EPT_VPID_SECTION, ONLY(IA32_VMX_EPT_VPID_CAP),
         "is 0, though EPT may be enabled and needs a page-walk length")
    RULE(ept_memory_type, EPT_VPID_SECTION, ONLY(IA32_VMX_EPT_VPID_CAP),
         "are 0, though EPT may be enabled and needs a memory type")
    RULE(ept_caps_of_ept, EPT_VPID_SECTION, ONLY(IA32_VMX_EPT_VPID_CAP),
         "is 1, though EPT may not be enabled")
    RULE(vpid_caps_of_vpid, EPT_VPID_SECTION, ONLY(IA32_VMX_EPT_VPID_CAP),
         "is 1, though VPID may not be enabled")
    RULE(invept_types, EPT_VPID_SECTION, ONLY(IA32_VMX_EPT_VPID_CAP),
         "INVEPT without any type of it, or a type without INVEPT")
    RULE(invvpid_types, EPT_VPID_SECTION, ONLY(IA32_VMX_EPT_VPID_CAP),
         "INVVPID without any type of it, or a type without INVVPID")
    WARNING(unknown_bits, REPORTING, ALL_MSRS, "is set, and this Lintel has no name for it")
};
/* clang-format on */
const unsigned sane_rule_count = ARRAY_SIZE(sane_rules);

/* The first rule is about MSRs that are not there, the others about those that are. */
static bool is_judged(const struct sane_rule *rule, const struct msr_policy *policy, unsigned index)
{
    return ((rule->msrs >> index) & 1) && (rule->check == presence || msr_present(policy, index));
}

static void apply_rule(struct sane_findings *findings, const struct msr_policy *policy,
                       unsigned rule)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        uint64_t bits = 0;

        if (is_judged(&sane_rules[rule], policy, index))
            bits = sane_rules[rule].check(policy, index);
        if (!bits)
            continue;
        if (findings->count < SANE_FINDINGS_MAX)
            findings->finding[findings->count] =
                (struct sane_finding){(uint8_t)rule, (uint8_t)index, bits};
        findings->count++;
    }
}

void sane_check(struct sane_findings *findings, const struct msr_policy *policy)
{
    findings->count = 0;
    if (!policy->present && !policy->faulted)
        return;
    for (unsigned rule = 0; rule < sane_rule_count; rule++)
        apply_rule(findings, policy, rule);
}

/* --- lines ------------------------------------------------------------------------------------ */

/* The same finding for the legacy and the true MSR of a control is printed as one line. */
static bool is_twin(const struct sane_finding *a, const struct sane_finding *b)
{
    return a->rule == b->rule && a->bits == b->bits && a->bits != WHOLE_MSR &&
           vmx_msrs[a->index].word == vmx_msrs[b->index].word;
}

static void print_msr(struct out *out, const struct sane_finding *finding)
{
    out_printf(out, "0x%x %s", VMX_MSR_FIRST + finding->index, vmx_msrs[finding->index].name);
}

/* Prints all MSRs of finding `first` and its twins. False, and prints nothing: it is a twin of an
 * earlier one. */
static bool print_msrs(struct out *out, const struct sane_findings *findings, unsigned first)
{
    const struct sane_finding *finding = findings->finding;

    for (unsigned i = 0; i < first; i++)
        if (is_twin(&finding[i], &finding[first]))
            return false;
    out_printf(out, "%s: %s: ", sane_rules[finding[first].rule].warning ? "warning" : "finding",
               sane_rules[finding[first].rule].id);
    print_msr(out, &finding[first]);
    for (unsigned i = first + 1; i < sane_kept(findings); i++)
        if (is_twin(&finding[first], &finding[i])) {
            out_printf(out, " and ");
            print_msr(out, &finding[i]);
        }
    return true;
}

static void print_bits(struct out *out, const struct sane_finding *finding)
{
    enum vmx_word_id word = vmx_msrs[finding->index].word;
    const struct bit_row *last = NULL;

    for (unsigned bit = 0; finding->bits != WHOLE_MSR && bit < 64; bit++) {
        const struct bit_row *row = word_row(word, bit);

        if (!has_any(finding->bits, BIT64(bit)) || (row && row == last))
            continue;
        out_printf(out, " bit %u%s%s", bit, row ? " " : "", row ? row->name : "");
        last = row;
    }
}

void sane_print(struct out *out, const struct sane_findings *findings)
{
    for (unsigned i = 0; i < sane_kept(findings); i++) {
        const struct sane_finding *finding = &findings->finding[i];
        const struct sane_rule *rule = &sane_rules[finding->rule];

        if (!print_msrs(out, findings, i))
            continue;
        print_bits(out, finding);
        out_printf(out, ": %s [%s]\n", rule->message, rule->section);
    }
    if (findings->count > SANE_FINDINGS_MAX)
        out_printf(out, "finding: and %u more\n", findings->count - SANE_FINDINGS_MAX);
}
