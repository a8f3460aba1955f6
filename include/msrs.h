/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msrs.h - the addresses of all MSRs that this code knows, except the VMX capability MSRs, whose
 * list is msr/vmx_bits.def. In ascending order; for C and assembly. SDM: "Architectural MSRs".
 */
#ifndef LINTEL_MSRS_H
#define LINTEL_MSRS_H

#define MSR_IA32_TIME_STAMP_COUNTER       0x10
#define MSR_IA32_PLATFORM_ID              0x17
#define MSR_IA32_APIC_BASE                0x1b
#define MSR_IA32_FEATURE_CONTROL          0x3a
#define MSR_IA32_TSC_ADJUST               0x3b
#define MSR_IA32_SPEC_CTRL                0x48
#define MSR_IA32_PRED_CMD                 0x49
#define MSR_IA32_BIOS_UPDT_TRIG           0x79
#define MSR_IA32_BIOS_SIGN_ID             0x8b
#define MSR_IA32_SMM_MONITOR_CTL          0x9b
#define MSR_IA32_CORE_CAPABILITIES        0xcf
#define MSR_IA32_UMWAIT_CONTROL           0xe1
#define MSR_IA32_MTRRCAP                  0xfe
#define MSR_IA32_ARCH_CAPABILITIES        0x10a
#define MSR_IA32_FLUSH_CMD                0x10b
#define MSR_MISC_FEATURES_ENABLES         0x140
#define MSR_IA32_SYSENTER_CS              0x174
#define MSR_IA32_SYSENTER_ESP             0x175
#define MSR_IA32_SYSENTER_EIP             0x176
#define MSR_IA32_MCG_CAP                  0x179
#define MSR_IA32_MCG_STATUS               0x17a
#define MSR_IA32_MCG_CTL                  0x17b
#define MSR_IA32_MISC_ENABLE              0x1a0
#define MSR_IA32_XFD                      0x1c4
#define MSR_IA32_FRED_RSP0                0x1cc
#define MSR_IA32_FRED_RSP3                0x1cf
#define MSR_IA32_FRED_SSP1                0x1d1
#define MSR_IA32_FRED_CONFIG              0x1d4
#define MSR_IA32_DEBUGCTL                 0x1d9
#define MSR_LER_FROM_LIP                  0x1dd /* of the last exception or interrupt */
#define MSR_LER_TO_LIP                    0x1de
#define MSR_IA32_MTRR_PHYSBASE0           0x200 /* pair N is 2 * N further on */
#define MSR_IA32_MTRR_PHYSMASK0           0x201
#define MSR_IA32_MTRR_FIX64K_00000        0x250 /* one; then two of 16 and eight of 4 KiB */
#define MSR_IA32_MTRR_FIX16K_80000        0x258
#define MSR_IA32_MTRR_FIX4K_C0000         0x268
#define MSR_IA32_PAT                      0x277
#define MSR_IA32_MTRR_DEF_TYPE            0x2ff
#define MSR_IA32_PERF_CAPABILITIES        0x345
#define MSR_IA32_PERF_GLOBAL_STATUS       0x38e
#define MSR_IA32_PERF_GLOBAL_CTRL         0x38f
#define MSR_IA32_PEBS_ENABLE              0x3f1
#define MSR_IA32_MC0_CTL                  0x400 /* of bank 0: bank N is 4 * N further on */
#define MSR_IA32_MC0_STATUS               0x401
#define MSR_IA32_MC0_ADDR                 0x402
#define MSR_IA32_MC0_MISC                 0x403
#define MSR_IA32_RTIT_CTL                 0x570
#define MSR_IA32_RTIT_ADDR0_A             0x580
#define MSR_IA32_RTIT_ADDR3_B             0x587
#define MSR_IA32_DS_AREA                  0x600
#define MSR_LASTBRANCH_0_FROM_IP          0x680 /* last branches: 32 at most */
#define MSR_LASTBRANCH_31_FROM_IP         0x69f
#define MSR_IA32_U_CET                    0x6a0
#define MSR_IA32_S_CET                    0x6a2
#define MSR_IA32_PL0_SSP                  0x6a4
#define MSR_IA32_INTERRUPT_SSP_TABLE_ADDR 0x6a8
#define MSR_LASTBRANCH_0_TO_IP            0x6c0
#define MSR_LASTBRANCH_31_TO_IP           0x6df
#define MSR_IA32_TSC_DEADLINE             0x6e0
#define MSR_IA32_PKRS                     0x6e1
#define MSR_X2APIC_FIRST                  0x800 /* register at offset N: N / 16 further on */
#define MSR_X2APIC_LAST                   0x8ff
#define MSR_IA32_TME_ACTIVATE             0x982
#define MSR_IA32_UINTR_HANDLER            0x986
#define MSR_IA32_UINTR_STACKADJUST        0x987
#define MSR_IA32_BNDCFGS                  0xd90
#define MSR_IA32_PASID                    0xd93
#define MSR_IA32_XSS                      0xda0
#define MSR_IA32_LBR_CTL                  0x14ce
#define MSR_IA32_EFER                     0xc0000080
#define MSR_IA32_STAR                     0xc0000081
#define MSR_IA32_LSTAR                    0xc0000082
#define MSR_IA32_CSTAR                    0xc0000083
#define MSR_IA32_FMASK                    0xc0000084
#define MSR_IA32_FS_BASE                  0xc0000100
#define MSR_IA32_GS_BASE                  0xc0000101
#define MSR_IA32_KERNEL_GS_BASE           0xc0000102
#define MSR_IA32_TSC_AUX                  0xc0000103

#endif
