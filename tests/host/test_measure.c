/* SPDX-License-Identifier: BSD-2-Clause */
/* test_measure.c - measuring while somebody interrupts unseen, and clocks that are apart:
 * lib/measure.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "measure.h"

#define LENGTH 30000000u /* 10 ms at 3 GHz */
#define ACCESS 3000u     /* of a port */
#define SMI    900000u   /* 300 us */

/* A PIT of LENGTH ticks, polled; at `smi` the clock jumps. */
struct world {
    uint64_t now, smi;
};

static uint64_t step(struct world *world, uint64_t ticks)
{
    if (world->now < world->smi && world->now + ticks >= world->smi)
        world->now += SMI;
    return world->now += ticks;
}

static struct measurement measure(struct world *world)
{
    uint64_t before = step(world, 20), begun = step(world, ACCESS / 2);
    uint64_t after = step(world, ACCESS / 2), not_yet = after, at;

    for (;;) {
        at = step(world, 20);
        if (step(world, ACCESS) >= begun + LENGTH)
            break;
        not_yet = at;
    }
    return measurement_of(before, after, not_yet, step(world, 20));
}

static uint64_t error_of(struct measurement m)
{
    return m.ticks > LENGTH ? m.ticks - LENGTH : LENGTH - m.ticks;
}

static void undisturbed_is_good(void **state)
{
    struct world world = {.now = 1000};
    struct measurement m = measure(&world);

    (void)state;
    assert_true(measurement_good(m));
    assert_true(error_of(m) < LENGTH / 1000);
}

/* Wherever an interruption falls: the doubt covers the error, and "good" means right. */
static void the_doubt_covers_the_error(void **state)
{
    unsigned good = 0, bad = 0;

    (void)state;
    srand(7);
    for (unsigned i = 0; i < 3000; i++) {
        struct world world = {.now = 1000};
        struct measurement m;
        uint64_t range = i % 3 ? 6000 : LENGTH + 6000;

        world.smi = 1000 + (uint64_t)rand() % range + (i % 3 == 2 ? LENGTH - 4000 : 0);
        m = measure(&world);
        assert_true(error_of(m) <= m.doubt);
        if (measurement_good(m))
            assert_true(error_of(m) < LENGTH / 1000);
        *(measurement_good(m) ? &good : &bad) += 1;
    }
    assert_true(good > 300);
    assert_true(bad > 300);
}

static void the_best_wins(void **state)
{
    struct measurement disturbed = {LENGTH + SMI / 2, SMI}, clean = {LENGTH, ACCESS};

    (void)state;
    assert_int_equal(measurement_better(disturbed, clean).ticks, LENGTH);
    assert_int_equal(measurement_better(clean, disturbed).ticks, LENGTH);
    assert_int_equal(measurement_better(MEASUREMENT_NONE, disturbed).doubt, SMI);
    assert_false(measurement_good(MEASUREMENT_NONE));
    assert_false(measurement_good(disturbed));
    assert_false(measurement_fair(disturbed));
    assert_true(measurement_fair((struct measurement){1000, 9}));
    assert_false(measurement_fair((struct measurement){1000, 10}));
    assert_false(measurement_good((struct measurement){1000, 1}));
    assert_true(measurement_good((struct measurement){1001, 0}));
    assert_int_equal(measurement_of(5, 6, 7, 5).doubt, UINT64_MAX);
    assert_int_equal(measurement_of(10, 30, 20, 50).ticks, 20); /* between nothing and all of it */
}

static void clocks(void **state)
{
    (void)state;
    assert_int_equal(clock_ahead(100, 100, 200), 0);
    assert_int_equal(clock_ahead(100, 200, 200), 0);
    assert_int_equal(clock_ahead(100, 201, 200), 51);
    assert_int_equal(clock_ahead(100, 99, 200), -51);
    assert_int_equal(clock_ahead(100, 1150, 200), 1000);
    assert_int_equal(clock_ahead(UINT64_MAX - 49, 10, 50), 0); /* round the end */
    assert_int_equal(clock_ahead(UINT64_C(1) << 33, 50, (UINT64_C(1) << 33) + 100),
                     -(INT64_C(1) << 33));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undisturbed_is_good),
        cmocka_unit_test(the_doubt_covers_the_error),
        cmocka_unit_test(the_best_wins),
        cmocka_unit_test(clocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
