/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.h - every check that the SDM lists for VM entry, applied to a VMCS image. PURE.
 * SDM: the chapter "VM Entries".
 *
 * A check is a row of a table: what must hold, where the SDM says so, what the processor does when
 * it doesn't, and the fields that it looks at, whose values the message shows.
 */
#ifndef LINTEL_VMX_CHECK_CHECK_H
#define LINTEL_VMX_CHECK_CHECK_H

#include "format.h"
#include "vmx/controls.h"

/* What the processor does when the check fails. SDM: "VM-Entry Failures During or After ...". */
enum check_class {
    CHECK_CONTROLS, /* VMfailValid, VM-instruction error 7 */
    CHECK_HOST,     /* VMfailValid, VM-instruction error 8 */
    CHECK_GUEST,    /* VM exit, basic reason 33: invalid guest state */
    CHECK_MSR_LOAD, /* VM exit, basic reason 34: MSR loading */
    CHECK_CLASSES
};

/* What of the processor the checks depend on, beyond the VMX capability MSRs. */
struct check_machine {
    uint8_t physical_address_bits;  /* MAXPHYADDR: 36 to 52 */
    uint8_t linear_address_bits;    /* 48, or 57 where CR4.LA57 may be 1 */
    uint64_t efer_supported;        /* IA32_EFER bits that WRMSR takes */
    uint64_t debugctl_supported;    /* IA32_DEBUGCTL bits that WRMSR takes */
    uint64_t perf_global_supported; /* IA32_PERF_GLOBAL_CTRL bits that WRMSR takes */
    uint64_t rtit_ctl_supported;    /* IA32_RTIT_CTL bits that WRMSR takes */
    uint64_t lbr_ctl_supported;     /* IA32_LBR_CTL bits that WRMSR takes */
    bool rtm;                       /* CPUID.7:EBX bit 11: DEBUGCTL.RTM and DR6.RTM exist */
    bool sgx;                       /* CPUID.7:EBX bit 2: enclave interruptibility exists */
    bool lam;                       /* CPUID.(7,1):EAX bit 26: CR3 may have bits 62:61 set */
    bool bus_lock_detect;           /* CPUID.7:ECX bit 24: DR6.BLD exists */
    bool nmi_blocked_by_sti;        /* injecting an NMI under blocking by STI is refused */
    bool in_smm;                    /* the entry is made in SMM */
    bool tracing;                   /* IA32_RTIT_CTL.TraceEn is 1 when the entry is made */
    bool outside_ia32e;             /* the entry is made with IA32_EFER.LMA = 0 */
};

/*
 * Copies `size` bytes of physical memory; false where it cannot. NULL in its place: checks that
 * look into memory (MSR areas, PDPTEs, the linked VMCS) are taken as passed.
 */
typedef bool check_reader(void *context, uint64_t physical, void *to, size_t size);

struct check_input {
    const struct vmcs_image *image;  /* fields that are not set count as 0 */
    const struct msr_policy *policy; /* the raw one to foretell the processor, host to be strict */
    const struct check_machine *machine;
    check_reader *read;
    void *context;
    uint64_t vmcs; /* the physical address of the VMCS that is entered; 0: not known */

    /* Filled in by check_prepare(): what nearly every check asks for, found once for an image. */
    uint64_t control[WORD_COUNT]; /* 0 where the control that activates a word is not set */
    struct word_limit limit[WORD_COUNT];
};

/* Every function below with an input does this by itself, on a copy of its own, but for rows. */
void check_prepare(struct check_input *in);

#define CHECK_FIELDS_MAX 4

struct check_row {
    const char *id;      /* "controls.ept_pointer.walk_length": unique, stable */
    const char *section; /* the SDM's section title */
    const char *rule;    /* what must hold, in one line; NULL: print_rule() says it */
    bool (*holds)(const struct check_input *in, unsigned argument);
    uint16_t argument; /* for rows that share a function: a segment, a bit, an MSR area */
    uint8_t class;     /* enum check_class */
    uint8_t field_count;
    uint16_t fields[CHECK_FIELDS_MAX]; /* enum vmcs_field: what the message shows */

    /* Prints the rule, for rows that are made from a list. */
    void (*print_rule)(struct out *out, unsigned argument);

    /* Prints what the values alone don't tell: which bits, which MSR. NULL: nothing to add. */
    void (*detail)(struct out *out, const struct check_input *in, unsigned argument);
};

struct check_table {
    const struct check_row *rows;
    unsigned count;
};

/* In the order in which the processor may look at them: controls, host, guest, MSR loading. */
extern const struct check_table check_controls, check_host, check_guest, check_guest_segments,
    check_guest_state, check_msr_load;

/* All of them, in that order. */
#define CHECK_TABLES 6
extern const struct check_table *const check_tables[CHECK_TABLES];

/* The rows that are broken, in the order of the tables; more than CHECK_BROKEN_MAX are counted. */
#define CHECK_BROKEN_MAX 32
struct check_result {
    unsigned count;
    const struct check_row *broken[CHECK_BROKEN_MAX];
    bool fails[CHECK_CLASSES];
};

/*
 * Applies every check. True when the entry should succeed. Classes are judged on their own: the
 * processor reports CHECK_CONTROLS and CHECK_HOST in either order, both before CHECK_GUEST, and
 * that before CHECK_MSR_LOAD.
 */
bool check_entry(const struct check_input *in, struct check_result *result);

/*
 * One line for each broken row:
 * `VM entry refused (error 7): "EPT pointer: bits 5:3 must ..." [EPT_POINTER=0x6] ID, SDM "..."`,
 * with the row's detail, if it has one, between the rule and the values.
 */
void check_print(struct out *out, const struct check_input *in, const struct check_result *result);

/* --- for the tables --------------------------------------------------------------------------- */

/* CONTROL(word, VMCS field): every control word. */
#define CHECK_CONTROL_WORDS(CONTROL) \
    CONTROL_WORDS(CONTROL)           \
    CONTROL(VMFUNC, VM_FUNCTION_CONTROLS)

static inline uint64_t check_value(const struct check_input *in, enum vmcs_field field)
{
    return vmcs_is_set(in->image, field) ? in->image->value[field] : 0;
}

/* The value of a control word: 0 where the control that activates the word is not set. */
static inline uint64_t check_control(const struct check_input *in, enum vmx_word_id word)
{
    return in->control[word];
}

/* True when bit `position` of a control word is set. */
static inline bool check_is_set(const struct check_input *in, enum vmx_word_id word,
                                unsigned position)
{
    return has_any(check_control(in, word), BIT64(position));
}

/* Canonical in this machine's linear-address width. SDM: "Canonical Addressing". */
bool check_canonical(const struct check_input *in, uint64_t address);

/* No bit at or above MAXPHYADDR (or 32, where IA32_VMX_BASIC bit 48 says so), and aligned. */
bool check_physical(const struct check_input *in, uint64_t address, unsigned alignment_bits);

/*
 * A row with up to four fields: CHECK_ROW(class, "id", "section", "rule", holds, argument,
 * FIELDS...); CHECK_ROW_DETAIL has the function that prints its detail after `holds`.
 */
#define CHECK_ROW(class_, id_, section_, rule_, holds_, argument_, ...) \
    CHECK_ROW_DETAIL(class_, id_, section_, rule_, holds_, NULL, argument_, __VA_ARGS__)
#define CHECK_ROW_DETAIL(class_, id_, section_, rule_, holds_, detail_, argument_, ...)        \
    {                                                                                          \
        .id = id_, .section = section_, .rule = rule_, .holds = holds_, .argument = argument_, \
        .class = class_, .field_count = sizeof((uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t),  \
        .fields = {__VA_ARGS__}, .detail = detail_                                             \
    }

#endif
