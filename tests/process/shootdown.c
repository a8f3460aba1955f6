/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shootdown.c - a page is taken from a guest that runs on another processor and touches it all the
 * time, without an exit: its next touch must be one. Exit status 0: so it was, each time.
 */
#include "user/calls.h"
#include "user/print.h"
#include "x86.h"

#define PAGE_AT   ((struct abi_vcpu *)0x50000000)
#define MEMORY_AT UINT64_C(0x60000000)
#define STACK_AT  UINT64_C(0x70000000)
#define BYTES     (UINT64_C(16) * PAGE_SIZE)

/* The guest's pages. */
#define CODE    UINT64_C(0x0000)
#define PML4    UINT64_C(0x1000)
#define PDPT    UINT64_C(0x2000)
#define PD      UINT64_C(0x3000)
#define COUNTER UINT64_C(0x4000)
#define WATCHED UINT64_C(0x5000)

#define ROUNDS  20
#define PATIENT UINT64_C(2000000000) /* nanoseconds */

static volatile uint64_t exits, wrong_exits;
static uint64_t vcpu;

/* 1: mov WATCHED, %eax; incq COUNTER; jmp 1b (addresses of 32 bits) */
static const uint8_t code[] = {0x8b, 0x04, 0x25, 0x00, 0x50, 0x00, 0x00, 0x48, 0xff,
                               0x04, 0x25, 0x00, 0x40, 0x00, 0x00, 0xeb, 0xef};

static volatile uint64_t *guest(uint64_t address)
{
    return (volatile uint64_t *)(MEMORY_AT + address);
}

static void write_guest(void)
{
    for (unsigned i = 0; i < sizeof(code); i++)
        ((volatile uint8_t *)guest(CODE))[i] = code[i];
    *guest(PML4) = PDPT | PAGE_PRESENT | PAGE_WRITABLE;
    *guest(PDPT) = PD | PAGE_PRESENT | PAGE_WRITABLE;
    *guest(PD) = PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE;
    PAGE_AT->state.rip = CODE;
    PAGE_AT->state.rflags |= 0x200; /* IF: Bochs 2.7 takes no interrupt of the host without it */
    PAGE_AT->state.cr3 = PML4;
    PAGE_AT->parts = ABI_PART_RIP | ABI_PART_CONTROL;
}

static NORETURN void run_guest(void)
{
    (void)sys_thread_move(1);
    for (;;) {
        bool good = sys_vcpu_run(vcpu) == 0 && PAGE_AT->exit == ABI_EXIT_MEMORY &&
                    PAGE_AT->memory.address == WATCHED;

        (good ? &exits : &wrong_exits)[0]++;
        while (exits + wrong_exits > *guest(BYTES - 8)) /* main() says when to go on */
            (void)sys_yield();
    }
}

/* Until `*what` has passed `from`; false: it took too long. */
static bool wait_beyond(volatile uint64_t *what, uint64_t from)
{
    const int64_t end = sys_time() + (int64_t)PATIENT;

    while (*what <= from && sys_time() < end)
        ;
    return *what > from;
}

static int one_round(uint64_t vm, uint64_t memory)
{
    uint64_t before = exits;

    if (!wait_beyond(guest(COUNTER), *guest(COUNTER) + 10))
        return 1;
    if (sys_vm_unmap(vm, WATCHED, PAGE_SIZE) != 0)
        return 2;
    if (!wait_beyond(&exits, before))
        return 3;
    if (sys_vm_map(vm, memory, WATCHED, WATCHED, PAGE_SIZE, ABI_READ | ABI_WRITE) != 0)
        return 4;
    *guest(BYTES - 8) = exits + wrong_exits;
    return wrong_exits ? 5 : 0;
}

int main(const struct abi_info *info)
{
    uint64_t vm = (uint64_t)sys_vm_create(), memory = (uint64_t)sys_memory_create(BYTES);
    uint64_t stack = (uint64_t)sys_memory_create(PAGE_SIZE);

    (void)info;
    vcpu = (uint64_t)sys_vcpu_create(vm, (uintptr_t)PAGE_AT);
    if (sys_memory_map(memory, 0, MEMORY_AT, BYTES, ABI_READ | ABI_WRITE) != 0 ||
        sys_memory_map(stack, 0, STACK_AT, PAGE_SIZE, ABI_READ | ABI_WRITE) != 0 ||
        sys_vm_map(vm, memory, 0, 0, BYTES, ABI_READ | ABI_WRITE | ABI_EXECUTE) != 0)
        return 10;
    write_guest();
    (void)sys_thread_move(0);
    if (sys_thread_create((uintptr_t)run_guest, STACK_AT + PAGE_SIZE - 8, 0, 4) < 0)
        return 11;
    for (unsigned i = 0; i < ROUNDS; i++) {
        int wrong = one_round(vm, memory);

        if (wrong) {
            print("# round %u: step %d: exits %lu, others %lu (%u), counter %lu\n", i, wrong, exits,
                  wrong_exits, PAGE_AT->exit, *guest(COUNTER));
            return wrong;
        }
    }
    return 0;
}
