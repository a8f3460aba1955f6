/* SPDX-License-Identifier: BSD-2-Clause */
/* serial.c - see serial.h. */
#include "serial.h"

#include "insn.h"
#include "paging.h"

static uint64_t base_of(const struct uart *uart)
{
    return ((const struct serial *)uart)->base;
}

static uint8_t get_port(const struct uart *uart, unsigned number)
{
    return inb((uint16_t)(base_of(uart) + number));
}

static void set_port(const struct uart *uart, unsigned number, uint8_t value)
{
    outb((uint16_t)(base_of(uart) + number), value);
}

#define MEMORY_REGISTERS(type)                                                      \
    static uint8_t get_##type(const struct uart *uart, unsigned number)             \
    {                                                                               \
        return (uint8_t)((volatile type *)base_of(uart))[number];                   \
    }                                                                               \
    static void set_##type(const struct uart *uart, unsigned number, uint8_t value) \
    {                                                                               \
        ((volatile type *)base_of(uart))[number] = value;                           \
    }
MEMORY_REGISTERS(uint8_t)
MEMORY_REGISTERS(uint16_t)
MEMORY_REGISTERS(uint32_t)

static struct uart access_of(const struct uart_place *place)
{
    if (place->space == UART_IO)
        return (struct uart){.get = get_port, .set = set_port};
    if (place->unit == 1)
        return (struct uart){.get = get_uint8_t, .set = set_uint8_t};
    if (place->unit == 2)
        return (struct uart){.get = get_uint16_t, .set = set_uint16_t};
    return (struct uart){.get = get_uint32_t, .set = set_uint32_t};
}

bool serial_init(struct serial *serial, const struct uart_place *place,
                 const struct uart_speed *speed)
{
    *serial = (struct serial){.uart = access_of(place), .base = place->base};
    if (place->space == UART_MEMORY)
        serial->base =
            (uint64_t)(uintptr_t)device_map(place->base, (uint64_t)UART_REGISTERS * place->unit);
    return serial->base && uart_init(&serial->uart, speed);
}
