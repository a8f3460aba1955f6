/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz.c - every system call with every kind of bad pointer, handle and number. An error is an
 * answer, if the call's row in include/abi_calls.def lists it; the kernel lives. arguments: "COUNT
 * SEED". Status: 0, or 1 where an error was another one.
 */
#include "user/calls.h"
#include "user/print.h"

#define SHOWN_FROM 10000                /* calls */
#define FREE_FROM  UINT64_C(0x50000000) /* where it may map and unmap as it likes */
#define FREE_TO    UINT64_C(0x7e0000000000)
#define PLACES     64
#define HANDLES    32

static uint64_t state;
static uint64_t handles[HANDLES];
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

static uint64_t argument(void)
{
    switch (next() % 6) {
    case 0:
        return handles[next() % HANDLES];
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

static bool makes_handle(uint64_t number)
{
    return number == ABI_MEMORY_CREATE || number == ABI_EVENT_CREATE || number == ABI_VM_CREATE ||
           number == ABI_VCPU_CREATE;
}

/* Its own code and stack, and the page that says who it is. */
static bool hits_own(uint64_t start, uint64_t bytes)
{
    if (start >> 47 || start % PAGE_SIZE || bytes % PAGE_SIZE || bytes >> 47)
        return false; /* an error in any case */
    return start < FREE_FROM || start > FREE_TO || bytes > FREE_TO - start;
}

static uint64_t some_handle(void)
{
    return handles[next() % HANDLES];
}

static uint64_t some_place(void)
{
    return FREE_FROM + next() % PLACES * PAGE_SIZE;
}

/* Arguments that a call may well take: errors alone would test the first line of each only. */
static void plausible(uint64_t number, uint64_t a[6])
{
    uint64_t bytes = (1 + next() % 8) * PAGE_SIZE, offset = next() % 4 * PAGE_SIZE;

    a[0] = some_handle();
    if (number == ABI_MEMORY_CREATE)
        a[0] = bytes;
    else if (number == ABI_MEMORY_MAP)
        a[1] = offset, a[2] = some_place(), a[3] = bytes, a[4] = 1 + next() % 6;
    else if (number == ABI_MEMORY_UNMAP)
        a[0] = some_place(), a[1] = bytes;
    else if (number == ABI_VM_MAP)
        a[1] = some_handle(), a[2] = offset, a[3] = next() % 64 * PAGE_SIZE, a[4] = bytes,
        a[5] = 1 + next() % 7;
    else if (number == ABI_VM_UNMAP || number == ABI_VM_PROTECT)
        a[1] = next() % 64 * PAGE_SIZE, a[2] = bytes, a[3] = 1 + next() % 7;
    else if (number == ABI_VM_CPUID)
        a[1] = 1, a[2] = 0, a[3] = 2 + next() % 2, a[4] = next() & UINT32_MAX;
    else if (number == ABI_VCPU_CREATE)
        a[1] = some_place();
    else if (number == ABI_VCPU_INTERRUPT)
        a[1] = next() % 256;
    else if (number == ABI_THREAD_MOVE)
        a[0] = next() % 8;
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

static bool one_call(void)
{
    uint64_t number = next() % (ABI_CALL_COUNT + 2), a[6];
    int64_t result;

    if (is_left_out(number))
        return false;
    for (unsigned i = 0; i < 6; i++)
        a[i] = argument();
    if (next() % 2) /* most calls begin with a handle */
        a[0] = some_handle();
    if (next() % 4 == 0)
        plausible(number, a);
    if (number == ABI_MEMORY_UNMAP && hits_own(a[0], a[1]))
        return false;
    result = call6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    check_answer(number, a, result);
    if (number < ABI_CALL_COUNT)
        (result < 0 ? bad : good)[number]++;
    if (result > 0 && makes_handle(number)) {
        uint64_t *slot = &handles[next() % HANDLES];

        sys_close(*slot);
        *slot = (uint64_t)result;
    }
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
