/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_framebuffer.c - made-up framebuffers: which are refused, and what is in the memory of the
 * others, pixel by pixel, by a reader of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "boot/framebuffer_tag.h"
#include "support.h"

#define HEIGHT 16

static uint8_t font_file[4 + 256 * HEIGHT] = {0x36, 0x04, 0, HEIGHT};
static struct font font;

static int make_font(void **state)
{
    (void)state;
    for (size_t i = 4; i < sizeof(font_file); i++)
        font_file[i] = (i - 4) / HEIGHT == ' ' ? 0 : (uint8_t)(i * 167 >> 3);
    return font_read(&font, font_file, sizeof(font_file)) ? 0 : -1;
}

#define RGB888       \
    {16, 8}, {8, 8}, \
    {                \
        0, 8         \
    }
#define RGB565       \
    {11, 5}, {5, 6}, \
    {                \
        0, 5         \
    }
#define RGB555       \
    {10, 5}, {5, 5}, \
    {                \
        0, 5         \
    }

/* --- Refusals: each changes one thing of a good mode ------------------------------------------ */

#define FAR UINT64_C(0x3800000000) /* beyond the direct map of the boot */

static const struct {
    const char *name;
    const char *refusal;
    struct framebuffer_mode mode;
} modes[] = {
    {"32 bits", NULL, {0x80000000, 4096, 1024, 768, 32, RGB888}},
    {"24 bits", NULL, {0x80000000, 3072, 1024, 768, 24, RGB888}},
    {"16 bits", NULL, {0x80000000, 2048, 1024, 768, 16, RGB565}},
    {"15 bits", NULL, {0x80000000, 2048, 1024, 768, 15, RGB555}},
    {"above 4 GiB", NULL, {FAR, 4096, 1024, 768, 32, RGB888}},
    {"10 bits a color", NULL, {FAR, 4096, 1024, 768, 32, {20, 10}, {10, 10}, {0, 10}}},
    {"a long pitch", NULL, {FAR, 4099, 1024, 768, 32, RGB888}},
    {"the smallest", NULL, {FAR, 640, 160, 64, 32, RGB888}},
    {"the largest", NULL, {FAR, 32768, 8192, 8192, 32, RGB888}},
    {"the last address", NULL, {(UINT64_C(1) << 52) - 3145729, 4096, 1024, 768, 32, RGB888}},

    {"8 bits", "bits", {FAR, 1024, 1024, 768, 8, {5, 3}, {2, 3}, {0, 2}}},
    {"0 bits", "bits", {FAR, 4096, 1024, 768, 0, RGB888}},
    {"64 bits", "bits", {FAR, 8192, 1024, 768, 64, RGB888}},
    {"255 bits", "bits", {FAR, 65535, 1024, 768, 255, RGB888}},
    {"red outside", "color", {FAR, 3072, 1024, 768, 24, {17, 8}, {8, 8}, {0, 8}}},
    {"green far outside", "color", {FAR, 4096, 1024, 768, 32, {16, 8}, {250, 8}, {0, 8}}},
    {"blue too wide", "color", {FAR, 4096, 1024, 768, 32, {16, 8}, {8, 8}, {0, 33}}},
    {"no blue", "color", {FAR, 4096, 1024, 768, 32, {16, 8}, {8, 8}, {0, 0}}},
    {"15 bits, not 16", "color", {FAR, 4096, 1024, 768, 15, RGB565}},
    {"no width", "small", {FAR, 4096, 0, 768, 32, RGB888}},
    {"no height", "small", {FAR, 4096, 1024, 0, 32, RGB888}},
    {"narrow", "small", {FAR, 4096, 159, 768, 32, RGB888}},
    {"low", "small", {FAR, 4096, 1024, 63, 32, RGB888}},
    {"a short pitch", "row", {FAR, 4095, 1024, 768, 32, RGB888}},
    {"no pitch", "row", {FAR, 0, 1024, 768, 32, RGB888}},
    {"width times bytes wraps", "row", {FAR, 4096, 0x40000400, 768, 32, RGB888}},
    {"huge", "256 MiB", {FAR, 32768, 8192, 8193, 32, RGB888}},
    {"pitch times height wraps", "256 MiB", {FAR, 0x80000000, 1024, 0xffffffff, 32, RGB888}},
    {"all ones", "256 MiB", {FAR, 0xffffffff, 0x3fffffff, 0xffffffff, 32, RGB888}},
    {"address 0", "address", {0, 4096, 1024, 768, 32, RGB888}},
    {"address wraps", "address", {UINT64_MAX - 4096, 4096, 1024, 768, 32, RGB888}},
    {"beyond physical addresses",
     "address",
     {(UINT64_C(1) << 52) - 3145728, 4096, 1024, 768, 32, RGB888}},
    {"far beyond", "address", {UINT64_C(1) << 63, 4096, 1024, 768, 32, RGB888}},
};

static void judges_modes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        const char *refusal = framebuffer_refusal(&modes[i].mode, &font);

        if (!modes[i].refusal)
            expect(!refusal, "%s: refused: %s", modes[i].name, refusal);
        else
            expect(refusal && strstr(refusal, modes[i].refusal), "%s: %s", modes[i].name,
                   refusal ? refusal : "taken");
    }
    assert_int_equal(wrong, 0);
}

/* --- The tag ---------------------------------------------------------------------------------- */

static void put64(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* A map with 0x100000 to 0x40000000 available. */
static struct mb2_info info_of(uint64_t address, uint8_t type)
{
    static uint8_t map[24];

    put64(map, 0x100000);
    put64(map + 8, 0x3ff00000);
    put64(map + 16, MB2_MEMORY_AVAILABLE);
    return (struct mb2_info){.memory_map = {map, sizeof(map)},
                             .memory_entry_size = 24,
                             .framebuffer = {.address = address,
                                             .pitch = 4096,
                                             .width = 1024,
                                             .height = 768,
                                             .bpp = 32,
                                             .type = type,
                                             .red = {16, 8},
                                             .green = {8, 8},
                                             .blue = {0, 8}}};
}

static const struct {
    uint64_t address;
    uint8_t type;
    const char *refusal;
} tags[] = {
    {0x80000000, MB2_FRAMEBUFFER_RGB, NULL},
    {0x40000000, MB2_FRAMEBUFFER_RGB, NULL}, /* right after the memory */
    {0x80000000, MB2_FRAMEBUFFER_INDEXED, "palette"},
    {0x80000000, 3, "type"},
    {0x80000000, 255, "type"},
    {0x3fffffff, MB2_FRAMEBUFFER_RGB, "available"}, /* its first byte */
    {0x200000, MB2_FRAMEBUFFER_RGB, "available"},   /* the kernel itself */
    {1, MB2_FRAMEBUFFER_RGB, "available"},          /* its end */
    {0, MB2_FRAMEBUFFER_RGB, "address"},
};

static void judges_tags(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
        const struct mb2_info info = info_of(tags[i].address, tags[i].type);
        struct framebuffer_mode mode;
        const char *refusal = framebuffer_tag_refusal(&info, &font, &mode);

        if (!tags[i].refusal)
            expect(!refusal && mode.address == tags[i].address && mode.pitch == 4096 &&
                       mode.width == 1024 && mode.height == 768 && mode.bits == 32 &&
                       mode.red.position == 16 && mode.green.size == 8 && mode.blue.position == 0,
                   "tag %zu: %s", i, refusal ? refusal : "a wrong mode");
        else
            expect(refusal && strstr(refusal, tags[i].refusal), "tag %zu: %s", i,
                   refusal ? refusal : "taken");
    }
    assert_int_equal(wrong, 0);
}

/* --- Pixels ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned zoom;
    struct framebuffer_mode mode;
} displays[] = {
    {"32 bits", 1, {1, 4 * 640, 640, 400, 32, RGB888}},
    {"32 bits, blue first", 1, {1, 4 * 640, 640, 400, 32, {8, 8}, {16, 8}, {24, 8}}},
    {"32 bits, 10 a color", 1, {1, 4 * 640, 640, 400, 32, {20, 10}, {10, 10}, {0, 10}}},
    {"32 bits, odd pitch", 1, {1, 4 * 640 + 5, 640, 400, 32, RGB888}},
    {"24 bits", 1, {1, 3 * 640, 640, 400, 24, RGB888}},
    {"24 bits, odd pitch", 1, {1, 3 * 641 + 1, 641, 401, 24, {0, 8}, {8, 8}, {16, 8}}},
    {"16 bits", 1, {1, 2 * 640, 640, 400, 16, RGB565}},
    {"15 bits, odd size", 1, {1, 2 * 163 + 3, 163, 71, 15, RGB555}},
    {"16 bits, 1 to 3 a color", 1, {1, 320, 160, 64, 16, {15, 1}, {1, 2}, {7, 3}}},
    {"wide and low", 1, {1, 4 * 2000, 2000, 100, 32, RGB888}},
    {"wide", 2, {1, 4 * 1920, 1920, 1080, 32, RGB888}},
    {"wide, 24 bits", 2, {1, 3 * 1999 + 7, 1999, 1091, 24, RGB888}},
    {"very wide", 4, {1, 4 * 3840, 3840, 2160, 32, RGB888}},
    {"nearly wide", 1, {1, 4 * 1919, 1919, 1079, 32, RGB888}},
};

#define PADDING 0x5a

static struct framebuffer framebuffer;

static uint64_t raw_pixel(const uint8_t *pixels, const struct framebuffer_mode *mode, unsigned x,
                          unsigned y)
{
    const unsigned bytes = mode->bits == 15 ? 2 : mode->bits / 8;
    uint64_t value = 0;

    for (unsigned i = bytes; i-- > 0;)
        value = value << 8 | pixels[(size_t)y * mode->pitch + (size_t)x * bytes + i];
    return value;
}

/* A color of the palette: as many of its leading bits as the field has are there. */
static bool holds(uint64_t pixel, struct framebuffer_field field, unsigned color)
{
    const unsigned bits = field.size < 8 ? field.size : 8;

    return (pixel >> (field.position + field.size - bits) & ((1u << bits) - 1)) ==
           color >> (8 - bits);
}

static bool is_color(uint64_t pixel, const struct framebuffer_mode *mode, uint32_t rgb)
{
    const uint64_t used = MASK64(mode->red.position, mode->red.size) |
                          MASK64(mode->green.position, mode->green.size) |
                          MASK64(mode->blue.position, mode->blue.size);

    return holds(pixel, mode->red, rgb >> 16) && holds(pixel, mode->green, rgb >> 8 & 0xff) &&
           holds(pixel, mode->blue, rgb & 0xff) && !(pixel & ~used);
}

/* What stands at a place of the text below. */
static bool lit(const char *line, unsigned column, unsigned x, unsigned y)
{
    return column < strlen(line) && font_row(&font, line[column], y) >> (7 - x) & 1;
}

static unsigned check_pixels(const uint8_t *pixels, const struct framebuffer_mode *mode,
                             unsigned zoom, const char *const lines[], unsigned count, uint32_t ink)
{
    unsigned bad = 0;

    for (unsigned y = 0; y < mode->height; y++)
        for (unsigned x = 0; x < mode->width; x++) {
            const unsigned row = y / (HEIGHT * zoom), column = x / (8 * zoom);
            const bool on = row < count && column < mode->width / (8 * zoom) &&
                            lit(lines[row], column, x / zoom % 8, y / zoom % HEIGHT);

            bad += !is_color(raw_pixel(pixels, mode, x, y), mode, on ? ink : 0);
        }
    return bad;
}

/* Between the rows nothing is written. */
static unsigned check_padding(const uint8_t *pixels, const struct framebuffer_mode *mode)
{
    const size_t used = (size_t)mode->width * (mode->bits == 15 ? 2 : mode->bits / 8);
    unsigned bad = 0;

    for (size_t y = 0; y + 1 < mode->height; y++)
        for (size_t x = used; x < mode->pitch; x++)
            bad += pixels[y * mode->pitch + x] != PADDING;
    return bad;
}

static void print_lines(const char *const lines[], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        for (const char *c = lines[i]; *c; c++)
            framebuffer.screen.out.put(&framebuffer.screen.out, *c);
        if (i + 1 < count)
            framebuffer.screen.out.put(&framebuffer.screen.out, '\n');
    }
}

/* In memory of exactly its size, at an odd address, so that the sanitizer sees what is outside. */
static void check_display(size_t i)
{
    static const char *const lines[] = {"Hello, pixels!", "", "~ 0123"};
    const struct framebuffer_mode *mode = &displays[i].mode;
    const size_t size = framebuffer_bytes(mode);
    uint8_t *memory = malloc(size + 1), *pixels = memory + 1;

    memset(memory, PADDING, size + 1);
    assert_null(framebuffer_refusal(mode, &font));
    framebuffer_init(&framebuffer, mode, &font, pixels);
    expect(framebuffer.zoom == displays[i].zoom, "%s: zoom %u", displays[i].name, framebuffer.zoom);
    print_lines(lines, ARRAY_SIZE(lines));
    expect(check_pixels(pixels, mode, displays[i].zoom, lines, 3, 0xd0d0d0) == 0, "%s: pixels",
           displays[i].name);
    framebuffer.screen.out.put(&framebuffer.screen.out, '\n');
    for (unsigned row = 0; row < 2 * framebuffer.screen.rows; row++)
        print_lines((const char *const[]){"gone", ""}, 2);
    for (unsigned row = 0; row < framebuffer.screen.rows; row++)
        print_lines((const char *const[]){"", ""}, 2);
    print_lines(lines + 2, 1);
    const char *bottom[SCREEN_ROWS_MAX] = {0};
    for (unsigned row = 0; row < framebuffer.screen.rows; row++)
        bottom[row] = row + 1 == framebuffer.screen.rows ? lines[2] : "";
    expect(check_pixels(pixels, mode, displays[i].zoom, bottom, framebuffer.screen.rows,
                        0xd0d0d0) == 0,
           "%s: pixels after scrolling", displays[i].name);
    expect(check_padding(pixels, mode) == 0, "%s: the padding", displays[i].name);
    expect(memory[0] == PADDING, "%s: the byte before", displays[i].name);
    free(memory);
}

static void draws_pixels(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(displays); i++)
        check_display(i);
    assert_int_equal(wrong, 0);
}

/* The whole, the upper and the lower half of a cell, and the colors of the band. */
static void draws_bands(void **state)
{
    const struct framebuffer_mode mode = {1, 4 * 1024, 1024, 768, 32, RGB888};
    uint8_t *pixels = malloc(framebuffer_bytes(&mode));
    unsigned white = 0, red = 0, bad = 0;

    (void)state;
    framebuffer_init(&framebuffer, &mode, &font, pixels);
    screen_band(&framebuffer.screen, &font, false, "");
    for (unsigned y = 0; y < 19 * HEIGHT; y++)
        for (unsigned x = 0; x < mode.width; x++) {
            const uint64_t pixel = raw_pixel(pixels, &mode, x, y);
            const unsigned left = (128 - 96) / 2 * 8;
            const bool in = x >= left && x < left + 96 * 8 && y >= HEIGHT && y < 17 * HEIGHT;
            const unsigned at = x - left;
            const bool on = in && lit("FAILED", at / 128, at / 16 % 8, (y - HEIGHT) / 16);

            white += pixel == 0xffffff;
            red += pixel == 0xc00000;
            bad += pixel != (on ? 0xffffffu : 0xc00000u);
        }
    assert_int_equal(bad, 0);
    assert_true(white > 10000 && red > 10000);
    free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(judges_modes, start_counting),
        cmocka_unit_test_setup(judges_tags, start_counting),
        cmocka_unit_test_setup(draws_pixels, start_counting),
        cmocka_unit_test(draws_bands),
    };

    return cmocka_run_group_tests_name("framebuffer", tests, make_font, NULL);
}
