/* SPDX-License-Identifier: BSD-2-Clause */
/* guest_cpuid.c - see guest_cpuid.h. PURE. */
#include "guest_cpuid.h"

#include "bit_list.h"
#include "cpu_identity.h"
#include "guest_cpuid.def"
#include "string.h"
#include "x86.h"

enum { EAX, EBX, ECX, EDX };

#define LEAF1_ECX_OSXSAVE    BIT64(27)
#define LEAF1_ECX_HYPERVISOR BIT64(31)
#define LEAF1_ECX_XSAVE      BIT64(26)

#define LEGACY_SIZE 576 /* of an XSAVE area without further components */

static const struct feature {
    uint32_t leaf;
    uint8_t subleaf, number, bit;
} features[] = {
#define FEATURE_ROW(leaf, subleaf, number, bit, name) {leaf, subleaf, number, bit},
    GUEST_FEATURES(FEATURE_ROW)
#undef FEATURE_ROW
};

static struct cpuid_registers *row_of(struct guest_cpuid *cpuid, uint32_t leaf, uint32_t subleaf)
{
    if (leaf == 0xd && subleaf < GUEST_CPUID_COMPONENTS)
        return &cpuid->component[subleaf];
    if (subleaf)
        return NULL;
    if (leaf < GUEST_CPUID_BASIC)
        return &cpuid->basic[leaf];
    if (leaf >= 0x80000000 && leaf - 0x80000000 < GUEST_CPUID_EXTENDED)
        return &cpuid->extended[leaf - 0x80000000];
    return NULL;
}

/* The registers of a row by number. */
static uint32_t *register_of(struct cpuid_registers *row, unsigned number)
{
    return &row->eax + number;
}

static void read_row(struct cpuid_registers *row, cpuid_reader *read, uint32_t leaf,
                     uint32_t subleaf)
{
    uint32_t registers[4];

    read(leaf, subleaf, registers);
    *row = (struct cpuid_registers){registers[EAX], registers[EBX], registers[ECX], registers[EDX]};
}

static bool host_has(cpuid_reader *read, uint32_t leaf)
{
    uint32_t registers[4];

    read(leaf & 0x80000000, 0, registers);
    return registers[EAX] >= leaf && (registers[EAX] & 0x80000000) == (leaf & 0x80000000);
}

/* --- the maximum ------------------------------------------------------------------------------ */

static void take_features(struct guest_cpuid *cpuid, cpuid_reader *read)
{
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        const struct feature *feature = &features[i];
        uint32_t registers[4];

        if (!host_has(read, feature->leaf))
            continue;
        read(feature->leaf, feature->subleaf, registers);
        *register_of(row_of(cpuid, feature->leaf, feature->subleaf), feature->number) |=
            registers[feature->number] & (uint32_t)BIT64(feature->bit);
    }
}

/* Identity, caches and names are nobody's secret; the guest has one thread, of one core. */
static void take_identity(struct guest_cpuid *cpuid, cpuid_reader *read)
{
    uint32_t registers[4];

    read_row(&cpuid->basic[0], read, 0, 0);
    if (cpuid->basic[0].eax >= GUEST_CPUID_BASIC)
        cpuid->basic[0].eax = GUEST_CPUID_BASIC - 1;
    read(1, 0, registers);
    cpuid->basic[1].eax = registers[EAX];
    cpuid->basic[1].ebx = registers[EBX] & 0xff00; /* CLFLUSH's line size; APIC id 0 */
    cpuid->basic[1].ecx |= (uint32_t)LEAF1_ECX_HYPERVISOR;
    if (host_has(read, 2))
        read_row(&cpuid->basic[2], read, 2, 0);
    cpuid->extended[0].eax = 0x80000000 + GUEST_CPUID_EXTENDED - 1;
    for (uint32_t i = 2; i <= 6; i++)
        if (host_has(read, 0x80000000 + i))
            read_row(&cpuid->extended[i], read, 0x80000000 + i, 0);
    if (host_has(read, 0x80000008)) {
        read(0x80000008, 0, registers);
        cpuid->extended[8].eax = registers[EAX] & 0xffff;
    }
}

/* Leaf 4: how many share a cache (EAX 25:14) and how many cores there are (31:26) is one each. */
static void take_caches(struct guest_cpuid *cpuid, cpuid_reader *read)
{
    for (uint32_t i = 0; i < GUEST_CPUID_CACHES && host_has(read, 4); i++) {
        read_row(&cpuid->cache[i], read, 4, i);
        cpuid->cache[i].eax &= 0x3fff;
    }
}

/* Leaf 0xd, subleaf 0: the components; their places and sizes are the host's. */
static void take_components(struct guest_cpuid *cpuid, cpuid_reader *read)
{
    uint32_t registers[4], wanted, end = LEGACY_SIZE;

    if (!has_any(cpuid->basic[1].ecx, LEAF1_ECX_XSAVE) || !host_has(read, 0xd))
        return;
    read(0xd, 0, registers);
    wanted = registers[EAX] & XCR0_KNOWN;
    if (!has_all(wanted, XCR0_AVX512))
        wanted &= ~XCR0_AVX512;
    cpuid->component[0].eax = wanted;
    for (uint32_t i = 2; i < GUEST_CPUID_COMPONENTS; i++) {
        struct cpuid_registers *row = &cpuid->component[i];

        if (!has_any(wanted, BIT64(i)))
            continue;
        read_row(row, read, 0xd, i);
        if (row->eax + row->ebx > end)
            end = row->eax + row->ebx;
    }
    cpuid->component[0].ecx = end;
}

void guest_cpuid_maximum(struct guest_cpuid *cpuid, cpuid_reader *read, uint64_t tsc_khz)
{
    *cpuid = (struct guest_cpuid){.tsc_khz = (uint32_t)tsc_khz};
    take_features(cpuid, read);
    take_identity(cpuid, read);
    take_caches(cpuid, read);
    take_components(cpuid, read);
}

/* --- less than that --------------------------------------------------------------------------- */

static bool is_feature(uint32_t leaf, uint32_t subleaf, unsigned number)
{
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++)
        if (features[i].leaf == leaf && features[i].subleaf == subleaf &&
            features[i].number == number)
            return true;
    return false;
}

bool guest_cpuid_take_away(struct guest_cpuid *cpuid, uint32_t leaf, uint32_t subleaf,
                           unsigned number, uint32_t bits)
{
    if (number > EDX || !is_feature(leaf, subleaf, number))
        return false;
    *register_of(row_of(cpuid, leaf, subleaf), number) &= ~bits;
    return true;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Bytes of an XSAVE area in the standard format for the components of `xcr0`. */
static uint32_t area_size(const struct guest_cpuid *cpuid, uint64_t xcr0)
{
    uint32_t end = LEGACY_SIZE;

    for (unsigned i = 2; i < GUEST_CPUID_COMPONENTS; i++)
        if (has_any(xcr0, BIT64(i)) && cpuid->component[i].eax + cpuid->component[i].ebx > end)
            end = cpuid->component[i].eax + cpuid->component[i].ebx;
    return end;
}

static struct cpuid_registers hypervisor_leaf(const struct guest_cpuid *cpuid, uint32_t leaf)
{
    struct cpuid_registers answer = {0, 0, 0, 0};

    if (leaf == GUEST_CPUID_HYPERVISOR) {
        answer.eax = GUEST_CPUID_TIMING;
        memcpy(&answer.ebx, "LintelLintel", 12);
    } else if (leaf == GUEST_CPUID_TIMING) {
        answer.eax = cpuid->tsc_khz;
    }
    return answer;
}

static bool is_listed(uint32_t leaf)
{
    return leaf < GUEST_CPUID_BASIC || leaf - 0x80000000u < GUEST_CPUID_EXTENDED;
}

struct cpuid_registers guest_cpuid_answer(const struct guest_cpuid *cpuid, uint32_t leaf,
                                          uint32_t subleaf, uint64_t cr4, uint64_t xcr0)
{
    const struct cpuid_registers none = {0, 0, 0, 0};
    struct cpuid_registers answer;

    if (leaf >= GUEST_CPUID_HYPERVISOR && leaf <= GUEST_CPUID_TIMING)
        return hypervisor_leaf(cpuid, leaf);
    if (leaf == 4)
        return subleaf < GUEST_CPUID_CACHES ? cpuid->cache[subleaf] : none;
    /* "Information Returned by CPUID": beyond the last, the highest basic leaf, which is 0xd. */
    if (leaf == 0xd || !is_listed(leaf)) {
        answer = subleaf < GUEST_CPUID_COMPONENTS ? cpuid->component[subleaf] : none;
        if (subleaf < 2 && cpuid->component[0].eax)
            answer.ebx = area_size(cpuid, xcr0);
        return answer;
    }
    answer = *guest_cpuid_row(cpuid, leaf);
    if (leaf == 1 && has_any(cr4, BIT64(CR4_osxsave)))
        answer.ecx |= (uint32_t)LEAF1_ECX_OSXSAVE;
    if (leaf == 7 && subleaf)
        return none;
    return answer;
}

/* --- what follows from it --------------------------------------------------------------------- */

/* Those that XCR0 may have. */
static uint64_t components(const struct guest_cpuid *cpuid)
{
    return cpuid->component[0].eax;
}

bool guest_cpuid_xcr0_valid(const struct guest_cpuid *cpuid, uint64_t xcr0)
{
    if (xcr0 & ~components(cpuid) || !has_any(xcr0, XCR0_X87))
        return false;
    if (has_any(xcr0, XCR0_AVX) && !has_any(xcr0, XCR0_SSE))
        return false;
    return !has_any(xcr0, XCR0_AVX512) || (has_all(xcr0, XCR0_AVX512) && has_any(xcr0, XCR0_AVX));
}

/* Intel's answer beyond the last leaf is that of another one. */
static bool has_leaf(const struct guest_cpuid *cpuid, uint32_t leaf)
{
    return guest_cpuid_answer(cpuid, leaf & 0x80000000, 0, 0, XCR0_X87).eax >= leaf;
}

uint64_t guest_cpuid_features(const struct guest_cpuid *cpuid)
{
    static const struct {
        uint32_t leaf;
        uint8_t subleaf, number, position, width;
    } rows[FEATURE_COUNT] = {
#define CPU_FEATURE_ROW(name, leaf, subleaf, number, position, width, text) \
    [FEATURE_##name] = {leaf, subleaf, number, position, width},
        CPU_FEATURES(CPU_FEATURE_ROW)
#undef CPU_FEATURE_ROW
    };
    uint64_t shown = 0;

    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        struct cpuid_registers answer =
            guest_cpuid_answer(cpuid, rows[i].leaf, rows[i].subleaf, 0, XCR0_X87);
        uint32_t value = *register_of(&answer, rows[i].number);

        if (has_leaf(cpuid, rows[i].leaf) && field_of(value, rows[i].position, rows[i].width))
            shown |= BIT64(i);
    }
    return shown;
}

static const struct {
    uint8_t leaf, number, bit, cr4;
} cr4_rules[] = {
    {1, EDX, 2, CR4_de},       {1, EDX, 3, CR4_pse},      {1, EDX, 6, CR4_pae},
    {1, EDX, 13, CR4_pge},     {1, EDX, 24, CR4_osfxsr},  {1, EDX, 25, CR4_osxmmexcpt},
    {1, ECX, 26, CR4_osxsave}, {7, EBX, 0, CR4_fsgsbase}, {7, EBX, 7, CR4_smep},
    {7, EBX, 20, CR4_smap},    {7, ECX, 2, CR4_umip},     {1, EDX, 4, CR4_tsd},
};

uint64_t guest_cpuid_cr4(const struct guest_cpuid *cpuid)
{
    uint64_t allowed = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(cr4_rules); i++) {
        const struct cpuid_registers *row = &cpuid->basic[cr4_rules[i].leaf];

        if (has_any((&row->eax)[cr4_rules[i].number], BIT64(cr4_rules[i].bit)))
            allowed |= BIT64(cr4_rules[i].cr4);
    }
    return allowed;
}

uint64_t guest_cpuid_efer(const struct guest_cpuid *cpuid)
{
    uint32_t edx = cpuid->extended[1].edx;

    return (has_any(edx, BIT64(11)) ? EFER_SCE : 0u) | (has_any(edx, BIT64(20)) ? EFER_NXE : 0u) |
           (has_any(edx, BIT64(29)) ? EFER_LME | EFER_LMA : 0u);
}
