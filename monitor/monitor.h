/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * monitor.h - the virtual-machine monitor: an unprivileged process that owns one VM.
 *
 *   machine.c      memory, VM and vCPU are made; the loop that answers exits
 *   loader_elf.c   a 64-bit ELF guest, its page tables and first state
 *   ports.c        which device answers which port
 *   serial.c       a 16550 that only sends, at 3f8h
 *   power.c        power-off at 604h, exit status at f4h
 *
 * Guest-physical memory is [0, size), and lies at MEMORY_AT in the monitor:
 *
 *   0x0000   empty, so that null pointers of the guest read 0
 *   0x1000   GDT
 *   0x2000   page tables: PML4, PDPT, a directory of 2-MiB pages for the first GiB
 *   0x100000 the guest's segments, where its file says
 *   size     the first stack pointer
 */
#ifndef LINTEL_MONITOR_MONITOR_H
#define LINTEL_MONITOR_MONITOR_H

#include "abi.h"

struct machine {
    uint64_t vm, vcpu;
    struct abi_vcpu *page;
    uint8_t *memory; /* the guest's, in the monitor */
    uint64_t memory_bytes;
    uint64_t memory_handle;
    bool ended;
    int64_t status;       /* what the guest ended with */
    uint64_t pages_asked; /* mapped when the guest touched them */
    unsigned processors;  /* to wander over, one after another, at each exit; 0: stay */
};

/*
 * Puts the guest's file into its memory, and its first state into the page. False: a line says
 * why.
 */
bool load_elf(struct machine *machine, const void *file, uint64_t bytes);

/* An access to a port, of 1, 2 or 4 bytes; of a read the value, of a write 0. */
uint32_t port_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                     uint32_t value);

uint32_t serial_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                       uint32_t value);
uint32_t power_access(struct machine *machine, uint16_t port, unsigned bytes, bool in,
                      uint32_t value);

#endif
