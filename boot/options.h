/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - the kernel's command line: what it may say, and what it said.
 *
 * The line is words separated by blanks. A double quote keeps blanks inside a word: name="a b" and
 * "name=a b" are the same, and so is "name=\"a b\"", which is how GRUB passes a quoted value on. A
 * first word that begins with '/' is the path of the image. Nothing is copied: the texts below
 * point into the line, which must stay where it is for as long as the options are used. Pure.
 */
#ifndef LINTEL_BOOT_OPTIONS_H
#define LINTEL_BOOT_OPTIONS_H

#include "base.h"
#include "format.h"
#include "msr/mask.h"
#include "uart.h"

#define OPTIONS_UARTS 4

/* A piece of the command line; it has no NUL at its end. */
struct option_text {
    const char *at;
    size_t length;
};

/* A 16550: where it is, or who says where it is. The driver finds out whether it exists. */
enum option_uart_kind {
    OPTION_UART_NONE,
    OPTION_UART_PORT,   /* `address` is its first I/O port */
    OPTION_UART_MEMORY, /* `address` is that of its registers */
    OPTION_UART_PCI,    /* `address` is bus << 8 | device << 3 | function, or OPTION_UART_FIRST */
    OPTION_UART_SPCR,   /* the firmware's table SPCR knows */
};
#define OPTION_UART_FIRST UINT64_MAX /* the first serial device of class 07h, subclass 00h */

struct option_uart {
    enum option_uart_kind kind;
    uint64_t address;
    uint8_t unit; /* bytes of a register in memory: 1 or 4 */
    struct uart_speed speed;
    bool speed_given;
};

enum option_report { OPTION_REPORT_TEXT, OPTION_REPORT_JSON, OPTION_REPORT_NONE };
enum option_exit {
    OPTION_EXIT_AUTO,
    OPTION_EXIT_QEMU,
    OPTION_EXIT_BOCHS,
    OPTION_EXIT_POWER_OFF,
    OPTION_EXIT_RESET,
    OPTION_EXIT_HALT,
};
/* crash=KIND dies on purpose, so that the reports of a death can be tested (crash.c). */
enum option_crash {
    OPTION_CRASH_NONE,
    OPTION_CRASH_UD,         /* #UD: register dump and backtrace */
    OPTION_CRASH_PF,         /* #PF through a null pointer */
    OPTION_CRASH_STACK,      /* the stack pointer leaves the map: #DF on its own stack */
    OPTION_CRASH_CANARY,     /* a function overwrites the end of its frame */
    OPTION_CRASH_UNDEFINED,  /* signed overflow: noticed by a build with UBSAN=1 only */
    OPTION_CRASH_EVERYWHERE, /* all processors at once: one of them reports */
    OPTION_CRASH_DEAF,       /* the last processor takes no more interrupts, and is called */
    OPTION_CRASH_WAIT,       /* waits for an NMI or a machine check from outside, then goes on */
    OPTION_CRASH_CALL,       /* a call of a null pointer: the backtrace has its caller */
};
/* oracle=COUNT[,SEED[,FIRST[,STEP]]]: mutations of the entry checker's trial
 * (tests/oracle/oracle.c). */
struct option_oracle {
    uint32_t count; /* 0: none */
    uint32_t seed;
    uint32_t first; /* number of the first mutation: to repeat one of an earlier run */
    uint32_t step;  /* from one number to the next */
};
enum option_selftest { OPTION_SELFTEST_ALL, OPTION_SELFTEST_NONE, OPTION_SELFTEST_WORDS };

struct options {
    struct option_uart uarts[OPTIONS_UARTS]; /* OPTION_UART_NONE comes last */
    bool vga;                                /* the screen in text mode */
    bool fb;                                 /* the screen as a framebuffer */
    bool consoles_chosen;                    /* named by the command line */
    unsigned pause_seconds;                  /* pause=: 0 is off */
    enum option_report report;
    struct policy_masks masks; /* bits that the host policy must do without */
    enum option_selftest selftest;
    struct option_text selftest_words; /* of OPTION_SELFTEST_WORDS: separated by commas or blanks */
    enum option_exit exit;
    enum option_crash crash;
    struct option_oracle oracle;
    uint32_t max_processors; /* maxcpus=, nosmp */
    bool mitigations_off;
    bool explain_fields; /* explain=fields: of a refused VM entry all is printed */
    bool bench;
    bool thorough;                 /* long: the self-tests take their time */
    bool help;                     /* the options are listed, and nothing else is done */
    struct option_text image_path; /* empty when there was none */
};

/*
 * Parses `command_line` (NULL is an empty one) and returns how many warnings were printed: one line
 * each to `out`, or nothing where that is NULL. Since it changes nothing but `options`, it can
 * be called once in silence to learn the consoles and again to print on them.
 *
 * An option that is not named has its default. Of one that is named more than once the last good
 * value counts (console= adds up instead: see options_print_known). A bad value changes nothing.
 */
unsigned options_parse(struct options *options, const char *command_line, struct out *out);

/*
 * True when selftest= chooses the test: all do, or one of the words is the test's name, or the
 * beginning of it up to a dot or an underscore ("vmx.first_guest" chooses "vmx.first_guest.ept"). A
 * word with a ! before it leaves such tests out, whatever else chooses them; where all words are
 * such, the other tests run.
 */
bool options_selects(const struct options *options, const char *test_name);

/*
 * Warns of every word of selftest= that chooses none of the `count` tests, one line each, and lists
 * the tests once after them. Returns how many words it warned of.
 */
unsigned options_warn_unmatched(const struct options *options, const char *const test_names[],
                                size_t count, struct out *out);

/* One line for each option: its form, what it is for, its default. */
void options_print_known(struct out *out);

#endif
