/* SPDX-License-Identifier: BSD-2-Clause */
/* machine_end.c - see machine_end.h. On a real machine the emulators' ports lead nowhere. */
#include "machine_end.h"

#include "console.h"
#include "insn.h"
#include "layout.h"
#include "paging.h"
#include "pci.h"
#include "ports.h"
#include "time.h"

static enum machine_end_mode end_mode = END_AUTO;
static struct power power = {.no_power_off = "ACPI's tables were not read"};

void machine_end_mode(enum machine_end_mode mode)
{
    end_mode = mode;
}

/* --- registers -------------------------------------------------------------------------------- */

/* A register in memory gets the address of its mapping, or 0 where it cannot be mapped. */
static void map(struct gas *gas)
{
    if (gas->space == GAS_MEMORY && gas->address)
        gas->address = (uint64_t)(uintptr_t)device_map(gas->address, sizeof(uint16_t));
}

void machine_end_power(const struct power *found)
{
    power = *found;
    map(&power.sleep_control);
    map(&power.control[0]);
    map(&power.control[1]);
    map(&power.reset);
    if (!power.no_power_off && !(power.reduced ? power.sleep_control : power.control[0]).address)
        power.no_power_off = "its register could not be mapped";
}

static void write_byte(const struct gas *gas, uint8_t value)
{
    if (gas->space == GAS_IO)
        outb((uint16_t)gas->address, value);
    else if (gas->space == GAS_MEMORY)
        *(volatile uint8_t *)gas->address = value;
    else
        pci_write8((uint16_t)(field_of(gas->address, 32, 5) << 3 | field_of(gas->address, 16, 3)),
                   (unsigned)field_of(gas->address, 0, 8), value);
}

static uint16_t read_word(const struct gas *gas)
{
    if (gas->space == GAS_IO)
        return inw((uint16_t)gas->address);
    return *(volatile uint16_t *)gas->address;
}

static void write_word(const struct gas *gas, uint16_t value)
{
    if (gas->space == GAS_IO)
        outw((uint16_t)gas->address, value);
    else
        *(volatile uint16_t *)gas->address = value;
}

/* --- waiting, and what is said ---------------------------------------------------------------- */

#define MS         UINT64_C(1000000)
#define WAIT_RESET (100 * MS)
#define WAIT_ACPI  (1000 * MS) /* the firmware's SMI handler turns ACPI mode on */
#define WAIT_OFF   (3000 * MS)

static void wait(uint64_t nanoseconds)
{
    uint64_t end = time_ns() + nanoseconds;

    while (time_ns() < end)
        cpu_relax();
}

static void failed(const char *what, const char *why)
{
    print("end: %s%s\n", what, why);
    console_verdict_again();
}

/* --- power-off: ACPI specification, "Transitioning from the Working to the Soft Off State" ---- */

/* PM1_CNT. */
#define SCI_EN        BIT64(0)
#define SLP_TYP_SHIFT 10
#define SLP_TYP       MASK64(10, 3)
#define SLP_EN        BIT64(13)

/* SLEEP_CONTROL_REG. */
#define SLEEP_TYPE_SHIFT 2
#define SLEEP_ENABLE     BIT64(5)

static bool acpi_is_on(void)
{
    return has_any(read_word(&power.control[0]), SCI_EN);
}

static void turn_acpi_on(void)
{
    uint64_t end = time_ns() + WAIT_ACPI;

    if (!power.smi_command || !power.acpi_enable || acpi_is_on())
        return;
    outb(power.smi_command, power.acpi_enable);
    while (!acpi_is_on() && time_ns() < end)
        cpu_relax();
    if (!acpi_is_on())
        failed("ACPI mode did not come on: power-off is tried all the same", "");
}

/* The type first, then the same with SLP_EN, each in both registers where there are two. */
static void sleep_by_pm1(void)
{
    uint16_t value[2] = {0};

    for (unsigned i = 0; i < 2 && power.control[i].address; i++) {
        value[i] = (uint16_t)((read_word(&power.control[i]) & ~(SLP_TYP | SLP_EN)) |
                              (uint64_t)power.sleep_type[i] << SLP_TYP_SHIFT);
        write_word(&power.control[i], value[i]);
    }
    for (unsigned i = 0; i < 2 && power.control[i].address; i++)
        write_word(&power.control[i], (uint16_t)(value[i] | SLP_EN));
}

static void power_off(void)
{
    if (power.no_power_off) {
        failed("no power-off, halting: ", power.no_power_off);
        return;
    }
    if (power.reduced) {
        write_byte(&power.sleep_control,
                   (uint8_t)(power.sleep_type[0] << SLEEP_TYPE_SHIFT | SLEEP_ENABLE));
    } else {
        turn_acpi_on();
        sleep_by_pm1();
    }
    wait(WAIT_OFF);
    failed("ACPI's power-off did nothing: halting", "");
}

/* --- reset ------------------------------------------------------------------------------------ */

#define KEYBOARD_BUSY  BIT64(1)
#define KEYBOARD_PULSE 0xfe /* pulls the processor's reset line */
#define KEYBOARD_POLLS 100000

#define RESET_CONTROL      0xcf9
#define RESET_CONTROL_HARD 0x02
#define RESET_CONTROL_NOW  0x04

static bool reset_by_register(void)
{
    if (!power.reset.address)
        return false;
    write_byte(&power.reset, power.reset_value);
    return true;
}

static bool reset_by_keyboard_controller(void)
{
    for (unsigned i = 0; i < KEYBOARD_POLLS && inb(KEYBOARD_STATUS) & KEYBOARD_BUSY; i++)
        cpu_relax();
    outb(KEYBOARD_STATUS, KEYBOARD_PULSE);
    return true;
}

static bool reset_by_chipset(void)
{
    outb(RESET_CONTROL, RESET_CONTROL_HARD);
    outb(RESET_CONTROL, RESET_CONTROL_HARD | RESET_CONTROL_NOW);
    return true;
}

/* No interrupt can be delivered: #UD becomes #DF, and that a shutdown, on which a PC resets. */
static bool reset_by_triple_fault(void)
{
    static const struct descriptor_table nothing = {0, 0};

    lidt(&nothing);
    undefined();
    return true;
}

/* Tried in this order. False: the machine has none, which the line about ACPI has said. */
static const struct {
    bool (*reset)(void);
    const char *failure;
} resets[] = {
    {reset_by_register, "ACPI's reset register did nothing"},
    {reset_by_keyboard_controller, "the keyboard controller's reset (port 0x64) did nothing"},
    {reset_by_chipset, "port 0xcf9 did nothing: the rest is a triple fault"},
    {reset_by_triple_fault, "a triple fault did nothing"},
};

static void reset(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(resets); i++) {
        if (resets[i].reset()) {
            wait(WAIT_RESET);
            failed(resets[i].failure, "");
        }
    }
}

/* --- emulators -------------------------------------------------------------------------------- */

static void qemu_exit(bool passed)
{
    outb(QEMU_EXIT_PORT, passed ? QEMU_EXIT_PASSED : QEMU_EXIT_FAILED);
}

static void bochs_shutdown(void)
{
    for (const char *c = "Shutdown"; *c; c++)
        outb(BOCHS_EXIT_PORT, (uint8_t)*c);
}

void machine_end(bool passed)
{
    switch (end_mode) {
    case END_AUTO:
        qemu_exit(passed);
        bochs_shutdown();
        break;
    case END_QEMU:
        qemu_exit(passed);
        failed("nothing happened at QEMU's exit port 0xf4: halting", "");
        break;
    case END_BOCHS:
        bochs_shutdown();
        failed("nothing happened at Bochs's exit port 0x8900: halting", "");
        break;
    case END_POWER_OFF:
        power_off();
        break;
    case END_RESET:
        reset();
        break;
    case END_HALT:
        break;
    }
    halt_forever();
}
