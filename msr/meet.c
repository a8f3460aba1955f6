/* SPDX-License-Identifier: BSD-2-Clause */
/* meet.c - see meet.h. PURE. */
#include "meet.h"

enum meet_rule { MEET_MIN, MEET_MAX, MEET_ANY, MEET_EQUAL };

static const struct meet_row {
    uint8_t word;
    uint8_t position;
    uint8_t rule;
} rows[] = {
#define MEET_ROW(id, name, rule) {WORD_##id, id##_##name, MEET_##rule},
    VMX_MEET(MEET_ROW)
#undef MEET_ROW
};
_Static_assert(ARRAY_SIZE(rows) <= 32, "a bit of `disagreed` for each row");

static unsigned row_width(const struct meet_row *row)
{
    return word_row(row->word, row->position)->width;
}

static bool disagrees(const struct msr_policy *policy, unsigned row)
{
    return (policy->disagreed >> row) & 1;
}

bool msr_policy_disagrees(const struct msr_policy *policy, enum vmx_word_id word, unsigned position)
{
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].word == word && rows[i].position == position)
            return disagrees(policy, i);
    return false;
}

/* --- the meet --------------------------------------------------------------------------------- */

static uint64_t meet_equal(struct msr_policy *met, const struct msr_policy *a,
                           const struct msr_policy *b, unsigned row, uint64_t x, uint64_t y)
{
    if (x == y && !disagrees(a, row) && !disagrees(b, row))
        return x;
    met->disagreed |= UINT32_C(1) << row;
    return 0;
}

/* The field of `row` in the meet; both have its MSR `index`. */
static uint64_t meet_field(struct msr_policy *met, const struct msr_policy *a,
                           const struct msr_policy *b, unsigned row, unsigned index)
{
    unsigned width = row_width(&rows[row]);
    uint64_t x = field_of(a->raw[index], rows[row].position, width);
    uint64_t y = field_of(b->raw[index], rows[row].position, width);

    switch (rows[row].rule) {
    case MEET_MIN:
        return x < y ? x : y;
    case MEET_MAX:
        return x > y ? x : y;
    case MEET_ANY:
        return x | y;
    default:
        return meet_equal(met, a, b, row, x, y);
    }
}

static uint64_t meet_plain(struct msr_policy *met, const struct msr_policy *a,
                           const struct msr_policy *b, unsigned index)
{
    uint64_t value = a->raw[index] & b->raw[index];

    for (unsigned row = 0; row < ARRAY_SIZE(rows); row++)
        if (rows[row].word == vmx_msrs[index].word) {
            value &= ~MASK64(rows[row].position, row_width(&rows[row]));
            value |= meet_field(met, a, b, row, index) << rows[row].position;
        }
    return value;
}

static uint64_t meet_controls(uint64_t a, uint64_t b)
{
    uint64_t must = low32(a) | low32(b);
    uint64_t may = high32(a) & high32(b);

    return may << 32 | must;
}

/* Gives `met` its MSR `index`; it is absent and 0 so far. */
static void meet_msr(struct msr_policy *met, const struct msr_policy *a, const struct msr_policy *b,
                     unsigned index)
{
    bool both = msr_present(a, index) && msr_present(b, index);
    bool either = msr_present(a, index) || msr_present(b, index);

    if (!(vmx_msrs[index].form == FORM_MUST_BE_1 ? either : both))
        return;
    met->present |= UINT32_C(1) << index;
    switch (vmx_msrs[index].form) {
    case FORM_CONTROLS:
        met->raw[index] = meet_controls(a->raw[index], b->raw[index]);
        break;
    case FORM_MUST_BE_1: /* an absent one is 0 */
        met->raw[index] = a->raw[index] | b->raw[index];
        break;
    case FORM_MAY_BE_1:
        met->raw[index] = a->raw[index] & b->raw[index];
        break;
    default:
        met->raw[index] = meet_plain(met, a, b, index);
    }
}

void msr_policy_meet(struct msr_policy *met, const struct msr_policy *a, const struct msr_policy *b)
{
    struct msr_policy result = {.faulted = a->faulted | b->faulted};

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        meet_msr(&result, a, b, index);
    *met = result;
}

/* --- differences ------------------------------------------------------------------------------ */

struct differences {
    struct policy_difference *all;
    unsigned size, count;
};

static void add_difference(struct differences *to, struct policy_difference difference)
{
    if (to->count < to->size)
        to->all[to->count] = difference;
    to->count++;
}

/* What `policy` says where the difference is. */
static uint64_t value_at(const struct msr_policy *policy, const struct policy_difference *at)
{
    enum vmx_word_id word = vmx_msrs[at->index].word;
    unsigned shift = at->kind == DIFFERS_MAY ? 32 : 0;

    if (at->kind == DIFFERS_PRESENCE)
        return msr_present(policy, at->index);
    return field_of(policy->raw[at->index], at->bit + shift,
                    at->kind == DIFFERS_FIELD ? word_row(word, at->bit)->width : 1);
}

static void compare(const struct msr_policy *a, const struct msr_policy *b, unsigned index,
                    enum difference_kind kind, unsigned bit, struct differences *to)
{
    struct policy_difference difference = {
        .index = (uint8_t)index, .kind = (uint8_t)kind, .bit = (uint8_t)bit};
    enum vmx_word_id word = vmx_msrs[index].word;

    difference.first = value_at(a, &difference);
    difference.second = value_at(b, &difference);
    if (difference.first != difference.second ||
        msr_policy_disagrees(a, word, bit) != msr_policy_disagrees(b, word, bit))
        add_difference(to, difference);
}

static void compare_controls(const struct msr_policy *a, const struct msr_policy *b, unsigned index,
                             struct differences *to)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        compare(a, b, index, DIFFERS_MAY, bit, to);
        compare(a, b, index, DIFFERS_MUST, bit, to);
    }
}

static void compare_word(const struct msr_policy *a, const struct msr_policy *b, unsigned index,
                         struct differences *to)
{
    unsigned width;

    for (unsigned bit = 0; bit < 64; bit += width) {
        const struct bit_row *row = word_row(vmx_msrs[index].word, bit);

        width = row ? row->width : 1;
        compare(a, b, index, width > 1 ? DIFFERS_FIELD : DIFFERS_BIT, bit, to);
    }
}

unsigned msr_policy_diff(const struct msr_policy *a, const struct msr_policy *b,
                         struct policy_difference *differences, unsigned size)
{
    struct differences to = {.all = differences, .size = size};

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        if (msr_present(a, index) != msr_present(b, index))
            compare(a, b, index, DIFFERS_PRESENCE, 0, &to);
        else if (vmx_msrs[index].form == FORM_CONTROLS)
            compare_controls(a, b, index, &to);
        else
            compare_word(a, b, index, &to);
    }
    return to.count;
}

unsigned msr_policy_misfits(const struct msr_policy *guest, const struct msr_policy *host,
                            struct policy_difference *differences, unsigned size)
{
    struct msr_policy met;
    unsigned count;

    msr_policy_meet(&met, guest, host);
    count = msr_policy_diff(guest, &met, differences, size);
    for (unsigned i = 0; i < count && i < size; i++) /* the host's own value, not the meet's */
        differences[i].second = value_at(host, &differences[i]);
    return count;
}

void policy_difference_print(struct out *out, const struct policy_difference *difference,
                             const char *first, const char *second)
{
    static const char *const halves[] = {
        [DIFFERS_MAY] = " may-be-1", [DIFFERS_MUST] = " must-be-1"};
    const struct vmx_msr *msr = &vmx_msrs[difference->index];
    unsigned address = VMX_MSR_FIRST + difference->index;

    if (difference->kind == DIFFERS_PRESENCE) {
        out_printf(out, "0x%x %s: only in %s", address, msr->name,
                   difference->first ? first : second);
        return;
    }
    const struct bit_row *row = word_row(msr->word, difference->bit);
    bool is_control = difference->kind == DIFFERS_MAY || difference->kind == DIFFERS_MUST;
    out_printf(out, "0x%x:%u %s%s: 0x%lx in %s, 0x%lx in %s", address, difference->bit,
               row ? row->name : "unknown", is_control ? halves[difference->kind] : "",
               (unsigned long)difference->first, first, (unsigned long)difference->second, second);
}
