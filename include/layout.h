/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - where things are in the address space, and selectors: shared by C, assembly and the
 * linker script.
 *
 *   0xffffffff80000000  KERNEL_BASE   the kernel's image: physical 0 .. 1 GiB
 *   0xffff800000000000  DIRECT_BASE   physical memory, 0 .. 4 GiB, by its address
 *   0x0000000000000000                nothing, once the boot has left the identity map
 */
#ifndef LINTEL_LAYOUT_H
#define LINTEL_LAYOUT_H

#ifdef __ASSEMBLER__
#define ADDRESS(x) x
#else
#define ADDRESS(x) x##ULL
#endif

#define KERNEL_BASE ADDRESS(0xffffffff80000000)
#define DIRECT_BASE ADDRESS(0xffff800000000000)
#define DIRECT_SIZE ADDRESS(0x100000000)
#define KERNEL_LOAD 0x100000 /* physical: 1 MiB, above the firmware's low memory */

/* The GDT: SYSCALL and SYSRET will want user data just below user code. */
#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x28 /* two entries of 8 bytes */
#define GDT_ENTRIES   7

/* Interrupt stack table: one stack each, so that they work whatever has happened to the others. */
#define IST_DOUBLE_FAULT  1
#define IST_NMI           2
#define IST_MACHINE_CHECK 3
#define IST_COUNT         3
#define IST_STACK_SIZE    8192
#define BOOT_STACK_SIZE   32768

/* isa-debug-exit of QEMU turns value V into exit status 2 * V + 1: 33 passed, 35 failed. */
#define QEMU_EXIT_PORT   0xf4
#define QEMU_EXIT_PASSED 0x10
#define QEMU_EXIT_FAILED 0x11
#define BOCHS_EXIT_PORT  0x8900

#define COM1_PORT 0x3f8

#endif
