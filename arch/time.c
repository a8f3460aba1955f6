/* SPDX-License-Identifier: BSD-2-Clause */
/* time.c - see time.h. */
#include "time.h"

#include "apic.h"
#include "console.h"
#include "cpuid.h"
#include "percpu.h"

/* The PIT's channel 2: counts at 1.193182 MHz, and needs no interrupt to be asked. */
#define PIT_HZ        UINT64_C(1193182)
#define PIT_COUNT     11932u /* 10 ms */
#define PIT_CHANNEL_2 0x42
#define PIT_COMMAND   0x43
#define PIT_ONE_SHOT  0xb0 /* channel 2, low and high byte, mode 0 */
#define PORT_B        0x61
#define PORT_B_GATE   0x01
#define PORT_B_SPEAK  0x02
#define PORT_B_OUT    0x20
#define PIT_POLLS     20000000 /* machines without a PIT: the output never rises */

/* What the timer counts may be off by in 1000 before the measured value is believed instead. */
#define TOLERANCE 10

/* Fixed point with 32 bits behind the point; a tick is a nanosecond until it is known better. */
static uint64_t khz = 1000000;
static uint64_t ticks_per_ns = UINT64_C(1) << 32;
static uint64_t ns_per_tick = UINT64_C(1) << 32;
static uint64_t apic_per_tick;
static bool deadline_mode, calibrated;

static uint64_t scale(uint64_t value, uint64_t factor)
{
    return (uint64_t)((unsigned __int128)value * factor >> 32);
}

uint64_t tsc_khz(void)
{
    return khz;
}

uint64_t ticks_of_ns(uint64_t nanoseconds)
{
    return scale(nanoseconds, ticks_per_ns);
}

uint64_t ns_of_ticks(uint64_t ticks)
{
    return scale(ticks, ns_per_tick);
}

uint64_t time_ns(void)
{
    return ns_of_ticks(ticks_since_entry());
}

uint64_t tsc_at_ns(uint64_t nanoseconds)
{
    return boot_tsc + ticks_of_ns(nanoseconds);
}

/* --- how fast it counts --------------------------------------------------------------------------
 */

/* Ticks during PIT_COUNT of the PIT; 0: it does not count. */
static uint64_t measure(void)
{
    uint8_t port_b = (uint8_t)(inb(PORT_B) & ~(PORT_B_SPEAK | PORT_B_GATE));
    uint64_t start;
    unsigned polls = 0;

    outb(PORT_B, port_b);
    outb(PIT_COMMAND, PIT_ONE_SHOT);
    outb(PIT_CHANNEL_2, (uint8_t)PIT_COUNT);
    outb(PIT_CHANNEL_2, (uint8_t)(PIT_COUNT >> 8));
    outb(PORT_B, port_b | PORT_B_GATE);
    start = rdtsc();
    while (!(inb(PORT_B) & PORT_B_OUT))
        if (++polls == PIT_POLLS)
            return 0;
    return polls ? rdtsc() - start : 0; /* high at once: there is nothing behind the port */
}

/* SDM: "Determining the Processor Base Frequency". 0: it does not say. */
static uint64_t khz_of_cpuid(void)
{
    uint64_t denominator = cpuid_register(0x15, EAX), numerator = cpuid_register(0x15, EBX);
    uint64_t crystal = cpuid_register(0x15, ECX);

    if (denominator && numerator && crystal)
        return crystal * numerator / denominator / 1000;
    return (uint64_t)(cpuid_register(0x16, EAX) & 0xffff) * 1000;
}

static bool agree(uint64_t a, uint64_t b)
{
    uint64_t distance = a > b ? a - b : b - a;

    return distance * 1000 < b * TOLERANCE;
}

static void set_khz(uint64_t value, const char *source)
{
    khz = value;
    ticks_per_ns = (khz << 32) / 1000000;
    ns_per_tick = (UINT64_C(1000000) << 32) / khz;
    print("time: TSC %lu.%03lu MHz by %s%s\n", khz / 1000, khz % 1000, source,
          cpu_has(FEATURE_invariant_tsc) ? ", invariant" : "");
}

void time_calibrate(void)
{
    uint64_t measured = measure() * PIT_HZ / PIT_COUNT / 1000, said = khz_of_cpuid();

    if (said && (!measured || agree(measured, said)))
        set_khz(said, "CPUID");
    else if (measured)
        set_khz(measured, said ? "the PIT, other than CPUID says" : "the PIT");
    else
        set_khz(khz, "guess: neither CPUID nor a PIT tells");
}

/* --- the timer -----------------------------------------------------------------------------------
 */

static void measure_apic(void)
{
    uint64_t start, end, counted;

    apic_timer_count(UINT32_MAX);
    start = rdtsc();
    end = start + ticks_of_ns(2000000);
    while (rdtsc() < end)
        cpu_relax();
    counted = UINT32_MAX - apic_timer_left();
    apic_per_tick = (counted << 32) / (rdtsc() - start);
    apic_timer_count(0);
}

void time_init(void)
{
    deadline_mode = cpu_has(FEATURE_tsc_deadline);
    if (!deadline_mode)
        measure_apic();
    calibrated = true;
    time_init_processor();
    print("time: timer: %s\n", deadline_mode ? "TSC deadline" : "local APIC, one shot");
}

void time_init_processor(void)
{
    apic_timer_use_deadline(deadline_mode);
}

void timer_arm(uint64_t deadline)
{
    uint64_t now, count;

    this_cpu()->timer_deadline = deadline;
    if (deadline_mode) {
        wrmsr(MSR_IA32_TSC_DEADLINE, deadline ? deadline : 1);
        return;
    }
    now = rdtsc();
    count = deadline > now ? scale(deadline - now, apic_per_tick) + 1 : 1;
    apic_timer_count(count < UINT32_MAX ? (uint32_t)count : UINT32_MAX);
}

void timer_stop(void)
{
    this_cpu()->timer_deadline = 0;
    if (!calibrated)
        return;
    if (deadline_mode)
        wrmsr(MSR_IA32_TSC_DEADLINE, 0);
    else
        apic_timer_count(0);
}

void cpu_idle(void)
{
    wait_for_interrupt();
}
