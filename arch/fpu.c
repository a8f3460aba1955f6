/* SPDX-License-Identifier: BSD-2-Clause */
/* fpu.c - see fpu.h. */
#include "fpu.h"

#include "cpuid.h"
#include "insn.h"

#define LEGACY_SIZE  512
#define FCW_OFFSET   0
#define MXCSR_OFFSET 24
#define FCW_RESET    0x37f
#define MXCSR_RESET  0x1f80
#define X87_AND_SSE  UINT64_C(3)

static bool has_xsave(void)
{
    return has_any(read_cr4(), BIT64(CR4_osxsave));
}

uint64_t fpu_components(void)
{
    if (!cpu_has(FEATURE_xsave))
        return X87_AND_SSE;
    return (uint64_t)cpuid_register(0xd, EDX) << 32 | cpuid_register(0xd, EAX);
}

/* ECX: the size for all components, whatever XCR0 is now. */
uint32_t fpu_size(void)
{
    return cpu_has(FEATURE_xsave) ? cpuid_register(0xd, ECX) : LEGACY_SIZE;
}

void fpu_init_processor(void)
{
    write_cr4(read_cr4() | BIT64(CR4_osfxsr) | (cpu_has(FEATURE_xsave) ? BIT64(CR4_osxsave) : 0));
    if (has_xsave())
        write_xcr0(fpu_components());
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
        uint64_t all = fpu_components();

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
        xrstor(area, fpu_components());
        write_xcr0(xcr0);
    }
    disable_fpu();
}

void fpu_set_xcr0(uint64_t xcr0)
{
    write_xcr0(xcr0);
}
