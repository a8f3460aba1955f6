/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - see check.h: the tables applied, and what they share. PURE. */
#include "check.h"

#include "vmx/exit.h"

const struct check_table *const check_tables[CHECK_TABLES] = {
    &check_controls,       &check_host,        &check_guest,
    &check_guest_segments, &check_guest_state, &check_msr_load,
};

const char *check_fact_name(enum check_fact fact)
{
    static const char *const names[CHECK_FACTS] = {
#define FACT_NAME(type, name, assumed) #name,
        CHECK_MACHINE(FACT_NAME)
#undef FACT_NAME
    };

    return names[fact];
}

/* --- verdicts --------------------------------------------------------------------------------- */

uint64_t check_wrong_bits(const struct check_input *in, const struct check_row *row)
{
    if (row->wrong)
        return row->wrong(in, row->argument);
    return row->holds(in, row->argument) ? 0 : ~UINT64_C(0);
}

enum check_verdict check_judge(const struct check_input *in, const struct check_row *row)
{
    unsigned before = in->missing ? in->missing->unknowns : 0;
    bool holds = check_wrong_bits(in, row) == 0;

    if (in->missing && in->missing->unknowns != before)
        return CHECK_UNKNOWN;
    if (holds)
        return CHECK_HOLDS;
    return !row->certain || row->certain(in, row->argument) ? CHECK_BROKEN : CHECK_LIKELY;
}

static void take_verdict(struct check_result *result, const struct check_row *row,
                         enum check_verdict verdict)
{
    switch (verdict) {
    case CHECK_BROKEN:
        if (result->count < CHECK_BROKEN_MAX)
            result->broken[result->count] = row;
        result->count++;
        result->fails[row->class] = true;
        break;
    case CHECK_LIKELY:
        if (result->likely_count < CHECK_LIKELY_MAX)
            result->likely[result->likely_count++] = row;
        break;
    case CHECK_UNKNOWN:
        result->unknown_count++;
        break;
    default:
        break;
    }
}

bool check_entry(const struct check_input *in, struct check_result *result)
{
    struct check_input prepared = *in;

    *result = (struct check_result){.count = 0};
    prepared.missing = &result->missing;
    check_prepare(&prepared);
    for (unsigned t = 0; t < CHECK_TABLES; t++)
        for (unsigned i = 0; i < check_tables[t]->count; i++) {
            const struct check_row *row = &check_tables[t]->rows[i];

            take_verdict(result, row, check_judge(&prepared, row));
        }
    return result->count == 0;
}

/* --- what the processor answered -------------------------------------------------------------- */

enum check_class check_outcome(const struct check_input *in)
{
    const struct vmcs_image *image = in->image;
    uint64_t reason = image->value[VMCS_EXIT_REASON];
    uint64_t error = image->value[VMCS_VM_INSTRUCTION_ERROR];

    if (vmcs_is_set(image, VMCS_EXIT_REASON) && has_any(reason, EXIT_REASON_ENTRY_FAILURE)) {
        if (field_of(reason, 0, 16) == EXIT_ENTRY_GUEST_STATE)
            return CHECK_GUEST;
        if (field_of(reason, 0, 16) == EXIT_ENTRY_MSR_LOADING)
            return CHECK_MSR_LOAD;
    }
    if (vmcs_is_set(image, VMCS_VM_INSTRUCTION_ERROR) && error == 7)
        return CHECK_CONTROLS;
    if (vmcs_is_set(image, VMCS_VM_INSTRUCTION_ERROR) && error == 8)
        return CHECK_HOST;
    return CHECK_CLASSES;
}

bool check_qualified(const struct check_input *in, enum check_class class, uint64_t qualification)
{
    return check_outcome(in) == class && vmcs_is_set(in->image, VMCS_EXIT_QUALIFICATION) &&
           in->image->value[VMCS_EXIT_QUALIFICATION] == qualification;
}

/* --- what is lacking -------------------------------------------------------------------------- */

void check_note_field(const struct check_input *in, enum vmcs_field field)
{
    in->missing->unknowns++;
    in->missing->fields[field / 64] |= BIT64(field % 64);
}

void check_note_msr(const struct check_input *in, unsigned index, bool unknown)
{
    if (!in->missing)
        return;
    *(unknown ? &in->missing->unknowns : &in->missing->assumptions) += 1;
    *(unknown ? &in->missing->unknown_msrs : &in->missing->msrs) |= UINT32_C(1) << index;
}

void check_note_fact(const struct check_input *in, enum check_fact fact, bool unknown)
{
    if (!in->missing)
        return;
    *(unknown ? &in->missing->unknowns : &in->missing->assumptions) += 1;
    *(unknown ? &in->missing->unknown_facts : &in->missing->facts) |= UINT32_C(1) << fact;
}

bool check_read_memory(const struct check_input *in, uint64_t physical, void *to, size_t size)
{
    if (in->read && in->read(in->context, physical, to, size))
        return true;
    if (in->missing) {
        in->missing->unknowns++;
        if (!in->missing->any_memory)
            in->missing->memory = physical;
        in->missing->any_memory = true;
    }
    return false;
}

/* --- capabilities ----------------------------------------------------------------------------- */

static bool is_assumed(const struct check_input *in, unsigned index)
{
    return has_any(in->msrs_assumed, BIT64(index));
}

bool check_offers(const struct check_input *in, unsigned index, unsigned position)
{
    if (is_assumed(in, index))
        check_note_msr(in, index, false);
    return has_any(in->policy->raw[index], BIT64(position));
}

/* What of each word every processor with 64-bit VMX offers, from Conroe on. */
static uint64_t always_offered(enum vmx_word_id word)
{
    switch (word) {
    case WORD_PIN:
        return 0x1f;
    case WORD_PROC:
        return 0x77b9fffe;
    case WORD_EXIT:
        return 0x3efff;
    case WORD_ENTRY:
        return 0x1fff;
    case WORD_CR0:
        return 0xffffffff;
    case WORD_CR4:
        return 0x27ff;
    default:
        return 0;
    }
}

uint64_t check_beyond(const struct check_input *in, enum vmx_word_id word, uint64_t value)
{
    uint64_t doubtful = value & in->limit[word].may & ~always_offered(word);
    unsigned index = word_msr(in->policy, word);

    if (in->missing && is_assumed(in, index) && doubtful) {
        check_note_msr(in, index, false);
        in->missing->bits[word] |= doubtful;
    }
    return value & ~in->limit[word].may;
}

uint64_t check_short_of(const struct check_input *in, enum vmx_word_id word, uint64_t value)
{
    unsigned index = word_msr(in->policy, word);
    uint64_t lacking = in->limit[word].must & ~value;

    if (word == WORD_CR0 || word == WORD_CR4)
        index--; /* what must be 1 of these stands in an MSR of its own, just below */
    if (lacking && is_assumed(in, index))
        check_note_msr(in, index, false);
    return lacking;
}

/* --- prepared once ---------------------------------------------------------------------------- */

static const struct {
    uint8_t word;
    uint8_t field;
} control_words[] = {
#define CONTROL_ROW(word, field) {WORD_##word, VMCS_##field},
    CHECK_CONTROL_WORDS(CONTROL_ROW)
#undef CONTROL_ROW
};
_Static_assert(VMCS_FIELD_COUNT <= UINT8_MAX, "a field's number");

/* The controls that activate a word, the ones that activate another activating word first. */
static const struct {
    uint8_t word;
    uint8_t on_word;
    uint8_t on_bit;
} activations[] = {
#define ACTIVATION_ROW(word, on_word, on_bit) {WORD_##word, WORD_##on_word, on_word##_##on_bit},
    VMX_WORD_NEEDS(ACTIVATION_ROW)
#undef ACTIVATION_ROW
};

static void prepare_controls(struct check_input *in)
{
    for (unsigned word = 0; word < WORD_COUNT; word++)
        in->lacking[word] = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(control_words); i++) {
        enum vmcs_field field = (enum vmcs_field)control_words[i].field;
        bool is_set = vmcs_is_set(in->image, field);

        in->control[control_words[i].word] = is_set ? in->image->value[field] : 0;
        if (in->sparse && !is_set)
            in->lacking[control_words[i].word] = control_words[i].field;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(activations); i++) {
        if (has_any(in->control[activations[i].on_word], BIT64(activations[i].on_bit)))
            continue;
        in->control[activations[i].word] = 0;
        in->lacking[activations[i].word] = in->lacking[activations[i].on_word];
    }
}

static bool has_la57(const struct check_input *in)
{
    uint64_t cr4 = in->image->value[VMCS_HOST_CR4] * vmcs_is_set(in->image, VMCS_HOST_CR4) |
                   in->image->value[VMCS_GUEST_CR4] * vmcs_is_set(in->image, VMCS_GUEST_CR4);

    return has_any(cr4 & in->limit[WORD_CR4].may, BIT64(CR4_la57));
}

void check_prepare(struct check_input *in)
{
    prepare_controls(in);
    word_limits(in->policy, in->limit);
    in->has_la57 = has_la57(in);
}

/* --- addresses -------------------------------------------------------------------------------- */

bool check_canonical(const struct check_input *in, uint64_t address)
{
    bool canonical = is_canonical(address, check_linear_bits(in));

    if (!check_is_given(in, FACT_linear_address_bits) && check_linear_bits(in) == 48 &&
        canonical != is_canonical(address, 57))
        check_note_fact(in, FACT_linear_address_bits, false);
    return canonical;
}

#define NARROWEST 36 /* no processor has fewer physical-address bits, */
#define WIDEST    52 /* or more */

uint64_t check_beyond_width(const struct check_input *in, uint64_t address)
{
    unsigned width = in->machine->physical_address_bits - in->machine->keyid_bits;

    if (!check_is_given(in, FACT_physical_address_bits) && !has_any(address, MASK64(WIDEST, 12)) &&
        has_any(address, MASK64(NARROWEST, WIDEST - NARROWEST)))
        check_note_fact(in, FACT_physical_address_bits, false);
    return address & MASK64(width, 64 - width);
}

uint64_t check_beyond_control_width(const struct check_input *in, uint64_t address)
{
    if (in->policy->vmx.basic.addresses_32bit)
        return address & MASK64(32, 32);
    return check_beyond_width(in, address);
}

bool check_physical(const struct check_input *in, uint64_t address, unsigned alignment_bits)
{
    return !has_any(address, BIT64(alignment_bits) - 1) && !check_beyond_control_width(in, address);
}
