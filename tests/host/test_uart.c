/* SPDX-License-Identifier: BSD-2-Clause */
/* test_uart.c - the driver of the 16550 against a register file that plays one: lib/uart.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "uart.h"

enum { DATA, IER, FCR, LCR, MCR, LSR, MSR, SCR };

/* What the device does wrong. */
enum fault {
    NONE = 0,
    ABSENT = 1,     /* all reads are ff */
    ZERO = 2,       /* all reads are 0 */
    LINGERS = 4,    /* nobody there, and a read is the last value that was written */
    NO_SCRATCH = 8, /* as the first 8250 */
    NO_LOOPBACK = 16,
    STUCK = 32,      /* after the first 3 characters never ready again */
    NEVER_EMPTY = 64 /* takes characters, but some are always left */
};

static struct {
    struct uart uart; /* first */
    unsigned fault;
    uint8_t registers[UART_REGISTERS], divisor[2], received, last;
    bool has_received;
    char sent[256];
    unsigned count, reads;
} device;

static uint8_t status(void)
{
    uint8_t ready = (device.fault & STUCK) && device.count >= 3 ? 0 : 0x20;

    return (uint8_t)(ready | (device.fault & NEVER_EMPTY ? 0 : 0x40) | device.has_received);
}

static uint8_t get(const struct uart *uart, unsigned number)
{
    assert_ptr_equal(uart, &device.uart);
    assert_true(number < UART_REGISTERS);
    device.reads++;
    if (device.fault & ABSENT)
        return 0xff;
    if (device.fault & (ZERO | LINGERS))
        return device.fault & LINGERS ? device.last : 0;
    if (number <= 1 && device.registers[LCR] & 0x80)
        return device.divisor[number];
    if (number == DATA) {
        device.has_received = false;
        return device.received;
    }
    if (number == LSR)
        return status();
    return number == SCR && device.fault & NO_SCRATCH ? 0 : device.registers[number];
}

static void transmit(uint8_t value)
{
    if (!(device.registers[MCR] & 0x10)) {
        assert_true(device.count + 1 < sizeof(device.sent));
        device.sent[device.count++] = (char)value;
    } else if (!(device.fault & NO_LOOPBACK)) {
        device.received = value;
        device.has_received = true;
    }
}

static void set(const struct uart *uart, unsigned number, uint8_t value)
{
    assert_ptr_equal(uart, &device.uart);
    assert_true(number < UART_REGISTERS);
    device.last = value;
    if (number <= 1 && device.registers[LCR] & 0x80)
        device.divisor[number] = value;
    else if (number == DATA)
        transmit(value);
    else
        device.registers[number] = value;
}

static bool start(unsigned fault, uint32_t baud, uint32_t clock)
{
    const struct uart_speed speed = {.baud = baud, .clock = clock};

    memset(&device, 0, sizeof(device));
    device.fault = fault;
    device.divisor[0] = 0x0c; /* 9600 baud */
    device.uart = (struct uart){.get = get, .set = set};
    return uart_init(&device.uart, &speed);
}

static void a_line_is_sent(void **state)
{
    (void)state;
    assert_true(start(NONE, 115200, UART_CLOCK));
    out_printf(&device.uart.out, "Lintel\n");
    assert_string_equal(device.sent, "Lintel\r\n");
    assert_int_equal(device.divisor[0] | device.divisor[1] << 8, 1);
    assert_int_equal(device.registers[LCR], 3);     /* 8N1, no DLAB */
    assert_int_equal(device.registers[MCR], 3);     /* no loopback; DTR, RTS */
    assert_int_equal(device.registers[IER], 0);     /* no interrupts */
    assert_int_equal(device.registers[FCR] & 1, 1); /* FIFO on */
    assert_int_equal(device.uart.found_divisor, 0x0c);
}

static void the_speed_may_stay(void **state)
{
    (void)state;
    assert_true(start(NONE, 0, UART_CLOCK));
    assert_int_equal(device.divisor[0] | device.divisor[1] << 8, 0x0c);
    assert_int_equal(device.uart.divisor, 0x0c);
    assert_int_equal(device.registers[LCR], 3);
    uart_set_divisor(&device.uart, 0x180);
    assert_int_equal(device.divisor[0] | device.divisor[1] << 8, 0x180);
    assert_int_equal(device.registers[LCR], 3);
}

/* One of two signs of life is enough. */
static void absent_ports_do_not_answer(void **state)
{
    (void)state;
    assert_false(start(ABSENT, 115200, UART_CLOCK));
    assert_true(device.reads < 100);
    assert_false(start(ZERO, 115200, UART_CLOCK));
    assert_true(device.reads < 300000);
    assert_false(start(LINGERS, 115200, UART_CLOCK));
    assert_false(start(NO_SCRATCH | NO_LOOPBACK, 115200, UART_CLOCK));
    assert_true(start(NO_SCRATCH, 115200, UART_CLOCK));
    assert_int_equal(device.registers[MCR], 3);
    assert_true(start(NO_LOOPBACK, 115200, UART_CLOCK));
    assert_int_equal(device.registers[MCR], 3);
}

static void a_stuck_port_costs_one_wait(void **state)
{
    (void)state;
    assert_true(start(STUCK, 115200, UART_CLOCK));
    for (unsigned i = 0; i < 1000; i++)
        out_printf(&device.uart.out, "a line\n");
    assert_true(device.uart.stuck);
    assert_int_equal(device.count, 3);
    assert_true(device.reads < 300000);
}

static void a_port_that_is_never_empty_costs_one_wait(void **state)
{
    (void)state;
    assert_true(start(NEVER_EMPTY, 115200, UART_CLOCK));
    for (unsigned i = 0; i < 20; i++)
        out_printf(&device.uart.out, "a line\n");
    assert_false(device.uart.stuck);
    assert_int_equal(device.count, 20 * 8);
    assert_true(device.reads < 300000);
}

/* A slow line needs more patience: 50 baud are 200 ms a character. */
static void slow_lines_get_more_time(void **state)
{
    (void)state;
    assert_true(start(NONE, 50, UART_CLOCK));
    assert_true(device.uart.polls >= 2000000);
    assert_int_equal(device.divisor[0] | device.divisor[1] << 8, 2304);
}

static const struct {
    uint32_t baud, clock;
    uint16_t divisor;
} divisors[] = {
    {115200, UART_CLOCK, 1},     {9600, UART_CLOCK, 12},    {110, UART_CLOCK, 1047},
    {50, UART_CLOCK, 2304},      {49, UART_CLOCK, 0},       {0, UART_CLOCK, 0},
    {116000, UART_CLOCK, 1},     {118000, UART_CLOCK, 0},   {100000, UART_CLOCK, 0},
    {57600, UART_CLOCK, 2},      {115200, 14745600, 8},     {921600, 14745600, 1},
    {115200, 24000000, 13},      {115200, 48000000, 26},    {115200, 0, 0},
    {115200, 100000000, 54},     {9600, UINT32_MAX, 27962}, {50, UINT32_MAX, 0},
    {UINT32_MAX, UINT32_MAX, 0},
};

static void divisors_within_two_percent(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(divisors); i++) {
        const struct uart_speed speed = {.baud = divisors[i].baud, .clock = divisors[i].clock};

        if (uart_divisor(&speed) != divisors[i].divisor)
            print_error("%u baud at %u Hz\n", speed.baud, speed.clock);
        assert_int_equal(uart_divisor(&speed), divisors[i].divisor);
    }
}

/* What comes in while the line is open; noise is no character, and nobody there sends nothing. */
static void characters_are_taken_once(void **state)
{
    static const struct {
        uint8_t byte;
        bool taken;
    } bytes[] = {{'q', true}, {' ', true},   {'~', true},  {'\r', true},  {'\n', true},
                 {0, false},  {0x1b, false}, {127, false}, {0x80, false}, {0xff, false}};
    uint8_t c = 0;

    (void)state;
    assert_true(start(NONE, 115200, UART_CLOCK));
    assert_false(uart_take(&device.uart, &c));
    for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        device.received = bytes[i].byte;
        device.has_received = true;
        assert_int_equal(uart_take(&device.uart, &c), bytes[i].taken);
        assert_int_equal(c, bytes[i].byte);
        assert_false(uart_take(&device.uart, &c));
    }
    device.fault = ABSENT;
    device.has_received = true;
    assert_false(uart_take(&device.uart, &c));
}

static void places_have_names(void **state)
{
    const struct uart_place port = {UART_IO, 0x2f8, 1}, memory = {UART_MEMORY, 0xfe032000, 4};
    struct text_buffer buffer;
    char text[80];

    (void)state;
    text_buffer_init(&buffer, text, sizeof(text));
    uart_print_place(&port, &buffer.out);
    out_printf(&buffer.out, "; ");
    uart_print_place(&memory, &buffer.out);
    assert_string_equal(text, "I/O port 0x2f8; memory 0xfe032000 (32-bit registers)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_sent),
        cmocka_unit_test(the_speed_may_stay),
        cmocka_unit_test(absent_ports_do_not_answer),
        cmocka_unit_test(a_stuck_port_costs_one_wait),
        cmocka_unit_test(a_port_that_is_never_empty_costs_one_wait),
        cmocka_unit_test(slow_lines_get_more_time),
        cmocka_unit_test(divisors_within_two_percent),
        cmocka_unit_test(characters_are_taken_once),
        cmocka_unit_test(places_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
