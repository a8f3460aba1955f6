/* SPDX-License-Identifier: BSD-2-Clause */
/* panic.c - see panic.h. */
#include "panic.h"

#include "apic.h"
#include "console.h"
#include "insn.h"
#include "layout.h"
#include "machine_end.h"
#include "percpu.h"

#define BACKTRACE_MAX 32

/* Made by symbols.awk; in order of address. `symbol_count` is 0 in the first of the two links. */
struct symbol {
    uint32_t offset; /* from text_start */
    uint32_t name;   /* in symbol_names */
};
extern const struct symbol symbols[];
extern const uint32_t symbol_count;
extern const char symbol_names[];
extern const char text_start[], text_end[];

const char *symbol_name(uint64_t address, uint64_t *offset)
{
    uint64_t start = (uintptr_t)text_start;
    uint32_t found = symbol_count;

    if (address < start || address >= (uintptr_t)text_end)
        return NULL;
    for (uint32_t i = 0; i < symbol_count && symbols[i].offset <= address - start; i++)
        found = i;
    if (found == symbol_count)
        return NULL;
    *offset = address - start - symbols[found].offset;
    return &symbol_names[symbols[found].name];
}

/*
 * `back` is 1 for a return address: the call before it tells the function, since one that does not
 * return may stand at the very end.
 */
static void print_code_address(uint64_t address, uint64_t back)
{
    uint64_t offset = 0;
    const char *name = symbol_name(address - back, &offset);

    if (name)
        print("  0x%016lx %s+0x%lx\n", address, name, offset + back);
    else
        print("  0x%016lx ?\n", address);
}

/*
 * A call of a null pointer, or of any other address that is not the kernel's code, has left the
 * return address on top of the stack and no frame: the caller would be missing.
 */
static void print_lost_caller(uint64_t rip, uint64_t rsp)
{
    uint64_t offset, return_address;

    if (symbol_name(rip, &offset) || rsp < KERNEL_BASE || rsp % 8 ||
        !load_safe((void *)rsp, &return_address) || !symbol_name(return_address - 1, &offset))
        return;
    print_code_address(return_address, 1);
}

/*
 * A frame is [rbp] = the caller's rbp, [rbp + 8] = the return address. A damaged chain ends the
 * walk: it must rise, and every load may fault.
 */
void backtrace(uint64_t rip, uint64_t rsp, uint64_t rbp)
{
    print("backtrace:\n");
    print_code_address(rip, 0);
    print_lost_caller(rip, rsp);
    for (unsigned i = 0; i < BACKTRACE_MAX; i++) {
        uint64_t caller_rbp, return_address;

        if (rbp < KERNEL_BASE || rbp % 8 || !load_safe((void *)rbp, &caller_rbp) ||
            !load_safe((void *)(rbp + 8), &return_address) || !return_address)
            return;
        print_code_address(return_address, 1);
        if (caller_rbp <= rbp)
            return;
        rbp = caller_rbp;
    }
}

static volatile uint32_t dying; /* number of the processor that panicked first, plus 1 */

bool panic_is_on(void)
{
    return dying != 0;
}

/* True for the first one. Others have nothing to add, and must not end the machine before it. */
static bool is_first_to_die(void)
{
    uint32_t self = this_cpu()->number + 1, first = 0;

    if (__atomic_compare_exchange_n(&dying, &first, self, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST))
        return true;
    if (first != self)
        halt_forever();
    return false;
}

/* A panic while panicking (a fault in the console, say) ends the machine with no more words. */
static NORETURN PRINTF(4, 0) void die(uint64_t rip, uint64_t rsp, uint64_t rbp, const char *format,
                                      va_list arguments)
{
    disable_interrupts();
    if (is_first_to_die()) {
        apic_stop_others();
        console_break_lock();
        console_color(SCREEN_BAD);
        print("panic: ");
        print_arguments(format, arguments);
        print("\n");
        backtrace(rip, rsp, rbp);
        print("Bail out! the kernel panicked\n");
        console_color(SCREEN_PLAIN);
        console_verdict(0, 1, 0);
    }
    machine_end(false);
}

void panic_at(uint64_t rip, uint64_t rsp, uint64_t rbp, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    die(rip, rsp, rbp, format, arguments);
}

void panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    die((uintptr_t)__builtin_return_address(0), 0, *(uint64_t *)__builtin_frame_address(0), format,
        arguments);
}
