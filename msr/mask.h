/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mask.h - the bits that the administrator takes away: mask=ept,0x48b:7. PURE.
 *
 * A mask names a bit of a word. Of a control, both its MSRs, legacy and true, lose it: masks cannot
 * take what the processor insists on, which policy.h reports.
 */
#ifndef LINTEL_MSR_MASK_H
#define LINTEL_MSR_MASK_H

#include "names.h"

struct policy_masks {
    uint64_t bits[WORD_COUNT];
};

/* MASK_STATUS(name, text): the text completes `mask="x" ...`. */
#define MASK_STATUSES(MASK_STATUS)                                            \
    MASK_STATUS(TAKEN, "is taken")                                            \
    MASK_STATUS(UNKNOWN, "is neither a bit's name nor MSR:BIT (0x480-0x493)") \
    MASK_STATUS(NO_BIT, "is beyond the last bit of that MSR's word")          \
    MASK_STATUS(NUMBER, "is part of a number, not a bit")                     \
    MASK_STATUS(RESTRICTION, "is a restriction: taking it away would offer more")

enum mask_status {
#define MASK_STATUS_ID(name, text) MASK_##name,
    MASK_STATUSES(MASK_STATUS_ID)
#undef MASK_STATUS_ID
};

const char *mask_status_text(enum mask_status status);

/*
 * Adds what `text` (`length` characters, no NUL needed) names: a bit's name in vmx_bits.def, in
 * every word that has it; a short name; or MSR:BIT in hex and decimal, the bit as the report
 * numbers it. Nothing is added unless it returns MASK_TAKEN.
 */
MUST_CHECK enum mask_status policy_mask_add(struct policy_masks *masks, const char *text,
                                            size_t length);

/* The known name that is most like `text`, for a hint; NULL when none is near. */
const char *policy_mask_hint(const char *text, size_t length);

#endif
