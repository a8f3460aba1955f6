/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - where things are in the address space, selectors and descriptors: shared by C,
 * assembly and the linker script.
 *
 *   0xffffffff80000000  KERNEL_BASE   the kernel's image: physical 0 .. 1 GiB
 *   0xffffe00000000000  SCREEN_BASE   the framebuffer, where there is one: written through buffers
 *   0xffffd00000000000  STACK_BASE    kernel stacks, each above a page that is not mapped
 *   0xffffc00000000000  DEVICE_BASE   registers of devices, not cached
 *   0xffff800000000000  DIRECT_BASE   physical memory by its address: at boot 0 .. 4 GiB, then all
 *   0x0000000000000000                nothing, once the boot has left the identity map
 */
#ifndef LINTEL_LAYOUT_H
#define LINTEL_LAYOUT_H

#ifdef __ASSEMBLER__
#define U64(x) x
#else
#define U64(x) x##ULL
#endif

#define KERNEL_BASE U64(0xffffffff80000000)
#define DIRECT_BASE U64(0xffff800000000000)
#define DIRECT_SIZE U64(0x100000000) /* of the boot's tables */
#define DIRECT_MAX  U64(0x400000000000)
#define DEVICE_BASE U64(0xffffc00000000000)
#define STACK_BASE  U64(0xffffd00000000000)
#define SCREEN_BASE U64(0xffffe00000000000)
#define USER_END    U64(0x00007ffffffff000) /* the last page of the lower half stays empty */
#define SCREEN_MAX  U64(0x10000000)         /* bytes: 8192x8192 pixels of 32 bits */
#define KERNEL_LOAD 0x100000                /* physical: 1 MiB, above the firmware's low memory */

/* The GDT. SYSCALL and SYSRET want this order: code, data; and data, code for ring 3. */
#define SELECTOR_CODE      0x08
#define SELECTOR_DATA      0x10
#define SELECTOR_USER_DATA 0x1b /* with RPL 3 */
#define SELECTOR_USER_CODE 0x23
#define SELECTOR_TSS       0x28 /* two entries of 8 bytes */
#define GDT_ENTRIES        7

/* Accessed and present are set from the start, so that the processor never writes to the GDT. */
#define DESCRIPTOR_CODE_64   U64(0x00af9b000000ffff) /* DPL 0 */
#define DESCRIPTOR_CODE_32   U64(0x00cf9b000000ffff)
#define DESCRIPTOR_DATA      U64(0x00cf93000000ffff) /* flat */
#define DESCRIPTOR_USER_CODE U64(0x00affb000000ffff) /* the same for ring 3: DPL 3 */
#define DESCRIPTOR_USER_DATA U64(0x00cff3000000ffff)
#define DESCRIPTOR_TSS       U64(0x0000890000000000) /* available; base and limit are added */

/* Interrupt stack table: one stack each, so that they work whatever has happened to the others. */
#define IST_DOUBLE_FAULT  1
#define IST_NMI           2
#define IST_MACHINE_CHECK 3
#define IST_COUNT         3
#define IST_STACK_SIZE    8192
#define BOOT_STACK_SIZE   32768
#define STACK_SIZE        16384 /* of a thread in the kernel */

/* The most processors that are started. */
#define CPUS_MAX 64

/* The text mode of every PC: characters with attributes. */
#define VGA_TEXT 0xb8000

#endif
