/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guard.c - see oracle.h: entries that the checker expects to succeed, and that would then damage
 * this kernel, never come back, or depend on unknown memory. They are counted, not made.
 *
 * An entry that fails with exit reason 33 or 34 loads the host's state as well; a VMfail does not.
 */
#include "oracle.h"

#include "arch/insn.h"
#include "kern/mem/pages.h"
#include "vmcs_layouts.h"
#include "x86.h"

#define EXITS       (OUTCOME_EXIT_33 | OUTCOME_EXIT_34 | OUTCOME_ACCEPTED)
#define LOADS       (OUTCOME_EXIT_34 | OUTCOME_ACCEPTED) /* the entry's MSR list is gone through */
#define PAGE_OFFSET 0xfff

/* Memory that neither the kernel nor what the loader left for it uses. */
#define SPARE_START (UINT64_C(8) << 20)
#define SPARE_END   (UINT64_C(16) << 20)

static bool changed(const struct vmcs_image *image, const struct vmcs_image *good,
                    enum vmcs_field field, uint64_t mask)
{
    return has_any(image->value[field] ^ good->value[field], mask);
}

static bool control(const struct vmcs_image *image, enum vmcs_field field, unsigned bit)
{
    return has_any(image->value[field], BIT64(bit));
}

/* Secondary controls count as 0 unless they are activated. */
static bool control2(const struct vmcs_image *image, unsigned bit)
{
    return control(image, VMCS_PROC_CONTROLS, PROC_activate_secondary_controls) &&
           control(image, VMCS_SECONDARY_CONTROLS, bit);
}

/* --- the host --------------------------------------------------------------------------------- */

static bool host_code_lost(const struct vmcs_image *image, const struct vmcs_image *good)
{
    return changed(image, good, VMCS_HOST_RIP, ~UINT64_C(0)) ||
           changed(image, good, VMCS_HOST_CR3, ~(uint64_t)PAGE_OFFSET);
}

/* No-execute bits of the kernel's page tables are reserved ones without NXE. */
static bool host_nxe_lost(const struct vmcs_image *image, const struct vmcs_image *good)
{
    uint64_t left = rdmsr(MSR_IA32_EFER);
    uint64_t kernel = left;

    (void)good;
    if (control(image, VMCS_EXIT_CONTROLS, EXIT_load_host_efer))
        left = image->value[VMCS_HOST_EFER];
    else if (control(image, VMCS_ENTRY_CONTROLS, ENTRY_load_guest_efer))
        left = image->value[VMCS_GUEST_EFER];
    return has_any(left ^ kernel, EFER_NXE);
}

/* Shadow stacks and branch tracking, for which the kernel is not built. */
static bool host_cet_on(const struct vmcs_image *image, const struct vmcs_image *good)
{
    return changed(image, good, VMCS_HOST_CR4, BIT64(CR4_cet));
}

/*
 * Tables of five levels, where the kernel has four: the bit cannot change in IA-32e mode but here.
 */
static bool host_la57_changed(const struct vmcs_image *image, const struct vmcs_image *good)
{
    return changed(image, good, VMCS_HOST_CR4, BIT64(CR4_la57));
}

static bool guest_la57_changed(const struct vmcs_image *image, const struct vmcs_image *good)
{
    return changed(image, good, VMCS_GUEST_CR4, BIT64(CR4_la57));
}

/* --- MSR lists -------------------------------------------------------------------------------- */

/* A list whose memory nobody filled, or with more entries than every processor takes. */
static bool list_foreign(const struct vmcs_image *image, const struct vmcs_image *good,
                         enum vmcs_field count, enum vmcs_field address)
{
    if (image->value[count] == 0)
        return false;
    return image->value[count] > ORACLE_MSR_ENTRIES || changed(image, good, address, ~UINT64_C(0));
}

static bool exit_load_foreign(const struct vmcs_image *image, const struct vmcs_image *good)
{
    return list_foreign(image, good, VMCS_EXIT_MSR_LOAD_COUNT, VMCS_EXIT_MSR_LOAD_ADDRESS);
}

/* The kernel needs none of these, whatever they hold. */
static bool list_msr_harmless(void)
{
    uint64_t index = oracle_read_word(ORACLE_LIST_INDEX);

    return index >= MSR_IA32_SYSENTER_CS && index <= MSR_IA32_SYSENTER_EIP;
}

/* The checker passes MSRs that it has no rule for, since nobody knows all of them. */
static bool list_msr_unknown(const struct vmcs_image *image, const struct vmcs_image *good)
{
    (void)good;
    return image->value[VMCS_ENTRY_MSR_LOAD_COUNT] && !list_msr_harmless();
}

static bool entry_load_foreign(const struct vmcs_image *image, const struct vmcs_image *good)
{
    return list_foreign(image, good, VMCS_ENTRY_MSR_LOAD_COUNT, VMCS_ENTRY_MSR_LOAD_ADDRESS);
}

static bool exit_store_foreign(const struct vmcs_image *image, const struct vmcs_image *good)
{
    return list_foreign(image, good, VMCS_EXIT_MSR_STORE_COUNT, VMCS_EXIT_MSR_STORE_ADDRESS);
}

/* KVM stops the VM, with an internal error, before it looks at the guest's state. */
static bool kvm_would_stop(const struct vmcs_image *image, const struct vmcs_image *good)
{
    (void)good;
    return oracle_is_kvm() && control2(image, PROC2_virtualize_apic_accesses) &&
           image->value[VMCS_APIC_ACCESS_ADDRESS] >= pages_end();
}

/* --- the guest -------------------------------------------------------------------------------- */

static bool has_mtf; /* the processor has the monitor trap flag */

static bool has_timer(const struct vmcs_image *image)
{
    return control(image, VMCS_PIN_CONTROLS, PIN_preempt_timer);
}

static bool has_event(const struct vmcs_image *image)
{
    return has_any(image->value[VMCS_ENTRY_INTERRUPTION_INFO], EVENT_VALID);
}

/* The timer ends the guest, and nothing comes before it. */
static bool is_quiet(const struct vmcs_image *image)
{
    return has_timer(image) && !has_event(image) &&
           !has_any(image->value[VMCS_GUEST_RFLAGS], RFLAGS_IF | RFLAGS_TF) &&
           !image->value[VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS] &&
           !image->value[VMCS_GUEST_INTERRUPT_STATUS];
}

/* The guest would walk page tables that are none. */
static bool guest_sees_memory(const struct vmcs_image *image, const struct vmcs_image *good)
{
    enum vmcs_field root = control2(image, PROC2_enable_ept) ? VMCS_EPT_POINTER : VMCS_GUEST_CR3;

    (void)good;
    return !is_quiet(image) &&
           ((image->value[root] & ~(uint64_t)PAGE_OFFSET) != oracle_page(ORACLE_ROOT) ||
            oracle_read_word(ORACLE_PDPTE));
}

/* Only the timer or an event ends a guest that is not active; neither ends a wait for SIPI. */
static bool guest_waits(const struct vmcs_image *image, const struct vmcs_image *good)
{
    uint64_t activity = image->value[VMCS_GUEST_ACTIVITY_STATE];

    (void)good;
    return activity > ACTIVITY_SHUTDOWN || (activity && !has_timer(image) && !has_event(image));
}

/* IA-32e mode without protection: what the SDM refuses, Bochs 2.7 takes, and ends itself. */
static bool long_real_mode(const struct vmcs_image *image, const struct vmcs_image *good)
{
    (void)good;
    return control(image, VMCS_ENTRY_CONTROLS, ENTRY_ia32e_mode) &&
           !control(image, VMCS_GUEST_CR0, CR0_pe);
}

/* A pending MTF exit on a processor without the monitor trap flag: Bochs 2.7 ends itself, too. */
static bool mtf_without_flag(const struct vmcs_image *image, const struct vmcs_image *good)
{
    (void)good;
    return has_event(image) &&
           event_type(image->value[VMCS_ENTRY_INTERRUPTION_INFO]) == EVENT_OTHER && !has_mtf;
}

/* --- memory that the processor writes to ------------------------------------------------------ */

static const struct {
    uint16_t field;
    uint8_t secondary; /* the control is one of the secondary ones */
    uint8_t bit;
} written[] = {
    {VMCS_VIRTUAL_APIC_ADDRESS, false, PROC_tpr_shadow},
    {VMCS_VIRTUALIZATION_EXCEPTION_ADDRESS, true, PROC2_enable_virt_exceptions},
    {VMCS_PML_ADDRESS, true, PROC2_enable_pml},

};

static bool is_spare(uint64_t address)
{
    return oracle_owns(address) || (address >= SPARE_START && address < SPARE_END);
}

static bool writes_foreign(const struct vmcs_image *image, const struct vmcs_image *good)
{
    (void)good;
    for (unsigned i = 0; i < ARRAY_SIZE(written); i++) {
        bool used = written[i].secondary ? control2(image, written[i].bit)
                                         : control(image, VMCS_PROC_CONTROLS, written[i].bit);
        if (used && !is_spare(image->value[written[i].field]))
            return true;
    }
    return false;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct guard {
    const char *why;
    bool (*applies)(const struct vmcs_image *image, const struct vmcs_image *good);
    unsigned outcomes; /* which it would be dangerous with */
} guards[] = {
    {"host RIP or page tables that are not the kernel's", host_code_lost, EXITS},
    {"host IA32_EFER.NXE that is not the kernel's", host_nxe_lost, EXITS},
    {"host CR4.CET that is not the kernel's", host_cet_on, EXITS},
    {"host CR4.LA57 that is not the kernel's", host_la57_changed, EXITS},
    {"guest CR4.LA57, of which an emulator dies", guest_la57_changed, OUTCOME_ACCEPTED},
    {"VM-exit MSR-load list that nobody filled", exit_load_foreign, EXITS},
    {"VM-entry MSR-load list that nobody filled", entry_load_foreign, LOADS},
    {"MSR in the VM-entry list that the kernel may need", list_msr_unknown, OUTCOME_ACCEPTED},
    {"VM-exit MSR-store list that nobody filled", exit_store_foreign, OUTCOME_ACCEPTED},
    {"guest that could run in memory that nobody filled", guest_sees_memory, OUTCOME_ACCEPTED},
    {"pending MTF exit without MTF, of which an emulator dies", mtf_without_flag, OUTCOME_ACCEPTED},
    {"IA-32e mode with CR0.PE = 0, of which an emulator dies", long_real_mode, OUTCOME_ACCEPTED},
    {"guest that waits with nothing to end it", guest_waits, OUTCOME_ACCEPTED},
    {"address that the processor would write to", writes_foreign, OUTCOME_ACCEPTED},
    {"APIC-access page without memory, for which KVM stops the machine", kvm_would_stop, EXITS},
};

static unsigned counts[ARRAY_SIZE(guards)];

const char *oracle_why_not(const struct check_input *in, const struct vmcs_image *good,
                           unsigned foretold)
{
    const struct vmcs_image *image = in->image;

    has_mtf = word_offers(in->policy, WORD_PROC, BIT64(PROC_monitor_trap_flag));
    for (unsigned i = 0; i < ARRAY_SIZE(guards); i++)
        if (has_any(foretold, guards[i].outcomes) && guards[i].applies(image, good)) {
            counts[i]++;
            return guards[i].why;
        }
    return NULL;
}

void oracle_print_why_not(struct out *out)
{
    for (unsigned i = 0; i < ARRAY_SIZE(guards); i++)
        if (counts[i])
            out_printf(out, "# oracle: not tried %u: %s\n", counts[i], guards[i].why);
}
