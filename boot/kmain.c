/* SPDX-License-Identifier: BSD-2-Clause */
/* kmain.c - the whole boot, in order. */
#include "acpi.h"
#include "acpi_power.h"
#include "arch/apic.h"
#include "arch/canary.h"
#include "arch/console.h"
#include "arch/cpuid.h"
#include "arch/insn.h"
#include "arch/io_apic.h"
#include "arch/known_state.h"
#include "arch/machine_check.h"
#include "arch/machine_end.h"
#include "arch/page_hold.h"
#include "arch/paging.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "arch/tsc_sync.h"
#include "crash.h"
#include "display.h"
#include "guests.h"
#include "kern/mem/pages.h"
#include "kern/sys/kernel.h"
#include "kern/task/speculation.h"
#include "kern/vm/vm.h"
#include "loader_map.h"
#include "mb2.h"
#include "msr/errata.h"
#include "msr/report.h"
#include "options.h"
#include "selftest.h"
#include "serial_ports.h"
#include "tap.h"
#include "vmx/check/explain.h"
#include "vmx/platform.h"

/* Below this Lintel does not start: the kernel's image, and room for the guests to come. */
#define MEMORY_MIN_MIB 16

extern const char image_start[], image_end[]; /* physical addresses, from the linker script */

extern const char published_start[], published_end[];

/* APIC ids above need x2APIC mode; 255 is the broadcast. */
#define XAPIC_ID_MAX 254

static struct mb2_info info;
static struct acpi acpi;
static struct acpi_processors processors;
static struct options options;
static struct boot_ticks ticks;

NORETURN void kmain(uint64_t info_address);

/* The structure lies below 4 GiB, where the loader put it; its own size says how long it is. */
static enum mb2_error parse_boot_information(uint64_t address)
{
    const void *data = direct_pointer(address);
    size_t size;
    enum mb2_error error = mb2_read_total_size(data, &size);

    return error == MB2_OK ? mb2_parse(&info, data, size) : error;
}

static enum machine_end_mode end_mode_of(enum option_exit exit)
{
    static const enum machine_end_mode modes[] = {
        [OPTION_EXIT_AUTO] = END_AUTO,   [OPTION_EXIT_QEMU] = END_QEMU,
        [OPTION_EXIT_BOCHS] = END_BOCHS, [OPTION_EXIT_POWER_OFF] = END_POWER_OFF,
        [OPTION_EXIT_RESET] = END_RESET, [OPTION_EXIT_HALT] = END_HALT,
    };

    return modes[exit];
}

/* Boots that cannot go on end here: the verdict is the last line all the same. */
static NORETURN void refuse(void)
{
    console_verdict(0, 1, 0);
    machine_end(false);
}

static void init_consoles(uint64_t info_address)
{
    enum mb2_error error = parse_boot_information(info_address);

    options_parse(&options, error == MB2_OK ? info.command_line : NULL, NULL);
    serial_ports_open(&options);
    machine_end_mode(end_mode_of(options.exit));
    print("\nlintel " LINTEL_VERSION "\n");
    display_init(&info, &options);
    page_hold(options.pause_seconds);
    if (error == MB2_OK)
        return;
    mb2_print_error(&info, error, &console);
    refuse();
}

static void print_boot(void)
{
    print("boot: loader \"%s\" firmware %s memory %lu MiB\n",
          info.boot_loader_name ? info.boot_loader_name : "unknown",
          mb2_has(&info, MB2_TAG_EFI64_SYSTEM_TABLE) ? "UEFI" : "BIOS",
          mb2_available_bytes(&info) >> 20);
    print("boot: command line \"%s\"\n", info.command_line ? info.command_line : "");
    options_parse(&options, info.command_line, &console); /* again, for its warnings */
}

/* A loader that leaves UEFI's boot services running gives no memory map either. */
static void check_firmware(void)
{
    if (!info.efi_boot_services_running)
        return;
    print("boot: the loader left UEFI's boot services running: use GRUB's multiboot2 command\n");
    refuse();
}

static void check_memory(void)
{
    uint64_t available = loader_map_bytes(&info);
    uint64_t start = (uintptr_t)image_start, end = (uintptr_t)image_end;

    loader_map_print_conflicts(&info, &console);
    if (available < (uint64_t)MEMORY_MIN_MIB << 20) {
        print("boot: too little memory: %lu KiB available, at least %u MiB needed\n",
              available >> 10, MEMORY_MIN_MIB);
        refuse();
    }
    if (!loader_map_usable(&info, start, end))
        print(
            "boot: warning: the memory map does not call the kernel's own 0x%lx-0x%lx available\n",
            start, end);
}

/* What the loader and the kernel itself have put into memory; the first MiB is the firmware's. */
static void init_memory(uint64_t info_address)
{
    static struct ram_map map;

    loader_map_read(&map, &info);
    ram_map_reserve(&map, 0, KERNEL_LOAD);
    ram_map_reserve(&map, (uintptr_t)image_start, (uintptr_t)image_end);
    ram_map_reserve(&map, info_address, info_address + info.total_size);
    for (unsigned i = 0; i < info.module_count; i++)
        ram_map_reserve(&map, info.modules[i].start, info.modules[i].end);
    if (!pages_init(&map)) {
        print("boot: no room for the table of %lu MiB of memory\n", ram_map_bytes(&map) >> 20);
        refuse();
    }
    print("memory: %lu MiB free of %lu\n", pages_free_count() >> 8, ram_map_bytes(&map) >> 20);
}

/* Physical memory that the direct map shows. */
static bool read_physical(void *context, uint64_t physical, void *to, size_t size)
{
    const char *from = direct_pointer(physical);

    (void)context;
    return physical < DIRECT_MAX && size <= DIRECT_MAX - physical && copy_safe(to, from, size);
}

static void init_acpi(void)
{
    bool bios = !mb2_has(&info, MB2_TAG_EFI64_SYSTEM_TABLE);
    struct power power;

    acpi.read = read_physical;
    if (acpi_open(&acpi, &info, bios, &console)) {
        acpi_print_defects(&acpi, &console);
        (void)acpi_processors(&acpi, &processors);
        acpi_processors_print(&processors, &console);
    }
    power_read(&acpi, &power);
    power_print(&power, &console);
    machine_end_power(&power);
    serial_ports_open_late(&options, &info, &acpi);
}

/* help: the list fits a screen of 25 rows. It is no run of tests, and has no verdict. */
static void help_if_asked(void)
{
    if (!options.help)
        return;
    options_print_known(&console);
    machine_end(true);
}

/* Devices that the firmware used may interrupt for ever. */
static void mask_devices(void)
{
    unsigned masked = 0;

    for (unsigned i = 0; i < processors.io_apics; i++) {
        uint64_t at = processors.io_apic[i];

        if (at && !mb2_range_available(&info, at, PAGE_SIZE))
            masked += io_apic_mask(at);
        else
            print("acpi: the I/O APIC at 0x%lx %s: not used\n", at,
                  at ? "is memory, not a device" : "has no address");
    }
    if (masked)
        print("firmware: left %u inputs of I/O APICs on: masked\n", masked);
}

/* An old microcode can make the timer miss a deadline, and then it comes hours late. */
static bool deadlines_are_kept(void)
{
    const struct erratum *erratum;
    struct cpu_identity cpu;

    cpu_identify(&cpu);
    erratum = erratum_of_deadline(&cpu);
    if (erratum)
        print("time: microcode 0x%x is older than 0x%x: no TSC deadlines\n", cpu.microcode,
              erratum->fixed_by);
    return !erratum;
}

static void init_processors(uint64_t info_address)
{
    uint64_t page = loader_map_low_page(&info, info_address);
    bool has_apic = apic_init(processors.largest_id > XAPIC_ID_MAX);

    mask_devices();

    time_calibrate(acpi_hpet(&acpi));
    if (!has_apic) {
        print("smp: no local APIC (CPUID.1:EDX bit 9): one processor, no timer\n");
        return;
    }
    time_init(deadlines_are_kept());
    smp_init();
    if (!page && processors.count > 1)
        print("smp: no free page below 640 KiB: the other processors are not started\n");
    if (page)
        smp_start(processors.apic_id, processors.count, options.max_processors, page);
    print("smp: %u of %u processors run, APIC id of the first %u, %s\n", cpu_count(),
          processors.count ? processors.count : 1, boot_percpu.apic_id,
          apic_is_x2apic() ? "x2APIC" : "xAPIC");
    tsc_synchronise();
    known_state_print();
}

static void print_report(void)
{
    const struct platform *known = platform();
    const struct report report = {
        .cpu = &known->cpu,
        .feature_control = known->has_feature_control ? &known->feature_control : NULL,
        .raw = &known->raw,
        .host = &known->host,
        .reasons = &known->host_reasons,
        .findings = &known->findings,
        .guest = &known->guest,
        .guest_reasons = &known->guest_reasons,
        .processors = &known->processors,
    };

    ticks.to_policy = ticks_since_entry();
    if (options.report == OPTION_REPORT_JSON)
        report_json(&console, &report);
    else if (options.report == OPTION_REPORT_TEXT)
        report_text(&console, &report);
    if (known->cpu.vmx)
        print("vmx: %s\n", feature_control_text(known->feature_control_state));
    ticks.to_report = ticks_since_entry();
}

/* The other processors have written there, and may remember that they could. */
static void seal(const char *start, const char *end)
{
    uint64_t pages = (uint64_t)(end - start) / PAGE_SIZE;

    paging_seal(start, end);
    tlb_shootdown((uintptr_t)start, pages);
    tlb_shootdown((uintptr_t)direct_pointer(physical_of(start)), pages);
}

/* The guests' policy follows from what their CPUID can show. */
static void init_policies(void)
{
    const struct vm_features guests = vm_read_cpuid();

    platform_learn(&options.masks, &guests);
}

static void publish(void)
{
    speculation_init(&platform()->cpu, options.mitigations_off);
    seal(published_start, published_end);
}

static void begin_run(void)
{
    unsigned guests = guests_find(&info);

    console_hold_at_points();
    tap_begin(selftest_choose(&options), guests);
}

NO_STACK_PROTECTOR void kmain(uint64_t info_address)
{
    bool passed;

    canary_init();                           /* stack protector */
    trap_init();                             /* GDT, TSS, IDT: faults are reported */
    known_state_init_processor();            /* what the firmware left on goes off */
    init_consoles(info_address);             /* boot information, options, UARTs, screen */
    paging_init();                           /* W^X, no identity map, SMEP, SMAP, UMIP */
    trap_guard_stacks();                     /* an overflow faults */
    machine_check_init_processor();          /* errors of the hardware are reported */
    print_boot();                            /* who started us, with which words */
    check_firmware();                        /* it must have let go of the machine */
    check_memory();                          /* enough of it */
    init_memory(info_address);               /* pages, all of the direct map */
    init_acpi();                             /* tables of the firmware, further consoles */
    help_if_asked();                         /* help: the options, and the end */
    init_processors(info_address);           /* APICs, time, the other processors */
    init_policies();                         /* CPUID, VMX MSRs, what guests may have */
    print_report();                          /* what VMX offers here */
    vmx_explain_all(options.explain_fields); /* of refused VM entries */
    publish();                               /* what was learned is read-only from here on */
    crash_if_asked(options.crash);           /* crash=: tests of the last resort */
    begin_run();                             /* what is to run: self-tests, the modules */
    selftest_run_bare(&options);             /* tests that turn VMX on and off on their own */
    kernel_start();                          /* threads, system calls, VMX on every processor */
    selftest_run_kernel(&options, &ticks);   /* tests of processes and guests */
    guests_run();                            /* the modules, side by side */
    passed = tap_end();                      /* the verdict */
    console_page_point(SCREEN_ROWS_MAX);     /* pause: the verdict is read first */
    machine_end(passed);
}
