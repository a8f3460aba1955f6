/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - one guest, from its beginning to its end: see monitor.h. */
#include "monitor.h"
#include "user/calls.h"

int main(const struct abi_info *info)
{
    struct machine machine;

    say_name(info->arguments);
    if (!machine_make(&machine, info))
        return STATUS_NO_MACHINE;
    machine_run(&machine);
    return (int)machine.status;
}
