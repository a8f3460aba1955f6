/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_options.c - any bytes as the kernel's command line. */
#include "fuzz.h"

#include "boot/options.h"

static const char *const tests[] = {"vmx.on_and_off", "vmx.first_guest.ept", "msr.presence"};

static void check_uarts(const struct options *options)
{
    for (unsigned i = 0; i < OPTIONS_UARTS; i++) {
        const struct option_uart *uart = &options->uarts[i];

        HOLDS(uart->kind != OPTION_UART_PORT ||
              (uart->address >= 0x100 && uart->address <= 0xfff8));
        HOLDS(uart->kind != OPTION_UART_MEMORY || uart->address >= 0x1000);
        HOLDS(uart->kind != OPTION_UART_PCI || uart->address <= 0xffff ||
              uart->address == OPTION_UART_FIRST);
        HOLDS(!uart->kind || !uart->speed.baud || uart_divisor(&uart->speed));
        HOLDS(uart->kind || i + 1 == OPTIONS_UARTS || !options->uarts[i + 1].kind);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    struct counting_out sink = {.out = {count_char}};
    struct options options, again;

    HOLDS(line);
    if (size)
        memcpy(line, data, size);
    line[size] = '\0';

    unsigned warnings = options_parse(&options, line, &sink.out);
    HOLDS((warnings == 0) == (sink.count == 0));
    HOLDS(options_parse(&again, line, NULL) == warnings);
    HOLDS(options.report == again.report && options.exit == again.exit);
    check_uarts(&options);
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
        (void)options_selects(&options, tests[i]);
    (void)options_warn_unmatched(&options, tests, ARRAY_SIZE(tests), &sink.out);
    free(line);
    return 0;
}
