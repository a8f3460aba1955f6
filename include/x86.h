/* SPDX-License-Identifier: BSD-2-Clause */
/* x86.h - architectural numbers that are not lists of bits: MSR addresses, EFER, page tables. */
#ifndef LINTEL_X86_H
#define LINTEL_X86_H

#define MSR_IA32_APIC_BASE      0x1b
#define MSR_IA32_TSC_ADJUST     0x3b
#define MSR_IA32_BIOS_SIGN_ID   0x8b
#define MSR_IA32_SPEC_CTRL      0x48
#define MSR_IA32_MCG_CAP        0x179
#define MSR_IA32_MCG_STATUS     0x17a
#define MSR_IA32_MC0_STATUS     0x401 /* bank N: 4 * N further on */
#define MSR_IA32_SYSENTER_CS    0x174
#define MSR_IA32_SYSENTER_ESP   0x175
#define MSR_IA32_SYSENTER_EIP   0x176
#define MSR_IA32_MISC_ENABLE    0x1a0
#define MSR_IA32_DEBUGCTL       0x1d9
#define MSR_IA32_RTIT_CTL       0x570
#define MSR_IA32_LBR_CTL        0x14ce
#define MSR_IA32_PAT            0x277
#define MSR_IA32_MTRR_DEF_TYPE  0x2ff
#define MSR_IA32_PERF_CTRL      0x38f /* IA32_PERF_GLOBAL_CTRL */
#define MSR_IA32_PEBS_ENABLE    0x3f1
#define MSR_IA32_XFD            0x1c4
#define MSR_IA32_U_CET          0x6a0
#define MSR_IA32_S_CET          0x6a2
#define MSR_IA32_XSS            0xda0
#define MSR_IA32_TSC_DEADLINE   0x6e0
#define MSR_IA32_EFER           0xc0000080
#define MSR_IA32_STAR           0xc0000081
#define MSR_IA32_LSTAR          0xc0000082
#define MSR_IA32_CSTAR          0xc0000083
#define MSR_IA32_FMASK          0xc0000084
#define MSR_IA32_FS_BASE        0xc0000100
#define MSR_IA32_GS_BASE        0xc0000101
#define MSR_IA32_KERNEL_GS_BASE 0xc0000102
#define MSR_IA32_TSC_AUX        0xc0000103

#define EFER_SCE 0x001
#define EFER_LME 0x100
#define EFER_LMA 0x400
#define EFER_NXE 0x800

/* XCR0: x87, SSE, AVX; and the three of AVX-512, all or none. What is not known is never on. */
#define XCR0_X87    1u
#define XCR0_SSE    2u
#define XCR0_AVX    4u
#define XCR0_AVX512 0xe0u
#define XCR0_KNOWN  (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)

#define PAGE_PRESENT       0x001
#define PAGE_WRITABLE      0x002
#define PAGE_USER          0x004
#define PAGE_WRITE_THROUGH 0x008
#define PAGE_NO_CACHE      0x010
#define PAGE_LARGE         0x080

/*
 * IA32_PAT as after a reset: write-back, write-through, UC-, UC, and the same again; and with
 * write-combining as the second type. SDM: "Page Attribute Table (PAT)".
 */
#define PAT_RESET                UINT64_C(0x0007040600070406)
#define PAT_WITH_WRITE_COMBINING UINT64_C(0x0007040600070106)

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
#define RFLAGS_VM    0x20000
#define RFLAGS_AC    0x40000

#define DEBUGCTL_BTF 0x2 /* TF steps from branch to branch */

#define VECTOR_DEBUG              1
#define VECTOR_NMI                2
#define VECTOR_INVALID_OPCODE     6
#define VECTOR_DOUBLE_FAULT       8
#define VECTOR_GENERAL_PROTECTION 13
#define VECTOR_PAGE_FAULT         14
#define VECTOR_ALIGNMENT_CHECK    17
#define VECTOR_MACHINE_CHECK      18

/* Stands for all vectors between the exceptions and the kernel's own. */
#define VECTOR_FOREIGN 32

/* The kernel's interrupts, above all that a device may have been told by the firmware. */
#define VECTOR_FIRST      0xe0
#define VECTOR_TIMER      0xe0
#define VECTOR_RESCHEDULE 0xe1
#define VECTOR_CALL       0xe2
#define VECTOR_APIC_ERROR 0xe3
#define VECTOR_SPURIOUS   0xff

#endif
