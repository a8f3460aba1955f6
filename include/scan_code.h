/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scan_code.h - what a keyboard sends: scan code set 1, into which the PC's controller translates
 * by default. A key sends its code when it is pressed, and the code with bit 7 set when it is
 * released; prefixes and the keyboard's own answers have bit 7 set as well.
 */
#ifndef LINTEL_SCAN_CODE_H
#define LINTEL_SCAN_CODE_H

#include "base.h"

#define SCAN_CODE_Q 0x10

static inline bool scan_code_is_press(uint8_t code)
{
    return code != 0 && code < 0x80;
}

#endif
