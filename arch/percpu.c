/* SPDX-License-Identifier: BSD-2-Clause */
/* percpu.c - see percpu.h. */
#include "percpu.h"

struct percpu boot_percpu;

static struct percpu *processors[CPUS_MAX] = {&boot_percpu};
static unsigned running = 1;

unsigned cpu_count(void)
{
    return running;
}

struct percpu *percpu_at(unsigned number)
{
    return processors[number];
}

void percpu_add(struct percpu *cpu)
{
    processors[running++] = cpu;
}
