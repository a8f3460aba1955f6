/* SPDX-License-Identifier: BSD-2-Clause */
/* vga.c - see vga.h. A cell is a character in the low byte and its attribute in the high one. */
#include "vga.h"

#include "layout.h"

enum { COLUMNS = 80, ROWS = 25, GREY_ON_BLACK = 0x0700, VGA_TEXT = 0xb8000 };

static volatile uint16_t *const cells = (volatile uint16_t *)(DIRECT_BASE + VGA_TEXT);
static unsigned column, row;

static void clear_row(unsigned at)
{
    for (unsigned x = 0; x < COLUMNS; x++)
        cells[at * COLUMNS + x] = GREY_ON_BLACK | ' ';
}

static void next_row(void)
{
    column = 0;
    if (++row < ROWS)
        return;
    row = ROWS - 1;
    for (unsigned i = 0; i < (ROWS - 1) * COLUMNS; i++)
        cells[i] = cells[i + COLUMNS];
    clear_row(row);
}

static void vga_put(struct out *out, char c)
{
    (void)out;
    if (c == '\n') {
        next_row();
        return;
    }
    if (c == '\r')
        return;
    cells[row * COLUMNS + column] = (uint16_t)(GREY_ON_BLACK | (uint8_t)c);
    if (++column == COLUMNS)
        next_row();
}

static struct out sink = {vga_put};

struct out *vga_init(void)
{
    for (unsigned y = 0; y < ROWS; y++)
        clear_row(y);
    column = row = 0;
    return &sink;
}
