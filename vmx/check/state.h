/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.h - what the checks of the host-state and of the guest-state area, and of MSRs in lists,
 * share. PURE. The functions that give a mask give the bits that are wrong.
 */
#ifndef LINTEL_VMX_CHECK_STATE_H
#define LINTEL_VMX_CHECK_STATE_H

#include "check.h"

#define CHECK_BITS_63_32 MASK64(32, 32)

/* For rows whose `argument` is a field: it is canonical; bits 63:32; the low 3, 2 and 6 bits. */
bool check_field_canonical(const struct check_input *in, unsigned field);
uint64_t check_field_beyond_32(const struct check_input *in, unsigned field);

/* CR3: bits at or above MAXPHYADDR, but for the two of LAM where there is LAM. */
uint64_t check_field_cr3(const struct check_input *in, unsigned field);

/* What CR0 must have and lacks, and what it has and may not; NW and CD are never looked at. */
uint64_t check_cr0_short(const struct check_input *in, uint64_t cr0);
uint64_t check_cr0_beyond(const struct check_input *in, uint64_t cr0);

/* The bytes of an IA32_PAT value that are no memory types. */
uint64_t check_pat(uint64_t pat);

/* Bits of MSRs that this processor does not have. LMA is one of IA32_EFER everywhere. */
uint64_t check_efer_reserved(const struct check_input *in, uint64_t efer);
uint64_t check_perf_global_reserved(const struct check_input *in, uint64_t value);
uint64_t check_debugctl_reserved(const struct check_input *in, uint64_t value);
uint64_t check_rtit_ctl_reserved(const struct check_input *in, uint64_t value);

/* Nobody can tell where the processor's bits were not given; none, and noted, then. */
uint64_t check_spec_ctrl_reserved(const struct check_input *in, uint64_t value);

/*
 * IA32_S_CET and IA32_U_CET: bits 9:6, and those of shadow stacks and indirect-branch tracking
 * where the processor lacks them; SUPPRESS (bit 10) and TRACKER (bit 11) where both are 1.
 */
uint64_t check_s_cet_reserved(const struct check_input *in, uint64_t s_cet);
uint64_t check_s_cet_tracker(uint64_t s_cet);

/* IA32_FRED_CONFIG: bits 11, 5, 4 and 2. */
uint64_t check_fred_config_reserved(uint64_t config);

/* The limits that the rows of CR0 and CR4 show: `IA32_VMX_CR4_FIXED1 0x3767ff`. */
void check_detail_cr0_fixed0(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_cr0_fixed1(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_cr4_fixed0(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_cr4_fixed1(struct out *out, const struct check_input *in, unsigned argument);

/* `this processor has 0x3 of them`, and so on. */
void check_detail_efer(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_perf_global(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_debugctl(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_rtit_ctl(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_lbr_ctl(struct out *out, const struct check_input *in, unsigned argument);
void check_detail_spec_ctrl(struct out *out, const struct check_input *in, unsigned argument);

#endif
