/* SPDX-License-Identifier: BSD-2-Clause */
/* serial_ports.c - see serial_ports.h. */
#include "serial_ports.h"

#include "arch/console.h"
#include "arch/key.h"
#include "arch/pci.h"
#include "arch/serial.h"
#include "pci_uart.h"
#include "spcr.h"

/* One for each entry of the options. */
static struct port {
    struct serial serial;
    struct uart_place place;
    bool tried, open;
} ports[OPTIONS_UARTS];

static void open_port(struct port *port, const struct uart_place *place,
                      const struct uart_speed *speed)
{
    port->tried = true;
    port->place = *place;
    port->open = serial_init(&port->serial, place, speed);
    if (!port->open)
        return;
    console_add_late(&port->serial.uart.out);
    key_listen(&port->serial.uart);
}

/* A wrong address may be that of memory: nothing is written there. */
static bool is_memory(const struct mb2_info *info, const struct uart_place *place)
{
    return place->space == UART_MEMORY &&
           mb2_range_available(info, place->base, (uint64_t)UART_REGISTERS * place->unit);
}

static void open_device(const struct mb2_info *info, struct port *port,
                        const struct uart_place *place, const struct uart_speed *speed)
{
    if (is_memory(info, place))
        print("console: 0x%lx is memory, not a device: not used\n", place->base);
    else
        open_port(port, place, speed);
}

/* --- PCI -------------------------------------------------------------------------------------- */

static uint32_t read_pci(void *context, uint16_t function, unsigned offset)
{
    (void)context;
    return pci_read(function, offset);
}

static const struct pci pci = {.read = read_pci};

static void print_function(uint16_t function)
{
    print("console: pci: %02x:%02x.%u: ", function >> 8, function >> 3 & 0x1f, function & 7);
}

/* The upper half of the register is status, whose bits are cleared by writing ones. */
static void turn_decoding_on(uint16_t function, uint32_t bit)
{
    uint32_t command = pci_read(function, PCI_COMMAND) & 0xffff;

    if (has_all(command, bit))
        return;
    print_function(function);
    print("its %s was off: turned on\n",
          bit == PCI_COMMAND_IO ? "I/O decoding" : "memory decoding");
    pci_write(function, PCI_COMMAND, command | bit);
}

/* False: it does not exist; one line says so when `aloud`. */
static bool find_pci(const struct option_uart *uart, bool aloud, struct uart_place *place)
{
    uint16_t function = (uint16_t)uart->address;
    uint32_t decoding;
    const char *why;

    if (uart->address == OPTION_UART_FIRST && !pci_find_uart(&pci, &function)) {
        if (aloud)
            print("console: pci: there is no serial device (class 07h, subclass 00h)\n");
        return false;
    }
    why = pci_uart_place(&pci, function, uart->unit, place, &decoding);
    if (why && aloud) {
        print_function(function);
        print("%s: not used\n", why);
    }
    if (!why)
        turn_decoding_on(function, decoding);
    return !why;
}

/* --- SPCR ------------------------------------------------------------------------------------- */

static struct port *port_at(const struct uart_place *place)
{
    for (unsigned i = 0; i < OPTIONS_UARTS; i++)
        if (ports[i].open && ports[i].place.space == place->space &&
            ports[i].place.base == place->base)
            return &ports[i];
    return NULL;
}

static void print_spcr(const struct spcr *spcr)
{
    print("console: spcr: ");
    uart_print_place(&spcr->place, &console);
    if (spcr->speed.baud)
        print(", %u baud\n", spcr->speed.baud);
    else
        print(", at the speed that the firmware set\n");
}

/*
 * The port is open already, at the default 115200 baud. A terminal that listens to the firmware
 * there has the firmware's speed, and could not read what was printed until now.
 */
static void follow_spcr(struct uart *uart, const struct spcr *spcr)
{
    uint16_t divisor = uart_divisor(&spcr->speed);

    if (!divisor)
        divisor = uart->found_divisor;
    if (!divisor || divisor == uart->divisor)
        return;
    print_spcr(spcr);
    uart_set_divisor(uart, divisor);
    console_replay(&uart->out);
}

static void open_spcr(const struct options *options, const struct mb2_info *info,
                      const struct acpi *acpi, unsigned i)
{
    const struct option_uart *uart = &options->uarts[i];
    struct spcr spcr;
    struct port *same;

    spcr_read(acpi, &spcr);
    if (options->consoles_chosen || spcr.state != SPCR_ABSENT)
        spcr_print(&spcr, &console);
    if (spcr.state != SPCR_16550)
        return;
    if (uart->speed_given)
        spcr.speed = uart->speed;
    same = port_at(&spcr.place);
    if (same) {
        if (!options->consoles_chosen)
            follow_spcr(&same->serial.uart, &spcr);
        return;
    }
    print_spcr(&spcr);
    if (spcr.has_pci)
        turn_decoding_on(spcr.pci,
                         spcr.place.space == UART_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY);
    open_device(info, &ports[i], &spcr.place, &spcr.speed);
}

/* --- early and late --------------------------------------------------------------------------- */

/* Where the options say it themselves, or PCI does. */
static bool find(const struct option_uart *uart, bool aloud, struct uart_place *place)
{
    if (uart->kind == OPTION_UART_PCI)
        return find_pci(uart, aloud, place);
    *place = (struct uart_place){.space = uart->kind == OPTION_UART_PORT ? UART_IO : UART_MEMORY,
                                 .base = uart->address,
                                 .unit = uart->kind == OPTION_UART_PORT ? 1 : uart->unit};
    return true;
}

void serial_ports_open(const struct options *options)
{
    for (unsigned i = 0; i < OPTIONS_UARTS; i++) {
        const struct option_uart *uart = &options->uarts[i];
        struct uart_place place;

        if ((uart->kind == OPTION_UART_PORT || uart->kind == OPTION_UART_PCI) &&
            find(uart, false, &place) && place.space == UART_IO)
            open_port(&ports[i], &place, &uart->speed);
    }
}

static void open_late(const struct options *options, const struct mb2_info *info,
                      const struct acpi *acpi, unsigned i)
{
    const struct option_uart *uart = &options->uarts[i];
    struct uart_place place;

    if (uart->kind == OPTION_UART_SPCR)
        open_spcr(options, info, acpi, i);
    else if (!ports[i].tried && find(uart, true, &place))
        open_device(info, &ports[i], &place, &uart->speed);
}

static void say_absent(const struct uart_place *place)
{
    print("console: no 16550 answers at ");
    uart_print_place(place, &console);
    print(": not used\n");
}

void serial_ports_open_late(const struct options *options, const struct mb2_info *info,
                            const struct acpi *acpi)
{
    for (unsigned i = 0; i < OPTIONS_UARTS && options->uarts[i].kind; i++) {
        bool named = options->consoles_chosen || options->uarts[i].kind == OPTION_UART_SPCR;

        open_late(options, info, acpi, i);
        if (ports[i].tried && !ports[i].open && named)
            say_absent(&ports[i].place);
    }
}
