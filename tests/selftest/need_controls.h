/* SPDX-License-Identifier: BSD-2-Clause */
/* need_controls.h - tests that make a VMCS of their own, on processors that do not offer it all. */
#ifndef LINTEL_TESTS_NEED_CONTROLS_H
#define LINTEL_TESTS_NEED_CONTROLS_H

#include "boot/selftest.h"
#include "vmx/controls.h"

/*
 * True where the requests cannot be built from the host policy: the test is skipped, with the name
 * of the first control in the way.
 */
bool skipped_without_controls(struct test *test, struct controls *controls);

#endif
