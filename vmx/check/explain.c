/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.c - see explain.h. Machine. */
#include "explain.h"

#include "arch/console.h"
#include "arch/cpuid.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "bits.h"
#include "fields.h"
#include "string.h"
#include "x86.h"

/* The bits of a list that CPUID shows. */
static uint64_t bits_by_cpuid(enum check_list list)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < check_bit_lists[list].count; i++) {
        const struct check_bit *bit = &check_bit_lists[list].bits[i];

        if (bit->feature == CHECK_ANYWHERE || cpu_has(bit->feature))
            bits |= BIT64(bit->position);
    }
    return bits;
}

#define LEAF_PERFMON     0xa
#define PERF_METRICS     BIT64(15) /* IA32_PERF_CAPABILITIES */
#define PERF_METRICS_BIT 48        /* IA32_PERF_GLOBAL_CTRL */
#define FIRST_FIXED      32
#define GENERAL_MAX      32
#define FIXED_MAX        16

/*
 * SDM: "Architectural Performance Monitoring": an enable bit for each counter. Which fixed counters
 * there are EDX says as a number and ECX, where version 5 is, one by one.
 */
static uint64_t perf_global_bits(void)
{
    uint64_t general = field_of(cpuid_register(LEAF_PERFMON, EAX), 8, 8), capabilities = 0;
    uint64_t fixed = field_of(cpuid_register(LEAF_PERFMON, EDX), 0, 5);
    uint64_t bits = field_of(cpuid_register(LEAF_PERFMON, ECX), 0, FIXED_MAX) << FIRST_FIXED;

    bits |= BIT64(general < GENERAL_MAX ? general : GENERAL_MAX) - 1;
    bits |= (BIT64(fixed < FIXED_MAX ? fixed : FIXED_MAX) - 1) << FIRST_FIXED;
    if (cpu_has(FEATURE_pdcm) && rdmsr_safe(MSR_IA32_PERF_CAPABILITIES, &capabilities) &&
        has_any(capabilities, PERF_METRICS))
        bits |= BIT64(PERF_METRICS_BIT);
    return bits;
}

#define TME_LOCKED_AND_ENABLED MASK64(0, 2)

/* How many of the highest physical-address bits are KeyIDs. SDM: "IA32_TME_ACTIVATE MSR". */
static uint8_t keyid_bits(void)
{
    uint64_t activate;

    if (!cpu_has(FEATURE_tme) || !rdmsr_safe(MSR_IA32_TME_ACTIVATE, &activate) ||
        !has_all(activate, TME_LOCKED_AND_ENABLED))
        return 0;
    return (uint8_t)field_of(activate, 32, 4);
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
        .keyid_bits = keyid_bits(),
        .efer_supported = bits_by_cpuid(BITS_EFER),
        .debugctl_supported = bits_by_cpuid(BITS_DEBUGCTL),
        .perf_global_supported = perf_global_bits(),
        .rtit_ctl_supported = writable_bits(MSR_IA32_RTIT_CTL),
        .lbr_ctl_supported = writable_bits(MSR_IA32_LBR_CTL),
        .spec_ctrl_supported = bits_by_cpuid(BITS_SPEC_CTRL),
        .rtm = cpu_has(FEATURE_rtm),
        .sgx = cpu_has(FEATURE_sgx),
        .lam = cpu_has(FEATURE_lam),
        .bus_lock_detect = cpu_has(FEATURE_bus_lock_detect),
        .cet_ss = cpu_has(FEATURE_cet_ss),
        .cet_ibt = cpu_has(FEATURE_cet_ibt),
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

/* --- explanations ----------------------------------------------------------------------------- */

/* An image as this processor judges it. */
struct judged {
    struct check_machine machine;
    struct check_input in;
    struct check_result result;
};

/* Whether NMIs are refused under blocking by STI, no processor tells. */
static void judge(struct judged *judged, const struct vmcs_image *image,
                  const struct msr_policy *raw)
{
    check_machine_read(&judged->machine);
    judged->in = (struct check_input){.image = image,
                                      .policy = raw,
                                      .machine = &judged->machine,
                                      .read = check_read_physical,
                                      .not_given = 1u << FACT_nmi_blocked_by_sti};
    (void)check_entry(&judged->in, &judged->result);
}

bool vmx_entry_allowed(struct out *out, const struct vmcs_image *image,
                       const struct msr_policy *raw)
{
    struct judged judged;

    judge(&judged, image, raw);
    if (judged.result.count)
        check_print(out, &judged.in, &judged.result);
    return judged.result.count == 0;
}

/* Nothing is wrong that is known here: whoever is below may have refused on its own. */
static void print_no_rule(struct out *out, const struct judged *judged)
{
    struct cpu_identity cpu;

    cpu_identify(&cpu);
    out_printf(out, "VM entry refused: none of the rules that Lintel knows is broken");
    if (cpu.hypervisor)
        out_printf(out, "; a hypervisor is below (\"%s\"): it is to be suspected, not the VMCS",
                   cpu.hypervisor_vendor);
    out_printf(out, "\n");
    check_print_limits(out, &judged->in, &judged->result);
}

static bool always_fields;

void vmx_explain_all(bool always)
{
    always_fields = always;
}

/* A guest that is refused for no known reason again and again costs the console this many. */
#define UNASKED_MAX 8

/* Atomic, since processors explain at the same time. */
static bool wants_fields(bool explained)
{
    static unsigned unasked;

    return always_fields ||
           (!explained && __atomic_fetch_add(&unasked, 1, __ATOMIC_RELAXED) < UNASKED_MAX);
}

bool vmx_explain(struct out *out, const struct vmcs_image *image, const struct msr_policy *raw)
{
    struct judged judged;
    bool explained;

    judge(&judged, image, raw);
    explained = judged.result.count || judged.result.likely_count;
    check_print(out, &judged.in, &judged.result);
    if (!explained)
        print_no_rule(out, &judged);
    if (wants_fields(explained))
        fields_print(&console, &judged.in);
    return explained;
}
