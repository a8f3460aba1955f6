/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fpu.h - the FPU state of guests. Nobody else has one: the kernel and its processes use general
 * registers only, and CR0.TS is 1 while they run. SDM: "Managing State Using the XSAVE Feature
 * Set".
 */
#ifndef LINTEL_ARCH_FPU_H
#define LINTEL_ARCH_FPU_H

#include "base.h"

/* Bytes of a save area that holds all components of XCR0_KNOWN that the processor has. */
uint32_t fpu_size(void);

/* Turns XSAVE on, on this processor. */
void fpu_init_processor(void);

/* A fresh state in an area of fpu_size() bytes, zeroed and aligned to a page. */
void fpu_reset(void *area);

/* Saves or loads this processor's registers. `xcr0` is the guest's. */
void fpu_save(void *area, uint64_t xcr0);
void fpu_load(const void *area, uint64_t xcr0);

/* The guest has changed its XCR0. */
void fpu_set_xcr0(uint64_t xcr0);

#endif
