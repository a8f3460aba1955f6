/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_cr.c - control registers of a guest: see vcpu.h. SDM: "Control Registers", "Guest/Host Masks
 * and Read Shadows for CR0 and CR4".
 *
 * The host owns the bits that change how the guest is run, or that the processor fixes; the guest
 * reads the shadow of those. All others change without an exit.
 */
#include "vcpu.h"
#include "vmx/current.h"
#include "vmx/fixed.h"
#include "vmx/platform.h"
#include "x86.h"

#define RSP_NUMBER 4 /* of a general register in an exit qualification */
#define CR0_PAGING (BIT64(CR0_pe) | BIT64(CR0_pg))

/* SDM: "Operations that Invalidate TLBs and Paging-Structure Caches". */
#define CR4_FLUSHES                                                                          \
    (BIT64(CR4_pse) | BIT64(CR4_pae) | BIT64(CR4_pge) | BIT64(CR4_pcide) | BIT64(CR4_smep) | \
     BIT64(CR4_smap))

uint64_t vcpu_cr0(void)
{
    uint64_t mask = vmcs_get(VMCS_AT_CR0_GUEST_HOST_MASK);

    return (vmcs_get(VMCS_AT_GUEST_CR0) & ~mask) | (vmcs_get(VMCS_AT_CR0_READ_SHADOW) & mask);
}

uint64_t vcpu_cr4(void)
{
    uint64_t mask = vmcs_get(VMCS_AT_CR4_GUEST_HOST_MASK);

    return (vmcs_get(VMCS_AT_GUEST_CR4) & ~mask) | (vmcs_get(VMCS_AT_CR4_READ_SHADOW) & mask);
}

static bool is_unrestricted(void)
{
    return has_any(vmcs_get(VMCS_AT_SECONDARY_CONTROLS), BIT64(PROC2_unrestricted_guest));
}

/* SDM: "Loading Guest Control Registers": LMA is LME with paging, in the control as in the MSR. */
static void set_long_mode(bool active)
{
    uint64_t efer = vmcs_get(VMCS_AT_GUEST_EFER), entry = vmcs_get(VMCS_AT_ENTRY_CONTROLS);
    uint64_t control = BIT64(ENTRY_ia32e_mode);

    vmcs_put(VMCS_AT_GUEST_EFER, active ? efer | EFER_LMA : efer & ~(uint64_t)EFER_LMA);
    vmcs_put(VMCS_AT_ENTRY_CONTROLS, active ? entry | control : entry & ~control);
}

/* The PDPTEs of PAE paging are in the VMCS: the kernel would have to load them from memory, which
 * it cannot yet. */
static bool is_pae(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
    return has_any(cr0, BIT64(CR0_pg)) && has_any(cr4, BIT64(CR4_pae)) && !has_any(efer, EFER_LMA);
}

/* SDM: the conditions of "MOV - Move to/from Control Registers" for a #GP. */
static bool cr0_valid(uint64_t value)
{
    uint64_t efer = vmcs_get(VMCS_AT_GUEST_EFER);
    bool paging = has_any(value, BIT64(CR0_pg));

    if (high32(value) || (paging && !has_any(value, BIT64(CR0_pe))) ||
        (has_any(value, BIT64(CR0_nw)) && !has_any(value, BIT64(CR0_cd))))
        return false;
    if (paging && has_any(efer, EFER_LME) && !has_any(vcpu_cr4(), BIT64(CR4_pae)))
        return false;
    return paging || !has_any(vcpu_cr4(), BIT64(CR4_pcide));
}

/* "In 64-bit mode: if an attempt is made to clear CR0.PG". */
static bool leaves_64_bit_mode(uint64_t cr0)
{
    return !has_any(cr0, BIT64(CR0_pg)) && has_any(vmcs_get(VMCS_AT_GUEST_EFER), EFER_LMA) &&
           has_any(vmcs_get(VMCS_AT_GUEST_CS_ACCESS_RIGHTS), ACCESS_L);
}

static bool set_cr0(struct vcpu *vcpu, uint64_t value)
{
    bool unrestricted = is_unrestricted();
    bool long_mode =
        has_any(value, BIT64(CR0_pg)) && has_any(vmcs_get(VMCS_AT_GUEST_EFER), EFER_LME);

    value |= BIT64(CR0_et);
    if (!cr0_valid(value) || (!unrestricted && !has_all(value, CR0_PAGING)))
        return false;
    if (is_pae(value, vcpu_cr4(), long_mode ? EFER_LMA : 0) || leaves_64_bit_mode(value))
        return false;
    if ((value ^ vcpu_cr0()) & BIT64(CR0_pg))
        vcpu_flush(vcpu);
    set_long_mode(long_mode);
    vmcs_put(VMCS_AT_CR0_READ_SHADOW, value);
    vmcs_put(VMCS_AT_GUEST_CR0, unrestricted ? fixed_cr0_unrestricted(host_policy(), value)
                                             : fixed_cr0(host_policy(), value));
    return true;
}

static bool set_cr4(struct vcpu *vcpu, uint64_t value)
{
    uint64_t efer = vmcs_get(VMCS_AT_GUEST_EFER), old = vcpu_cr4();

    if (value & ~vcpu->cr4_allowed)
        return false;
    if (has_any(efer, EFER_LMA) &&
        (!has_any(value, BIT64(CR4_pae)) || ((value ^ old) & BIT64(CR4_la57))))
        return false;
    if (has_any(value, BIT64(CR4_pcide)) && !has_any(efer, EFER_LMA))
        return false;
    if (is_pae(vcpu_cr0(), value, efer))
        return false;
    if ((value ^ old) & CR4_FLUSHES)
        vcpu_flush(vcpu);
    vmcs_put(VMCS_AT_CR4_READ_SHADOW, value);
    vmcs_put(VMCS_AT_GUEST_CR4, fixed_cr4(host_policy(), value));
    return true;
}

/* LME cannot change while paging is on; LMA is not the guest's to write. */
bool vcpu_set_efer(struct vcpu *vcpu, uint64_t value)
{
    uint64_t old = vmcs_get(VMCS_AT_GUEST_EFER);

    if (value & ~(vcpu->efer_allowed | EFER_LMA))
        return false;
    if (((value ^ old) & EFER_LME) && has_any(vcpu_cr0(), BIT64(CR0_pg)))
        return false;
    value = (value & ~(uint64_t)EFER_LMA) | (old & EFER_LMA);
    vmcs_put(VMCS_AT_GUEST_EFER, value);
    if (has_any(value, EFER_SCE) != vcpu->has_syscall) {
        vcpu_return_msrs(vcpu); /* by the old EFER; below by the new one */
        vcpu->has_syscall = has_any(value, EFER_SCE);
        vcpu_take_msrs(vcpu);
    }
    return true;
}

/* --- the exits -------------------------------------------------------------------------------- */

static uint64_t *register_of(struct vcpu *vcpu, unsigned number)
{
    return &vcpu->page->rax + number;
}

static uint64_t read_register(struct vcpu *vcpu, unsigned number)
{
    return number == RSP_NUMBER ? vmcs_get(VMCS_AT_GUEST_RSP)
                                : PAGE_READ(*register_of(vcpu, number));
}

static void write_register(struct vcpu *vcpu, unsigned number, uint64_t value)
{
    if (number == RSP_NUMBER)
        vmcs_put(VMCS_AT_GUEST_RSP, value);
    else
        *register_of(vcpu, number) = value;
}

static bool move_to(struct vcpu *vcpu, unsigned cr, uint64_t value)
{
    switch (cr) {
    case 0:
        return set_cr0(vcpu, value);
    case 4:
        return set_cr4(vcpu, value);
    case 8:
        if (value < 16)
            vcpu->cr8 = value;
        return value < 16;
    default:
        return false;
    }
}

/* LMSW: the low four bits; it can set PE and cannot clear it. */
static uint64_t lmsw(uint64_t q)
{
    uint64_t old = vcpu_cr0(), source = cr_access_lmsw_source(q) & 0xf;

    return (old & ~UINT64_C(0xe)) | source;
}

enum exit_next vcpu_cr_access(struct vcpu *vcpu)
{
    uint64_t q = vmcs_get(VMCS_AT_EXIT_QUALIFICATION);
    unsigned reg = cr_access_register(q);
    bool valid = true;

    switch (cr_access_type(q)) {
    case CR_ACCESS_MOV_TO:
        valid = move_to(vcpu, cr_access_number(q), read_register(vcpu, reg));
        break;
    case CR_ACCESS_MOV_FROM: /* CR8 only: no other read is an exit */
        write_register(vcpu, reg, vcpu->cr8);
        break;
    case CR_ACCESS_CLTS:
        valid = set_cr0(vcpu, vcpu_cr0() & ~BIT64(CR0_ts));
        break;
    case CR_ACCESS_LMSW:
        valid = set_cr0(vcpu, lmsw(q));
        break;
    }
    return valid ? NEXT_SKIP : vcpu_fault(vcpu, VECTOR_GENERAL_PROTECTION, 0);
}
