/* SPDX-License-Identifier: BSD-2-Clause */
/* apic.c - see apic.h. */
#include "apic.h"

#include "console.h"
#include "cpuid.h"
#include "insn.h"
#include "paging.h"
#include "percpu.h"

/* Offsets of the registers; in x2APIC mode MSR 0x800 + offset / 16. SDM: "Local APIC Register
 * Address Map". */
enum {
    APIC_ID = 0x20,
    APIC_VERSION = 0x30,
    APIC_TASK_PRIORITY = 0x80,
    APIC_EOI = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_IN_SERVICE = 0x100, /* eight registers of 32 vectors */
    APIC_ERROR_STATUS = 0x280,
    APIC_LVT_CMCI = 0x2f0,
    APIC_COMMAND = 0x300, /* 64 bits in x2APIC mode */
    APIC_COMMAND_HIGH = 0x310,
    APIC_LVT_TIMER = 0x320,
    APIC_LVT_THERMAL = 0x330,
    APIC_LVT_COUNTERS = 0x340,
    APIC_LVT_LINT0 = 0x350,
    APIC_LVT_LINT1 = 0x360,
    APIC_LVT_ERROR = 0x370,
    APIC_TIMER_COUNT = 0x380,
    APIC_TIMER_CURRENT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0,

    SPURIOUS_ENABLE = 0x100,
    LVT_MASKED = 0x10000,
    LVT_DELIVERY = 0x700,
    LVT_SMI = 0x200,
    LVT_NMI = 0x400,
    LVT_TSC_DEADLINE = 0x40000,
    DIVIDE_BY_16 = 3,

    COMMAND_FIXED = 0x4000, /* level: assert */
    COMMAND_NMI = 0x4400,
    COMMAND_INIT = 0x4500,
    COMMAND_STARTUP = 0x4600,
    COMMAND_PENDING = 0x1000,
    COMMAND_OTHERS = 0xc0000,
};

#define BASE_ENABLE     BIT64(11)
#define BASE_X2APIC     BIT64(10)
#define BASE_ADDRESS    MASK64(12, 40)
#define XAPIC_BROADCAST 0xffu
#define VECTORS         256u
#define SEND_POLLS      1000000 /* then it gives up: a bus may never take a command */
#define PIC_MASTER_DATA 0x21
#define PIC_SLAVE_DATA  0xa1

static bool present, x2apic;
static uint64_t base_address; /* of the boot processor's registers */
static volatile uint32_t *registers;

static uint32_t read(unsigned offset)
{
    if (x2apic)
        return (uint32_t)rdmsr(MSR_X2APIC_FIRST + offset / 16);
    return registers[offset / 4];
}

static void write(unsigned offset, uint32_t value)
{
    if (x2apic)
        wrmsr(MSR_X2APIC_FIRST + offset / 16, value);
    else
        registers[offset / 4] = value;
}

bool apic_is_x2apic(void)
{
    return x2apic;
}

uint32_t apic_id(void)
{
    if (!present)
        return 0;
    return x2apic ? read(APIC_ID) : read(APIC_ID) >> 24;
}

void apic_eoi(void)
{
    if (present)
        write(APIC_EOI, 0);
}

bool apic_can_address(uint32_t id)
{
    return x2apic || id < XAPIC_BROADCAST;
}

/* SDM: "Error Handling": the register shows its state of the last write. */
void apic_print_error(void)
{
    write(APIC_ERROR_STATUS, 0);
    print("apic: error on processor %u: error status 0x%x\n", this_cpu()->number,
          read(APIC_ERROR_STATUS));
}

/* A firmware can leave it off, and CPUID hides it then. SDM: "Enabling or Disabling the Local
 * APIC". */
static void turn_on(void)
{
    uint64_t base;

    if (cpu_has(FEATURE_apic) || !rdmsr_safe(MSR_IA32_APIC_BASE, &base) ||
        has_any(base, BASE_ENABLE) || !wrmsr_safe(MSR_IA32_APIC_BASE, base | BASE_ENABLE))
        return;
    if (cpu_has(FEATURE_apic))
        print("firmware: left the local APIC off: turned on\n");
}

bool apic_init(bool want_x2apic)
{
    uint64_t base;

    outb(PIC_MASTER_DATA, 0xff);
    outb(PIC_SLAVE_DATA, 0xff);
    turn_on();
    if (!cpu_has(FEATURE_apic) || !rdmsr_safe(MSR_IA32_APIC_BASE, &base))
        return false;
    x2apic = cpu_has(FEATURE_x2apic) && (want_x2apic || has_any(base, BASE_X2APIC));
    base_address = base & BASE_ADDRESS;
    registers = device_map(base_address, PAGE_SIZE);
    if (!registers)
        return false;
    present = true;
    apic_init_processor();
    return true;
}

/*
 * A disabled APIC must become xAPIC before x2APIC; an x2APIC must be disabled before it becomes
 * xAPIC. The registers get the boot processor's address. SDM: "x2APIC State Transitions".
 */
static void set_mode(void)
{
    uint64_t own = rdmsr(MSR_IA32_APIC_BASE);
    uint64_t wanted = (own & ~(BASE_ADDRESS | BASE_X2APIC)) | base_address | BASE_ENABLE;

    if (has_any(own, BASE_X2APIC)) {
        if (x2apic)
            return;
        wrmsr(MSR_IA32_APIC_BASE, wanted & ~BASE_ENABLE);
    }
    wrmsr(MSR_IA32_APIC_BASE, wanted);
    if (x2apic)
        wrmsr(MSR_IA32_APIC_BASE, wanted | BASE_X2APIC);
}

/* --- what the firmware left on ---------------------------------------------------------------- */

/* The entries of the local vector table; the version register has the number of the last one. Those
 * that raise an SMI belong to the firmware. */
static void mask_entry(unsigned offset)
{
    uint32_t entry = read(offset);

    if ((entry & LVT_DELIVERY) != LVT_SMI)
        write(offset, entry | LVT_MASKED);
}

static void mask_local_entries(void)
{
    static const struct {
        unsigned number, offset;
    } entries[] = {
        {3, APIC_LVT_LINT0}, {4, APIC_LVT_COUNTERS}, {5, APIC_LVT_THERMAL}, {6, APIC_LVT_CMCI}};
    unsigned last = read(APIC_VERSION) >> 16 & 0xff;

    for (unsigned i = 0; i < ARRAY_SIZE(entries); i++)
        if (entries[i].number <= last)
            mask_entry(entries[i].offset);
    /* The NMI pin is for hardware errors, which one processor takes. */
    write(APIC_LVT_LINT1, this_cpu() == &boot_percpu ? LVT_NMI : LVT_MASKED);
}

/* The highest vector in service; 0: none (0 to 15 are never). */
static unsigned vector_in_service(void)
{
    for (unsigned i = 8; i-- > 0;) {
        uint32_t bits = read(APIC_IN_SERVICE + 16 * i);

        if (bits)
            return 32 * i + 31 - (unsigned)__builtin_clz(bits);
    }
    return 0;
}

/* An interrupt that the firmware took and never ended would keep all below it waiting. */
static void end_all_in_service(void)
{
    for (unsigned i = 0; i < VECTORS && vector_in_service(); i++)
        write(APIC_EOI, 0);
}

unsigned apic_end_foreign(void)
{
    unsigned vector = present ? vector_in_service() : 0;

    if (vector)
        write(APIC_EOI, 0);
    return vector;
}

void apic_init_processor(void)
{
    set_mode();
    write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    write(APIC_TASK_PRIORITY, 0);
    write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
    write(APIC_TIMER_COUNT, 0);
    mask_local_entries();
    end_all_in_service();
    write(APIC_LVT_ERROR, VECTOR_APIC_ERROR);
    write(APIC_ERROR_STATUS, 0);
    write(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
    this_cpu()->apic_id = apic_id();
}

/* --- commands --------------------------------------------------------------------------------- */

static void wait_until_sent(void)
{
    for (unsigned i = 0; i < SEND_POLLS && has_any(read(APIC_COMMAND), COMMAND_PENDING); i++)
        cpu_relax();
}

static void send(uint32_t to, uint32_t command)
{
    if (x2apic) {
        memory_fence(); /* the receiver must see what was stored before */
        wrmsr(MSR_X2APIC_FIRST + APIC_COMMAND / 16, (uint64_t)to << 32 | command);
        return;
    }
    wait_until_sent();
    write(APIC_COMMAND_HIGH, to << 24);
    write(APIC_COMMAND, command);
    wait_until_sent();
}

void apic_send_ipi(const struct percpu *to, unsigned vector)
{
    send(to->apic_id, COMMAND_FIXED | vector);
}

void apic_send_nmi(const struct percpu *to)
{
    send(to->apic_id, COMMAND_NMI);
}

void apic_send_init(uint32_t to)
{
    send(to, COMMAND_INIT);
}

void apic_send_startup(uint32_t to, uint32_t physical_page)
{
    send(to, COMMAND_STARTUP | physical_page / PAGE_SIZE);
}

void apic_stop_others(void)
{
    if (present && cpu_count() > 1)
        send(0, COMMAND_NMI | COMMAND_OTHERS);
}

/* --- timer ------------------------------------------------------------------------------------ */

void apic_timer_use_deadline(bool deadline)
{
    write(APIC_LVT_TIMER, VECTOR_TIMER | (deadline ? LVT_TSC_DEADLINE : 0));
    memory_fence(); /* before the first deadline */
}

void apic_timer_count(uint32_t count)
{
    write(APIC_TIMER_COUNT, count);
}

uint32_t apic_timer_left(void)
{
    return read(APIC_TIMER_CURRENT);
}
