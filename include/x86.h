/* SPDX-License-Identifier: BSD-2-Clause */
/* x86.h - architectural numbers that are not lists of bits: MSRs, page tables, flags, vectors. */
#ifndef LINTEL_X86_H
#define LINTEL_X86_H

#include "msrs.h"

/* Bits of other MSRs. */
#define MISC_ENABLE_FAST_STRINGS     0x1         /* IA32_MISC_ENABLE */
#define MISC_ENABLE_LIMIT_CPUID      0x400000    /* "limit CPUID maxval": hides leaves */
#define MISC_ENABLE_XD_DISABLE       0x400000000 /* hides NX */
#define MISC_FEATURES_CPUID_FAULTING 1           /* CPUID is #GP above CPL 0 */
#define MTRR_DEF_TYPE_FIXED          0x400       /* IA32_MTRR_DEF_TYPE: fixed ranges are on, */
#define MTRR_DEF_TYPE_ENABLED        0x800       /* MTRRs are */
#define DEBUGCTL_BTF                 0x2         /* IA32_DEBUGCTL: TF steps from branch to branch */
#define RTIT_CTL_TRACE_EN            0x1         /* IA32_RTIT_CTL */
#define LBR_CTL_LBR_EN               0x1         /* IA32_LBR_CTL */

#define EFER_SCE 0x001
#define EFER_LME 0x100
#define EFER_LMA 0x400
#define EFER_NXE 0x800

/* XCR0: x87, SSE, AVX; and the three of AVX-512, all or none. No other component is ever on. */
#define XCR0_X87    1u
#define XCR0_SSE    2u
#define XCR0_AVX    4u
#define XCR0_AVX512 0xe0u
#define XCR0_KNOWN  (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)

#define XSAVE_LEGACY_SIZE 576 /* of an XSAVE area without further components: with its header */

#define PAGE_PRESENT       0x001
#define PAGE_WRITABLE      0x002
#define PAGE_USER          0x004
#define PAGE_WRITE_THROUGH 0x008
#define PAGE_NO_CACHE      0x010
#define PAGE_LARGE         0x080
#define PAGE_NO_EXECUTE    0x8000000000000000
#define PAGE_ADDRESS       0x000ffffffffff000 /* of the page, or of the next table */

#define PAGE_ENTRIES    512 /* of a table */
#define LARGE_PAGE_SIZE 0x200000
#define HUGE_PAGE_SIZE  0x40000000

#define DR7_GD    UINT64_C(0x2000)     /* any access to a debug register is #DB */
#define DR7_RESET 0x400                /* nothing is watched; bit 10 is always 1 */
#define DR6_RESET UINT64_C(0xffff0ff0) /* bits that are always 1 */

#define RFLAGS_FIXED 0x2 /* bit 1 is always 1 */
#define RFLAGS_CF    0x1
#define RFLAGS_ZF    0x40
#define RFLAGS_TF    0x100
#define RFLAGS_IF    0x200
#define RFLAGS_DF    0x400
#define RFLAGS_IOPL  0x3000
#define RFLAGS_NT    0x4000
#define RFLAGS_RF    0x10000
#define RFLAGS_VM    0x20000
#define RFLAGS_AC    0x40000

#define VECTOR_DEBUG              1
#define VECTOR_NMI                2
#define VECTOR_INVALID_OPCODE     6
#define VECTOR_DOUBLE_FAULT       8
#define VECTOR_GENERAL_PROTECTION 13
#define VECTOR_PAGE_FAULT         14
#define VECTOR_ALIGNMENT_CHECK    17
#define VECTOR_MACHINE_CHECK      18
#define VECTOR_CONTROL_PROTECTION 21

/* The exceptions that push an error code: 8, 10 to 14, 17 and 21. */
#define VECTORS_WITH_ERROR_CODE 0x00227d00

/* Stands for all vectors between the exceptions and the kernel's own. */
#define VECTOR_FOREIGN 32

/* The kernel's own, higher than those that the firmware may have given to devices. */
#define VECTOR_FIRST      0xe0
#define VECTOR_TIMER      0xe0
#define VECTOR_RESCHEDULE 0xe1
#define VECTOR_CALL       0xe2
#define VECTOR_APIC_ERROR 0xe3
#define VECTOR_SPURIOUS   0xff

#endif
