/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c - parser of the kernel's command line: see options.h. PURE. */
#include "boot/options.h"
#include "layout.h"
#include "ports.h"

#define BAUD_BY_DEFAULT 115200

/* Below 0x100 are the mainboard's own devices; a UART has 8 ports, all within 16 bits. */
#define UART_PORT_MIN 0x100
#define UART_PORT_MAX 0xfff8

/* The most that physical addresses can be, and the page after the real-mode vectors. */
#define UART_MEMORY_MIN 0x1000
#define UART_MEMORY_MAX MASK64(0, 52)

/* Where the warnings of one parse go, and how many there were. */
struct warnings {
    struct out *out;
    unsigned count;
};

/*
 * One option. `choices` (ended by NULL) are the only values when there are any; `form` describes
 * the others; an option with neither is a flag. take() stores a value and returns false, with
 * everything as it was, when the value is bad; take_list() instead warns of each bad part itself.
 * The default goes through the same functions as what the user writes.
 */
struct option_row {
    const char *name;
    const char *form;
    const char *const *choices;
    const char *help;
    const char *fallback;
    const char *alone; /* what the name without a value stands for; NULL: it needs one */
    bool (*take)(struct options *options, struct option_text value);
    void (*take_list)(struct options *options, struct option_text list, struct warnings *warnings);
    const char *(*in_use)(const struct options *options);
};

/* Indexed by the enums, so that a choice's index is its value. */
static const char *const report_choices[] = {[OPTION_REPORT_TEXT] = "text",
                                             [OPTION_REPORT_JSON] = "json",
                                             [OPTION_REPORT_NONE] = "none",
                                             NULL};
static const char *const mitigations_choices[] = {"auto", "off", NULL};
static const char *const explain_choices[] = {"rule", "fields", NULL};
static const char *const exit_choices[] = {[OPTION_EXIT_AUTO] = "auto",
                                           [OPTION_EXIT_QEMU] = "qemu",
                                           [OPTION_EXIT_BOCHS] = "bochs",
                                           [OPTION_EXIT_POWER_OFF] = "poweroff",
                                           [OPTION_EXIT_RESET] = "reset",
                                           [OPTION_EXIT_HALT] = "halt",
                                           NULL};

static const char *const crash_choices[] = {[OPTION_CRASH_NONE] = "none",
                                            [OPTION_CRASH_UD] = "ud",
                                            [OPTION_CRASH_PF] = "pf",
                                            [OPTION_CRASH_STACK] = "stack",
                                            [OPTION_CRASH_CANARY] = "canary",
                                            [OPTION_CRASH_UNDEFINED] = "undefined",
                                            [OPTION_CRASH_EVERYWHERE] = "everywhere",
                                            [OPTION_CRASH_DEAF] = "deaf",
                                            [OPTION_CRASH_WAIT] = "wait",
                                            [OPTION_CRASH_CALL] = "call",
                                            NULL};

/* --- Texts ------------------------------------------------------------------------------------ */

static struct option_text text_of(const char *string)
{
    struct option_text text = {.at = string};

    while (string[text.length])
        text.length++;
    return text;
}

static struct option_text from(struct option_text text, size_t count)
{
    return (struct option_text){.at = text.at + count, .length = text.length - count};
}

static struct option_text up_to(struct option_text text, size_t count)
{
    return (struct option_text){.at = text.at, .length = count};
}

static bool same(struct option_text text, const char *string)
{
    size_t i = 0;

    while (i < text.length && string[i] && text.at[i] == string[i])
        i++;
    return i == text.length && !string[i];
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_separator(char c)
{
    return is_blank(c) || c == ',';
}

/*
 * How long the quote at the text's beginning is: 0 (there is none), 1, or 2 when GRUB escaped it.
 */
static size_t quote_at(struct option_text text)
{
    if (text.length >= 1 && text.at[0] == '"')
        return 1;
    return text.length >= 2 && text.at[0] == '\\' && text.at[1] == '"' ? 2 : 0;
}

/* Drops a quote from the beginning, and from the end if it is there: it may be missing. */
static struct option_text unquoted(struct option_text text)
{
    const size_t quote = quote_at(text);

    if (quote == 0)
        return text;
    text = from(text, quote);
    if (text.length >= quote && quote_at(from(text, text.length - quote)) == quote)
        text.length -= quote;
    return text;
}

/*
 * Cuts the next word from `rest`; false when only blanks are left. `*open` is set when the word has
 * a quote that is not closed: it then reaches to the end of the line.
 */
static bool next_word(struct option_text *rest, struct option_text *word, bool *open)
{
    size_t length = 0;

    *open = false;
    while (rest->length && is_blank(rest->at[0]))
        *rest = from(*rest, 1);
    while (length < rest->length && (*open || !is_blank(rest->at[length]))) {
        const size_t quote = quote_at(from(*rest, length));

        *open ^= quote == 1;
        length += quote ? quote : 1;
    }
    *word = up_to(*rest, length);
    *rest = from(*rest, length);
    return length != 0;
}

/* How many characters stand before the first `c`; all of them where there is none. */
static size_t length_before(struct option_text text, char c)
{
    size_t length = 0;

    while (length < text.length && text.at[length] != c)
        length++;
    return length;
}

/* Cuts what stands before the next comma from `rest`; `*done` is set after the last part. */
static struct option_text next_part(struct option_text *rest, bool *done)
{
    const size_t length = length_before(*rest, ',');
    struct option_text part = up_to(*rest, length);
    *done = length == rest->length;
    *rest = from(*rest, *done ? length : length + 1);
    return part;
}

/* Cuts the next name from a list of tests, in which commas and blanks may stand side by side. */
static bool next_name(struct option_text *rest, struct option_text *name)
{
    size_t length = 0;

    while (rest->length && is_separator(rest->at[0]))
        *rest = from(*rest, 1);
    while (length < rest->length && !is_separator(rest->at[length]))
        length++;
    *name = up_to(*rest, length);
    *rest = from(*rest, length);
    return length != 0;
}

/* --- Numbers ---------------------------------------------------------------------------------- */

/* The value of a digit, or a number above every base. */
static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return ~0u;
}

/* The text must be digits only, at least one, with a value of at most `max` (below 2^59). */
static bool long_number_of(struct option_text text, unsigned base, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.length; i++) {
        const unsigned digit = digit_of(text.at[i]);

        if (digit >= base)
            return false;
        value = value * base + digit;
        if (value > max)
            return false;
    }
    *number = value;
    return text.length != 0;
}

static bool number_of(struct option_text text, unsigned base, uint32_t max, uint32_t *number)
{
    uint64_t value;

    if (!long_number_of(text, base, max, &value))
        return false;
    *number = (uint32_t)value;
    return true;
}

/* 0x and digits. */
static bool hex_of(struct option_text text, uint64_t max, uint64_t *number)
{
    return text.length > 2 && same(up_to(text, 2), "0x") &&
           long_number_of(from(text, 2), 16, max, number);
}

/* --- Warnings --------------------------------------------------------------------------------- */

static void put_nowhere(struct out *out, char c)
{
    (void)out;
    (void)c;
}

/* The command line may hold anything: what could upset a terminal is shown as \xNN. */
static void put_escaped(struct out *out, struct option_text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] >= ' ' && text.at[i] <= '~')
            out->put(out, text.at[i]);
        else
            out_printf(out, "\\x%02x", (unsigned char)text.at[i]);
    }
}

/* Prints `before`, the text in quotes, `after`. */
static void put_quoted(struct out *out, const char *before, struct option_text text,
                       const char *after)
{
    out_printf(out, "%s\"", before);
    put_escaped(out, text);
    out_printf(out, "\"%s", after);
}

/* One whole line. */
static void warn(struct warnings *warnings, const char *before, struct option_text text,
                 const char *after)
{
    warnings->count++;
    put_quoted(warnings->out, before, text, after);
    warnings->out->put(warnings->out, '\n');
}

/* --- The options: what each one takes --------------------------------------------------------- */

/* The index of the choice that `value` names, or -1. */
static int choice_of(const char *const choices[], struct option_text value)
{
    for (int i = 0; choices[i]; i++) {
        if (same(value, choices[i]))
            return i;
    }
    return -1;
}

static bool take_report(struct options *options, struct option_text value)
{
    const int choice = choice_of(report_choices, value);

    if (choice >= 0)
        options->report = (enum option_report)choice;
    return choice >= 0;
}

static const char *report_in_use(const struct options *options)
{
    return report_choices[options->report];
}

static bool take_exit(struct options *options, struct option_text value)
{
    const int choice = choice_of(exit_choices, value);

    if (choice >= 0)
        options->exit = (enum option_exit)choice;
    return choice >= 0;
}

static const char *exit_in_use(const struct options *options)
{
    return exit_choices[options->exit];
}

static bool take_crash(struct options *options, struct option_text value)
{
    const int choice = choice_of(crash_choices, value);

    if (choice >= 0)
        options->crash = (enum option_crash)choice;
    return choice >= 0;
}

static const char *crash_in_use(const struct options *options)
{
    return crash_choices[options->crash];
}

static bool take_selftest(struct options *options, struct option_text value)
{
    struct option_text rest = value;
    struct option_text name;

    if (!next_name(&rest, &name))
        return false;
    options->selftest_words = value;
    if (same(value, "all"))
        options->selftest = OPTION_SELFTEST_ALL;
    else if (same(value, "none"))
        options->selftest = OPTION_SELFTEST_NONE;
    else
        options->selftest = OPTION_SELFTEST_WORDS;
    return true;
}

static const char *selftest_in_use(const struct options *options)
{
    static const char *const in_use[] = {[OPTION_SELFTEST_ALL] = "all",
                                         [OPTION_SELFTEST_NONE] = "none",
                                         [OPTION_SELFTEST_WORDS] = "the names before"};

    return in_use[options->selftest];
}

static bool take_oracle(struct options *options, struct option_text value)
{
    uint32_t number[4] = {0, 1, 0, 1}; /* count, seed, first, step */
    bool done = false;

    for (size_t i = 0; !done; i++) {
        if (i == ARRAY_SIZE(number) ||
            !number_of(next_part(&value, &done), 10, UINT32_MAX, &number[i]))
            return false;
    }
    options->oracle = (struct option_oracle){
        .count = number[0], .seed = number[1], .first = number[2], .step = number[3]};
    return true;
}

static const char *oracle_in_use(const struct options *options)
{
    return options->oracle.count ? "the numbers before" : "none";
}

static bool take_maxcpus(struct options *options, struct option_text value)
{
    uint32_t number = CPUS_MAX;

    if (!same(value, "all") && (!number_of(value, 10, CPUS_MAX, &number) || !number))
        return false;
    options->max_processors = number;
    return true;
}

#define PAUSE_MAX 3600

static bool take_pause(struct options *options, struct option_text value)
{
    uint32_t seconds;

    if (!number_of(value, 10, PAUSE_MAX, &seconds))
        return false;
    options->pause_seconds = seconds;
    return true;
}

static const char *pause_in_use(const struct options *options)
{
    return options->pause_seconds ? "the seconds before" : "no pauses";
}

static const char *maxcpus_in_use(const struct options *options)
{
    return options->max_processors == CPUS_MAX ? "all" : "the number before";
}

static bool take_nosmp(struct options *options, struct option_text value)
{
    (void)value;
    options->max_processors = 1;
    return true;
}

static bool take_mitigations(struct options *options, struct option_text value)
{
    const int choice = choice_of(mitigations_choices, value);

    if (choice >= 0)
        options->mitigations_off = choice == 1;
    return choice >= 0;
}

static const char *mitigations_in_use(const struct options *options)
{
    return mitigations_choices[options->mitigations_off];
}

static bool take_explain(struct options *options, struct option_text value)
{
    const int choice = choice_of(explain_choices, value);

    if (choice >= 0)
        options->explain_fields = choice == 1;
    return choice >= 0;
}

static const char *explain_in_use(const struct options *options)
{
    return explain_choices[options->explain_fields];
}

static bool take_bench(struct options *options, struct option_text value)
{
    (void)value;
    options->bench = true;
    return true;
}

static bool take_long(struct options *options, struct option_text value)
{
    (void)value;
    options->thorough = true;
    return true;
}

static bool take_help(struct options *options, struct option_text value)
{
    (void)value;
    options->help = true;
    return true;
}

/* --- console= --------------------------------------------------------------------------------- */

static const struct uart_name {
    const char *name;
    struct option_uart uart;
} uart_names[] = {
    {"com1", {.kind = OPTION_UART_PORT, .address = COM1_PORT}},
    {"com2", {.kind = OPTION_UART_PORT, .address = COM2_PORT}},
    {"com3", {.kind = OPTION_UART_PORT, .address = COM3_PORT}},
    {"com4", {.kind = OPTION_UART_PORT, .address = COM4_PORT}},
    {"mmio", {.kind = OPTION_UART_MEMORY, .unit = 1}},
    {"mmio32", {.kind = OPTION_UART_MEMORY, .unit = 4}},
    {"pci", {.kind = OPTION_UART_PCI, .address = OPTION_UART_FIRST, .unit = 1}},
    {"pci32", {.kind = OPTION_UART_PCI, .address = OPTION_UART_FIRST, .unit = 4}},
    {"spcr", {.kind = OPTION_UART_SPCR}},
};

/* A list of consoles as it is read: what is left of it, and whose the next speed would be. */
struct console_list {
    struct option_text rest;
    bool done;
    struct option_uart *uart;
    struct warnings *warnings;
};

/* What "com1" or "0x3f8" stands for; false: it is no serial port. */
static bool uart_of(struct option_text part, struct option_uart *uart)
{
    for (size_t i = 0; i < ARRAY_SIZE(uart_names); i++) {
        if (same(part, uart_names[i].name)) {
            *uart = uart_names[i].uart;
            return true;
        }
    }
    *uart = (struct option_uart){.kind = OPTION_UART_PORT};
    return hex_of(part, UART_PORT_MAX, &uart->address) && uart->address >= UART_PORT_MIN;
}

/* Ports of the PC run at 115200; who is in memory or named by the firmware is as that left it. */
static void set_default_speed(struct option_uart *uart)
{
    const bool known = uart->kind == OPTION_UART_PORT || uart->kind == OPTION_UART_PCI;

    uart->speed = (struct uart_speed){.baud = known ? BAUD_BY_DEFAULT : 0, .clock = UART_CLOCK};
}

/* BB:DD.F, in hexadecimal digits, as lspci prints it. */
static bool pci_address_of(struct option_text part, uint64_t *address)
{
    const size_t colon = length_before(part, ':');
    uint32_t bus, device, function;

    if (colon == part.length || !number_of(up_to(part, colon), 16, 0xff, &bus))
        return false;
    part = from(part, colon + 1);

    const size_t dot = length_before(part, '.');
    if (dot == part.length || !number_of(up_to(part, dot), 16, 0x1f, &device) ||
        !number_of(from(part, dot + 1), 16, 7, &function))
        return false;
    *address = bus << 8 | device << 3 | function;
    return true;
}

/* The next part of the list is where the registers are. */
static bool take_memory_address(struct option_uart *uart, struct console_list *list)
{
    struct option_text part = list->rest;

    if (!list->done)
        part = next_part(&list->rest, &list->done);
    if (hex_of(part, UART_MEMORY_MAX, &uart->address) && uart->address >= UART_MEMORY_MIN)
        return true;
    warn(list->warnings, "options: console=mmio wants an address from 0x1000 upwards, not ", part,
         "; left out");
    return false;
}

/* The next part of the list may say which device: it has a colon then. */
static bool take_pci_address(struct option_uart *uart, struct console_list *list)
{
    struct option_text part = up_to(list->rest, length_before(list->rest, ','));

    if (list->done || length_before(part, ':') == part.length)
        return true;
    (void)next_part(&list->rest, &list->done);
    if (pci_address_of(part, &uart->address))
        return true;
    warn(list->warnings, "options: console=pci wants BB:DD.F as lspci prints it, not ", part,
         "; left out");
    return false;
}

static bool take_address(struct option_uart *uart, struct console_list *list)
{
    if (uart->kind == OPTION_UART_MEMORY)
        return take_memory_address(uart, list);
    return uart->kind != OPTION_UART_PCI || take_pci_address(uart, list);
}

/* The entry for the same UART, else a free one, else NULL. */
static struct option_uart *uart_at(struct options *options, const struct option_uart *uart)
{
    for (size_t i = 0; i < OPTIONS_UARTS; i++) {
        struct option_uart *entry = &options->uarts[i];

        if (!entry->kind || (entry->kind == uart->kind && entry->address == uart->address))
            return entry;
    }
    return NULL;
}

static void clear_consoles(struct options *options)
{
    for (size_t i = 0; i < OPTIONS_UARTS; i++)
        options->uarts[i] = (struct option_uart){0};
    options->vga = options->fb = false;
}

/* The first console that the command line names takes the place of the default ones. */
static void choose_consoles(struct options *options)
{
    if (!options->consoles_chosen)
        clear_consoles(options);
    options->consoles_chosen = true;
}

static void take_uart(struct options *options, struct option_text part, struct option_uart *uart,
                      struct console_list *list)
{
    if (!take_address(uart, list))
        return;
    choose_consoles(options);
    set_default_speed(uart);
    list->uart = uart_at(options, uart);
    if (list->uart)
        *list->uart = *uart;
    else
        warn(list->warnings, "options: console=", part, " is a fifth serial port; left out");
}

/* BAUD or BAUD@CLOCK; 0 is the speed that the firmware left. */
static bool take_speed(struct option_uart *uart, struct option_text part)
{
    const size_t at = length_before(part, '@');
    struct uart_speed speed = {.clock = UART_CLOCK};

    if (!number_of(up_to(part, at), 10, UINT32_MAX, &speed.baud))
        return false;
    if (at < part.length && !number_of(from(part, at + 1), 10, UINT32_MAX, &speed.clock))
        return false;
    if (speed.baud && !uart_divisor(&speed))
        return false;
    uart->speed = speed;
    uart->speed_given = true;
    return true;
}

/* vga, fb and none; false for anything else. */
static bool take_other_console(struct options *options, struct option_text part)
{
    const bool vga = same(part, "vga"), fb = same(part, "fb");

    if (!vga && !fb && !same(part, "none"))
        return false;
    choose_consoles(options);
    if (!vga && !fb)
        clear_consoles(options);
    options->vga |= vga;
    options->fb |= fb;
    return true;
}

static bool is_number(struct option_text part)
{
    return part.length != 0 && digit_of(part.at[0]) < 10 && !(part.length > 1 && part.at[1] == 'x');
}

static void take_speed_of(struct option_uart *uart, struct option_text part,
                          struct warnings *warnings)
{
    if (!uart)
        warn(warnings, "options: console=", part,
             " is a baud rate without a serial port before it; left out");
    else if (!take_speed(uart, part))
        warn(warnings, "options: console speed ", part,
             " is not BAUD[@CLOCK] that a divisor reaches within 2 %, from 50 baud to CLOCK / 16 "
             "(CLOCK is 1843200 Hz unless given); left out");
}

/* One part of console=. */
static void take_console(struct options *options, struct console_list *list)
{
    struct option_text part = next_part(&list->rest, &list->done);
    struct option_uart uart, *before = list->uart;

    list->uart = NULL;
    if (is_number(part))
        take_speed_of(before, part, list->warnings);
    else if (uart_of(part, &uart))
        take_uart(options, part, &uart, list);
    else if (!take_other_console(options, part))
        warn(list->warnings, "options: console=", part,
             " is not one of com1, com2, com3, com4, 0x100..0xfff8, mmio, mmio32, pci, pci32, "
             "spcr, vga, fb, none; left out");
}

static void take_consoles(struct options *options, struct option_text text,
                          struct warnings *warnings)
{
    struct console_list list = {.rest = text, .warnings = warnings};

    while (!list.done)
        take_console(options, &list);
}

/* --- mask= ------------------------------------------------------------------------------------ */

static void warn_mask(struct warnings *warnings, struct option_text part, enum mask_status status)
{
    const char *hint = NULL;

    if (status == MASK_UNKNOWN)
        hint = policy_mask_hint(part.at, part.length);
    warnings->count++;
    put_quoted(warnings->out, "options: mask=", part, " ");
    out_printf(warnings->out, "%s; left out", mask_status_text(status));
    if (hint)
        out_printf(warnings->out, "; did you mean %s?", hint);
    warnings->out->put(warnings->out, '\n');
}

static void take_masks(struct options *options, struct option_text list, struct warnings *warnings)
{
    bool done = false;

    while (!done) {
        struct option_text part = next_part(&list, &done);
        enum mask_status status = policy_mask_add(&options->masks, part.at, part.length);

        if (status != MASK_TAKEN)
            warn_mask(warnings, part, status);
    }
}

/* --- The table -------------------------------------------------------------------------------- */

static const struct option_row rows[] = {
    {.name = "console",
     .form = "com1..com4|0xPORT|mmio,0xADDRESS|mmio32,0xADDRESS|pci[,BB:DD.F]|pci32[,BB:DD.F]|spcr"
             "[,BAUD[@CLOCK]]|vga|fb|none[,...]",
     .help = "where messages go; may be given again to add more; none drops those before it",
     .fallback = "com1,115200,spcr,vga,fb",
     .take_list = take_consoles},
    {.name = "report",
     .choices = report_choices,
     .help = "the form of the report",
     .fallback = "text",
     .take = take_report,
     .in_use = report_in_use},
    {.name = "mask",
     .form = "NAME|0xMSR:BIT[,...]",
     .help = "VMX capabilities to do without, such as ept,vpid,0x48b:7; may be given again",
     .take_list = take_masks},
    {.name = "selftest",
     .form = "all|none|NAME[,NAME...]",
     .help = "which tests run: names, or beginnings up to a dot or underscore; !NAME: which do not",
     .fallback = "all",
     .take = take_selftest,
     .in_use = selftest_in_use},
    {.name = "exit",
     .choices = exit_choices,
     .help = "how the machine ends",
     .fallback = "auto",
     .take = take_exit,
     .in_use = exit_in_use},
    {.name = "crash",
     .choices = crash_choices,
     .help = "dies on purpose after the report, to test how a death is reported",
     .fallback = "none",
     .take = take_crash,
     .in_use = crash_in_use},
    {.name = "oracle",
     .form = "COUNT[,SEED[,FIRST[,STEP]]]",
     .help = "enters COUNT mutated guests and compares what the entry checker says of them",
     .take = take_oracle,
     .in_use = oracle_in_use},
    {.name = "pause",
     .form = "0..3600",
     .help = "holds each page of the screen for a key, at most so many seconds; 60 where none are "
             "given",
     .alone = "60",
     .take = take_pause,
     .in_use = pause_in_use},
    {.name = "maxcpus",
     .form = "all|N",
     .help = "how many processors are started",
     .fallback = "all",
     .take = take_maxcpus,
     .in_use = maxcpus_in_use},
    {.name = "nosmp", .help = "the boot processor only", .take = take_nosmp},
    {.name = "mitigations",
     .choices = mitigations_choices,
     .help = "measures against speculation",
     .fallback = "auto",
     .take = take_mitigations,
     .in_use = mitigations_in_use},
    {.name = "explain",
     .choices = explain_choices,
     .help = "what a refused VM entry shows",
     .fallback = "rule",
     .take = take_explain,
     .in_use = explain_in_use},
    {.name = "bench", .help = "measures after the tests", .take = take_bench},
    {.name = "long", .help = "self-tests take their time: more rounds", .take = take_long},
    {.name = "help", .help = "lists the options; nothing else runs", .take = take_help},
};

static bool is_flag(const struct option_row *row)
{
    return !row->form && !row->choices;
}

static void put_choices(struct out *out, const struct option_row *row, const char *between)
{
    if (!row->choices)
        out_printf(out, "%s", row->form ? row->form : "");
    for (size_t i = 0; row->choices && row->choices[i]; i++)
        out_printf(out, "%s%s", i ? between : "", row->choices[i]);
}

void options_print_known(struct out *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        out_printf(out, "options: %s%s", rows[i].name, is_flag(&rows[i]) ? "" : "=");
        put_choices(out, &rows[i], "|");
        out_printf(out, " - %s (default: %s)\n", rows[i].help,
                   rows[i].fallback ? rows[i].fallback : "off");
    }
}

/* --- The parser ------------------------------------------------------------------------------- */

/* What a name stands for, NULL when it is unknown. */
static const struct option_row *row_of(struct option_text name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (same(name, rows[i].name))
            return &rows[i];
    }
    return NULL;
}

static void warn_unknown(struct warnings *warnings, struct option_text name)
{
    warnings->count++;
    put_quoted(warnings->out, "options: unknown option ", name, "; known:");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        out_printf(warnings->out, " %s%s", rows[i].name, is_flag(&rows[i]) ? "" : "=");
    warnings->out->put(warnings->out, '\n');
}

static void warn_bad_value(struct warnings *warnings, const struct option_row *row,
                           struct option_text value, const char *in_use)
{
    struct out *out = warnings->out;

    warnings->count++;
    out_printf(out, "options: %s=", row->name);
    put_quoted(out, "", value, " is not one of ");
    put_choices(out, row, ", ");
    out_printf(out, "; using %s\n", in_use);
}

static void warn_no_value(struct warnings *warnings, const struct option_row *row)
{
    warnings->count++;
    out_printf(warnings->out, "options: %s needs a value: ", row->name);
    put_choices(warnings->out, row, ", ");
    out_printf(warnings->out, "; left out\n");
}

/* Gives the value to its option, with a warning when it is bad. */
static void take_value(struct options *options, const struct option_row *row,
                       struct option_text value, struct warnings *warnings)
{
    if (row->take_list)
        row->take_list(options, value, warnings);
    else if (!row->take(options, value))
        warn_bad_value(warnings, row, value, row->in_use(options));
}

/* Where the name ends: at the first '=', else at the word's end. */
static size_t name_length(struct option_text word)
{
    return length_before(word, '=');
}

static void take_word(struct options *options, struct option_text word, struct warnings *warnings)
{
    const size_t length = name_length(word);
    const bool has_value = length < word.length;
    const struct option_text name = up_to(word, length);
    const struct option_row *row = row_of(name);

    if (!row)
        warn_unknown(warnings, name);
    else if (is_flag(row) && has_value)
        warn(warnings, "options: ", name, " takes no value; left out");
    else if (row->alone && !has_value)
        take_value(options, row, text_of(row->alone), warnings);
    else if (!is_flag(row) && !has_value)
        warn_no_value(warnings, row);
    else
        take_value(options, row, has_value ? unquoted(from(word, length + 1)) : name, warnings);
}

static void take_defaults(struct options *options, struct warnings *warnings)
{
    *options = (struct options){0};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].fallback)
            take_value(options, &rows[i], text_of(rows[i].fallback), warnings);
    }
    options->consoles_chosen = false;
}

unsigned options_parse(struct options *options, const char *command_line, struct out *out)
{
    struct out nowhere = {put_nowhere};
    struct warnings warnings = {.out = out ? out : &nowhere};
    struct option_text rest = text_of(command_line ? command_line : "");
    struct option_text word;
    bool open;

    take_defaults(options, &warnings);
    for (bool first = true; next_word(&rest, &word, &open); first = false) {
        if (open)
            warn(&warnings, "options: a double quote is not closed in ", word, "");
        word = unquoted(word);
        if (first && word.length && word.at[0] == '/')
            options->image_path = word;
        else
            take_word(options, word, &warnings);
    }
    return warnings.count;
}

/* --- The choice of tests ---------------------------------------------------------------------- */

static bool is_boundary(char c)
{
    return c == '.' || c == '_';
}

/* True when `word` is the test's name, or the beginning of it with a boundary at its end. */
static bool word_selects(struct option_text word, const char *test_name)
{
    const struct option_text name = text_of(test_name);

    if (word.length == 0 || word.length > name.length)
        return false;
    for (size_t i = 0; i < word.length; i++) {
        if (word.at[i] != name.at[i])
            return false;
    }
    return word.length == name.length || is_boundary(name.at[word.length]) ||
           is_boundary(name.at[word.length - 1]);
}

/* Takes the ! off a word that leaves tests out. */
static bool leaves_out(struct option_text *word)
{
    if (word->length == 0 || word->at[0] != '!')
        return false;
    word->at++;
    word->length--;
    return true;
}

bool options_selects(const struct options *options, const char *test_name)
{
    struct option_text rest = options->selftest_words;
    struct option_text word;
    bool chosen = false, names = false;

    if (options->selftest != OPTION_SELFTEST_WORDS)
        return options->selftest == OPTION_SELFTEST_ALL;
    while (next_name(&rest, &word)) {
        bool out = leaves_out(&word);

        names |= !out;
        if (!word_selects(word, test_name))
            continue;
        if (out)
            return false;
        chosen = true;
    }
    return chosen || !names;
}

static bool selects_any(struct option_text word, const char *const test_names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (word_selects(word, test_names[i]))
            return true;
    }
    return false;
}

static void print_tests(const char *const test_names[], size_t count, struct out *out)
{
    out_printf(out, "options: known tests:");
    for (size_t i = 0; i < count; i++)
        out_printf(out, " %s", test_names[i]);
    out->put(out, '\n');
}

unsigned options_warn_unmatched(const struct options *options, const char *const test_names[],
                                size_t count, struct out *out)
{
    struct warnings warnings = {.out = out};
    struct option_text rest = options->selftest_words;
    struct option_text word;

    if (options->selftest != OPTION_SELFTEST_WORDS)
        return 0;
    while (next_name(&rest, &word)) {
        (void)leaves_out(&word);
        if (!selects_any(word, test_names, count))
            warn(&warnings, "options: selftest=", word, " chooses no test");
    }
    if (warnings.count)
        print_tests(test_names, count, out);
    return warnings.count;
}
