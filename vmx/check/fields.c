/* SPDX-License-Identifier: BSD-2-Clause */
/* fields.c - see fields.h. PURE. */
#include "fields.h"

#include "vmcs_layouts.h"
#include "x86.h"

const char *fields_status_text(enum fields_status status)
{
    static const char *const texts[] = {
#define FIELDS_STATUS_TEXT(name, text) [FIELDS_##name] = (text),
        FIELDS_STATUSES(FIELDS_STATUS_TEXT)
#undef FIELDS_STATUS_TEXT
    };

    return texts[status];
}

void fields_init(struct fields *fields)
{
    fields->image = (struct vmcs_image){.set = {0}};
    fields->policy = (struct msr_policy){.present = 0};
    fields->machine = (struct check_machine){.rtm = false};
    fields->msrs_given = fields->facts_given = 0;
    fields->vmcs = 0;
    fields->memory_count = 0;
}

/* --- pieces of text --------------------------------------------------------------------------- */

struct text {
    const char *at;
    size_t length;
};

static bool is_same(struct text text, const char *other)
{
    size_t i = 0;

    while (i < text.length && other[i] && text.at[i] == other[i])
        i++;
    return i == text.length && !other[i];
}

/* Takes `prefix` off; false where the text does not begin with it. */
static bool take_prefix(struct text *text, const char *prefix)
{
    size_t i = 0;

    while (prefix[i])
        if (i == text->length || text->at[i] != prefix[i])
            return false;
        else
            i++;
    text->at += i;
    text->length -= i;
    return true;
}

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return ~0u;
}

/* A number of 64 bits, and nothing behind it. 0x before it makes it hexadecimal. */
static bool take_number(struct text text, unsigned base, uint64_t *number)
{
    if (take_prefix(&text, "0x") || take_prefix(&text, "0X"))
        base = 16;
    *number = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = digit_of(text.at[i]);

        if (digit >= base || *number > (~UINT64_C(0) - digit) / base)
            return false;
        *number = *number * base + digit;
    }
    return text.length != 0;
}

/* --- one NAME=VALUE --------------------------------------------------------------------------- */

#define IA32 "IA32_"

/* The same name, or the same but for IA32_ somewhere in the text. */
static bool is_field(struct text name, const char *field)
{
    if (is_same(name, field))
        return true;
    for (size_t i = 0; i + sizeof(IA32) - 1 <= name.length; i++) {
        struct text rest = {name.at + i, name.length - i};
        size_t k = 0;

        if (!take_prefix(&rest, IA32))
            continue;
        while (k < i && field[k] && name.at[k] == field[k])
            k++;
        if (k == i && is_same(rest, field + i))
            return true;
    }
    return false;
}

static enum fields_status take_field(struct fields *fields, unsigned field, struct text value)
{
    uint64_t number, old = fields->image.value[field];

    if (!take_number(value, 16, &number))
        return FIELDS_NUMBER;
    if (number & ~MASK64(0, vmcs_field_width((enum vmcs_field)field)))
        return FIELDS_WIDE;
    if (vmcs_is_set(&fields->image, (enum vmcs_field)field) && old != number)
        return FIELDS_TWICE;
    vmcs_set(&fields->image, (enum vmcs_field)field, number);
    return FIELDS_OK;
}

static enum fields_status take_msr(struct fields *fields, struct text address, struct text value)
{
    uint64_t msr, number = 0;
    bool absent = is_same(value, "absent");
    uint32_t bit;

    if (!take_number(address, 16, &msr) || msr < VMX_MSR_FIRST || msr > VMX_MSR_LAST)
        return FIELDS_UNKNOWN;
    if (!absent && !take_number(value, 16, &number))
        return FIELDS_NUMBER;
    bit = UINT32_C(1) << (msr - VMX_MSR_FIRST);
    if (has_any(fields->msrs_given, bit) && (fields->policy.raw[msr - VMX_MSR_FIRST] != number ||
                                             has_any(fields->policy.present, bit) == absent))
        return FIELDS_TWICE;
    fields->msrs_given |= bit;
    fields->policy.present |= absent ? 0 : bit;
    fields->policy.raw[msr - VMX_MSR_FIRST] = number;
    return FIELDS_OK;
}

static enum fields_status take_memory(struct fields *fields, struct text address, struct text value)
{
    uint64_t at, number;

    if (!take_number(address, 16, &at))
        return FIELDS_UNKNOWN;
    if (!take_number(value, 16, &number))
        return FIELDS_NUMBER;
    for (unsigned i = 0; i < fields->memory_count; i++)
        if (fields->memory[i].address == at)
            return fields->memory[i].value == number ? FIELDS_OK : FIELDS_TWICE;
    if (fields->memory_count == FIELDS_MEMORY_MAX)
        return FIELDS_FULL;
    fields->memory[fields->memory_count].address = at;
    fields->memory[fields->memory_count++].value = number;
    return FIELDS_OK;
}

/* The member of a machine, as a number, and back. */
static uint64_t fact_value(const struct check_machine *machine, unsigned fact)
{
    switch (fact) {
#define FACT_VALUE(type, name, assumed) \
    case FACT_##name:                   \
        return machine->name;
        CHECK_MACHINE(FACT_VALUE)
#undef FACT_VALUE
    default:
        return 0;
    }
}

static bool set_fact(struct check_machine *machine, unsigned fact, uint64_t value)
{
    switch (fact) {
#define SET_FACT(type, name, assumed)  \
    case FACT_##name:                  \
        machine->name = (type)(value); \
        break;
        CHECK_MACHINE(SET_FACT)
#undef SET_FACT
    default:
        return false;
    }
    return fact_value(machine, fact) == value;
}

/* What no machine has, and nobody should count with. */
static bool is_possible(unsigned fact, uint64_t value)
{
    switch (fact) {
    case FACT_physical_address_bits:
        return value >= 32 && value <= 52;
    case FACT_linear_address_bits:
        return value == 48 || value == 57;
    case FACT_keyid_bits:
        return value <= 15;
    default:
        return true;
    }
}

static enum fields_status take_fact(struct fields *fields, unsigned fact, struct text value)
{
    uint32_t bit = UINT32_C(1) << fact;
    uint64_t number, old = fact_value(&fields->machine, fact);

    if (!take_number(value, 10, &number))
        return FIELDS_NUMBER;
    if (has_any(fields->facts_given, bit) && old != number)
        return FIELDS_TWICE;
    if (!is_possible(fact, number) || !set_fact(&fields->machine, fact, number))
        return FIELDS_WIDE;
    fields->facts_given |= bit;
    return FIELDS_OK;
}

#define CURRENT "CURRENT_VMCS"

static enum fields_status take_current(struct fields *fields, struct text value)
{
    uint64_t number;

    if (!take_number(value, 16, &number))
        return FIELDS_NUMBER;
    if (fields->vmcs && fields->vmcs != number)
        return FIELDS_TWICE;
    fields->vmcs = number;
    return FIELDS_OK;
}

static enum fields_status take_named(struct fields *fields, struct text name, struct text value)
{
    if (is_same(name, CURRENT))
        return take_current(fields, value);
    if (is_same(name, "MAXPHYADDR"))
        return take_fact(fields, FACT_physical_address_bits, value);
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        if (is_field(name, vmcs_fields[field].name))
            return take_field(fields, field, value);
    if (take_prefix(&name, "MSR_"))
        return take_msr(fields, name, value);
    if (take_prefix(&name, "MEM_"))
        return take_memory(fields, name, value);
    if (take_prefix(&name, "M_"))
        for (unsigned fact = 0; fact < CHECK_FACTS; fact++)
            if (is_same(name, check_fact_name((enum check_fact)fact)))
                return take_fact(fields, fact, value);
    return FIELDS_UNKNOWN;
}

/* --- lines ------------------------------------------------------------------------------------ */

#define MARK "fields: "

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the values of a line begin; its end where it has none. */
static size_t values_begin(struct text line)
{
    for (size_t i = 0; i < line.length; i++) {
        struct text rest = {line.at + i, line.length - i};

        if (take_prefix(&rest, MARK))
            return i + sizeof(MARK) - 1;
    }
    return line.length && line.at[0] == '#' ? line.length : 0;
}

static enum fields_status take_word(struct fields *fields, struct text word)
{
    size_t equals = 0;

    while (equals < word.length && word.at[equals] != '=')
        equals++;
    if (equals == word.length)
        return FIELDS_NO_VALUE;
    return take_named(fields, (struct text){word.at, equals},
                      (struct text){word.at + equals + 1, word.length - equals - 1});
}

enum fields_status fields_take(struct fields *fields, const char *line, size_t length, size_t *at)
{
    size_t end;

    for (*at = values_begin((struct text){line, length}); *at < length; *at = end) {
        enum fields_status status = FIELDS_OK;

        for (end = *at; end < length && !is_blank(line[end]); end++)
            ;
        if (end > *at)
            status = take_word(fields, (struct text){line + *at, end - *at});
        else
            end++;
        if (status != FIELDS_OK)
            return status;
    }
    return FIELDS_OK;
}

/* --- what was not given ----------------------------------------------------------------------- */

/* Bytes of the given words; false where one of them is in none. */
static bool read_given(void *context, uint64_t physical, void *to, size_t size)
{
    const struct fields *fields = context;
    uint8_t *bytes = to;

    for (size_t i = 0; i < size; i++) {
        unsigned word = 0;

        while (word < fields->memory_count && physical + i - fields->memory[word].address >= 8)
            word++;
        if (word == fields->memory_count)
            return false;
        bytes[i] = (uint8_t)(fields->memory[word].value >>
                             (8 * (physical + i - fields->memory[word].address)));
    }
    return true;
}

/* The most that an MSR can offer, with what its word must have all the same. */
static uint64_t assumed_msr(const struct fields *fields, unsigned index)
{
    enum vmx_word_id word = vmx_msrs[index].word;
    uint64_t reserved1 = vmx_words[word].default1;

    switch (VMX_MSR_FIRST + index) {
    case MSR_IA32_VMX_BASIC:
        return ~(BIT64(BASIC_addresses_32bit) | BIT64(BASIC_mbz));
    case MSR_IA32_VMX_CR0_FIXED0:
        return BIT64(CR0_pe) | BIT64(CR0_ne) | BIT64(CR0_pg);
    case MSR_IA32_VMX_CR0_FIXED1:
        return MASK64(0, 32);
    case MSR_IA32_VMX_CR4_FIXED0:
        return BIT64(CR4_vmxe);
    case MSR_IA32_VMX_TRUE_PINBASED_CTLS:
    case MSR_IA32_VMX_TRUE_PROCBASED_CTLS:
    case MSR_IA32_VMX_TRUE_EXIT_CTLS:
    case MSR_IA32_VMX_TRUE_ENTRY_CTLS: {
        unsigned legacy = index - (MSR_IA32_VMX_TRUE_PINBASED_CTLS - MSR_IA32_VMX_PINBASED_CTLS);

        if (has_any(fields->msrs_given, BIT64(legacy)))
            return (fields->policy.raw[legacy] & MASK64(32, 32)) | reserved1;
        break;
    }
    default:
        break;
    }
    return vmx_msrs[index].form == FORM_CONTROLS ? MASK64(32, 32) | reserved1 : ~UINT64_C(0);
}

/* MSRs whose gate is given and closed are known not to exist. */
static uint32_t assume_msrs(struct fields *fields)
{
    uint32_t assumed = 0;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        if (has_any(fields->msrs_given, BIT64(index)) || !msr_is_expected(&fields->policy, index))
            continue;
        fields->policy.raw[index] = assumed_msr(fields, index);
        fields->policy.present |= UINT32_C(1) << index;
        assumed |= UINT32_C(1) << index;
    }
    return assumed;
}

#define NOT_ASSUMED 0 /* as good as any: nobody looks at it */

static uint32_t assume_facts(struct fields *fields)
{
    static const struct check_machine assumed = {
#define ASSUMED_FACT(type, name, assumed) .name = (assumed),
        CHECK_MACHINE(ASSUMED_FACT)
#undef ASSUMED_FACT
    };
    uint32_t not_given = 0;

    for (unsigned fact = 0; fact < CHECK_FACTS; fact++)
        if (!has_any(fields->facts_given, BIT64(fact))) {
            (void)set_fact(&fields->machine, fact, fact_value(&assumed, fact));
            not_given |= UINT32_C(1) << fact;
        }
    return not_given;
}

/* What the width of addresses is follows from IA32_VMX_CR4_FIXED1, where that was given. */
static void infer_linear_width(struct fields *fields)
{
    unsigned index = MSR_IA32_VMX_CR4_FIXED1 - VMX_MSR_FIRST;
    uint32_t bit = UINT32_C(1) << FACT_linear_address_bits;

    if (has_any(fields->facts_given, bit) || !has_any(fields->msrs_given, BIT64(index)))
        return;
    fields->machine.linear_address_bits =
        has_any(fields->policy.raw[index], BIT64(CR4_la57)) ? 57 : 48;
    fields->facts_given |= bit;
}

void fields_input(struct check_input *in, struct fields *fields)
{
    infer_linear_width(fields);
    *in = (struct check_input){
        .image = &fields->image,
        .policy = &fields->policy,
        .machine = &fields->machine,
        .read = read_given,
        .context = fields,
        .vmcs = fields->vmcs,
        .sparse = true,
        .not_given = assume_facts(fields),
        .msrs_assumed = assume_msrs(fields),
    };
}

/* --- printing --------------------------------------------------------------------------------- */

#define PER_LINE 4

/* Counts what stands on the line, and begins and ends lines. */
struct lines {
    struct out *out;
    unsigned count;
};

static void next_word(struct lines *lines)
{
    out_printf(lines->out, "%s", lines->count % PER_LINE ? " " : lines->count ? "\n" MARK : MARK);
    lines->count++;
}

static void print_msrs(struct lines *lines, const struct check_input *in)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        if (has_any(in->msrs_assumed, BIT64(index)))
            continue;
        next_word(lines);
        if (msr_present(in->policy, index))
            out_printf(lines->out, "MSR_%x=0x%lx", VMX_MSR_FIRST + index,
                       (unsigned long)in->policy->raw[index]);
        else
            out_printf(lines->out, "MSR_%x=absent", VMX_MSR_FIRST + index);
    }
}

static void print_facts(struct lines *lines, const struct check_input *in)
{
    for (unsigned fact = 0; fact < CHECK_FACTS; fact++) {
        unsigned long value = (unsigned long)fact_value(in->machine, fact);

        if (!check_is_given(in, (enum check_fact)fact))
            continue;
        next_word(lines);
        if (fact == FACT_physical_address_bits)
            out_printf(lines->out, "MAXPHYADDR=%lu", value);
        else
            out_printf(lines->out, "M_%s=0x%lx", check_fact_name((enum check_fact)fact), value);
    }
}

/* Eight bytes at a time from the word in which `physical` is. */
static void print_memory(struct lines *lines, const struct check_input *in, uint64_t physical,
                         uint64_t size)
{
    uint64_t word;

    for (uint64_t at = physical & ~UINT64_C(7); at < physical + size; at += sizeof(word)) {
        if (!in->read || !in->read(in->context, at, &word, sizeof(word)))
            continue;
        next_word(lines);
        out_printf(lines->out, "MEM_%lx=0x%lx", (unsigned long)at, (unsigned long)word);
    }
}

#define VTPR_OFFSET 0x80 /* on the virtual-APIC page */

/* What the checks look at: the MSR-load list, VTPR, the linked VMCS, PDPTEs. */
static void print_all_memory(struct lines *lines, const struct check_input *in)
{
    uint64_t count = check_value(in, VMCS_ENTRY_MSR_LOAD_COUNT);
    uint64_t link = check_value(in, VMCS_VMCS_LINK_POINTER);

    print_memory(lines, in, check_value(in, VMCS_ENTRY_MSR_LOAD_ADDRESS),
                 16 * (count < FIELDS_MEMORY_MAX / 4 ? count : FIELDS_MEMORY_MAX / 4));
    if (check_is_set(in, WORD_PROC, PROC_tpr_shadow))
        print_memory(lines, in, check_value(in, VMCS_VIRTUAL_APIC_ADDRESS) + VTPR_OFFSET, 1);
    if (link != LINK_POINTER_NONE)
        print_memory(lines, in, link, 4);
    if (!check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode) &&
        !check_is_set(in, WORD_PROC2, PROC2_enable_ept))
        print_memory(lines, in, check_value(in, VMCS_GUEST_CR3) & MASK64(5, 27), 32);
}

void fields_print(struct out *out, const struct check_input *in)
{
    struct lines lines = {out, 0};
    struct check_input prepared = *in;

    prepared.missing = NULL;
    check_prepare(&prepared);
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        if (vmcs_is_set(in->image, (enum vmcs_field)field)) {
            next_word(&lines);
            out_printf(out, "%s=0x%lx", vmcs_fields[field].name,
                       (unsigned long)in->image->value[field]);
        }
    if (in->vmcs) {
        next_word(&lines);
        out_printf(out, CURRENT "=0x%lx", (unsigned long)in->vmcs);
    }
    print_msrs(&lines, &prepared);
    print_facts(&lines, &prepared);
    print_all_memory(&lines, &prepared);
    out_printf(out, "\n");
}
