/* SPDX-License-Identifier: BSD-2-Clause */
/* vga.c - see vga.h. A cell is a character in the low byte and its attribute in the high one. */
#include "vga.h"

#include "insn.h"
#include "layout.h"

enum {
    COLUMNS = 80,
    ROWS = 25,

    CRTC_INDEX = 0x3d4,
    CRTC_DATA = 0x3d5,
    CURSOR_START = 0x0a, /* a register of the CRT controller */
    CURSOR_OFF = 0x20,
};

static volatile uint16_t *const cells = (volatile uint16_t *)(DIRECT_BASE + VGA_TEXT);

/* Paper in bits 14:12, ink in 11:8; bit 15 may mean blinking. */
static const uint8_t attributes[SCREEN_COLORS] = {
    [SCREEN_PLAIN] = 0x07,  /* light grey on black */
    [SCREEN_BAD] = 0x0c,    /* light red on black */
    [SCREEN_PROMPT] = 0x70, /* black on light grey */
    [SCREEN_PASSED] = 0x2f, /* white on green */
    [SCREEN_FAILED] = 0x4f, /* white on red */
};

static void draw(struct screen *screen, unsigned column, unsigned row, struct screen_cell cell)
{
    (void)screen;
    cells[row * COLUMNS + column] = (uint16_t)(attributes[cell.color] << 8 | (uint8_t)cell.c);
}

/* The firmware's cursor would blink wherever it was. */
static void hide_cursor(void)
{
    outb(CRTC_INDEX, CURSOR_START);
    outb(CRTC_DATA, CURSOR_OFF);
}

void vga_init(struct screen *screen)
{
    hide_cursor();
    for (unsigned i = 0; i < ROWS * COLUMNS; i++)
        cells[i] = (uint16_t)(attributes[SCREEN_PLAIN] << 8 | ' ');
    screen_init(screen, COLUMNS, ROWS, draw);
}
