/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - see check.h: the tables applied, their results printed, what they share. PURE. */
#include "check.h"

#include "controls.h"

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

bool check_entry(const struct check_input *in, struct check_result *result)
{
    *result = (struct check_result){.count = 0};
    for (unsigned i = 0; i < CHECK_TABLES; i++)
        apply(check_tables[i], in, result);
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
    out_printf(out, "VM entry refused (%s): \"%s\" ", outcomes[row->class], row->rule);
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
    for (unsigned i = 0; i < result->count && i < CHECK_BROKEN_MAX; i++)
        print_row(out, in, result->broken[i]);
    if (result->count > CHECK_BROKEN_MAX)
        out_printf(out, "VM entry refused: %u more rules broken\n",
                   result->count - CHECK_BROKEN_MAX);
}

/* The words that another control activates, and which one that is. */
uint64_t check_control(const struct check_input *in, enum vmx_word_id word)
{
    switch (word) {
    case WORD_PIN:
        return check_value(in, VMCS_PIN_CONTROLS);
    case WORD_PROC:
        return check_value(in, VMCS_PROC_CONTROLS);
    case WORD_EXIT:
        return check_value(in, VMCS_EXIT_CONTROLS);
    case WORD_ENTRY:
        return check_value(in, VMCS_ENTRY_CONTROLS);
    case WORD_PROC2:
        return check_is_set(in, WORD_PROC, PROC_activate_secondary_controls)
                   ? check_value(in, VMCS_SECONDARY_CONTROLS)
                   : 0;
    case WORD_PROC3:
        return check_is_set(in, WORD_PROC, PROC_activate_tertiary_controls)
                   ? check_value(in, VMCS_TERTIARY_CONTROLS)
                   : 0;
    case WORD_EXIT2:
        return check_is_set(in, WORD_EXIT, EXIT_activate_secondary_exit_controls)
                   ? check_value(in, VMCS_SECONDARY_EXIT_CONTROLS)
                   : 0;
    case WORD_VMFUNC:
        return check_is_set(in, WORD_PROC2, PROC2_enable_vm_functions)
                   ? check_value(in, VMCS_VM_FUNCTION_CONTROLS)
                   : 0;
    default:
        return 0;
    }
}

bool check_canonical(const struct check_input *in, uint64_t address)
{
    uint64_t upper =
        MASK64(in->machine->linear_address_bits - 1u, 65u - in->machine->linear_address_bits);

    return !has_any(address, upper) || has_all(address, upper);
}

bool check_physical(const struct check_input *in, uint64_t address, unsigned alignment_bits)
{
    unsigned width =
        in->policy->vmx.basic.addresses_32bit ? 32 : in->machine->physical_address_bits;

    return !has_any(address, BIT64(alignment_bits) - 1) &&
           !has_any(address, MASK64(width, 64 - width));
}
