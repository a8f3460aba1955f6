/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest.h - the most that a guest hypervisor could be offered: the part of the host policy that the
 * kernel could emulate and that fits the CPUID of its VM. PURE.
 *
 * Default deny: a bit without a row is withheld, whoever adds it to vmx_bits.def. Nothing here
 * emulates anything.
 */
#ifndef LINTEL_MSR_GUEST_H
#define LINTEL_MSR_GUEST_H

#include "policy.h"

/* What the CPUID of a VM lets its software have. */
struct vm_features {
    uint64_t shown; /* mask of enum cpu_feature */
    uint64_t cr4;   /* the bits of CR4 that it may set */
};

struct guest_offer {
    uint64_t bits;
    uint8_t word; /* enum vmx_word_id */
    bool offered;
    const char *why; /* why it is safe, or why it is not offered */
};

/* A bit is in one row at most. */
extern const struct guest_offer guest_offers[];
extern const unsigned guest_offer_count;

/* The text of a WHY_WITHHELD reason. */
const char *guest_withheld_text(const struct policy_reason *reason);

/*
 * Makes `guest` from `host` for a VM with these features; `reasons` explains every bit that is in
 * `host` only. Bits that must be 1 stay: without them a guest hypervisor could not enter VMX
 * operation.
 */
void msr_policy_guest(struct msr_policy *guest, const struct msr_policy *host,
                      const struct vm_features *vm, struct policy_reasons *reasons);

#endif
