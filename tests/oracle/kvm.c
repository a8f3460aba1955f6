/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm.c - see excuse.h: where KVM's nested VMX (Linux 6.1) is known to differ from the SDM.
 * docs/oracle-differences.md explains each row under its name.
 */
#include "excuse.h"
#include "kern/mem/pages.h"
#include "vmcs_layouts.h"
#include "x86.h"

static bool begins(const char *text, const char *with)
{
    while (*with && *text == *with)
        text++, with++;
    return !*with;
}

/* --- conditions ------------------------------------------------------------------------------- */

/* KVM drops these bits at VMWRITE, as some processors do: what it enters is what is left. */
#define ACCESS_WRITTEN (~(ACCESS_RESERVED_11_8 | ACCESS_RESERVED_31_17))

#define IS_V86_WHEN_WRITTEN(segment)                                                       \
    static bool v86_##segment(const struct check_input *in)                                \
    {                                                                                      \
        return (check_value(in, VMCS_GUEST_##segment##_ACCESS_RIGHTS) & ACCESS_WRITTEN) == \
               ACCESS_V86;                                                                 \
    }
IS_V86_WHEN_WRITTEN(ES)
IS_V86_WHEN_WRITTEN(CS)
IS_V86_WHEN_WRITTEN(SS)
IS_V86_WHEN_WRITTEN(DS)
IS_V86_WHEN_WRITTEN(FS)
IS_V86_WHEN_WRITTEN(GS)

/* The MSR is loaded from the list before anybody looks at the field. */
static bool listed(const struct check_input *in, uint32_t msr)
{
    return check_value(in, VMCS_ENTRY_MSR_LOAD_COUNT) &&
           (oracle_read_word(ORACLE_LIST_INDEX) == msr ||
            (msr == MSR_IA32_SYSENTER_EIP && check_value(in, VMCS_ENTRY_MSR_LOAD_COUNT) > 1));
}

static bool sysenter_eip_listed(const struct check_input *in)
{
    return listed(in, MSR_IA32_SYSENTER_EIP);
}

static bool sysenter_esp_listed(const struct check_input *in)
{
    return listed(in, MSR_IA32_SYSENTER_ESP);
}

/* The list's first entry is the only one that changes. */
static bool list_has_sysenter(const struct check_input *in)
{
    uint64_t index = oracle_read_word(ORACLE_LIST_INDEX);

    (void)in;
    return index == MSR_IA32_SYSENTER_ESP || index == MSR_IA32_SYSENTER_EIP;
}

/* A halted guest that nothing wakes at once is not entered at all. */
static bool stays_halted(const struct check_input *in)
{
    return check_value(in, VMCS_GUEST_ACTIVITY_STATE) == ACTIVITY_HLT &&
           !has_any(check_value(in, VMCS_ENTRY_INTERRUPTION_INFO), EVENT_VALID) &&
           !check_is_set(in, WORD_PROC, PROC_virtual_nmi_pending) &&
           !(check_is_set(in, WORD_PROC, PROC_virtual_intr_pending) &&
             has_any(check_value(in, VMCS_GUEST_RFLAGS), RFLAGS_IF));
}

static bool virtual_apic_nowhere(const struct check_input *in)
{
    return check_is_set(in, WORD_PROC, PROC_tpr_shadow) &&
           check_value(in, VMCS_VIRTUAL_APIC_ADDRESS) >= pages_end();
}

/* SDM "Miscellaneous Data": what a longer list does is not defined. */
static bool list_too_long(const struct check_input *in)
{
    return check_value(in, VMCS_ENTRY_MSR_LOAD_COUNT) >
           (in->policy->vmx.misc.max_msr_load_count + UINT64_C(1)) * ORACLE_MSR_ENTRIES;
}

/* --- the table -------------------------------------------------------------------------------- */

#define ACCESS_RIGHTS_ROWS(segment)                                             \
    {"access_rights", "guest." #segment ".reserved_11_8", NULL, STAGE_NEVER},   \
    {                                                                           \
        "access_rights", "guest." #segment ".reserved_31_17", NULL, STAGE_NEVER \
    }

const struct excuse oracle_kvm_excuses[] = {
    ACCESS_RIGHTS_ROWS(es),
    ACCESS_RIGHTS_ROWS(cs),
    ACCESS_RIGHTS_ROWS(ss),
    ACCESS_RIGHTS_ROWS(ds),
    ACCESS_RIGHTS_ROWS(fs),
    ACCESS_RIGHTS_ROWS(gs),
    ACCESS_RIGHTS_ROWS(ldtr),
    ACCESS_RIGHTS_ROWS(tr),
    {"access_rights", "guest.es.access_v86", v86_ES, STAGE_NEVER},
    {"access_rights", "guest.cs.access_v86", v86_CS, STAGE_NEVER},
    {"access_rights", "guest.ss.access_v86", v86_SS, STAGE_NEVER},
    {"access_rights", "guest.ds.access_v86", v86_DS, STAGE_NEVER},
    {"access_rights", "guest.fs.access_v86", v86_FS, STAGE_NEVER},
    {"access_rights", "guest.gs.access_v86", v86_GS, STAGE_NEVER},
    {"list_before_fields", "guest.sysenter_eip.canonical", sysenter_eip_listed, STAGE_NEVER},
    {"list_before_fields", "guest.sysenter_esp.canonical", sysenter_esp_listed, STAGE_NEVER},
    {"list_sysenter", "msr_load.canonical", list_has_sysenter, STAGE_NEVER},
    {"list_too_long", NULL, list_too_long, STAGE_MSR_LOAD},
    {"virtual_apic_nowhere", NULL, virtual_apic_nowhere, STAGE_BELOW_CONTROLS},
};
const unsigned oracle_kvm_excuse_count = ARRAY_SIZE(oracle_kvm_excuses);

/* --- what KVM leaves to the processor --------------------------------------------------------- */

/* Of Bochs's differences those that a run under KVM has shown. */
static const char *const shown[] = {"rip_width", "pending_debug_high"};

bool oracle_kvm_shows(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(shown); i++)
        if (begins(name, shown[i]))
            return true;
    return false;
}

/* Rules on the guest's state that KVM looks at itself, before it loads MSRs. */
static const char *const own_rules[] = {
    "guest.cr0.",
    "guest.cr3.",
    "guest.cr4.",
    "guest.dr7.",
    "guest.pat.",
    "guest.efer.",
    "guest.bndcfgs.",
    "guest.perf_global_ctrl.",
    "guest.pdpte",
    "guest.link_pointer.",
    "guest.activity_state.",
};

static bool is_left_to_below(const char *rule)
{
    for (unsigned i = 0; i < ARRAY_SIZE(own_rules); i++)
        if (begins(rule, own_rules[i]))
            return false;
    return true;
}

enum stage oracle_kvm_stage(const struct check_row *row, const struct check_input *in)
{
    if (row->class != CHECK_GUEST || !is_left_to_below(row->id))
        return (enum stage)row->class;
    return stays_halted(in) ? STAGE_NEVER : STAGE_BELOW_GUEST;
}
