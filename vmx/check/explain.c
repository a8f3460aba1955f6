/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.c - see explain.h. Machine. */
#include "explain.h"

#include "arch/cpuid.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "string.h"
#include "x86.h"

/* Bits that come with a CPUID feature. */
struct feature_bits {
    uint8_t feature; /* enum cpu_feature */
    uint64_t bits;
};

/* SDM: "IA32_DEBUGCTL MSR". LBR and BTF are on every processor with VMX. */
static const struct feature_bits debugctl_bits[] = {
    {FEATURE_debug_store, MASK64(6, 5)},       /* TR, BTS, BTINT, BTS_OFF_OS, BTS_OFF_USR */
    {FEATURE_pdcm, MASK64(11, 2) | BIT64(14)}, /* freezing on PMI and in SMM */
    {FEATURE_rtm, BIT64(15)},
    {FEATURE_bus_lock_detect, BIT64(2)},
};

static const struct feature_bits efer_bits[] = {
    {FEATURE_syscall, EFER_SCE},
    {FEATURE_long_mode, EFER_LME | EFER_LMA},
    {FEATURE_nx, EFER_NXE},
};

static uint64_t collect(const struct feature_bits *rows, unsigned count)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < count; i++)
        if (cpu_has(rows[i].feature))
            bits |= rows[i].bits;
    return bits;
}

/* SDM: "Architectural Performance Monitoring": an enable bit for each counter. */
static uint64_t perf_global_bits(void)
{
    unsigned general = (unsigned)field_of(cpuid_register(0xa, EAX), 8, 8);
    unsigned fixed = (unsigned)field_of(cpuid_register(0xa, EDX), 0, 5);

    if (general > 32)
        general = 32;
    return (BIT64(general) - 1) | (BIT64(fixed) - 1) << 32;
}

/*
 * No leaf of CPUID enumerates the bits of these MSRs one by one: each is written and taken back.
 * Not bit 0, which starts tracing or recording: it is there where the MSR is.
 */
static uint64_t writable_bits(uint32_t msr)
{
    uint64_t old, bits = 1;

    if (!rdmsr_safe(msr, &old))
        return 0;
    for (unsigned bit = 1; bit < 64; bit++)
        if (wrmsr_safe(msr, old | BIT64(bit)))
            bits |= BIT64(bit);
    return wrmsr_safe(msr, old) ? bits : 0;
}

static bool is_tracing(void)
{
    uint64_t control;

    return rdmsr_safe(MSR_IA32_RTIT_CTL, &control) && has_any(control, RTIT_CTL_TRACE_EN);
}

void check_machine_read(struct check_machine *machine)
{
    uint32_t sizes = cpuid_register(0x80000008, EAX);

    *machine = (struct check_machine){
        .physical_address_bits = sizes ? (uint8_t)sizes : 36,
        .linear_address_bits = sizes ? (uint8_t)(sizes >> 8) : 48,
        .efer_supported = collect(efer_bits, ARRAY_SIZE(efer_bits)),
        .debugctl_supported = MASK64(0, 2) | collect(debugctl_bits, ARRAY_SIZE(debugctl_bits)),
        .perf_global_supported = perf_global_bits(),
        .rtit_ctl_supported = writable_bits(MSR_IA32_RTIT_CTL),
        .lbr_ctl_supported = writable_bits(MSR_IA32_LBR_CTL),
        .rtm = cpu_has(FEATURE_rtm),
        .sgx = cpu_has(FEATURE_sgx),
        .lam = cpu_has(FEATURE_lam),
        .bus_lock_detect = cpu_has(FEATURE_bus_lock_detect),
        .tracing = is_tracing(),
    };
}

bool check_read_physical(void *context, uint64_t physical, void *to, size_t size)
{
    (void)context;
    if (physical >= DIRECT_SIZE || size > DIRECT_SIZE - physical)
        return false;
    memcpy(to, direct_pointer(physical), size);
    return true;
}

/* Applies the checks to `image` as this processor will, and prints what is broken. */
static bool is_refused(struct out *out, const struct vmcs_image *image,
                       const struct msr_policy *raw)
{
    struct check_result result;
    struct check_machine machine;
    const struct check_input in = {
        .image = image, .policy = raw, .machine = &machine, .read = check_read_physical};

    check_machine_read(&machine);
    if (check_entry(&in, &result))
        return false;
    check_print(out, &in, &result);
    return true;
}

bool vmx_entry_allowed(struct out *out, const struct vmcs_image *image,
                       const struct msr_policy *raw)
{
    return !is_refused(out, image, raw);
}

bool vmx_explain(struct out *out, const struct vmcs_image *image, const struct msr_policy *raw)
{
    bool refused = is_refused(out, image, raw);

    if (!refused)
        out_printf(out, "VM entry refused: none of the rules that Lintel knows is broken\n");
    return refused;
}
