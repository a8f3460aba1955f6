/* SPDX-License-Identifier: BSD-2-Clause */
/* check_controls.c - checks of VM-execution, VM-exit and VM-entry control fields. SDM: "Checks on
 * VMX Controls". PURE. */
#include "check.h"

const struct check_table check_controls = {NULL, 0};
