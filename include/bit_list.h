/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bit_list.h - makes unions, positions and checks from a list of bits.
 *
 * A list is a macro LIST(c, BIT, FIELD, GAP, ONES); control_registers.def explains its four kinds
 * of entry. Nothing about a bit stands anywhere but in its list.
 */
#ifndef LINTEL_BIT_LIST_H
#define LINTEL_BIT_LIST_H

#include "base.h"
#include "control_registers.def"

/* union TAG { raw; the named bits }: c is the unsigned type of the whole word. */
#define BL_MEMBER_BIT(c, position, name, sdm)          bool name : 1;
#define BL_MEMBER_FIELD(c, position, width, name, sdm) c name : width;
#define BL_MEMBER_GAP(c, position, width) \
    c:                                    \
    width;

#define BIT_LIST_UNION(id, bits, tag, LIST)                                                    \
    union tag {                                                                                \
        uint##bits##_t raw;                                                                    \
        struct {                                                                               \
            LIST(uint##bits##_t, BL_MEMBER_BIT, BL_MEMBER_FIELD, BL_MEMBER_GAP, BL_MEMBER_GAP) \
        };                                                                                     \
    };                                                                                         \
    _Static_assert(sizeof(union tag) == (bits) / 8, #tag ": the bits do not fit the word");

/*
 * enum { ID_name = position }: C counts the enumerators up, as the compiler does with bit-fields.
 * The check then compares that count with the position that the list states, so that a list with
 * a hole, an overlap or a wrong number does not compile.
 */
#define BL_COUNT_BIT(c, position, name, sdm) c##_##name,
#define BL_COUNT_FIELD(c, position, width, name, sdm) \
    c##_##name, c##_##name##_last = c##_##name + width - 1,
#define BL_COUNT_GAP(c, position, width) \
    c##_gap_##position, c##_gap_##position##_last = c##_gap_##position + width - 1,

#define BL_CHECK(at, position) \
    _Static_assert((at) == (position), #at " does not stand where its list says");
#define BL_CHECK_BIT(c, position, name, sdm)          BL_CHECK(c##_##name, position)
#define BL_CHECK_FIELD(c, position, width, name, sdm) BL_CHECK(c##_##name, position)
#define BL_CHECK_GAP(c, position, width)              BL_CHECK(c##_gap_##position, position)

#define BIT_LIST_POSITIONS(id, bits, tag, LIST)                                            \
    enum { LIST(id, BL_COUNT_BIT, BL_COUNT_FIELD, BL_COUNT_GAP, BL_COUNT_GAP) id##_size }; \
    LIST(id, BL_CHECK_BIT, BL_CHECK_FIELD, BL_CHECK_GAP, BL_CHECK_GAP)                     \
    _Static_assert(id##_size == (bits), #id ": the bits do not fill the word");

/* A row for every named bit or field: ROW_TYPE {position, width, "name", "SDM name"}. */
#define BL_ROW_BIT(c, position, name, sdm)          {position, 1, #name, sdm},
#define BL_ROW_FIELD(c, position, width, name, sdm) {position, width, #name, sdm},
#define BL_NOTHING(c, position, width)
#define BIT_LIST_ROWS(LIST) LIST(, BL_ROW_BIT, BL_ROW_FIELD, BL_NOTHING, BL_NOTHING)

/* The masks of all named bits, and of the bits that are reserved and default1. */
#define BL_MASK_BIT(c, position, name, sdm)          | BIT64(position)
#define BL_MASK_FIELD(c, position, width, name, sdm) | MASK64(position, width)
#define BL_MASK_WIDTH(c, position, width)            | MASK64(position, width)
#define BL_NO_BIT(c, position, name, sdm)
#define BL_NO_FIELD(c, position, width, name, sdm)
#define BIT_LIST_NAMED(LIST) (0 LIST(, BL_MASK_BIT, BL_MASK_FIELD, BL_NOTHING, BL_NOTHING))
#define BIT_LIST_ONES(LIST)  (0 LIST(, BL_NO_BIT, BL_NO_FIELD, BL_NOTHING, BL_MASK_WIDTH))

CR_WORDS(BIT_LIST_UNION)
CR_WORDS(BIT_LIST_POSITIONS)

#endif
