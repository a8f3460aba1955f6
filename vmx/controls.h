/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * controls.h - VMX control words from what is wanted and what the host policy offers. PURE.
 * SDM: "VM-Execution Control Fields", "Algorithms for Determining VMX Capabilities".
 */
#ifndef LINTEL_VMX_CONTROLS_H
#define LINTEL_VMX_CONTROLS_H

#include "format.h"
#include "msr/vmx_caps.h"
#include "status.h"
#include "vmcs.h"

/* CONTROL(word, VMCS field): the control words that are built. */
#define CONTROL_WORDS(CONTROL)              \
    CONTROL(PIN, PIN_CONTROLS)              \
    CONTROL(PROC, PROC_CONTROLS)            \
    CONTROL(PROC2, SECONDARY_CONTROLS)      \
    CONTROL(PROC3, TERTIARY_CONTROLS)       \
    CONTROL(EXIT, EXIT_CONTROLS)            \
    CONTROL(EXIT2, SECONDARY_EXIT_CONTROLS) \
    CONTROL(ENTRY, ENTRY_CONTROLS)

enum control_word {
#define CONTROL_NUMBER(word, field) CTL_##word,
    CONTROL_WORDS(CONTROL_NUMBER)
#undef CONTROL_NUMBER
        CTL_COUNT
};

/* What is wanted of one word; the three masks must not overlap. */
struct control_request {
    uint64_t required;  /* without these the VM cannot be built */
    uint64_t optional;  /* set where offered */
    uint64_t forbidden; /* must be 0 */
};

struct control_result {
    uint64_t value;   /* for the VMCS */
    uint64_t missing; /* required, or a base of something required or missing, and not set */
    uint64_t dropped; /* optional, and not set: not offered, or its base is not set */
    uint64_t forced;  /* not asked for, and set: the processor insists */
};

struct controls {
    struct control_request request[CTL_COUNT];
    struct control_result result[CTL_COUNT];
};

/* The capability word and the VMCS field of each control word. */
enum vmx_word_id control_word_id(enum control_word word);
enum vmcs_field control_word_field(enum control_word word);

/*
 * Fills `result` from `request`. Bits that activate another word are requested by themselves when
 * that word has requests. Dependencies are judged on the final value: an optional control without
 * its base is dropped, a required one makes the base missing. S_MISSING: some word has a missing
 * bit, or a forced one that is forbidden; nothing may be written to a VMCS then.
 */
MUST_CHECK enum status controls_build(struct controls *controls, const struct msr_policy *host);

/* One line for everything that stands in the way, by name, MSR and bit. */
void controls_explain(struct out *out, const struct controls *controls,
                      const struct msr_policy *host);

#endif
