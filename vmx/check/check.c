/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - see check.h: the tables applied, their results printed, what they share. PURE. */
#include "check.h"

const struct check_table *const check_tables[CHECK_TABLES] = {
    &check_controls,       &check_host,        &check_guest,
    &check_guest_segments, &check_guest_state, &check_msr_load,
};

static void apply(const struct check_table *table, const struct check_input *in,
                  struct check_result *result)
{
    for (unsigned i = 0; i < table->count; i++) {
        const struct check_row *row = &table->rows[i];

        if (row->holds(in, row->argument))
            continue;
        if (result->count < CHECK_BROKEN_MAX)
            result->broken[result->count] = row;
        result->count++;
        result->fails[row->class] = true;
    }
}

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

void check_prepare(struct check_input *in)
{
    for (unsigned i = 0; i < ARRAY_SIZE(control_words); i++)
        in->control[control_words[i].word] = check_value(in, control_words[i].field);
    for (unsigned i = 0; i < ARRAY_SIZE(activations); i++)
        if (!has_any(in->control[activations[i].on_word], BIT64(activations[i].on_bit)))
            in->control[activations[i].word] = 0;
    word_limits(in->policy, in->limit);
}

bool check_entry(const struct check_input *in, struct check_result *result)
{
    struct check_input prepared = *in;

    check_prepare(&prepared);
    *result = (struct check_result){.count = 0};
    for (unsigned i = 0; i < CHECK_TABLES; i++)
        apply(check_tables[i], &prepared, result);
    return result->count == 0;
}

static const char *const outcomes[CHECK_CLASSES] = {
    [CHECK_CONTROLS] = "error 7",
    [CHECK_HOST] = "error 8",
    [CHECK_GUEST] = "exit reason 33",
    [CHECK_MSR_LOAD] = "exit reason 34",
};

static void print_row(struct out *out, const struct check_input *in, const struct check_row *row)
{
    out_printf(out, "VM entry refused (%s): \"", outcomes[row->class]);
    if (row->print_rule)
        row->print_rule(out, row->argument);
    else
        out_printf(out, "%s", row->rule);
    out_printf(out, "\" ");
    if (row->detail) {
        row->detail(out, in, row->argument);
        out_printf(out, " ");
    }
    out_printf(out, "[");
    for (unsigned i = 0; i < row->field_count; i++)
        out_printf(out, "%s%s=0x%lx", i ? " " : "", vmcs_fields[row->fields[i]].name,
                   check_value(in, row->fields[i]));
    out_printf(out, "] %s, SDM \"%s\"\n", row->id, row->section);
}

void check_print(struct out *out, const struct check_input *in, const struct check_result *result)
{
    struct check_input prepared = *in;

    check_prepare(&prepared);
    for (unsigned i = 0; i < result->count && i < CHECK_BROKEN_MAX; i++)
        print_row(out, &prepared, result->broken[i]);
    if (result->count > CHECK_BROKEN_MAX)
        out_printf(out, "VM entry refused: %u more rules broken\n",
                   result->count - CHECK_BROKEN_MAX);
}

bool check_canonical(const struct check_input *in, uint64_t address)
{
    return is_canonical(address, in->machine->linear_address_bits);
}

bool check_physical(const struct check_input *in, uint64_t address, unsigned alignment_bits)
{
    unsigned width =
        in->policy->vmx.basic.addresses_32bit ? 32 : in->machine->physical_address_bits;

    return !has_any(address, BIT64(alignment_bits) - 1) &&
           !has_any(address, MASK64(width, 64 - width));
}
