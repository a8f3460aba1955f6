/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c - a proof about the parser of the command line: any line. */
#include <stdlib.h>

#include "proof.h"

#include "boot/options.h"

#define LINE_MAX_BYTES 8

/* Empty, or a piece of the line. (Defaults are texts of their own, "all" is the longest.) */
static bool lies_within(struct option_text text, const char *line, size_t size)
{
    return !__CPROVER_same_object(text.at, line) ||
           (text.at >= line && text.length <= size - (size_t)(text.at - line));
}

/* The line ends where its object ends. What is printed is left to the proof of format.c. */
void prove_options(void)
{
    ANY(size_t, length);
    struct options options;

    GIVEN(length <= LINE_MAX_BYTES);
    char *line = malloc(length + 1);
    GIVEN(line != NULL);
    line[length] = '\0';

    (void)options_parse(&options, line, NULL);

    PROVE(lies_within(options.selftest_words, line, length) &&
              lies_within(options.image_path, line, length),
          "texts lie in the line");
    PROVE(options.report <= OPTION_REPORT_NONE && options.exit <= OPTION_EXIT_HALT &&
              options.crash <= OPTION_CRASH_UNDEFINED && options.selftest <= OPTION_SELFTEST_WORDS,
          "every choice is one of those listed");
    for (unsigned i = 0; i < OPTIONS_UARTS; i++)
        PROVE(!options.uarts[i].present ||
                  (options.uarts[i].port >= 0x100 && options.uarts[i].baud >= 2 &&
                   115200 % options.uarts[i].baud == 0),
              "a serial port has a port and a baud rate that divides 115200");
    END_OF_PROOF();
}
