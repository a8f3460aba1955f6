/* SPDX-License-Identifier: BSD-2-Clause */
/* check_host.c - checks of the host-state area. SDM: "Checks on Host-State Area". PURE. */
#include "check.h"

const struct check_table check_host = {NULL, 0};
