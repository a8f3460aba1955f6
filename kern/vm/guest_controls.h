/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_controls.h - the controls of a guest, and whether the host policy lets guests be made. One
 * list, guest_controls.def, decides both. PURE.
 */
#ifndef LINTEL_KERN_VM_GUEST_CONTROLS_H
#define LINTEL_KERN_VM_GUEST_CONTROLS_H

#include "vmx/controls.h"

enum guest_control_kind {
    CONTROL_REQUIRED,
    CONTROL_OPTIONAL,
    CONTROL_AT_FIRST,
    CONTROL_AT_TIMES,
};

struct guest_control {
    uint8_t word; /* enum control_word */
    uint8_t bit;
    uint8_t kind; /* enum guest_control_kind */
};

extern const struct guest_control guest_controls[];
extern const unsigned guest_control_count;

/* One of two bits of a capability word; the same twice where it is this one or none. */
struct guest_capability {
    uint8_t word; /* enum vmx_word_id */
    uint8_t bit, other;
};

extern const struct guest_capability guest_capabilities[];
extern const unsigned guest_capability_count;

/* Fills the requests of a new VMCS; every control that is not in the list is forbidden. */
void guest_controls_request(struct controls *controls);

/*
 * Whether guests can be made from this policy, which is closed under its dependencies
 * (policy_close()). False: one line says why not, by name, MSR and bit.
 */
bool guest_controls_possible(struct out *out, const struct msr_policy *host);

#endif
