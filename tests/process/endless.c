/* SPDX-License-Identifier: BSD-2-Clause */
/* endless.c - runs for ever, and calls nobody: it can only be ended from outside. */
#include "user/calls.h"

int main(const struct abi_info *info)
{
    (void)info;
    for (;;)
        __asm__ volatile("pause");
}
