/* SPDX-License-Identifier: BSD-2-Clause */
/* calls.c - each system call's good path and its documented errors. Status: how many are wrong. */
#include "user/calls.h"
#include "user/print.h"

#define AT     UINT64_C(0x50000000)
#define STACK  UINT64_C(0x60000000)
#define RW     (ABI_READ | ABI_WRITE)
#define BYTES4 (UINT64_C(4) * PAGE_SIZE)

int main(const struct abi_info *info);

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
    uint64_t start = time_now();

    expect("the version", call3(ABI_VERSION_CALL, 0, 0, 0), ABI_VERSION);
    expect("no such call", call3(ABI_CALL_COUNT, 0, 0, 0), -ABI_E_CALL);
    expect("no such call by far", call3(UINT64_MAX, 0, 0, 0), -ABI_E_CALL);
    expect("writing from nowhere", console_write((const void *)1, 1), -ABI_E_ADDRESS);
    expect("writing from the kernel", console_write((const void *)0xffffffff80100000, 1),
           -ABI_E_ADDRESS);
    expect("writing nothing", console_write("", 0), 0);
    expect("closing nothing", close_handle(0), -ABI_E_HANDLE);
    expect("closing something made up", close_handle(12345), -ABI_E_HANDLE);
    expect_true("time goes on", time_now() >= start);
}

static void memory(const struct abi_info *info)
{
    int64_t m = memory_new(BYTES4), event = event_new();
    volatile uint64_t *words = (volatile uint64_t *)AT;

    expect_true("memory is made", m > 0);
    expect("no bytes", memory_new(0), -ABI_E_ARGUMENT);
    expect("half a page", memory_new(PAGE_SIZE / 2), -ABI_E_ARGUMENT);
    expect("more than there is", memory_new(info->memory_bytes + PAGE_SIZE), -ABI_E_MEMORY);
    expect("mapped", memory_map((uint64_t)m, 0, AT, BYTES4, RW), 0);
    expect("mapped again", memory_map((uint64_t)m, 0, AT, PAGE_SIZE, RW), -ABI_E_OVERLAP);
    expect("by a wrong type", memory_map((uint64_t)event, 0, STACK, PAGE_SIZE, RW), -ABI_E_TYPE);
    expect("at page 0", memory_map((uint64_t)m, 0, 0, PAGE_SIZE, RW), -ABI_E_ADDRESS);
    expect("in the kernel", memory_map((uint64_t)m, 0, 0xffff800000000000, PAGE_SIZE, RW),
           -ABI_E_ADDRESS);
    expect("not aligned", memory_map((uint64_t)m, 0, AT + BYTES4 + 8, PAGE_SIZE, RW),
           -ABI_E_ADDRESS);
    expect("beyond its end", memory_map((uint64_t)m, BYTES4, STACK, PAGE_SIZE, RW),
           -ABI_E_ARGUMENT);
    expect("write and execute", memory_map((uint64_t)m, 0, STACK, PAGE_SIZE, RW | ABI_EXECUTE),
           -ABI_E_ARGUMENT);
    words[0] = 42;
    expect("mapped twice", memory_map((uint64_t)m, 0, STACK, PAGE_SIZE, ABI_READ), 0);
    expect("the same memory", (int64_t) * (volatile uint64_t *)STACK, 42);
    expect("a hole", memory_unmap(AT + PAGE_SIZE, PAGE_SIZE), 0);
    expect("the hole is free", memory_map((uint64_t)m, 0, AT + PAGE_SIZE, PAGE_SIZE, RW), 0);
    expect("what was mapped in it", (int64_t)words[512], 42);
    expect("closed", close_handle((uint64_t)m), 0);
    expect("a stale handle", close_handle((uint64_t)m), -ABI_E_HANDLE);
    expect("the mapping keeps it", (int64_t)words[0], 42);
    expect("all gone", memory_unmap(AT, BYTES4), 0);
    expect("gone again", memory_unmap(AT, BYTES4), 0);
    expect("the other mapping too", memory_unmap(STACK, PAGE_SIZE), 0);
    expect("the event", close_handle((uint64_t)event), 0);
}

static void events(void)
{
    int64_t event = event_new();
    uint64_t start = time_now();

    expect("a deadline in the past", event_wait((uint64_t)event, 0), -ABI_E_TIMEOUT);
    expect("a deadline to come", event_wait((uint64_t)event, start + 2000000), -ABI_E_TIMEOUT);
    expect_true("it was waited for", time_now() >= start + 1990000);
    expect("signalled", event_signal((uint64_t)event), 0);
    expect("taken at once", event_wait((uint64_t)event, ABI_NEVER), 0);
    expect("taken once", event_wait((uint64_t)event, 0), -ABI_E_TIMEOUT);
    start = time_now();
    expect("by a timer", call3(ABI_EVENT_TIMER, (uint64_t)event, start + 1000000, 0), 0);
    expect("the timer comes", event_wait((uint64_t)event, ABI_NEVER), 0);
    expect_true("not early", time_now() >= start + 990000);
    expect("closed", close_handle((uint64_t)event), 0);
}

/* --- threads ---------------------------------------------------------------------------------- */

static volatile uint64_t shared[4];
static uint64_t wake, done;

static NORETURN void second(uint64_t argument)
{
    shared[0] = argument;
    expect("the second thread waits", event_wait(wake, ABI_NEVER), 0);
    shared[1] = 1;
    event_signal(done);
    for (;;) {
        shared[2]++; /* until the process ends */
        call3(ABI_YIELD, 0, 0, 0);
    }
}

static void threads(const struct abi_info *info)
{
    int64_t stack = memory_new(BYTES4), thread;

    wake = (uint64_t)event_new();
    done = (uint64_t)event_new();
    expect("a stack", memory_map((uint64_t)stack, 0, STACK, BYTES4, RW), 0);
    expect("an entry in the kernel",
           call6(ABI_THREAD_CREATE, 0xffffffff80100000, STACK, 0, 0, 0, 0), -ABI_E_ADDRESS);
    expect("a priority above one's own",
           call6(ABI_THREAD_CREATE, (uintptr_t)second, STACK, 0, 7, 0, 0), -ABI_E_ARGUMENT);
    thread = call6(ABI_THREAD_CREATE, (uintptr_t)second, STACK + BYTES4 - 8, 77, 4, 0, 0);
    expect_true("a thread", thread > 0);
    while (!shared[0])
        call3(ABI_YIELD, 0, 0, 0);
    expect("its argument", (int64_t)shared[0], 77);
    event_signal(wake);
    expect("it answers", event_wait(done, ABI_NEVER), 0);
    expect("it ran", (int64_t)shared[1], 1);
    for (uint64_t i = 0; i < info->processors; i++)
        expect("moved", call3(ABI_THREAD_MOVE, i, 0, 0), 0);
    expect("to a processor that is not there", call3(ABI_THREAD_MOVE, info->processors, 0, 0),
           -ABI_E_ARGUMENT);
    expect("back", call3(ABI_THREAD_MOVE, 0, 0, 0), 0);
}

/* --- VMs -------------------------------------------------------------------------------------- */

static void vcpus(uint64_t vm)
{
    struct abi_vcpu *page = (struct abi_vcpu *)AT;
    int64_t vcpu = vcpu_new(vm, page);

    expect_true("a vCPU", vcpu > 0);
    expect("another one at the same place", vcpu_new(vm, page), -ABI_E_OVERLAP);
    expect("its state", vcpu_read((uint64_t)vcpu), 0);
    expect("an interrupt", call3(ABI_VCPU_INTERRUPT, (uint64_t)vcpu, 32, 0), 0);
    expect("no interrupt", call3(ABI_VCPU_INTERRUPT, (uint64_t)vcpu, 8, 0), -ABI_E_ARGUMENT);
    page->parts = 0x1000;
    expect("parts that are none", vcpu_run((uint64_t)vcpu), -ABI_E_ARGUMENT);
    page->resume = 77;
    expect("no way to go on", vcpu_run((uint64_t)vcpu), -ABI_E_ARGUMENT);
    page->state.rflags = 0; /* bit 1 must be 1 */
    page->parts = ABI_PART_RIP;
    expect("a state that cannot be", vcpu_run((uint64_t)vcpu), 0);
    expect("is refused", page->exit, ABI_EXIT_ENTRY_FAILED);
    expect_true("by name", contains(page->why, "RFLAGS"));
    page->state.rflags = 2;
    page->parts = ABI_PART_RIP;
    expect("kicked before it runs", call3(ABI_VCPU_KICK, (uint64_t)vcpu, 0, 0), 0);
    expect("it returns", vcpu_run((uint64_t)vcpu), 0);
    expect("and says so", page->exit, ABI_EXIT_KICKED);
    expect("without memory", vcpu_run((uint64_t)vcpu), 0);
    expect("it cannot fetch", page->exit, ABI_EXIT_MEMORY);
    if (page->exit == ABI_EXIT_ENTRY_FAILED)
        print("# %s\n", page->why);
    expect("closed", close_handle((uint64_t)vcpu), 0);
    expect("its page is still mapped", memory_unmap(AT, PAGE_SIZE), 0);
}

static void vms(void)
{
    int64_t vm = vm_new(), m = memory_new(BYTES4);

    if (vm == -ABI_E_ABSENT) {
        print("# no VMs on this machine\n");
        return;
    }
    expect_true("a VM", vm > 0);
    expect("mapped", vm_map((uint64_t)vm, (uint64_t)m, 0, 0, BYTES4, 7), 0);
    expect("again", vm_map((uint64_t)vm, (uint64_t)m, 0, PAGE_SIZE, PAGE_SIZE, 7), -ABI_E_OVERLAP);
    expect("no rights", vm_map((uint64_t)vm, (uint64_t)m, 0, BYTES4, PAGE_SIZE, 0),
           -ABI_E_ARGUMENT);
    expect("write without read", vm_map((uint64_t)vm, (uint64_t)m, 0, BYTES4, PAGE_SIZE, 2),
           -ABI_E_ARGUMENT);
    expect("beyond the last address",
           vm_map((uint64_t)vm, (uint64_t)m, 0, UINT64_C(1) << 48, PAGE_SIZE, 7), -ABI_E_ADDRESS);
    expect("protected", call6(ABI_VM_PROTECT, (uint64_t)vm, 0, PAGE_SIZE, ABI_READ, 0, 0), 0);
    expect("where nothing is",
           call6(ABI_VM_PROTECT, (uint64_t)vm, BYTES4, PAGE_SIZE, ABI_READ, 0, 0), -ABI_E_ADDRESS);
    expect("unmapped", vm_unmap((uint64_t)vm, 0, BYTES4), 0);
    expect("without a feature", call6(ABI_VM_CPUID, (uint64_t)vm, 1, 0, 2, 1 << 28, 0), 0);
    expect("of a leaf that has none", call6(ABI_VM_CPUID, (uint64_t)vm, 0, 0, 0, 1, 0),
           -ABI_E_ARGUMENT);
    vcpus((uint64_t)vm);
    expect("closed", close_handle((uint64_t)vm), 0);
    expect("its memory", close_handle((uint64_t)m), 0);
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
