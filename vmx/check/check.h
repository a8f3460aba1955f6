/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.h - every check that the SDM lists for VM entry, applied to a VMCS image. PURE.
 * SDM: the chapter "VM Entries".
 *
 * A check is a row of a table: what must hold, where the SDM says so, what the processor does when
 * it doesn't, and the fields that it looks at, whose values the message shows.
 *
 * What was not given is not 0: a check that asks for it cannot be judged. Who gave all, as the
 * kernel does, says so, and what is not there then is 0.
 */
#ifndef LINTEL_VMX_CHECK_CHECK_H
#define LINTEL_VMX_CHECK_CHECK_H

#include "format.h"
#include "machine.def"
#include "vmx/controls.h"

/* What the processor does when the check fails. SDM: "VM-Entry Failures During or After ...". */
enum check_class {
    CHECK_CONTROLS, /* VMfailValid, VM-instruction error 7 */
    CHECK_HOST,     /* VMfailValid, VM-instruction error 8 */
    CHECK_GUEST,    /* VM exit, basic reason 33: invalid guest state */
    CHECK_MSR_LOAD, /* VM exit, basic reason 34: MSR loading */
    CHECK_CLASSES
};

/* What of the processor the checks depend on, beyond the VMX capability MSRs: machine.def. */
struct check_machine {
#define CHECK_FACT_MEMBER(type, name, assumed) type name;
    CHECK_MACHINE(CHECK_FACT_MEMBER)
#undef CHECK_FACT_MEMBER
};

enum check_fact {
#define CHECK_FACT_ID(type, name, assumed) FACT_##name,
    CHECK_MACHINE(CHECK_FACT_ID)
#undef CHECK_FACT_ID
        CHECK_FACTS
};

/*
 * Copies `size` bytes of physical memory; false where it cannot. NULL in its place: it never can.
 * Checks that look into memory (MSR areas, PDPTEs, the linked VMCS) cannot be judged then.
 */
typedef bool check_reader(void *context, uint64_t physical, void *to, size_t size);

/* What checks asked for and nobody gave. */
struct check_missing {
    unsigned unknowns; /* how often something was asked for without which nothing can be said */
    uint64_t fields[(VMCS_FIELD_COUNT + 63) / 64]; /* those: fields, */
    uint32_t unknown_facts;                        /* facts (bit: enum check_fact), */
    uint32_t unknown_msrs;                         /* capability MSRs (bit N: 0x480 + N) */
    uint64_t memory;                               /* and the first of memory */
    bool any_memory;

    unsigned assumptions; /* how often something decided that is only assumed */
    uint32_t msrs;        /* those: capability MSRs */
    uint32_t facts;
    uint64_t bits[WORD_COUNT]; /* and which bits of a word are only assumed to be offered */
};

struct check_input {
    const struct vmcs_image *image;
    const struct msr_policy *policy; /* the raw one to foretell the processor, host to be strict */
    const struct check_machine *machine;
    check_reader *read;
    void *context;
    uint64_t vmcs; /* the physical address of the VMCS that is entered; 0: not known */

    bool sparse;                   /* fields that are not set were not given; else they are 0 */
    uint32_t not_given;            /* bit of enum check_fact: what the machine says is assumed */
    uint32_t msrs_assumed;         /* bit N: what the policy says of 0x480 + N is assumed */
    struct check_missing *missing; /* where checks note what they lack; NULL: not wanted */

    /* Filled in by check_prepare(): what nearly every check asks for, found once for an image. */
    uint64_t control[WORD_COUNT]; /* 0 where the control that activates a word is not set */
    uint8_t lacking[WORD_COUNT];  /* the field for want of which a word is not known; else 0 */
    struct word_limit limit[WORD_COUNT];
    bool has_la57; /* CR4.LA57 is 1 in the image, and may be: addresses have 57 bits */
};

const char *check_fact_name(enum check_fact fact);

/* Every function below with an input does this by itself, on a copy of its own, but for rows. */
void check_prepare(struct check_input *in);

/*
 * What the processor answered, where the image has it: EXIT_REASON of a failed entry, or else
 * VM_INSTRUCTION_ERROR. CHECK_CLASSES: not known.
 */
enum check_class check_outcome(const struct check_input *in);

/* The same with the exit qualification `qualification`. */
bool check_qualified(const struct check_input *in, enum check_class class, uint64_t qualification);

#define CHECK_FIELDS_MAX 4

/* True when the check passes. */
typedef bool check_holds(const struct check_input *in, unsigned argument);

/* The bits of the row's first field that break the rule; 0: the check passes. */
typedef uint64_t check_wrong(const struct check_input *in, unsigned argument);

struct check_row {
    const char *id;      /* "controls.ept_pointer.walk_length": unique, stable */
    const char *section; /* the SDM's section title */
    const char *rule;    /* what must hold, in one line; NULL: print_rule() says it */
    check_holds *holds;  /* one of the two */
    check_wrong *wrong;
    uint16_t argument; /* for rows that share a function: a segment, a bit, an MSR area */
    uint8_t class;     /* enum check_class */
    uint8_t field_count;
    uint16_t fields[CHECK_FIELDS_MAX]; /* enum vmcs_field: what the message shows */
    bool seen; /* processors do so, though the SDM's text does not say it, or no longer */

    /* Where false, some processors refuse and others don't. NULL: all refuse. */
    check_holds *certain;

    /* Prints the rule, for rows that are made from a list. */
    void (*print_rule)(struct out *out, unsigned argument);

    /* Prints what the values don't tell: a limit, a width, which MSR. NULL: nothing to add. */
    void (*detail)(struct out *out, const struct check_input *in, unsigned argument);
};

/* The bits that break the row's rule, or all of them where the row does not say which; 0: none. */
uint64_t check_wrong_bits(const struct check_input *in, const struct check_row *row);

enum check_verdict {
    CHECK_HOLDS,
    CHECK_BROKEN,
    CHECK_LIKELY,  /* some processors refuse this */
    CHECK_UNKNOWN, /* something was not given without which nothing can be said */
};

/* Applies one row to a prepared input; `in->missing` says what was lacking. */
enum check_verdict check_judge(const struct check_input *in, const struct check_row *row);

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

/* The rows of a verdict, in the order of the tables; more than CHECK_BROKEN_MAX are counted. */
#define CHECK_BROKEN_MAX 32
#define CHECK_LIKELY_MAX 8
struct check_result {
    unsigned count; /* of broken rows */
    const struct check_row *broken[CHECK_BROKEN_MAX];
    unsigned likely_count; /* of rows that some processors would refuse */
    const struct check_row *likely[CHECK_LIKELY_MAX];
    unsigned unknown_count;       /* of rows that could not be judged */
    bool fails[CHECK_CLASSES];    /* by broken rows */
    struct check_missing missing; /* what all rows together lacked */
};

/*
 * Applies every check. True when no row is broken: the entry should succeed, as far as it could be
 * judged. Classes are judged on their own: the processor reports CHECK_CONTROLS and CHECK_HOST in
 * either order, both before CHECK_GUEST, and that before CHECK_MSR_LOAD.
 */
bool check_entry(const struct check_input *in, struct check_result *result);

/*
 * One line for each broken row, and for each likely one:
 * `VM entry refused (error 7): "EPT pointer: bits 5:3 must ..." [EPT_POINTER=0x6] ID, SDM "..."`,
 * with the bits and the row's detail, if it has them, between the rule and the values.
 */
void check_print(struct out *out, const struct check_input *in, const struct check_result *result);

/*
 * What the verdict does not rest on knowledge for: a line `cannot be judged: FIELD was not given:
 * IDS` for each thing that was lacking, one for what was assumed, and one for each row that holds
 * by an assumption only. Nothing where all was given.
 */
void check_print_limits(struct out *out, const struct check_input *in,
                        const struct check_result *result);

/* --- for the tables --------------------------------------------------------------------------- */

/* CONTROL(word, VMCS field): every control word. */
#define CHECK_CONTROL_WORDS(CONTROL) \
    CONTROL_WORDS(CONTROL)           \
    CONTROL(VMFUNC, VM_FUNCTION_CONTROLS)

/* Note what is lacking, where that is wanted. */
void check_note_field(const struct check_input *in, enum vmcs_field field);
void check_note_msr(const struct check_input *in, unsigned index, bool unknown);
void check_note_fact(const struct check_input *in, enum check_fact fact, bool unknown);

static inline uint64_t check_value(const struct check_input *in, enum vmcs_field field)
{
    if (vmcs_is_set(in->image, field))
        return in->image->value[field];
    if (in->sparse && in->missing)
        check_note_field(in, field);
    return 0;
}

/* The value of a control word: 0 where the control that activates the word is not set. */
static inline uint64_t check_control(const struct check_input *in, enum vmx_word_id word)
{
    if (in->lacking[word] && in->missing)
        check_note_field(in, (enum vmcs_field)in->lacking[word]);
    return in->control[word];
}

/* True when bit `position` of a control word is set. */
static inline bool check_is_set(const struct check_input *in, enum vmx_word_id word,
                                unsigned position)
{
    return has_any(check_control(in, word), BIT64(position));
}

/* False where the fact was not given: what the machine says then is an assumption, or nothing. */
static inline bool check_is_given(const struct check_input *in, enum check_fact fact)
{
    return !has_any(in->not_given, BIT64(fact));
}

/* A member of the machine; that it was only assumed is noted. */
#define CHECK_FACT(in, name)                                                              \
    (check_is_given(in, FACT_##name) ? (void)0 : check_note_fact(in, FACT_##name, false), \
     (in)->machine->name)

/* Bit `position` of capability MSR 0x480 + `index`; that it was only assumed is noted. */
bool check_offers(const struct check_input *in, unsigned index, unsigned position);

/* The bits of `value` that `word` may not have, and those it must have and lacks. */
uint64_t check_beyond(const struct check_input *in, enum vmx_word_id word, uint64_t value);
uint64_t check_short_of(const struct check_input *in, enum vmx_word_id word, uint64_t value);

/* Copies physical memory; false, and noted, where it cannot be read. */
bool check_read_memory(const struct check_input *in, uint64_t physical, void *to, size_t size);

/* The width of linear addresses. */
static inline unsigned check_linear_bits(const struct check_input *in)
{
    return in->has_la57 ? 57 : in->machine->linear_address_bits;
}

/* Canonical in this machine's linear-address width. SDM: "Canonical Addressing". */
bool check_canonical(const struct check_input *in, uint64_t address);

/*
 * The bits of a physical address that may not be set: at or above MAXPHYADDR, and KeyIDs just
 * below. Of an address in a control field: at or above 32, where IA32_VMX_BASIC bit 48 says so.
 */
uint64_t check_beyond_width(const struct check_input *in, uint64_t address);
uint64_t check_beyond_control_width(const struct check_input *in, uint64_t address);

/* The same of a control field: no such bit, and aligned. */
bool check_physical(const struct check_input *in, uint64_t address, unsigned alignment_bits);

/* `bits 63:46, 3`: bits that have no names. */
void check_print_mask(struct out *out, uint64_t bits);

/* Details that several tables need: the two widths, `48-bit linear addresses`. */
void check_detail_width(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_control_width(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_linear(struct out *out, const struct check_input *in, unsigned argument);

/*
 * A row with up to four fields: CHECK_ROW(class, "id", "section", "rule", function, argument,
 * FIELDS...); CHECK_ROW_DETAIL has the function that prints its detail after the first. Its
 * type decides what that first function is: a check_holds or a check_wrong.
 */
#define CHECK_IF_HOLDS(function) _Generic((function), check_wrong * : NULL, default : (function))
#define CHECK_IF_WRONG(function) _Generic((function), check_wrong * : (function), default : NULL)
#define CHECK_ROW(class_, id_, section_, rule_, function_, argument_, ...) \
    CHECK_ROW_DETAIL(class_, id_, section_, rule_, function_, NULL, argument_, __VA_ARGS__)
#define CHECK_ROW_DETAIL(class_, id_, section_, rule_, function_, detail_, argument_, ...) \
    {                                                                                      \
        .id = id_, .section = section_, .rule = rule_, .holds = CHECK_IF_HOLDS(function_), \
        .wrong = CHECK_IF_WRONG(function_), .argument = argument_, .class = class_,        \
        .field_count = sizeof((uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t),               \
        .fields = {__VA_ARGS__}, .detail = detail_                                         \
    }

#endif
