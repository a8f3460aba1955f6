/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_options.c - the kernel's command line: values, warnings to the letter, the choice of tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "boot/options.h"
#include "layout.h"

/* The smallest screen that there is: VGA's text mode. */
#define SCREEN_COLUMNS 80
#define SCREEN_ROWS    25

#define KNOWN                                                                               \
    "; known: console= report= mask= selftest= exit= crash= oracle= pause= maxcpus= nosmp " \
    "mitigations= explain= bench long help\n"

/*
 * Parses a copy of the line that ends where its memory ends, so that the sanitizer sees a read
 * beyond it. The options point into the copy: the caller frees it.
 */
static char *parse(struct options *options, const char *line, struct text_buffer *buffer,
                   unsigned *warnings)
{
    char *copy = strdup(line);

    assert_non_null(copy);
    *warnings = options_parse(options, copy, &buffer->out);
    assert_true(buffer->length < buffer->size);
    return copy;
}

static void describe_uart(const struct option_uart *uart, struct out *out)
{
    static const char *const kinds[] = {[OPTION_UART_PORT] = "",
                                        [OPTION_UART_MEMORY] = "mmio:",
                                        [OPTION_UART_PCI] = "pci:",
                                        [OPTION_UART_SPCR] = "spcr"};

    out_printf(out, "%s", kinds[uart->kind]);
    if (uart->kind == OPTION_UART_PCI && uart->address == OPTION_UART_FIRST)
        out_printf(out, "first");
    else if (uart->kind != OPTION_UART_SPCR)
        out_printf(out, "0x%lx", (unsigned long)uart->address);
    if (uart->unit)
        out_printf(out, "/%u", uart->unit);
    if (!uart->speed_given || uart->speed.clock != UART_CLOCK)
        out_printf(out, uart->speed_given ? ",%u@%u " : ",%u ", uart->speed.baud,
                   uart->speed.clock);
    else
        out_printf(out, ",%u! ", uart->speed.baud);
}

/* All options in one line of text, so that a table can hold what is expected of all of them. */
static void describe(const struct options *options, struct out *out)
{
    static const char *const reports[] = {"text", "json", "none"};
    static const char *const exits[] = {"auto", "qemu", "bochs", "poweroff", "reset", "halt"};
    static const char *const selftests[] = {"all", "none", "words"};

    for (size_t i = 0; i < OPTIONS_UARTS && options->uarts[i].kind; i++)
        describe_uart(&options->uarts[i], out);
    out_printf(out, "%s%s%s| %s %s", options->vga ? "vga " : "", options->fb ? "fb " : "",
               options->consoles_chosen ? "chosen " : "", reports[options->report],
               selftests[options->selftest]);
    if (options->selftest == OPTION_SELFTEST_WORDS)
        out_printf(out, "<%.*s>", (int)options->selftest_words.length, options->selftest_words.at);
    out_printf(out, " %s%s", exits[options->exit], options->bench ? " bench" : "");
    if (options->thorough)
        out_printf(out, " long");
    if (options->help)
        out_printf(out, " help");
    if (options->oracle.count)
        out_printf(out, " oracle %u,%u,%u,%u", options->oracle.count, options->oracle.seed,
                   options->oracle.first, options->oracle.step);
    if (options->pause_seconds)
        out_printf(out, " pause %u", options->pause_seconds);
    if (options->max_processors != CPUS_MAX)
        out_printf(out, " cpus %u", options->max_processors);
    out_printf(out, "%s", options->mitigations_off ? " unmitigated" : "");
    out_printf(out, "%s", options->explain_fields ? " explain-fields" : "");
    if (options->crash)
        out_printf(out, " crash %d", (int)options->crash);
    for (unsigned word = 0; word < WORD_COUNT; word++)
        if (options->masks.bits[word])
            out_printf(out, " mask %u 0x%lx", word, (unsigned long)options->masks.bits[word]);
    if (options->image_path.length)
        out_printf(out, " %.*s", (int)options->image_path.length, options->image_path.at);
}

#define DEFAULT_CONSOLES "0x3f8,115200! spcr,0 vga fb "
#define DEFAULT_REST     "| text all auto"
#define ALL_DEFAULT      DEFAULT_CONSOLES DEFAULT_REST

struct parse_case {
    const char *name;
    const char *line;
    const char *expected;
    const char *warnings; /* all of them, each with its end of line */
};

static void check_parse_case(const struct parse_case *test)
{
    char text[2048];
    char printed[2048];
    struct text_buffer described;
    struct text_buffer buffer;
    struct options options;
    unsigned warnings;
    unsigned lines = 0;

    text_buffer_init(&described, text, sizeof(text));
    text_buffer_init(&buffer, printed, sizeof(printed));
    char *copy = parse(&options, test->line, &buffer, &warnings);
    describe(&options, &described.out);
    free(copy);

    for (const char *at = printed; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    if (strcmp(text, test->expected) != 0 || strcmp(printed, test->warnings) != 0)
        print_error("case: %s\n", test->name);
    assert_string_equal(text, test->expected);
    assert_string_equal(printed, test->warnings);
    assert_int_equal(warnings, lines);
}

static void check_parse_cases(const struct parse_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_parse_case(&cases[i]);
}

/* --- What is good is taken without a word ----------------------------------------------------- */

static const struct parse_case good_cases[] = {
    {"nothing", "", DEFAULT_CONSOLES DEFAULT_REST, ""},
    {"blanks only", " \t ", DEFAULT_CONSOLES DEFAULT_REST, ""},
    {"image path", "/boot/lintel.elf", DEFAULT_CONSOLES DEFAULT_REST " /boot/lintel.elf", ""},
    {"image path and option", "/k report=json", DEFAULT_CONSOLES "| json all auto /k", ""},
    {"quoted image path", "\"/a b\" bench", DEFAULT_CONSOLES "| text all auto bench /a b", ""},

    {"report=text", "report=text", DEFAULT_CONSOLES "| text all auto", ""},
    {"report=json", "report=json", DEFAULT_CONSOLES "| json all auto", ""},
    {"report=none", "report=none", DEFAULT_CONSOLES "| none all auto", ""},
    {"exit=auto", "exit=auto", DEFAULT_CONSOLES "| text all auto", ""},
    {"exit=qemu", "exit=qemu", DEFAULT_CONSOLES "| text all qemu", ""},
    {"exit=bochs", "exit=bochs", DEFAULT_CONSOLES "| text all bochs", ""},
    {"exit=poweroff", "exit=poweroff", DEFAULT_CONSOLES "| text all poweroff", ""},
    {"exit=reset", "exit=reset", DEFAULT_CONSOLES "| text all reset", ""},
    {"exit=halt", "exit=halt", DEFAULT_CONSOLES "| text all halt", ""},
    {"bench", "bench", DEFAULT_CONSOLES "| text all auto bench", ""},
    {"oracle", "oracle=20000", DEFAULT_CONSOLES "| text all auto oracle 20000,1,0,1", ""},
    {"oracle and seed", "oracle=5,4294967295",
     DEFAULT_CONSOLES "| text all auto oracle 5,4294967295,0,1", ""},
    {"pause alone", "pause", DEFAULT_CONSOLES "| text all auto pause 60", ""},
    {"pause with seconds", "pause=3600", DEFAULT_CONSOLES "| text all auto pause 3600", ""},
    {"no pause", "pause pause=0", DEFAULT_CONSOLES DEFAULT_REST, ""},
    {"three processors", "maxcpus=3", DEFAULT_CONSOLES "| text all auto cpus 3", ""},
    {"thorough", "long", DEFAULT_CONSOLES "| text all auto long", ""},
    {"help", "help", DEFAULT_CONSOLES "| text all auto help", ""},
    {"one processor", "maxcpus=3 nosmp", DEFAULT_CONSOLES "| text all auto cpus 1", ""},
    {"all processors again", "maxcpus=3 maxcpus=all", DEFAULT_CONSOLES DEFAULT_REST, ""},
    {"all fields of a refused entry", "explain=fields",
     DEFAULT_CONSOLES "| text all auto explain-fields", ""},
    {"the rule only", "explain=fields explain=rule", DEFAULT_CONSOLES "| text all auto", ""},
    {"no mitigations", "mitigations=off", DEFAULT_CONSOLES "| text all auto unmitigated", ""},
    {"one of an earlier oracle", "oracle=1,7,99",
     DEFAULT_CONSOLES "| text all auto oracle 1,7,99,1", ""},
    {"every fifth of the oracle's", "oracle=8,7,0,5",
     DEFAULT_CONSOLES "| text all auto oracle 8,7,0,5", ""},
    {"oracle taken back", "oracle=5 oracle=0", DEFAULT_CONSOLES DEFAULT_REST, ""},
    {"crash taken back", "crash=ud crash=none", DEFAULT_CONSOLES DEFAULT_REST, ""},
    {"crash", "crash=canary", DEFAULT_CONSOLES "| text all auto crash 4", ""},
    {"all of them", "\treport=json  exit=halt\tbench selftest=none console=vga ",
     "vga chosen | json none halt bench", ""},
    {"the last value counts", "report=json report=none", DEFAULT_CONSOLES "| none all auto", ""},

    {"selftest=all", "selftest=all", DEFAULT_CONSOLES "| text all auto", ""},
    {"selftest=none", "selftest=none", DEFAULT_CONSOLES "| text none auto", ""},
    {"selftest words", "selftest=a,b.c", DEFAULT_CONSOLES "| text words<a,b.c> auto", ""},
    {"none among words is a word", "selftest=a,none", DEFAULT_CONSOLES "| text words<a,none> auto",
     ""},
    {"quoted value", "selftest=\"a b\" bench", DEFAULT_CONSOLES "| text words<a b> auto bench", ""},
    {"quoted word, as GRUB does", "\"selftest=a b\" bench",
     DEFAULT_CONSOLES "| text words<a b> auto bench", ""},
    {"quotes in quotes, as GRUB does", "\"selftest=\\\"a b\\\"\" bench",
     DEFAULT_CONSOLES "| text words<a b> auto bench", ""},
    {"escaped quotes alone", "selftest=\\\"a\\\" bench",
     DEFAULT_CONSOLES "| text words<a> auto bench", ""},
    {"quoted choice", "report=\"json\"", DEFAULT_CONSOLES "| json all auto", ""},

    /* words by their place in vmx_bits.def: 1 pin, 3 exit, 4 entry, 7 secondary */
    {"mask: short name", "mask=ept", ALL_DEFAULT " mask 7 0x2", ""},
    {"mask: C name", "mask=unrestricted_guest", ALL_DEFAULT " mask 7 0x80", ""},
    {"mask: MSR and bit", "mask=0x48b:7", ALL_DEFAULT " mask 7 0x80", ""},
    {"mask: true MSR, same word", "mask=0x48d:7,0x481:5", ALL_DEFAULT " mask 1 0xa0", ""},
    {"mask: three", "mask=ept,vpid,0x48b:7", ALL_DEFAULT " mask 7 0xa2", ""},
    {"mask adds up", "mask=ept mask=vpid", ALL_DEFAULT " mask 7 0x22", ""},
    {"mask: name in two words", "mask=load_pkrs", ALL_DEFAULT " mask 3 0x20000000 mask 4 0x400000",
     ""},
    {"mask: a bit without a name", "mask=0x480:57", ALL_DEFAULT " mask 0 0x200000000000000", ""},

    {"com1", "console=com1", "0x3f8,115200 chosen " DEFAULT_REST, ""},
    {"com1 with baud", "console=com1,9600", "0x3f8,9600! chosen " DEFAULT_REST, ""},
    {"com2", "console=com2", "0x2f8,115200 chosen " DEFAULT_REST, ""},
    {"com3", "console=com3", "0x3e8,115200 chosen " DEFAULT_REST, ""},
    {"com4", "console=com4", "0x2e8,115200 chosen " DEFAULT_REST, ""},
    {"port", "console=0x3f8", "0x3f8,115200 chosen " DEFAULT_REST, ""},
    {"port, upper case", "console=0xE0C0,38400", "0xe0c0,38400! chosen " DEFAULT_REST, ""},
    {"lowest port", "console=0x100", "0x100,115200 chosen " DEFAULT_REST, ""},
    {"highest port", "console=0xfff8", "0xfff8,115200 chosen " DEFAULT_REST, ""},
    {"lowest baud", "console=com1,50", "0x3f8,50! chosen " DEFAULT_REST, ""},
    {"a divisor that nearly fits", "console=com1,110", "0x3f8,110! chosen " DEFAULT_REST, ""},
    {"as the firmware left it", "console=com1,0", "0x3f8,0! chosen " DEFAULT_REST, ""},
    {"another clock", "console=0xe000,115200@14745600",
     "0xe000,115200@14745600 chosen " DEFAULT_REST, ""},
    {"a clock that 115200 is near to", "console=com2,115200@24000000",
     "0x2f8,115200@24000000 chosen " DEFAULT_REST, ""},
    {"in memory", "console=mmio,0xfe032000", "mmio:0xfe032000/1,0 chosen " DEFAULT_REST, ""},
    {"in memory, wide", "console=mmio32,0xFE032000,115200@100000000,vga",
     "mmio:0xfe032000/4,115200@100000000 vga chosen " DEFAULT_REST, ""},
    {"in memory, highest", "console=mmio,0xfffffffffffff",
     "mmio:0xfffffffffffff/1,0 chosen " DEFAULT_REST, ""},
    {"first PCI device", "console=pci", "pci:first/1,115200 chosen " DEFAULT_REST, ""},
    {"first PCI device, speed", "console=pci,9600,com1",
     "pci:first/1,9600! 0x3f8,115200 chosen " DEFAULT_REST, ""},
    {"PCI device", "console=pci,00:16.3", "pci:0xb3/1,115200 chosen " DEFAULT_REST, ""},
    {"PCI device, wide, speed", "console=pci32,ff:1f.7,9600",
     "pci:0xffff/4,9600! chosen " DEFAULT_REST, ""},
    {"two PCI devices", "console=pci,1:0.0,pci,1:0.1",
     "pci:0x100/1,115200 pci:0x101/1,115200 chosen " DEFAULT_REST, ""},
    {"by the firmware's table", "console=spcr,com1", "spcr,0 0x3f8,115200 chosen " DEFAULT_REST,
     ""},
    {"by the table, another speed", "console=spcr,19200", "spcr,19200! chosen " DEFAULT_REST, ""},
    {"vga", "console=vga", "vga chosen " DEFAULT_REST, ""},
    {"none", "console=none", "chosen " DEFAULT_REST, ""},
    {"fb", "console=fb", "fb chosen " DEFAULT_REST, ""},
    {"vga and fb", "console=fb,vga", "vga fb chosen " DEFAULT_REST, ""},
    {"none drops fb", "console=fb,none,com2", "0x2f8,115200 chosen " DEFAULT_REST, ""},
    {"none drops what is before it", "console=com1,vga,none,com2",
     "0x2f8,115200 chosen " DEFAULT_REST, ""},
    {"two in one", "console=com2,57600,vga", "0x2f8,57600! vga chosen " DEFAULT_REST, ""},
    {"two options add up", "console=com2 console=com1,300 console=vga",
     "0x2f8,115200 0x3f8,300! vga chosen " DEFAULT_REST, ""},
    {"the same port again", "console=com1,9600,com2,0x3f8,19200",
     "0x3f8,19200! 0x2f8,115200 chosen " DEFAULT_REST, ""},
    {"four ports", "console=com4,com3,com2,com1,50",
     "0x2e8,115200 0x3e8,115200 0x2f8,115200 0x3f8,50! chosen " DEFAULT_REST, ""},
};

static void test_good(void **state)
{
    (void)state;
    check_parse_cases(good_cases, ARRAY_SIZE(good_cases));
}

/* --- What is bad changes nothing, and is named ------------------------------------------------ */

#define NO_CONSOLE(part)                                                                       \
    "options: console=\"" part                                                                 \
    "\" is not one of com1, com2, com3, com4, 0x100..0xfff8, mmio, mmio32, pci, pci32, spcr, " \
    "vga, fb, none; left out\n"
#define NO_MASK(part) \
    "options: mask=\"" part "\" is neither a bit's name nor MSR:BIT (0x480-0x493); left out"
#define NO_BAUD(part)                                                                       \
    "options: console speed \"" part                                                        \
    "\" is not BAUD[@CLOCK] that a divisor reaches within 2 %, from 50 baud to CLOCK / 16 " \
    "(CLOCK is 1843200 Hz unless given); left out\n"
#define NO_ADDRESS(part) \
    "options: console=mmio wants an address from 0x1000 upwards, not \"" part "\"; left out\n"
#define NO_DEVICE(part) \
    "options: console=pci wants BB:DD.F as lspci prints it, not \"" part "\"; left out\n"

static const struct parse_case bad_cases[] = {
    {"unknown", "foo", ALL_DEFAULT, "options: unknown option \"foo\"" KNOWN},
    {"unknown with value", "foo=bar", ALL_DEFAULT, "options: unknown option \"foo\"" KNOWN},
    {"beginning of a name", "repor=json", ALL_DEFAULT, "options: unknown option \"repor\"" KNOWN},
    {"more than a name", "reports=json", ALL_DEFAULT, "options: unknown option \"reports\"" KNOWN},
    {"upper case", "REPORT=json", ALL_DEFAULT, "options: unknown option \"REPORT\"" KNOWN},
    {"no name", "=x", ALL_DEFAULT, "options: unknown option \"\"" KNOWN},
    {"empty quotes", "\"\"", ALL_DEFAULT, "options: unknown option \"\"" KNOWN},
    {"one quote", "\"", ALL_DEFAULT,
     "options: a double quote is not closed in \"\"\"\noptions: unknown option \"\"" KNOWN},
    {"a path that is not first", "bench /boot/k", DEFAULT_CONSOLES DEFAULT_REST " bench",
     "options: unknown option \"/boot/k\"" KNOWN},
    {"what a terminal would obey", "a\x1b[2J\xff\n", ALL_DEFAULT,
     "options: unknown option \"a\\x1b[2J\\xff\\x0a\"" KNOWN},
    {"quote in a name", "re\"po rt\"=x", ALL_DEFAULT,
     "options: unknown option \"re\"po rt\"\"" KNOWN},
    {"quote not closed", "bench selftest=\"a report=json",
     DEFAULT_CONSOLES "| text words<a report=json> auto bench",
     "options: a double quote is not closed in \"selftest=\"a report=json\"\n"},

    {"mask: near a name", "mask=unrestricted_gest", ALL_DEFAULT,
     NO_MASK("unrestricted_gest") "; did you mean unrestricted_guest?\n"},
    {"mask: near a short name", "mask=epd,vpid", ALL_DEFAULT " mask 7 0x20",
     NO_MASK("epd") "; did you mean ept?\n"},
    {"mask: near nothing", "mask=zzzzzz", ALL_DEFAULT, NO_MASK("zzzzzz") "\n"},
    {"mask: empty", "mask=ept,", ALL_DEFAULT " mask 7 0x2", NO_MASK("") "\n"},
    {"mask: no such MSR", "mask=0x494:1", ALL_DEFAULT, NO_MASK("0x494:1") "\n"},
    {"mask: MSR below", "mask=0x47f:1", ALL_DEFAULT, NO_MASK("0x47f:1") "\n"},
    {"mask: no bit", "mask=0x48b", ALL_DEFAULT, NO_MASK("0x48b") "\n"},
    {"mask: empty bit", "mask=0x48b:", ALL_DEFAULT, NO_MASK("0x48b:") "\n"},
    {"mask: bit in hex", "mask=0x48b:0x7", ALL_DEFAULT, NO_MASK("0x48b:0x7") "\n"},
    {"mask: huge number", "mask=0x48b:99999999999", ALL_DEFAULT, NO_MASK("0x48b:99999999999") "\n"},
    {"mask: bit of the other half", "mask=0x48b:39", ALL_DEFAULT,
     "options: mask=\"0x48b:39\" is beyond the last bit of that MSR's word; left out\n"},
    {"mask: a number", "mask=cr3_target", ALL_DEFAULT,
     "options: mask=\"cr3_target\" is part of a number, not a bit; left out\n"},
    {"mask: part of a number", "mask=0x480:3", ALL_DEFAULT,
     "options: mask=\"0x480:3\" is part of a number, not a bit; left out\n"},
    {"mask: a restriction", "mask=addresses_32bit", ALL_DEFAULT,
     "options: mask=\"addresses_32bit\" is a restriction: taking it away would offer more; left "
     "out\n"},
    {"mask: not a capability", "mask=sgx_global", ALL_DEFAULT, NO_MASK("sgx_global") "\n"},
    {"mask: no value", "mask", ALL_DEFAULT,
     "options: mask needs a value: NAME|0xMSR:BIT[,...]; left out\n"},

    {"crash=loudly", "crash=loudly", ALL_DEFAULT,
     "options: crash=\"loudly\" is not one of none, ud, pf, stack, canary, undefined, "
     "everywhere, deaf, wait, call; using "
     "none\n"},
    {"report=xml", "report=xml", ALL_DEFAULT,
     "options: report=\"xml\" is not one of text, json, none; using text\n"},
    {"report=xml after json", "report=json report=xml", DEFAULT_CONSOLES "| json all auto",
     "options: report=\"xml\" is not one of text, json, none; using json\n"},
    {"beginning of a choice", "report=jso", ALL_DEFAULT,
     "options: report=\"jso\" is not one of text, json, none; using text\n"},
    {"more than a choice", "report=jsonx", ALL_DEFAULT,
     "options: report=\"jsonx\" is not one of text, json, none; using text\n"},
    {"empty choice", "report=", ALL_DEFAULT,
     "options: report=\"\" is not one of text, json, none; using text\n"},
    {"exit=acpi", "exit=acpi", ALL_DEFAULT,
     "options: exit=\"acpi\" is not one of auto, qemu, bochs, poweroff, reset, halt; using auto\n"},
    {"oracle=many", "oracle=many", ALL_DEFAULT,
     "options: oracle=\"many\" is not one of COUNT[,SEED[,FIRST[,STEP]]]; using none\n"},
    {"oracle with a fifth number", "oracle=9 oracle=1,2,3,4,5",
     DEFAULT_CONSOLES "| text all auto oracle 9,1,0,1",
     "options: oracle=\"1,2,3,4,5\" is not one of COUNT[,SEED[,FIRST[,STEP]]]; using the numbers "
     "before\n"},
    {"a long pause", "pause=3601", ALL_DEFAULT,
     "options: pause=\"3601\" is not one of 0..3600; using no pauses\n"},
    {"an endless pause", "pause=7 pause=key", DEFAULT_CONSOLES "| text all auto pause 7",
     "options: pause=\"key\" is not one of 0..3600; using the seconds before\n"},
    {"an empty pause", "pause=", ALL_DEFAULT,
     "options: pause=\"\" is not one of 0..3600; using no pauses\n"},
    {"no processor", "maxcpus=0", ALL_DEFAULT,
     "options: maxcpus=\"0\" is not one of all|N; using all\n"},
    {"too many processors", "maxcpus=2 maxcpus=65", DEFAULT_CONSOLES "| text all auto cpus 2",
     "options: maxcpus=\"65\" is not one of all|N; using the number before\n"},
    {"oracle beyond 32 bits", "oracle=4294967296", ALL_DEFAULT,
     "options: oracle=\"4294967296\" is not one of COUNT[,SEED[,FIRST[,STEP]]]; using none\n"},
    {"no value", "report", ALL_DEFAULT,
     "options: report needs a value: text, json, none; left out\n"},
    {"no value for console", "console", ALL_DEFAULT,
     "options: console needs a value: "
     "com1..com4|0xPORT|mmio,0xADDRESS|mmio32,0xADDRESS|pci[,BB:DD.F]|pci32[,BB:DD.F]|"
     "spcr[,BAUD[@CLOCK]]|vga|fb|none["
     ",...]; left out\n"},
    {"value for a flag", "bench=1", ALL_DEFAULT, "options: \"bench\" takes no value; left out\n"},
    {"no test", "selftest=", ALL_DEFAULT,
     "options: selftest=\"\" is not one of all|none|NAME[,NAME...]; using all\n"},
    {"separators only", "selftest=none selftest=\", ,\"", DEFAULT_CONSOLES "| text none auto",
     "options: selftest=\", ,\" is not one of all|none|NAME[,NAME...]; using none\n"},
    {"no test after words", "selftest=a selftest=,", DEFAULT_CONSOLES "| text words<a> auto",
     "options: selftest=\",\" is not one of all|none|NAME[,NAME...]; using the names before\n"},

    {"com5", "console=com5", ALL_DEFAULT, NO_CONSOLE("com5")},
    {"empty console", "console=", ALL_DEFAULT, NO_CONSOLE("")},
    {"empty part", "console=com2,", "0x2f8,115200 chosen " DEFAULT_REST, NO_CONSOLE("")},
    {"good and bad part", "console=com2,lpt1", "0x2f8,115200 chosen " DEFAULT_REST,
     NO_CONSOLE("lpt1")},
    {"port too low", "console=0xff", ALL_DEFAULT, NO_CONSOLE("0xff")},
    {"port too high", "console=0xfff9", ALL_DEFAULT, NO_CONSOLE("0xfff9")},
    {"port of 17 bits", "console=0x103f8", ALL_DEFAULT, NO_CONSOLE("0x103f8")},
    {"port of 65 bits", "console=0x100000000000003f8", ALL_DEFAULT,
     NO_CONSOLE("0x100000000000003f8")},
    {"no digits", "console=0x", ALL_DEFAULT, NO_CONSOLE("0x")},
    {"no hexadecimal digit", "console=0x3g8", ALL_DEFAULT, NO_CONSOLE("0x3g8")},
    {"baud first", "console=9600", ALL_DEFAULT,
     "options: console=\"9600\" is a baud rate without a serial port before it; left out\n"},
    {"baud after vga", "console=com2,vga,9600", "0x2f8,115200 vga chosen " DEFAULT_REST,
     "options: console=\"9600\" is a baud rate without a serial port before it; left out\n"},
    {"two bauds", "console=com2,9600,4800", "0x2f8,9600! chosen " DEFAULT_REST,
     "options: console=\"4800\" is a baud rate without a serial port before it; left out\n"},
    {"baud 1", "console=com1,1", "0x3f8,115200 chosen " DEFAULT_REST, NO_BAUD("1")},
    {"baud 49", "console=com1,49", "0x3f8,115200 chosen " DEFAULT_REST, NO_BAUD("49")},
    {"baud that no divisor reaches", "console=com1,100000", "0x3f8,115200 chosen " DEFAULT_REST,
     NO_BAUD("100000")},
    {"baud too high", "console=com1,230400", "0x3f8,115200 chosen " DEFAULT_REST,
     NO_BAUD("230400")},
    {"baud of 33 bits", "console=com1,4294976896", "0x3f8,115200 chosen " DEFAULT_REST,
     NO_BAUD("4294976896")},
    {"baud of 65 bits", "console=com1,18446744073709561216", "0x3f8,115200 chosen " DEFAULT_REST,
     NO_BAUD("18446744073709561216")},
    {"baud with a letter", "console=com1,9600n8", "0x3f8,115200 chosen " DEFAULT_REST,
     NO_BAUD("9600n8")},
    {"baud in hexadecimal", "console=com1,1a", "0x3f8,115200 chosen " DEFAULT_REST, NO_BAUD("1a")},
    {"no clock", "console=com1,9600@", "0x3f8,115200 chosen " DEFAULT_REST, NO_BAUD("9600@")},
    {"clock too low", "console=com1,9600@100000", "0x3f8,115200 chosen " DEFAULT_REST,
     NO_BAUD("9600@100000")},
    {"clock too high for the divisor", "console=com1,50@400000000",
     "0x3f8,115200 chosen " DEFAULT_REST, NO_BAUD("50@400000000")},
    {"clock with a letter", "console=com1,9600@1M", "0x3f8,115200 chosen " DEFAULT_REST,
     NO_BAUD("9600@1M")},
    {"two clocks", "console=com1,9600@1843200@1", "0x3f8,115200 chosen " DEFAULT_REST,
     NO_BAUD("9600@1843200@1")},
    {"a bad speed after a good one", "console=com1,9600 console=com1,9600@0",
     "0x3f8,115200 chosen " DEFAULT_REST, NO_BAUD("9600@0")},
    {"memory without an address", "console=mmio", ALL_DEFAULT, NO_ADDRESS("")},
    {"memory and another console", "console=mmio32,com1", ALL_DEFAULT, NO_ADDRESS("com1")},
    {"memory and a decimal address", "console=mmio,4096", ALL_DEFAULT, NO_ADDRESS("4096")},
    {"memory at the beginning", "console=mmio,0xfff", ALL_DEFAULT, NO_ADDRESS("0xfff")},
    {"memory of 53 bits", "console=com2,mmio,0x10000000000000", "0x2f8,115200 chosen " DEFAULT_REST,
     NO_ADDRESS("0x10000000000000")},
    {"PCI with a segment", "console=pci,0000:00:16.3", ALL_DEFAULT, NO_DEVICE("0000:00:16.3")},
    {"PCI bus too high", "console=pci,100:00.0", ALL_DEFAULT, NO_DEVICE("100:00.0")},
    {"PCI device too high", "console=pci,00:20.0", ALL_DEFAULT, NO_DEVICE("00:20.0")},
    {"PCI function too high", "console=pci,00:1f.8", ALL_DEFAULT, NO_DEVICE("00:1f.8")},
    {"PCI without a function", "console=pci,00:1f", ALL_DEFAULT, NO_DEVICE("00:1f")},
    {"PCI of nothing", "console=pci,:.", ALL_DEFAULT, NO_DEVICE(":.")},
    {"not quite mmio", "console=mmio16,com2", "0x2f8,115200 chosen " DEFAULT_REST,
     NO_CONSOLE("mmio16")},
    {"fifth port", "console=com1,com2,com3,com4,0x1000",
     "0x3f8,115200 0x2f8,115200 0x3e8,115200 0x2e8,115200 chosen " DEFAULT_REST,
     "options: console=\"0x1000\" is a fifth serial port; left out\n"},
};

static void test_bad(void **state)
{
    (void)state;
    check_parse_cases(bad_cases, ARRAY_SIZE(bad_cases));
}

static void test_no_line(void **state)
{
    struct options from_null;
    struct options from_empty;

    (void)state;
    assert_int_equal(options_parse(&from_null, NULL, NULL), 0);
    assert_int_equal(options_parse(&from_empty, "", NULL), 0);
    assert_int_equal(from_null.uarts[0].address, 0x3f8);
    assert_true(from_null.vga);
    assert_int_equal(from_empty.uarts[0].address, 0x3f8);
}

static void test_silent(void **state)
{
    struct options options;

    (void)state;
    assert_int_equal(options_parse(&options, "foo report=xml console=com2", NULL), 2);
    assert_int_equal(options.uarts[0].address, 0x2f8);
}

/* The texts are the places in the line, not copies. */
static void test_in_place(void **state)
{
    static const char line[] = "/k selftest=\"a b\"";
    struct options options;

    (void)state;
    assert_int_equal(options_parse(&options, line, NULL), 0);
    assert_ptr_equal(options.image_path.at, line);
    assert_int_equal(options.image_path.length, 2);
    assert_ptr_equal(options.selftest_words.at, line + 13);
    assert_int_equal(options.selftest_words.length, 3);
}

/* A word of 100,000 characters is neither cut nor a problem. */
static void test_long_word(void **state)
{
    const size_t length = 100000;
    char *line = test_malloc(length + 1);
    char *printed = test_malloc(2 * length);
    struct text_buffer buffer;
    struct options options;

    (void)state;
    memset(line, 'x', length);
    line[length] = '\0';
    text_buffer_init(&buffer, printed, 2 * length);
    assert_int_equal(options_parse(&options, line, &buffer.out), 1);
    assert_int_equal(buffer.length,
                     strlen("options: unknown option \"\"") + length + strlen(KNOWN));
    memcpy(line, "selftest=", 9);
    assert_int_equal(options_parse(&options, line, &buffer.out), 0);
    assert_int_equal(options.selftest_words.length, length - 9);
    test_free(printed);
    test_free(line);
}

/* --- The choice of tests ---------------------------------------------------------------------- */

static const struct {
    const char *words; /* the command line */
    const char *test;
    bool selected;
} select_cases[] = {
    {"", "msr.host_policy", true},
    {"selftest=all", "msr.host_policy", true},
    {"selftest=none", "msr.host_policy", false},
    {"selftest=none", "none", false},
    {"selftest=msr", "msr.host_policy", true},
    {"selftest=msr.", "msr.host_policy", true},
    {"selftest=msr.host", "msr.host_policy", true},
    {"selftest=msr.host_", "msr.host_policy", true},
    {"selftest=msr.host_policy", "msr.host_policy", true},
    {"selftest=msr", "msr", true},
    {"selftest=ms", "msr.host_policy", false},
    {"selftest=msr.ho", "msr.host_policy", false},
    {"selftest=msr.host_policy2", "msr.host_policy", false},
    {"selftest=msr.host_policy.", "msr.host_policy", false},
    {"selftest=host_policy", "msr.host_policy", false},
    {"selftest=MSR", "msr.host_policy", false},
    {"selftest=msr", "msrs.host_policy", false},
    {"selftest=msr,vmx.first_guest", "vmx.first_guest.ept", true},
    {"selftest=msr,vmx.first_guest", "msr.raw", true},
    {"selftest=msr,vmx.first_guest", "vmx.first", false},
    {"selftest=msr,vmx.first_guest", "vmx.first_guests", false},
    {"selftest=\"msr vmx\"", "vmx.on", true},
    {"selftest=,,vmx,", "vmx.on", true},
    {"selftest=,,vmx,", "msr.raw", false},
    {"selftest=!msr", "vmx.on", true},
    {"selftest=!msr", "msr.raw", false},
    {"selftest=!msr.raw,!vmx", "msr.host_policy", true},
    {"selftest=!msr.raw,!vmx", "msr.raw", false},
    {"selftest=!msr.raw,!vmx", "vmx.on", false},
    {"selftest=msr,!msr.raw", "msr.raw", false},
    {"selftest=!msr.raw,msr", "msr.raw", false},
    {"selftest=!msr.raw,msr", "msr.host_policy", true},
    {"selftest=!msr.raw,msr", "vmx.on", false},
    {"selftest=!", "vmx.on", true},
    {"selftest=!!vmx", "vmx.on", true},
};

static void test_selects(void **state)
{
    struct options options;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(select_cases); i++) {
        assert_int_equal(options_parse(&options, select_cases[i].words, NULL), 0);
        if (options_selects(&options, select_cases[i].test) != select_cases[i].selected)
            fail_msg("%s and %s: expected %d", select_cases[i].words, select_cases[i].test,
                     select_cases[i].selected);
    }
}

static const char *const tests[] = {"msr.raw", "msr.host_policy", "vmx.on"};

#define TESTS_LINE "options: known tests: msr.raw msr.host_policy vmx.on\n"

static const struct {
    const char *words;
    unsigned count;
    const char *expected;
} unmatched_cases[] = {
    {"", 0, ""},
    {"selftest=none", 0, ""},
    {"selftest=all", 0, ""},
    {"selftest=msr,vmx.on", 0, ""},
    {"selftest=foo", 1, "options: selftest=\"foo\" chooses no test\n" TESTS_LINE},
    {"selftest=foo,msr,none", 2,
     "options: selftest=\"foo\" chooses no test\noptions: selftest=\"none\" chooses no test\n" //
     TESTS_LINE},
    {"selftest=!vmx.on", 0, ""},
    {"selftest=!foo", 1, "options: selftest=\"foo\" chooses no test\n" TESTS_LINE},
    {"selftest=vmx.on.x", 1, "options: selftest=\"vmx.on.x\" chooses no test\n" TESTS_LINE},
};

static void test_unmatched(void **state)
{
    char printed[512];
    struct text_buffer buffer;
    struct options options;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(unmatched_cases); i++) {
        text_buffer_init(&buffer, printed, sizeof(printed));
        assert_int_equal(options_parse(&options, unmatched_cases[i].words, NULL), 0);
        assert_int_equal(options_warn_unmatched(&options, tests, ARRAY_SIZE(tests), &buffer.out),
                         unmatched_cases[i].count);
        assert_string_equal(printed, unmatched_cases[i].expected);
    }
}

static void test_print_known(void **state)
{
    char printed[2048];
    struct text_buffer buffer;

    (void)state;
    text_buffer_init(&buffer, printed, sizeof(printed));
    options_print_known(&buffer.out);
    assert_string_equal(
        printed,
        "options: "
        "console=com1..com4|0xPORT|mmio,0xADDRESS|mmio32,0xADDRESS|pci[,BB:DD.F]|"
        "pci32[,BB:DD.F]|spcr[,"
        "BAUD[@CLOCK]]|vga|fb|none[,...] - where messages go; "
        "may be given "
        "again to add more; none drops those before it (default: com1,115200,spcr,vga,fb)\n"
        "options: report=text|json|none - the form of the report (default: text)\n"
        "options: mask=NAME|0xMSR:BIT[,...] - VMX capabilities to do without, such as "
        "ept,vpid,0x48b:7; may be given again (default: off)\n"
        "options: selftest=all|none|NAME[,NAME...] - which tests run: names, or beginnings up to a "
        "dot or underscore; !NAME: which do not (default: all)\n"
        "options: exit=auto|qemu|bochs|poweroff|reset|halt - how the machine ends (default: auto)\n"
        "options: crash=none|ud|pf|stack|canary|undefined|everywhere|deaf|wait|call - dies on "
        "purpose "
        "after the "
        "report, to test how a death is reported (default: none)\n"
        "options: oracle=COUNT[,SEED[,FIRST[,STEP]]] - enters COUNT mutated guests and compares "
        "what the entry checker says of them (default: off)\n"
        "options: pause=0..3600 - holds each page of the screen for a key, at most so many "
        "seconds; "
        "60 where none are given (default: off)\n"
        "options: maxcpus=all|N - how many processors are started (default: all)\n"
        "options: nosmp - the boot processor only (default: off)\n"
        "options: mitigations=auto|off - measures against speculation (default: auto)\n"
        "options: explain=rule|fields - what a refused VM entry shows (default: rule)\n"
        "options: bench - measures after the tests (default: off)\n"
        "options: long - self-tests take their time: more rounds (default: off)\n"
        "options: help - lists the options; nothing else runs (default: off)\n");
}

/* help: the machine ends after the list, and nobody can scroll back. */
static void test_known_fit_a_screen(void **state)
{
    char printed[2048];
    struct text_buffer buffer;
    unsigned rows = 1; /* the cursor's */

    (void)state;
    text_buffer_init(&buffer, printed, sizeof(printed));
    options_print_known(&buffer.out);
    for (const char *line = printed, *end; (end = strchr(line, '\n')); line = end + 1)
        rows += (unsigned)(end - line + SCREEN_COLUMNS - 1) / SCREEN_COLUMNS;
    assert_in_range(rows, 1, SCREEN_ROWS);
}

/* --- Anything at all -------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static bool lies_in(struct option_text text, const char *line)
{
    return text.at >= line && text.at + text.length <= line + strlen(line);
}

/* Lines made of the pieces that the parser looks for; each ends where its memory ends. */
static void test_random(void **state)
{
    static const char *const pieces[] = {
        "console", "report", "selftest", "exit", "bench", "=",    "=",    ",",  "\"", "\\\"",
        "\\",      " ",      "\t",       "com1", "0x3f8", "mmio", "pci",  ":",  "0.", "@",
        "9600",    "vga",    "no",       "ne",   "/",     "a",    "json", "msr"};
    const char *given = getenv("SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) | 1 : 20240229;
    char line[256];
    struct options options;

    (void)state;
    printf("# seed %llu (SEED=)\n", (unsigned long long)seed);
    for (int round = 0; round < 200000; round++) {
        char printed[8192];
        struct text_buffer built;
        struct text_buffer buffer;
        unsigned warnings;

        text_buffer_init(&built, line, sizeof(line));
        for (uint64_t left = next_random(&seed) % 20; left > 0; left--)
            out_printf(&built.out, "%s", pieces[next_random(&seed) % ARRAY_SIZE(pieces)]);
        text_buffer_init(&buffer, printed, sizeof(printed));
        char *copy = parse(&options, line, &buffer, &warnings);
        if (options.selftest == OPTION_SELFTEST_WORDS)
            assert_true(lies_in(options.selftest_words, copy));
        if (options.image_path.length)
            assert_true(lies_in(options.image_path, copy));
        (void)options_selects(&options, "msr.raw");
        assert_true((warnings == 0) == (printed[0] == '\0'));
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest group[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_no_line),     cmocka_unit_test(test_silent),
        cmocka_unit_test(test_in_place),    cmocka_unit_test(test_long_word),
        cmocka_unit_test(test_selects),     cmocka_unit_test(test_unmatched),
        cmocka_unit_test(test_print_known), cmocka_unit_test(test_known_fit_a_screen),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests_name("options", group, NULL, NULL);
}
