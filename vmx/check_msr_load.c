/* SPDX-License-Identifier: BSD-2-Clause */
/* check_msr_load.c - checks of the VM-entry MSR-load area. SDM: "Loading MSRs". PURE. */
#include "check.h"

const struct check_table check_msr_load = {NULL, 0};
