/* SPDX-License-Identifier: BSD-2-Clause */
/* guests.c - see guests.h. */
#include "guests.h"

#include "abi.h"
#include "arch/console.h"
#include "arch/paging.h"
#include "kern/task/images.h"
#include "kern/task/process.h"
#include "string.h"

#define NAME_SIZE 48
#define PREFIX    "guest."

/* The monitor and its guest together, in pages: 64 MiB. */
#define GUEST_PAGES 16384

static const struct mb2_info *info;
static struct selftest rows[MB2_MODULES_MAX];
static char names[MB2_MODULES_MAX][NAME_SIZE];

/* `/boot/hello.elf loud` is called hello.elf. */
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

/* The rest of its last page is nobody's: the guest's monitor sees zeros there. */
static void clear_tail(const struct mb2_module *module)
{
    uint64_t tail = -(uint64_t)module->end % PAGE_SIZE;

    memset(direct_pointer(module->end), 0, tail);
}

/* A module that shares a page with something else would show it to a process. */
static bool is_usable(struct test *test, const struct mb2_module *module)
{
    return test_true(test, module->end > module->start, "the module is not empty") &&
           test_true(test, module->start % PAGE_SIZE == 0,
                     "the loader put the module at the beginning of a page, as the header asks");
}

static void run_guest(struct test *test)
{
    const struct mb2_module *module = &info->modules[test->row - rows];
    const struct process_module given = {.name = module->string,
                                         .physical = module->start,
                                         .bytes = (uint64_t)module->end - module->start};
    const struct image *monitor = image_find("monitor");
    const struct process_description description = {.name = "monitor",
                                                    .image = monitor->start,
                                                    .image_bytes =
                                                        (uint64_t)(monitor->end - monitor->start),
                                                    .modules = &given,
                                                    .module_count = 1,
                                                    .pages = GUEST_PAGES,
                                                    .priority = ABI_PRIORITY_NORMAL};
    struct process *process;
    int64_t status = 0;

    if (!is_usable(test, module))
        return;
    clear_tail(module);
    process = process_start(&description);
    if (!test_true(test, process != NULL, "the monitor starts"))
        return;
    (void)process_wait(process, TIMEOUT_NEVER, &status);
    test_equal(test, "what the guest ended with", (uint64_t)status, 0);
}

void guests_find(const struct mb2_info *boot_info)
{
    info = boot_info;
    for (unsigned i = 0; i < info->module_count; i++) {
        make_name(names[i], info->modules[i].string ? info->modules[i].string : "");
        rows[i] = (struct selftest){
            .name = names[i], .run = run_guest, .needs = NEEDS_GUESTS, .kind = SELFTEST_KERNEL};
    }
    if (info->modules_left_out)
        print("boot: %u modules are left out: at most %u\n", info->modules_left_out,
              MB2_MODULES_MAX);
}

unsigned guests_count(void)
{
    return info ? info->module_count : 0;
}

const struct selftest *guests_row(unsigned number)
{
    return &rows[number];
}
