/* SPDX-License-Identifier: BSD-2-Clause */
/* ept.c - a proof about the EPT pointer: any root page, any policy. */
#include "proof.h"

#include "vmx/ept.h"

static uint64_t any_page(unsigned width)
{
    ANY(uint64_t, address);

    GIVEN(!has_any(address, ~MASK64(12, width - 12)));
    return address;
}

void prove_ept_pointer(void)
{
    ANY(struct msr_policy, policy);
    uint64_t root = any_page(52);
    uint64_t pointer = ept_pointer(root, &policy);

    PROVE((pointer & MASK64(12, 52)) == root, "an EPT pointer has the root's address");
    PROVE(field_of(pointer, 3, 3) == 3, "its walk length is 4");
    PROVE(field_of(pointer, 0, 3) == (policy.vmx_ept_vpid_cap.memory_type_wb ? 6 : 0),
          "its memory type is write-back where that may be");
    PROVE(field_of(pointer, 6, 1) == policy.vmx_ept_vpid_cap.ad_bit,
          "it enables accessed and dirty flags where there are");
    PROVE(field_of(pointer, 7, 5) == 0, "and all else in it is 0");
    END_OF_PROOF();
}
