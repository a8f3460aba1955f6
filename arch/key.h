/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key.h - waits for a key: on the keyboard, through the keyboard controller of a PC (i8042, or what
 * the firmware makes of a USB keyboard), or at the other end of a serial line.
 */
#ifndef LINTEL_ARCH_KEY_H
#define LINTEL_ARCH_KEY_H

#include "uart.h"

enum key { KEY_NONE, KEY_Q, KEY_OTHER };

/* Keys also come from this UART, which is open and stays so. At most KEY_UARTS. */
#define KEY_UARTS 4
void key_listen(struct uart *uart);

/* False where no key can come: no controller answers, and there is no serial line. */
bool key_possible(void);

/* Forgets the keys that were pressed before. */
void key_forget(void);

/* True when a key has been pressed since the last call. It reads the devices, which is slow. */
bool key_pressed(void);

/* Waits for a key that was not pressed before the call, at most so long; KEY_NONE: none came. */
enum key key_wait(unsigned seconds);

#endif
