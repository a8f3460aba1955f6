/* SPDX-License-Identifier: BSD-2-Clause */
/* crash.h - crash=KIND dies on purpose, so that the reports of a death can be tested. */
#ifndef LINTEL_BOOT_CRASH_H
#define LINTEL_BOOT_CRASH_H

/* The kinds of crash=; OPTION_CRASH_NONE is no crash. */
enum option_crash {
    OPTION_CRASH_NONE,
    OPTION_CRASH_UD,        /* #UD: register dump and backtrace */
    OPTION_CRASH_PF,        /* #PF through a null pointer */
    OPTION_CRASH_STACK,     /* the stack pointer leaves the map: #DF on its own stack */
    OPTION_CRASH_CANARY,    /* a function overwrites the end of its frame */
    OPTION_CRASH_UNDEFINED, /* signed overflow: seen by a build with UBSAN=1 only */
};

/* Returns only for OPTION_CRASH_NONE, or where the crash was not seen (and says so). */
void crash_if_asked(enum option_crash kind);

#endif
