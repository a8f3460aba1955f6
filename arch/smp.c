/* SPDX-License-Identifier: BSD-2-Clause */
/* smp.c - see smp.h. */
#include "smp.h"

#include "apic.h"
#include "canary.h"
#include "console.h"
#include "insn.h"
#include "interrupt.h"
#include "known_state.h"
#include "machine_check.h"
#include "paging.h"
#include "panic.h"
#include "percpu.h"
#include "string.h"
#include "time.h"
#include "trampoline.h"
#include "trap.h"

/* A whole TLB is cheaper to lose than so many pages one by one. */
#define FLUSH_PAGES 64

/* A working processor may have its interrupts off for this long: it prints to a slow line, say. */
#define ANSWER_NS UINT64_C(10000000000)

static void (*idle_hook)(void);

/* The tables of the first steps: the kernel's upper half, and 0 .. 2 MiB at the same addresses. */
static uint64_t start_tables[3][512] PAGE_ALIGNED;

extern const uint8_t trampoline_code[], trampoline_end[];
NORETURN void smp_main(struct percpu *cpu);

/* --- starting --------------------------------------------------------------------------------- */

static void make_start_tables(void)
{
    const uint64_t *kernel = direct_pointer(paging_kernel_root());
    const uint64_t flags = PAGE_PRESENT | PAGE_WRITABLE;

    memcpy(start_tables[0], kernel, PAGE_SIZE);
    start_tables[0][0] = physical_of(start_tables[1]) | flags;
    start_tables[1][0] = physical_of(start_tables[2]) | flags;
    start_tables[2][0] = flags | PAGE_LARGE;
}

/* The page's last bytes tell the new processor where to go (trampoline.h). */
static struct trampoline_data *prepare_page(uint64_t low_page)
{
    uint8_t *page = direct_pointer(low_page);
    struct trampoline_data *data =
        (struct trampoline_data *)(page + PAGE_SIZE - sizeof(struct trampoline_data));
    uint64_t misc_enable = 0;

    memcpy(page, trampoline_code, (size_t)(trampoline_end - trampoline_code));
    *data = (struct trampoline_data){
        .gdt = {0, DESCRIPTOR_CODE_32, DESCRIPTOR_DATA, DESCRIPTOR_CODE_64},
        .gdt_limit = sizeof(data->gdt) - 1,
        .gdt_base = (uint32_t)(low_page + PAGE_SIZE - sizeof(*data)),
        .cr3 = (uint32_t)physical_of(start_tables),
        .efer = (uint32_t)(rdmsr(MSR_IA32_EFER) & ~(uint64_t)EFER_LMA),
        .has_misc_enable = rdmsr_safe(MSR_IA32_MISC_ENABLE, &misc_enable),
        .entry = (uintptr_t)smp_main,
    };
    return data;
}

static struct percpu *new_percpu(unsigned number)
{
    uint64_t stack = stack_alloc(), own = stack_alloc(); /* apart: a stack that overflows faults */
    struct percpu *cpu = (struct percpu *)(own - STACK_SIZE);

    if (!stack || !own)
        return NULL;
    *cpu = (struct percpu){.number = number, .kernel_stack = stack};
    for (unsigned i = 0; i < IST_COUNT; i++)
        if (!(cpu->ist_top[i] = stack_alloc()))
            return NULL;
    return cpu;
}

static bool wait_online(const struct percpu *cpu, uint64_t milliseconds)
{
    uint64_t end = rdtsc() + ticks_of_ns(milliseconds * 1000000);

    while (!cpu->online && rdtsc() < end)
        cpu_relax();
    return cpu->online;
}

/* The times are those of the SDM's example; the second STARTUP is for a lost first one. */
static bool start_one(struct percpu *cpu, struct trampoline_data *data, uint32_t id,
                      uint64_t low_page)
{
    data->stack = cpu->kernel_stack;
    data->percpu = (uintptr_t)cpu;
    apic_send_init(id);
    wait_ns(10000000);
    for (unsigned tries = 0; tries < 2 && !cpu->online; tries++) {
        apic_send_startup(id, (uint32_t)low_page);
        (void)wait_online(cpu, tries ? 100 : 1);
    }
    return cpu->online;
}

/* INIT: should it come to life later, it does nothing. */
static void leave_out(uint32_t apic_id)
{
    apic_send_init(apic_id);
    print("smp: the processor with APIC id %u does not answer: left out\n", apic_id);
}

unsigned smp_start(const uint32_t *apic_ids, unsigned count, unsigned most, uint64_t low_page)
{
    struct trampoline_data *data;

    make_start_tables();
    data = prepare_page(low_page);
    for (unsigned i = 0; i < count && cpu_count() < most && cpu_count() < CPUS_MAX; i++) {
        struct percpu *cpu;

        if (apic_ids[i] == boot_percpu.apic_id)
            continue;
        if (!apic_can_address(apic_ids[i])) {
            print("smp: the processor with APIC id %u needs x2APIC mode, which this processor does "
                  "not offer (CPUID.1:ECX bit 21): left out\n",
                  apic_ids[i]);
            continue;
        }
        cpu = new_percpu(cpu_count());
        if (!cpu)
            return cpu_count();
        if (start_one(cpu, data, apic_ids[i], low_page))
            percpu_add(cpu);
        else
            leave_out(apic_ids[i]);
    }
    memset(start_tables, 0, sizeof(start_tables));
    memset(direct_pointer(low_page), 0, PAGE_SIZE);
    return cpu_count();
}

bool smp_start_is_over(void)
{
    return start_tables[0][0] == 0;
}

/* The first C function of another processor, on a stack of its own. */
NO_STACK_PROTECTOR void smp_main(struct percpu *cpu)
{
    paging_protect_processor();
    write_cr3(paging_kernel_root());
    trap_init_processor(cpu);
    known_state_init_processor();
    apic_init_processor();
    time_init_processor();
    machine_check_init_processor();
    __atomic_store_n(&cpu->online, true, __ATOMIC_SEQ_CST);
    for (;;) {
        if (idle_hook)
            idle_hook();
        cpu_idle();
    }
}

void smp_set_idle_hook(void (*hook)(void))
{
    __atomic_store_n(&idle_hook, hook, __ATOMIC_SEQ_CST);
    for (unsigned i = 1; i < cpu_count(); i++)
        apic_send_ipi(percpu_at(i), VECTOR_CALL);
}

/* --- calls ------------------------------------------------------------------------------------ */

void ipi_poll(void)
{
    struct percpu *cpu = this_cpu();

    if (__atomic_load_n(&cpu->call.state, __ATOMIC_ACQUIRE) != CALL_ASKED)
        return;
    cpu->call.state = CALL_RUNNING; /* the function may poll as well */
    cpu->call.function(cpu->call.argument);
    __atomic_store_n(&cpu->call.state, CALL_DONE, __ATOMIC_RELEASE);
}

static void on_call(struct trap_frame *frame)
{
    (void)frame;
    ipi_poll();
}

/* Once the function runs it takes what time it takes. */
static void wait_for_answer(struct percpu *to)
{
    uint64_t end = rdtsc() + ticks_of_ns(ANSWER_NS);
    uint32_t state;

    while ((state = __atomic_load_n(&to->call.state, __ATOMIC_ACQUIRE)) != CALL_DONE) {
        if (state == CALL_ASKED && rdtsc() > end)
            panic("processor %u (APIC id %u) does not answer a call", to->number, to->apic_id);
        ipi_poll();
        cpu_relax();
    }
}

/* Two processors that call each other answer while they wait. */
void smp_call(unsigned number, void (*function)(void *argument), void *argument)
{
    struct percpu *to = percpu_at(number);

    if (to == this_cpu()) {
        function(argument);
        return;
    }
    spin_lock_polling(&to->call.lock, ipi_poll);
    to->call.function = function;
    to->call.argument = argument;
    __atomic_store_n(&to->call.state, CALL_ASKED, __ATOMIC_RELEASE);
    apic_send_ipi(to, VECTOR_CALL);
    wait_for_answer(to);
    spin_unlock(&to->call.lock);
}

void smp_call_all(void (*function)(void *argument), void *argument)
{
    for (unsigned i = 0; i < cpu_count(); i++)
        smp_call(i, function, argument);
}

void smp_init(void)
{
    interrupt_set_handler(VECTOR_CALL, on_call);
}

struct range {
    uint64_t address, pages;
};

static void forget(void *argument)
{
    const struct range *range = argument;

    if (range->pages > FLUSH_PAGES) {
        write_cr3(read_cr3());
        return;
    }
    for (uint64_t i = 0; i < range->pages; i++)
        invlpg(range->address + i * PAGE_SIZE);
}

void tlb_shootdown(uint64_t address, uint64_t pages)
{
    struct range range = {address, pages};

    smp_call_all(forget, &range);
}

void smp_nmi(unsigned number)
{
    struct percpu *to = percpu_at(number);

    if (!__atomic_exchange_n(&to->nmi_wanted, true, __ATOMIC_SEQ_CST))
        apic_send_nmi(to);
}
