/* SPDX-License-Identifier: BSD-2-Clause */
/* screen.c - see screen.h. PURE. */
#include "screen.h"

static const struct screen_cell empty = {' ', SCREEN_PLAIN};

static struct screen_cell cell_of(char c, enum screen_color color)
{
    return (struct screen_cell){c, (uint8_t)color};
}

static unsigned at_most(unsigned value, unsigned limit)
{
    return value < limit ? value : limit;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static bool is_same(struct screen_cell a, struct screen_cell b)
{
    return a.c == b.c && a.color == b.color;
}

/* Where a row stands in the ring. */
static unsigned slot_of(const struct screen *screen, unsigned row)
{
    const unsigned slot = screen->top + row;

    return slot <= screen->rows ? slot : slot - screen->rows - 1;
}

const struct screen_cell *screen_row(const struct screen *screen, unsigned row)
{
    return &screen->cells[(size_t)slot_of(screen, row) * screen->columns];
}

/* Draws what changes only. What lies outside is left out. */
static void set(struct screen *screen, unsigned column, unsigned row, struct screen_cell cell)
{
    struct screen_cell *at;
    unsigned slot;

    if (column >= screen->columns || row >= screen->rows)
        return;
    slot = slot_of(screen, row);
    at = &screen->cells[slot * screen->columns + column];
    if (is_same(*at, cell))
        return;
    *at = cell;
    if (column >= screen->used[slot])
        screen->used[slot] = (uint8_t)(column + 1);
    screen->draw(screen, column, row, at, 1);
}

static void set_text(struct screen *screen, unsigned column, unsigned row, const char *text,
                     enum screen_color color)
{
    for (; *text; text++)
        set(screen, column++, row, cell_of(*text, color));
}

static void fill_row(struct screen *screen, unsigned row, enum screen_color color)
{
    for (unsigned column = 0; column < screen->columns; column++)
        set(screen, column, row, cell_of(' ', color));
}

/* Shows on `row` what stands on row `from`: each run of cells that differ at once. */
static void redraw_row(struct screen *screen, unsigned row, unsigned from)
{
    const struct screen_cell *old = screen_row(screen, row), *new = screen_row(screen, from);
    const unsigned end =
        larger(screen->used[slot_of(screen, row)], screen->used[slot_of(screen, from)]);

    for (unsigned column = 0, first; column < end; column++) {
        for (first = column; column < end && !is_same(old[column], new[column]);)
            column++;
        if (column > first)
            screen->draw(screen, first, row, &new[first], column - first);
    }
}

static void empty_row(struct screen *screen, unsigned row)
{
    const unsigned slot = slot_of(screen, row);

    for (unsigned column = 0; column < screen->used[slot]; column++)
        screen->cells[slot * screen->columns + column] = empty;
    screen->used[slot] = 0;
}

/*
 * Moves all rows up by `by`; the new ones are empty. Each line is shown at once, so that the last
 * one printed is on the screen whatever happens next.
 */
static void scroll(struct screen *screen, unsigned by)
{
    const unsigned rows = screen->rows;

    by = at_most(by, rows);
    for (unsigned row = 0; !screen->scroll && row < rows; row++)
        redraw_row(screen, row, at_most(row + by, rows)); /* the row after the last is empty */
    for (unsigned row = 0; row < by; row++)
        empty_row(screen, row);
    screen->top = slot_of(screen, by);
    if (screen->scroll)
        screen->scroll(screen, by);
}

static void next_row(struct screen *screen)
{
    screen->column = 0;
    if (screen->row + 1 < screen->rows)
        screen->row++;
    else
        scroll(screen, 1);
    screen->page_rows++;
    if (screen->page_full && screen_page_ends_within(screen, 1)) {
        screen_page_begins(screen);
        screen->page_full(screen);
    }
}

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

static void put(struct out *out, char c)
{
    struct screen *screen = CONTAINER_OF(out, struct screen, out);

    if (c == '\r')
        return;
    if (c == '\n') {
        next_row(screen);
        return;
    }
    if (screen->column == screen->columns)
        next_row(screen);
    if (!is_printable(c))
        c = '?';
    set(screen, screen->column++, screen->row, cell_of(c, screen->color));
}

void screen_init(struct screen *screen, unsigned columns, unsigned rows, screen_draw *draw)
{
    screen->out.put = put;
    screen->columns = at_most(columns, SCREEN_COLUMNS_MAX);
    screen->rows = at_most(rows, SCREEN_ROWS_MAX);
    screen->column = screen->row = 0;
    screen->color = SCREEN_PLAIN;
    screen->draw = draw;
    screen->scroll = NULL;
    screen->top = 0;
    screen->page_full = NULL;
    screen->page_rows = 0;
    for (size_t i = 0; i < ARRAY_SIZE(screen->used); i++)
        screen->used[i] = 0;
    for (size_t i = 0; i < ARRAY_SIZE(screen->cells); i++)
        screen->cells[i] = empty;
}

/* --- Pages: as many rows as there are above the prompt ---------------------------------------- */

void screen_page_begins(struct screen *screen)
{
    screen->page_rows = 0;
}

bool screen_page_ends_within(const struct screen *screen, unsigned rows)
{
    return screen->page_rows + rows >= screen->rows;
}

void screen_prompt(struct screen *screen, const char *text)
{
    set_text(screen, 0, screen->rows - 1, text, SCREEN_PROMPT);
}

void screen_prompt_ends(struct screen *screen)
{
    fill_row(screen, screen->rows - 1, SCREEN_PLAIN);
}

/* --- The band --------------------------------------------------------------------------------- */

#define LETTERS 6 /* of either word */

/*
 * A cell shows two pixels of a letter, one above the other; `zoom` makes each of them so many cells
 * wide and half as many high.
 */
static void draw_letter(struct screen *screen, unsigned column, unsigned row, const uint8_t *pixels,
                        unsigned height, unsigned zoom, enum screen_color color)
{
    static const char shapes[] = {' ', SCREEN_UPPER, SCREEN_LOWER, SCREEN_FULL};

    for (unsigned y = 0; y < height * zoom / 2; y++) {
        const uint8_t upper = pixels[2 * y / zoom], lower = pixels[(2 * y + 1) / zoom];

        for (unsigned x = 0; x < FONT_WIDTH * zoom; x++) {
            const unsigned shift = FONT_WIDTH - 1 - x / zoom;
            const unsigned shape = (upper >> shift & 1u) | (lower >> shift & 1u) << 1;

            set(screen, column + x, row + y, cell_of(shapes[shape], color));
        }
    }
}

static void draw_word(struct screen *screen, const struct font *font, unsigned row,
                      const char *word, unsigned zoom, enum screen_color color)
{
    const unsigned width = FONT_WIDTH * zoom;
    unsigned column = (screen->columns - LETTERS * width) / 2;
    uint8_t pixels[FONT_HEIGHT_MAX + 1] = {0};

    for (; *word; word++, column += width) {
        for (unsigned y = 0; y < font->height; y++)
            pixels[y] = font_row(font, *word, y);
        draw_letter(screen, column, row, pixels, font->height, zoom, color);
    }
}

/* How large the letters can be: within the screen's width and half of its height; 0: not at all. */
static unsigned zoom_of(const struct screen *screen, const struct font *font)
{
    return at_most(screen->columns / (LETTERS * FONT_WIDTH), screen->rows / font->height);
}

static unsigned length_of(const char *text)
{
    unsigned length = 0;

    while (text[length])
        length++;
    return length;
}

/* Where a text stands in the middle; a long one begins at the left. */
static unsigned middle(const struct screen *screen, unsigned length)
{
    return length < screen->columns ? (screen->columns - length) / 2 : 0;
}

/* Makes room for `rows` and an empty one after them; returns the first. */
static unsigned make_room(struct screen *screen, unsigned rows)
{
    const unsigned needed = screen->row + rows + 1;

    if (needed > screen->rows) {
        scroll(screen, needed - screen->rows);
        screen->row = screen->rows > rows ? screen->rows - rows - 1 : 0;
    }
    return screen->row;
}

/* From the top: an empty row, the letters, the counts, an empty row. */
void screen_band(struct screen *screen, const struct font *font, bool passed, const char *counts)
{
    const enum screen_color color = passed ? SCREEN_PASSED : SCREEN_FAILED;
    const unsigned zoom = zoom_of(screen, font), letters = (font->height * zoom + 1) / 2;
    const unsigned rows = zoom ? letters + 3 : 1;
    unsigned first;

    if (screen->column)
        screen->row++;
    first = make_room(screen, rows);
    for (unsigned i = 0; i < rows; i++)
        fill_row(screen, first + i, color);
    if (zoom)
        draw_word(screen, font, first + 1, passed ? "PASSED" : "FAILED", zoom, color);
    set_text(screen, middle(screen, length_of(counts)), first + (zoom ? letters + 1 : 0), counts,
             color);
    screen->row = first + rows;
    screen->column = 0;
    screen_page_begins(screen);
}
