/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * controls.c - checks of VM-execution, VM-exit and VM-entry control fields. PURE.
 * SDM: "Checks on VMX Controls".
 *
 * A fault is reported once: a row that builds on another one (the last byte of an area on its
 * address, the vector of an event on its type) passes while that other one is broken.
 */
#include "check.h"

#include "controls.def"
#include "memory_type.h"
#include "msr/report.h"
#include "vmcs_layouts.h"
#include "x86.h"

#define SECTION_EXECUTION "VM-Execution Control Fields"
#define SECTION_EXIT      "VM-Exit Control Fields"
#define SECTION_ENTRY     "VM-Entry Control Fields"

/* --- reserved bits of the control words ------------------------------------------------------- */

/* Bits that must be 1 and are 0. The secondary word is looked at only where it is activated. */
static uint64_t missing_bits(const struct check_input *in, unsigned word)
{
    if (word == WORD_PROC2 && !check_is_set(in, WORD_PROC, PROC_activate_secondary_controls))
        return 0;
    return check_short_of(in, word, check_control(in, word));
}

/* Bits that are 1 and may not be. */
static uint64_t excess_bits(const struct check_input *in, unsigned word)
{
    return check_beyond(in, word, check_control(in, word));
}

/* section_PIN and so on: where the SDM speaks of the word; FIELD_OF_PIN: where it stands. */
#define WORD_SECTION(id, word, name, section) \
    static const char section_##word[] = SECTION_##section;
#define WORD_FIELD(word, field) FIELD_OF_##word = VMCS_##field,

CHECK_MAY_WORDS(WORD_SECTION)
enum { CHECK_CONTROL_WORDS(WORD_FIELD) };

#define MUST_ROW(id, word, name, section)                                                       \
    CHECK_ROW(CHECK_CONTROLS, "controls." #id ".must_be_1", section_##word,                     \
              name ": bits that this processor wants to be 1 are 0", missing_bits, WORD_##word, \
              FIELD_OF_##word),
#define MAY_ROW(id, word, name, section)                                                        \
    CHECK_ROW(CHECK_CONTROLS, "controls." #id ".may_be_1", section_##word,                      \
              name ": bits are 1 that this processor does not offer", excess_bits, WORD_##word, \
              FIELD_OF_##word),

/* The SDM's name of a control. */
static const char *control_name(enum vmx_word_id word, unsigned bit)
{
    return word_row(word, bit)->sdm;
}

/* --- controls that need or exclude one another ------------------------------------------------ */

/* PAIR(word, bit, other word, other bit) */
#define PAIRS(PAIR) VMX_ENTRY_NEEDS(PAIR) VMX_ENTRY_EXCLUSIONS(PAIR)

struct pair {
    uint8_t word, bit;
    uint8_t other_word, other_bit;
};

#define PAIR_NUMBER(word, bit, other_word, other_bit) PAIR_##bit##_##other_bit,
#define PAIR_ENTRY(word, bit, other_word, other_bit) \
    {WORD_##word, word##_##bit, WORD_##other_word, other_word##_##other_bit},

enum { PAIRS(PAIR_NUMBER) };
static const struct pair pairs[] = {PAIRS(PAIR_ENTRY)};

static bool is_first_set(const struct check_input *in, unsigned pair)
{
    return check_is_set(in, pairs[pair].word, pairs[pair].bit);
}

static bool is_other_set(const struct check_input *in, unsigned pair)
{
    return check_is_set(in, pairs[pair].other_word, pairs[pair].other_bit);
}

static bool need_holds(const struct check_input *in, unsigned pair)
{
    return !is_first_set(in, pair) || is_other_set(in, pair);
}

static bool exclusion_holds(const struct check_input *in, unsigned pair)
{
    return !is_first_set(in, pair) || !is_other_set(in, pair);
}

static void print_pair(struct out *out, const struct pair *pair, unsigned value)
{
    out_printf(out, "'%s' is 1: '%s' must be %u", control_name(pair->word, pair->bit),
               control_name(pair->other_word, pair->other_bit), value);
}

static void print_need(struct out *out, unsigned pair)
{
    print_pair(out, &pairs[pair], 1);
}

static void print_exclusion(struct out *out, unsigned pair)
{
    print_pair(out, &pairs[pair], 0);
}

/* The message shows both words, or the one in which both controls are. */
#define PAIR_ROW(word_, bit, other_word, other_bit, holds_, print_) \
    {                                                               \
        .id = "controls." #bit "." #other_bit,                      \
        .section = section_##word_,                                 \
        .print_rule = print_,                                       \
        .holds = holds_,                                            \
        .argument = PAIR_##bit##_##other_bit,                       \
        .class = CHECK_CONTROLS,                                    \
        .field_count = WORD_##word_ == WORD_##other_word ? 1 : 2,   \
        .fields = {FIELD_OF_##word_, FIELD_OF_##other_word},        \
    },
#define NEED_ROW(...)      PAIR_ROW(__VA_ARGS__, need_holds, print_need)
#define EXCLUSION_ROW(...) PAIR_ROW(__VA_ARGS__, exclusion_holds, print_exclusion)

/* --- physical addresses ----------------------------------------------------------------------- */

struct address {
    uint8_t word, bit; /* the control without which the address does not count */
    uint8_t alignment_bits;
    uint16_t field;
    const char *what; /* it is the address of */
};

#define ADDRESS_NUMBER(id, ...) ADDRESS_##id,
#define ADDRESS_ENTRY(id, word, bit, what, field, alignment_bits) \
    {WORD_##word, word##_##bit, alignment_bits, VMCS_##field, what},

enum { CHECK_ADDRESSES(ADDRESS_NUMBER) };
static const struct address addresses[] = {CHECK_ADDRESSES(ADDRESS_ENTRY)};

static uint64_t low_bits(uint64_t address, unsigned alignment_bits)
{
    return address & (BIT64(alignment_bits) - 1);
}

static uint64_t address_aligned(const struct check_input *in, unsigned number)
{
    const struct address *address = &addresses[number];

    return check_is_set(in, address->word, address->bit)
               ? low_bits(check_value(in, address->field), address->alignment_bits)
               : 0;
}

static uint64_t address_in_width(const struct check_input *in, unsigned number)
{
    const struct address *address = &addresses[number];

    return check_is_set(in, address->word, address->bit)
               ? check_beyond_control_width(in, check_value(in, address->field))
               : 0;
}

#define IN_WIDTH "no bit may be set beyond the physical-address width"

static void print_alignment(struct out *out, unsigned number)
{
    const struct address *address = &addresses[number];

    out_printf(out, "'%s' is 1: bits %u:0 of the %s must be 0",
               control_name(address->word, address->bit), address->alignment_bits - 1u,
               address->what);
}

static void print_address_width(struct out *out, unsigned number)
{
    const struct address *address = &addresses[number];

    out_printf(out, "'%s' is 1: %s: " IN_WIDTH, control_name(address->word, address->bit),
               address->what);
}

#define ADDRESS_ROW(id_, address_, field_, print_, wrong_, detail_) \
    {                                                               \
        .id = "controls." #address_ "." id_,                        \
        .section = SECTION_EXECUTION,                               \
        .print_rule = print_,                                       \
        .wrong = wrong_,                                            \
        .argument = ADDRESS_##address_,                             \
        .class = CHECK_CONTROLS,                                    \
        .field_count = 1,                                           \
        .fields = {VMCS_##field_},                                  \
        .detail = detail_,                                          \
    },
#define ADDRESS_ROWS(id, word, bit, what, field, alignment_bits)                \
    ADDRESS_ROW("alignment", id, field, print_alignment, address_aligned, NULL) \
    ADDRESS_ROW("width", id, field, print_address_width, address_in_width,      \
                check_detail_control_width)

/* --- MSR areas: 16 bytes an entry ------------------------------------------------------------- */

struct area {
    uint16_t address, count;
};

#define AREA_NUMBER(id, ...)                            AREA_##id,
#define AREA_ENTRY(id, name, section, address_, count_) {VMCS_##address_, VMCS_##count_},

enum { CHECK_AREAS(AREA_NUMBER) };
static const struct area areas[] = {CHECK_AREAS(AREA_ENTRY)};

static uint64_t area_aligned(const struct check_input *in, unsigned number)
{
    return check_value(in, areas[number].count)
               ? low_bits(check_value(in, areas[number].address), 4)
               : 0;
}

static uint64_t area_in_width(const struct check_input *in, unsigned number)
{
    return check_value(in, areas[number].count)
               ? check_beyond_control_width(in, check_value(in, areas[number].address))
               : 0;
}

/* The count has 32 bits and the address at most 52: their sum does not wrap round. */
static uint64_t last_byte_of(const struct check_input *in, unsigned number)
{
    return check_value(in, areas[number].address) + check_value(in, areas[number].count) * 16 - 1;
}

static bool area_ends_in_width(const struct check_input *in, unsigned number)
{
    return !check_value(in, areas[number].count) || area_in_width(in, number) ||
           !check_beyond_control_width(in, last_byte_of(in, number));
}

static void print_last_byte(struct out *out, const struct check_input *in, unsigned number)
{
    out_printf(out, "0x%lx; ", (unsigned long)last_byte_of(in, number));
    check_detail_control_width(out, in, number);
}

#define AREA_ROWS(id, name, section, address_, count_)                                           \
    CHECK_ROW(CHECK_CONTROLS, "controls." #id ".alignment", SECTION_##section,                   \
              name " count is not 0: bits 3:0 of the " name " address must be 0", area_aligned,  \
              AREA_##id, VMCS_##address_, VMCS_##count_),                                        \
        CHECK_ROW_DETAIL(CHECK_CONTROLS, "controls." #id ".width", SECTION_##section,            \
                         name " count is not 0: " name " address: " IN_WIDTH, area_in_width,     \
                         check_detail_control_width, AREA_##id, VMCS_##address_, VMCS_##count_), \
        CHECK_ROW_DETAIL(CHECK_CONTROLS, "controls." #id ".last_byte", SECTION_##section,        \
                         "last byte of the " name " area (address + count * 16 - 1): " IN_WIDTH, \
                         area_ends_in_width, print_last_byte, AREA_##id, VMCS_##address_,        \
                         VMCS_##count_),

/* --- single checks of VM-execution controls
 * -------------------------------------------------------- */

/* Up to as many as every processor has are right everywhere, more than 256 nowhere. */
#define CR3_TARGETS_EVERYWHERE 4
#define CR3_TARGETS_ANYWHERE   256

static bool cr3_target_count(const struct check_input *in, unsigned argument)
{
    const unsigned misc = MSR_IA32_VMX_MISC - VMX_MSR_FIRST;
    uint64_t count = check_value(in, VMCS_CR3_TARGET_COUNT);

    (void)argument;
    if (!has_any(in->msrs_assumed, BIT64(misc)))
        return count <= in->policy->vmx.misc.cr3_target;
    if (count > CR3_TARGETS_EVERYWHERE && count <= CR3_TARGETS_ANYWHERE)
        check_note_msr(in, misc, true);
    return count <= CR3_TARGETS_EVERYWHERE;
}

static void print_cr3_target_limit(struct out *out, const struct check_input *in, unsigned argument)
{
    (void)argument;
    out_printf(out, "limit %u", (unsigned)in->policy->vmx.misc.cr3_target);
}

/* The threshold plays no part while "virtual-interrupt delivery" is 1. */
static bool uses_tpr_threshold(const struct check_input *in)
{
    return check_is_set(in, WORD_PROC, PROC_tpr_shadow) &&
           !check_is_set(in, WORD_PROC2, PROC2_virtual_intr_delivery);
}

static uint64_t tpr_threshold_reserved(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return uses_tpr_threshold(in) ? check_value(in, VMCS_TPR_THRESHOLD) & ~UINT64_C(0xf) : 0;
}

#define VTPR_OFFSET 0x80 /* on the virtual-APIC page */

/* False where the virtual-APIC page cannot be read. */
static bool read_vtpr(const struct check_input *in, uint8_t *vtpr)
{
    uint64_t page = check_value(in, VMCS_VIRTUAL_APIC_ADDRESS);

    return check_physical(in, page, 12) &&
           check_read_memory(in, page + VTPR_OFFSET, vtpr, sizeof(*vtpr));
}

static bool tpr_threshold_below_vtpr(const struct check_input *in, unsigned argument)
{
    uint64_t threshold;
    uint8_t vtpr;

    (void)argument;
    if (!uses_tpr_threshold(in) || check_is_set(in, WORD_PROC2, PROC2_virtualize_apic_accesses))
        return true;
    threshold = check_value(in, VMCS_TPR_THRESHOLD) & 0xf;
    return !threshold || !read_vtpr(in, &vtpr) || threshold <= vtpr >> 4;
}

static void print_vtpr(struct out *out, const struct check_input *in, unsigned argument)
{
    uint8_t vtpr = 0;

    (void)argument;
    (void)read_vtpr(in, &vtpr);
    out_printf(out, "VTPR 0x%x", vtpr);
}

static uint64_t posted_vector(const struct check_input *in, unsigned field)
{
    return check_is_set(in, WORD_PIN, PIN_posted_interrupt) ? check_value(in, field) & MASK64(8, 56)
                                                            : 0;
}

static uint64_t timer_vector(const struct check_input *in, unsigned field)
{
    return check_is_set(in, WORD_PROC3, PROC3_apic_timer_virtualization)
               ? check_value(in, field) & MASK64(8, 56)
               : 0;
}

static uint64_t last_pid_pointer(const struct check_input *in)
{
    return check_value(in, VMCS_PID_POINTER_TABLE) +
           8 * check_value(in, VMCS_LAST_PID_POINTER_INDEX);
}

static bool pid_pointer_last(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_set(in, WORD_PROC3, PROC3_ipi_virtualization) ||
           check_beyond_control_width(in, check_value(in, VMCS_PID_POINTER_TABLE)) ||
           !check_beyond_control_width(in, last_pid_pointer(in));
}

static void print_last_pid_pointer(struct out *out, const struct check_input *in, unsigned argument)
{
    out_printf(out, "0x%lx; ", (unsigned long)last_pid_pointer(in));
    check_detail_control_width(out, in, argument);
}

static bool vpid(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_set(in, WORD_PROC2, PROC2_enable_vpid) || check_value(in, VMCS_VPID);
}

static bool tsc_multiplier(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_set(in, WORD_PROC2, PROC2_tsc_scaling) || check_value(in, VMCS_TSC_MULTIPLIER);
}

static bool not_tracing(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return !check_is_set(in, WORD_ENTRY, ENTRY_load_rtit_ctl) || !CHECK_FACT(in, tracing);
}

/*
 * HLATP:  63:N 0 | N-1:12 address | 11:5 0 | 4 PCD | 3 PWT | 2:0 0
 */
static uint64_t hlat_pointer(const struct check_input *in, unsigned field)
{
    return check_is_set(in, WORD_PROC3, PROC3_enable_hlat)
               ? check_value(in, field) & (MASK64(0, 3) | MASK64(5, 7))
               : 0;
}

static uint64_t hlat_pointer_width(const struct check_input *in, unsigned field)
{
    return check_is_set(in, WORD_PROC3, PROC3_enable_hlat)
               ? check_beyond_control_width(in, check_value(in, field))
               : 0;
}

/* --- the EPT pointer
 * ------------------------------------------------------------------------------ */
static bool uses_ept(const struct check_input *in)
{
    return check_is_set(in, WORD_PROC2, PROC2_enable_ept);
}

#define EPT_VPID (MSR_IA32_VMX_EPT_VPID_CAP - VMX_MSR_FIRST)

static bool eptp_type_offered(const struct check_input *in, unsigned argument)
{
    unsigned type;

    (void)argument;
    if (!uses_ept(in))
        return true;
    type = eptp_memory_type(check_value(in, VMCS_EPT_POINTER));
    return (type == MEMORY_TYPE_UC && check_offers(in, EPT_VPID, EPT_VPID_memory_type_uc)) ||
           (type == MEMORY_TYPE_WB && check_offers(in, EPT_VPID, EPT_VPID_memory_type_wb));
}

static void print_eptp_type(struct out *out, const struct check_input *in, unsigned argument)
{
    (void)argument;
    out_printf(out, "memory type %u", eptp_memory_type(check_value(in, VMCS_EPT_POINTER)));
}

static bool eptp_walk_offered(const struct check_input *in, unsigned argument)
{
    unsigned length;

    (void)argument;
    if (!uses_ept(in))
        return true;
    length = eptp_walk_length(check_value(in, VMCS_EPT_POINTER));
    return (length == 4 && check_offers(in, EPT_VPID, EPT_VPID_walk_length_4_supported)) ||
           (length == 5 && check_offers(in, EPT_VPID, EPT_VPID_walk_length_5_supported));
}

static void print_eptp_walk(struct out *out, const struct check_input *in, unsigned argument)
{
    (void)argument;
    out_printf(out, "page-walk length %u", eptp_walk_length(check_value(in, VMCS_EPT_POINTER)));
}

/* Bits of the EPT pointer that the capability bit of the argument brings. */
static uint64_t eptp_optional_bit(const struct check_input *in, unsigned capability)
{
    uint64_t bit = capability == EPT_VPID_ad_bit ? EPTP_AD : EPTP_SHADOW_STACK;

    return uses_ept(in) && has_any(check_value(in, VMCS_EPT_POINTER), bit) &&
                   !check_offers(in, EPT_VPID, capability)
               ? bit
               : 0;
}

static uint64_t eptp_reserved(const struct check_input *in, unsigned field)
{
    return uses_ept(in) ? check_value(in, field) & EPTP_RESERVED : 0;
}

static uint64_t eptp_width(const struct check_input *in, unsigned field)
{
    return uses_ept(in) ? check_beyond_control_width(in, check_value(in, field)) : 0;
}

/* --- event injection
 * ------------------------------------------------------------------------------ */

/* #DF, #TS, #NP, #SS, #GP, #PF and #AC: all but #CP, whose error code VM entry does not ask for. */
#define ENTRY_WITH_ERROR_CODE (VECTORS_WITH_ERROR_CODE & ~BIT64(VECTOR_CONTROL_PROTECTION))

struct event {
    uint64_t info;
    enum event_type type;
    unsigned vector;
};

/* False when the entry injects nothing. */
static bool read_event(const struct check_input *in, struct event *event)
{
    event->info = check_value(in, VMCS_ENTRY_INTERRUPTION_INFO);
    event->type = event_type(event->info);
    event->vector = event_vector(event->info);
    return has_any(event->info, EVENT_VALID);
}

/* The same, for one type of event. */
static bool injects(const struct check_input *in, struct event *event, enum event_type type)
{
    return read_event(in, event) && event->type == type;
}

static bool offers_mtf(const struct check_input *in)
{
    return !check_beyond(in, WORD_PROC, BIT64(PROC_monitor_trap_flag));
}

static bool offers_fred(const struct check_input *in)
{
    return !check_beyond(in, WORD_CR4, BIT64(CR4_fred));
}

static bool event_type_known(const struct check_input *in, unsigned argument)
{
    struct event event;

    (void)argument;
    if (!read_event(in, &event))
        return true;
    return event.type != EVENT_RESERVED &&
           (event.type != EVENT_OTHER || offers_mtf(in) || offers_fred(in));
}

static bool nmi_vector(const struct check_input *in, unsigned argument)
{
    struct event event;

    (void)argument;
    return !injects(in, &event, EVENT_NMI) || event.vector == VECTOR_NMI;
}

static bool exception_vector(const struct check_input *in, unsigned argument)
{
    struct event event;

    (void)argument;
    return !injects(in, &event, EVENT_HARDWARE_EXCEPTION) || event.vector <= 31;
}

/* FRED delivers these two like events; without it their vectors mean nothing. */
static bool is_fred_call(const struct check_input *in, const struct event *event)
{
    return event->type == EVENT_OTHER &&
           (event->vector == OTHER_SYSCALL || event->vector == OTHER_SYSENTER) && offers_fred(in) &&
           has_any(check_value(in, VMCS_GUEST_CR4), BIT64(CR4_fred));
}

static bool other_vector(const struct check_input *in, unsigned argument)
{
    struct event event;

    if (!injects(in, &event, EVENT_OTHER) || !event_type_known(in, argument))
        return true;
    return (event.vector == OTHER_MTF && offers_mtf(in)) || is_fred_call(in, &event);
}

/* In real-address mode, which only an unrestricted guest enters, nothing has an error code. */
static bool enters_real_mode(const struct check_input *in)
{
    return check_is_set(in, WORD_PROC2, PROC2_unrestricted_guest) &&
           !has_any(check_value(in, VMCS_GUEST_CR0), BIT64(CR0_pe));
}

#define BASIC (MSR_IA32_VMX_BASIC - VMX_MSR_FIRST)

/* Exceptions whose vector decides; newer processors take any (IA32_VMX_BASIC bit 56). */
static bool vector_decides(const struct check_input *in, const struct event *event)
{
    return event->vector <= 31 && !check_offers(in, BASIC, BASIC_any_error_code) &&
           !enters_real_mode(in);
}

/* Whether the vector wants an error code, where it decides, and the event has none, or vice versa.
 */
static bool vector_disagrees(const struct check_input *in, const struct event *event)
{
    return has_any(ENTRY_WITH_ERROR_CODE, BIT64(event->vector & 31)) !=
               has_any(event->info, EVENT_ERROR_CODE) &&
           vector_decides(in, event);
}

static uint64_t error_code_delivered(const struct check_input *in, unsigned argument)
{
    struct event event;

    (void)argument;
    return injects(in, &event, EVENT_HARDWARE_EXCEPTION) &&
                   !has_any(event.info, EVENT_ERROR_CODE) && vector_disagrees(in, &event)
               ? EVENT_ERROR_CODE
               : 0;
}

static uint64_t error_code_vector(const struct check_input *in, unsigned argument)
{
    struct event event;

    (void)argument;
    return injects(in, &event, EVENT_HARDWARE_EXCEPTION) && has_any(event.info, EVENT_ERROR_CODE) &&
                   vector_disagrees(in, &event)
               ? EVENT_ERROR_CODE
               : 0;
}

/* Bits that only a hardware exception may have. */
static uint64_t bit_of_exception(const struct check_input *in, unsigned bit)
{
    struct event event;

    return read_event(in, &event) && event.type != EVENT_HARDWARE_EXCEPTION
               ? event.info & BIT64(bit)
               : 0;
}

static uint64_t error_code_real_mode(const struct check_input *in, unsigned argument)
{
    struct event event;

    (void)argument;
    return injects(in, &event, EVENT_HARDWARE_EXCEPTION) && has_any(event.info, EVENT_ERROR_CODE) &&
                   enters_real_mode(in)
               ? EVENT_ERROR_CODE
               : 0;
}

static uint64_t nested_exception(const struct check_input *in, unsigned argument)
{
    struct event event;

    (void)argument;
    return injects(in, &event, EVENT_HARDWARE_EXCEPTION) && has_any(event.info, EVENT_NESTED) &&
                   !check_offers(in, BASIC, BASIC_nested_exception)
               ? EVENT_NESTED
               : 0;
}

static uint64_t event_reserved(const struct check_input *in, unsigned argument)
{
    struct event event;

    (void)argument;
    return read_event(in, &event) ? event.info & EVENT_ENTRY_ZERO : 0;
}

static uint64_t error_code_value(const struct check_input *in, unsigned field)
{
    struct event event;

    return read_event(in, &event) && has_any(event.info, EVENT_ERROR_CODE)
               ? check_value(in, field) & MASK64(16, 48)
               : 0;
}

static bool has_instruction_length(const struct check_input *in, const struct event *event)
{
    return event->type == EVENT_SOFTWARE_INTERRUPT ||
           event->type == EVENT_PRIVILEGED_SOFTWARE_EXCEPTION ||
           event->type == EVENT_SOFTWARE_EXCEPTION || is_fred_call(in, event);
}

static bool instruction_length(const struct check_input *in, unsigned field)
{
    struct event event;
    uint64_t length;

    if (!read_event(in, &event) || !has_instruction_length(in, &event))
        return true;
    length = check_value(in, field);
    return length <= 15 &&
           (length || check_offers(in, MSR_IA32_VMX_MISC - VMX_MSR_FIRST, MISC_inject_ilen0_event));
}

/* --- SMM
 * ------------------------------------------------------------------------------------------- */

static uint64_t only_in_smm(const struct check_input *in, unsigned control)
{
    uint64_t set = check_control(in, WORD_ENTRY) & BIT64(control);

    return set && !CHECK_FACT(in, in_smm) ? set : 0;
}

/* Type and vector of the event that is injected. */
static void print_event(struct out *out, const struct check_input *in, unsigned argument)
{
    uint64_t info = check_value(in, VMCS_ENTRY_INTERRUPTION_INFO);

    (void)argument;
    out_printf(out, "type %u, vector %u", event_type(info), event_vector(info));
}

#define EXECUTION_ROW(id, rule, holds, argument, ...) \
    CHECK_ROW(CHECK_CONTROLS, "controls." id, SECTION_EXECUTION, rule, holds, argument, __VA_ARGS__)
#define EXECUTION_DETAIL(id, rule, holds, detail, ...)                                       \
    CHECK_ROW_DETAIL(CHECK_CONTROLS, "controls." id, SECTION_EXECUTION, rule, holds, detail, \
                     __VA_ARGS__)
#define EVENT_ROW(id, rule, holds, argument, ...)                                           \
    CHECK_ROW_DETAIL(CHECK_CONTROLS, "controls." id, SECTION_ENTRY, EVENT_TEXT rule, holds, \
                     print_event, argument, __VA_ARGS__)
#define ENTRY_ROW(id, rule, holds, argument, ...) \
    CHECK_ROW(CHECK_CONTROLS, "controls." id, SECTION_ENTRY, rule, holds, argument, __VA_ARGS__)
#define EVENT_TEXT "VM-entry interruption information"

static const struct check_row rows[] = {
    CHECK_MUST_WORDS(MUST_ROW)          /* reserved bits: 1 where they may not be 0, */
    CHECK_MAY_WORDS(MAY_ROW)            /* and the other way round */
    VMX_ENTRY_NEEDS(NEED_ROW)           /* one control that needs another, */
    VMX_ENTRY_EXCLUSIONS(EXCLUSION_ROW) /* or excludes it */
    CHECK_ADDRESSES(ADDRESS_ROWS)       /* alignment and width */
    CHECK_AREAS(AREA_ROWS)              /* and the last byte */

    EXECUTION_DETAIL("cr3_target_count",
                     "CR3-target count: must not exceed IA32_VMX_MISC bits 24:16", cr3_target_count,
                     print_cr3_target_limit, 0, VMCS_CR3_TARGET_COUNT),
    EXECUTION_ROW("tpr_threshold.reserved",
                  "'use TPR shadow' is 1 and 'virtual-interrupt delivery' is 0: bits 31:4 of the "
                  "TPR threshold must be 0",
                  tpr_threshold_reserved, 0, VMCS_TPR_THRESHOLD, VMCS_PROC_CONTROLS,
                  VMCS_SECONDARY_CONTROLS),
    EXECUTION_DETAIL("tpr_threshold.vtpr",
                     "'use TPR shadow' is 1, 'virtualize APIC accesses' and 'virtual-interrupt "
                     "delivery' are 0: bits 3:0 of the TPR threshold must not exceed bits 7:4 of "
                     "VTPR (byte 80H of the virtual-APIC page)",
                     tpr_threshold_below_vtpr, print_vtpr, 0, VMCS_TPR_THRESHOLD,
                     VMCS_VIRTUAL_APIC_ADDRESS),
    EXECUTION_ROW("posted_interrupt.vector",
                  "'process posted interrupts' is 1: bits 15:8 of the posted-interrupt "
                  "notification vector must be 0",
                  posted_vector, VMCS_POSTED_INTERRUPT_VECTOR, VMCS_POSTED_INTERRUPT_VECTOR),
    EXECUTION_DETAIL("pid_pointer_table.last_entry",
                     "last entry of the PID-pointer table (address + 8 * last index): " IN_WIDTH,
                     pid_pointer_last, print_last_pid_pointer, 0, VMCS_PID_POINTER_TABLE,
                     VMCS_LAST_PID_POINTER_INDEX),
    EXECUTION_ROW("vpid", "'enable VPID' is 1: the VPID must not be 0", vpid, 0, VMCS_VPID),
    EXECUTION_DETAIL(
        "eptp.memory_type",
        "EPT pointer: bits 2:0, the memory type, must be 0 (UC) or 6 (WB), and offered "
        "by IA32_VMX_EPT_VPID_CAP bit 8 or 14",
        eptp_type_offered, print_eptp_type, 0, VMCS_EPT_POINTER),
    EXECUTION_DETAIL("eptp.walk_length",
                     "EPT pointer: bits 5:3, the page-walk length minus 1, must be 3 or 4, and "
                     "offered by IA32_VMX_EPT_VPID_CAP bit 6 or 7",
                     eptp_walk_offered, print_eptp_walk, 0, VMCS_EPT_POINTER),
    EXECUTION_ROW("eptp.accessed_dirty",
                  "EPT pointer: bit 6, accessed and dirty flags, needs IA32_VMX_EPT_VPID_CAP "
                  "bit 21",
                  eptp_optional_bit, EPT_VPID_ad_bit, VMCS_EPT_POINTER),
    EXECUTION_ROW("eptp.shadow_stack",
                  "EPT pointer: bit 7, supervisor shadow-stack control, needs "
                  "IA32_VMX_EPT_VPID_CAP bit 23",
                  eptp_optional_bit, EPT_VPID_supervisor_shadow_stack, VMCS_EPT_POINTER),
    EXECUTION_ROW("eptp.reserved", "EPT pointer: bits 11:8 must be 0", eptp_reserved,
                  VMCS_EPT_POINTER, VMCS_EPT_POINTER),
    EXECUTION_DETAIL("eptp.width", "EPT pointer: " IN_WIDTH, eptp_width, check_detail_control_width,
                     VMCS_EPT_POINTER, VMCS_EPT_POINTER),
    EXECUTION_ROW("tsc_multiplier", "'use TSC scaling' is 1: the TSC multiplier must not be 0",
                  tsc_multiplier, 0, VMCS_TSC_MULTIPLIER),
    EXECUTION_ROW("load_rtit_ctl.tracing",
                  "IA32_RTIT_CTL.TraceEn is 1 at the VM entry: 'load IA32_RTIT_CTL' must be 0",
                  not_tracing, 0, VMCS_ENTRY_CONTROLS),
    EXECUTION_ROW("hlat_pointer.reserved",
                  "'enable HLAT' is 1: bits 2:0 and 11:5 of the HLAT pointer must be 0",
                  hlat_pointer, VMCS_HLAT_POINTER, VMCS_HLAT_POINTER),
    EXECUTION_DETAIL("hlat_pointer.width", "'enable HLAT' is 1: HLAT pointer: " IN_WIDTH,
                     hlat_pointer_width, check_detail_control_width, VMCS_HLAT_POINTER,
                     VMCS_HLAT_POINTER),
    EXECUTION_ROW("apic_timer_virtualization.vector",
                  "'APIC-timer virtualization' is 1: bits 15:8 of the virtual timer vector must "
                  "be 0",
                  timer_vector, VMCS_VIRTUAL_TIMER_VECTOR, VMCS_VIRTUAL_TIMER_VECTOR),
    EVENT_ROW("event.type",
              ": type (bits 10:8) 1 is reserved; so is 7 without 'monitor trap flag' and FRED",
              event_type_known, 0, VMCS_ENTRY_INTERRUPTION_INFO),
    EVENT_ROW("event.vector.nmi", ": an NMI (type 2) must have vector 2", nmi_vector, 0,
              VMCS_ENTRY_INTERRUPTION_INFO),
    EVENT_ROW("event.vector.exception",
              ": a hardware exception (type 3) must have a vector of at most 31", exception_vector,
              0, VMCS_ENTRY_INTERRUPTION_INFO),
    EVENT_ROW("event.vector.other",
              ": type 7 must have vector 0 (pending MTF VM exit; needs 'monitor trap flag'), "
              "or 1 or 2 where the guest's CR4.FRED is 1",
              other_vector, 0, VMCS_ENTRY_INTERRUPTION_INFO, VMCS_GUEST_CR4),
    EVENT_ROW("event.error_code.missing",
              ": bit 11, deliver error code, must be 1 for #DF, #TS, #NP, #SS, #GP, #PF and "
              "#AC (vectors 8, 10-14, 17) in protected mode",
              error_code_delivered, 0, VMCS_ENTRY_INTERRUPTION_INFO, VMCS_GUEST_CR0,
              VMCS_SECONDARY_CONTROLS),
    EVENT_ROW("event.error_code.vector",
              ": bit 11, deliver error code, must be 0 for exceptions other than vectors 8, "
              "10-14 and 17 (IA32_VMX_BASIC bit 56 is 0)",
              error_code_vector, 0, VMCS_ENTRY_INTERRUPTION_INFO),
    EVENT_ROW("event.error_code.type",
              ": bit 11, deliver error code, must be 0 unless the type is hardware "
              "exception (3)",
              bit_of_exception, 11, VMCS_ENTRY_INTERRUPTION_INFO),
    EVENT_ROW("event.error_code.real_mode",
              ": bit 11, deliver error code, must be 0 where 'unrestricted guest' is 1 and "
              "the guest's CR0.PE is 0",
              error_code_real_mode, 0, VMCS_ENTRY_INTERRUPTION_INFO, VMCS_GUEST_CR0),
    EVENT_ROW("event.nested_exception.type",
              ": bit 13, nested exception, must be 0 unless the type is hardware "
              "exception (3)",
              bit_of_exception, 13, VMCS_ENTRY_INTERRUPTION_INFO),
    EVENT_ROW("event.nested_exception.offered",
              ": bit 13, nested exception, needs IA32_VMX_BASIC bit 58", nested_exception, 0,
              VMCS_ENTRY_INTERRUPTION_INFO),
    EVENT_ROW("event.reserved", ": bits 30:14 and 12 must be 0", event_reserved, 0,
              VMCS_ENTRY_INTERRUPTION_INFO),
    ENTRY_ROW("event.error_code.value",
              "VM-entry exception error code: bits 31:16 must be 0 where bit 11 of the "
              "interruption information is 1",
              error_code_value, VMCS_ENTRY_EXCEPTION_ERROR_CODE, VMCS_ENTRY_EXCEPTION_ERROR_CODE,
              VMCS_ENTRY_INTERRUPTION_INFO),
    ENTRY_ROW("event.instruction_length",
              "VM-entry instruction length: must be 1 to 15 (0 to 15 with IA32_VMX_MISC bit 30) "
              "for software interrupts, software exceptions (types 4 to 6), SYSCALL and SYSENTER",
              instruction_length, VMCS_ENTRY_INSTRUCTION_LENGTH, VMCS_ENTRY_INSTRUCTION_LENGTH,
              VMCS_ENTRY_INTERRUPTION_INFO),
    ENTRY_ROW("smm.outside_smm", "'entry to SMM' must be 0 outside SMM", only_in_smm, ENTRY_smm,
              VMCS_ENTRY_CONTROLS),
    ENTRY_ROW("deact_dual_monitor.outside_smm",
              "'deactivate dual-monitor treatment' must be 0 outside SMM", only_in_smm,
              ENTRY_deact_dual_monitor, VMCS_ENTRY_CONTROLS),
};

const struct check_table check_controls = {rows, ARRAY_SIZE(rows)};
