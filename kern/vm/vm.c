/* SPDX-License-Identifier: BSD-2-Clause */
/* vm.c - see vm.h. */
#include "vm.h"

#include "abi.h"
#include "arch/console.h"
#include "arch/cpuid.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/time.h"
#include "ept_memory.h"
#include "guest_controls.h"
#include "guest_io.h"
#include "guest_msr.h"
#include "kern/mem/pages.h"
#include "kern/mem/pool.h"
#include "kern/task/memory_object.h"
#include "kern/task/process.h"
#include "kern/task/speculation.h"
#include "vmx/invalidate.h"
#include "vmx/mtrr.h"
#include "vmx/platform.h"

OBJECT_POOL(vm_pool, struct vm);

/* A VM's own page: its object. */
#define VM_CHARGE 1

static bool possible;
static struct guest_cpuid maximum PUBLISHED;
static uint64_t msr_bitmap, io_bitmaps;
static struct mtrrs mtrrs; /* of the boot processor */

/* --- what other processors still hold --------------------------------------------------------- */

static uint64_t own_bit(void)
{
    return BIT64(this_cpu()->number);
}

static void invalidate(const struct vm *vm)
{
    const struct msr_policy *host = host_policy();

    (void)invalidate_ept(host, ept_pointer(vm->ept.root, host));
}

void vm_enter(struct vm *vm)
{
    unsigned n = this_cpu()->number;

    __atomic_fetch_or(&vm->inside, own_bit(), __ATOMIC_SEQ_CST);
    if (vm->seen[n] == vm->generation)
        return;
    vm->seen[n] = vm->generation;
    invalidate(vm);
}

void vm_leave(struct vm *vm)
{
    __atomic_fetch_and(&vm->inside, ~own_bit(), __ATOMIC_SEQ_CST);
}

static void look_again(void *argument)
{
    struct vm *vm = argument;
    unsigned n = this_cpu()->number;

    if (!has_any(vm->inside, own_bit()))
        return; /* it will see the generation when it enters */
    vm->seen[n] = vm->generation;
    invalidate(vm);
}

/* Every processor that is inside leaves its guest to answer, and invalidates first. */
static void shoot_down(struct vm *vm)
{
    __atomic_fetch_add(&vm->generation, 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < cpu_count(); i++)
        if (has_any(vm->inside, BIT64(i)))
            smp_call(i, look_again, vm);
    ept_release(&vm->ept);
}

bool vm_allows(const struct vm *vm, uint64_t guest, unsigned access)
{
    struct ept_leaf leaf;

    return guest < EPT_LIMIT && ept_walk(&vm->ept, guest, &leaf) && !(access & ~leaf.access);
}

/* --- memory ----------------------------------------------------------------------------------- */

static void keep(struct memory *memory)
{
    object_get(&memory->object);
}

static void drop(struct memory *memory)
{
    object_put(&memory->object);
}

static bool is_guest_range(uint64_t guest, uint64_t bytes)
{
    return bytes && guest % PAGE_SIZE == 0 && bytes % PAGE_SIZE == 0 && guest < EPT_LIMIT &&
           bytes <= EPT_LIMIT - guest;
}

static enum status map_pages(struct vm *vm, const struct region *region)
{
    for (uint64_t done = 0, bytes; done < region->bytes; done += bytes) {
        uint64_t run, left = region->bytes - done;
        uint64_t page = memory_page(region->memory, (region->offset + done) / PAGE_SIZE, &run);
        enum memory_type type;
        enum status status;

        bytes = run * PAGE_SIZE < left ? run * PAGE_SIZE : left;
        bytes = mtrr_run(&mtrrs, page, bytes, &type);
        status = ept_map(&vm->ept, region->start + done, page, bytes, region->rights, type);
        if (status != S_OK)
            return status;
    }
    return S_OK;
}

/* The memory may be freed only when no processor has translations to it. */
static void unmap_regions(struct vm *vm, uint64_t guest, uint64_t bytes)
{
    struct region piece;

    shoot_down(vm);
    while (regions_take(&vm->regions, guest, bytes, &piece, keep))
        object_put(&piece.memory->object);
}

int64_t vm_unmap(struct vm *vm, uint64_t guest, uint64_t bytes)
{
    if (!is_guest_range(guest, bytes))
        return -ABI_E_ADDRESS;
    if (!regions_can_cut(&vm->regions, guest, bytes))
        return -ABI_E_LIMIT;
    if (ept_unmap(&vm->ept, guest, bytes) != S_OK)
        return -ABI_E_MEMORY;
    unmap_regions(vm, guest, bytes);
    return 0;
}

static bool are_rights(uint32_t rights)
{
    return has_any(rights, ABI_READ) && !(rights & ~(uint32_t)EPT_ALL);
}

int64_t vm_map(struct vm *vm, struct memory *memory, uint64_t offset, uint64_t guest,
               uint64_t bytes, uint32_t rights)
{
    const struct region region = {
        .start = guest, .bytes = bytes, .offset = offset, .memory = memory, .rights = rights};
    uint64_t size = memory->pages * PAGE_SIZE;
    enum status status;

    if (!is_guest_range(guest, bytes))
        return -ABI_E_ADDRESS;
    if (!are_rights(rights) || offset % PAGE_SIZE || offset > size || bytes > size - offset ||
        (memory->read_only && has_any(rights, ABI_WRITE)))
        return -ABI_E_ARGUMENT;
    status = regions_check(&vm->regions, &region);
    if (status != S_OK)
        return status == S_OVERLAP ? -ABI_E_OVERLAP : -ABI_E_LIMIT;
    if (map_pages(vm, &region) == S_OK) {
        ept_merge(&vm->ept, guest, bytes);
        keep(memory);
        regions_add(&vm->regions, &region, drop);
        return 0;
    }
    (void)!ept_unmap(&vm->ept, guest, bytes); /* cuts nothing: no memory is needed */
    shoot_down(vm);
    return -ABI_E_MEMORY;
}

int64_t vm_protect(struct vm *vm, uint64_t guest, uint64_t bytes, uint32_t rights)
{
    if (!is_guest_range(guest, bytes) || !regions_cover(&vm->regions, guest, bytes))
        return -ABI_E_ADDRESS;
    if (!are_rights(rights))
        return -ABI_E_ARGUMENT;
    if (!regions_can_cut(&vm->regions, guest, bytes))
        return -ABI_E_LIMIT;
    if (ept_protect(&vm->ept, guest, bytes, rights) != S_OK)
        return -ABI_E_MEMORY;
    shoot_down(vm);
    regions_protect(&vm->regions, guest, bytes, rights, keep);
    return 0;
}

/* --- the VM ----------------------------------------------------------------------------------- */

static uint64_t table_alloc(void *context)
{
    struct share *share = context;
    uint64_t table;

    if (!share_charge(share, 1))
        return 0;
    table = kernel_ept_memory.alloc(NULL);
    if (!table)
        share_refund(share, 1);
    return table;
}

static void table_free(void *context, uint64_t physical)
{
    kernel_ept_memory.free(NULL, physical);
    share_refund(context, 1);
}

struct vm *vm_create(struct process *owner)
{
    struct vm *vm;

    if (!share_charge(&owner->share, VM_CHARGE))
        return NULL;
    vm = object_alloc(&vm_pool);
    if (!vm) {
        share_refund(&owner->share, VM_CHARGE);
        return NULL;
    }
    object_init(&vm->object, &vm_kind);
    vm->owner = owner;
    vm->number = speculation_new_owner();
    vm->generation = 1;
    vm->cpuid = maximum;
    vm->tables = (struct ept_memory){.alloc = table_alloc,
                                     .free = table_free,
                                     .pointer = kernel_ept_memory.pointer,
                                     .context = &owner->share};
    if (ept_init(&vm->ept, &vm->tables, host_policy()) == S_OK)
        return vm;
    object_put(&vm->object);
    return NULL;
}

/* No vCPU is left, so no processor is inside. Its translations go when the root is used again. */
static void destroy(struct object *object)
{
    struct vm *vm = (struct vm *)(void *)object;
    struct region piece;

    while (regions_take(&vm->regions, 0, EPT_LIMIT, &piece, keep))
        object_put(&piece.memory->object);
    ept_destroy(&vm->ept);
    share_refund(&vm->owner->share, VM_CHARGE);
    object_free(&vm_pool, vm);
}

const struct object_kind vm_kind = {.destroy = destroy};

struct vm_features vm_read_cpuid(void)
{
    guest_cpuid_maximum(&maximum, cpuid, tsc_khz());
    return (struct vm_features){.shown = guest_cpuid_features(&maximum),
                                .cr4 = guest_cpuid_cr4(&maximum)};
}

static bool read_mtrr(void *context, uint32_t address, uint64_t *value)
{
    (void)context;
    return rdmsr_safe(address, value);
}

static void compare_mtrrs(void *unused)
{
    struct mtrrs own;
    uint32_t where;

    (void)unused;
    mtrr_read(&own, cpu_has(FEATURE_mtrr), read_mtrr, NULL);
    where = mtrr_difference(&mtrrs, &own);
    if (where)
        print("vm: processor %u has another value in MTRR 0x%x than processor 0: firmware is to "
              "set them alike\n",
              this_cpu()->number, where);
}

bool vm_init(void)
{
    if (!guest_controls_possible(&console, host_policy()))
        return false;
    msr_bitmap = page_alloc(FRAME_VMX);
    io_bitmaps = pages_alloc(1, FRAME_VMX);
    if (!msr_bitmap || !io_bitmaps) {
        print("vm: no guests here: no memory for their bitmaps\n");
        return false;
    }
    mtrr_read(&mtrrs, cpu_has(FEATURE_mtrr), read_mtrr, NULL);
    smp_call_all(compare_mtrrs, NULL);
    guest_msr_bitmap(direct_pointer(msr_bitmap));
    guest_io_close_all(direct_pointer(io_bitmaps));
    possible = true;
    return true;
}

uint64_t vm_msr_bitmap(void)
{
    return msr_bitmap;
}

uint64_t vm_io_bitmaps(void)
{
    return io_bitmaps;
}

bool vm_possible(void)
{
    return possible;
}
