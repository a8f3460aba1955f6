/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_screen.c - fonts, and the screen of characters against a model of its own: what the driver
 * was told to draw is what a reader of the text expects to see.
 */
#include <stdlib.h>
#include <string.h>

#include "scan_code.h"
#include "screen.h"
#include "support.h"

/* --- Fonts ------------------------------------------------------------------------------------ */

#define HEIGHT 16

static uint8_t glyph_byte(unsigned glyph, unsigned row)
{
    return (uint8_t)(glyph * 31 + row * 7 + 1);
}

/* A file in either form, in memory of exactly its size. */
static uint8_t *make_font(unsigned version, unsigned glyphs, unsigned height, size_t *size)
{
    const size_t header = version == 1 ? 4 : 32;
    uint8_t *data = calloc(1, *size = header + (size_t)glyphs * height);
    const uint8_t words[32] = {0x72, 0xb5, 0x4a, 0x86, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0,
                               0,    1,    0,    0,    0, 0, 0, 0, 0,  0, 0, 0, 8, 0, 0, 0};

    assert_non_null(data);
    memcpy(data, version == 1 ? (const uint8_t[]){0x36, 0x04, 0, 0} : words, header);
    if (version == 1)
        data[3] = (uint8_t)height;
    else
        data[20] = data[24] = (uint8_t)height;
    for (unsigned i = 0; i < glyphs * height; i++)
        data[header + i] = glyph_byte(i / height, i % height);
    return data;
}

static void reads_both_versions(void **state)
{
    (void)state;
    for (unsigned version = 1; version <= 2; version++) {
        struct font font;
        size_t size;
        uint8_t *data = make_font(version, 256, HEIGHT, &size);

        assert_true(font_read(&font, data, size));
        assert_int_equal(font.height, HEIGHT);
        for (unsigned c = 0; c < 256; c++)
            for (unsigned row = 0; row < HEIGHT; row++)
                expect(font_row(&font, (char)c, row) ==
                           glyph_byte(c >= ' ' && c <= '~' ? c : '?', row),
                       "version %u: character %u row %u", version, c, row);
        expect(font_row(&font, 'A', HEIGHT) == 0, "a row below the glyph");
        free(data);
    }
    assert_int_equal(wrong, 0);
}

/* Changes one byte of a good font. */
static const struct {
    const char *name;
    unsigned version, at;
    uint8_t byte;
} bad_fonts[] = {
    {"magic", 1, 0, 0x37},          {"magic", 1, 1, 0x05},        {"no height", 1, 3, 0},
    {"too low", 1, 3, 7},           {"too high", 1, 3, 33},       {"magic", 2, 3, 0x87},
    {"header in itself", 2, 8, 31}, {"header beyond", 2, 9, 255}, {"few glyphs", 2, 17, 0},
    {"no height", 2, 24, 0},        {"wide", 2, 28, 9},           {"wider", 2, 29, 1},
    {"bytes a glyph", 2, 20, 32},
};

static void refuses_other_fonts(void **state)
{
    struct font font;
    size_t size;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad_fonts); i++) {
        uint8_t *data = make_font(bad_fonts[i].version, 256, HEIGHT, &size);

        data[bad_fonts[i].at] = bad_fonts[i].byte;
        expect(!font_read(&font, data, size), "%s, version %u: taken", bad_fonts[i].name,
               bad_fonts[i].version);
        free(data);
    }
    for (unsigned version = 1; version <= 2; version++) {
        uint8_t *data = make_font(version, 128, HEIGHT, &size);

        if (version == 2)
            data[16] = 128, data[17] = 0;
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *piece = malloc(cut ? cut : 1);

            memcpy(piece, data, cut);
            expect(!font_read(&font, piece, cut), "version %u: %zu bytes taken", version, cut);
            free(piece);
        }
        expect(font_read(&font, data, size), "version %u with 128 glyphs: refused", version);
        free(data);
    }
    assert_int_equal(wrong, 0);
}

/* --- The driver of these tests: it keeps what it was told ------------------------------------- */

static struct {
    struct screen screen;
    struct screen_cell shown[SCREEN_COLUMNS_MAX * SCREEN_ROWS_MAX];
    unsigned draws, pages;
} display;

static bool moves; /* the driver can move all up by itself */

static void draw(struct screen *screen, unsigned column, unsigned row,
                 const struct screen_cell *cells, unsigned count)
{
    assert_true(count && column + count <= screen->columns && row < screen->rows);
    memcpy(&display.shown[row * screen->columns + column], cells, count * sizeof(cells[0]));
    display.draws += count;
}

static void move_up(struct screen *screen, unsigned by)
{
    const size_t left = (size_t)(screen->rows - by) * screen->columns;

    assert_in_range(by, 1, screen->rows);
    memmove(display.shown, &display.shown[by * screen->columns], left * sizeof(display.shown[0]));
    for (size_t i = left; i < (size_t)screen->rows * screen->columns; i++)
        display.shown[i] = (struct screen_cell){' ', SCREEN_PLAIN};
}

static int driver_moves(void **state)
{
    moves = true;
    return start_counting(state);
}

static int driver_does_not(void **state)
{
    (void)state;
    moves = false;
    return 0;
}

static void open_display(unsigned columns, unsigned rows)
{
    memset(&display, 0, sizeof(display));
    for (size_t i = 0; i < ARRAY_SIZE(display.shown); i++)
        display.shown[i] = (struct screen_cell){' ', SCREEN_PLAIN};
    screen_init(&display.screen, columns, rows, draw);
    if (moves)
        display.screen.scroll = move_up;
}

static void put_text(const char *text)
{
    for (; *text; text++)
        display.screen.out.put(&display.screen.out, *text);
}

static struct screen_cell shown(unsigned column, unsigned row)
{
    return display.shown[row * display.screen.columns + column];
}

static bool row_is(unsigned row, const char *text)
{
    const size_t length = strlen(text);

    for (unsigned i = 0; i < display.screen.columns; i++)
        if (shown(i, row).c != (i < length ? text[i] : ' '))
            return false;
    return true;
}

/* The screen's own rows are what the driver has been told. */
static void check_rows(void)
{
    const unsigned columns = display.screen.columns;

    for (unsigned row = 0; row < display.screen.rows; row++)
        expect(memcmp(screen_row(&display.screen, row), &display.shown[row * columns],
                      columns * sizeof(display.shown[0])) == 0,
               "%ux%u: row %u is not what is shown", columns, display.screen.rows, row);
}

/* --- Text ------------------------------------------------------------------------------------- */

/*
 * The model: all rows that ever were, from a text that is cut into rows of the screen's width. What
 * is shown is the end of it.
 */
static void check_against_model(const char *text, unsigned columns, unsigned rows)
{
    static char lines[4096][16];
    unsigned count = 0, length = 0;

    memset(lines, ' ', sizeof(lines));
    for (; *text; text++) {
        if (*text == '\r')
            continue;
        if (*text == '\n') {
            count++;
            length = 0;
            continue;
        }
        if (length == columns) {
            count++;
            length = 0;
        }
        lines[count][length++] = *text >= 32 && *text < 127 ? *text : '?';
    }
    for (unsigned row = 0; row < rows; row++) {
        const unsigned first = count < rows ? 0 : count - rows + 1;

        for (unsigned column = 0; column < columns; column++)
            expect(shown(column, row).c == lines[first + row][column],
                   "%ux%u: row %u column %u: '%c', not '%c'", columns, rows, row, column,
                   shown(column, row).c, lines[first + row][column]);
    }
}

static void shows_the_end_of_any_text(void **state)
{
    static char text[3000];
    uint32_t random = 1;

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        const unsigned columns = 1 + round % 13, rows = 1 + round / 13 % 9;

        open_display(columns, rows);
        for (unsigned i = 0; i + 1 < sizeof(text); i++) {
            random = random * 1664525 + 1013904223;
            text[i] = "\n\n\rabcdefgXYZ  ~\x01\xff"[random >> 24 & 15];
            if (i % 97 == round % 97)
                text[i] = (char)(random >> 16 | 1);
        }
        text[round * 9 % sizeof(text)] = '\0';
        put_text(text);
        check_against_model(text, columns, rows);
        check_rows();
    }
    assert_int_equal(wrong, 0);
}

static void draws_only_what_changes(void **state)
{
    (void)state;
    open_display(10, 4);
    put_text("same\nsame\nsame\nsame");
    assert_int_equal(display.draws, 16);
    put_text("\n"); /* the last row is emptied, the others are as they were */
    assert_int_equal(display.draws, 20);
    put_text("sane");
    assert_int_equal(display.draws, 24);
    put_text("\n"); /* one letter of the row above; the last row is empty again */
    assert_int_equal(display.draws, 29);
    put_text("    "); /* blanks on blanks */
    assert_int_equal(display.draws, 29);
}

/* What has moved is not drawn again. */
static void draws_only_what_is_new(void **state)
{
    (void)state;
    open_display(10, 4);
    for (unsigned i = 0; i < 100; i++)
        put_text(i % 2 ? "odd\n" : "even\n");
    assert_int_equal(display.draws, 350);
    assert_true(row_is(0, "odd") && row_is(1, "even") && row_is(2, "odd") && row_is(3, ""));
}

static void a_full_row_is_no_empty_one(void **state)
{
    (void)state;
    open_display(4, 4);
    put_text("abcd\nefghi\n");
    assert_true(row_is(0, "abcd") && row_is(1, "efgh") && row_is(2, "i") && row_is(3, ""));
}

static void colors_are_those_of_the_moment(void **state)
{
    (void)state;
    open_display(10, 2);
    display.screen.color = SCREEN_BAD;
    put_text("no");
    display.screen.color = SCREEN_PLAIN;
    put_text("ok\n\n");
    assert_int_equal(shown(1, 0).color, SCREEN_PLAIN); /* it scrolled away */
    put_text("x");
    assert_int_equal(shown(0, 1).color, SCREEN_PLAIN);
    display.screen.color = SCREEN_BAD;
    put_text("y");
    assert_int_equal(shown(1, 1).color, SCREEN_BAD);
}

static void sizes_are_limited(void **state)
{
    (void)state;
    open_display(100000, 100000);
    assert_int_equal(display.screen.columns, SCREEN_COLUMNS_MAX);
    assert_int_equal(display.screen.rows, SCREEN_ROWS_MAX);
    for (unsigned i = 0; i < 2 * SCREEN_ROWS_MAX; i++)
        put_text("line\n");
    assert_true(row_is(SCREEN_ROWS_MAX - 2, "line") && row_is(SCREEN_ROWS_MAX - 1, ""));
}

/* --- Pages ------------------------------------------------------------------------------------ */

static char page[64];

static void page_full(struct screen *screen)
{
    display.pages++;
    assert_true(row_is(screen->rows - 1, ""));
    for (unsigned i = 0; i < screen->rows - 1; i++)
        page[i] = shown(0, i).c;
    page[screen->rows - 1] = '\0';
    screen_prompt(screen, "more");
    assert_true(row_is(screen->rows - 1, "more"));
    assert_int_equal(shown(0, screen->rows - 1).color, SCREEN_PROMPT);
    screen_prompt_ends(screen);
    assert_true(row_is(screen->rows - 1, ""));
    assert_int_equal(shown(0, screen->rows - 1).color, SCREEN_PLAIN);
}

/* Each row is on exactly one page, and none leaves the screen unseen. */
static void every_row_is_on_a_page(void **state)
{
    static const char *const pages[] = {"abcd", "efgh", "ijkl"};

    (void)state;
    open_display(4, 5);
    display.screen.page_full = page_full;
    for (char c = 'a'; c <= 'l'; c++) {
        const unsigned before = display.pages;
        const char text[] = {c, '\n', '\0'};

        put_text(text);
        if (display.pages != before)
            assert_string_equal(page, pages[before]);
    }
    assert_int_equal(display.pages, 3);
    put_text("123456781234567\n"); /* rows by wrapping count too */
    assert_int_equal(display.pages, 4);
    assert_false(screen_page_ends_within(&display.screen, 4));
    put_text("\n");
    assert_false(screen_page_ends_within(&display.screen, 3));
    assert_true(screen_page_ends_within(&display.screen, 4));
    screen_page_begins(&display.screen);
    assert_false(screen_page_ends_within(&display.screen, 4));
}

static void keys_are_what_is_pressed(void **state)
{
    (void)state;
    assert_true(scan_code_is_press(SCAN_CODE_Q));
    assert_true(scan_code_is_press(0x01) && scan_code_is_press(0x7f));
    assert_false(scan_code_is_press(SCAN_CODE_Q | 0x80));               /* released */
    assert_false(scan_code_is_press(0xe0) || scan_code_is_press(0xe1)); /* prefixes */
    assert_false(scan_code_is_press(0xfa) || scan_code_is_press(0xaa)); /* answers */
    assert_false(scan_code_is_press(0) || scan_code_is_press(0xff));    /* errors */
}

/* --- The band --------------------------------------------------------------------------------- */

static struct font font;

/* The pixel of a word that cell (column, half row) of the letters shows. */
static bool lit(const char *word, unsigned x, unsigned half, unsigned zoom)
{
    const char c = word[x / (8 * zoom)];

    return font_row(&font, c, half / zoom) >> (7 - x / zoom % 8) & 1;
}

static void check_letters(const char *word, unsigned first, unsigned zoom, enum screen_color color)
{
    const unsigned left = (display.screen.columns - 48 * zoom) / 2;

    for (unsigned y = 0; y < font.height * zoom / 2; y++)
        for (unsigned x = 0; x < 48 * zoom; x++) {
            const struct screen_cell cell = shown(left + x, first + y);
            const bool up = cell.c == SCREEN_UPPER || cell.c == SCREEN_FULL;
            const bool low = cell.c == SCREEN_LOWER || cell.c == SCREEN_FULL;

            expect(up == lit(word, x, 2 * y, zoom) && low == lit(word, x, 2 * y + 1, zoom) &&
                       cell.color == color,
                   "%s, zoom %u: cell %u,%u", word, zoom, x, y);
        }
}

static const struct {
    unsigned columns, rows, lines, zoom;
} bands[] = {
    {80, 25, 0, 1},  {80, 25, 3, 1},   {80, 25, 30, 1},    {128, 48, 100, 2}, {160, 50, 11, 3},
    {120, 33, 9, 2}, {47, 60, 70, 0},  {240, 15, 20, 0},   {20, 4, 1, 0},     {20, 4, 9, 0},
    {48, 16, 40, 1}, {240, 135, 0, 5}, {240, 135, 200, 5}, {1, 1, 0, 0},      {2, 2, 5, 0},
};

static void check_band(size_t i, bool passed)
{
    static const char counts[] = "1 passed, 0 failed, 2 skipped";
    const enum screen_color color = passed ? SCREEN_PASSED : SCREEN_FAILED;
    const unsigned rows = bands[i].zoom ? 8 * bands[i].zoom + 3 : 1;
    unsigned first, of_the_band = 0;

    open_display(bands[i].columns, bands[i].rows);
    for (unsigned line = 0; line < bands[i].lines; line++)
        put_text("a\n");
    put_text("end");
    screen_band(&display.screen, &font, passed, counts);
    for (first = 0; first < bands[i].rows && shown(0, first).color != color; first++)
        ;
    for (unsigned row = 0; row < bands[i].rows; row++)
        of_the_band += shown(bands[i].columns - 1, row).color == color;
    if (bands[i].rows > 1 && bands[i].columns > 3) {
        expect(of_the_band == rows, "band %zu has %u rows", i, of_the_band);
        expect(first > 0 && row_is(first - 1, "end"), "band %zu: the text above", i);
    }
    if (bands[i].zoom)
        check_letters(passed ? "PASSED" : "FAILED", first + 1, bands[i].zoom, color);
    put_text("after");
    if (bands[i].columns >= 20)
        expect(row_is(first + rows, "after"), "band %zu: the text below", i);
    check_rows();
}

static void bands_of_all_sizes(void **state)
{
    size_t size;
    uint8_t *data = make_font(1, 256, HEIGHT, &size);

    (void)state;
    assert_true(font_read(&font, data, size));
    for (size_t i = 0; i < ARRAY_SIZE(bands); i++) {
        check_band(i, true);
        check_band(i, false);
    }
    free(data);
    assert_int_equal(wrong, 0);
}

static void a_band_has_the_counts(void **state)
{
    size_t size;
    uint8_t *data = make_font(1, 256, HEIGHT, &size);

    (void)state;
    assert_true(font_read(&font, data, size));
    open_display(80, 25);
    screen_band(&display.screen, &font, true, "12 passed");
    assert_true(row_is(9, "                                   12 passed"));
    free(data);
}

#define MOVING(function) cmocka_unit_test_setup_teardown(function, driver_moves, driver_does_not)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_both_versions, start_counting),
        cmocka_unit_test_setup(refuses_other_fonts, start_counting),
        cmocka_unit_test_setup(shows_the_end_of_any_text, start_counting),
        cmocka_unit_test(draws_only_what_changes),
        MOVING(shows_the_end_of_any_text),
        MOVING(draws_only_what_is_new),
        MOVING(a_full_row_is_no_empty_one),
        MOVING(colors_are_those_of_the_moment),
        MOVING(sizes_are_limited),
        MOVING(every_row_is_on_a_page),
        MOVING(bands_of_all_sizes),
        cmocka_unit_test(a_full_row_is_no_empty_one),
        cmocka_unit_test(colors_are_those_of_the_moment),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(every_row_is_on_a_page),
        cmocka_unit_test(keys_are_what_is_pressed),
        cmocka_unit_test_setup(bands_of_all_sizes, start_counting),
        cmocka_unit_test(a_band_has_the_counts),
    };

    return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
