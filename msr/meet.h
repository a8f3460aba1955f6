/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * meet.h - what several policies have in common, and where two of them differ. PURE.
 *
 * Policies form a lattice: `a` is below `b` when whatever `a` offers may be done under `b` too. The
 * meet is the greatest policy below both, so it is commutative, associative and idempotent, and
 * never adds a capability. It serves the processors of one machine, and the machines of a fleet.
 *
 * All is done MSR by MSR:
 *   controls   must be 1 where either must; may be 1 where both may
 *   fixed0     OR, and there where either is: what one processor insists on holds for all
 *   fixed1, other may-be-1 words, plain words   AND, but for the fields of VMX_MEET
 *   absent     offers nothing, so that it is absent in the meet
 * A field that serves only when equal has three levels: a value, "they disagree" (the value is 0,
 * and `disagreed` says so), absent. That middle level is what keeps the meet associative.
 *
 * Nothing is judged or closed here: a bit may lack its base afterwards, and must-be-1 bits of one
 * processor may be bits that another cannot set (policy.h, sane.h).
 */
#ifndef LINTEL_MSR_MEET_H
#define LINTEL_MSR_MEET_H

#include "format.h"
#include "names.h"

/* `met` may be `a` or `b`. */
void msr_policy_meet(struct msr_policy *met, const struct msr_policy *a,
                     const struct msr_policy *b);

/* True when `policy` is a meet of processors that differ in this EQUAL field of VMX_MEET. */
bool msr_policy_disagrees(const struct msr_policy *policy, enum vmx_word_id word,
                          unsigned position);

enum difference_kind {
    DIFFERS_PRESENCE, /* only one has the MSR: its bits are not compared */
    DIFFERS_MAY,      /* a bit of a control may be 1 in one only */
    DIFFERS_MUST,     /* it must be 1 in one only */
    DIFFERS_BIT,      /* a bit of another word */
    DIFFERS_FIELD,    /* a number */
};

struct policy_difference {
    uint8_t index; /* the MSR: 0x480 + index */
    uint8_t kind;  /* enum difference_kind */
    uint8_t bit;   /* within the word; of a field, its lowest */
    uint64_t first, second;
};

/*
 * Counts all the differences between `a` and `b`, by ascending MSR and bit, and stores the first
 * `size` of them. 0: the two say the same.
 */
unsigned msr_policy_diff(const struct msr_policy *a, const struct msr_policy *b,
                         struct policy_difference *differences, unsigned size);

/*
 * The same for the differences that keep `guest` from being below `host`: bits that it offers and
 * `host` does not, or may clear and `host` must set. 0: the guest fits.
 */
unsigned msr_policy_misfits(const struct msr_policy *guest, const struct msr_policy *host,
                            struct policy_difference *differences, unsigned size);

/* `0x48b:7 unrestricted_guest may-be-1: 1 in guest, 0 in host`, without an end of line. */
void policy_difference_print(struct out *out, const struct policy_difference *difference,
                             const char *first, const char *second);

#endif
