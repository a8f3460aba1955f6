/* SPDX-License-Identifier: BSD-2-Clause */
/* crash.h - what crash= of the command line asks for. */
#ifndef LINTEL_BOOT_CRASH_H
#define LINTEL_BOOT_CRASH_H

#include "options.h"

/* Returns only for OPTION_CRASH_NONE, or where the crash was not seen (and says so). */
void crash_if_asked(enum option_crash kind);

#endif
