/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trampoline.h - the page below 1 MiB where another processor begins, in real mode:
 *
 *   +0                        trampoline_code (trampoline.S)
 *   +4096 - sizeof(data)      struct trampoline_data
 */
#ifndef LINTEL_ARCH_TRAMPOLINE_H
#define LINTEL_ARCH_TRAMPOLINE_H

#include "base.h"

struct PACKED trampoline_data {
    uint64_t gdt[4];
    uint16_t gdt_limit; /* the operand of LGDT: limit and base */
    uint32_t gdt_base;
    uint16_t reserved;
    uint32_t cr3;
    uint32_t efer;
    uint32_t has_misc_enable; /* IA32_MISC_ENABLE is there: its "XD bit disable" must not be on */
    uint64_t stack;
    uint64_t percpu;
    uint64_t entry;
};

#endif
