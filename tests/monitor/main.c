/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - a monitor for tests: the product's (monitor/), with hypercalls for guests that look at
 * what becomes of their memory. With the argument "wander" its vCPU changes processors at each
 * exit: what another one still had of the guest would show.
 */
#include "monitor/monitor.h"
#include "user/calls.h"

/* Hypercalls, by RAX, besides those of the product; the result is in RAX. */
enum { HYPERCALL_UNMAP = 1, HYPERCALL_PAGES_ASKED = 2 };

static uint64_t pages_asked; /* mapped when the guest touched them */

/* RBX: a guest-physical address; its page goes. */
static int64_t unmap_page(const struct machine *machine)
{
    return sys_vm_unmap(machine->vm, machine->page->rbx & ~UINT64_C(0xfff), PAGE_SIZE);
}

/* True: the exit was a hypercall of the tests. */
static bool answer_hypercall(const struct machine *machine)
{
    struct abi_vcpu *page = machine->page;

    if (page->exit != ABI_EXIT_HYPERCALL)
        return false;
    if (page->rax == HYPERCALL_UNMAP)
        page->rax = (uint64_t)unmap_page(machine);
    else if (page->rax == HYPERCALL_PAGES_ASKED)
        page->rax = pages_asked;
    else
        return false;
    page->resume = ABI_SKIP;
    return true;
}

static void answer(struct machine *machine)
{
    bool memory = machine->page->exit == ABI_EXIT_MEMORY;

    if (machine->ended || answer_hypercall(machine))
        return;
    machine_answer(machine);
    pages_asked += memory && !machine->ended;
}

static void wander(unsigned processors)
{
    static unsigned at;
    int64_t result;

    at = (at + 1) % processors;
    result = sys_thread_move(at);
    if (result < 0)
        say("%s: %s\n", abi_call_name(ABI_THREAD_MOVE), abi_error_text(result));
}

int main(const struct abi_info *info)
{
    struct machine machine;

    if (!machine_make(&machine, info))
        return STATUS_NO_MACHINE;
    while (!machine.ended) {
        if (info->arguments[0] == 'w')
            wander(info->processors);
        machine_enter(&machine);
        answer(&machine);
    }
    return (int)machine.status;
}
