/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vga.c - see vga.h. A cell is a character in the low byte and its attribute in the high one.
 *
 * The text memory holds 204 rows, of which the controller shows 25 from its start address on: a
 * higher start address scrolls. At the memory's end the rows that are shown are copied to its
 * beginning.
 */
#include "vga.h"

#include "insn.h"
#include "layout.h"

enum {
    COLUMNS = 80,
    ROWS = 25,
    MEMORY_ROWS = 0x8000 / (COLUMNS * sizeof(uint16_t)),

    CRTC_INDEX = 0x3d4,  /* and the value at the next port */
    CURSOR_START = 0x0a, /* registers of the CRT controller */
    CURSOR_OFF = 0x20,
    START_ADDRESS_HIGH = 0x0c, /* in cells */
    START_ADDRESS_LOW = 0x0d,
};

static volatile uint16_t *const memory = (volatile uint16_t *)(DIRECT_BASE + VGA_TEXT);
static unsigned top; /* the row of the memory that is the first of the screen */

/* Paper in bits 14:12, ink in 11:8; bit 15 may mean blinking. */
static const uint8_t attributes[SCREEN_COLORS] = {
    [SCREEN_PLAIN] = 0x07,  /* light grey on black */
    [SCREEN_BAD] = 0x0c,    /* light red on black */
    [SCREEN_PROMPT] = 0x70, /* black on light grey */
    [SCREEN_PASSED] = 0x2f, /* white on green */
    [SCREEN_FAILED] = 0x4f, /* white on red */
};

/* Number and value at once: an NMI that prints cannot come between them. */
static void write_controller(uint8_t number, uint8_t value)
{
    outw(CRTC_INDEX, (uint16_t)(value << 8 | number));
}

static volatile uint16_t *row_at(unsigned row)
{
    return memory + (size_t)(top + row) * COLUMNS;
}

static void draw(struct screen *screen, unsigned column, unsigned row,
                 const struct screen_cell *cells, unsigned count)
{
    volatile uint16_t *to = row_at(row) + column;

    (void)screen;
    for (unsigned i = 0; i < count; i++)
        to[i] = (uint16_t)(attributes[cells[i].color] << 8 | (uint8_t)cells[i].c);
}

/* Four cells at a time. */
static void clear_rows(unsigned first, unsigned count)
{
    const uint64_t four = (attributes[SCREEN_PLAIN] << 8 | ' ') * UINT64_C(0x0001000100010001);
    volatile uint64_t *at = (volatile uint64_t *)(volatile void *)row_at(first);

    for (unsigned i = 0; i < count * COLUMNS / 4; i++)
        at[i] = four;
}

static void show_from_top(void)
{
    const unsigned start = top * COLUMNS;

    write_controller(START_ADDRESS_HIGH, (uint8_t)(start >> 8));
    write_controller(START_ADDRESS_LOW, (uint8_t)start);
}

static void scroll(struct screen *screen, unsigned by)
{
    if (top + by + ROWS <= MEMORY_ROWS) {
        top += by;
        clear_rows(ROWS - by, by);
    } else {
        top = 0;
        for (unsigned row = 0; row < ROWS; row++)
            draw(screen, 0, row, screen_row(screen, row), COLUMNS);
    }
    show_from_top();
}

void vga_init(struct screen *screen)
{
    write_controller(CURSOR_START, CURSOR_OFF); /* the firmware's would blink wherever it was */
    top = 0;
    clear_rows(0, ROWS);
    show_from_top();
    screen_init(screen, COLUMNS, ROWS, draw);
    screen->scroll = scroll;
}
