/* SPDX-License-Identifier: BSD-2-Clause */
/* time.c - see time.h. */
#include "time.h"

#include "apic.h"
#include "console.h"
#include "cpuid.h"
#include "measure.h"
#include "paging.h"
#include "percpu.h"

/* The PIT's channel 2: counts at 1.193182 MHz, and needs no interrupt to be asked. */
#define PIT_COUNT     11932u /* MEASURE_NS */
#define PIT_CHANNEL_2 0x42
#define PIT_COMMAND   0x43
#define PIT_ONE_SHOT  0xb0 /* channel 2, low and high byte, mode 0 */
#define PORT_B        0x61
#define PORT_B_GATE   0x01
#define PORT_B_SPEAK  0x02
#define PORT_B_OUT    0x20
#define PIT_POLLS     1000000 /* machines without a PIT, or with one that stands still */
#define TRIES         5       /* for a measurement that no SMI falls into */
#define TRIES_MAX     50      /* for one that is of any use */

#define MEASURE_NS UINT64_C(10000000)

/* IA-PC HPET specification: "Register Overview". */
#define HPET_PERIOD        0x004
#define HPET_CONFIGURATION 0x010
#define HPET_COUNTER       0x0f0
#define HPET_BYTES         0x400
#define HPET_ENABLE        1
#define HPET_PERIOD_MAX    100000000

/* What the timer counts may be off by in 1000 before the measured value is believed instead. */
#define TOLERANCE 10

/* Fixed point with 32 fractional bits; a tick is a nanosecond until it is known better. */
static uint64_t khz = 1000000;
static uint64_t ticks_per_ns = UINT64_C(1) << 32;
static uint64_t ns_per_tick = UINT64_C(1) << 32;
static uint64_t apic_per_tick;
static bool deadline_mode, calibrated;
static volatile uint32_t *hpet;

static uint64_t scale(uint64_t value, uint64_t factor)
{
    return (uint64_t)((unsigned __int128)value * factor >> 32);
}

uint64_t tsc_khz(void)
{
    return khz;
}

/* A time that 64 bits cannot hold becomes the latest one that they can. */
uint64_t ticks_of_ns(uint64_t nanoseconds)
{
    unsigned __int128 ticks = (unsigned __int128)nanoseconds * ticks_per_ns >> 32;

    return ticks >> 64 ? UINT64_MAX : (uint64_t)ticks;
}

uint64_t ns_of_ticks(uint64_t ticks)
{
    return scale(ticks, ns_per_tick);
}

uint64_t time_ns(void)
{
    return ns_of_ticks(ticks_since_entry());
}

void wait_ns(uint64_t nanoseconds)
{
    uint64_t end = rdtsc() + ticks_of_ns(nanoseconds);

    while (rdtsc() < end)
        cpu_relax();
}

uint64_t tsc_at_ns(uint64_t nanoseconds)
{
    uint64_t ticks = ticks_of_ns(nanoseconds);

    return ticks > UINT64_MAX - boot_tsc ? UINT64_MAX : boot_tsc + ticks;
}

/* --- how fast it counts ----------------------------------------------------------------------- */

/* Ticks during PIT_COUNT of the PIT; MEASUREMENT_NONE: it does not count. */
static struct measurement measure_pit_once(void)
{
    uint8_t port_b = (uint8_t)(inb(PORT_B) & ~(PORT_B_SPEAK | PORT_B_GATE));
    uint64_t before, after, not_yet, at;
    unsigned polls = 0;

    outb(PORT_B, port_b);
    outb(PIT_COMMAND, PIT_ONE_SHOT);
    outb(PIT_CHANNEL_2, (uint8_t)PIT_COUNT);
    outb(PIT_CHANNEL_2, (uint8_t)(PIT_COUNT >> 8));
    before = rdtsc();
    outb(PORT_B, port_b | PORT_B_GATE);
    after = not_yet = at = rdtsc();
    while (!(inb(PORT_B) & PORT_B_OUT)) {
        not_yet = at;
        at = rdtsc();
        if (++polls == PIT_POLLS)
            return MEASUREMENT_NONE;
    }
    /* High at once: nothing answers at the port. */
    return polls ? measurement_of(before, after, not_yet, rdtsc()) : MEASUREMENT_NONE;
}

/* The same of the HPET, which counts all the time. */
static struct measurement measure_hpet_once(void)
{
    uint64_t period = hpet[HPET_PERIOD / 4], before, after, not_yet, at; /* in femtoseconds */
    uint32_t first, wanted;
    unsigned polls = 0;

    if (!period || period > HPET_PERIOD_MAX)
        return MEASUREMENT_NONE;
    wanted = (uint32_t)(MEASURE_NS * 1000000 / period);
    hpet[HPET_CONFIGURATION / 4] |= HPET_ENABLE;
    before = rdtsc();
    first = hpet[HPET_COUNTER / 4];
    after = not_yet = at = rdtsc();
    while (hpet[HPET_COUNTER / 4] - first < wanted) {
        not_yet = at;
        at = rdtsc();
        if (++polls == PIT_POLLS)
            return MEASUREMENT_NONE;
    }
    return measurement_of(before, after, not_yet, rdtsc());
}

static bool wants_more(unsigned tries, struct measurement best)
{
    return tries < TRIES ? !measurement_good(best) : tries < TRIES_MAX && !measurement_fair(best);
}

/* The best of some tries: an SMI or a hypervisor may take the processor away in each of them. */
static struct measurement measure(struct measurement (*once)(void))
{
    struct measurement best = once();

    for (unsigned i = 1; best.doubt != UINT64_MAX && wants_more(i, best); i++)
        best = measurement_better(best, once());
    return best;
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

static void set_khz(uint64_t value, const char *source, const char *more)
{
    khz = value;
    ticks_per_ns = (khz << 32) / 1000000;
    ns_per_tick = (UINT64_C(1000000) << 32) / khz;
    print("time: TSC %lu.%03lu MHz by %s%s%s\n", khz / 1000, khz % 1000, source, more,
          cpu_has(FEATURE_invariant_tsc) ? ", invariant" : "");
}

/* The PIT, and where there is none the HPET. */
static struct measurement measure_tsc(uint64_t hpet_at, const char **by)
{
    struct measurement pit = measure(measure_pit_once);

    *by = "the PIT";
    if (pit.ticks || !hpet_at)
        return pit;
    hpet = device_map(hpet_at, HPET_BYTES);
    *by = "the HPET";
    return hpet ? measure(measure_hpet_once) : pit;
}

void time_calibrate(uint64_t hpet_at)
{
    const char *by;
    struct measurement found = measure_tsc(hpet_at, &by);
    uint64_t measured = found.ticks * 1000000 / MEASURE_NS, said = khz_of_cpuid();
    bool believed = measured && (!said || (measurement_fair(found) && !agree(measured, said)));

    if (measured && !measurement_fair(found))
        print("time: 10 ms of %s are disturbed in each of %u tries (by SMIs, or a hypervisor): "
              "%lu ticks, give or take %lu\n",
              by, TRIES_MAX, found.ticks, found.doubt / 2);
    if (believed)
        set_khz(measured, by, said ? ", other than CPUID says" : "");
    else if (said)
        set_khz(said, "CPUID", "");
    else
        set_khz(khz, "guess", ": neither CPUID nor a PIT nor an HPET tells");
}

/* --- the timer -------------------------------------------------------------------------------- */

static uint32_t counted; /* by the APIC's timer, during the last measurement */

static struct measurement measure_apic_once(void)
{
    uint64_t before = rdtsc(), after, not_yet;

    apic_timer_count(UINT32_MAX);
    after = rdtsc();
    while (rdtsc() - after < ticks_of_ns(2000000))
        cpu_relax();
    not_yet = rdtsc();
    counted = UINT32_MAX - apic_timer_left();
    return measurement_of(before, after, not_yet, rdtsc());
}

static void measure_apic(void)
{
    struct measurement best = MEASUREMENT_NONE;

    for (unsigned i = 0; wants_more(i, best); i++) {
        struct measurement m = measure_apic_once();

        if (m.doubt < best.doubt)
            apic_per_tick = ((uint64_t)counted << 32) / m.ticks;
        best = measurement_better(best, m);
    }
    apic_timer_count(0);
}

void time_init(bool trust_deadlines)
{
    deadline_mode = trust_deadlines && cpu_has(FEATURE_tsc_deadline);
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
