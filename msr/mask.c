/* SPDX-License-Identifier: BSD-2-Clause */
/* mask.c - see mask.h. PURE. */
#include "mask.h"

#define LONGEST_NAME 48 /* characters: beyond every name of vmx_bits.def */

/* Short names that people use elsewhere. */
static const struct {
    const char *alias;
    const char *name;
} aliases[] = {
    {"ept", "enable_ept"},
    {"vpid", "enable_vpid"},
    {"ug", "unrestricted_guest"},
    {"unrestricted", "unrestricted_guest"},
    {"true_ctls", "default1_zero"},
    {"secondary", "activate_secondary_controls"},
    {"tertiary", "activate_tertiary_controls"},
    {"vnmi", "virtual_nmis"},
    {"mtf", "monitor_trap_flag"},
    {"msr_bitmap", "activate_msr_bitmap"},
    {"io_bitmap", "activate_io_bitmap"},
    {"preemption_timer", "preempt_timer"},
    {"posted_intr", "posted_interrupt"},
    {"vid", "virtual_intr_delivery"},
    {"rdtscp", "enable_rdtscp"},
    {"invpcid", "enable_invpcid"},
    {"ple", "pause_loop_exiting"},
    {"vmfunc", "enable_vm_functions"},
    {"shadow_vmcs", "enable_vmcs_shadowing"},
    {"pml", "enable_pml"},
    {"ept_ve", "enable_virt_exceptions"},
    {"ept_ad", "ad_bit"},
    {"ept_2mb", "superpage_2mb"},
    {"ept_1gb", "superpage_1gb"},
    {"mbec", "ept_mode_based_exec_cntrl"},
    {"spp", "sub_page_write_permissions"},
    {"hlat", "enable_hlat"},
    {"ipiv", "ipi_virtualization"},
};

const char *mask_status_text(enum mask_status status)
{
    static const char *const texts[] = {
#define MASK_STATUS_TEXT(name, text) [MASK_##name] = (text),
        MASK_STATUSES(MASK_STATUS_TEXT)
#undef MASK_STATUS_TEXT
    };

    return texts[status];
}

static bool same(const char *text, size_t length, const char *name)
{
    size_t i = 0;

    while (i < length && name[i] && text[i] == name[i])
        i++;
    return i == length && !name[i];
}

/* IA32_FEATURE_CONTROL is no capability: its bits are not in any policy. */
static bool is_maskable(unsigned word)
{
    return word != WORD_FEATURE_CONTROL;
}

/* The bits that say less when they are 1: those of VMX_MEET with ANY. */
static bool is_restriction(enum vmx_word_id word, unsigned bit)
{
#define MEET_ANY_ID(id, name)       (word == WORD_##id && bit == id##_##name) ||
#define MEET_MIN_ID(id, name)       /* a number */
#define MEET_MAX_ID(id, name)       /* a number */
#define MEET_EQUAL_ID(id, name)     /* a number */
#define RESTRICTION(id, name, rule) MEET_##rule##_ID(id, name)
    return VMX_MEET(RESTRICTION) false;
#undef RESTRICTION
}

static enum mask_status add_bit(struct policy_masks *masks, enum vmx_word_id word, unsigned bit)
{
    const struct bit_row *row = word_row(word, bit);

    if (bit >= vmx_words[word].size)
        return MASK_NO_BIT;
    if (row && row->width > 1)
        return MASK_NUMBER;
    if (is_restriction(word, bit))
        return MASK_RESTRICTION;
    masks->bits[word] |= BIT64(bit);
    return MASK_TAKEN;
}

/* --- MSR:BIT ---------------------------------------------------------------------------------- */

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    return ~0u;
}

/* Digits of `base` up to `end` or the text's end, at least one; *at moves past them. */
static bool take_number(const char *text, size_t length, size_t *at, char end, unsigned base,
                        unsigned *number)
{
    size_t start = *at;

    *number = 0;
    for (; *at < length && text[*at] != end; (*at)++) {
        unsigned digit = digit_of(text[*at]);

        if (digit >= base || *number > 0xffff)
            return false;
        *number = *number * base + digit;
    }
    return *at > start;
}

static bool is_msr_bit(const char *text, size_t length, unsigned *address, unsigned *bit)
{
    size_t at = 2;

    if (length < 2 || text[0] != '0' || text[1] != 'x' ||
        !take_number(text, length, &at, ':', 16, address) || at == length)
        return false;
    at++;
    return take_number(text, length, &at, '\0', 10, bit) && at == length &&
           *address >= VMX_MSR_FIRST && *address <= VMX_MSR_LAST;
}

/* --- names ------------------------------------------------------------------------------------ */

/* A name may stand for a bit of several words ("load_pkrs"): all of them lose it. */
static enum mask_status add_name(struct policy_masks *masks, const char *text, size_t length)
{
    enum mask_status status = MASK_UNKNOWN;

    for (unsigned word = 0; word < WORD_COUNT; word++)
        for (unsigned i = 0; is_maskable(word) && i < vmx_words[word].row_count; i++)
            if (same(text, length, vmx_words[word].rows[i].name))
                status = add_bit(masks, word, vmx_words[word].rows[i].position);
    return status;
}

static size_t length_of(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

enum mask_status policy_mask_add(struct policy_masks *masks, const char *text, size_t length)
{
    unsigned address, bit;

    if (is_msr_bit(text, length, &address, &bit))
        return add_bit(masks, vmx_msrs[address - VMX_MSR_FIRST].word, bit);
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
        if (same(text, length, aliases[i].alias))
            return add_name(masks, aliases[i].name, length_of(aliases[i].name));
    return add_name(masks, text, length);
}

/* --- hints ------------------------------------------------------------------------------------ */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/*
 * How many characters to insert, drop or change make `name` of `text` (at most LONGEST_NAME long).
 */
static unsigned distance(const char *text, size_t length, const char *name)
{
    unsigned row[LONGEST_NAME + 1];

    for (unsigned i = 0; i <= length; i++)
        row[i] = i;
    for (; *name; name++) {
        unsigned diagonal = row[0]++;

        for (size_t i = 1; i <= length; i++) {
            unsigned above = row[i];

            row[i] = least(above + 1, row[i - 1] + 1, diagonal + (text[i - 1] != *name));
            diagonal = above;
        }
    }
    return row[length];
}

struct nearest {
    const char *name;
    unsigned distance;
};

static void consider(struct nearest *nearest, const char *text, size_t length, const char *name)
{
    unsigned found = distance(text, length, name);

    if (found < nearest->distance)
        *nearest = (struct nearest){name, found};
}

const char *policy_mask_hint(const char *text, size_t length)
{
    /* A third of the characters may be wrong, and at least one. */
    struct nearest nearest = {NULL, (unsigned)length / 3 + 2};

    if (length > LONGEST_NAME)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
        consider(&nearest, text, length, aliases[i].alias);
    for (unsigned word = 0; word < WORD_COUNT; word++)
        for (unsigned i = 0; is_maskable(word) && i < vmx_words[word].row_count; i++)
            consider(&nearest, text, length, vmx_words[word].rows[i].name);
    return nearest.name;
}
