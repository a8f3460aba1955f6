/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - proofs about what the entry checker's tables share: addresses and control words. */
#include "proof.h"

#include "vmx/check/check.h"

/* The bits above the highest implemented one are copies of it. */
static bool is_sign_extended(uint64_t address, unsigned width)
{
    return (uint64_t)((int64_t)(address << (64 - width)) >> (64 - width)) == address;
}

void prove_addresses(void)
{
    ANY(struct msr_policy, policy);
    ANY(struct check_machine, machine);
    ANY(uint64_t, address);
    ANY(unsigned, alignment);
    const struct check_input in = {.policy = &policy, .machine = &machine};

    GIVEN(machine.linear_address_bits == 48 || machine.linear_address_bits == 57);
    GIVEN(machine.physical_address_bits >= 36 && machine.physical_address_bits <= 52);
    GIVEN(machine.keyid_bits <= 15);
    GIVEN(alignment <= 12);

    unsigned width =
        policy.vmx.basic.addresses_32bit ? 32 : machine.physical_address_bits - machine.keyid_bits;
    PROVE(check_canonical(&in, address) == is_sign_extended(address, machine.linear_address_bits),
          "canonical is sign-extended from the highest implemented bit");
    PROVE(check_physical(&in, address, alignment) ==
              (address >> width == 0 && address % BIT64(alignment) == 0),
          "a physical address is within its width and aligned");
    END_OF_PROOF();
}

void prove_control_words(void)
{
    static const struct msr_policy policy;
    struct vmcs_image image;
    struct check_input in = {.image = &image, .policy = &policy};

    check_prepare(&in);
    PROVE(!check_control(&in, WORD_PROC2) || check_is_set(&in, WORD_PROC, 31),
          "secondary controls count only where they are activated");
    PROVE(!check_control(&in, WORD_PROC3) || check_is_set(&in, WORD_PROC, 17),
          "and tertiary controls");
    PROVE(!check_control(&in, WORD_EXIT2) || check_is_set(&in, WORD_EXIT, 31),
          "and secondary exit controls");
    PROVE(!check_control(&in, WORD_VMFUNC) || check_is_set(&in, WORD_PROC2, 13),
          "and VM functions");
    END_OF_PROOF();
}
