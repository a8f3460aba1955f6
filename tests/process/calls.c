/* SPDX-License-Identifier: BSD-2-Clause */
/* calls.c - each system call's good path and its documented errors. Status: how many are wrong. */
#include "user/calls.h"
#include "user/print.h"

#define AT     UINT64_C(0x50000000)
#define STACK  UINT64_C(0x60000000)
#define RW     (ABI_READ | ABI_WRITE)
#define BYTES4 (UINT64_C(4) * PAGE_SIZE)

static int wrong;

static void expect(const char *what, int64_t found, int64_t expected)
{
    if (found == expected)
        return;
    wrong++;
    print("# failed: %s: expected %ld, found %ld\n", what, (long)expected, (long)found);
}

static void expect_true(const char *what, bool condition)
{
    expect(what, condition, 1);
}

static bool contains(const char *text, const char *word)
{
    for (; *text; text++) {
        size_t i = 0;

        while (word[i] && text[i] == word[i])
            i++;
        if (!word[i])
            return true;
    }
    return false;
}

static void numbers(void)
{
    int64_t start = sys_time();

    expect("the version", sys_version_call(), ABI_VERSION);
    expect("no such call", call3(ABI_CALL_COUNT, 0, 0, 0), -ABI_E_CALL);
    expect("no such call by far", call3(UINT64_MAX, 0, 0, 0), -ABI_E_CALL);
    expect("writing from nowhere", sys_console_write(1, 1), -ABI_E_ADDRESS);
    expect("writing from the kernel", sys_console_write(0xffffffff80100000, 1), -ABI_E_ADDRESS);
    expect("writing nothing", sys_console_write((uintptr_t) "", 0), 0);
    expect("closing nothing", sys_close(0), -ABI_E_HANDLE);
    expect("closing something made up", sys_close(12345), -ABI_E_HANDLE);
    expect_true("time goes on", sys_time() >= start);
}

static void memory(const struct abi_info *info)
{
    int64_t m = sys_memory_create(BYTES4), event = sys_event_create();
    volatile uint64_t *words = (volatile uint64_t *)AT;

    expect_true("memory is made", m > 0);
    expect("no bytes", sys_memory_create(0), -ABI_E_ARGUMENT);
    expect("half a page", sys_memory_create(PAGE_SIZE / 2), -ABI_E_ARGUMENT);
    expect("more than there is", sys_memory_create(info->memory_bytes + PAGE_SIZE), -ABI_E_MEMORY);
    expect("mapped", sys_memory_map((uint64_t)m, 0, AT, BYTES4, RW), 0);
    expect("mapped again", sys_memory_map((uint64_t)m, 0, AT, PAGE_SIZE, RW), -ABI_E_OVERLAP);
    expect("by a wrong type", sys_memory_map((uint64_t)event, 0, STACK, PAGE_SIZE, RW),
           -ABI_E_TYPE);
    expect("at page 0", sys_memory_map((uint64_t)m, 0, 0, PAGE_SIZE, RW), -ABI_E_ADDRESS);
    expect("in the kernel", sys_memory_map((uint64_t)m, 0, 0xffff800000000000, PAGE_SIZE, RW),
           -ABI_E_ADDRESS);
    expect("not aligned", sys_memory_map((uint64_t)m, 0, AT + BYTES4 + 8, PAGE_SIZE, RW),
           -ABI_E_ADDRESS);
    expect("beyond its end", sys_memory_map((uint64_t)m, BYTES4, STACK, PAGE_SIZE, RW),
           -ABI_E_ARGUMENT);
    expect("write and execute", sys_memory_map((uint64_t)m, 0, STACK, PAGE_SIZE, RW | ABI_EXECUTE),
           -ABI_E_ARGUMENT);
    words[0] = 42;
    expect("mapped twice", sys_memory_map((uint64_t)m, 0, STACK, PAGE_SIZE, ABI_READ), 0);
    expect("the same memory", (int64_t) * (volatile uint64_t *)STACK, 42);
    expect("a hole", sys_memory_unmap(AT + PAGE_SIZE, PAGE_SIZE), 0);
    expect("the hole is free", sys_memory_map((uint64_t)m, 0, AT + PAGE_SIZE, PAGE_SIZE, RW), 0);
    expect("what was mapped in it", (int64_t)words[512], 42);
    expect("closed", sys_close((uint64_t)m), 0);
    expect("a stale handle", sys_close((uint64_t)m), -ABI_E_HANDLE);
    expect("the mapping keeps it", (int64_t)words[0], 42);
    expect("all gone", sys_memory_unmap(AT, BYTES4), 0);
    expect("gone again", sys_memory_unmap(AT, BYTES4), 0);
    expect("the other mapping too", sys_memory_unmap(STACK, PAGE_SIZE), 0);
    expect("the event", sys_close((uint64_t)event), 0);
}

static void events(void)
{
    int64_t event = sys_event_create();
    int64_t start = sys_time();

    expect("a deadline in the past", sys_event_wait((uint64_t)event, 0), -ABI_E_TIMEOUT);
    expect("a deadline to come", sys_event_wait((uint64_t)event, (uint64_t)start + 2000000),
           -ABI_E_TIMEOUT);
    expect_true("it was waited for", sys_time() >= start + 1990000);
    expect("signalled", sys_event_signal((uint64_t)event), 0);
    expect("taken at once", sys_event_wait((uint64_t)event, ABI_NEVER), 0);
    expect("taken once", sys_event_wait((uint64_t)event, 0), -ABI_E_TIMEOUT);
    start = sys_time();
    expect("by a timer", sys_event_timer((uint64_t)event, (uint64_t)start + 1000000), 0);
    expect("the timer comes", sys_event_wait((uint64_t)event, ABI_NEVER), 0);
    expect_true("not early", sys_time() >= start + 990000);
    expect("closed", sys_close((uint64_t)event), 0);
}

/* --- threads ---------------------------------------------------------------------------------- */

static volatile uint64_t shared[4];
static uint64_t wake, done;

static NORETURN void second(uint64_t argument)
{
    shared[0] = argument;
    expect("the second thread waits", sys_event_wait(wake, ABI_NEVER), 0);
    shared[1] = 1;
    sys_event_signal(done);
    for (;;) {
        shared[2]++; /* until the process ends */
        sys_yield();
    }
}

static void threads(const struct abi_info *info)
{
    int64_t stack = sys_memory_create(BYTES4), thread;

    wake = (uint64_t)sys_event_create();
    done = (uint64_t)sys_event_create();
    expect("a stack", sys_memory_map((uint64_t)stack, 0, STACK, BYTES4, RW), 0);
    expect("an entry in the kernel", sys_thread_create(0xffffffff80100000, STACK, 0, 0),
           -ABI_E_ADDRESS);
    expect("a priority above one's own", sys_thread_create((uintptr_t)second, STACK, 0, 7),
           -ABI_E_ARGUMENT);
    thread = sys_thread_create((uintptr_t)second, STACK + BYTES4 - 8, 77, 4);
    expect_true("a thread", thread > 0);
    while (!shared[0])
        sys_yield();
    expect("its argument", (int64_t)shared[0], 77);
    sys_event_signal(wake);
    expect("it answers", sys_event_wait(done, ABI_NEVER), 0);
    expect("it ran", (int64_t)shared[1], 1);
    for (uint64_t i = 0; i < info->processors; i++)
        expect("moved", sys_thread_move(i), 0);
    expect("to a processor that is not there", sys_thread_move(info->processors), -ABI_E_ARGUMENT);
    expect("back", sys_thread_move(0), 0);
}

/* --- VMs -------------------------------------------------------------------------------------- */

static void vcpus(uint64_t vm)
{
    struct abi_vcpu *page = (struct abi_vcpu *)AT;
    int64_t vcpu = sys_vcpu_create(vm, (uintptr_t)page);

    expect_true("a vCPU", vcpu > 0);
    expect("another one at the same place", sys_vcpu_create(vm, (uintptr_t)page), -ABI_E_OVERLAP);
    expect("its state", sys_vcpu_read((uint64_t)vcpu), 0);
    expect("an interrupt", sys_vcpu_interrupt((uint64_t)vcpu, 32), 0);
    expect("no interrupt", sys_vcpu_interrupt((uint64_t)vcpu, 8), -ABI_E_ARGUMENT);
    page->parts = 0x1000;
    expect("parts that are none", sys_vcpu_run((uint64_t)vcpu), -ABI_E_ARGUMENT);
    page->resume = 77;
    expect("no way to go on", sys_vcpu_run((uint64_t)vcpu), -ABI_E_ARGUMENT);
    page->state.rflags = 0; /* bit 1 must be 1 */
    page->parts = ABI_PART_RIP;
    expect("a state that cannot be", sys_vcpu_run((uint64_t)vcpu), 0);
    expect("is refused", page->exit, ABI_EXIT_ENTRY_FAILED);
    expect_true("by name", contains(page->why, "RFLAGS"));
    page->state.rflags = 2;
    page->parts = ABI_PART_RIP;
    expect("kicked before it runs", sys_vcpu_kick((uint64_t)vcpu), 0);
    expect("it returns", sys_vcpu_run((uint64_t)vcpu), 0);
    expect("and says so", page->exit, ABI_EXIT_KICKED);
    expect("without memory", sys_vcpu_run((uint64_t)vcpu), 0);
    expect("it cannot fetch", page->exit, ABI_EXIT_MEMORY);
    if (page->exit == ABI_EXIT_ENTRY_FAILED)
        print("# %s\n", page->why);
    expect("closed", sys_close((uint64_t)vcpu), 0);
    expect("its page is still mapped", sys_memory_unmap(AT, PAGE_SIZE), 0);
}

static void vms(void)
{
    int64_t vm = sys_vm_create(), m = sys_memory_create(BYTES4);

    if (vm == -ABI_E_ABSENT) {
        print("# no VMs on this machine\n");
        return;
    }
    expect_true("a VM", vm > 0);
    expect("mapped", sys_vm_map((uint64_t)vm, (uint64_t)m, 0, 0, BYTES4, 7), 0);
    expect("again", sys_vm_map((uint64_t)vm, (uint64_t)m, 0, PAGE_SIZE, PAGE_SIZE, 7),
           -ABI_E_OVERLAP);
    expect("no rights", sys_vm_map((uint64_t)vm, (uint64_t)m, 0, BYTES4, PAGE_SIZE, 0),
           -ABI_E_ARGUMENT);
    expect("write without read", sys_vm_map((uint64_t)vm, (uint64_t)m, 0, BYTES4, PAGE_SIZE, 2),
           -ABI_E_ARGUMENT);
    expect("beyond the last address",
           sys_vm_map((uint64_t)vm, (uint64_t)m, 0, UINT64_C(1) << 48, PAGE_SIZE, 7),
           -ABI_E_ADDRESS);
    expect("protected", sys_vm_protect((uint64_t)vm, 0, PAGE_SIZE, ABI_READ), 0);
    expect("where nothing is", sys_vm_protect((uint64_t)vm, BYTES4, PAGE_SIZE, ABI_READ),
           -ABI_E_ADDRESS);
    expect("unmapped", sys_vm_unmap((uint64_t)vm, 0, BYTES4), 0);
    expect("without a feature", sys_vm_cpuid((uint64_t)vm, 1, 0, 2, 1 << 28), 0);
    expect("of a leaf that has none", sys_vm_cpuid((uint64_t)vm, 0, 0, 0, 1), -ABI_E_ARGUMENT);
    vcpus((uint64_t)vm);
    expect("closed", sys_close((uint64_t)vm), 0);
    expect("its memory", sys_close((uint64_t)m), 0);
}

int main(const struct abi_info *info)
{
    numbers();
    memory(info);
    events();
    vms();
    threads(info);
    return wrong;
}
