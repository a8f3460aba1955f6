/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.h - what every processor says of itself, and the policies made from that. Machine. */
#ifndef LINTEL_BOOT_PROBE_H
#define LINTEL_BOOT_PROBE_H

#include "selftest.h"

/*
 * Asks CPUID and the VMX MSRs of each processor, opens VMX there where the firmware left that to
 * us, and fills `subject`.
 */
void probe_machine(struct subject *subject, const struct policy_masks *masks);

#endif
