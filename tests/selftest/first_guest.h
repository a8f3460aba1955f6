/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * first_guest.h - numbers that the first guest and its test share, in assembly and C.
 *
 * The guest's memory: linear addresses, which without paging are guest-physical ones too.
 *
 *   0x1000  its code
 *   0x2000  page tables (PML4, PDPT, PD, PT), in 64-bit mode only
 *   0x9000  nothing at first; the page of FG_FAR_VALUE once it was touched
 */
#ifndef LINTEL_TESTS_FIRST_GUEST_H
#define LINTEL_TESTS_FIRST_GUEST_H

#define FG_CPUID_LEAF   0x4c696e74
#define FG_CPUID_EBX    0x01234567
#define FG_CPUID_EDX    0x10101010
#define FG_VMCALL_VALUE 0x600dca11
#define FG_OUT_PORT     0x80
#define FG_OUT_VALUE    0x5a
#define FG_SPEC_CTRL    7 /* IBRS, STIBP and SSBD */
#define FG_CODE_ADDRESS 0x1000
#define FG_FAR_ADDRESS  0x9000
#define FG_FAR_VALUE    0x7ea15afe

#endif
