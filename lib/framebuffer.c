/* SPDX-License-Identifier: BSD-2-Clause */
/* framebuffer.c - see framebuffer.h. PURE. */
#include "framebuffer.h"

#include "layout.h"

#define COLUMNS_MIN 20
#define ROWS_MIN    4

/* Letters grow with the display, as long as it has room for so many pixels of the font. */
#define ZOOM_WIDTH (120 * FONT_WIDTH)
#define ZOOM_ROWS  24
#define ZOOM_MAX   16

#define ADDRESS_BITS 52 /* the most that a physical address has */

static unsigned bytes_of(const struct framebuffer_mode *mode)
{
    return (mode->bits + 7u) / 8;
}

static unsigned zoom_of(const struct framebuffer_mode *mode, const struct font *font)
{
    unsigned zoom = 1;

    while (zoom < ZOOM_MAX && mode->width / (zoom + 1) >= ZOOM_WIDTH &&
           mode->height / (zoom + 1) >= ZOOM_ROWS * font->height)
        zoom++;
    return zoom;
}

/* --- What can be used ------------------------------------------------------------------------- */

static bool lies_within(struct framebuffer_field field, unsigned bits)
{
    return field.size != 0 && field.position < bits && field.size <= bits - field.position;
}

static bool bits_known(const struct framebuffer_mode *mode)
{
    return mode->bits == 15 || mode->bits == 16 || mode->bits == 24 || mode->bits == 32;
}

static bool colors_lie_within(const struct framebuffer_mode *mode)
{
    return lies_within(mode->red, mode->bits) && lies_within(mode->green, mode->bits) &&
           lies_within(mode->blue, mode->bits);
}

/* Without overflow: each factor has 32 bits. */
uint64_t framebuffer_bytes(const struct framebuffer_mode *mode)
{
    return (uint64_t)mode->pitch * (mode->height - 1) + (uint64_t)mode->width * bytes_of(mode);
}

static bool wraps(const struct framebuffer_mode *mode)
{
    return mode->address >> ADDRESS_BITS ||
           (mode->address + framebuffer_bytes(mode)) >> ADDRESS_BITS;
}

const char *framebuffer_refusal(const struct framebuffer_mode *mode, const struct font *font)
{
    if (!bits_known(mode))
        return "a pixel has not 15, 16, 24 or 32 bits";
    if (!colors_lie_within(mode))
        return "a color lies outside of the pixel";
    if (mode->width < COLUMNS_MIN * FONT_WIDTH || mode->height < ROWS_MIN * font->height)
        return "it is too small for text";
    if ((uint64_t)mode->width * bytes_of(mode) > mode->pitch)
        return "a row is longer than the distance to the next one";
    if (framebuffer_bytes(mode) > SCREEN_MAX)
        return "it has more than 256 MiB";
    if (mode->address == 0 || wraps(mode))
        return "its address is none";
    return NULL;
}

/* --- Pixels ----------------------------------------------------------------------------------- */

/* A color of 8 bits in a field of any size. */
static uint32_t in_field(struct framebuffer_field field, unsigned color)
{
    uint64_t wide = (uint64_t)color << 32 | (uint64_t)color << 24 | (uint64_t)color << 16 |
                    (uint64_t)color << 8 | color; /* repeated: white stays white in any size */

    return (uint32_t)(wide >> (40 - field.size) << field.position);
}

static uint32_t pixel_of(const struct framebuffer_mode *mode, uint32_t rgb)
{
    return in_field(mode->red, rgb >> 16 & 0xff) | in_field(mode->green, rgb >> 8 & 0xff) |
           in_field(mode->blue, rgb & 0xff);
}

/* 0xRRGGBB */
static const struct {
    uint32_t ink, paper;
} palette[SCREEN_COLORS] = {
    [SCREEN_PLAIN] = {0xd0d0d0, 0x000000},  [SCREEN_BAD] = {0xff6060, 0x000000},
    [SCREEN_PROMPT] = {0x000000, 0xd0d0d0}, [SCREEN_PASSED] = {0xffffff, 0x007a2e},
    [SCREEN_FAILED] = {0xffffff, 0xc00000},
};

/* Unaligned numbers in memory. */
struct PACKED eight_bytes {
    uint64_t value;
};
struct PACKED four_bytes {
    uint32_t value;
};

/*
 * One row of a cell, made in memory that may be read: FONT_WIDTH * zoom pixels, and so a multiple
 * of 8 bytes. Each pixel is stored as four bytes; the next pixel overwrites those that are too
 * many.
 */
#define CELL_ROW_MAX (sizeof(uint32_t) * FONT_WIDTH * ZOOM_MAX)

struct cell_row {
    uint8_t bytes[CELL_ROW_MAX + sizeof(uint32_t)];
    size_t length;
};

static void compose(const struct framebuffer *framebuffer, uint8_t shape, uint8_t color,
                    struct cell_row *row)
{
    const uint32_t pixels[2] = {framebuffer->colors[color].paper, framebuffer->colors[color].ink};
    const unsigned bytes = bytes_of(&framebuffer->mode);

    row->length = 0;
    for (unsigned x = FONT_WIDTH; x-- > 0;)
        for (unsigned i = 0; i < framebuffer->zoom; i++, row->length += bytes)
            ((struct four_bytes *)(void *)&row->bytes[row->length])->value = pixels[shape >> x & 1];
}

/* Eight bytes at a time, each written once. */
static void put_row(uint8_t *to, const struct cell_row *row)
{
    for (size_t i = 0; i < row->length; i += sizeof(struct eight_bytes))
        ((volatile struct eight_bytes *)(void *)(to + i))->value =
            ((const struct eight_bytes *)(const void *)&row->bytes[i])->value;
}

static uint8_t shape_of(const struct font *font, char c, unsigned y)
{
    const bool upper = y < font->height / 2;

    if (c == SCREEN_FULL || c == (upper ? SCREEN_UPPER : SCREEN_LOWER))
        return 0xff;
    return c == SCREEN_UPPER || c == SCREEN_LOWER ? 0 : font_row(font, c, y);
}

static void draw_cell(const struct framebuffer *framebuffer, unsigned column, unsigned row,
                      struct screen_cell cell)
{
    const unsigned zoom = framebuffer->zoom, height = framebuffer->font.height;
    const size_t pitch = framebuffer->mode.pitch;
    uint8_t *at = framebuffer->pixels + (size_t)row * height * zoom * pitch +
                  (size_t)column * FONT_WIDTH * zoom * bytes_of(&framebuffer->mode);
    struct cell_row pixels;
    int last = -1;

    for (unsigned y = 0; y < height; y++) {
        const uint8_t shape = shape_of(&framebuffer->font, cell.c, y);

        if (shape != last)
            compose(framebuffer, shape, cell.color, &pixels);
        last = shape;
        for (unsigned i = 0; i < zoom; i++, at += pitch)
            put_row(at, &pixels);
    }
}

static void draw(struct screen *screen, unsigned column, unsigned row,
                 const struct screen_cell *cells, unsigned count)
{
    const struct framebuffer *framebuffer = CONTAINER_OF(screen, struct framebuffer, screen);

    for (unsigned i = 0; i < count; i++)
        draw_cell(framebuffer, column + i, row, cells[i]);
}

/* Black is all zeros in every mode. */
static void clear(const struct framebuffer *framebuffer)
{
    const struct framebuffer_mode *mode = &framebuffer->mode;
    const size_t length = (size_t)mode->width * bytes_of(mode);

    for (size_t y = 0; y < mode->height; y++) {
        uint8_t *row = framebuffer->pixels + y * mode->pitch;
        size_t x = 0;

        for (; length - x >= sizeof(struct eight_bytes); x += sizeof(struct eight_bytes))
            ((volatile struct eight_bytes *)(void *)(row + x))->value = 0;
        for (; x < length; x++)
            ((volatile uint8_t *)row)[x] = 0;
    }
}

void framebuffer_init(struct framebuffer *framebuffer, const struct framebuffer_mode *mode,
                      const struct font *font, void *pixels)
{
    const unsigned zoom = zoom_of(mode, font);

    framebuffer->mode = *mode;
    framebuffer->font = *font;
    framebuffer->pixels = pixels;
    framebuffer->zoom = zoom;
    for (unsigned i = 0; i < SCREEN_COLORS; i++) {
        framebuffer->colors[i].ink = pixel_of(mode, palette[i].ink);
        framebuffer->colors[i].paper = pixel_of(mode, palette[i].paper);
    }
    clear(framebuffer);
    screen_init(&framebuffer->screen, mode->width / (FONT_WIDTH * zoom),
                mode->height / (font->height * zoom), draw);
}
