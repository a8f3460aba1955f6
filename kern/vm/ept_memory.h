/* SPDX-License-Identifier: BSD-2-Clause */
/* ept_memory.h - the kernel's tables for EPT: pages of memory.h. */
#ifndef LINTEL_KERN_VM_EPT_MEMORY_H
#define LINTEL_KERN_VM_EPT_MEMORY_H

#include "vmx/ept.h"

extern const struct ept_memory kernel_ept_memory;

#endif
