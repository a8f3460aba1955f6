/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_io.h - the two I/O bitmaps of a VM, one bit for each port, in two consecutive pages. All
 * ports are closed: each access is an exit to the process. PURE. SDM: "I/O-Bitmap Addresses".
 */
#ifndef LINTEL_KERN_VM_GUEST_IO_H
#define LINTEL_KERN_VM_GUEST_IO_H

#include "base.h"

#define GUEST_IO_BYTES (2 * PAGE_SIZE)

void guest_io_close_all(uint8_t bitmaps[GUEST_IO_BYTES]);

#endif
