/* SPDX-License-Identifier: BSD-2-Clause */
/* bits.c - see bits.h. PURE. */
#include "bits.h"

#include "check.h"
#include "msr/report.h"

#define ANYWHERE                        CHECK_ANYWHERE
#define BIT_ROW(position, name, has)    {position, has, name},
#define BIT_ROWS(id, BITS, guest, host) static const struct check_bit rows_##id[] = {BITS(BIT_ROW)};

CHECK_BIT_LISTS(BIT_ROWS)

#define LIST_ROW(id, BITS, guest, host) \
    [BITS_##id] = {rows_##id, ARRAY_SIZE(rows_##id), {VMCS_##guest, VMCS_##host}},

const struct check_bit_list check_bit_lists[BITS_LISTS] = {CHECK_BIT_LISTS(LIST_ROW)};

uint64_t check_list_mask(enum check_list list)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < check_bit_lists[list].count; i++)
        mask |= BIT64(check_bit_lists[list].bits[i].position);
    return mask;
}

/* --- names ------------------------------------------------------------------------------------ */

/* Whose names the bits of a value have: a word of vmx_bits.def, a list of msr_bits.def, or none. */
struct names {
    enum vmx_word_id word; /* WORD_COUNT: none */
    enum check_list list;  /* BITS_LISTS: none */
};

static struct names names_of(enum vmcs_field field)
{
    static const struct {
        uint8_t word;
        uint16_t field;
    } words[] = {
#define CONTROL_NAMES(word, field) {WORD_##word, VMCS_##field},
        CHECK_CONTROL_WORDS(CONTROL_NAMES) /* and those that are no controls: */
        {WORD_CR0, VMCS_GUEST_CR0},
        {WORD_CR0, VMCS_HOST_CR0},
        {WORD_CR4, VMCS_GUEST_CR4},
        {WORD_CR4, VMCS_HOST_CR4},
#undef CONTROL_NAMES
    };
    struct names names = {WORD_COUNT, BITS_LISTS};

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        if (words[i].field == field)
            names.word = words[i].word;
    for (unsigned list = 0; list < BITS_LISTS; list++)
        if (check_bit_lists[list].fields[0] == field || check_bit_lists[list].fields[1] == field)
            names.list = (enum check_list)list;
    return names;
}

static const char *list_name(enum check_list list, unsigned bit)
{
    for (unsigned i = 0; list < BITS_LISTS && i < check_bit_lists[list].count; i++)
        if (check_bit_lists[list].bits[i].position == bit)
            return check_bit_lists[list].bits[i].name;
    return NULL;
}

static bool is_register(enum vmx_word_id word)
{
    return word == WORD_CR0 || word == WORD_CR4;
}

static const char *name_of(const struct names *names, unsigned bit)
{
    const struct bit_row *row = names->word < WORD_COUNT ? word_row(names->word, bit) : NULL;

    if (!row)
        return list_name(names->list, bit);
    return is_register(names->word) ? row->name : row->sdm;
}

static void print_capitals(struct out *out, const char *name)
{
    for (; *name; name++)
        out->put(out, (char)(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name));
}

/* As the SDM has them: controls in quotation marks, bits of registers in capitals. */
static void print_name(struct out *out, const struct names *names, unsigned bit)
{
    if (is_register(names->word))
        print_capitals(out, name_of(names, bit));
    else if (names->word < WORD_COUNT)
        out_printf(out, "\"%s\"", name_of(names, bit));
    else
        out_printf(out, "%s", name_of(names, bit));
}

/* --- lines ------------------------------------------------------------------------------------ */

/* The last bit of a row of bits that have no name; `bit` itself where it has one. */
static unsigned end_of_run(const struct names *names, uint64_t bits, unsigned bit)
{
    unsigned last = bit;

    if (name_of(names, bit))
        return bit;
    while (last > 0 && has_any(bits, BIT64(last - 1)) && !name_of(names, last - 1))
        last--;
    return last;
}

/* From the highest bit down, as the SDM writes ranges. */
static void print_bits(struct out *out, const struct names *names, uint64_t bits)
{
    const char *separator = "";

    out_printf(out, "bit%s ", bits & (bits - 1) ? "s" : "");
    for (unsigned bit = 64; bit-- > 0;) {
        if (!has_any(bits, BIT64(bit)))
            continue;
        unsigned last = end_of_run(names, bits, bit);

        out_printf(out, "%s%u", separator, bit);
        if (last != bit)
            out_printf(out, ":%u", last);
        if (name_of(names, bit)) {
            out_printf(out, " (");
            print_name(out, names, bit);
            out_printf(out, ")");
        }
        separator = ", ";
        bit = last;
    }
}

static void print_controls(struct out *out, const struct msr_policy *policy, enum vmx_word_id word,
                           uint64_t bits)
{
    const char *separator = "";

    for (unsigned bit = 0; bit < 64; bit++)
        if (has_any(bits, BIT64(bit))) {
            out_printf(out, "%s", separator);
            report_bit(out, policy, word, bit);
            separator = ", ";
        }
}

void check_print_field_bits(struct out *out, const struct msr_policy *policy, enum vmcs_field field,
                            uint64_t bits)
{
    struct names names = names_of(field);

    if (names.word < WORD_COUNT && !is_register(names.word))
        print_controls(out, policy, names.word, bits);
    else
        print_bits(out, &names, bits);
}

void check_print_bits(struct out *out, enum vmcs_field field, uint64_t bits)
{
    struct names names = names_of(field);

    print_bits(out, &names, bits);
}

void check_print_mask(struct out *out, uint64_t bits)
{
    const struct names none = {WORD_COUNT, BITS_LISTS};

    print_bits(out, &none, bits);
}

void check_print_list_bits(struct out *out, enum check_list list, uint64_t bits)
{
    const struct names names = {WORD_COUNT, list};

    print_bits(out, &names, bits);
}
