/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz.c - every system call with every kind of bad pointer, handle and number. An error is an
 * answer, if the call's row in include/abi_calls.def lists it; the kernel lives. arguments: "COUNT
 * SEED". Status: 0, or 1 where an error was another one.
 *
 * Most calls get what they may well take: handles of the right kind and mappings that exist are
 * kept, so that more than the first checks of a call are tried.
 */
#include "user/calls.h"
#include "user/print.h"

#define SHOWN_FROM    10000                /* calls */
#define FREE_FROM     UINT64_C(0x50000000) /* where it may map and unmap as it likes */
#define FREE_TO       UINT64_C(0x7e0000000000)
#define PLACES        1024
#define NEW_VM_ONE_IN 8 /* what was mapped in the old one is gone with it */
#define KEPT          8 /* of each kind */
#define PAGES_MAX     8 /* of a memory object */
#define GUEST_PLACES  256

static uint64_t state;

enum kind { KIND_NONE, KIND_MEMORY, KIND_EVENT, KIND_VM, KIND_VCPU, KINDS };

static struct {
    uint64_t handle, bytes;
} kept[KINDS][KEPT];

/* Mappings that were made, in the process and in guests: `vm` is 0 or that VM's handle. */
static struct mapping {
    uint64_t vm, address, bytes;
} mappings[2][KEPT];

static uint64_t good[ABI_CALL_COUNT], bad[ABI_CALL_COUNT];
static uint8_t buffer[2 * PAGE_SIZE] ALIGNED(PAGE_SIZE);

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t number_of(const char **text)
{
    uint64_t value = 0;

    while (**text == ' ')
        (*text)++;
    while (**text >= '0' && **text <= '9')
        value = value * 10 + (uint64_t)(*(*text)++ - '0');
    return value;
}

/* Addresses: good ones, borders, the kernel's, not canonical, unaligned. */
static uint64_t address(void)
{
    static const uint64_t borders[] = {0,
                                       1,
                                       0xfff,
                                       0x1000,
                                       0x400000,
                                       0x7fffffffe000,
                                       0x7ffffffff000,
                                       0x7fffffffffff,
                                       0x800000000000,
                                       0xffff7fffffffffff,
                                       0xffff800000000000,
                                       0xffffffff80100000,
                                       0xffffffffffffffff,
                                       ABI_INFO_ADDRESS,
                                       ABI_INFO_ADDRESS - PAGE_SIZE};
    uint64_t choice = next() % (ARRAY_SIZE(borders) + 6);

    if (choice < ARRAY_SIZE(borders))
        return borders[choice];
    if (choice == ARRAY_SIZE(borders))
        return (uintptr_t)buffer + next() % sizeof(buffer);
    if (choice == ARRAY_SIZE(borders) + 1)
        return next();
    return UINT64_C(0x50000000) + next() % 64 * PAGE_SIZE;
}

static uint64_t size(void)
{
    static const uint64_t sizes[] = {0,
                                     1,
                                     0xfff,
                                     0x1000,
                                     0x2000,
                                     0x10000,
                                     0x40000,
                                     UINT64_C(1) << 32,
                                     UINT64_C(1) << 47,
                                     UINT64_MAX,
                                     UINT64_MAX - 0xfff};

    return sizes[next() % ARRAY_SIZE(sizes)];
}

/* A place of the kind with something in it, if there is one. */
static unsigned some_kept(enum kind kind)
{
    unsigned first = next() % KEPT;

    for (unsigned i = 0; i < KEPT; i++)
        if (kept[kind][(first + i) % KEPT].handle)
            return (first + i) % KEPT;
    return first;
}

static void forget(uint64_t handle)
{
    for (unsigned i = 0; i < KINDS * KEPT; i++)
        if (kept[i / KEPT][i % KEPT].handle == handle)
            kept[i / KEPT][i % KEPT].handle = kept[i / KEPT][i % KEPT].bytes = 0;
}

static uint64_t some_handle(void)
{
    return kept[next() % KINDS][next() % KEPT].handle;
}

static uint64_t argument(void)
{
    switch (next() % 6) {
    case 0:
        return some_handle();
    case 1:
        return address();
    case 2:
        return size();
    case 3:
        return next() % 16;
    case 4:
        return next() % 2048;
    default:
        return next();
    }
}

/* These end the process, wait for ever, fill the console, or run what is in random memory. */
static bool is_left_out(uint64_t number)
{
    return number == ABI_EXIT || number == ABI_CONSOLE_WRITE || number == ABI_THREAD_CREATE ||
           number == ABI_EVENT_WAIT;
}

static enum kind made_by(uint64_t number)
{
    return number == ABI_MEMORY_CREATE  ? KIND_MEMORY
           : number == ABI_EVENT_CREATE ? KIND_EVENT
           : number == ABI_VM_CREATE    ? KIND_VM
           : number == ABI_VCPU_CREATE  ? KIND_VCPU
                                        : KIND_NONE;
}

/* Of a call's first argument. */
static enum kind taken_by(uint64_t number)
{
    if (number == ABI_MEMORY_MAP)
        return KIND_MEMORY;
    if (number >= ABI_EVENT_SIGNAL && number <= ABI_EVENT_TIMER)
        return KIND_EVENT;
    if ((number >= ABI_VM_MAP && number <= ABI_VM_CPUID) || number == ABI_VCPU_CREATE)
        return KIND_VM;
    return number >= ABI_VCPU_RUN && number <= ABI_VCPU_KICK ? KIND_VCPU : KIND_NONE;
}

/* Its own code and stack, and the page that says who it is. */
static bool hits_own(uint64_t start, uint64_t bytes)
{
    if (start >> 47 || start % PAGE_SIZE || bytes % PAGE_SIZE || bytes >> 47)
        return false; /* an error in any case */
    return start < FREE_FROM || start > FREE_TO || bytes > FREE_TO - start;
}

static uint64_t some_place(void)
{
    return FREE_FROM + next() % PLACES * PAGE_SIZE;
}

static uint64_t pages(uint64_t most)
{
    return (1 + next() % most) * PAGE_SIZE;
}

/* A piece of a memory object: its handle, offset and size. */
static void some_piece(uint64_t *handle, uint64_t *offset, uint64_t *bytes)
{
    unsigned i = some_kept(KIND_MEMORY);
    uint64_t all = kept[KIND_MEMORY][i].bytes / PAGE_SIZE;

    *handle = kept[KIND_MEMORY][i].handle;
    *offset = all ? next() % all * PAGE_SIZE : 0;
    *bytes = pages(all ? all - *offset / PAGE_SIZE : PAGES_MAX);
}

static const struct mapping *some_mapping(bool of_guest)
{
    return &mappings[of_guest][next() % KEPT];
}

static void plausible_of_guest(uint64_t number, uint64_t a[6])
{
    const struct mapping *mapping = some_mapping(true);

    if (number == ABI_VM_MAP) {
        some_piece(&a[1], &a[2], &a[4]);
        a[3] = next() % GUEST_PLACES * PAGES_MAX * PAGE_SIZE;
        a[5] = 1 + 2 * (next() % 4);
    } else if (number == ABI_VM_UNMAP || number == ABI_VM_PROTECT) {
        a[0] = mapping->vm, a[1] = mapping->address, a[2] = mapping->bytes;
        a[3] = 1 + 2 * (next() % 4);
    } else if (number == ABI_VM_CPUID) {
        a[1] = 1, a[2] = 0, a[3] = 2 + next() % 2, a[4] = next() & UINT32_MAX;
    } else if (number == ABI_VCPU_CREATE) {
        a[1] = some_place();
    } else if (number == ABI_VCPU_INTERRUPT) {
        a[1] = ABI_TIMER_VECTOR_MIN + next() % (256 - ABI_TIMER_VECTOR_MIN);
    }
}

/* Arguments that a call may well take: errors alone would test the first line of each only. */
static void plausible(uint64_t number, uint64_t a[6])
{
    const struct mapping *mapping = some_mapping(false);

    a[0] = kept[taken_by(number)][some_kept(taken_by(number))].handle;
    plausible_of_guest(number, a);
    if (number == ABI_MEMORY_CREATE)
        a[0] = pages(PAGES_MAX);
    else if (number == ABI_MEMORY_MAP)
        some_piece(&a[0], &a[1], &a[3]), a[2] = some_place(), a[4] = ABI_READ + 2 * (next() % 3);
    else if (number == ABI_MEMORY_UNMAP)
        a[0] = mapping->address, a[1] = mapping->bytes;
    else if (number == ABI_THREAD_MOVE)
        a[0] = next() % 2;
    else if (number == ABI_CLOSE)
        a[0] = some_handle();
}

static bool answered_wrongly;

static void check_answer(uint64_t number, const uint64_t a[6], int64_t result)
{
    if (result >= 0 || abi_call_may_return(number, result))
        return;
    answered_wrongly = true;
    print("# failed: %s(0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx): error %ld is not in its row\n",
          abi_call_name(number), a[0], a[1], a[2], a[3], a[4], a[5], (long)result);
}

static void keep_own(uint64_t address, uint64_t bytes)
{
    struct mapping *mapping = &mappings[0][next() % KEPT];

    if (mapping->bytes)
        sys_memory_unmap(mapping->address, mapping->bytes);
    *mapping = (struct mapping){0, address, bytes};
}

/* A mapping that was made, or the handle of what was; the one that stood there is given up. */
static void keep(uint64_t number, const uint64_t a[6], uint64_t result)
{
    unsigned i = next() % KEPT;
    enum kind kind = made_by(number);

    if (kind != KIND_NONE) {
        sys_close(kept[kind][i].handle);
        kept[kind][i].handle = result;
        kept[kind][i].bytes = a[0];
    }
    if (number == ABI_CLOSE)
        forget(a[0]);
    else if (number == ABI_MEMORY_MAP)
        keep_own(a[2], a[3]);
    else if (number == ABI_VCPU_CREATE)
        keep_own(a[1], PAGE_SIZE);
    else if (number == ABI_VM_MAP)
        mappings[1][i] = (struct mapping){a[0], a[3], a[4]};
}

static bool one_call(void)
{
    uint64_t number = next() % (ABI_CALL_COUNT + 2), a[6];
    int64_t result;

    if (is_left_out(number) || (made_by(number) == KIND_VM && next() % NEW_VM_ONE_IN))
        return false;
    for (unsigned i = 0; i < 6; i++)
        a[i] = argument();
    if (next() % 2) /* most calls begin with a handle */
        a[0] = some_handle();
    if (next() % 4)
        plausible(number, a);
    if (number == ABI_MEMORY_UNMAP && hits_own(a[0], a[1]))
        return false;
    result = call6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    check_answer(number, a, result);
    if (number < ABI_CALL_COUNT)
        (result < 0 ? bad : good)[number]++;
    if (result >= 0)
        keep(number, a, (uint64_t)result);
    return true;
}

int main(const struct abi_info *info)
{
    const char *text = info->arguments;
    uint64_t count = number_of(&text);

    state = number_of(&text) * 2 + 1;
    for (uint64_t i = 0; i < count;)
        i += one_call();
    for (unsigned i = 0; count >= SHOWN_FROM && i < ABI_CALL_COUNT; i++)
        if (good[i] + bad[i])
            print("# %s: %lu good, %lu errors\n", abi_call_name(i), good[i], bad[i]);
    return answered_wrongly;
}
