/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_msr.c - a guest's MSRs that are exits: see vcpu.h and guest_msr.def. */
#include "arch/insn.h"
#include "guest_msr.h"
#include "memory_type.h"
#include "vcpu.h"
#include "vmx/current.h"

#define APIC_BASE_BSP 0x100u /* and no local APIC */

/* Where the vCPU keeps an MSR of SYSCALL; NULL: none of them. */
static uint64_t *syscall_msr(struct vcpu *vcpu, uint32_t msr)
{
    switch (msr) {
    case MSR_IA32_STAR:
        return &vcpu->star;
    case MSR_IA32_LSTAR:
        return &vcpu->lstar;
    case MSR_IA32_CSTAR:
        return &vcpu->cstar;
    case MSR_IA32_FMASK:
        return &vcpu->fmask;
    default:
        return NULL;
    }
}

/* Reads those that guest_msr.def calls KERNEL; false: it is not one of them, or not here. */
static bool read_kernel_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    const uint64_t *kept = NULL;

    if (msr == MSR_IA32_EFER)
        *value = vmcs_get(VMCS_AT_GUEST_EFER);
    else if (msr == MSR_IA32_PAT)
        *value = vmcs_get(VMCS_AT_GUEST_PAT);
    else if (msr == MSR_IA32_TSC_DEADLINE &&
             PAGE_READ(vcpu->page->timer_vector) >= ABI_TIMER_VECTOR_MIN)
        *value = vcpu->timer_deadline;
    else if (msr == MSR_IA32_APIC_BASE)
        *value = vcpu->number ? 0 : APIC_BASE_BSP;
    else if ((kept = syscall_msr(vcpu, msr)))
        *value = *kept;
    else
        return false;
    return true;
}

/* First the few that are read often: a search of the table costs 60 instructions. */
bool vcpu_read_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    const struct guest_msr *row;

    if (read_kernel_msr(vcpu, msr, value))
        return true;
    row = guest_msr_find(msr);
    if (!row || row->read != GUEST_MSR_VALUE)
        return false;
    *value = row->value;
    return true;
}

/* The registers hold the guest's while it is loaded and has SYSCALL on. */
static bool write_syscall_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *kept, uint64_t value)
{
    bool address = msr == MSR_IA32_LSTAR || msr == MSR_IA32_CSTAR;

    if ((address && !is_canonical(value, GUEST_LINEAR_BITS)) ||
        (msr == MSR_IA32_FMASK && high32(value)))
        return false;
    *kept = value;
    if (vcpu->has_syscall)
        wrmsr(msr, value);
    return true;
}

/* "IA32_TSC_DEADLINE": a deadline that has passed fires at once, and 0 disarms. */
static bool set_timer(struct vcpu *vcpu, uint64_t deadline)
{
    if (PAGE_READ(vcpu->page->timer_vector) < ABI_TIMER_VECTOR_MIN)
        return false;
    vcpu->timer_deadline = deadline;
    vcpu_notice(vcpu, ATTEND_TIMER);
    return true;
}

static bool write_kernel_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    uint64_t *kept = syscall_msr(vcpu, msr);

    if (kept)
        return write_syscall_msr(vcpu, msr, kept, value);
    if (msr == MSR_IA32_EFER)
        return vcpu_set_efer(vcpu, value);
    if (msr == MSR_IA32_TSC_DEADLINE)
        return set_timer(vcpu, value);
    if (msr != MSR_IA32_PAT || !pat_is_valid(value))
        return false;
    vmcs_put(VMCS_AT_GUEST_PAT, value);
    return true;
}

bool vcpu_write_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    const struct guest_msr *row = guest_msr_find(msr);

    if (!row || row->write == GUEST_MSR_REFUSE)
        return false;
    return row->write == GUEST_MSR_VALUE || write_kernel_msr(vcpu, msr, value);
}
