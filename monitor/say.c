/* SPDX-License-Identifier: BSD-2-Clause */
/* say.c - see monitor.h: guests run side by side, and each line says whose it is. */
#include "monitor.h"
#include "user/print.h"

static const char *name = "";

void say_name(const char *guest)
{
    name = guest;
}

static void say_who(const char *who)
{
    print("%s%s%s: ", who, name[0] ? " " : "", name);
}

void say(const char *format, ...)
{
    va_list arguments;

    say_who("monitor");
    va_start(arguments, format);
    out_vprintf(&console, format, arguments);
    va_end(arguments);
}

void say_guest(char c)
{
    static bool in_line;

    if (!in_line)
        say_who("guest");
    in_line = c != '\n';
    print("%c", c);
}
