/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_check_cases.c - failed VM entries of other hypervisors, as their bug reports give them, and
 * more of the same kinds: which rules are broken, what cannot be judged, and what is said. From
 * each report come its facts alone; the rest of the entry is filled in so that nothing else is
 * wrong.
 */
#include "check_verdict.h"
#include "support.h"

/* A 64-bit guest and a 64-bit host, both as Linux has them. */
static const char filled_in[] =
    "PIN_CONTROLS=0x3f PROC_CONTROLS=0x8401e1fa SECONDARY_CONTROLS=0xaa EXIT_CONTROLS=0x3fefff "
    "ENTRY_CONTROLS=0xd3ff EXCEPTION_BITMAP=0x60042 PAGE_FAULT_ERROR_MASK=0x0 "
    "PAGE_FAULT_ERROR_MATCH=0x0 CR3_TARGET_COUNT=0x0 EXIT_MSR_STORE_COUNT=0x0 "
    "EXIT_MSR_LOAD_COUNT=0x0 ENTRY_MSR_LOAD_COUNT=0x0 ENTRY_INTERRUPTION_INFO=0x0 "
    "ENTRY_EXCEPTION_ERROR_CODE=0x0 ENTRY_INSTRUCTION_LENGTH=0x0 VPID=0x1 "
    "EPT_POINTER=0x10000001e TSC_OFFSET=0x0 CR0_GUEST_HOST_MASK=0xfffffffffffffff7 "
    "CR4_GUEST_HOST_MASK=0xfffffffffffff871 CR0_READ_SHADOW=0x80050033 CR4_READ_SHADOW=0x6f0 "
    "VMCS_LINK_POINTER=0xffffffffffffffff GUEST_CR0=0x80050033 GUEST_CR3=0x1aa000 "
    "GUEST_CR4=0x26f0 GUEST_DR7=0x400 GUEST_RSP=0xffff888000010000 GUEST_RIP=0xffffffff81000000 "
    "GUEST_RFLAGS=0x2 GUEST_EFER=0xd01 GUEST_PAT=0x7040600070406 GUEST_DEBUGCTL=0x0 "
    "GUEST_PENDING_DEBUG_EXCEPTIONS=0x0 GUEST_INTERRUPTIBILITY=0x0 GUEST_ACTIVITY_STATE=0x0 "
    "GUEST_SYSENTER_CS=0x10 GUEST_SYSENTER_ESP=0x0 GUEST_SYSENTER_EIP=0xffffffff81800000 "
    "GUEST_CS_SELECTOR=0x10 GUEST_CS_LIMIT=0xffffffff GUEST_CS_ACCESS_RIGHTS=0xa09b "
    "GUEST_CS_BASE=0x0 GUEST_SS_SELECTOR=0x18 GUEST_SS_LIMIT=0xffffffff "
    "GUEST_SS_ACCESS_RIGHTS=0xc093 GUEST_SS_BASE=0x0 GUEST_DS_SELECTOR=0x0 "
    "GUEST_DS_LIMIT=0xffffffff GUEST_DS_ACCESS_RIGHTS=0x1c000 GUEST_DS_BASE=0x0 "
    "GUEST_ES_SELECTOR=0x0 GUEST_ES_LIMIT=0xffffffff GUEST_ES_ACCESS_RIGHTS=0x1c000 "
    "GUEST_ES_BASE=0x0 GUEST_FS_SELECTOR=0x0 GUEST_FS_LIMIT=0xffffffff "
    "GUEST_FS_ACCESS_RIGHTS=0x1c000 GUEST_FS_BASE=0x0 GUEST_GS_SELECTOR=0x0 "
    "GUEST_GS_LIMIT=0xffffffff GUEST_GS_ACCESS_RIGHTS=0x1c000 GUEST_GS_BASE=0xffff88807fc00000 "
    "GUEST_LDTR_SELECTOR=0x0 GUEST_LDTR_LIMIT=0xffffffff GUEST_LDTR_ACCESS_RIGHTS=0x10000 "
    "GUEST_LDTR_BASE=0x0 GUEST_TR_SELECTOR=0x40 GUEST_TR_LIMIT=0x67 GUEST_TR_ACCESS_RIGHTS=0x8b "
    "GUEST_TR_BASE=0xfffffe0000003000 GUEST_GDTR_LIMIT=0x7f GUEST_GDTR_BASE=0xfffffe0000001000 "
    "GUEST_IDTR_LIMIT=0xfff GUEST_IDTR_BASE=0xfffffe0000000000 HOST_CR0=0x80050033 "
    "HOST_CR3=0x1aa000 HOST_CR4=0x1726e0 HOST_CS_SELECTOR=0x10 HOST_SS_SELECTOR=0x18 "
    "HOST_DS_SELECTOR=0x0 HOST_ES_SELECTOR=0x0 HOST_FS_SELECTOR=0x0 HOST_GS_SELECTOR=0x0 "
    "HOST_TR_SELECTOR=0x40 HOST_FS_BASE=0x0 HOST_GS_BASE=0xffff888000000000 "
    "HOST_TR_BASE=0xfffffe0000003000 HOST_GDTR_BASE=0xfffffe0000001000 "
    "HOST_IDTR_BASE=0xfffffe0000000000 HOST_SYSENTER_CS=0x10 "
    "HOST_SYSENTER_ESP=0xfffffe0000003000 HOST_SYSENTER_EIP=0xffffffff81800000 HOST_EFER=0xd01 "
    "HOST_PAT=0x407050600070106 HOST_RSP=0xffff888000020000 HOST_RIP=0xffffffff81100000";

/* A running guest of KVM on a Core i9-13900K, but for GUEST_CR4: what KVM dumps of it. */
#define KVM_DUMP                                                                                \
    "CR0_GUEST_HOST_MASK=0xfffffffffffefff7 CR4_READ_SHADOW=0x750ef0 "                          \
    "CR4_GUEST_HOST_MASK=0xfffffffffffef871 GUEST_CR3=0x4442000 GUEST_PDPTE0=0x5f18a001 "       \
    "GUEST_PDPTE1=0x5f189001 GUEST_PDPTE2=0x5f188001 GUEST_PDPTE3=0x5f187001 "                  \
    "GUEST_RSP=0xffffc90000017418 GUEST_RIP=0xffffffff828e3a0c GUEST_RFLAGS=0x286 "             \
    "GUEST_DR7=0x60a GUEST_SYSENTER_ESP=0xfffffe0000003000 "                                    \
    "GUEST_SYSENTER_EIP=0xffffffff82a01e60 GUEST_DS_ACCESS_RIGHTS=0x1c001 "                     \
    "GUEST_SS_SELECTOR=0x0 GUEST_SS_ACCESS_RIGHTS=0x1c000 GUEST_ES_ACCESS_RIGHTS=0x1c001 "      \
    "GUEST_GS_ACCESS_RIGHTS=0x1c001 GUEST_GS_BASE=0xffff888236e00000 "                          \
    "GUEST_LDTR_ACCESS_RIGHTS=0x1c000 GUEST_TR_LIMIT=0x4087 GUEST_PAT=0x407050600070106 "       \
    "GUEST_INTERRUPT_STATUS=0xec00 HOST_RIP=0xffffffffc11accb0 HOST_RSP=0xffffacd087de7d28 "    \
    "HOST_FS_BASE=0x7f5088e006c0 HOST_GS_BASE=0xffff90ecbec00000 "                              \
    "HOST_TR_BASE=0xfffffe4d122bd000 HOST_GDTR_BASE=0xfffffe4d122bb000 HOST_CR3=0x35dde6000 "   \
    "HOST_CR4=0xf52ef0 HOST_SYSENTER_ESP=0xfffffe4d122bd000 "                                   \
    "HOST_SYSENTER_EIP=0xffffffffa7e02020 PROC_CONTROLS=0xb5a26dfa "                            \
    "SECONDARY_CONTROLS=0x61017fa TERTIARY_CONTROLS=0x0 PIN_CONTROLS=0xff "                     \
    "ENTRY_CONTROLS=0x53ff EXIT_CONTROLS=0xbefff ENTRY_INTERRUPTION_INFO=0xec "                 \
    "ENTRY_INSTRUCTION_LENGTH=0x2 EXIT_INTERRUPTION_INFO=0x0 EXIT_INTERRUPTION_ERROR_CODE=0x0 " \
    "EXIT_INSTRUCTION_LENGTH=0x3 EXIT_QUALIFICATION=0x981 IDT_VECTORING_INFO=0x800000ec "       \
    "IDT_VECTORING_ERROR_CODE=0x0 TSC_OFFSET=0xfffff9be78c9dd49 "                               \
    "TSC_MULTIPLIER=0x1000000000000 TPR_THRESHOLD=0x0 VIRTUAL_APIC_ADDRESS=0x360524000 "        \
    "POSTED_INTERRUPT_VECTOR=0xf2 EPT_POINTER=0x299e9305e PLE_GAP=0x80 PLE_WINDOW=0x1000"

/* What KVM's dump does not give. */
#define NOT_IN_KVM_DUMP                                                               \
    "CR3_TARGET_COUNT EXIT_MSR_STORE_COUNT EXIT_MSR_LOAD_COUNT ENTRY_MSR_LOAD_COUNT " \
    "GUEST_EFER HOST_EFER"

/* A running guest of Xen: what its debug key `v` dumps. */
#define XEN_DUMP                                                                                \
    "GUEST_CR0=0x80000033 CR0_READ_SHADOW=0x80000033 CR0_GUEST_HOST_MASK=0xffffffffffffffff "   \
    "GUEST_CR4=0x2660 CR4_READ_SHADOW=0x20 CR4_GUEST_HOST_MASK=0xffffffffffc8f860 "             \
    "GUEST_CR3=0x2e9000 GUEST_RSP=0xffffec0 GUEST_RIP=0x209997 GUEST_RFLAGS=0x297 "             \
    "GUEST_SYSENTER_CS=0x0 GUEST_SYSENTER_EIP=0x0 GUEST_CS_SELECTOR=0x8 "                       \
    "GUEST_CS_ACCESS_RIGHTS=0xa099 GUEST_DS_SELECTOR=0x10 GUEST_DS_ACCESS_RIGHTS=0xc093 "       \
    "GUEST_SS_SELECTOR=0x10 GUEST_ES_SELECTOR=0x10 GUEST_ES_ACCESS_RIGHTS=0xc093 "              \
    "GUEST_GS_BASE=0x0 GUEST_GDTR_LIMIT=0x27 GUEST_GDTR_BASE=0x3e13c0 GUEST_LDTR_LIMIT=0x0 "    \
    "GUEST_IDTR_LIMIT=0x2ff GUEST_IDTR_BASE=0x3e10a8 GUEST_TR_SELECTOR=0x18 "                   \
    "GUEST_TR_LIMIT=0x68 GUEST_TR_BASE=0x3e1040 GUEST_EFER=0x0 HOST_RIP=0xffff82d08031dd30 "    \
    "HOST_RSP=0xffff83009c057f70 HOST_CS_SELECTOR=0xe008 HOST_SS_SELECTOR=0x0 "                 \
    "HOST_TR_SELECTOR=0xe040 HOST_GS_BASE=0x0 HOST_TR_BASE=0xffff82d08055e000 "                 \
    "HOST_GDTR_BASE=0xffff82d08042e000 HOST_IDTR_BASE=0xffff82d080559000 HOST_CR3=0x172a67000 " \
    "HOST_CR4=0x3526e0 HOST_SYSENTER_ESP=0xffff83009c057fa0 HOST_SYSENTER_CS=0xe008 "           \
    "HOST_SYSENTER_EIP=0xffff82d0803654b0 HOST_EFER=0x0 HOST_PAT=0x50100070406 "                \
    "PROC_CONTROLS=0xb6a065fa SECONDARY_CONTROLS=0x14eb ENTRY_CONTROLS=0x53ff "                 \
    "EXIT_CONTROLS=0xfefff EXCEPTION_BITMAP=0x60002 ENTRY_INTERRUPTION_INFO=0x20 "              \
    "EXIT_INTERRUPTION_INFO=0x0 EXIT_INTERRUPTION_ERROR_CODE=0x0 EXIT_INSTRUCTION_LENGTH=0x1 "  \
    "EXIT_REASON=0xc EXIT_QUALIFICATION=0x0 IDT_VECTORING_INFO=0x0 "                            \
    "IDT_VECTORING_ERROR_CODE=0x0 TSC_OFFSET=0xffffffcf8453199b TSC_MULTIPLIER=0x0 "            \
    "TPR_THRESHOLD=0x0 POSTED_INTERRUPT_VECTOR=0x0 EPT_POINTER=0x172a0b01e EPTP_INDEX=0x0 "     \
    "PLE_GAP=0x80 PLE_WINDOW=0x1000 VPID=0xe VM_FUNCTION_CONTROLS=0x0"

#define NOT_IN_XEN_DUMP \
    "CR3_TARGET_COUNT EXIT_MSR_STORE_COUNT EXIT_MSR_LOAD_COUNT ENTRY_MSR_LOAD_COUNT"

/* Another one, which Xen printed as the entry failed, but for its MSR-load list. */
#define XEN_FAILED                                                                             \
    "PROC_CONTROLS=0xb62065fa SECONDARY_CONTROLS=0x54eb EXIT_CONTROLS=0xfefff "                \
    "ENTRY_CONTROLS=0x53ff EXCEPTION_BITMAP=0x60002 ENTRY_INTERRUPTION_INFO=0x2f "             \
    "ENTRY_INSTRUCTION_LENGTH=0x1 VPID=0x5a02 EPT_POINTER=0x54e3a701e "                        \
    "TSC_OFFSET=0xfffff45ded46dd57 CR0_GUEST_HOST_MASK=0xffffffffffffffff "                    \
    "CR4_GUEST_HOST_MASK=0xffffffffffe8f860 CR0_READ_SHADOW=0x80050031 "                       \
    "CR4_READ_SHADOW=0x170678 GUEST_CR0=0x80050031 GUEST_CR3=0x1b2725002 GUEST_CR4=0x172678 "  \
    "GUEST_RSP=0xffff8c0f4dd71e98 GUEST_RIP=0xffffd18a040bb75e GUEST_EFER=0x400 "              \
    "GUEST_PAT=0x7010600070106 GUEST_DEBUGCTL=0x1 GUEST_SYSENTER_CS=0x0 "                      \
    "GUEST_SYSENTER_EIP=0x0 GUEST_CS_LIMIT=0x0 GUEST_CS_ACCESS_RIGHTS=0x209b "                 \
    "GUEST_SS_SELECTOR=0x0 GUEST_SS_ACCESS_RIGHTS=0x1c000 GUEST_DS_SELECTOR=0x2b "             \
    "GUEST_DS_ACCESS_RIGHTS=0xc0f3 GUEST_ES_SELECTOR=0x2b GUEST_ES_ACCESS_RIGHTS=0xc0f3 "      \
    "GUEST_FS_SELECTOR=0x53 GUEST_FS_LIMIT=0x3c00 GUEST_FS_ACCESS_RIGHTS=0x40f3 "              \
    "GUEST_GS_SELECTOR=0x2b GUEST_GS_ACCESS_RIGHTS=0xc0f3 GUEST_GS_BASE=0xfffff8044ff80000 "   \
    "GUEST_LDTR_ACCESS_RIGHTS=0x1c000 GUEST_TR_BASE=0xfffff80459c60000 GUEST_GDTR_LIMIT=0x57 " \
    "GUEST_GDTR_BASE=0xfffff80459c61fb0 GUEST_IDTR_LIMIT=0x12f "                               \
    "GUEST_IDTR_BASE=0xffffd18a014a0980 HOST_CR3=0x54dbea000 HOST_CR4=0x1526e0 "               \
    "HOST_CS_SELECTOR=0xe008 HOST_SS_SELECTOR=0x0 HOST_TR_SELECTOR=0xe040 HOST_GS_BASE=0x0 "   \
    "HOST_TR_BASE=0xffff83083ff14000 HOST_GDTR_BASE=0xffff83083ff03000 "                       \
    "HOST_IDTR_BASE=0xffff83083ff07000 HOST_SYSENTER_CS=0xe008 "                               \
    "HOST_SYSENTER_ESP=0xffff83083ff0ffa0 HOST_SYSENTER_EIP=0xffff82d080395440 HOST_EFER=0x0 " \
    "HOST_PAT=0x50100070406 HOST_RSP=0xffff83083ff0ff70 HOST_RIP=0xffff82d080341950 "          \
    "TPR_THRESHOLD=0x0 VM_FUNCTION_CONTROLS=0x0"

/* A guest in virtual-8086 mode, and one in 32-bit mode with PAE paging. */
#define V86                                                                                  \
    "SECONDARY_CONTROLS=0x2a ENTRY_CONTROLS=0xd1ff CR0_READ_SHADOW=0x60000010 "              \
    "CR4_READ_SHADOW=0x0 GUEST_CR0=0x80000031 GUEST_CR3=0x0 GUEST_CR4=0x2050 GUEST_RSP=0x0 " \
    "GUEST_RIP=0x9568 GUEST_RFLAGS=0x23007 GUEST_EFER=0x0 GUEST_SYSENTER_CS=0x0 "            \
    "GUEST_SYSENTER_EIP=0x0 GUEST_CS_SELECTOR=0x0 GUEST_CS_LIMIT=0xffff "                    \
    "GUEST_CS_ACCESS_RIGHTS=0xf3 GUEST_SS_SELECTOR=0x0 GUEST_SS_LIMIT=0xffff "               \
    "GUEST_SS_ACCESS_RIGHTS=0xf3 GUEST_DS_LIMIT=0xffff GUEST_DS_ACCESS_RIGHTS=0xf3 "         \
    "GUEST_ES_LIMIT=0xffff GUEST_ES_ACCESS_RIGHTS=0xf3 GUEST_FS_LIMIT=0xffff "               \
    "GUEST_FS_ACCESS_RIGHTS=0xf3 GUEST_GS_ACCESS_RIGHTS=0xf3 GUEST_GS_BASE=0x0 "             \
    "GUEST_LDTR_LIMIT=0xffff GUEST_LDTR_ACCESS_RIGHTS=0x82 GUEST_TR_SELECTOR=0x0 "           \
    "GUEST_TR_LIMIT=0xffff GUEST_TR_BASE=0x0 GUEST_GDTR_LIMIT=0xffff GUEST_GDTR_BASE=0x0 "   \
    "GUEST_IDTR_LIMIT=0xffff GUEST_IDTR_BASE=0x0"
#define PAE                                                                           \
    "SECONDARY_CONTROLS=0x2a GUEST_RSP=0x80010000 GUEST_RIP=0x81000000 "              \
    "GUEST_EFER=0x800 GUEST_CS_ACCESS_RIGHTS=0xc09b MEM_1aa000=0x0 GUEST_PDPTE0=0x0 " \
    "GUEST_PDPTE1=0x0 GUEST_PDPTE2=0x0 GUEST_PDPTE3=0x0"

/* A VM-entry MSR-load list of one entry, and of two. */
#define LIST1(msr, value)                                                      \
    "ENTRY_MSR_LOAD_COUNT=1 ENTRY_MSR_LOAD_ADDRESS=10000000 MEM_10000000=" msr \
    " MEM_10000008=" value
#define LIST2(msr, value, msr2, value2)                                        \
    "ENTRY_MSR_LOAD_COUNT=2 ENTRY_MSR_LOAD_ADDRESS=10000000 MEM_10000000=" msr \
    " MEM_10000008=" value " MEM_10000010=" msr2 " MEM_10000018=" value2
#define REFUSED(qualification) " EXIT_REASON=80000022 EXIT_QUALIFICATION=" qualification

#define NMI_UNDER_STI "ENTRY_INTERRUPTION_INFO=80000202 GUEST_INTERRUPTIBILITY=1 GUEST_RFLAGS=202"

#define SAID_MAX 3
static const struct entry_case {
    const char *what;
    const char *facts;   /* what is other than in filled_in[] */
    const char *without; /* fields of filled_in[] that are not given; NULL: none */
    const char *broken;  /* exactly these rows, */
    const char *likely;  /* these may be refused; NULL: none */
    const char *lacking; /* for want of these something cannot be judged; NULL: nothing */
    const char *said[SAID_MAX];
} cases[] = {
    {"nothing is wrong", "", .broken = "",
     .said = {"assumed, since not given: 0x480-0x493: the default1 bits of the controls, CR0.PE, "
              "NE and PG "
              "and CR4.VMXE must be 1, and all else may be\n",
              "assumed, since not given: MAXPHYADDR 52\n"}},

    /* Found by others, and what was wrong. */
    {"DdiMon: bit 63 of a value for MOV to CR3",
     "GUEST_CR3=80000000b0200002 GUEST_CR4=226f0 EXIT_REASON=80000021", .broken = "guest.cr3.width",
     .said = {"bit 63 (of MOV to CR3, where it means: do not flush; no part of CR3); width 52)"}},
    {"HAXM: blocking by STI with interrupts off", "GUEST_INTERRUPTIBILITY=1 EXIT_REASON=80000021",
     .broken = "guest.interruptibility.sti_if"},
    {"HyperPlatform: CR0 and CR4 without the fixed bits",
     PAE " ENTRY_CONTROLS=d1ff GUEST_CR0=80010013 GUEST_CR4=6f0 EXIT_REASON=80000021",
     .broken = "guest.cr0.must_be_1 guest.cr4.must_be_1",
     .said = {"(bit 5 (NE); IA32_VMX_CR0_FIXED0 0x80000021; assumed: 0x486)",
              "(bit 13 (VMXE); IA32_VMX_CR4_FIXED0 0x2000; assumed: 0x488)"}},
    {"KM: a base of CS that is too high",
     "GUEST_CS_SELECTOR=8 GUEST_CS_LIMIT=fffffff GUEST_CS_BASE=7fffeed269c6 "
     "GUEST_FS_BASE=7fff5affbb20 GUEST_RIP=7fffff5c5f40 GUEST_RSP=faae GUEST_RFLAGS=46",
     .broken = "guest.cs.base_high",
     .said = {"\"guest CS base: bits 63:32 must be 0\" (bits 46:32)"}},
    {"KVM: bit 13 cleared in the wrong word", "EXIT_CONTROLS=3fcfff VM_INSTRUCTION_ERROR=7",
     .broken = "controls.exit.must_be_1",
     .said = {"IA32_VMX_TRUE_EXIT_CTLS bit 13); assumed: 0x48f) [EXIT_CONTROLS=0x3fcfff]"}},
    {"KVM: blocking by MOV SS while single-stepped",
     "GUEST_RFLAGS=102 GUEST_INTERRUPTIBILITY=2 EXIT_REASON=80000021",
     .broken = "guest.pending_debug.bs_1"},
    {"KVM: ENCLS exiting, which the processor has not",
     "SECONDARY_CONTROLS=80aa ENCLS_EXITING_BITMAP=ffffffffffffffff MSR_48b=1ff7fff00000000 "
     "VM_INSTRUCTION_ERROR=7",
     .broken = "controls.proc2.may_be_1",
     .said = {"(\"enable ENCLS exiting\" (IA32_VMX_PROCBASED_CTLS2 bit 15)) "
              "[SECONDARY_CONTROLS=0x80aa]",
              "0x480-0x48a, 0x48c-0x493: the default1 bits"}},
    {"VirtualBox: a wide GS in virtual-8086 mode", V86 " EXIT_REASON=80000021",
     .broken = "guest.gs.limit_v86"},
    {"a CR4 that the processor has not",
     KVM_DUMP " GUEST_CR4=756ef0 EXIT_REASON=80000021 MSR_489=1ff2fff", .without = NOT_IN_KVM_DUMP,
     .broken = "guest.cr4.must_be_0",
     .lacking = "CR3_TARGET_COUNT EXIT_MSR_STORE_COUNT EXIT_MSR_LOAD_COUNT ENTRY_MSR_LOAD_COUNT "
                "MSR_BITMAP POSTED_INTERRUPT_DESCRIPTOR",
     .said = {"(bit 14 (SMXE); IA32_VMX_CR4_FIXED1 0x1ff2fff) [GUEST_CR4=0x756ef0]"}},
    {"the same of an unknown processor", KVM_DUMP " GUEST_CR4=756ef0 EXIT_REASON=80000021",
     .without = NOT_IN_KVM_DUMP, .broken = "",
     .lacking = "CR3_TARGET_COUNT EXIT_MSR_STORE_COUNT EXIT_MSR_LOAD_COUNT ENTRY_MSR_LOAD_COUNT "
                "MSR_BITMAP POSTED_INTERRUPT_DESCRIPTOR",
     .said =
         {"guest.cr4.must_be_0: bits 22 (PKE), 21 (SMAP), 20 (SMEP), 18 (OSXSAVE), 16 "
          "(FSGSBASE), 14 (SMXE), 11 (UMIP) depend on 0x489 (IA32_VMX_CR4_FIXED1), not given\n"}},
    {"the same, one bit", "GUEST_CR4=66f0", .broken = "",
     .said = {"guest.cr4.must_be_0: bit 14 (SMXE) depends on 0x489 (IA32_VMX_CR4_FIXED1), not "
              "given\n"}},

    /* Running guests: no rule is broken. */
    {"KVM runs", KVM_DUMP " GUEST_CR4=752ef0 EXIT_REASON=30", .without = NOT_IN_KVM_DUMP,
     .broken = "",
     .lacking = "CR3_TARGET_COUNT EXIT_MSR_STORE_COUNT EXIT_MSR_LOAD_COUNT ENTRY_MSR_LOAD_COUNT "
                "MSR_BITMAP POSTED_INTERRUPT_DESCRIPTOR",
     .said = {"cannot be judged: CR3_TARGET_COUNT was not given: controls.cr3_target_count\n",
              "cannot be judged: ENTRY_MSR_LOAD_COUNT was not given: "
              "controls.entry_msr_load.alignment, "}},
    {"Xen runs", XEN_DUMP, .without = NOT_IN_XEN_DUMP, .broken = "",
     .lacking = "CR3_TARGET_COUNT EXIT_MSR_STORE_COUNT EXIT_MSR_LOAD_COUNT ENTRY_MSR_LOAD_COUNT "
                "IO_BITMAP_A IO_BITMAP_B MSR_BITMAP VIRTUAL_APIC_ADDRESS APIC_ACCESS_ADDRESS"},

    /* 57-bit linear addresses: CR4 tells. */
    {"a host with LA57", "HOST_CR4=773ee0 HOST_GS_BASE=ff1100084e300000", .broken = "",
     .said = {"assumed, since not given: 57-bit linear addresses (CR4.LA57 is 1)\n"}},
    {"a guest with LA57", "GUEST_CR4=36f0 GUEST_GS_BASE=ff1100084e300000", .broken = ""},
    {"the same address without LA57", "HOST_GS_BASE=ff1100084e300000",
     .broken = "host.gs.base_canonical",
     .said = {"(48-bit linear addresses; assumed: linear_address_bits) "
              "[HOST_GS_BASE=0xff1100084e300000]"}},
    {"LA57 on a processor without", "HOST_CR4=773ee0 HOST_GS_BASE=ff1100084e300000 MSR_489=3767ff",
     .broken = "host.cr4.must_be_0 host.gs.base_canonical",
     .said = {"(bits 22 (PKE), 12 (LA57), 11 (UMIP); IA32_VMX_CR4_FIXED1 0x3767ff)",
              "(48-bit linear addresses) [HOST_GS_BASE"}},

    /* IA32_SPEC_CTRL: its bits are many processors' own. */
    {"IA32_SPEC_CTRL of an unknown processor",
     "ENTRY_CONTROLS=100d3ff GUEST_IA32_SPEC_CTRL=8000000000000000", .broken = "",
     .lacking = "M_spec_ctrl_supported",
     .said = {"cannot be judged: M_spec_ctrl_supported was not given: guest.spec_ctrl.reserved\n"}},
    {"IA32_SPEC_CTRL of a known processor",
     "ENTRY_CONTROLS=100d3ff GUEST_SPEC_CTRL=8000000000000008 M_spec_ctrl_supported=7",
     .broken = "guest.spec_ctrl.reserved",
     .said = {"(bits 63, 3 (IPRED_DIS_U); this processor has 0x7) "
              "[GUEST_SPEC_CTRL=0x8000000000000008 "}},
    {"IA32_SPEC_CTRL 0 is right everywhere", "ENTRY_CONTROLS=100d3ff GUEST_SPEC_CTRL=0",
     .broken = ""},
    {"IA32_SPEC_CTRL that is not loaded", "GUEST_SPEC_CTRL=8000000000000000", .broken = ""},
    {"the host's IA32_SPEC_CTRL",
     "EXIT_CONTROLS=803fefff SECONDARY_EXIT_CONTROLS=4 HOST_SPEC_CTRL=100 M_spec_ctrl_supported=7",
     .broken = "host.spec_ctrl.reserved", .said = {"(bit 8 (DDPD_U); this processor has 0x7)"}},

    /* MSR-load lists. */
    {"the trigger of microcode updates", LIST1("79", "12345040"), .broken = "msr_load.microcode",
     .said = {"(entry 1: MSR 0x79, bits 63:32 0x0, value 0x12345040)"}},
    {"the revision of the microcode", LIST1("8b", "0"), .broken = "msr_load.microcode"},
    {"IA32_FEATURE_CONTROL", LIST1("3a", "5"), .broken = "msr_load.locked"},
    {"IA32_PLATFORM_ID", LIST1("17", "0"), .broken = "msr_load.writable"},
    {"IA32_PERF_GLOBAL_STATUS", LIST1("38e", "0"), .broken = "msr_load.writable"},
    {"IA32_PKRS", LIST1("6e1", "100000000"), .broken = "msr_load.high", .said = {"; bit 32)"}},
    {"IA32_PKRS, right", LIST1("6e1", "ffffffff"), .broken = ""},
    {"IA32_TSC_AUX", LIST1("c0000103", "100000001"), .broken = "msr_load.high",
     .said = {"; bit 32)"}},
    {"IA32_S_CET", LIST1("6a2", "c40"),
     .broken = "msr_load.cet_reserved msr_load.cet_suppress_tracker",
     .said = {"value 0xc40; bit 6) [", "value 0xc40; bits 11 (TRACKER), 10 (SUPPRESS)) ["}},
    {"IA32_U_CET", LIST1("6a0", "200"), .broken = "msr_load.cet_reserved"},
    {"IA32_S_CET without shadow stacks", LIST1("6a2", "3") " M_cet_ss=0",
     .broken = "msr_load.cet_reserved", .said = {"; bits 1 (WR_SHSTK_EN), 0 (SH_STK_EN))"}},
    {"IA32_S_CET without branch tracking", LIST1("6a2", "4") " M_cet_ibt=0",
     .broken = "msr_load.cet_reserved", .said = {"; bit 2 (ENDBR_EN))"}},
    {"IA32_BNDCFGS", LIST1("d90", "7"), .broken = "msr_load.bndcfgs_reserved",
     .said = {"; bit 2)"}},
    {"IA32_FRED_CONFIG", LIST1("1d4", "4"), .broken = "msr_load.fred_config_reserved"},
    {"IA32_SPEC_CTRL in a list", LIST1("48", "80") " M_spec_ctrl_supported=7",
     .broken = "msr_load.spec_ctrl", .said = {"; bit 7 (PSFD))"}},
    {"IA32_EFER in a list", LIST1("c0000080", "d03"), .broken = "msr_load.efer_reserved",
     .said = {"; bit 1; assumed: efer_supported)"}},

    /* Last branches: what TSX, where it is off, does to bits 62:61. */
    {"Xen: an LBR", XEN_FAILED " " LIST2("1dc", "0", "1dd", "1ffff80676f52be5") REFUSED("2"),
     .broken = "msr_load.last_branch",
     .lacking = "IO_BITMAP_A IO_BITMAP_B MSR_BITMAP VIRTUAL_APIC_ADDRESS APIC_ACCESS_ADDRESS "
                "VMREAD_BITMAP VMWRITE_BITMAP",
     .said = {"(entry 2: MSR 0x1dd, bits 63:32 0x0, value 0x1ffff80676f52be5; bits 62:61)"}},
    {"the same of an unknown processor", LIST1("680", "1fff800000102e60"), .broken = "",
     .likely = "msr_load.last_branch",
     .said = {"VM entry may be refused on this processor (exit reason 34)", "; bits 62:61) ["}},
    {"the same with TSX off", LIST1("680", "1fff800000102e60") " M_rtm=0",
     .broken = "msr_load.last_branch"},
    {"the same with TSX", LIST1("680", "1fff800000102e60") " M_rtm=1", .broken = ""},
    {"an LBR that is right everywhere", LIST1("680", "7fff800000102e60"), .broken = ""},
    {"the target of an LBR", LIST1("6c0", "1fff800000102e60"), .broken = "",
     .likely = "msr_load.last_branch"},

    /* The qualification names the entry. */
    {"the other entry was refused", LIST2("79", "0", "6e1", "100000000") REFUSED("2"),
     .broken = "msr_load.high", .said = {"(entry 2: MSR 0x6e1,"}},
    {"nobody knows why", LIST2("6e1", "0", "1c9", "1") REFUSED("2"), .broken = "msr_load.no_rule",
     .said = {"no rule for this MSR is known", "(entry 2: MSR 0x1c9, bits 63:32 0x0, value 0x1)"}},
    {"a list that was not given", "ENTRY_MSR_LOAD_COUNT=1 ENTRY_MSR_LOAD_ADDRESS=10000000",
     .broken = "", .lacking = "MEM_10000000"},

    /* NMIs under blocking by STI. */
    {"an NMI of an unknown processor", NMI_UNDER_STI, .broken = "",
     .likely = "guest.interruptibility.nmi_sti",
     .said = {"VM entry may be refused on this processor (exit reason 33)"}},
    {"an NMI, and the processor refused", NMI_UNDER_STI " EXIT_REASON=80000021", .broken = "",
     .likely = "guest.interruptibility.nmi_sti"},
    {"an NMI, and the processor refused for another reason",
     NMI_UNDER_STI " EXIT_REASON=80000021 EXIT_QUALIFICATION=0", .broken = ""},
    {"an NMI, and the processor took it", NMI_UNDER_STI " EXIT_REASON=1 EXIT_QUALIFICATION=3",
     .broken = "", .likely = "guest.interruptibility.nmi_sti"},
    {"an NMI, and the controls were refused", NMI_UNDER_STI " VM_INSTRUCTION_ERROR=7",
     .broken = ""},
    {"an NMI, and the processor said so",
     NMI_UNDER_STI " EXIT_REASON=80000021 EXIT_QUALIFICATION=3",
     .broken = "guest.interruptibility.nmi_sti"},
    {"an NMI, and the processor said so, whatever is known of it",
     NMI_UNDER_STI " EXIT_REASON=80000021 EXIT_QUALIFICATION=3 M_nmi_blocked_by_sti=0",
     .broken = "guest.interruptibility.nmi_sti"},
    {"an NMI where they are refused", NMI_UNDER_STI " M_nmi_blocked_by_sti=1",
     .broken = "guest.interruptibility.nmi_sti"},
    {"an NMI where they are not", NMI_UNDER_STI " M_nmi_blocked_by_sti=0", .broken = ""},

    /* Limits, widths and bits are named. */
    {"a physical address beyond the width", "MAXPHYADDR=39 EPT_POINTER=800000001e",
     .broken = "controls.eptp.width", .said = {"(bit 39; width 39) [EPT_POINTER=0x800000001e]"}},
    {"KeyIDs", "MAXPHYADDR=46 M_keyid_bits=6 GUEST_CR3=10000000000", .broken = "guest.cr3.width",
     .said = {"(bit 40; width 46, of which the highest 6 are KeyIDs) [GUEST_CR3=0x10000000000]"}},
    {"IA32_DEBUGCTL", "GUEST_DEBUGCTL=2009", .broken = "guest.debugctl.reserved",
     .said = {"(bit 3; this processor has 0xffc7; assumed: debugctl_supported) "
              "[GUEST_DEBUGCTL=0x2009 "}},
    {"IA32_DEBUGCTL of a known processor", "GUEST_DEBUGCTL=8001 M_debugctl_supported=0x1fc3",
     .broken = "guest.debugctl.reserved", .said = {"(bit 15 (RTM); this processor has 0x1fc3)"}},
    {"IA32_EFER", "GUEST_EFER=d03", .broken = "guest.efer.reserved", .said = {"(bit 1; this "}},
    {"IA32_PERF_GLOBAL_CTRL",
     "ENTRY_CONTROLS=f3ff GUEST_PERF_GLOBAL_CTRL=100070000000f "
     "M_perf_global_supported=0x70000000f",
     .broken = "guest.perf_global_ctrl.reserved", .said = {"(bit 48 (EN_PERF_METRICS); this "}},
    {"IA32_PERF_GLOBAL_CTRL where it is not known",
     "ENTRY_CONTROLS=f3ff "
     "GUEST_PERF_GLOBAL_CTRL=100070000000f",
     .broken = ""},
    {"an IA32_PAT", "GUEST_PAT=7040600070206", .broken = "guest.pat.types",
     .said = {"(bits 15:8) ["}},

    /* Shadow stacks. */
    {"an SSP above 4 GBytes outside 64-bit mode",
     PAE " GUEST_CR0=80050033 GUEST_CR4=8026f0 ENTRY_CONTROLS=10d1ff GUEST_SSP=100000000 "
         "GUEST_S_CET=1 GUEST_INTERRUPT_SSP_TABLE=0",
     .broken = "guest.ssp.high", .said = {"seen on processors, and not in today's SDM"}},

    /* What is not given is not 0. */
    {"no VM-entry controls", "", .without = "ENTRY_CONTROLS", .broken = "",
     .lacking = "ENTRY_CONTROLS GUEST_PDPTE0 GUEST_PDPTE1 GUEST_PDPTE2 GUEST_PDPTE3",
     .said = {"cannot be judged: ENTRY_CONTROLS was not given: controls.entry.must_be_1, "}},
    {"no RFLAGS", "", .without = "GUEST_RFLAGS", .broken = "", .lacking = "GUEST_RFLAGS"},
    {"a field that does not matter", "", .without = "GUEST_SYSENTER_CS EXCEPTION_BITMAP",
     .broken = ""},
};

/* --- judging ---------------------------------------------------------------------------------- */

static bool take(struct fields *fields, const char *text)
{
    size_t at;

    return fields_take(fields, text, strlen(text), &at) == FIELDS_OK;
}

static void make(struct fields *fields, const struct entry_case *c)
{
    char word[128];

    fields_init(fields);
    expect(take(fields, c->facts), "%s: the facts are not read", c->what);
    for (const char *at = filled_in; *at; at += strspn(at, " ")) {
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, " "), at);
        at += strlen(word);
        if (!has_word(c->facts, word) && !has_word(c->without, word))
            expect(take(fields, word), "%s: %s", c->what, word);
    }
}

#define LACKING "cannot be judged: "

/* Each thing that is said to be lacking is expected, and each that is expected is said. */
static void expect_lacking(const struct entry_case *c, const char *text)
{
    char name[64];
    unsigned count = 0, wanted = 0;

    for (const char *at = text; (at = strstr(at, LACKING)); count++) {
        at += strlen(LACKING);
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, " "), at);
        expect(has_word(c->lacking, name), "%s: %s is said to be lacking", c->what, name);
    }
    for (const char *at = c->lacking; at; at = strchr(at + 1, ' '))
        wanted++;
    expect(count == wanted, "%s: %u things are lacking, not %u:\n%s", c->what, count, wanted, text);
}

static void cases_are_judged(void **state)
{
    static struct fields fields;
    static struct verdict verdict;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct entry_case *c = &cases[i];
        const char *likely = c->likely ? c->likely : "";

        make(&fields, c);
        verdict_of(&verdict, &fields);
        expect(!strcmp(verdict.broken, c->broken), "%s: broken \"%s\", not \"%s\"", c->what,
               verdict.broken, c->broken);
        expect(!strcmp(verdict.likely, likely), "%s: likely \"%s\", not \"%s\"", c->what,
               verdict.likely, likely);
        expect_lacking(c, verdict.text);
        expect_same_when_read_back(&verdict.in, c->what);
        for (unsigned s = 0; s < SAID_MAX && c->said[s]; s++)
            expect(strstr(verdict.text, c->said[s]) != NULL, "%s: \"%s\" is not said:\n%s", c->what,
                   c->said[s], verdict.text);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cases_are_judged, start_counting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
