/* SPDX-License-Identifier: BSD-2-Clause */
/* processors.c - self-tests of processors and time: calls, interrupts and TLBs between them,
 * clocks. */
#include "arch/apic.h"
#include "arch/cpuid.h"
#include "arch/insn.h"
#include "arch/interrupt.h"
#include "arch/paging.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/time.h"
#include "boot/selftest.h"
#include "kern/mem/pages.h"
#include "memory_type.h"

#define SECOND_NS UINT64_C(1000000000)

/* What each processor finds, by its number. */
static struct {
    unsigned number;
    uint32_t apic_id;
    uint64_t cr0, cr4, efer, cr3;
    uint64_t tsc;
    uint64_t nmis;
    unsigned calls;
} found[CPUS_MAX];

static void look(void *unused)
{
    unsigned n = this_cpu()->number;

    (void)unused;
    found[n].number = n;
    found[n].apic_id = apic_id();
    found[n].cr0 = read_cr0();
    found[n].cr4 = read_cr4();
    found[n].efer = rdmsr(MSR_IA32_EFER);
    found[n].cr3 = read_cr3();
}

SELFTEST("smp.identity", smp_identity, NEEDS_NONE)
{
    smp_call_all(look, NULL);
    for (unsigned i = 0; i < cpu_count(); i++) {
        test_enter(test, "processor %u", i);
        test_equal(test, "a processor's number", found[i].number, i);
        test_equal(test, "its APIC id in %gs and in the APIC", found[i].apic_id,
                   percpu_at(i)->apic_id);
        for (unsigned other = 0; other < i; other++)
            test_true(test, found[i].apic_id != found[other].apic_id, "no APIC id comes twice");
        test_leave(test);
    }
    test_true(test, smp_start_is_over(), "the tables of the first steps are gone");
}

static volatile uint64_t flags_in_handler;

static void take_flags(struct trap_frame *frame)
{
    (void)frame;
    flags_in_handler = read_rflags();
}

/*
 * SDM: "Determination of Access Rights": AC, which ring 3 may set, opens its pages to the kernel.
 */
SELFTEST("arch.smap_in_handlers", smap_in_handlers, NEEDS_NONE)
{
    if (!cpu_has(FEATURE_smap) || !cpu_has(FEATURE_apic)) {
        test_skip(test, "no SMAP (CPUID.7:EBX bit 20), or no local APIC");
        return;
    }
    interrupt_set_handler(VECTOR_APIC_ERROR, take_flags);
    flags_in_handler = RFLAGS_AC;
    apic_send_ipi(this_cpu(), VECTOR_APIC_ERROR);
    stac();
    take_interrupts();
    test_true(test, has_any(read_rflags(), RFLAGS_AC), "what was interrupted has AC again");
    clac();
    interrupt_set_handler(VECTOR_APIC_ERROR, NULL);
    test_true(test, !has_any(flags_in_handler, RFLAGS_AC), "a handler runs without AC");
}

/* SDM: "Control Registers": every processor is protected as the first one is. */
SELFTEST("smp.protections", smp_protections, NEEDS_NONE)
{
    smp_call_all(look, NULL);
    test_true(test, has_any(found[0].cr0, BIT64(CR0_wp)), "CR0.WP");
    test_true(test, !has_any(found[0].cr0, BIT64(CR0_cd) | BIT64(CR0_nw)), "caches are on");
    test_true(test, has_any(found[0].efer, EFER_NXE), "IA32_EFER.NXE");
    for (unsigned i = 1; i < cpu_count(); i++) {
        test_enter(test, "processor %u", i);
        test_equal(test, "CR0", found[i].cr0, found[0].cr0);
        test_equal(test, "CR4", found[i].cr4, found[0].cr4);
        test_equal(test, "IA32_EFER", found[i].efer, found[0].efer);
        test_equal(test, "CR3", found[i].cr3, found[0].cr3);
        test_leave(test);
    }
}

/* Nothing of what tests/rig/boot/odd.S leaves on is still on. */
static struct {
    uint64_t cr0, cr4, efer, pat, dr7, s_cet, misc_enable, sysenter[3];
} state[CPUS_MAX];

static void look_at_state(void *unused)
{
    unsigned n = this_cpu()->number;

    (void)unused;
    state[n].cr0 = read_cr0();
    state[n].cr4 = read_cr4();
    state[n].dr7 = read_dr7();
    state[n].efer = rdmsr(MSR_IA32_EFER);
    state[n].pat = rdmsr(MSR_IA32_PAT);
    for (unsigned i = 0; i < ARRAY_SIZE(state[n].sysenter); i++)
        (void)rdmsr_safe(MSR_IA32_SYSENTER_CS + i, &state[n].sysenter[i]);
    (void)rdmsr_safe(MSR_IA32_S_CET, &state[n].s_cet);
    (void)rdmsr_safe(MSR_IA32_MISC_ENABLE, &state[n].misc_enable);
}

SELFTEST("smp.known_state", smp_known_state, NEEDS_NONE)
{
    uint64_t needed = BIT64(CR4_de) | BIT64(CR4_pae) | BIT64(CR4_mce) | BIT64(CR4_pge);
    uint64_t allowed = BIT64(CR4_smep) | BIT64(CR4_smap) | BIT64(CR4_umip);

    smp_call_all(look_at_state, NULL);
    for (unsigned i = 0; i < cpu_count(); i++) {
        test_enter(test, "processor %u", i);
        test_equal(test, "CR0", state[i].cr0, 0x80010033);
        test_equal(test, "CR4 without SMEP, SMAP and UMIP", state[i].cr4 & ~allowed, needed);
        test_equal(test, "IA32_EFER", state[i].efer, EFER_LME | EFER_LMA | EFER_NXE);
        test_equal(test, "IA32_PAT", state[i].pat, PAT_WITH_WRITE_COMBINING);
        test_equal(test, "DR7", state[i].dr7, DR7_RESET);
        test_equal(test, "IA32_SYSENTER_CS", state[i].sysenter[0], 0);
        test_equal(test, "IA32_SYSENTER_ESP", state[i].sysenter[1], 0);
        test_equal(test, "IA32_SYSENTER_EIP", state[i].sysenter[2], 0);
        test_equal(test, "IA32_S_CET", state[i].s_cet, 0);
        test_equal(test, "IA32_MISC_ENABLE bits 22 and 34",
                   state[i].misc_enable & (MISC_ENABLE_LIMIT_CPUID | MISC_ENABLE_XD_DISABLE), 0);
        test_leave(test);
    }
    for (uint64_t end = rdtsc() + ticks_of_ns(SECOND_NS / 100); rdtsc() < end;)
        take_interrupts(); /* those that were pending at entry come here, at the latest */
    found[0].calls = interrupt_foreign_count();
    for (uint64_t end = rdtsc() + ticks_of_ns(SECOND_NS / 100); rdtsc() < end;)
        take_interrupts();
    test_equal(test, "interrupts of devices in 10 ms", interrupt_foreign_count() - found[0].calls,
               0);
}

/* Sealed pages are read-only for other processors, too, whatever their TLBs kept from before. */
static void try_to_write(void *where)
{
    if (store_safe(where, 0))
        found[this_cpu()->number].calls++;
}

SELFTEST("smp.sealed", smp_sealed, NEEDS_NONE)
{
    const void *published = platform()->processors.raw;

    for (unsigned i = 0; i < cpu_count(); i++) {
        const struct msr_policy *own = &platform()->processors.raw[i];

        found[i].calls = 0;
        smp_call(i, try_to_write, (void *)(uintptr_t)&own->faulted); /* it wrote there itself */
        smp_call(i, try_to_write, (void *)(uintptr_t)published);
        test_enter(test, "processor %u", i);
        test_equal(test, "stores to the policies that were done", found[i].calls, 0);
        test_leave(test);
    }
}

static void count_call(void *unused)
{
    (void)unused;
    found[this_cpu()->number].calls++;
}

static void call_all_others(void *unused)
{
    (void)unused;
    smp_call_all(count_call, NULL);
}

SELFTEST("smp.calls_each_to_each", smp_calls, NEEDS_NONE)
{
    for (unsigned i = 0; i < cpu_count(); i++)
        found[i].calls = 0;
    smp_call_all(call_all_others, NULL);
    for (unsigned i = 0; i < cpu_count(); i++) {
        test_enter(test, "processor %u", i);
        test_equal(test, "calls that came", found[i].calls, cpu_count());
        test_leave(test);
    }
}

/* --- NMIs ------------------------------------------------------------------------------------- */

static bool wait_for_nmi(unsigned number)
{
    uint64_t end = rdtsc() + ticks_of_ns(SECOND_NS);

    while (percpu_at(number)->nmi_wanted && rdtsc() < end)
        cpu_relax();
    return !percpu_at(number)->nmi_wanted;
}

SELFTEST("smp.nmi", smp_nmis, NEEDS_NONE)
{
    for (unsigned i = 1; i < cpu_count(); i++) {
        const struct percpu *cpu = percpu_at(i);
        uint32_t before = cpu->nmis_taken, unexpected = cpu->nmis_unexpected;

        test_enter(test, "processor %u", i);
        smp_nmi(i);
        test_true(test, wait_for_nmi(i), "the NMI arrives");
        test_equal(test, "NMIs taken", cpu->nmis_taken, before + 1);
        for (unsigned n = 0; n < 100; n++)
            smp_nmi(i);
        test_true(test, wait_for_nmi(i), "so do many in a row");
        wait_ns(1000000);
        test_equal(test, "NMIs that nobody sent", cpu->nmis_unexpected, unexpected);
        test_leave(test);
    }
    if (cpu_count() == 1)
        test_skip(test, "one processor");
}

/* --- TLBs ------------------------------------------------------------------------------------- */

/* A page in the lower half of the kernel's own tables, which is empty. */
#define SHARED_AT UINT64_C(0x0000600000000000)

static unsigned still_readable;

static void touch_shared(void *unused)
{
    uint64_t value = 0;

    (void)unused;
    if (load_safe((const void *)SHARED_AT, &value))
        still_readable++;
}

SELFTEST("smp.tlb_shootdown", smp_tlb_shootdown, NEEDS_NONE)
{
    uint64_t page = page_alloc(FRAME_OBJECT);

    if (!test_true(test, page != 0, "a page") ||
        !test_true(test, paging_map(paging_kernel_root(), SHARED_AT, page, PAGING_WRITE) == S_OK,
                   "it is mapped"))
        return;
    still_readable = 0;
    smp_call_all(touch_shared, NULL);
    test_equal(test, "processors that could read it", still_readable, cpu_count());
    test_true(test, paging_unmap(paging_kernel_root(), SHARED_AT), "it is unmapped");
    tlb_shootdown(SHARED_AT, 1);
    still_readable = 0;
    smp_call_all(touch_shared, NULL);
    test_equal(test, "processors that still could", still_readable, 0);
    page_free(page);
}

/* --- time ------------------------------------------------------------------------------------- */

static void read_clock(void *unused)
{
    (void)unused;
    found[this_cpu()->number].tsc = rdtsc();
}

/* One after another, round and round: the clock never goes back from one processor to the next. */
SELFTEST("time.same_everywhere", time_same_everywhere, NEEDS_NONE)
{
    uint64_t last = rdtsc();

    for (unsigned round = 0; round < 100; round++)
        for (unsigned i = 0; i < cpu_count(); i++) {
            smp_call(i, read_clock, NULL);
            if (found[i].tsc < last && test->failures < 4)
                test_equal(test, "a TSC that is behind another processor's", found[i].tsc, last);
            last = found[i].tsc;
        }
}

SELFTEST("time.conversion", time_conversion, NEEDS_NONE)
{
    const uint64_t second = tsc_khz() * 1000;

    test_true(test, tsc_khz() > 0, "the TSC's frequency is known");
    test_true(test,
              ticks_of_ns(SECOND_NS) <= second && ticks_of_ns(SECOND_NS) >= second - second / 1000,
              "a second in ticks");
    test_true(test,
              ns_of_ticks(second) <= SECOND_NS &&
                  ns_of_ticks(second) >= SECOND_NS - SECOND_NS / 1000,
              "a second's ticks in nanoseconds");
    test_true(test, tsc_at_ns(time_ns()) <= rdtsc(), "now is not to come");
}

static volatile uint64_t fired_at;
static volatile unsigned fired;

static void on_timer(struct trap_frame *frame)
{
    (void)frame;
    fired_at = rdtsc();
    fired++;
}

/* On a busy machine an emulator may stand still between the two: then it is tried again. */
static bool arm_and_stop(void)
{
    for (unsigned i = 0; i < 100; i++) {
        uint64_t deadline = rdtsc() + ticks_of_ns(1000000);

        timer_arm(deadline);
        timer_stop();
        if (rdtsc() < deadline)
            return true;
        take_interrupts();
    }
    return false;
}

/* The scheduler's handler comes later. */
SELFTEST("time.timer", time_timer, NEEDS_NONE)
{
    if (!cpu_has(FEATURE_apic)) {
        test_skip(test, "no local APIC (CPUID.1:EDX bit 9)");
        return;
    }
    interrupt_set_handler(VECTOR_TIMER, on_timer);
    for (unsigned i = 0; i < 5; i++) {
        uint64_t deadline = rdtsc() + ticks_of_ns(UINT64_C(500000) * i),
                 give_up = deadline + ticks_of_ns(SECOND_NS);

        test_enter(test, "deadline %u", i);
        fired = 0;
        timer_arm(deadline);
        while (!fired && rdtsc() < give_up)
            take_interrupts();
        test_equal(test, "interrupts of one deadline", fired, 1);
        test_true(test, fired_at >= deadline, "not early");
        test_leave(test);
    }
    test_true(test, arm_and_stop(), "the timer is stopped before its deadline");
    fired = 0;
    for (uint64_t end = rdtsc() + ticks_of_ns(3000000); rdtsc() < end;)
        take_interrupts();
    test_equal(test, "interrupts after it was stopped", fired, 0);
}
