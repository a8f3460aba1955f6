/* SPDX-License-Identifier: BSD-2-Clause */
/* ring3.c - see ring3.h, and the self-tests of processes and guests. */
#include "ring3.h"

#include "arch/console.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/time.h"
#include "kern/mem/pages.h"
#include "kern/task/images.h"
#include "kern/task/speculation.h"
#include "kern/vm/vm.h"

#define NOT_RUN       (-1000)
#define GUEST_SECONDS 60
#define SECOND        UINT64_C(1000000000)

struct process *ring3_start(struct test *test, const char *image, const char *arguments,
                            const char *module)
{
    const struct image *program = image_find(image), *guest = module ? image_find(module) : NULL;
    struct process_module given = {.name = module};
    struct process_description description = {
        .name = image, .arguments = arguments, .pages = RING3_PAGES, .priority = 4};
    struct process *process;

    if (!program || (module && !guest)) {
        test_true(test, false, "the image is part of the kernel");
        return NULL;
    }
    description.image = program->start;
    description.image_bytes = (uint64_t)(program->end - program->start);
    if (guest) {
        given.physical = physical_of(guest->start);
        given.bytes = (uint64_t)(guest->end - guest->start);
        description.modules = &given;
        description.module_count = 1;
    }
    process = process_start(&description);
    test_true(test, process != NULL, "the process starts");
    return process;
}

static int64_t wait_for(struct test *test, struct process *process, unsigned seconds)
{
    int64_t status = NOT_RUN;

    if (process_wait(process, rdtsc() + ticks_of_ns(seconds * SECOND), &status))
        return status;
    test_true(test, false, "the process ends in time");
    process_kill(process, "it did not end in time");
    (void)!process_wait(process, TIMEOUT_NEVER, &status);
    return NOT_RUN;
}

int64_t ring3_run(struct test *test, const char *image, const char *arguments, const char *module,
                  unsigned seconds)
{
    struct process *process;
    int64_t status = NOT_RUN;

    test_enter(test, "%s%s%s", image, arguments ? " " : "", arguments ? arguments : "");
    process = ring3_start(test, image, arguments, module);
    if (process)
        status = wait_for(test, process, seconds);
    test_leave(test);
    return status;
}

static void guest_under(struct test *test, const char *monitor, const char *arguments,
                        const char *guest, int64_t status)
{
    test_enter(test, "%s", guest);
    test_equal(test, "what the guest ended with",
               (uint64_t)ring3_run(test, monitor, arguments, guest, GUEST_SECONDS),
               (uint64_t)status);
    test_leave(test);
}

void ring3_guest(struct test *test, const char *guest, int64_t status)
{
    guest_under(test, "monitor", NULL, guest, status);
}

KERNELTEST("guest.hello", guest_hello, NEEDS_GUESTS)
{
    ring3_guest(test, "guest/hello", 0);
}

/* --- processes -------------------------------------------------------------------------------- */

#define FUZZ_SECONDS 3600

KERNELTEST("process.calls", process_calls, NEEDS_NONE)
{
    test_equal(test, "calls that answered wrongly",
               (uint64_t)ring3_run(test, "process/calls", NULL, NULL, 60), 0);
    test_equal(test, "errors that are not as the list of the calls has them",
               (uint64_t)ring3_run(test, "process/errors", NULL, NULL, 60), 0);
    test_equal(test, "the step of the examples that failed",
               (uint64_t)ring3_run(test, "process/examples", NULL, NULL, 60), 0);
}

KERNELTEST("process.vcpus", process_vcpus, NEEDS_GUESTS)
{
    test_equal(test, "expectations that failed",
               (uint64_t)ring3_run(test, "process/vcpus", NULL, NULL, 60), 0);
}

/* In a VM it is an exit, at any CPL, and the hypervisor below decides what happens. */
#define DEED_VMCALL 'v'

/* Each letter is a deed of tests/process/bad.c: the process ends, and nothing else does. */
KERNELTEST("process.bad", process_bad, NEEDS_NONE)
{
    static const char deeds[] = "abcdefghijklmnopqrstuvwxy";

    for (unsigned i = 0; deeds[i]; i++) {
        const char argument[2] = {deeds[i], 0};

        if (deeds[i] == DEED_VMCALL && platform()->cpu.hypervisor)
            continue;
        test_enter(test, "deed %s", argument);
        test_equal(test, "status of a process that does wrong",
                   (uint64_t)ring3_run(test, "process/bad", argument, NULL, 60),
                   (uint64_t)PROCESS_FAULTED);
        test_leave(test);
    }
}

/* Pages: all that processes and guests had is given back. Some stacks stay, for the next ones. */
static uint64_t pages_free_now(void)
{
    return pages_free_count() + stack_pages_kept();
}

KERNELTEST("process.fuzz", process_fuzz, NEEDS_NONE)
{
    const char *calls = test->options->thorough ? "1000000 1" : "20000 1"; /* and the seed */
    uint64_t before;

    (void)ring3_run(test, "process/fuzz", "1000 7", NULL, FUZZ_SECONDS);
    before = pages_free_now();
    test_equal(test, "status of the fuzzing process",
               (uint64_t)ring3_run(test, "process/fuzz", calls, NULL, FUZZ_SECONDS), 0);
    test_equal(test, "free pages after it", pages_free_now(), before);
}

/* A new VM or process has a new number, though its memory was another one's a moment ago. */
KERNELTEST("guest.predictors", guest_predictors, NEEDS_GUESTS)
{
    const uint64_t vms = 10, before = speculation_switches;

    test_equal(test, "status", (uint64_t)ring3_run(test, "process/cycles", "10", NULL, 60), 0);
    test_equal(test, "status", (uint64_t)ring3_run(test, "process/cycles", "10", NULL, 60), 0);
    test_true(test, speculation_switches - before >= 2 * (vms + 1),
              "predictors are cleared for each VM and each process");
}

KERNELTEST("process.patience", process_patience, NEEDS_NONE)
{
    test_equal(test, "status", (uint64_t)ring3_run(test, "process/patience", NULL, NULL, 60), 0);
}

/* It makes no call in which it could leave: an interrupt's return to ring 3 is where it does. */
KERNELTEST("process.killed", process_killed, NEEDS_NONE)
{
    struct process *process = ring3_start(test, "process/endless", NULL, NULL);
    int64_t status = 0;

    if (!process)
        return;
    test_true(test, !process_wait(process, rdtsc() + ticks_of_ns(SECOND / 50), &status),
              "it runs for ever");
    process_kill(process, "the test has seen enough");
    if (test_true(test, process_wait(process, rdtsc() + ticks_of_ns(10 * SECOND), &status),
                  "it can be ended"))
        test_equal(test, "its status", (uint64_t)status, (uint64_t)PROCESS_FAULTED);
}

/* What the kernel itself has for a process beside its share: itself, its root, pages of small
 * objects.
 */
#define BESIDE_SHARE 32

/* Until it waits for ever. */
static bool let_it_take(struct test *test, struct process *process)
{
    uint64_t end = rdtsc() + ticks_of_ns(60 * SECOND);
    int64_t status;

    do {
        if (!test_true(test, !process_wait(process, rdtsc() + ticks_of_ns(SECOND / 50), &status),
                       "the process waits"))
            return false;
    } while (process->threads->state != THREAD_BLOCKED && rdtsc() < end);
    return true;
}

static void take_all(struct test *test, const char *way)
{
    uint64_t before = pages_free_now(), taken;
    struct process *process = ring3_start(test, "process/greedy", way, NULL);
    int64_t status;

    if (!process || !let_it_take(test, process))
        return;
    taken = before - pages_free_now();
    if (!test_true(test, taken <= RING3_PAGES + BESIDE_SHARE, "no more than its share is taken"))
        print("# %lu pages of %u\n", taken, RING3_PAGES);
    process_kill(process, "it has taken enough");
    (void)!process_wait(process, TIMEOUT_NEVER, &status);
    test_equal(test, "free pages after it", pages_free_now(), before);
}

static void greedy(struct test *test, const char *way)
{
    test_enter(test, "%s", way);
    take_all(test, way);
    test_leave(test);
}

KERNELTEST("process.greedy", process_greedy, NEEDS_NONE)
{
    (void)ring3_run(test, "process/calls", NULL, NULL, 60); /* stacks stay for the next ones */
    greedy(test, "places");
    greedy(test, "objects");
    if (vm_possible())
        greedy(test, "vms");
}

/* --- what must not change --------------------------------------------------------------------- */

#define IDLE_PAGES 64

extern const char text_start[], rodata_end[], published_start[], published_end[];

/* What the kernel never writes after boot, and pages of its own that lie idle meanwhile. */
struct watch {
    uint64_t sum;
    uint64_t page[IDLE_PAGES];
};

/* FNV-1a, by words. */
static uint64_t sum_of(uint64_t sum, const void *from, const void *to)
{
    for (const uint64_t *word = from; word < (const uint64_t *)to; word++)
        sum = (sum ^ *word) * UINT64_C(0x100000001b3);
    return sum;
}

static uint64_t sum_of_all(const struct watch *watch)
{
    uint64_t sum = sum_of(UINT64_C(0xcbf29ce484222325), text_start, rodata_end);

    sum = sum_of(sum, published_start, published_end);
    for (unsigned i = 0; i < IDLE_PAGES; i++) {
        const char *page = direct_pointer(watch->page[i]);

        sum = sum_of(sum, page, page + PAGE_SIZE);
    }
    return sum;
}

static void watch_begin(struct watch *watch)
{
    for (unsigned i = 0; i < IDLE_PAGES; i++) {
        watch->page[i] = page_alloc(FRAME_OBJECT);
        *(uint64_t *)direct_pointer(watch->page[i]) = rdtsc();
    }
    watch->sum = sum_of_all(watch);
}

static void watch_end(struct test *test, const struct watch *watch)
{
    test_equal(test, "checksum of the kernel's read-only and idle memory", sum_of_all(watch),
               watch->sum);
    for (unsigned i = 0; i < IDLE_PAGES; i++)
        page_free(watch->page[i]);
}

/* A guest that does its worst. */
static void torture_under(struct test *test, const char *monitor, const char *guest, int64_t status)
{
    static struct watch watch;

    watch_begin(&watch);
    guest_under(test, monitor, NULL, guest, status);
    watch_end(test, &watch);
}

static void torture(struct test *test, const char *guest, int64_t status)
{
    torture_under(test, "monitor", guest, status);
}

/* --- guests ----------------------------------------------------------------------------------- */

#define MONITOR_SHUTDOWN 301 /* monitor/monitor.h */
#define MONITOR_REFUSED  302

KERNELTEST("guest.faults", guest_faults, NEEDS_GUESTS)
{
    torture(test, "guest/faults", 0);
}

KERNELTEST("guest.user_mode", guest_user_mode, NEEDS_GUESTS)
{
    torture(test, "guest/user_mode", 0);
}

KERNELTEST("guest.ports", guest_ports, NEEDS_GUESTS)
{
    torture(test, "guest/ports", 0);
}

KERNELTEST("guest.remap", guest_remap, NEEDS_GUESTS)
{
    guest_under(test, "test_monitor", NULL, "guest/remap", 0);
}

/* The vCPU changes processors at each exit: stale translations and VMCS states would show. */
static void wandering(struct test *test, const char *guest)
{
    if (cpu_count() < 2) {
        test_skip(test, "one processor");
        return;
    }
    guest_under(test, "test_monitor", "wander", guest, 0);
}

KERNELTEST("guest.wander.hello", guest_wander_hello, NEEDS_GUESTS)
{
    wandering(test, "guest/hello");
}

KERNELTEST("guest.wander.remap", guest_wander_remap, NEEDS_GUESTS)
{
    wandering(test, "guest/remap");
}

/* Without the shootdown the guest would go on with what its TLB has. */
KERNELTEST("guest.shootdown", guest_shootdown, NEEDS_GUESTS)
{
    if (cpu_count() < 2)
        test_skip(test, "one processor");
    else
        test_equal(test, "the step that failed",
                   (uint64_t)ring3_run(test, "process/shootdown", NULL, NULL, GUEST_SECONDS), 0);
}

KERNELTEST("guest.triple_fault", guest_triple_fault, NEEDS_GUESTS)
{
    torture(test, "guest/triple", MONITOR_SHUTDOWN);
}

KERNELTEST("guest.wild_jump", guest_wild_jump, NEEDS_GUESTS)
{
    torture_under(test, "test_monitor", "guest/wild", MONITOR_REFUSED);
}

static bool gdt_limited[CPUS_MAX];

static void look_at_gdt(void *unused)
{
    struct descriptor_table table;

    (void)unused;
    sgdt(&table);
    gdt_limited[this_cpu()->number] = table.limit == sizeof(this_cpu()->gdt) - 1;
}

/* VM exits leave ffffh: a process would find more descriptors than the kernel made. */
KERNELTEST("guest.gdt_limit", guest_gdt_limit, NEEDS_GUESTS)
{
    ring3_guest(test, "guest/hello", 0);
    smp_call_all(look_at_gdt, NULL);
    for (unsigned i = 0; i < cpu_count(); i++) {
        test_enter(test, "processor %u", i);
        test_true(test, gdt_limited[i], "the GDT's limit is its own after guests have run");
        test_leave(test);
    }
}

/* A guest that never ends shares the processors with one that does, and is stopped from outside. */
static void beside(struct test *test, const char *endless)
{
    struct process *process = ring3_start(test, "monitor", NULL, endless);
    int64_t status = 0;

    if (!process)
        return;
    ring3_guest(test, "guest/hello", 0);
    if (!test_true(test, !process_wait(process, rdtsc(), &status), "the other guest still runs"))
        return;
    process_kill(process, "the test has seen enough");
    test_true(test, process_wait(process, TIMEOUT_NEVER, &status), "it can be ended");
    test_equal(test, "its status", (uint64_t)status, (uint64_t)PROCESS_FAULTED);
}

KERNELTEST("guest.beside.exit_flood", guest_beside_exit_flood, NEEDS_GUESTS)
{
    beside(test, "guest/flood");
}

KERNELTEST("guest.beside.spin", guest_beside_spin, NEEDS_GUESTS)
{
    beside(test, "guest/spin");
}

bool skipped_without_preemption_timer(struct test *test)
{
    if (word_offers(host_policy(), WORD_PIN, BIT64(PIN_preempt_timer)))
        return false;
    test_skip(test, "no VMX-preemption timer (IA32_VMX_PINBASED_CTLS bit 6)");
    return true;
}

static void beside_closed(struct test *test, const char *endless)
{
    if (!skipped_without_preemption_timer(test))
        beside(test, endless);
}

KERNELTEST("guest.beside.closed_spin", guest_beside_closed_spin, NEEDS_GUESTS)
{
    beside_closed(test, "guest/closed_spin");
}

KERNELTEST("guest.beside.db_loop", guest_beside_db_loop, NEEDS_GUESTS)
{
    beside_closed(test, "guest/db_loop");
}

KERNELTEST("guest.beside.ac_loop", guest_beside_ac_loop, NEEDS_GUESTS)
{
    beside_closed(test, "guest/ac_loop");
}

KERNELTEST("guest.no_leak", guest_no_leak, NEEDS_GUESTS)
{
    const char *cycles = test->options->thorough ? "10000" : "500";
    uint64_t before;

    test_equal(test, "status", (uint64_t)ring3_run(test, "process/cycles", "10", NULL, 60), 0);
    before = pages_free_now();
    test_equal(test, "status", (uint64_t)ring3_run(test, "process/cycles", cycles, NULL, 3600), 0);
    test_equal(test, "free pages after so many VMs", pages_free_now(), before);
}

/* --- figures ---------------------------------------------------------------------------------- */

KERNELBENCH("bench.process", process_bench, NEEDS_NONE)
{
    (void)ring3_run(test, "process/bench", NULL, NULL, 60);
}

KERNELBENCH("bench.guest", guest_bench, NEEDS_GUESTS)
{
    (void)ring3_run(test, "monitor", NULL, "guest/bench", 60);
}
