/* SPDX-License-Identifier: BSD-2-Clause */
/* console.c - see console.h. */
#include "console.h"

#include "insn.h"
#include "lock.h"
#include "percpu.h"
#include "text_ring.h"

/*
 * All text goes into the log, in whole pieces, under the lock. From there each sink gets it in
 * pieces of a few characters, by whoever waits for that: it has its own place in the text.
 *
 *      done of a slow sink     done of a fast one      given_out   log.written
 *   ---------|-----------------------|---------------------|-----------|
 */
#define PIECE 16

static struct {
    struct out *out;
    volatile uint64_t done;
} sinks[CONSOLE_SINKS];
static unsigned sink_count;

static char log_text[CONSOLE_LOG];
static struct text_ring log = TEXT_RING(log_text);
static volatile uint64_t given_out; /* what sinks may have of the log: no line is half-written */

/* --- locks ------------------------------------------------------------------------------------ */

/* Of the log. An NMI may come while its processor writes: it does not wait. */
static struct spinlock lock;
static volatile uint32_t owner; /* number of the processor that has it, plus 1 */

/* The processor that gives sinks a piece, plus 1. */
static volatile uint32_t drainer;

static bool take_lock(void)
{
    uint32_t self = this_cpu()->number + 1;

    if (owner == self)
        return false;
    spin_lock(&lock);
    owner = self;
    return true;
}

static void give_lock(bool taken)
{
    __atomic_store_n(&given_out, log.written, __ATOMIC_RELEASE);
    if (!taken)
        return;
    owner = 0;
    spin_unlock(&lock);
}

enum drain { DRAIN_BUSY, DRAIN_TAKEN, DRAIN_OURS }; /* ours: an NMI came while we had it */

static enum drain take_drain(void)
{
    uint32_t self = this_cpu()->number + 1, expected = 0;

    if (drainer == self)
        return DRAIN_OURS;
    return __atomic_compare_exchange_n(&drainer, &expected, self, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED)
               ? DRAIN_TAKEN
               : DRAIN_BUSY;
}

static enum drain wait_for_drain(void)
{
    enum drain drain;

    while ((drain = take_drain()) == DRAIN_BUSY)
        cpu_relax();
    return drain;
}

static void give_drain(enum drain drain)
{
    store_fence(); /* what is on the screen may be the last that is seen */
    if (drain == DRAIN_TAKEN)
        __atomic_store_n(&drainer, 0, __ATOMIC_RELEASE);
}

/* --- out of the log --------------------------------------------------------------------------- */

static uint64_t slowest(void)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < sink_count; i++)
        if (sinks[i].done < least)
            least = sinks[i].done;
    return least;
}

void console_drain(void)
{
    enum drain drain = take_drain();
    uint64_t end = __atomic_load_n(&given_out, __ATOMIC_ACQUIRE);

    if (drain == DRAIN_BUSY) {
        cpu_relax();
        return;
    }
    for (unsigned i = 0; i < sink_count; i++)
        text_ring_give(&log, &sinks[i].done, end, PIECE, sinks[i].out);
    give_drain(drain);
}

bool console_is_out(uint64_t end)
{
    return slowest() >= end;
}

static void drain_to(uint64_t end)
{
    while (!console_is_out(end))
        console_drain();
}

/* --- into the log ----------------------------------------------------------------------------- */

/* Nothing is dropped that a sink has not had. */
static void put(struct out *out, char c)
{
    (void)out;
    if (log.written >= log.size && !console_is_out(log.written + 1 - log.size)) {
        __atomic_store_n(&given_out, log.written, __ATOMIC_RELEASE);
        drain_to(log.written + 1 - log.size);
    }
    text_ring_put(&log.out, c);
}

static struct out whole = {put};

static void console_put(struct out *out, char c)
{
    bool taken = take_lock();

    put(out, c);
    give_lock(taken);
    drain_to(given_out);
}

struct out console = {console_put};

void console_break_lock(void)
{
    owner = drainer = this_cpu()->number + 1;
    drain_to(given_out);
}

void console_replay(struct out *sink)
{
    bool taken = take_lock();
    enum drain drain = wait_for_drain();

    text_ring_replay(&log, sink);
    give_drain(drain);
    give_lock(taken);
}

void console_add_late(struct out *sink)
{
    console_replay(sink);
    if (sink_count >= CONSOLE_SINKS)
        return;
    sinks[sink_count].out = sink;
    sinks[sink_count].done = log.written;
    sink_count++;
}

void print_arguments(const char *format, va_list arguments)
{
    bool taken = take_lock();
    uint64_t end;

    out_vprintf(&whole, format, arguments);
    end = log.written;
    give_lock(taken);
    drain_to(end);
}

void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
}

/* Only into an empty log: a line of the kernel never waits for more than one of these. */
bool console_offer(const char *text, size_t size, uint64_t *end)
{
    bool taken = take_lock(), empty = console_is_out(log.written);

    for (size_t i = 0; empty && i < size; i++)
        put(&whole, text[i]);
    *end = log.written;
    give_lock(taken);
    return empty;
}

/* --- The screen ------------------------------------------------------------------------------- */

static struct screen *screen;
static const struct font *screen_font;

void console_add_screen(struct screen *the_screen, const struct font *font)
{
    console_add_late(&the_screen->out);
    screen_font = font;
    screen = the_screen;
}

void console_color(enum screen_color color)
{
    if (screen)
        screen->color = color;
}

static void (*holder)(struct screen *held);

void console_hold(void (*hold)(struct screen *held))
{
    holder = hold;
    if (screen)
        screen->page_full = hold;
}

void console_hold_at_points(void)
{
    if (screen)
        screen->page_full = NULL;
}

void console_page_point(unsigned rows)
{
    enum drain drain = wait_for_drain();

    if (screen && holder && screen_page_ends_within(screen, rows))
        holder(screen);
    give_drain(drain);
}

/* --- The verdict ------------------------------------------------------------------------------ */

static char counts[64]; /* of the verdict; empty until there is one */
static bool good;

static void show_verdict(void)
{
    enum drain drain;

    print("%s\n", counts);
    if (!screen)
        return;
    drain = wait_for_drain();
    screen_band(screen, screen_font, good, counts);
    give_drain(drain);
}

void console_verdict_again(void)
{
    if (counts[0])
        show_verdict();
}

void console_verdict(unsigned passed, unsigned failed, unsigned skipped)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, counts, sizeof(counts));
    out_printf(&buffer.out, "%u passed, %u failed, %u skipped", passed, failed, skipped);
    good = verdict_passed(passed, failed);
    show_verdict();
}
