/* SPDX-License-Identifier: BSD-2-Clause */
/* key.c - see key.h. */
#include "key.h"

#include "insn.h"
#include "ports.h"
#include "scan_code.h"
#include "smp.h"
#include "time.h"

enum {
    STATUS_FULL = 0x01,  /* a byte waits at KEYBOARD_DATA */
    STATUS_MOUSE = 0x20, /* and it is the mouse's */
    ABSENT = 0xff,       /* no controller */
};

#define SECOND_NS UINT64_C(1000000000)
#define OLD_KEYS  64 /* as many are dropped: more than any buffer holds */

static struct uart *uarts[KEY_UARTS];
static unsigned uart_count;

void key_listen(struct uart *uart)
{
    if (uart_count < KEY_UARTS)
        uarts[uart_count++] = uart;
}

bool key_possible(void)
{
    return uart_count || inb(KEYBOARD_STATUS) != ABSENT;
}

static enum key poll_keyboard(void)
{
    uint8_t status = inb(KEYBOARD_STATUS), code;

    if (status == ABSENT || !(status & STATUS_FULL))
        return KEY_NONE;
    code = inb(KEYBOARD_DATA);
    if (status & STATUS_MOUSE || !scan_code_is_press(code))
        return KEY_NONE;
    return code == SCAN_CODE_Q ? KEY_Q : KEY_OTHER;
}

static enum key poll_uarts(void)
{
    uint8_t c;

    for (unsigned i = 0; i < uart_count; i++)
        if (uart_take(uarts[i], &c))
            return c == 'q' || c == 'Q' ? KEY_Q : KEY_OTHER;
    return KEY_NONE;
}

static enum key poll(void)
{
    enum key key = poll_keyboard();

    return key == KEY_NONE ? poll_uarts() : key;
}

void key_forget(void)
{
    for (unsigned i = 0; i < OLD_KEYS; i++)
        (void)poll();
}

bool key_pressed(void)
{
    bool pressed = poll() != KEY_NONE;

    if (pressed)
        key_forget();
    return pressed;
}

/* Other processors that call this one are answered meanwhile. */
enum key key_wait(unsigned seconds)
{
    uint64_t start = rdtsc(), ticks = ticks_of_ns(seconds * SECOND_NS);
    enum key key = KEY_NONE;

    key_forget();
    while (key == KEY_NONE && rdtsc() - start < ticks) {
        ipi_poll();
        cpu_relax();
        key = poll();
    }
    return key;
}
