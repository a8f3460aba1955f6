/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * abi_docs.c - the parts of docs/abi.md that come from the list of the system calls. A program of
 * the host; `make abi-docs` runs it.
 *
 * usage: abi_docs FILE EXAMPLES
 *   FILE      is printed; what is between "<!-- abi_docs: PART -->" and "<!-- abi_docs: end -->"
 *             is made anew. PART: calls, errors or cards
 *   EXAMPLES  a C file: the lines between a comment "example: CALL" and a comment "end" are printed
 *             in the card of that call
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

#define LINE_SIZE     512
#define ARGUMENTS_MAX 6

struct text {
    const char *name, *text;
};

#define ARGUMENTS0()
#define ARGUMENTS1(a, at)                             #a, at
#define ARGUMENTS2(a, at, b, bt)                      #a, at, #b, bt
#define ARGUMENTS3(a, at, b, bt, c, ct)               #a, at, #b, bt, #c, ct
#define ARGUMENTS4(a, at, b, bt, c, ct, d, dt)        #a, at, #b, bt, #c, ct, #d, dt
#define ARGUMENTS5(a, at, b, bt, c, ct, d, dt, e, et) #a, at, #b, bt, #c, ct, #d, dt, #e, et
#define ARGUMENTS6(a, at, b, bt, c, ct, d, dt, e, et, f, ft) \
#a, at, #b, bt, #c, ct, #d, dt, #e, et, #f, ft

#define CALL_ERROR(NAME, when) {#NAME, when},
#define CALL_TEXTS(number, NAME, name, count, arguments, what, result, errors) \
    [number] = {#NAME, #name, count, {ARGUMENTS##count arguments}, what, result, {errors}},

static const struct call {
    const char *capitals, *name;
    unsigned count;
    const char *arguments[2 * ARGUMENTS_MAX + 1]; /* each one's name and its text */
    const char *what, *result;
    struct text errors[ABI_ERROR_COUNT]; /* to the first without a name */
} calls[ABI_CALL_COUNT] = {ABI_CALLS(CALL_TEXTS, CALL_ERROR)};

#define ERROR_TEXT(number, NAME, text) [number] = {#NAME, text},
static const struct text errors[ABI_ERROR_COUNT] = {ABI_ERRORS(ERROR_TEXT)};

static void die(const char *what, const char *name)
{
    fprintf(stderr, "abi_docs: %s %s\n", what, name);
    exit(1);
}

/* --- what the compiler cannot check ----------------------------------------------------------- */

static void check_name(const struct call *call)
{
    size_t i = 0;

    while (call->name[i] && call->capitals[i] == toupper((unsigned char)call->name[i]))
        i++;
    if (call->name[i] || call->capitals[i])
        die("the two names differ:", call->capitals);
}

/* No error twice. */
static void check_errors(const struct call *call)
{
    for (unsigned i = 0; call->errors[i].name; i++)
        for (unsigned j = 0; j < i; j++)
            if (!strcmp(call->errors[i].name, call->errors[j].name))
                die("an error is listed twice:", call->capitals);
}

/* --- the parts -------------------------------------------------------------------------------- */

static void print_names(const struct call *call)
{
    for (unsigned i = 0; i < call->count; i++)
        printf("%s%s", i ? ", " : "", call->arguments[2 * i]);
}

static void print_calls(FILE *examples)
{
    (void)examples;
    printf("| number | call | arguments | |\n|---|---|---|---|\n");
    for (unsigned i = 0; i < ABI_CALL_COUNT; i++) {
        printf("| %u | [%s](#%s) | ", i, calls[i].capitals, calls[i].name);
        print_names(&calls[i]);
        printf("%s| %s |\n", calls[i].count ? " " : "", calls[i].what);
    }
}

static void print_errors(FILE *examples)
{
    (void)examples;
    printf("| number | error | |\n|---|---|---|\n");
    for (unsigned i = 1; i < ABI_ERROR_COUNT; i++)
        printf("| %u | %s | %s |\n", i, errors[i].name, errors[i].text);
}

/* The error's own text, where the row has none. */
static const char *reason(const struct text *error)
{
    unsigned i = 1;

    while (strcmp(errors[i].name, error->name) != 0)
        i++; /* each is one of these: its number is used elsewhere */
    return error->text[0] ? error->text : errors[i].text;
}

static void print_example(const struct call *call, FILE *examples)
{
    char line[LINE_SIZE], wanted[LINE_SIZE];
    bool inside = false;

    snprintf(wanted, sizeof(wanted), "/* example: %s */\n", call->capitals);
    rewind(examples);
    while (fgets(line, sizeof(line), examples)) {
        if (!strcmp(line, "/* end */\n"))
            inside = false;
        if (inside)
            printf("%s%s", line[0] == '\n' ? "" : "    ", line);
        if (!strcmp(line, wanted)) {
            printf("\nAn example:\n\n");
            inside = true;
        }
    }
}

static void print_card(const struct call *call, FILE *examples)
{
    printf("\n### %s\n\nNumber %u: `sys_%s(", call->capitals, (unsigned)(call - calls), call->name);
    print_names(call);
    printf(")`\n\n%s\n", call->what);
    if (call->count)
        printf("\n");
    for (unsigned i = 0; i < call->count; i++)
        printf("- `%s`: %s\n", call->arguments[2 * i], call->arguments[2 * i + 1]);
    printf("\nResult: %s.\n", call->result);
    if (call->errors[0].name)
        printf("\n| error | when |\n|---|---|\n");
    for (unsigned i = 0; call->errors[i].name; i++)
        printf("| %s | %s |\n", call->errors[i].name, reason(&call->errors[i]));
    print_example(call, examples);
}

static void print_cards(FILE *examples)
{
    for (unsigned i = 0; i < ABI_CALL_COUNT; i++)
        print_card(&calls[i], examples);
    printf("\n");
}

/* --- the file --------------------------------------------------------------------------------- */

static const struct {
    const char *begin;
    void (*print)(FILE *examples);
} parts[] = {
    {"<!-- abi_docs: calls -->\n", print_calls},
    {"<!-- abi_docs: errors -->\n", print_errors},
    {"<!-- abi_docs: cards -->\n", print_cards},
};

#define END "<!-- abi_docs: end -->\n"

static FILE *open_file(const char *name)
{
    FILE *file = fopen(name, "r");

    if (!file)
        die("cannot read", name);
    return file;
}

/* True: the line begins a part, which is printed anew. */
static bool is_part(const char *line, unsigned *printed, FILE *examples)
{
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
        if (!strcmp(line, parts[i].begin)) {
            parts[i].print(examples);
            (*printed)++;
            return true;
        }
    return false;
}

/* How many parts were printed; the last one must have its end. */
static unsigned print_file(FILE *file, FILE *examples)
{
    char line[LINE_SIZE];
    unsigned printed = 0;
    bool old = false; /* what stands there now is left out */

    while (fgets(line, sizeof(line), file)) {
        if (!strcmp(line, END))
            old = false;
        if (!old)
            fputs(line, stdout);
        old = old || is_part(line, &printed, examples);
    }
    return old ? 0 : printed;
}

int main(int argc, char *argv[])
{
    FILE *file, *examples;

    if (argc != 3)
        die("usage:", "abi_docs FILE EXAMPLES");
    for (unsigned i = 0; i < ABI_CALL_COUNT; i++) {
        check_name(&calls[i]);
        check_errors(&calls[i]);
    }
    file = open_file(argv[1]);
    examples = open_file(argv[2]);
    if (print_file(file, examples) != ARRAY_SIZE(parts))
        die("not each part once, with its end, in", argv[1]);
    fclose(file);
    fclose(examples);
    return 0;
}
