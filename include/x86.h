/* SPDX-License-Identifier: BSD-2-Clause */
/* x86.h - architectural numbers that are not lists of bits: MSR addresses, EFER, page tables. */
#ifndef LINTEL_X86_H
#define LINTEL_X86_H

#define MSR_IA32_APIC_BASE    0x1b
#define MSR_IA32_BIOS_SIGN_ID 0x8b
#define MSR_IA32_SYSENTER_CS  0x174
#define MSR_IA32_SYSENTER_ESP 0x175
#define MSR_IA32_SYSENTER_EIP 0x176
#define MSR_IA32_DEBUGCTL     0x1d9
#define MSR_IA32_RTIT_CTL     0x570
#define MSR_IA32_LBR_CTL      0x14ce
#define MSR_IA32_PAT          0x277
#define MSR_IA32_EFER         0xc0000080
#define MSR_IA32_FS_BASE      0xc0000100
#define MSR_IA32_GS_BASE      0xc0000101

#define EFER_SCE 0x001
#define EFER_LME 0x100
#define EFER_LMA 0x400
#define EFER_NXE 0x800

#define PAGE_PRESENT  0x001
#define PAGE_WRITABLE 0x002
#define PAGE_LARGE    0x080

#define RFLAGS_FIXED 0x2 /* bit 1 is always 1 */
#define RFLAGS_CF    0x1
#define RFLAGS_ZF    0x40
#define RFLAGS_IF    0x200

#define VECTOR_DOUBLE_FAULT  8
#define VECTOR_NMI           2
#define VECTOR_PAGE_FAULT    14
#define VECTOR_MACHINE_CHECK 18

#endif
