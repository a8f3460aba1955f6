/* SPDX-License-Identifier: BSD-2-Clause */
/* cycles.c - makes and destroys VMs with a vCPU and memory, as often as its arguments say. */
#include "user/calls.h"
#include "user/print.h"

#define BYTES   (UINT64_C(4) * PAGE_SIZE)
#define PAGE_AT ((struct abi_vcpu *)0x50000000)

static int once(void)
{
    int64_t vm = sys_vm_create(), memory = sys_memory_create(BYTES), vcpu;

    if (vm < 0 || memory < 0 || sys_vm_map((uint64_t)vm, (uint64_t)memory, 0, 0, BYTES, 7) != 0)
        return 1;
    vcpu = sys_vcpu_create((uint64_t)vm, (uintptr_t)PAGE_AT);
    if (vcpu < 0 || sys_vcpu_run((uint64_t)vcpu) != 0)
        return 2;
    if (PAGE_AT->exit != ABI_EXIT_SHUTDOWN) /* no page tables: #PF, and no IDT either */
        return 3;
    sys_close((uint64_t)vcpu);
    sys_close((uint64_t)memory);
    sys_close((uint64_t)vm);
    return (int)sys_memory_unmap((uintptr_t)PAGE_AT, PAGE_SIZE);
}

int main(const struct abi_info *info)
{
    unsigned count = 0;

    for (const char *c = info->arguments; *c >= '0' && *c <= '9'; c++)
        count = count * 10 + (unsigned)(*c - '0');
    for (unsigned i = 0; i < count; i++) {
        int wrong = once();

        if (wrong) {
            print("# cycle %u: step %d\n", i, wrong);
            return wrong;
        }
    }
    return 0;
}
