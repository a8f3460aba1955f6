/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmx_caps.h - the VMX capability MSRs 0x480-0x493 as one struct of unions, and what may be asked
 * of it without knowing the processor. SDM: "VMX Capability Reporting Facility".
 *
 * The MSRs fall into blocks that exist or don't as a whole:
 *
 *   vmx                  0x480-0x48a  wherever CPUID reports VMX
 *   vmx_procbased_ctls2  0x48b        "activate secondary controls" may be 1
 *   vmx_ept_vpid_cap     0x48c        "enable EPT" or "enable VPID" may be 1
 *   vmx_true_ctls        0x48d-0x490  IA32_VMX_BASIC bit 55
 *   vmx_vmfunc           0x491        "enable VM functions" may be 1
 *   vmx_procbased_ctls3  0x492        "activate tertiary controls" may be 1
 *   vmx_exit_ctls2       0x493        "activate secondary controls" (of VM exits) may be 1
 *
 * PURE: no privileged instruction, no state. Nothing here judges or mends a value.
 */
#ifndef LINTEL_MSR_VMX_CAPS_H
#define LINTEL_MSR_VMX_CAPS_H

#include "bit_list.h"
#include "msrs.h"
#include "vmx_bits.def"

VMX_WORDS(BIT_LIST_UNION)
VMX_WORDS(BIT_LIST_POSITIONS)

/* Bit `position` of a control's allowed_1 word, as a mask of the whole MSR. */
#define ALLOWED_1(position) BIT64(32 + (position))

/* MSR_IA32_VMX_BASIC = 0x480 and so on; all other addresses: msrs.h. */
#define MSR_ADDRESS(address, name, form, word, gate) MSR_##name = (address),
enum { VMX_MSRS(MSR_ADDRESS) };
#undef MSR_ADDRESS

enum {
    VMX_MSR_FIRST = MSR_IA32_VMX_BASIC,
    VMX_MSR_LAST = MSR_IA32_VMX_EXIT_CTLS2,
    VMX_MSR_COUNT = VMX_MSR_LAST - VMX_MSR_FIRST + 1,
};

/* A control MSR: allowed_0 has the bits that MUST be 1, allowed_1 the bits that MAY be 1. */
#define CONTROL_MSR(tag)         \
    union {                      \
        uint64_t raw;            \
        struct {                 \
            union tag allowed_0; \
            union tag allowed_1; \
        };                       \
    }

/* A fixed-bits MSR of CR0 or CR4: the one word, under the name of its meaning. */
#define FIXED_MSR(tag, meaning) \
    union {                     \
        uint64_t raw;           \
        union tag meaning;      \
    }

struct msr_policy {
    union {
        uint64_t raw[VMX_MSR_COUNT]; /* all blocks, in the order of their addresses */
        struct {
            union {
                uint64_t raw[MSR_IA32_VMX_VMCS_ENUM - MSR_IA32_VMX_BASIC + 1];
                struct {
                    union vmx_basic_bits basic;
                    CONTROL_MSR(vmx_pin_based_exec_control_bits) pinbased_ctls;
                    CONTROL_MSR(vmx_cpu_based_exec_control_bits) procbased_ctls;
                    CONTROL_MSR(vmx_vmexit_control_bits) exit_ctls;
                    CONTROL_MSR(vmx_vmentry_control_bits) entry_ctls;
                    union vmx_misc_bits misc;
                    FIXED_MSR(cr0_bits, allowed_0) cr0_fixed0;
                    FIXED_MSR(cr0_bits, allowed_1) cr0_fixed1;
                    FIXED_MSR(cr4_bits, allowed_0) cr4_fixed0;
                    FIXED_MSR(cr4_bits, allowed_1) cr4_fixed1;
                    union vmx_vmcs_enum_bits vmcs_enum;
                };
            } vmx;
            CONTROL_MSR(vmx_secondary_exec_control_bits) vmx_procbased_ctls2;
            union vmx_ept_vpid_cap_bits vmx_ept_vpid_cap;
            union {
                uint64_t raw[MSR_IA32_VMX_TRUE_ENTRY_CTLS - MSR_IA32_VMX_TRUE_PINBASED_CTLS + 1];
                struct {
                    CONTROL_MSR(vmx_pin_based_exec_control_bits) pinbased;
                    CONTROL_MSR(vmx_cpu_based_exec_control_bits) procbased;
                    CONTROL_MSR(vmx_vmexit_control_bits) exit;
                    CONTROL_MSR(vmx_vmentry_control_bits) entry;
                };
            } vmx_true_ctls;
            union vmx_vmfunc_bits vmx_vmfunc;
            union vmx_tertiary_exec_control_bits vmx_procbased_ctls3;
            union vmx_secondary_vmexit_control_bits vmx_exit_ctls2;
        };
    };
    uint32_t present;   /* bit N: MSR 0x480 + N was read (its word in raw[] means something) */
    uint32_t faulted;   /* bit N: its gate says that it exists, but RDMSR raised #GP */
    uint32_t disagreed; /* bit N: processors differ in EQUAL field N of VMX_MEET, which is 0 here */
};

/* True when 0x480 + `index` (0..19) was read. */
static inline bool msr_present(const struct msr_policy *policy, unsigned index)
{
    return (policy->present >> index) & 1;
}

/* Whether each block exists, judged by the words read so far. All false without VMX. */
bool vmx_available(const struct msr_policy *policy);
bool vmx_procbased_ctls2_available(const struct msr_policy *policy);
bool vmx_ept_vpid_cap_available(const struct msr_policy *policy);
bool vmx_true_ctls_available(const struct msr_policy *policy);
bool vmx_vmfunc_available(const struct msr_policy *policy);
bool vmx_procbased_ctls3_available(const struct msr_policy *policy);
bool vmx_exit_ctls2_available(const struct msr_policy *policy);

/* The same, for MSR 0x480 + `index`: true when its gate is open. */
bool msr_available(const struct msr_policy *policy, unsigned index);

/* The same on a processor with VMX: an MSR without a gate should exist, read or not. */
bool msr_is_expected(const struct msr_policy *policy, unsigned index);

/*
 * Fills `policy` (all of it) through `read`, which returns false when the MSR faulted. Every gate
 * looks at a lower MSR only, so one ascending loop does it. Without `has_vmx` (CPUID.1:ECX bit 5)
 * nothing is read, even where the machine would let it.
 */
typedef bool msr_reader(void *context, uint32_t address, uint64_t *value);
void msr_policy_read(struct msr_policy *policy, bool has_vmx, msr_reader *read, void *context);

#endif
