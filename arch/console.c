/* SPDX-License-Identifier: BSD-2-Clause */
/* console.c - see console.h. */
#include "console.h"

#include "insn.h"
#include "percpu.h"
#include "text_ring.h"

static struct out *sinks[CONSOLE_SINKS];
static unsigned sink_count;

static char log_text[CONSOLE_LOG];
static struct text_ring log = TEXT_RING(log_text);

static void console_put(struct out *out, char c)
{
    (void)out;
    text_ring_put(&log.out, c);
    for (unsigned i = 0; i < sink_count; i++)
        sinks[i]->put(sinks[i], c);
}

struct out console = {console_put};

/*
 * One call of print() is one piece. An NMI may come while its
 * processor prints: it does not wait.
 */
static volatile uint32_t owner; /* number of the processor that prints, plus 1 */

static bool take_lock(void)
{
    uint32_t self = this_cpu()->number + 1, expected = 0;

    if (owner == self)
        return false;
    while (!__atomic_compare_exchange_n(&owner, &expected, self, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
        expected = 0;
        cpu_relax();
    }
    return true;
}

static void give_lock(bool taken)
{
    store_fence(); /* what is on the screen may be the last that is seen */
    if (taken)
        __atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
}

void console_break_lock(void)
{
    owner = this_cpu()->number + 1;
}

void console_replay(struct out *sink)
{
    bool taken = take_lock();

    text_ring_replay(&log, sink);
    give_lock(taken);
}

void console_add_late(struct out *sink)
{
    console_replay(sink);
    if (sink_count < CONSOLE_SINKS)
        sinks[sink_count++] = sink;
}

void print_arguments(const char *format, va_list arguments)
{
    bool taken = take_lock();

    out_vprintf(&console, format, arguments);
    give_lock(taken);
}

void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
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
    bool taken = take_lock();

    if (screen && holder && screen_page_ends_within(screen, rows))
        holder(screen);
    give_lock(taken);
}

/* --- The verdict ------------------------------------------------------------------------------ */

static char counts[64]; /* of the verdict; empty until there is one */
static bool good;

static void show_verdict(void)
{
    bool taken;

    print("%s\n", counts);
    if (!screen)
        return;
    taken = take_lock();
    screen_band(screen, screen_font, good, counts);
    give_lock(taken);
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
