/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * feature_control.h - may VMXON be used? IA32_FEATURE_CONTROL decides. PURE.
 * SDM: "Enabling and Entering VMX Operation".
 */
#ifndef LINTEL_VMX_FEATURE_CONTROL_H
#define LINTEL_VMX_FEATURE_CONTROL_H

#include "base.h"

enum feature_control_state {
    FC_ENABLED,    /* locked, with VMX outside SMX: go ahead */
    FC_UNLOCKED,   /* still open: set the bit and lock */
    FC_LOCKED_OFF, /* locked without VMX: only the firmware can change that */
    FC_SMX_ONLY,   /* locked with VMX inside SMX alone: needs a measured launch */
    FC_ABSENT,     /* RDMSR faulted, though CPUID reports VMX */
};

/* `readable`: RDMSR did not fault. */
enum feature_control_state feature_control_state(bool readable, uint64_t value);

/* What to write when it is unlocked: `value` with VMX outside SMX enabled, and locked. */
uint64_t feature_control_enabled(uint64_t value);

/* One line without an end: what the state means, and who must do what. */
const char *feature_control_text(enum feature_control_state state);

#endif
