/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base.c - see oracle.h: the good images that the mutations start from.
 *
 * A base is a mode, the controls, and an event or a state of the guest. No guest ever executes an
 * instruction: the preemption timer is 0; where there is none, the guest sees no memory at all, so
 * that its first fetch is an exit. An event that is injected finds an IDT of limit 0, and every
 * exception is an exit. With and without EPT, CR3 is the address of one empty page.
 */
#include "oracle.h"

#include "arch/paging.h"
#include "string.h"
#include "tests/bare/bare.h"
#include "vmcs_layouts.h"
#include "vmx/ept.h"
#include "vmx/platform.h"
#include "x86.h"

static uint8_t pages[ORACLE_PAGES][PAGE_SIZE] PAGE_ALIGNED;

uint64_t oracle_page(enum oracle_page page)
{
    return physical_of(pages[page]);
}

bool oracle_owns(uint64_t physical)
{
    return physical >= physical_of(pages) && physical < physical_of(pages) + sizeof(pages);
}

/* --- memory ----------------------------------------------------------------------------------- */

struct msr_entry {
    uint32_t index;
    uint32_t reserved;
    uint64_t value;
};

/* An MSR that exists everywhere, takes 0, and means nothing to this kernel. */
static void fill_msr_area(enum oracle_page page)
{
    struct msr_entry *entries = (struct msr_entry *)pages[page];

    for (unsigned i = 0; i < ORACLE_MSR_ENTRIES; i++)
        entries[i] = (struct msr_entry){.index = MSR_IA32_SYSENTER_EIP};
}

void oracle_fill_memory(void)
{
    memset(pages, 0, sizeof(pages));
    fill_msr_area(ORACLE_EXIT_STORE);
    fill_msr_area(ORACLE_EXIT_LOAD);
    fill_msr_area(ORACLE_ENTRY_LOAD);
}

#define VTPR_OFFSET 0x80

static void *word_pointer(enum oracle_word word)
{
    switch (word) {
    case ORACLE_LIST_INDEX:
        return pages[ORACLE_ENTRY_LOAD];
    case ORACLE_LIST_VALUE:
        return pages[ORACLE_ENTRY_LOAD] + sizeof(uint64_t);
    case ORACLE_VTPR:
        return pages[ORACLE_VIRTUAL_APIC] + VTPR_OFFSET;
    case ORACLE_LINK_REVISION:
        return pages[ORACLE_LINKED];
    default:
        return pages[ORACLE_ROOT];
    }
}

uint64_t oracle_read_word(enum oracle_word word)
{
    uint64_t value = 0;

    memcpy(&value, word_pointer(word), oracle_target_width(word) / 8);
    return value;
}

void oracle_write_word(enum oracle_word word, uint64_t value)
{
    memcpy(word_pointer(word), &value, oracle_target_width(word) / 8);
}

/* --- the table -------------------------------------------------------------------------------- */

enum mode { LONG, COMPATIBLE, FLAT32, PAE, PAGED32, V86, REAL };

/* WITH: a control that the base is about; it does not exist on a processor without it. */
enum option {
    WITH_EPT = 1,
    WITH_UNRESTRICTED = 2, /* implies EPT */
    WITHOUT_TIMER = 4,
    RICH = 8,      /* every control that there is; APIC accesses are virtualized */
    RICH_X2 = 16,  /* the same with x2APIC mode */
    RICH_TPR = 32, /* the same with neither, so that the TPR threshold is checked */
};
#define ANY_RICH (RICH | RICH_X2 | RICH_TPR)

struct base {
    const char *name;
    uint8_t mode;
    uint8_t options;
    uint8_t activity;
    uint8_t interruptibility;
    uint32_t event;
    uint8_t instruction_length;
    bool interrupts; /* RFLAGS.IF */
    uint16_t pending_debug;
};

#define BASE(name_, mode_, options_, ...)                              \
    {                                                                  \
        .name = name_, .mode = mode_, .options = options_, __VA_ARGS__ \
    }

static const struct base bases[] = {
    BASE("long", LONG, 0),
    BASE("long_ept", LONG, WITH_EPT),
    BASE("long_unrestricted", LONG, WITH_UNRESTRICTED),
    BASE("long_untimed", LONG, WITHOUT_TIMER),
    BASE("long_ept_untimed", LONG, WITH_EPT | WITHOUT_TIMER),
    BASE("long_rich", LONG, RICH),
    BASE("long_rich_x2apic", LONG, RICH_X2),
    BASE("long_rich_tpr", LONG, RICH_TPR),
    BASE("compatible", COMPATIBLE, 0),
    BASE("compatible_rich", COMPATIBLE, RICH),
    BASE("pae", PAE, 0),
    BASE("pae_ept", PAE, WITH_EPT),
    BASE("pae_rich", PAE, RICH),
    BASE("paged32", PAGED32, 0),
    BASE("paged32_ept", PAGED32, WITH_EPT),
    BASE("v86", V86, 0),
    BASE("v86_rich", V86, RICH),
    BASE("flat32", FLAT32, WITH_UNRESTRICTED),
    BASE("flat32_rich", FLAT32, WITH_UNRESTRICTED | RICH),
    BASE("flat32_untimed", FLAT32, WITH_UNRESTRICTED | WITHOUT_TIMER),
    BASE("real", REAL, WITH_UNRESTRICTED),
    BASE("real_rich", REAL, WITH_UNRESTRICTED | RICH_TPR),
    BASE("inject_fault", LONG, 0, .event = EVENT(EVENT_HARDWARE_EXCEPTION, 13u) | EVENT_ERROR_CODE),
    BASE("inject_fault_rich", LONG, RICH, .event = EVENT(EVENT_HARDWARE_EXCEPTION, 6u)),
    BASE("inject_fault_real", REAL, WITH_UNRESTRICTED,
         .event = EVENT(EVENT_HARDWARE_EXCEPTION, 13u)),
    BASE("inject_external", LONG, 0, .event = EVENT(EVENT_EXTERNAL_INTERRUPT, 32u),
         .interrupts = true),
    BASE("inject_nmi", LONG, 0, .event = EVENT(EVENT_NMI, 2u)),
    BASE("inject_software", PAE, 0, .event = EVENT(EVENT_SOFTWARE_INTERRUPT, 128u),
         .instruction_length = 2),
    BASE("inject_privileged", LONG, 0, .event = EVENT(EVENT_PRIVILEGED_SOFTWARE_EXCEPTION, 1u),
         .instruction_length = 1),
    BASE("inject_trap", LONG, 0, .event = EVENT(EVENT_SOFTWARE_EXCEPTION, 3u),
         .instruction_length = 1),
    BASE("inject_v86", V86, 0, .event = EVENT(EVENT_SOFTWARE_INTERRUPT, 16u),
         .instruction_length = 2),
    BASE("halted", LONG, 0, .activity = ACTIVITY_HLT),
    BASE("halted_nmi", LONG, 0, .activity = ACTIVITY_HLT, .event = EVENT(EVENT_NMI, 2u)),
    BASE("shutdown", LONG, 0, .activity = ACTIVITY_SHUTDOWN),
    BASE("blocked_sti", LONG, 0, .interruptibility = BLOCKING_BY_STI, .interrupts = true),
    BASE("blocked_mov_ss", LONG, 0, .interruptibility = BLOCKING_BY_MOV_SS),
    BASE("blocked_nmi", LONG, RICH, .interruptibility = BLOCKING_BY_NMI),
    BASE("pending_debug", LONG, 0, .pending_debug = PENDING_BREAKPOINT | 1),
};

const unsigned oracle_base_count = ARRAY_SIZE(bases);

const char *oracle_base_name(unsigned base)
{
    return bases[base].name;
}

/* --- controls --------------------------------------------------------------------------------- */

/* Never wanted: they need SMM, or a guest that can run. */
#define ENTRY_OUT (BIT64(ENTRY_smm) | BIT64(ENTRY_deact_dual_monitor) | BIT64(ENTRY_ia32e_mode))

static void request_all(struct controls *controls, const struct base *base)
{
    struct control_request *request = controls->request;

    for (unsigned word = 0; word < CTL_COUNT; word++)
        request[word].optional = vmx_words[control_word_id(word)].named;
    request[CTL_ENTRY].optional &= ~ENTRY_OUT;
    request[CTL_PROC2].optional &= ~BIT64(PROC2_unrestricted_guest);
    if (base->options & (RICH | RICH_TPR))
        request[CTL_PROC2].optional &= ~BIT64(PROC2_virtualize_x2apic_mode);
    if (base->options & (RICH_X2 | RICH_TPR))
        request[CTL_PROC2].optional &= ~BIT64(PROC2_virtualize_apic_accesses);
    if (base->options & RICH_TPR) /* these two keep the threshold from being checked, or need it */
        request[CTL_PROC2].optional &= ~BIT64(PROC2_virtual_intr_delivery);
}

static void request_few(struct controls *controls)
{
    struct control_request *request = controls->request;

    request[CTL_PIN].optional = BIT64(PIN_preempt_timer);
    request[CTL_EXIT].optional = BIT64(EXIT_load_host_efer) | BIT64(EXIT_load_host_pat);
    request[CTL_ENTRY].optional = BIT64(ENTRY_load_guest_efer) | BIT64(ENTRY_load_guest_pat);
}

/* A word's required bits are not optional or forbidden ones as well. */
static void make_disjoint(struct control_request *request)
{
    request->optional &= ~request->required;
    request->optional &= ~request->forbidden;
}

static void request_controls(struct controls *controls, const struct base *base)
{
    struct control_request *request = controls->request;

    if (base->options & ANY_RICH)
        request_all(controls, base);
    else
        request_few(controls);
    request[CTL_EXIT].required = BIT64(EXIT_ia32e_mode);
    if (base->mode == LONG || base->mode == COMPATIBLE)
        request[CTL_ENTRY].required = BIT64(ENTRY_ia32e_mode);
    if (base->options & (WITH_EPT | WITH_UNRESTRICTED))
        request[CTL_PROC2].required = BIT64(PROC2_enable_ept);
    if (base->options & WITH_UNRESTRICTED)
        request[CTL_PROC2].required |= BIT64(PROC2_unrestricted_guest);
    if (base->options & WITHOUT_TIMER)
        request[CTL_PIN].forbidden = BIT64(PIN_preempt_timer);
    for (unsigned word = 0; word < CTL_COUNT; word++)
        make_disjoint(&request[word]);
}

/* --- the guest's state ------------------------------------------------------------------------ */

#define GUEST_RIP 0x1000

static void segments_of_64k(struct guest_state *state, uint32_t access)
{
    for (unsigned i = SEG_ES; i <= SEG_GS; i++)
        state->segment[i] = (struct guest_segment){
            .selector = 0x20, .base = 0x200, .limit = LIMIT_64K, .access = access};
}

static void state_of(struct guest_state *state, const struct base *base)
{
    const uint64_t root = oracle_page(ORACLE_ROOT);

    if (base->mode == LONG || base->mode == COMPATIBLE)
        guest_state_flat_64(state, root, GUEST_RIP, 0);
    else
        guest_state_flat_32(state, GUEST_RIP, 0);
    state->cr3 = root;
    if (base->mode == COMPATIBLE)
        state->segment[SEG_CS].access = ACCESS_CODE_32;
    if (base->mode == PAE || base->mode == PAGED32 || base->mode == V86)
        state->cr0 |= BIT64(CR0_pg) | BIT64(CR0_pe);
    if (base->mode == PAE)
        state->cr4 |= BIT64(CR4_pae);
    if (base->mode == REAL)
        state->cr0 &= ~BIT64(CR0_pe);
    if (base->mode == REAL)
        segments_of_64k(state, ACCESS_REAL);
    if (base->mode == V86)
        segments_of_64k(state, ACCESS_V86);
    if (base->mode == V86)
        state->rflags |= RFLAGS_VM;
    if (base->interrupts)
        state->rflags |= RFLAGS_IF;
}

/* --- fields that image_build() leaves alone --------------------------------------------------- */

struct good_value {
    uint16_t field;
    uint16_t page; /* ORACLE_PAGES: none, `value` counts */
    uint64_t value;
};

static const struct good_value good_values[] = {
    {VMCS_IO_BITMAP_A, ORACLE_IO_A, 0},
    {VMCS_IO_BITMAP_B, ORACLE_IO_B, 0},
    {VMCS_MSR_BITMAP, ORACLE_MSR_BITMAP, 0},
    {VMCS_VIRTUAL_APIC_ADDRESS, ORACLE_VIRTUAL_APIC, 0},
    {VMCS_APIC_ACCESS_ADDRESS, ORACLE_APIC_ACCESS, 0},
    {VMCS_PML_ADDRESS, ORACLE_PML, 0},
    {VMCS_EPTP_LIST_ADDRESS, ORACLE_EPTP_LIST, 0},
    {VMCS_VMREAD_BITMAP, ORACLE_VMREAD, 0},
    {VMCS_VMWRITE_BITMAP, ORACLE_VMWRITE, 0},
    {VMCS_VIRTUALIZATION_EXCEPTION_ADDRESS, ORACLE_VE_INFO, 0},
    {VMCS_SUB_PAGE_PERMISSION_TABLE_POINTER, ORACLE_SPP, 0},
    {VMCS_POSTED_INTERRUPT_DESCRIPTOR, ORACLE_POSTED, 0},
    {VMCS_EXIT_MSR_STORE_ADDRESS, ORACLE_EXIT_STORE, 0},
    {VMCS_EXIT_MSR_LOAD_ADDRESS, ORACLE_EXIT_LOAD, 0},
    {VMCS_ENTRY_MSR_LOAD_ADDRESS, ORACLE_ENTRY_LOAD, 0},
    {VMCS_VPID, ORACLE_PAGES, 1},
    {VMCS_TSC_MULTIPLIER, ORACLE_PAGES, UINT64_C(1) << 48},
    {VMCS_PML_INDEX, ORACLE_PAGES, 511},
};

static void set_if_exists(struct vmcs_image *image, const struct msr_policy *policy,
                          enum vmcs_field field, uint64_t value)
{
    if (vmcs_field_exists(policy, field))
        vmcs_set(image, field, value);
}

/* Every field counts as set, so that what is written is what the checker sees. */
static void set_the_rest(struct vmcs_image *image, const struct msr_policy *policy)
{
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        if (vmcs_field_type(field) != VMCS_READ_ONLY && !vmcs_is_set(image, field))
            set_if_exists(image, policy, field, 0);
}

static void set_good_values(struct vmcs_image *image, const struct msr_policy *policy)
{
    set_the_rest(image, policy);
    for (unsigned i = 0; i < ARRAY_SIZE(good_values); i++) {
        const struct good_value *good = &good_values[i];

        set_if_exists(image, policy, good->field,
                      good->page < ORACLE_PAGES ? oracle_page(good->page) : good->value);
    }
}

/* The linked VMCS must be a shadow VMCS (bit 31) exactly where VMCS shadowing is on. */
static void link_vmcs(struct vmcs_image *image, const struct msr_policy *policy)
{
    uint32_t *revision = (uint32_t *)pages[ORACLE_LINKED];

    *revision = policy->vmx.basic.vmcs_revision_id;
    if (has_any(image->value[VMCS_SECONDARY_CONTROLS], BIT64(PROC2_enable_vmcs_shadowing)))
        *revision |= 0x80000000u;
    vmcs_set(image, VMCS_VMCS_LINK_POINTER, oracle_page(ORACLE_LINKED));
}

/*
 * What only counts with its control: lists of one entry, a linked VMCS, the function to switch
 * EPT.
 */
static void set_rich(struct vmcs_image *image, const struct msr_policy *policy)
{
    vmcs_set(image, VMCS_EXIT_MSR_STORE_COUNT, 1);
    vmcs_set(image, VMCS_EXIT_MSR_LOAD_COUNT, 1);
    vmcs_set(image, VMCS_ENTRY_MSR_LOAD_COUNT, 1);
    link_vmcs(image, policy);
    set_if_exists(image, policy, VMCS_VM_FUNCTION_CONTROLS, word_may(policy, WORD_VMFUNC) & 1);
}

static void set_event(struct vmcs_image *image, const struct base *base)
{
    vmcs_set(image, VMCS_ENTRY_INTERRUPTION_INFO, base->event);
    vmcs_set(image, VMCS_ENTRY_INSTRUCTION_LENGTH, base->instruction_length);
    vmcs_set(image, VMCS_GUEST_ACTIVITY_STATE, base->activity);
    vmcs_set(image, VMCS_GUEST_INTERRUPTIBILITY, base->interruptibility);
    vmcs_set(image, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, base->pending_debug);
}

/* --- a base ----------------------------------------------------------------------------------- */

static bool has_activity(const struct base *base, const struct msr_policy *policy)
{
    switch (base->activity) {
    case ACTIVITY_HLT:
        return policy->vmx.misc.hlt_activity_state;
    case ACTIVITY_SHUTDOWN:
        return policy->vmx.misc.shutdown_activity_state;
    default:
        return true;
    }
}

bool oracle_base_image(unsigned number, struct vmcs_image *image)
{
    static struct guest_description guest;
    const struct base *base = &bases[number];
    const struct msr_policy *policy = host_policy();
    struct host_state host;

    guest = (struct guest_description){.exception_bitmap = UINT32_MAX};
    guest.ept_pointer = ept_pointer(oracle_page(ORACLE_ROOT), policy);
    request_controls(&guest.controls, base);
    state_of(&guest.state, base);
    vmx_host_state(&host, bare_exit_point);
    if (!has_activity(base, policy) || image_build(image, &guest, &host, policy) != S_OK)
        return false;
    /* Halted for ever, where no timer ends it. */
    if (base->activity != ACTIVITY_ACTIVE && !base->event &&
        !has_any(image->value[VMCS_PIN_CONTROLS], BIT64(PIN_preempt_timer)))
        return false;
    set_good_values(image, policy);
    set_event(image, base);
    if (base->options & ANY_RICH)
        set_rich(image, policy);
    return true;
}
