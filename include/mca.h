/* SPDX-License-Identifier: BSD-2-Clause */
/* mca.h - what the registers of the machine-check architecture say. PURE. SDM: "Machine-Check
 * Architecture". */
#ifndef LINTEL_MCA_H
#define LINTEL_MCA_H

#include "base.h"

/* IA32_MCG_CAP, IA32_MCG_STATUS and IA32_MCi_STATUS. */
#define MCG_CAP_BANKS   UINT64_C(0xff)
#define MCG_CAP_CTL     BIT64(8)  /* there is an IA32_MCG_CTL */
#define MCG_CAP_SER     BIT64(24) /* software recovery: bits S and AR of a status */
#define MCG_STATUS_RIPV BIT64(0)
#define MC_STATUS_VALID BIT64(63)
#define MC_STATUS_OVER  BIT64(62)
#define MC_STATUS_UC    BIT64(61)
#define MC_STATUS_MISCV BIT64(59)
#define MC_STATUS_ADDRV BIT64(58)
#define MC_STATUS_PCC   BIT64(57)
#define MC_STATUS_AR    BIT64(55)

/*
 * True when the interrupted code can go on after the error that a bank reports: a corrected one,
 * or, with software recovery, an uncorrected one that needs no action yet. SDM: "Software Recovery
 * of Uncorrected Recoverable Machine-Check Errors".
 */
static inline bool machine_check_is_harmless(uint64_t capability, uint64_t bank)
{
    if (!has_any(bank, MC_STATUS_VALID))
        return true;
    if (has_any(bank, MC_STATUS_PCC))
        return false;
    if (!has_any(bank, MC_STATUS_UC))
        return true;
    return has_any(capability, MCG_CAP_SER) && !has_any(bank, MC_STATUS_OVER | MC_STATUS_AR);
}

#endif
