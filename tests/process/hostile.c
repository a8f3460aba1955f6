/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile.c - a process that tries what must not hurt: the deed is the first word of its arguments,
 * a number may follow. Exit status 0: it did not hurt (of "percent": see there).
 */
#include "user/calls.h"
#include "user/print.h"

#define PAGE_AT   ((struct abi_vcpu *)0x50000000)
#define MEMORY_AT UINT64_C(0x60000000)
#define STACKS_AT UINT64_C(0x70000000)
#define STACKS    UINT64_C(256)
#define MS        INT64_C(1000000)
#define PRIORITY  4 /* the process's own */

static const struct abi_info *about;
static unsigned stacks;

static bool start(void (*function)(uint64_t), uint64_t argument, uint64_t priority)
{
    uint64_t top = STACKS_AT + (stacks++ % STACKS + 1) * PAGE_SIZE;
    int64_t thread = sys_thread_create((uintptr_t)function, top - 8, argument, priority);

    return thread > 0 && sys_close((uint64_t)thread) == 0;
}

static bool make_stacks(void)
{
    return sys_memory_map((uint64_t)sys_memory_create(STACKS * PAGE_SIZE), 0, STACKS_AT,
                          STACKS * PAGE_SIZE, ABI_READ | ABI_WRITE) == 0;
}

static void sleep(int64_t nanoseconds)
{
    uint64_t nothing = (uint64_t)sys_event_create();

    (void)sys_event_wait(nothing, (uint64_t)(sys_time() + nanoseconds));
    (void)sys_close(nothing);
}

static NORETURN void wait_for_ever(void)
{
    uint64_t nothing = (uint64_t)sys_event_create();

    for (;;)
        (void)sys_event_wait(nothing, ABI_NEVER);
}

static void spin_until(int64_t time)
{
    while (sys_time() < time)
        ;
}

/* --- events ----------------------------------------------------------------------------------- */

static uint64_t event;
static volatile int64_t first = 1, second = 1; /* what the waiter's two calls returned */

static void wait_twice(uint64_t deadline)
{
    (void)sys_thread_move(0);
    first = sys_event_wait(event, deadline);
    second = sys_event_wait(event, (uint64_t)(sys_time() + 50 * MS));
    wait_for_ever();
}

/* A signal that comes between the timeout of a thread and its next run: somebody must get it. */
static int lost_signal(uint64_t unused)
{
    int64_t deadline = sys_time() + 20 * MS;

    (void)unused;
    event = (uint64_t)sys_event_create();
    (void)sys_thread_move(0);
    (void)start(wait_twice, (uint64_t)deadline, PRIORITY - 1);
    sleep(5 * MS);
    spin_until(deadline + 5 * MS);
    (void)sys_event_signal(event);
    sleep(100 * MS);
    return first == 0 || second == 0 ? 0 : 1;
}

#define WAITERS 3

static volatile unsigned woken, order[WAITERS];

static void wait_in_line(uint64_t number)
{
    (void)sys_event_wait(event, ABI_NEVER);
    order[__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST) % WAITERS] = (unsigned)number;
    wait_for_ever();
}

/* One signal is for one thread: the one that waits for the longest time. */
static int one_by_one(uint64_t unused)
{
    (void)unused;
    event = (uint64_t)sys_event_create();
    for (unsigned i = 0; i < WAITERS; i++) {
        (void)start(wait_in_line, i, PRIORITY);
        sleep(10 * MS);
    }
    for (unsigned i = 0; i < WAITERS; i++) {
        (void)sys_event_signal(event);
        sleep(10 * MS);
        if (woken != i + 1 || order[i] != i)
            return (int)i + 1;
    }
    return 0;
}

/* Deadlines that 64 bits hold as nanoseconds, and maybe not as ticks: none of them is soon. */
static int far_deadlines(uint64_t unused)
{
    const uint64_t past_64_bits = UINT64_MAX / about->tsc_khz * 1000000 + 2 * MS;
    const uint64_t far[] = {UINT64_MAX - 1, UINT64_MAX / 2 + 1, UINT64_MAX / 4 + 1,
                            about->tsc_khz > 1000000 ? past_64_bits : UINT64_MAX - 1};
    int fired = 0;

    (void)unused;
    for (unsigned i = 0; i < ARRAY_SIZE(far); i++) {
        uint64_t timer = (uint64_t)sys_event_create();

        (void)sys_event_timer(timer, far[i]);
        fired += sys_event_wait(timer, (uint64_t)(sys_time() + 10 * MS)) == 0;
        (void)sys_close(timer);
    }
    return fired;
}

/* --- threads ---------------------------------------------------------------------------------- */

static uint64_t ping, pong;

static void play(uint64_t answers)
{
    (void)sys_thread_move(about->processors > 2 ? 1 + answers : 1);
    for (;;) {
        (void)sys_event_wait(answers ? ping : pong, ABI_NEVER);
        (void)sys_event_signal(answers ? pong : ping);
    }
}

/* Two threads that signal each other, for ever. */
static int pingpong(uint64_t unused)
{
    (void)unused;
    ping = (uint64_t)sys_event_create();
    pong = (uint64_t)sys_event_create();
    (void)start(play, 0, PRIORITY);
    (void)start(play, 1, PRIORITY);
    (void)sys_event_signal(ping);
    wait_for_ever();
}

static void wait_for_event(uint64_t unused)
{
    (void)unused;
    (void)sys_event_wait(event, ABI_NEVER);
}

/* As many threads as there are to be had. */
static int many_threads(uint64_t unused)
{
    (void)unused;
    event = (uint64_t)sys_event_create();
    while (start(wait_for_event, 0, PRIORITY))
        ;
    return 0;
}

static void spin(uint64_t unused)
{
    (void)unused;
    (void)sys_thread_move(0);
    for (;;)
        ;
}

/* So many threads on processor 0, for ever. */
static int crowd(uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        (void)start(spin, 0, PRIORITY);
    spin(0);
    return 1;
}

/* The status is how many percent of processor 0's time it gets during that many milliseconds. */
static int percent(uint64_t ms)
{
    int64_t begin, end, now, last, mine = 0;

    (void)sys_thread_move(0);
    begin = last = now = sys_time();
    end = begin + (int64_t)ms * MS;
    for (; now < end; last = now) {
        now = sys_time();
        if (now - last < MS / 2)
            mine += now - last;
    }
    return now > begin ? (int)(mine * 100 / (now - begin)) : 0;
}

/* --- the console ------------------------------------------------------------------------------ */

#define LINES     16
#define WRITES    3
#define MAPPED_AT UINT64_C(0x90000000)
#define SHARE     4 /* of the time of a CONSOLE_WRITE that something else may take meanwhile */

static char flood_text[LINES * 16];
static volatile unsigned floods;

/* Lines of 16 characters that a reader of TAP passes over. */
static void make_flood(void)
{
    static const char text[] = "# flood........\n";

    for (unsigned i = 0; i < sizeof(flood_text); i++)
        flood_text[i] = text[i % 16];
}

static void flood(uint64_t unused)
{
    (void)unused;
    (void)sys_thread_move(1);
    while (floods < WRITES) {
        (void)sys_console_write((uintptr_t)flood_text, sizeof(flood_text));
        floods++;
    }
    wait_for_ever();
}

static int64_t time_of_write(void)
{
    int64_t begin = sys_time();

    (void)sys_console_write((uintptr_t)flood_text, sizeof(flood_text));
    return sys_time() - begin;
}

/* While another processor writes much to the console, all processors answer calls soon. */
static int console_flood(uint64_t unused)
{
    uint64_t memory = (uint64_t)sys_memory_create(PAGE_SIZE);
    int64_t alone, longest = 0;

    (void)unused;
    make_flood();
    alone = time_of_write();
    (void)sys_thread_move(0);
    if (!start(flood, 0, PRIORITY))
        return 10;
    while (floods < WRITES) {
        int64_t begin = sys_time();

        (void)sys_memory_map(memory, 0, MAPPED_AT, PAGE_SIZE, ABI_READ);
        (void)sys_memory_unmap(MAPPED_AT, PAGE_SIZE);
        if (sys_time() - begin > longest)
            longest = sys_time() - begin;
    }
    print("# MAP and UNMAP took %ld us at most beside CONSOLE_WRITEs of %ld us\n", longest / 1000,
          alone / 1000);
    return longest > alone / SHARE;
}

/* --- guests ----------------------------------------------------------------------------------- */

/* A VCPU_CREATE that fails leaves nothing behind. */
static int failed_vcpu(uint64_t unused)
{
    uint64_t vm = (uint64_t)sys_vm_create(), memory = (uint64_t)sys_memory_create(PAGE_SIZE);

    (void)unused;
    while (sys_event_create() > 0)
        ;
    if (sys_vcpu_create(vm, (uintptr_t)PAGE_AT) >= 0)
        return 2;
    return sys_memory_map(memory, 0, (uintptr_t)PAGE_AT, PAGE_SIZE, ABI_READ) == 0 ? 0 : 1;
}

#define GUEST_BYTES   (UINT64_C(16) * PAGE_SIZE)
#define GUEST_COUNTER ((volatile uint64_t *)(MEMORY_AT + 0x4000))

static uint64_t vcpu;
static volatile uint64_t ticks;

/* 1: pause; incq 0x4000; jmp 1b: with RFLAGS.IF = 0, so that what waits for it goes on waiting. */
static const uint8_t counting[] = {0xf3, 0x90, 0x48, 0xff, 0x04, 0x25,
                                   0x00, 0x40, 0x00, 0x00, 0xeb, 0xf4};

static bool make_guest(void)
{
    uint64_t vm = (uint64_t)sys_vm_create(), memory = (uint64_t)sys_memory_create(GUEST_BYTES);

    vcpu = (uint64_t)sys_vcpu_create(vm, (uintptr_t)PAGE_AT);
    if (sys_memory_map(memory, 0, MEMORY_AT, GUEST_BYTES, ABI_READ | ABI_WRITE) != 0 ||
        sys_vm_map(vm, memory, 0, 0, GUEST_BYTES, ABI_READ | ABI_WRITE | ABI_EXECUTE) != 0)
        return false;
    for (unsigned i = 0; i < sizeof(counting); i++)
        ((volatile uint8_t *)MEMORY_AT)[i] = counting[i];
    *(volatile uint64_t *)(MEMORY_AT + 0x1000) = 0x2003;
    *(volatile uint64_t *)(MEMORY_AT + 0x2000) = 0x3003;
    *(volatile uint64_t *)(MEMORY_AT + 0x3000) = 0x83;
    PAGE_AT->state.rip = 0;
    PAGE_AT->state.cr3 = 0x1000;
    PAGE_AT->parts = ABI_PART_RIP | ABI_PART_CONTROL;
    return true;
}

static void run_guest(uint64_t unused)
{
    (void)unused;
    (void)sys_thread_move(1);
    for (;;)
        (void)sys_vcpu_run(vcpu);
}

static void tick(uint64_t unused)
{
    (void)unused;
    (void)sys_thread_move(1);
    for (;; ticks++)
        sleep(5 * MS);
}

/* Interrupts for a guest of processor 1, as fast as they can be sent from here: both the guest and
 * a thread on that processor go on. */
static int storm(uint64_t ms)
{
    int64_t end;
    uint64_t counted, before;

    if (!make_guest() || !start(run_guest, 0, PRIORITY - 1) || !start(tick, 0, PRIORITY))
        return 10;
    (void)sys_thread_move(0);
    sleep(20 * MS);
    end = sys_time() + (int64_t)ms * MS;
    before = ticks;
    counted = *GUEST_COUNTER;
    while (sys_time() < end)
        (void)sys_vcpu_interrupt(vcpu, 0x30);
    print("# storm: %lu ticks, the guest counted %lu in %lu ms\n", ticks - before,
          *GUEST_COUNTER - counted, ms);
    return ticks - before < ms / 20 ? 1 : *GUEST_COUNTER == counted ? 2 : 0;
}

#define ENTRIES           10
#define SIGNALS_AN_ENTRY  100
#define RFLAGS_IMPOSSIBLE 0 /* bit 1 must be 1 */

static volatile uint64_t refused;

static void fail_to_enter(uint64_t unused)
{
    (void)unused;
    (void)sys_thread_move(1);
    for (;; refused++) {
        PAGE_AT->state.rflags = RFLAGS_IMPOSSIBLE;
        PAGE_AT->parts = ABI_PART_RIP;
        (void)sys_vcpu_run(vcpu);
    }
}

/* While one processor fails to enter a guest, and is told why, the others go on in the kernel. */
static int explained(uint64_t unused)
{
    uint64_t signals = 0, first_entry;

    (void)unused;
    event = (uint64_t)sys_event_create();
    if (!make_guest() || !start(fail_to_enter, 0, PRIORITY))
        return 10;
    (void)sys_thread_move(0);
    while (!refused)
        ;
    first_entry = refused;
    while (refused < first_entry + ENTRIES) {
        (void)sys_event_signal(event);
        signals++;
    }
    if (PAGE_AT->exit != ABI_EXIT_ENTRY_FAILED)
        return 11;
    print("# %lu signals during %u refused entries\n", signals, ENTRIES);
    return signals < (uint64_t)ENTRIES * SIGNALS_AN_ENTRY;
}

/* --- the deeds -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*function)(uint64_t number);
} deeds[] = {
    {"lost_signal", lost_signal},
    {"one_by_one", one_by_one},
    {"far_deadlines", far_deadlines},
    {"pingpong", pingpong},
    {"many_threads", many_threads},
    {"crowd", crowd},
    {"percent", percent},
    {"failed_vcpu", failed_vcpu},
    {"storm", storm},
    {"explained", explained},
    {"console_flood", console_flood},
};

/* What follows the name in `text`, or NULL: another name stands there. */
static const char *behind(const char *text, const char *name)
{
    while (text && *name && *text == *name)
        text++, name++;
    return *name ? NULL : text;
}

static uint64_t number_of(const char *text)
{
    uint64_t value = 0;

    for (; *text; text++)
        if (*text >= '0' && *text <= '9')
            value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

int main(const struct abi_info *info)
{
    about = info;
    if (!make_stacks())
        return 100;
    for (unsigned i = 0; i < ARRAY_SIZE(deeds); i++) {
        const char *rest = behind(info->arguments, deeds[i].name);

        if (rest)
            return deeds[i].function(number_of(rest));
    }
    return 101;
}
