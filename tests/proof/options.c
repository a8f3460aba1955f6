/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c - a proof about the parser of the command line: any line. */
#include "proof.h"

#include "boot/options.h"

#define BYTES_MAX 3

/* In the line or the texts of the defaults; never elsewhere in the line's object. */
static bool lies_within(struct option_text text, const char *line, size_t length)
{
    return !__CPROVER_same_object(text.at, line) ||
           (text.at >= line && text.length <= length - (size_t)(text.at - line));
}

/* The line ends where its object ends. What is printed is left out here: format.c is not part. */
static void prove_line(const char *line, size_t length)
{
    struct options options;

    (void)options_parse(&options, line, NULL);

    PROVE(lies_within(options.selftest_words, line, length) &&
              lies_within(options.image_path, line, length),
          "texts lie in the line");
    PROVE(options.report <= OPTION_REPORT_NONE && options.exit <= OPTION_EXIT_HALT &&
              options.crash <= OPTION_CRASH_CALL && options.selftest <= OPTION_SELFTEST_WORDS,
          "every choice is one of those listed");
    for (unsigned i = 0; i < OPTIONS_UARTS; i++)
        PROVE(options.uarts[i].kind <= OPTION_UART_SPCR &&
                  (options.uarts[i].kind != OPTION_UART_PORT ||
                   (options.uarts[i].address >= 0x100 && options.uarts[i].address <= 0xfff8)),
              "a serial port has a port");
}

/* Any bytes but NUL, then NUL; `room` ends where the line does. */
static const char *any_line(char *room, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        ANY(char, c);
        GIVEN(c != '\0');
        room[i] = c;
    }
    room[length] = '\0';
    return room;
}

void prove_options(void)
{
    char room[BYTES_MAX + 1];

    prove_line(any_line(room, BYTES_MAX), BYTES_MAX);
    END_OF_PROOF();
}
