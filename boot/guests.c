/* SPDX-License-Identifier: BSD-2-Clause */
/* guests.c - see guests.h. */
#include "guests.h"

#include "abi.h"
#include "arch/console.h"
#include "arch/insn.h"
#include "arch/key.h"
#include "arch/paging.h"
#include "arch/time.h"
#include "kern/sys/kernel.h"
#include "kern/task/images.h"
#include "kern/task/process.h"
#include "string.h"
#include "tap.h"

#define NAME_SIZE 48
#define PREFIX    "guest."

/* The monitor and its guest together, in pages: 64 MiB. */
#define GUEST_PAGES 16384

/* How often the guests and the keys are looked at. */
#define LOOK_NS   UINT64_C(50000000)
#define SECOND_NS UINT64_C(1000000000)

/* Rows of the screen that all the guests' outcomes may take, roughly. */
#define ROWS_OF_GUESTS 8

struct guest {
    const struct mb2_module *module;
    char name[NAME_SIZE];
    struct process *process; /* its monitor, while it runs */
    uint64_t start;          /* TSC */
    const char *why_not;     /* it did not run, or was ended; else NULL */
    int64_t status;          /* what it ended with */
};

static struct guest guests[MB2_MODULES_MAX];
static unsigned guest_count;

/* --- names ------------------------------------------------------------------------------------ */

/* `/boot/hello.elf loud` is called guest.hello.elf. */
static void make_name(char name[NAME_SIZE], const char *command_line)
{
    const char *start = command_line;
    unsigned length = sizeof(PREFIX) - 1;

    for (const char *c = command_line; *c && *c != ' '; c++)
        if (*c == '/')
            start = c + 1;
    memcpy(name, PREFIX, length);
    for (const char *c = start; *c && *c != ' ' && length < NAME_SIZE - 1; c++)
        name[length++] = (char)(*c > ' ' && *c <= '~' && *c != '#' ? *c : '_');
    name[length] = 0;
}

unsigned guests_find(const struct mb2_info *info)
{
    for (; guest_count < info->module_count; guest_count++) {
        const struct mb2_module *module = &info->modules[guest_count];

        guests[guest_count].module = module;
        make_name(guests[guest_count].name, module->string ? module->string : "");
    }
    if (info->modules_left_out)
        print("boot: %u modules are left out: at most %u\n", info->modules_left_out,
              MB2_MODULES_MAX);
    return guest_count;
}

/* --- outcomes --------------------------------------------------------------------------------- */

static const char *state_of(const struct guest *guest)
{
    static char text[64];
    struct text_buffer buffer;

    if (guest->why_not)
        return guest->why_not;
    text_buffer_init(&buffer, text, sizeof(text));
    if (guest->process)
        out_printf(&buffer.out, "has run for %lu s",
                   ns_of_ticks(rdtsc() - guest->start) / SECOND_NS);
    else
        out_printf(&buffer.out, "ended with status %ld", (long)guest->status);
    return text;
}

/* `why_not`: as in struct guest. */
static void fail(struct guest *guest, const char *why_not)
{
    guest->why_not = why_not;
    tap_complain("# %s: %s\n", guest->name, state_of(guest));
    tap_failed(guest->name);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* A module that shares a page with something else would show it to a process. */
static const char *why_unusable(const struct mb2_module *module)
{
    if (module->end <= module->start)
        return "the module is empty";
    if (module->start % PAGE_SIZE)
        return "the loader did not put the module at the beginning of a page, as the header asks";
    return NULL;
}

/* The rest of its last page is cleared: the guest's monitor sees zeros there. */
static void clear_tail(const struct mb2_module *module)
{
    uint64_t tail = -(uint64_t)module->end % PAGE_SIZE;

    memset(direct_pointer(module->end), 0, tail);
}

static struct process *start_monitor(const struct guest *guest)
{
    const struct process_module given = {.name = guest->module->string,
                                         .physical = guest->module->start,
                                         .bytes =
                                             (uint64_t)guest->module->end - guest->module->start};
    const struct image *monitor = image_find("monitor");
    const struct process_description description = {.name = guest->name,
                                                    .image = monitor->start,
                                                    .image_bytes =
                                                        (uint64_t)(monitor->end - monitor->start),
                                                    .arguments = guest->name + sizeof(PREFIX) - 1,
                                                    .modules = &given,
                                                    .module_count = 1,
                                                    .pages = GUEST_PAGES,
                                                    .priority = ABI_PRIORITY_NORMAL};

    return process_start(&description);
}

static void start(struct guest *guest)
{
    clear_tail(guest->module);
    guest->start = rdtsc();
    guest->process = start_monitor(guest);
    if (!guest->process)
        fail(guest, "its monitor was not started");
}

static void start_or_say_why_not(struct guest *guest)
{
    const char *no_guests = kernel_why_no_guests(), *unusable = why_unusable(guest->module);

    guest->why_not = no_guests;
    if (no_guests)
        tap_skipped(guest->name, no_guests);
    else if (unusable)
        fail(guest, unusable);
    else
        start(guest);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Waits for it until `deadline` (TSC). */
static void wait_for(struct guest *guest, uint64_t deadline)
{
    if (!process_wait(guest->process, deadline, &guest->status))
        return;
    guest->process = NULL;
    if (guest->status == PROCESS_FAULTED)
        fail(guest, "its monitor was ended");
    else if (guest->status)
        fail(guest, NULL);
    else
        tap_passed(guest->name);
}

static struct guest *first_running(void)
{
    for (unsigned i = 0; i < guest_count; i++)
        if (guests[i].process)
            return &guests[i];
    return NULL;
}

static void print_so_far(void)
{
    tap_print_so_far();
    for (unsigned i = 0; i < guest_count; i++)
        print("# %s: %s\n", guests[i].name, state_of(&guests[i]));
}

/* Waits a while for one guest, then collects all that have ended meanwhile. */
static void wait_for_all(void)
{
    struct guest *first;

    while ((first = first_running())) {
        wait_for(first, rdtsc() + ticks_of_ns(LOOK_NS));
        for (unsigned i = 0; i < guest_count; i++)
            if (guests[i].process && guests[i].process->ended)
                wait_for(&guests[i], 0);
        if (key_pressed())
            print_so_far();
    }
}

void guests_run(void)
{
    if (!guest_count)
        return;
    console_page_point(ROWS_OF_GUESTS);
    key_forget();
    if (key_possible())
        print("# guests run; any key shows which have ended\n");
    for (unsigned i = 0; i < guest_count; i++)
        start_or_say_why_not(&guests[i]);
    wait_for_all();
}
