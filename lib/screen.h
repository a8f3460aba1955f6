/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * screen.h - a screen of characters: what is where, in which color, and when a page is full.
 *
 * What draws cells is the screen's driver. The cells are kept here, so that a display is written
 * only, and only where something changes: reading one is slow. Pure.
 */
#ifndef LINTEL_SCREEN_H
#define LINTEL_SCREEN_H

#include "font.h"
#include "format.h"

/* What does not fit into these is left empty: 1919x2160 pixels in characters of 8x16. */
#define SCREEN_COLUMNS_MAX 240
#define SCREEN_ROWS_MAX    135

/* Kinds of text that a reader tells apart from a distance. */
enum screen_color {
    SCREEN_PLAIN,
    SCREEN_BAD,    /* red letters */
    SCREEN_PROMPT, /* dark on light: someone is asked for something */
    SCREEN_PASSED, /* white on green */
    SCREEN_FAILED, /* white on red */
    SCREEN_COLORS,
};

/* Cells that are partly filled with the letters' color; the codes are those of code page 437. */
#define SCREEN_FULL  '\xdb'
#define SCREEN_LOWER '\xdc'
#define SCREEN_UPPER '\xdf'

struct screen_cell {
    char c; /* printable ASCII, or one of the three above */
    uint8_t color;
};

struct screen;

/* Shows `count` cells of a row, those from `column` on: they have changed. */
typedef void screen_draw(struct screen *screen, unsigned column, unsigned row,
                         const struct screen_cell *cells, unsigned count);

/* Moves all that is shown up by `by` rows, and shows the last `by` empty. The cells have moved. */
typedef void screen_scroll(struct screen *screen, unsigned by);

struct screen {
    struct out out; /* takes text; '\n' ends a line, '\r' is ignored */
    unsigned columns, rows;
    unsigned column, row; /* where the next character comes, column == columns: on the next row */
    enum screen_color color;
    screen_draw *draw;
    screen_scroll *scroll; /* NULL: what changes when all moves up is drawn */
    /* Called, where it is not NULL, when the page is full; the last row is empty then. */
    void (*page_full)(struct screen *screen);
    unsigned page_rows; /* that ended since the page began */
    /*
     * A ring of rows: the one at the top, those below it, and one that is always empty and not
     * shown. All cells of a row but the first `used` are empty.
     */
    unsigned top;
    uint8_t used[SCREEN_ROWS_MAX + 1];
    struct screen_cell cells[SCREEN_COLUMNS_MAX * (SCREEN_ROWS_MAX + 1)];
};
_Static_assert(SCREEN_COLUMNS_MAX <= UINT8_MAX, "a column's number");

/* An empty screen with the cursor at the top; the driver has cleared the display, and may set
 * `scroll` then. */
void screen_init(struct screen *screen, unsigned columns, unsigned rows, screen_draw *draw);

/* The cells of a row. */
const struct screen_cell *screen_row(const struct screen *screen, unsigned row);

/* All that is on the screen has been read: the next page begins with the next row. */
void screen_page_begins(struct screen *screen);

/* True where the page has no room for `rows` more. */
bool screen_page_ends_within(const struct screen *screen, unsigned rows);

/*
 * Puts `text` on the last row, which must be empty, and the cursor no further than its beginning.
 */
void screen_prompt(struct screen *screen, const char *text);
void screen_prompt_ends(struct screen *screen);

/*
 * Ends the current line and adds a band across the screen: PASSED or FAILED in letters as large as
 * fit into half of the screen, and below them `counts`. A screen that is too small for letters has
 * the counts only. No page ends here.
 */
void screen_band(struct screen *screen, const struct font *font, bool passed, const char *counts);

#endif
