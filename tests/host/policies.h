/* SPDX-License-Identifier: BSD-2-Clause */
/* policies.h - two processors for the host tests of vmx/. */
#ifndef LINTEL_TESTS_POLICIES_H
#define LINTEL_TESTS_POLICIES_H

#include "msr/vmx_caps.h"

/* A processor that offers everything and insists on nothing but what all of them insist on. */
static const struct msr_policy offers_all = {
    .raw = {0x00da040000000004, 0x000000ff00000016, 0xfffffffe0401e172, 0xffffffff00036dff,
            0x01ffffff000011ff, 0x000000007004c1e7, 0x0000000080000021, 0x00000000ffffffff,
            0x0000000000002000, 0x00000000003767ff, 0x000000000000002e, 0xdfffffff00000000,
            0x00000f0106734141, 0x000000ff00000016, 0xfffffffe04006172, 0xffffffff00036dfb,
            0x01ffffff000011fb, 0x0000000000000001, 0x00000000000001df, 0x000000000000000f},
    .present = 0xfffffu,
};

/* The same without secondary controls and without loads of EFER and PAT. */
static UNUSED struct msr_policy poor_policy(void)
{
    struct msr_policy poor = offers_all;

    poor.present = 0x7ff;
    poor.vmx.basic.default1_zero = false;
    poor.raw[2] = 0x7ff9fffe0401e172;
    poor.raw[3] = 0x0003ffff00036dff;
    poor.raw[4] = 0x00003fff000011ff;
    return poor;
}

#endif
