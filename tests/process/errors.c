/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errors.c - each error that include/abi_calls.def lists is made once, so that the list has none
 * that a call cannot return; fuzz.c looks for those that it lacks. Status: how many are wrong.
 */
#include "user/calls.h"
#include "user/print.h"
#include "x86.h"

#define MEMORY_AT UINT64_C(0x50000000)
#define STACK_AT  UINT64_C(0x58000000)
#define PAGE_AT   ((struct abi_vcpu *)0x5a000000)
#define FREE_AT   UINT64_C(0x60000000)     /* nothing is here */
#define FAR_AT    UINT64_C(0x700000000000) /* nor near here: page tables would have to be made */
#define KERNEL_AT UINT64_C(0xffff800000000000)
#define RW        (ABI_READ | ABI_WRITE)
#define RWX       (RW | ABI_EXECUTE)
#define PAGES4    (UINT64_C(4) * PAGE_SIZE)
#define LARGE     UINT64_C(0x200000)
#define MANY      1000 /* more than any table has */

static int wrong;
static uint32_t seen[ABI_CALL_COUNT]; /* bit N: the call has returned error N */
static uint64_t memory, event, vm;
static uint64_t many[MANY]; /* handles of one kind */

static void fail(const char *what, const char *case_text, int64_t found)
{
    wrong++;
    print("# failed: %s, %s: found %ld\n", what, case_text, (long)found);
}

static void done(const char *what, int64_t result)
{
    if (result)
        fail("expected 0", what, result);
}

static uint64_t made(const char *what, int64_t result)
{
    if (result <= 0)
        fail("expected a handle", what, result);
    return (uint64_t)result;
}

static void refused(uint64_t call, unsigned error, const char *what, const uint64_t a[6])
{
    int64_t result = call6(call, a[0], a[1], a[2], a[3], a[4], a[5]);

    if (result == -(int64_t)error)
        seen[call] |= 1u << error;
    else
        fail(abi_call_name(call), what, result);
}

/* REFUSED(CALL, ERROR, "what is wrong", arguments...) */
#define REFUSED(NAME, ERROR, what, ...) \
    refused(ABI_##NAME, ABI_E_##ERROR, what, (const uint64_t[6]){__VA_ARGS__})

/* --- handles, whatever they are of ------------------------------------------------------------ */

static bool lists(uint64_t call, unsigned error)
{
    return has_any(abi_call_errors(call), BIT64(error));
}

/*
 * 0 is not a handle. A handle of another kind is an event's; for the calls of events, a memory
 * object's.
 */
static void handles(void)
{
    for (uint64_t call = 0; call < ABI_CALL_COUNT; call++) {
        bool of_events = call >= ABI_EVENT_SIGNAL && call <= ABI_EVENT_TIMER;
        const uint64_t none[6] = {0}, another[6] = {of_events ? memory : event};

        if (lists(call, ABI_E_HANDLE))
            refused(call, ABI_E_HANDLE, "no handle", none);
        if (lists(call, ABI_E_TYPE))
            refused(call, ABI_E_TYPE, "a handle of another kind", another);
    }
}

/* Events until there is no room; how many. */
static unsigned fill_handles(void)
{
    unsigned count = 0;
    int64_t result;

    while (count < MANY && (result = sys_event_create()) > 0)
        many[count++] = (uint64_t)result;
    return count;
}

static void close_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        done("an event is closed", sys_close(many[i]));
}

static void no_room_for_handles(void)
{
    unsigned count = fill_handles();

    REFUSED(EVENT_CREATE, LIMIT, "no room for its handle", 0);
    REFUSED(MEMORY_CREATE, LIMIT, "no room for its handle", PAGE_SIZE);
    REFUSED(THREAD_CREATE, LIMIT, "no room for its handle", FREE_AT, FREE_AT, 0, 0);
    if (vm) {
        REFUSED(VM_CREATE, LIMIT, "no room for its handle", 0);
        REFUSED(VCPU_CREATE, LIMIT, "no room for its handle", vm, FREE_AT);
        done("the page that it left", sys_memory_unmap(FREE_AT, PAGE_SIZE));
    }
    close_all(count);
}

/* --- memory and threads ----------------------------------------------------------------------- */

static void places(void)
{
    REFUSED(CONSOLE_WRITE, ADDRESS, "nothing is mapped", FREE_AT, 1);
    REFUSED(CONSOLE_WRITE, ADDRESS, "the kernel's half", KERNEL_AT, 1);
    REFUSED(CONSOLE_WRITE, ADDRESS, "into the kernel's half", MEMORY_AT, UINT64_MAX);
    REFUSED(MEMORY_MAP, ADDRESS, "page 0", memory, 0, 0, PAGE_SIZE, RW);
    REFUSED(MEMORY_MAP, ADDRESS, "in a page", memory, 0, FREE_AT + 8, PAGE_SIZE, RW);
    REFUSED(MEMORY_MAP, ADDRESS, "no bytes", memory, 0, FREE_AT, 0, RW);
    REFUSED(MEMORY_MAP, ADDRESS, "half a page", memory, 0, FREE_AT, PAGE_SIZE / 2, RW);
    REFUSED(MEMORY_MAP, ADDRESS, "the kernel's half", memory, 0, KERNEL_AT, PAGE_SIZE, RW);
    REFUSED(MEMORY_MAP, OVERLAP, "its own place", memory, 0, MEMORY_AT, PAGE_SIZE, RW);
    REFUSED(MEMORY_UNMAP, ADDRESS, "page 0", 0, PAGE_SIZE);
    REFUSED(MEMORY_UNMAP, ADDRESS, "in a page", MEMORY_AT + 8, PAGE_SIZE);
    REFUSED(THREAD_CREATE, ADDRESS, "the kernel's half", KERNEL_AT, FREE_AT, 0, 0);
    REFUSED(THREAD_CREATE, ADDRESS, "its stack there", FREE_AT, KERNEL_AT, 0, 0);
}

static void ranges(const struct abi_info *info)
{
    REFUSED(MEMORY_CREATE, ARGUMENT, "no bytes", 0);
    REFUSED(MEMORY_CREATE, ARGUMENT, "half a page", PAGE_SIZE / 2);
    REFUSED(MEMORY_CREATE, ARGUMENT, "more than 2^33", (UINT64_C(1) << 33) + PAGE_SIZE);
    REFUSED(MEMORY_CREATE, MEMORY, "more than its share", info->memory_bytes + PAGE_SIZE);
    REFUSED(MEMORY_MAP, ARGUMENT, "offset in a page", memory, 8, FREE_AT, PAGE_SIZE, RW);
    REFUSED(MEMORY_MAP, ARGUMENT, "beyond its end", memory, PAGES4, FREE_AT, PAGE_SIZE, RW);
    REFUSED(MEMORY_MAP, ARGUMENT, "no rights", memory, 0, FREE_AT, PAGE_SIZE, 0);
    REFUSED(MEMORY_MAP, ARGUMENT, "to write only", memory, 0, FREE_AT, PAGE_SIZE, ABI_WRITE);
    REFUSED(MEMORY_MAP, ARGUMENT, "write and execute", memory, 0, FREE_AT, PAGE_SIZE, RWX);
    REFUSED(MEMORY_MAP, ARGUMENT, "other rights", memory, 0, FREE_AT, PAGE_SIZE, 9);
    REFUSED(MEMORY_MAP, ARGUMENT, "above 32 bits", memory, 0, FREE_AT, PAGE_SIZE, BIT64(32) | RW);
    REFUSED(THREAD_CREATE, ARGUMENT, "a higher priority", FREE_AT, FREE_AT, 0, 7);
    REFUSED(THREAD_MOVE, ARGUMENT, "no such processor", info->processors);
    REFUSED(EVENT_WAIT, TIMEOUT, "long ago", event, 0);
}

/* Every other page is mapped, until there is no room; how many. */
static uint64_t fill_mappings(void)
{
    uint64_t count = 0;

    while (count < MANY &&
           sys_memory_map(memory, 0, FREE_AT + count * 2 * PAGE_SIZE, PAGE_SIZE, RW) == 0)
        count++;
    return count;
}

static void no_room_for_mappings(void)
{
    uint64_t count = fill_mappings();

    REFUSED(MEMORY_MAP, LIMIT, "one too many", memory, 0, FREE_AT - PAGES4, PAGE_SIZE, RW);
    REFUSED(MEMORY_UNMAP, LIMIT, "two of one", MEMORY_AT + PAGE_SIZE, PAGE_SIZE);
    if (vm)
        REFUSED(VCPU_CREATE, LIMIT, "no room for its page", vm, FREE_AT - PAGES4);
    done("all of them", sys_memory_unmap(FREE_AT, count * 2 * PAGE_SIZE));
}

/* --- VMs -------------------------------------------------------------------------------------- */

static void guest_places(void)
{
    REFUSED(VM_MAP, HANDLE, "no memory", vm, 0, 0, LARGE, PAGE_SIZE, RWX);
    REFUSED(VM_MAP, TYPE, "an event for memory", vm, event, 0, LARGE, PAGE_SIZE, RWX);
    REFUSED(VM_MAP, ADDRESS, "in a page", vm, memory, 0, 8, PAGE_SIZE, RWX);
    REFUSED(VM_MAP, ADDRESS, "no bytes", vm, memory, 0, LARGE, 0, RWX);
    REFUSED(VM_MAP, ADDRESS, "above the last", vm, memory, 0, BIT64(48), PAGE_SIZE, RWX);
    REFUSED(VM_MAP, OVERLAP, "its own place", vm, memory, 0, 0, PAGE_SIZE, RWX);
    REFUSED(VM_MAP, ARGUMENT, "offset in a page", vm, memory, 8, LARGE, PAGE_SIZE, RWX);
    REFUSED(VM_MAP, ARGUMENT, "beyond its end", vm, memory, PAGES4, LARGE, PAGE_SIZE, RWX);
    REFUSED(VM_MAP, ARGUMENT, "to write only", vm, memory, 0, LARGE, PAGE_SIZE, ABI_WRITE);
    REFUSED(VM_UNMAP, ADDRESS, "in a page", vm, 8, PAGE_SIZE);
    REFUSED(VM_PROTECT, ADDRESS, "in a page", vm, 8, PAGE_SIZE, RW);
    REFUSED(VM_PROTECT, ADDRESS, "where nothing is", vm, LARGE, PAGE_SIZE, RW);
    REFUSED(VM_PROTECT, ARGUMENT, "to write only", vm, 0, PAGE_SIZE, ABI_WRITE);
    REFUSED(VM_CPUID, ARGUMENT, "a leaf without features", vm, 0, 0, 0, 1);
    REFUSED(VM_CPUID, ARGUMENT, "no such register", vm, 1, 0, 4, 1);
    REFUSED(VM_CPUID, ARGUMENT, "above 32 bits", vm, 1, 0, 2, BIT64(32));
}

static void no_room_for_guest_mappings(void)
{
    uint64_t count = 0;

    while (count < MANY &&
           sys_vm_map(vm, memory, 0, LARGE + count * 2 * PAGE_SIZE, PAGE_SIZE, RWX) == 0)
        count++;
    REFUSED(VM_MAP, LIMIT, "one too many", vm, memory, 0, 2 * LARGE, PAGE_SIZE, RWX);
    REFUSED(VM_UNMAP, LIMIT, "two of one", vm, PAGE_SIZE, PAGE_SIZE);
    REFUSED(VM_PROTECT, LIMIT, "three of one", vm, PAGE_SIZE, PAGE_SIZE, ABI_READ);
    done("all of them", sys_vm_unmap(vm, LARGE, count * 2 * PAGE_SIZE));
}

static uint64_t vcpu;

static NORETURN void run_vcpu(uint64_t stopped)
{
    done("it was kicked", sys_vcpu_run(vcpu));
    (void)sys_event_signal(stopped);
    for (;;)
        (void)sys_event_wait(stopped, ABI_NEVER);
}

/* The guest waits for an interrupt, and its thread with it. */
static void put_guest(void)
{
    volatile uint64_t *words = (volatile uint64_t *)MEMORY_AT;

    words[0] = 0xf4fb; /* sti; hlt */
    words[PAGE_SIZE / 8] = 2 * PAGE_SIZE | PAGE_PRESENT | PAGE_WRITABLE;
    words[2 * PAGE_SIZE / 8] = 3 * PAGE_SIZE | PAGE_PRESENT | PAGE_WRITABLE;
    words[3 * PAGE_SIZE / 8] = PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE;
    PAGE_AT->state.cr3 = PAGE_SIZE;
    PAGE_AT->parts = ABI_PART_CONTROL;
    done("kicked", sys_vcpu_kick(vcpu));
    done("the state is taken over", sys_vcpu_run(vcpu)); /* before VCPU_READ writes to it */
}

static void a_vcpu_that_runs(void)
{
    uint64_t stopped = made("an event", sys_event_create());

    put_guest();
    (void)made("a thread", sys_thread_create((uintptr_t)run_vcpu, STACK_AT + PAGE_SIZE - 8, stopped,
                                             ABI_PRIORITY_NORMAL));
    while (sys_vcpu_read(vcpu) == 0)
        (void)sys_yield();
    REFUSED(VCPU_READ, BUSY, "it runs", vcpu);
    REFUSED(VCPU_RUN, BUSY, "it runs", vcpu);
    done("kicked", sys_vcpu_kick(vcpu));
    done("it has stopped", sys_event_wait(stopped, ABI_NEVER));
}

static void vcpus(void)
{
    REFUSED(VCPU_CREATE, ADDRESS, "page 0", vm, 0);
    REFUSED(VCPU_CREATE, ADDRESS, "in a page", vm, FREE_AT + 8);
    REFUSED(VCPU_CREATE, OVERLAP, "where memory is", vm, MEMORY_AT);
    vcpu = made("a vCPU", sys_vcpu_create(vm, (uintptr_t)PAGE_AT));
    REFUSED(VM_CPUID, BUSY, "the VM has a vCPU", vm, 1, 0, 2, 1);
    REFUSED(VCPU_INTERRUPT, ARGUMENT, "an exception's vector", vcpu, ABI_TIMER_VECTOR_MIN - 1);
    REFUSED(VCPU_INTERRUPT, ARGUMENT, "no vector", vcpu, 256);
    PAGE_AT->resume = ABI_EXCEPTION + 1;
    REFUSED(VCPU_RUN, ARGUMENT, "no way to go on", vcpu);
    PAGE_AT->parts = ABI_PARTS + 1;
    REFUSED(VCPU_RUN, ARGUMENT, "parts that are none", vcpu);
    a_vcpu_that_runs();
}

/* --- the share is used up --------------------------------------------------------------------- */

/* Large pieces first, which their handles keep; then pages one by one, for tables of pages. */
static void take_all(uint64_t bytes)
{
    uint64_t at = FREE_AT;

    while (bytes >= PAGE_SIZE)
        if (sys_memory_create(bytes) < 0)
            bytes = bytes / 2 & ~(uint64_t)(PAGE_SIZE - 1);
    while (sys_memory_map(memory, 0, at, PAGE_SIZE, RW) == 0)
        at += LARGE;
}

static bool no_large_pages; /* of EPT, here: nothing is ever cut */

/* One piece of memory that EPT maps by one entry, where the processor has such entries. */
static uint64_t make_large_page(void)
{
    uint64_t large = made("2 MiB", sys_memory_create(LARGE));
    uint64_t second_vm = made("a VM", sys_vm_create());

    done("mapped", sys_vm_map(second_vm, large, 0, 0, LARGE, RWX));
    return second_vm;
}

static void no_memory_for_guests(uint64_t second_vm)
{
    REFUSED(VM_CREATE, MEMORY, "no share left", 0);
    REFUSED(VCPU_CREATE, MEMORY, "no share left", vm, FREE_AT);
    REFUSED(VM_MAP, MEMORY, "no page for its tables", vm, memory, 0, BIT64(47), PAGE_SIZE, RWX);
    no_large_pages = sys_vm_protect(second_vm, 0, PAGE_SIZE, RWX) == 0;
    if (no_large_pages)
        return;
    REFUSED(VM_PROTECT, MEMORY, "no page for its table", second_vm, PAGE_SIZE, PAGE_SIZE, ABI_READ);
    REFUSED(VM_UNMAP, MEMORY, "no page for its table", second_vm, PAGE_SIZE, PAGE_SIZE);
}

static void no_memory(const struct abi_info *info)
{
    uint64_t second_vm = vm ? make_large_page() : 0;

    take_all(info->memory_bytes);
    REFUSED(MEMORY_CREATE, MEMORY, "no share left", PAGE_SIZE);
    REFUSED(MEMORY_MAP, MEMORY, "no page for its tables", memory, 0, FAR_AT, PAGE_SIZE, RW);
    REFUSED(THREAD_CREATE, MEMORY, "no share left", FREE_AT, FREE_AT, 0, 0);
    if (vm)
        no_memory_for_guests(second_vm);
}

/* --- all of them ------------------------------------------------------------------------------ */

/* What no process can bring about here. */
static bool is_beyond(uint64_t call, unsigned error)
{
    if (error == ABI_E_ABSENT) /* of VM_CREATE it is seen where there are no VMs */
        return true;
    if (call == ABI_EVENT_CREATE && error == ABI_E_MEMORY) /* it is not paid for by the share */
        return true;
    if (!vm && call >= ABI_VM_CREATE && error != ABI_E_HANDLE && error != ABI_E_TYPE)
        return true;
    return no_large_pages && error == ABI_E_MEMORY &&
           (call == ABI_VM_PROTECT || call == ABI_VM_UNMAP);
}

static void all_seen(void)
{
    for (uint64_t call = 0; call < ABI_CALL_COUNT; call++)
        for (unsigned error = 1; error < ABI_ERROR_COUNT; error++) {
            bool was_seen = has_any(seen[call], BIT64(error));

            if (was_seen && !lists(call, error))
                fail(abi_call_name(call), "an error that its row does not list", error);
            if (!was_seen && lists(call, error) && !is_beyond(call, error))
                fail(abi_call_name(call), "its row lists an error that was not made", error);
        }
}

static void begin(void)
{
    memory = made("memory", sys_memory_create(PAGES4));
    event = made("an event", sys_event_create());
    done("mapped", sys_memory_map(memory, 0, MEMORY_AT, PAGES4, RW));
    done("a stack", sys_memory_map(made("its memory", sys_memory_create(PAGE_SIZE)), 0, STACK_AT,
                                   PAGE_SIZE, RW));
}

static void begin_vm(void)
{
    int64_t result = sys_vm_create();

    if (result == -ABI_E_ABSENT) {
        seen[ABI_VM_CREATE] |= 1u << ABI_E_ABSENT;
        return;
    }
    vm = made("a VM", result);
    done("its memory", sys_vm_map(vm, memory, 0, 0, PAGES4, RWX));
}

int main(const struct abi_info *info)
{
    begin();
    begin_vm();
    handles();
    places();
    ranges(info);
    if (vm)
        guest_places();
    no_room_for_handles();
    no_room_for_mappings();
    if (vm) {
        no_room_for_guest_mappings();
        vcpus();
    }
    no_memory(info);
    all_seen();
    return wrong;
}
