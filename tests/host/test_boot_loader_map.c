/* SPDX-License-Identifier: BSD-2-Clause */
/* test_boot_loader_map.c - what may be handed out, page by page, against a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "boot/loader_map.h"

#define PAGES 512

static bool free_page[PAGES];

static void compare(const struct ram_map *map)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < PAGES; i++) {
        uint64_t at = (uint64_t)i * PAGE_SIZE;
        bool found = false;

        for (unsigned r = 0; r < map->count; r++)
            found |= map->range[r].start <= at && at + PAGE_SIZE <= map->range[r].end;
        assert_int_equal(found, free_page[i]);
        bytes += free_page[i] ? PAGE_SIZE : 0;
    }
    assert_int_equal(ram_map_bytes(map), bytes);
    for (unsigned r = 1; r < map->count; r++)
        assert_true(map->range[r - 1].end <= map->range[r].start);
}

static void reserve(struct ram_map *map, uint64_t start, uint64_t end)
{
    ram_map_reserve(map, start, end);
    for (uint64_t i = start / PAGE_SIZE; i < PAGES && i * PAGE_SIZE < end; i++)
        free_page[i] = false;
}

/* Bytes of any place: their pages go, and no others. */
static void reserved_pages_go(void **state)
{
    (void)state;
    srand(5);
    for (unsigned round = 0; round < 300; round++) {
        struct ram_map map = {.count = 1, .range = {{0, (uint64_t)PAGES * PAGE_SIZE}}};

        memset(free_page, true, sizeof(free_page));
        for (unsigned i = 0; i < 30; i++) {
            uint64_t start = (uint64_t)rand() % ((uint64_t)PAGES * PAGE_SIZE);

            reserve(&map, start, start + 1 + (uint64_t)rand() % (8 * PAGE_SIZE));
        }
        compare(&map);
    }
}

static void borders(void **state)
{
    struct ram_map map = {.count = 1, .range = {{0x10000, 0x20000}}};

    (void)state;
    ram_map_reserve(&map, 0, 0x10000); /* up to the border */
    assert_int_equal(ram_map_bytes(&map), 0x10000);
    ram_map_reserve(&map, 0x20000, 0x30000);
    assert_int_equal(ram_map_bytes(&map), 0x10000);
    ram_map_reserve(&map, 0x10fff, 0x11001); /* two bytes of two pages */
    assert_int_equal(ram_map_bytes(&map), 0xe000);
    assert_int_equal(map.range[0].start, 0x12000);
    ram_map_reserve(&map, 0, UINT64_MAX - PAGE_SIZE);
    assert_int_equal(map.count, 0);
}

/* --- the page for other processors' first steps ----------------------------------------------- */

static uint8_t map_entries[24];

static void put(unsigned at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        map_entries[at + i] = (uint8_t)(value >> 8 * i);
}

static void low_page(void **state)
{
    struct mb2_info info = {.memory_map = {map_entries, sizeof(map_entries)},
                            .memory_entry_size = sizeof(map_entries),
                            .total_size = 0x10};

    (void)state;
    put(0, 0x1000, 8);
    put(8, 0x9ec00 - 0x1000, 8);
    put(16, MB2_MEMORY_AVAILABLE, 4);
    assert_int_equal(loader_map_low_page(&info, 0x200000), 0x9d000);
    assert_int_equal(loader_map_low_page(&info, 0x9dff0), 0x9c000);
    info.module_count = 2;
    info.modules[0].start = 0x9b004;
    info.modules[0].end = 0x9b005;
    info.modules[1].start = 0x1000;
    info.modules[1].end = 0x9b000;
    assert_int_equal(loader_map_low_page(&info, 0x9dff0), 0x9c000);
    info.modules[0].end = 0x9c001;
    assert_int_equal(loader_map_low_page(&info, 0x9dff0), 0);
    put(16, MB2_MEMORY_AVAILABLE + 1, 4);
    assert_int_equal(loader_map_low_page(&info, 0x200000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reserved_pages_go),
                                       cmocka_unit_test(borders), cmocka_unit_test(low_page)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
