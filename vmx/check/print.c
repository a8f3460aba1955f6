/* SPDX-License-Identifier: BSD-2-Clause */
/* print.c - what a verdict says to people: see check.h. PURE. */
#include "bits.h"
#include "check.h"

/* --- broken rows ------------------------------------------------------------------------------ */

static const char *const outcomes[CHECK_CLASSES] = {
    [CHECK_CONTROLS] = "error 7",
    [CHECK_HOST] = "error 8",
    [CHECK_GUEST] = "exit reason 33",
    [CHECK_MSR_LOAD] = "exit reason 34",
};

/* `0x480, 0x48b-0x48f`: the bits of `msrs` as addresses. */
static void print_msrs(struct out *out, uint32_t msrs)
{
    const char *separator = "";

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        unsigned first = index;

        if (!has_any(msrs, BIT64(index)))
            continue;
        while (has_any(msrs, BIT64(index + 1)))
            index++;
        out_printf(out, "%s0x%x", separator, VMX_MSR_FIRST + first);
        if (index != first)
            out_printf(out, "-0x%x", VMX_MSR_FIRST + index);
        separator = ", ";
    }
}

static void print_facts(struct out *out, uint32_t facts)
{
    const char *separator = "";

    for (unsigned fact = 0; fact < CHECK_FACTS; fact++)
        if (has_any(facts, BIT64(fact))) {
            out_printf(out, "%s%s", separator, check_fact_name((enum check_fact)fact));
            separator = ", ";
        }
}

/* Assumptions without which the row might hold. */
static void print_assumptions(struct out *out, const struct check_missing *missing,
                              const char **separator)
{
    if (!missing->msrs && !missing->facts)
        return;
    out_printf(out, "%sassumed: ", *separator);
    print_msrs(out, missing->msrs);
    out_printf(out, "%s", missing->msrs && missing->facts ? ", " : "");
    print_facts(out, missing->facts);
    *separator = "; ";
}

/* ` (bit 14 (SMXE); width 46; assumed: 0x489)`: each part where there is one. */
static void print_parts(struct out *out, const struct check_input *in, const struct check_row *row)
{
    struct check_missing missing = {.unknowns = 0};
    struct check_input noting = *in;
    const char *separator = " (";
    uint64_t wrong;

    noting.missing = &missing;
    wrong = check_wrong_bits(&noting, row);
    if (row->wrong && wrong) {
        out_printf(out, "%s", separator);
        check_print_field_bits(out, in->policy, (enum vmcs_field)row->fields[0], wrong);
        separator = "; ";
    }
    if (row->detail) {
        out_printf(out, "%s", separator);
        row->detail(out, in, row->argument);
        separator = "; ";
    }
    print_assumptions(out, &missing, &separator);
    if (separator[0] == ';')
        out_printf(out, ")");
}

static void print_row(struct out *out, const struct check_input *in, const struct check_row *row,
                      const char *verdict)
{
    out_printf(out, "VM entry %s (%s): \"", verdict, outcomes[row->class]);
    if (row->print_rule)
        row->print_rule(out, row->argument);
    else
        out_printf(out, "%s", row->rule);
    out_printf(out, "\"");
    print_parts(out, in, row);
    out_printf(out, " [");
    for (unsigned i = 0; i < row->field_count; i++)
        out_printf(out, "%s%s=0x%lx", i ? " " : "", vmcs_fields[row->fields[i]].name,
                   check_value(in, (enum vmcs_field)row->fields[i]));
    out_printf(out, "] %s, %sSDM \"%s\"\n", row->id,
               row->seen ? "seen on processors, and not in today's " : "", row->section);
}

void check_print(struct out *out, const struct check_input *in, const struct check_result *result)
{
    struct check_input prepared = *in;

    prepared.missing = NULL;
    check_prepare(&prepared);
    for (unsigned i = 0; i < result->count && i < CHECK_BROKEN_MAX; i++)
        print_row(out, &prepared, result->broken[i], "refused");
    if (result->count > CHECK_BROKEN_MAX)
        out_printf(out, "VM entry refused: %u more rules broken\n",
                   result->count - CHECK_BROKEN_MAX);
    for (unsigned i = 0; i < result->likely_count; i++)
        print_row(out, &prepared, result->likely[i], "may be refused on this processor");
}

/* --- what the verdict does not rest on knowledge for ------------------------------------------ */

#define IDS_MAX 6 /* shown in one line; the rest is a count */

/* Which rows lack something: `lacks` is called with what one row noted. */
struct lack {
    bool (*is_lacking)(const struct check_missing *missing, unsigned what);
    unsigned what;
};

static bool lacks_field(const struct check_missing *missing, unsigned field)
{
    return has_any(missing->fields[field / 64], BIT64(field % 64));
}

static bool lacks_msr(const struct check_missing *missing, unsigned index)
{
    return has_any(missing->unknown_msrs, BIT64(index));
}

static bool lacks_fact(const struct check_missing *missing, unsigned fact)
{
    return has_any(missing->unknown_facts, BIT64(fact));
}

static bool lacks_memory(const struct check_missing *missing, unsigned unused)
{
    (void)unused;
    return missing->any_memory;
}

/* The ids of all rows that lack it, after `cannot be judged: ... was not given: `. */
static void print_ids(struct out *out, const struct check_input *in, struct lack lack)
{
    unsigned count = 0;

    for (unsigned t = 0; t < CHECK_TABLES; t++)
        for (unsigned i = 0; i < check_tables[t]->count; i++) {
            struct check_missing missing = {.unknowns = 0};
            struct check_input noting = *in;

            noting.missing = &missing;
            (void)check_judge(&noting, &check_tables[t]->rows[i]);
            if (lack.is_lacking(&missing, lack.what) && count++ < IDS_MAX)
                out_printf(out, "%s%s", count > 1 ? ", " : "", check_tables[t]->rows[i].id);
        }
    if (count > IDS_MAX)
        out_printf(out, " and %u more", count - IDS_MAX);
    out_printf(out, "\n");
}

static void print_unknown(struct out *out, const struct check_input *in,
                          const struct check_missing *missing)
{
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        if (lacks_field(missing, field)) {
            out_printf(out, "cannot be judged: %s was not given: ", vmcs_fields[field].name);
            print_ids(out, in, (struct lack){lacks_field, field});
        }
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (lacks_msr(missing, index)) {
            out_printf(out, "cannot be judged: 0x%x (%s) was not given: ", VMX_MSR_FIRST + index,
                       vmx_msrs[index].name);
            print_ids(out, in, (struct lack){lacks_msr, index});
        }
    for (unsigned fact = 0; fact < CHECK_FACTS; fact++)
        if (lacks_fact(missing, fact)) {
            out_printf(out, "cannot be judged: M_%s was not given: ",
                       check_fact_name((enum check_fact)fact));
            print_ids(out, in, (struct lack){lacks_fact, fact});
        }
    if (missing->any_memory) {
        out_printf(out,
                   "cannot be judged: MEM_%lx was not given: ", (unsigned long)missing->memory);
        print_ids(out, in, (struct lack){lacks_memory, 0});
    }
}

/* `guest.cr4.must_be_0: bit 14 (SMXE) depends on 0x489 (IA32_VMX_CR4_FIXED1), not given` */
static void print_dependence(struct out *out, const struct check_input *in,
                             const struct check_row *row)
{
    struct check_missing missing = {.unknowns = 0};
    struct check_input noting = *in;

    noting.missing = &missing;
    if (check_judge(&noting, row) != CHECK_HOLDS)
        return;
    for (unsigned word = 0; word < WORD_COUNT; word++)
        if (missing.bits[word]) {
            unsigned index = word_msr(in->policy, (enum vmx_word_id)word);

            out_printf(out, "%s: ", row->id);
            check_print_bits(out, (enum vmcs_field)row->fields[0], missing.bits[word]);
            out_printf(out, " depend%s on 0x%x (%s), not given\n",
                       missing.bits[word] & (missing.bits[word] - 1) ? "" : "s",
                       VMX_MSR_FIRST + index, vmx_msrs[index].name);
        }
}

static void print_assumed(struct out *out, const struct check_input *in)
{
    if (in->msrs_assumed) {
        out_printf(out, "assumed, since not given: ");
        print_msrs(out, in->msrs_assumed);
        out_printf(out, ": the default1 bits of the controls, CR0.PE, NE and PG and CR4.VMXE must "
                        "be 1, and all else may be\n");
    }
    if (!check_is_given(in, FACT_physical_address_bits))
        out_printf(out, "assumed, since not given: MAXPHYADDR %u\n",
                   in->machine->physical_address_bits);
    if (!check_is_given(in, FACT_linear_address_bits))
        out_printf(out, "assumed, since not given: %u-bit linear addresses%s\n",
                   check_linear_bits(in), check_linear_bits(in) == 57 ? " (CR4.LA57 is 1)" : "");
}

void check_print_limits(struct out *out, const struct check_input *in,
                        const struct check_result *result)
{
    struct check_input prepared = *in;

    prepared.missing = NULL;
    check_prepare(&prepared);
    print_unknown(out, &prepared, &result->missing);
    print_assumed(out, &prepared);
    for (unsigned t = 0; t < CHECK_TABLES; t++)
        for (unsigned i = 0; i < check_tables[t]->count; i++)
            print_dependence(out, &prepared, &check_tables[t]->rows[i]);
}

/* --- details ---------------------------------------------------------------------------------- */

void check_detail_width(struct out *out, const struct check_input *in, unsigned argument)
{
    const struct check_machine *machine = in->machine;

    (void)argument;
    out_printf(out, "width %u", machine->physical_address_bits);
    if (machine->keyid_bits)
        out_printf(out, ", of which the highest %u are KeyIDs", machine->keyid_bits);
}

void check_detail_control_width(struct out *out, const struct check_input *in, unsigned argument)
{
    if (in->policy->vmx.basic.addresses_32bit)
        out_printf(out, "width 32: IA32_VMX_BASIC bit 48");
    else
        check_detail_width(out, in, argument);
}

void check_detail_linear(struct out *out, const struct check_input *in, unsigned argument)
{
    (void)argument;
    out_printf(out, "%u-bit linear addresses", check_linear_bits(in));
}
