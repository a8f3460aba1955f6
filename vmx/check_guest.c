/* SPDX-License-Identifier: BSD-2-Clause */
/* check_guest.c - checks of the guest-state area. SDM: "Checks on the Guest State Area". PURE. */
#include "check.h"

const struct check_table check_guest = {NULL, 0};
