/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest.h - the most that a guest hypervisor could be offered: the host policy without all that the
 * kernel could not stand in for. PURE.
 *
 * The rule is default deny: a bit without a row below is withheld. Nothing here emulates anything.
 */
#ifndef LINTEL_MSR_GUEST_H
#define LINTEL_MSR_GUEST_H

#include "policy.h"

struct guest_offer {
    uint64_t bits;
    uint8_t word; /* enum vmx_word_id */
    bool offered;
    const char *why;
};

/* The first row that has the bit decides. */
extern const struct guest_offer guest_offers[];
extern const unsigned guest_offer_count;

/* The text of a WHY_WITHHELD reason. */
const char *guest_withheld_text(const struct policy_reason *reason);

/* Makes `guest` from `host`; `reasons` explains every bit that is in `host` only. */
void msr_policy_guest(struct msr_policy *guest, const struct msr_policy *host,
                      struct policy_reasons *reasons);

#endif
