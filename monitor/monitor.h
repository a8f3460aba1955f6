/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * monitor.h - the virtual-machine monitor: an unprivileged process that owns one VM.
 *
 *   main.c         one guest, from its beginning to its end
 *   machine.c      memory, VM and vCPU are made; exits are answered
 *   loader_elf.c   a 64-bit ELF guest, its page tables and first state
 *   ports.c        which device answers which port
 *   serial.c       a 16550 that only sends
 *   say.c          lines on the console
 *   power.c        power-off, and exit status
 *
 * The machine that the guest finds is in guest_machine.h. Its memory lies at MEMORY_AT in the
 * monitor.
 */
#ifndef LINTEL_MONITOR_MONITOR_H
#define LINTEL_MONITOR_MONITOR_H

#include "abi.h"
#include "format.h"
#include "guest_machine.h"

struct machine {
    uint64_t vm, vcpu;
    struct abi_vcpu *page;
    uint8_t *memory; /* the guest's, in the monitor */
    uint64_t memory_bytes;
    uint64_t memory_handle;
    bool ended;
    int64_t status; /* what the guest ended with */
};

/* Exit statuses of the monitor itself; those of a guest are 0 to 255. */
enum { STATUS_NO_MACHINE = 300, STATUS_SHUTDOWN, STATUS_REFUSED, STATUS_UNHANDLED };

/*
 * Sets the name of the guest in the lines below; the string must stay. Without it they have no
 * name.
 */
void say_name(const char *guest);

/* Prints a whole line of the monitor: "monitor NAME: ...". */
void say(const char *format, ...) PRINTF(1, 2);

/* Takes a character of the guest; its lines are printed as "guest NAME: ...". */
void say_guest(char c);

/* Makes memory, VM and vCPU, and loads the first module. False: a line says why not. */
bool machine_make(struct machine *machine, const struct abi_info *info);

/* Runs the guest until an exit wants an answer. */
void machine_enter(struct machine *machine);

/* Answers that exit: the guest can be entered again, or has ended. */
void machine_answer(struct machine *machine);

/* Both, until the guest has ended. */
void machine_run(struct machine *machine);

/*
 * Puts the guest's file into its memory, and its first state into the page. False: a line says
 * why.
 */
bool load_elf(struct machine *machine, const void *file, uint64_t bytes);

/* An access of 1, 2 or 4 bytes to a port. Returns what a read finds, and 0 for a write. */
uint32_t port_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                     uint32_t value);

uint32_t serial_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                       uint32_t value);
uint32_t power_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                      uint32_t value);

#endif
