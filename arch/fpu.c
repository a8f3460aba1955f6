/* SPDX-License-Identifier: BSD-2-Clause */
/* fpu.c - see fpu.h. */
#include "fpu.h"

#include "cpuid.h"
#include "insn.h"
#include "x86.h"

#define FXSAVE_SIZE  512
#define FCW_OFFSET   0
#define MXCSR_OFFSET 24
#define FCW_RESET    0x37f
#define MXCSR_RESET  0x1f80

static bool has_xsave(void)
{
    return has_any(read_cr4(), BIT64(CR4_osxsave));
}

/*
 * The components of XCR0_KNOWN that the processor can save; x87 and SSE where there is no XSAVE.
 * Guests cannot have others (AMX's tiles: 8 KiB): those are off, so that a switch loses nothing.
 */
static uint64_t components(void)
{
    if (!cpu_has(FEATURE_xsave))
        return XCR0_X87 | XCR0_SSE;
    return cpuid_register(0xd, EAX) & XCR0_KNOWN;
}

/* Subleaf N of leaf 0xd: bytes (EAX) and place (EBX) of component N in the standard format. */
uint32_t fpu_size(void)
{
    uint32_t size = XSAVE_LEGACY_SIZE;

    if (!cpu_has(FEATURE_xsave))
        return FXSAVE_SIZE;
    for (unsigned i = 2; i < 32; i++) {
        uint32_t regs[4];

        if (!has_any(components(), BIT64(i)))
            continue;
        cpuid(0xd, i, regs);
        if (regs[EAX] + regs[EBX] > size)
            size = regs[EAX] + regs[EBX];
    }
    return size;
}

void fpu_init_processor(void)
{
    write_cr4(read_cr4() | BIT64(CR4_osfxsr) | (cpu_has(FEATURE_xsave) ? BIT64(CR4_osxsave) : 0));
    if (has_xsave())
        write_xcr0(components());
}

void fpu_reset(void *area)
{
    uint32_t *words = area;

    words[FCW_OFFSET / sizeof(uint32_t)] = FCW_RESET;
    words[MXCSR_OFFSET / sizeof(uint32_t)] = MXCSR_RESET;
}

static void disable_fpu(void)
{
    write_cr0(read_cr0() | BIT64(CR0_ts));
}

/* All components, whatever the guest has on: what it turned off may come back. */
void fpu_save(void *area, uint64_t xcr0)
{
    clear_task_switched();
    if (!has_xsave()) {
        fxsave(area);
    } else {
        uint64_t all = components();

        if (xcr0 != all)
            write_xcr0(all);
        xsave(area, all);
    }
    disable_fpu();
}

void fpu_load(const void *area, uint64_t xcr0)
{
    clear_task_switched();
    if (!has_xsave()) {
        fxrstor(area);
    } else {
        xrstor(area, components());
        write_xcr0(xcr0);
    }
    disable_fpu();
}

void fpu_set_xcr0(uint64_t xcr0)
{
    write_xcr0(xcr0);
}
