/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.c - see explain.h. Machine. */
#include "explain.h"

#include "arch/cpuid.h"
#include "arch/paging.h"
#include "string.h"
#include "x86.h"

/* Bits that come with a CPUID feature. */
struct feature_bits {
    uint32_t leaf;
    uint8_t which; /* register */
    uint8_t bit;
    uint64_t bits;
};

/* SDM: "IA32_DEBUGCTL MSR". LBR and BTF are on every processor with VMX. */
static const struct feature_bits debugctl_bits[] = {
    {1, EDX, 21, MASK64(6, 5)},              /* DS: TR, BTS, BTINT, BTS_OFF_OS, BTS_OFF_USR */
    {1, ECX, 15, MASK64(11, 2) | BIT64(14)}, /* PDCM: freezing on PMI and in SMM */
    {7, EBX, 11, BIT64(15)},                 /* RTM */
    {7, ECX, 24, BIT64(2)},                  /* bus-lock detection */
};

static const struct feature_bits efer_bits[] = {
    {0x80000001, EDX, 11, BIT64(0)},            /* SYSCALL: SCE */
    {0x80000001, EDX, 29, EFER_LME | EFER_LMA}, /* Intel 64 */
    {0x80000001, EDX, 20, EFER_NXE},
};

static uint64_t collect(const struct feature_bits *rows, unsigned count)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < count; i++)
        if (has_any(cpuid_register(rows[i].leaf, rows[i].which), BIT64(rows[i].bit)))
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

void check_machine_read(struct check_machine *machine)
{
    uint32_t sizes = cpuid_register(0x80000008, EAX);

    *machine = (struct check_machine){
        .physical_address_bits = sizes ? (uint8_t)sizes : 36,
        .linear_address_bits = sizes ? (uint8_t)(sizes >> 8) : 48,
        .efer_supported = collect(efer_bits, ARRAY_SIZE(efer_bits)),
        .debugctl_supported = MASK64(0, 2) | collect(debugctl_bits, ARRAY_SIZE(debugctl_bits)),
        .perf_global_supported = perf_global_bits(),
        .rtm = has_any(cpuid_register(7, EBX), BIT64(11)),
        .sgx = has_any(cpuid_register(7, EBX), BIT64(2)),
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

bool vmx_explain(struct out *out, const struct vmcs_image *image, const struct msr_policy *raw)
{
    struct check_result result;
    struct check_machine machine;
    const struct check_input in = {
        .image = image, .policy = raw, .machine = &machine, .read = check_read_physical};

    check_machine_read(&machine);
    if (check_entry(&in, &result))
        out_printf(out, "VM entry refused: none of the rules that Lintel knows is broken\n");
    else
        check_print(out, &in, &result);
    return result.count != 0;
}
