/* SPDX-License-Identifier: BSD-2-Clause */
/* print.h - printf to the kernel's console, line by line. */
#ifndef LINTEL_USER_PRINT_H
#define LINTEL_USER_PRINT_H

#include "format.h"

extern struct out console;

void print(const char *format, ...) PRINTF(1, 2);

#endif
