/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_check_guest_state.c - the entry checker's rows about the guest's RIP, RFLAGS and SSP, its
 * non-register state and its PDPTEs: each one broken alone, and every injected event in every
 * activity state.
 */
#include "check_images.h"

#define NOTHING \
    {           \
        0, 0, 0 \
    }
#define TF   0x100
#define IF   0x200
#define VM   0x20000
#define FRED ADD(GUEST_CR4, BIT64(32))

/* VM-entry interruption information. */
#define INJECT(type, vector) SET(ENTRY_INTERRUPTION_INFO, 0x80000000 | (type) << 8 | (vector))
#define EXTERNAL             INJECT(0, 0x30)
#define NMI                  INJECT(2, 2)

#define BLOCK(bits)   SET(GUEST_INTERRUPTIBILITY, bits)
#define ACTIVITY(n)   SET(GUEST_ACTIVITY_STATE, n)
#define PENDING(bits) SET(GUEST_PENDING_DEBUG_EXCEPTIONS, bits)
#define FLAGS(bits)   ADD(GUEST_RFLAGS, bits)
#define LINK(address) SET(VMCS_LINK_POINTER, address)
#define ENTRY_TO_SMM  ADD(ENTRY_CONTROLS, BIT64(10))
#define STI           1
#define MOV_SS        2
#define SMI           4
#define NMI_BLOCKED   8
#define ENCLAVE       16
#define BS            0x4000
#define RTM           0x10000
#define BREAKPOINT    0x1000

static const struct entry_case cases[] = {
    {"guest.rip.high", PAE, {SET(GUEST_RIP, BIT64(32))}, 0},
    {"guest.rip.high", LONG, {SET(GUEST_RIP, BIT64(32)), SET(GUEST_CS_ACCESS_RIGHTS, 0xc09b)}, 0},
    {"", LONG, {SET(GUEST_RIP, BIT64(47))}, 0},
    {"guest.rip.width", LONG, {SET(GUEST_RIP, BIT64(48))}, 0},
    {"guest.rflags.reserved_0", LONG, {FLAGS(BIT64(22))}, 0},
    {"guest.rflags.reserved_1", LONG, {REMOVE(GUEST_RFLAGS, 2)}, 0},
    {"guest.rflags.vm_ia32e",
     V86,
     {ADD(ENTRY_CONTROLS, BIT64(9)), ADD(GUEST_CR4, BIT64(5)), SET(GUEST_EFER, 0x500)},
     0},
    {"guest.rflags.vm_pe",
     V86,
     {REMOVE(GUEST_CR0, 0x80000001), ADD(SECONDARY_CONTROLS, BIT64(7))},
     0},
    {"guest.rflags.if_external", LONG, {EXTERNAL}, 0},
    {"", LONG, {EXTERNAL, FLAGS(IF)}, 0},
    {"", LONG, {SET(ENTRY_INTERRUPTION_INFO, 0x30)}, 0},
    {"guest.rflags.iopl_fred", USER, {FRED, FLAGS(0x1000)}, 0},
    {"", LONG, {FRED, FLAGS(0x3000)}, 0},
    {"", USER, {FLAGS(0x3000)}, 0},
    {"guest.ssp.aligned", LONG, {SET(GUEST_SSP, 2)}, 0},
    {"guest.ssp.width", LONG, {SET(GUEST_SSP, BIT64(48))}, 0},
    {"", LONG, {SET(GUEST_SSP, BIT64(47))}, 0},
    {"", LONG, {SET(GUEST_SSP, BIT64(48) + 1), REMOVE(ENTRY_CONTROLS, BIT64(20))}, 0},
    {"", PAE, {SET(GUEST_SSP, BIT64(32)), REMOVE(ENTRY_CONTROLS, BIT64(20))}, 0},
    {"guest.ssp.high", PAE, {SET(GUEST_SSP, BIT64(32))}, 0},
    {"guest.ssp.width guest.ssp.high", PAE, {SET(GUEST_SSP, BIT64(63))}, 0},
    {"", LONG, {SET(GUEST_SSP, BIT64(32))}, 0},

    {"guest.activity_state.known", LONG, {ACTIVITY(4)}, 0},
    {"guest.activity_state.known", LONG, {ACTIVITY(0xffffffff)}, 0},
    {"", LONG, {ACTIVITY(3)}, 0},
    {"guest.activity_state.hlt_offered", LONG, {ACTIVITY(1)}, NO_HLT},
    {"", LONG, {ACTIVITY(1)}, NO_SHUTDOWN | NO_SIPI},
    {"guest.activity_state.shutdown_offered", LONG, {ACTIVITY(2)}, NO_SHUTDOWN},
    {"", LONG, {ACTIVITY(2)}, NO_HLT | NO_SIPI},
    {"guest.activity_state.wait_for_sipi_offered", LONG, {ACTIVITY(3)}, NO_SIPI},
    {"", LONG, {ACTIVITY(3)}, NO_HLT | NO_SHUTDOWN},
    {"guest.activity_state.hlt_dpl", USER, {ACTIVITY(1)}, 0},
    {"", USER, {ACTIVITY(2)}, 0},
    {"guest.activity_state.blocking", LONG, {ACTIVITY(2), BLOCK(MOV_SS)}, 0},
    {"guest.activity_state.blocking", LONG, {ACTIVITY(1), BLOCK(STI), FLAGS(IF)}, 0},
    {"", LONG, {ACTIVITY(1), BLOCK(NMI_BLOCKED)}, 0},
    {"guest.activity_state.hlt_event", LONG, {ACTIVITY(1), INJECT(3, 6)}, 0},
    {"guest.activity_state.shutdown_event", LONG, {ACTIVITY(2), INJECT(3, 1)}, 0},
    {"guest.activity_state.wait_for_sipi_event", LONG, {ACTIVITY(3), NMI}, 0},
    {"guest.activity_state.wait_for_sipi_smm",
     LONG,
     {ACTIVITY(3), ENTRY_TO_SMM, BLOCK(SMI)},
     IN_SMM},

    {"guest.interruptibility.reserved", LONG, {BLOCK(0x20)}, 0},
    {"guest.interruptibility.sti_mov_ss", LONG, {BLOCK(STI | MOV_SS), FLAGS(IF)}, 0},
    {"guest.interruptibility.sti_if", LONG, {BLOCK(STI)}, 0},
    {"", LONG, {BLOCK(STI), FLAGS(IF)}, 0},
    {"", LONG, {BLOCK(MOV_SS)}, 0},
    {"guest.interruptibility.external_sti", LONG, {BLOCK(STI), FLAGS(IF), EXTERNAL}, 0},
    {"guest.interruptibility.external_mov_ss", LONG, {BLOCK(MOV_SS), FLAGS(IF), EXTERNAL}, 0},
    {"guest.interruptibility.nmi_mov_ss", LONG, {BLOCK(MOV_SS), NMI}, 0},
    {"guest.interruptibility.nmi_sti", LONG, {BLOCK(STI), FLAGS(IF), NMI}, NMI_STI},
    {"", LONG, {BLOCK(STI), FLAGS(IF), NMI}, 0},
    {"", LONG, {BLOCK(STI), FLAGS(IF), INJECT(3, 6)}, NMI_STI},
    {"guest.interruptibility.smi_outside_smm", LONG, {BLOCK(SMI)}, 0},
    {"", LONG, {BLOCK(SMI)}, IN_SMM},
    {"guest.interruptibility.smi_entry_to_smm", LONG, {ENTRY_TO_SMM}, IN_SMM},
    {"", LONG, {ENTRY_TO_SMM, BLOCK(SMI)}, IN_SMM},
    {"guest.interruptibility.virtual_nmi", LONG, {BLOCK(NMI_BLOCKED), NMI}, 0},
    {"", LONG, {BLOCK(NMI_BLOCKED), NMI, REMOVE(PIN_CONTROLS, BIT64(5))}, 0},
    {"", LONG, {BLOCK(NMI_BLOCKED), EXTERNAL, FLAGS(IF)}, 0},
    {"guest.interruptibility.enclave_mov_ss", LONG, {BLOCK(ENCLAVE | MOV_SS)}, 0},
    {"guest.interruptibility.enclave_sgx", LONG, {BLOCK(ENCLAVE)}, NO_SGX},
    {"", LONG, {BLOCK(ENCLAVE)}, 0},
    {"guest.interruptibility.sti_fred", USER, {FRED, BLOCK(STI), FLAGS(IF)}, 0},
    {"", LONG, {FRED, BLOCK(STI), FLAGS(IF)}, 0},
    {"", USER, {BLOCK(STI), FLAGS(IF)}, 0},

    {"guest.pending_debug.reserved", LONG, {PENDING(0x10)}, 0},
    {"guest.pending_debug.reserved", LONG, {PENDING(0x800)}, 0},
    {"", LONG, {PENDING(0x800)}, WITH_BLD},
    {"", LONG, {PENDING(0x500f)}, 0},
    {"guest.pending_debug.bs_1", LONG, {BLOCK(MOV_SS), FLAGS(TF)}, 0},
    {"guest.pending_debug.bs_1", LONG, {BLOCK(STI), FLAGS(TF | IF)}, 0},
    {"guest.pending_debug.bs_1", LONG, {ACTIVITY(1), FLAGS(TF)}, 0},
    {"", LONG, {ACTIVITY(1), FLAGS(TF), PENDING(BS)}, 0},
    {"", LONG, {ACTIVITY(2), FLAGS(TF)}, 0},
    {"", LONG, {ACTIVITY(1), FLAGS(TF), SET(GUEST_DEBUGCTL, 2)}, 0},
    {"guest.pending_debug.bs_0", LONG, {ACTIVITY(1), PENDING(BS)}, 0},
    {"guest.pending_debug.bs_0", LONG, {BLOCK(MOV_SS), PENDING(BS)}, 0},
    {"guest.pending_debug.bs_0", LONG, {BLOCK(STI), FLAGS(IF), PENDING(BS)}, 0},
    {"guest.pending_debug.bs_0",
     LONG,
     {BLOCK(MOV_SS), FLAGS(TF), SET(GUEST_DEBUGCTL, 2), PENDING(BS)},
     0},
    {"", LONG, {PENDING(BS)}, 0},
    {"", LONG, {FLAGS(TF)}, 0},
    {"guest.pending_debug.rtm_supported", LONG, {PENDING(RTM | BREAKPOINT)}, NO_RTM},
    {"", LONG, {PENDING(RTM | BREAKPOINT)}, 0},
    {"guest.pending_debug.rtm_alone", LONG, {PENDING(RTM | BREAKPOINT | BS)}, 0},
    {"guest.pending_debug.rtm_alone", LONG, {PENDING(RTM | BREAKPOINT | 1)}, 0},
    {"guest.pending_debug.rtm_breakpoint", LONG, {PENDING(RTM)}, 0},
    {"guest.pending_debug.rtm_mov_ss", LONG, {PENDING(RTM | BREAKPOINT), BLOCK(MOV_SS)}, 0},

    {"", LONG, {LINK(LINKED_VMCS)}, 0},
    {"guest.link_pointer.aligned", LONG, {LINK(LINKED_VMCS + 0x800)}, 0},
    {"guest.link_pointer.width", LONG, {LINK(LINKED_VMCS | BIT64(46))}, 0},
    {"guest.link_pointer.width", LONG, {LINK(LINKED_VMCS | BIT64(32))}, PHYSICAL_32},
    {"", LONG, {LINK(LINKED_VMCS | BIT64(45))}, 0},
    {"guest.link_pointer.aligned guest.link_pointer.width", LONG, {LINK(ALL_ONES - 1)}, 0},
    {"guest.link_pointer.revision", LONG, {LINK(LINKED_VMCS)}, LINKED_OTHER},
    {"", LONG, {LINK(LINKED_VMCS)}, LINKED_OTHER | NO_READER},
    {"", LONG, {NOTHING}, LINKED_OTHER | LINKED_SHADOW},
    {"guest.link_pointer.shadow", LONG, {LINK(LINKED_VMCS)}, LINKED_SHADOW},
    {"guest.link_pointer.shadow", LONG, {LINK(LINKED_VMCS), ADD(SECONDARY_CONTROLS, BIT64(14))}, 0},
    {"", LONG, {LINK(LINKED_VMCS), ADD(SECONDARY_CONTROLS, BIT64(14))}, LINKED_SHADOW},
    {"guest.link_pointer.current", LONG, {LINK(LINKED_VMCS)}, LINKED_THIS},
    {"", LONG, {LINK(LINKED_VMCS)}, LINKED_THIS | IN_SMM},
    {"guest.link_pointer.current",
     LONG,
     {LINK(LINKED_VMCS), ENTRY_TO_SMM, BLOCK(SMI)},
     LINKED_THIS | IN_SMM},
    {"guest.link_pointer.executive",
     LONG,
     {LINK(LINKED_VMCS), SET(EXECUTIVE_VMCS_POINTER, LINKED_VMCS)},
     IN_SMM},
    {"", LONG, {LINK(LINKED_VMCS), SET(EXECUTIVE_VMCS_POINTER, LINKED_VMCS)}, 0},
    {"", LONG, {SET(EXECUTIVE_VMCS_POINTER, ALL_ONES)}, IN_SMM},

    {"guest.pdpte0.reserved", PAE, {SET(GUEST_PDPTE0, 3)}, 0},
    {"guest.pdpte1.reserved", PAE, {SET(GUEST_PDPTE1, 5)}, 0},
    {"guest.pdpte2.reserved", PAE, {SET(GUEST_PDPTE2, 0x101)}, 0},
    {"guest.pdpte3.reserved", PAE, {SET(GUEST_PDPTE3, BIT64(46) | 1)}, 0},
    {"", PAE, {SET(GUEST_PDPTE0, ~UINT64_C(1)), SET(GUEST_PDPTE3, ~UINT64_C(1))}, 0},
    {"", LONG, {SET(GUEST_PDPTE0, 3)}, 0},
    {"", PAE, {SET(GUEST_PDPTE0, 3), REMOVE(GUEST_CR4, BIT64(5))}, 0},
    {"", FLAT32, {SET(GUEST_PDPTE0, 3), ADD(GUEST_CR4, BIT64(5))}, 0},
    {"", PAE_SHADOW, {SET(GUEST_PDPTE0, 3)}, 0},
    {"guest.pdpte0.memory", PAE_SHADOW, {NOTHING}, BAD_PDPTE_0},
    {"guest.pdpte1.memory", PAE_SHADOW, {NOTHING}, BAD_PDPTE_0 << 1},
    {"guest.pdpte2.memory", PAE_SHADOW, {NOTHING}, BAD_PDPTE_0 << 2},
    {"guest.pdpte3.memory", PAE_SHADOW, {NOTHING}, BAD_PDPTE_0 << 3},
    {"guest.pdpte3.memory", PAE_SHADOW, {ADD(GUEST_CR3, 0x1f)}, BAD_PDPTE_0 << 3},
    {"", PAE_SHADOW, {NOTHING}, BAD_PDPTE_0 | NOT_PRESENT_PDPTE},
    {"", PAE_SHADOW, {NOTHING}, BAD_PDPTE_0 | NO_READER},
    {"", PAE_SHADOW, {ADD(GUEST_CR3, 0x100000)}, BAD_PDPTE_0},
    {"", PAE, {NOTHING}, BAD_PDPTE_0},
};

static const struct bit_case bits[] = {
    {"guest.rip.high", PAE, VMCS_GUEST_RIP, MASK64(32, 32), 0, NOTHING},
    {"guest.rip.width", LONG, VMCS_GUEST_RIP, MASK64(48, 16), 0, NOTHING},
    {"guest.rip.width", LONG, VMCS_GUEST_RIP, MASK64(57, 7), LINEAR_57, NOTHING},
    {"guest.ssp.aligned", LONG, VMCS_GUEST_SSP, 3, 0, NOTHING},
    {"guest.ssp.width", REAL, VMCS_GUEST_SSP, MASK64(48, 16), 0, NOTHING},
    {"guest.ssp.high", PAE, VMCS_GUEST_SSP, MASK64(32, 32), 0, NOTHING},
    {"guest.rflags.reserved_0", LONG, VMCS_GUEST_RFLAGS, MASK64(22, 42) | 0x8028, 0, NOTHING},
    {"guest.rflags.reserved_1", LONG, VMCS_GUEST_RFLAGS, 2, 0, NOTHING},
    {"guest.interruptibility.reserved", LONG, VMCS_GUEST_INTERRUPTIBILITY, 0xffffffe0, 0, NOTHING},
    {"guest.activity_state.known", LONG, VMCS_GUEST_ACTIVITY_STATE, 0xfffffffc, 0, NOTHING},
    {"guest.pending_debug.reserved", LONG, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS,
     MASK64(17, 47) | 0xaff0, 0, NOTHING},
    {"guest.pending_debug.reserved", LONG, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS,
     MASK64(17, 47) | 0xa7f0, WITH_BLD, NOTHING},
    {"guest.pending_debug.rtm_alone", LONG, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, 0xefff, 0,
     PENDING(RTM | BREAKPOINT)},
    {"guest.pdpte0.reserved", PAE, VMCS_GUEST_PDPTE0, MASK64(46, 18) | 0x1e6, 0,
     SET(GUEST_PDPTE0, 1)},
    {"guest.pdpte3.reserved", PAE, VMCS_GUEST_PDPTE3, MASK64(46, 18) | 0x1e6, 0,
     SET(GUEST_PDPTE3, 1)},
    {"guest.link_pointer.aligned", LONG, VMCS_VMCS_LINK_POINTER, 0xfff, 0, LINK(LINKED_VMCS)},
};

static const struct canonical_case addresses[] = {
    {"guest.rip.width", VMCS_GUEST_RIP, true},
    {"guest.ssp.width", VMCS_GUEST_SSP, true},
};

/* SDM: which events wake which state; one row each for HLT and shutdown, vector by vector. */
static bool may_inject(unsigned activity, unsigned type, unsigned vector)
{
    bool machine_check = type == 3 && vector == 18;

    switch (activity) {
    case 0:
        return true;
    case 1:
        return type == 0 || type == 2 || machine_check || (type == 3 && vector == 1) ||
               (type == 7 && vector == 0);
    case 2:
        return type == 2 || machine_check;
    default:
        return false;
    }
}

static void each_event(void **state)
{
    (void)state;
    for (unsigned activity = 0; activity < 4; activity++)
        for (unsigned event = 0; event < 8 * 256; event++) {
            struct fixture f;
            struct broken broken;

            make(&f, LONG, 0);
            vmcs_set(&f.image, VMCS_GUEST_ACTIVITY_STATE, activity);
            vmcs_set(&f.image, VMCS_GUEST_RFLAGS, IF | 2);
            vmcs_set(&f.image, VMCS_ENTRY_INTERRUPTION_INFO, 0x80000000 | event);
            find_broken(&broken, &f);
            expect((broken.count == 0) == may_inject(activity, event >> 8, event & 0xff),
                   "activity %u, event 0x%x: %s", activity, event, ids_of(&broken));
        }
    assert_int_equal(wrong, 0);
}

static void each_row(void **state)
{
    (void)state;
    run_cases(cases, ARRAY_SIZE(cases));
}

static void each_bit(void **state)
{
    (void)state;
    run_bits(bits, ARRAY_SIZE(bits));
}

static void each_address(void **state)
{
    (void)state;
    run_canonical(addresses, ARRAY_SIZE(addresses));
}

static void every_row_was_broken(void **state)
{
    (void)state;
    run_coverage(&check_guest_state, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(each_row), TEST(each_bit), TEST(each_address),
                                       TEST(each_event), TEST(every_row_was_broken)};

    return cmocka_run_group_tests_name("check_guest_state", tests, NULL, NULL);
}
