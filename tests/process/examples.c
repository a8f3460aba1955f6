/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * examples.c - the examples of docs/abi.md, which `make abi-docs` takes from here: each begins with
 * a comment that names its call. They run, so that they are right. Status: the step that failed.
 */
#include "user/calls.h"

#define DATA_AT  UINT64_C(0x50000000)
#define STACK_AT UINT64_C(0x60000000)
#define GUEST_AT UINT64_C(0x70000000)
#define PAGE_AT  ((struct abi_vcpu *)0x78000000)

#define GUEST_BYTES UINT64_C(0x10000)
#define PML4        0x1000 /* the guest's page tables: one page of 2 MiB, at address 0 */
#define PDPT        0x2000
#define DIRECTORY   0x3000

/* example: MEMORY_MAP */
/* New memory at `address`, or an error. */
static int64_t get_memory(uint64_t address, uint64_t bytes)
{
    int64_t memory = sys_memory_create(bytes), result;

    if (memory < 0)
        return memory;
    result = sys_memory_map((uint64_t)memory, 0, address, bytes, ABI_READ | ABI_WRITE);
    (void)sys_close((uint64_t)memory); /* the mapping keeps it */
    return result;
}
/* end */

/* example: EVENT_WAIT */
/* Nobody signals `event`: the deadline ends the wait. */
static void sleep_ns(uint64_t event, uint64_t nanoseconds)
{
    (void)sys_event_wait(event, (uint64_t)sys_time() + nanoseconds);
}
/* end */

/* example: THREAD_CREATE */
static NORETURN void second_thread(uint64_t event)
{
    (void)sys_event_signal(event);
    for (;;)
        (void)sys_event_wait(event, ABI_NEVER); /* it must not return: nobody called it */
}

/* At a function's first instruction RSP is 8 below a multiple of 16. */
static int64_t start_second_thread(uint64_t stack_end, uint64_t event)
{
    return sys_thread_create((uintptr_t)second_thread, stack_end - 8, event, ABI_PRIORITY_NORMAL);
}
/* end */

/* example: VM_CPUID */
/* The guest has no AVX: leaf 1, ECX bit 28. */
static int64_t hide_avx(uint64_t vm)
{
    return sys_vm_cpuid(vm, 1, 0, 2, 1 << 28);
}
/* end */

/* example: VCPU_CREATE */
/* A vCPU that begins at `rip`, on the page tables at `cr3`. */
static int64_t make_vcpu(uint64_t vm, struct abi_vcpu *page, uint64_t rip, uint64_t cr3)
{
    int64_t vcpu = sys_vcpu_create(vm, (uintptr_t)page);

    if (vcpu < 0)
        return vcpu;
    page->state.rip = rip;
    page->state.cr3 = cr3;
    page->parts = ABI_PART_RIP | ABI_PART_CONTROL; /* the next VCPU_RUN takes these over */
    return vcpu;
}
/* end */

/* example: VCPU_RUN */
/* Until the guest writes to port 0xf4: what it wrote. Below 0: it did something else. */
static int64_t run_guest(uint64_t vcpu, struct abi_vcpu *page)
{
    for (;;) {
        if (sys_vcpu_run(vcpu) < 0)
            return -1;
        if (page->exit == ABI_EXIT_KICKED)
            continue;
        if (page->exit != ABI_EXIT_IO)
            return -2;
        if (page->io.port == 0xf4 && !(page->io.flags & ABI_IO_IN))
            return (int64_t)(page->rax & 0xff);
        if (page->io.flags & ABI_IO_IN)
            page->rax = UINT64_MAX; /* there is no device */
        page->resume = ABI_SKIP;
    }
}
/* end */

/* --- they are used ---------------------------------------------------------------------------- */

static void put_guest(void)
{
    static const char code[] = "\xe4\x60"  /* in $0x60, %al */
                               "\xfe\xc0"  /* inc %al: 0 */
                               "\x04\x2a"  /* add $42, %al */
                               "\xe6\xf4"; /* out %al, $0xf4 */
    volatile uint64_t *words = (volatile uint64_t *)GUEST_AT;

    for (unsigned i = 0; i < sizeof(code); i++)
        ((volatile char *)GUEST_AT)[i] = code[i];
    words[PML4 / 8] = PDPT | 3; /* present, writable */
    words[PDPT / 8] = DIRECTORY | 3;
    words[DIRECTORY / 8] = 0x83; /* and large */
}

static int guest_examples(void)
{
    int64_t vm = sys_vm_create(), memory = sys_memory_create(GUEST_BYTES), vcpu;

    if (vm == -ABI_E_ABSENT)
        return 0;
    if (sys_memory_map((uint64_t)memory, 0, GUEST_AT, GUEST_BYTES, ABI_READ | ABI_WRITE) != 0 ||
        sys_vm_map((uint64_t)vm, (uint64_t)memory, 0, 0, GUEST_BYTES,
                   ABI_READ | ABI_WRITE | ABI_EXECUTE) != 0)
        return 10;
    put_guest();
    if (hide_avx((uint64_t)vm) != 0)
        return 11;
    vcpu = make_vcpu((uint64_t)vm, PAGE_AT, 0, PML4);
    if (vcpu < 0)
        return 12;
    return run_guest((uint64_t)vcpu, PAGE_AT) == 42 ? 0 : 13;
}

int main(const struct abi_info *info)
{
    int64_t event = sys_event_create(), start = sys_time();

    (void)info;
    if (get_memory(DATA_AT, PAGE_SIZE) != 0 || *(volatile uint64_t *)DATA_AT != 0)
        return 1;
    sleep_ns((uint64_t)event, 1000000);
    if (sys_time() < start + 990000)
        return 2;
    if (get_memory(STACK_AT, PAGE_SIZE) != 0 ||
        start_second_thread(STACK_AT + PAGE_SIZE, (uint64_t)event) < 0 ||
        sys_event_wait((uint64_t)event, ABI_NEVER) != 0)
        return 3;
    return guest_examples();
}
