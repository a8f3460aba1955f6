/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_acpi.c - any bytes as the memory that ACPI tables lie in. */
#include "fuzz.h"

#include "boot/acpi.h"
#include "boot/acpi_power.h"
#include "boot/pci_uart.h"
#include "boot/spcr.h"

/* The input is physical memory from 0 on, twice: also where a BIOS has its RSDP. */
struct physical {
    const uint8_t *data;
    size_t size;
};

static bool read_physical(void *context, uint64_t address, void *to, size_t size)
{
    const struct physical *physical = context;

    if (address >= 0xe0000 && address < 0x100000)
        address -= 0xe0000;
    if (address >= physical->size || size > physical->size - address)
        return false;
    memcpy(to, physical->data + address, size);
    return true;
}

/* Checksums that are right let the input through to the code after them. */
static void seal(uint8_t *data, size_t size, size_t at, size_t length, size_t where)
{
    uint8_t sum = 0;

    if (at >= size || length > size - at || where >= length)
        return;
    data[at + where] = 0;
    for (size_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + data[at + i]);
    data[at + where] = (uint8_t)-sum;
}

/* The first bytes say which tables are sealed; a fuzzer does not find checksums. */
static void prepare(uint8_t *data, size_t size)
{
    if (size < 0x200)
        return;
    memcpy(data, "RSD PTR ", 8);
    data[15] &= 2;
    seal(data, size, 0, 20, 8);
    seal(data, size, 0, 36, 32);
    for (size_t at = 0x40; at + 36 < size; at += 0x40) {
        size_t length = (size_t)data[at + 4] | (size_t)data[at + 5] << 8;

        if (data[at] && strchr("XRASFD", data[at]))
            seal(data, size, at, length, 9);
    }
}

static void check_spcr(const struct acpi *acpi, struct out *out)
{
    struct spcr spcr;

    spcr_read(acpi, &spcr);
    spcr_print(&spcr, out);
    if (spcr.state != SPCR_16550)
        return;
    HOLDS(spcr.place.unit == 1 || spcr.place.unit == 2 || spcr.place.unit == 4);
    HOLDS(spcr.place.space == UART_MEMORY || spcr.place.base <= 0xfff8);
    HOLDS(!spcr.speed.baud || uart_divisor(&spcr.speed));
}

static bool is_reached(const struct gas *gas)
{
    return gas->address &&
           (gas->space == GAS_MEMORY || (gas->space == GAS_IO && gas->address <= 0xffff));
}

static void check_power(const struct acpi *acpi, struct out *out)
{
    struct power power;

    power_read(acpi, &power);
    power_print(&power, out);
    HOLDS(!power.reset.address || is_reached(&power.reset) || power.reset.space == GAS_PCI);
    if (power.no_power_off)
        return;
    HOLDS(is_reached(power.reduced ? &power.sleep_control : &power.control[0]));
    HOLDS(!power.control[1].address || is_reached(&power.control[1]));
    HOLDS(power.sleep_type[0] <= 7 && power.sleep_type[1] <= 7);
}

/* The first bytes as a function's configuration space, too. */
static uint32_t read_configuration(void *context, uint16_t function, unsigned offset)
{
    const struct physical *physical = context;
    uint32_t value = UINT32_MAX;

    HOLDS(offset % 4 == 0 && offset < 256);
    if (!function && offset + 4 <= physical->size)
        memcpy(&value, physical->data + offset, 4);
    return value;
}

static void check_pci(struct physical *physical)
{
    const struct pci pci = {.read = read_configuration, .context = physical};
    struct uart_place place;
    uint32_t decoding;

    if (pci_uart_place(&pci, 0, 4, &place, &decoding))
        return;
    HOLDS(place.base);
    HOLDS(place.space == UART_MEMORY ? decoding == PCI_COMMAND_MEMORY
                                     : decoding == PCI_COMMAND_IO && place.base <= 0xfff8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    struct physical physical = {copy, size};
    struct acpi acpi = {.read = read_physical, .context = &physical};
    struct acpi_processors processors = {.count = 0};
    const struct mb2_info info = {.total_size = 0};
    struct counting_out sink = {.out = {count_char}};
    uint32_t length = 0;

    HOLDS(copy);
    if (size)
        memcpy(copy, data, size);
    check_pci(&physical);
    prepare(copy, size);
    if (acpi_open(&acpi, &info, true, &sink.out)) {
        uint64_t table = acpi_find(&acpi, "APIC", &length);

        HOLDS(!table || length >= 36);
        acpi_print_defects(&acpi, &sink.out);
        (void)acpi_processors(&acpi, &processors);
        acpi_processors_print(&processors, &sink.out);
        HOLDS(processors.count <= CPUS_MAX);
        for (unsigned i = 0; i < processors.count; i++)
            HOLDS(processors.apic_id[i] <= processors.largest_id);
        check_spcr(&acpi, &sink.out);
        check_power(&acpi, &sink.out);
    }
    HOLDS(sink.count > 0);
    free(copy);
    return 0;
}
