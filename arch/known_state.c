/* SPDX-License-Identifier: BSD-2-Clause */
/* known_state.c - see known_state.h. */
#include "known_state.h"

#include "console.h"
#include "cpuid.h"
#include "insn.h"
#include "memory_type.h"
#include "percpu.h"
#include "time.h"

/* SDM: "Architectural MSRs". The bits of `mask` become those of `value`; a processor without the
 * MSR has nothing to switch off. */
static const struct known {
    uint32_t msr;
    const char *name;
    uint64_t mask, value;
    const char *bit; /* the name of the only bit that matters; "" where all do */
} known[] = {
#define KNOWN(name) MSR_##name, #name
    {KNOWN(IA32_MISC_ENABLE), MISC_ENABLE_LIMIT_CPUID, 0, " (limit CPUID maxval)"},
    {KNOWN(IA32_MISC_ENABLE), MISC_ENABLE_XD_DISABLE, 0, " (XD bit disable)"},
    /* Only the boot processor's: tsc_synchronise() sets the others by it. */
    {KNOWN(IA32_TSC_ADJUST), UINT64_MAX, 0, ""},
    /* What is mapped with PAGE_WRITE_THROUGH alone, which only the framebuffer is, is
     * write-combining, whatever the MTRRs say of it. */
    {KNOWN(IA32_PAT), UINT64_MAX, PAT_WITH_WRITE_COMBINING, ""},
    {KNOWN(IA32_DEBUGCTL), UINT64_MAX, 0, ""},
    {KNOWN(IA32_PERF_GLOBAL_CTRL), UINT64_MAX, 0, ""},
    {KNOWN(IA32_PEBS_ENABLE), UINT64_MAX, 0, ""},
    {KNOWN(IA32_RTIT_CTL), RTIT_CTL_TRACE_EN, 0, " (TraceEn)"},
    {KNOWN(IA32_LBR_CTL), LBR_CTL_LBR_EN, 0, " (LBREn)"},
    {KNOWN(IA32_U_CET), UINT64_MAX, 0, ""},
    {KNOWN(IA32_S_CET), UINT64_MAX, 0, ""},
    {KNOWN(IA32_XFD), UINT64_MAX, 0, ""},
    {KNOWN(IA32_XSS), UINT64_MAX, 0, ""},
    /* MSRs that instructions of ring 3 use: SYSENTER, with a null selector, is #GP; CPUID answers;
     * ENQCMD has no address space; TPAUSE has no limit; RDPID and FS tell nothing. */
    {KNOWN(IA32_SYSENTER_CS), UINT64_MAX, 0, ""},
    {KNOWN(IA32_SYSENTER_ESP), UINT64_MAX, 0, ""},
    {KNOWN(IA32_SYSENTER_EIP), UINT64_MAX, 0, ""},
    {KNOWN(MISC_FEATURES_ENABLES), MISC_FEATURES_CPUID_FAULTING, 0, " (CPUID faulting)"},
    {KNOWN(IA32_PASID), UINT64_MAX, 0, ""},
    {KNOWN(IA32_UMWAIT_CONTROL), UINT64_MAX, 0, ""},
    {KNOWN(IA32_TSC_AUX), UINT64_MAX, 0, ""},
    {KNOWN(IA32_FS_BASE), UINT64_MAX, 0, ""},
#undef KNOWN
};
_Static_assert(ARRAY_SIZE(known) <= 32, "a bit each");

static struct {
    uint32_t changed; /* bit N: known[N] had another value */
    uint32_t refused; /* and the write of it faulted */
    uint64_t before[ARRAY_SIZE(known)];
} found[CPUS_MAX];

/* SDM: "Programming the PAT": caches and TLBs hold what the old types made of it. */
static bool set(const struct known *k, uint64_t before, uint64_t value)
{
    bool done;

    if (k->msr == MSR_IA32_PAT)
        wbinvd();
    done = wrmsr_safe(k->msr, value);
    if (k->msr == MSR_IA32_TSC_ADJUST && done)
        boot_tsc -= before; /* it was read before, with the adjustment added */
    if (k->msr == MSR_IA32_PAT) {
        wbinvd();
        write_cr4(read_cr4() & ~BIT64(CR4_pge)); /* global pages, too */
        write_cr4(read_cr4() | BIT64(CR4_pge));
    }
    return done;
}

void known_state_init_processor(void)
{
    unsigned n = this_cpu()->number;

    write_dr7(DR7_RESET);
    write_dr6(DR6_RESET);
    for (unsigned i = 0; i < ARRAY_SIZE(known); i++) {
        uint64_t value = 0;

        if (known[i].msr == MSR_IA32_TSC_ADJUST && this_cpu() != &boot_percpu)
            continue;
        if (!rdmsr_safe(known[i].msr, &value) || (value & known[i].mask) == known[i].value)
            continue;
        if (known[i].msr != MSR_IA32_PAT || value != PAT_RESET) /* which is nobody's fault */
            found[n].changed |= UINT32_C(1) << i;
        found[n].before[i] = value;
        if (!set(&known[i], value, (value & ~known[i].mask) | known[i].value))
            found[n].refused |= UINT32_C(1) << i;
    }
}

void known_state_print(void)
{
    uint64_t def_type = 0;

    if (cpu_has(FEATURE_mtrr) && rdmsr_safe(MSR_IA32_MTRR_DEF_TYPE, &def_type) &&
        !has_any(def_type, MTRR_DEF_TYPE_ENABLED))
        print("firmware: the MTRRs are off (IA32_MTRR_DEF_TYPE bit 11): no memory is cached, "
              "everything is slow\n");
    for (unsigned n = 0; n < cpu_count(); n++)
        for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
            if (found[n].changed >> i & 1)
                print("firmware: processor %u came with %s%s 0x%lx: %s\n", n, known[i].name,
                      known[i].bit, found[n].before[i],
                      found[n].refused >> i & 1 ? "it cannot be changed" : "changed");
}
