/* SPDX-License-Identifier: BSD-2-Clause */
/* guest_cpuid.c - see guest_cpuid.h. PURE. */
#include "guest_cpuid.h"

#include "bit_list.h"
#include "cpu_identity.h"
#include "guest_cpuid.def"
#include "string.h"
#include "x86.h"

#define LEAF1_ECX_OSXSAVE BIT64(27)

/* Features that only guests use, then all that a guest may have. */
#define OWN_NUMBER(leaf, subleaf, which, bit, name)  OWN_##name,
#define OWN_PLACE(leaf, subleaf, which, bit, name)   {leaf, subleaf, which, bit, 1},
#define OWN_POINTER(leaf, subleaf, which, bit, name) OWN(name),
#define SHARED_POINTER(name)                         SHARED(name),
#define NONE(name)

enum { GUEST_FEATURES(OWN_NUMBER, NONE) };
static const struct cpuid_place own[] = {GUEST_FEATURES(OWN_PLACE, NONE)};

#define OWN(name)    (&own[OWN_##name])
#define SHARED(name) (&cpu_feature_places[FEATURE_##name])

static const struct cpuid_place *const features[] = {GUEST_FEATURES(OWN_POINTER, SHARED_POINTER)};

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

/* True when the guest is shown the feature, one of subleaf 0. */
static bool shows(const struct guest_cpuid *cpuid, const struct cpuid_place *place)
{
    const struct cpuid_registers *row = guest_cpuid_row(cpuid, place->leaf);

    return row && field_of((&row->eax)[place->which], place->position, place->width) != 0;
}

/* --- the maximum ------------------------------------------------------------------------------ */

static void take_features(struct guest_cpuid *cpuid, cpuid_reader *read)
{
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        const struct cpuid_place *feature = features[i];
        uint32_t registers[4];

        if (!host_has(read, feature->leaf))
            continue;
        read(feature->leaf, feature->subleaf, registers);
        *register_of(row_of(cpuid, feature->leaf, feature->subleaf), feature->which) |=
            registers[feature->which] & (uint32_t)MASK64(feature->position, feature->width);
    }
}

/* Identity, caches and names are no secret; the guest has one thread of one core. */
static void take_identity(struct guest_cpuid *cpuid, cpuid_reader *read)
{
    uint32_t registers[4];

    read_row(&cpuid->basic[0], read, 0, 0);
    if (cpuid->basic[0].eax >= GUEST_CPUID_BASIC)
        cpuid->basic[0].eax = GUEST_CPUID_BASIC - 1;
    read(1, 0, registers);
    cpuid->basic[1].eax = registers[EAX];
    cpuid->basic[1].ebx = registers[EBX] & 0xff00; /* CLFLUSH's line size; APIC id 0 */
    cpuid->basic[1].ecx |= CPUID_1_ECX_HYPERVISOR;
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
    uint32_t registers[4], wanted, end = XSAVE_LEGACY_SIZE;

    if (!shows(cpuid, SHARED(xsave)) || !host_has(read, 0xd))
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
        if (features[i]->leaf == leaf && features[i]->subleaf == subleaf &&
            features[i]->which == number)
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

#define HAS_XSAVEC        BIT64(1) /* leaf 0xd, subleaf 1: EAX */
#define COMPONENT_ALIGNED BIT64(1) /* subleaf N: ECX */

/* Bytes of an XSAVE area in the standard format for the components of `xcr0`. */
static uint32_t area_size(const struct guest_cpuid *cpuid, uint64_t xcr0)
{
    uint32_t end = XSAVE_LEGACY_SIZE;

    for (unsigned i = 2; i < GUEST_CPUID_COMPONENTS; i++)
        if (has_any(xcr0, BIT64(i)) && cpuid->component[i].eax + cpuid->component[i].ebx > end)
            end = cpuid->component[i].eax + cpuid->component[i].ebx;
    return end;
}

/* The same in the compacted format. A component whose ECX has bit 1 begins at 64 bytes. */
static uint32_t compacted_size(const struct guest_cpuid *cpuid, uint64_t xcr0)
{
    uint32_t end = XSAVE_LEGACY_SIZE;

    for (unsigned i = 2; i < GUEST_CPUID_COMPONENTS; i++) {
        const struct cpuid_registers *row = &cpuid->component[i];

        if (!has_any(xcr0, BIT64(i)))
            continue;
        if (has_any(row->ecx, COMPONENT_ALIGNED))
            end = (end + 63) & ~UINT32_C(63);
        end += row->eax;
    }
    return end;
}

static struct cpuid_registers hypervisor_leaf(const struct guest_cpuid *cpuid, uint32_t leaf)
{
    struct cpuid_registers answer = {0, 0, 0, 0};

    if (leaf == CPUID_HYPERVISOR) {
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

    if (leaf >= CPUID_HYPERVISOR && leaf <= GUEST_CPUID_TIMING)
        return hypervisor_leaf(cpuid, leaf);
    if (leaf == 4)
        return subleaf < GUEST_CPUID_CACHES ? cpuid->cache[subleaf] : none;
    /* "Information Returned by CPUID": beyond the last, the highest basic leaf, which is 0xd. */
    if (leaf == 0xd || !is_listed(leaf)) {
        answer = subleaf < GUEST_CPUID_COMPONENTS ? cpuid->component[subleaf] : none;
        if (subleaf == 0 && cpuid->component[0].eax)
            answer.ebx = area_size(cpuid, xcr0);
        else if (subleaf == 1 && has_any(answer.eax, HAS_XSAVEC)) /* a guest has no XSS */
            answer.ebx = compacted_size(cpuid, xcr0);
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
    uint64_t shown = 0;

    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        const struct cpuid_place *place = &cpu_feature_places[i];
        struct cpuid_registers answer =
            guest_cpuid_answer(cpuid, place->leaf, place->subleaf, 0, XCR0_X87);
        uint32_t value = *register_of(&answer, place->which);

        if (has_leaf(cpuid, place->leaf) && field_of(value, place->position, place->width))
            shown |= BIT64(i);
    }
    return shown;
}

static const struct {
    const struct cpuid_place *place;
    uint8_t cr4;
} cr4_rules[] = {
    {OWN(de), CR4_de},          {OWN(pse), CR4_pse},          {OWN(tsc), CR4_tsd},
    {OWN(pae), CR4_pae},        {OWN(pge), CR4_pge},          {OWN(fxsr), CR4_osfxsr},
    {OWN(sse), CR4_osxmmexcpt}, {SHARED(xsave), CR4_osxsave}, {SHARED(fsgsbase), CR4_fsgsbase},
    {SHARED(smep), CR4_smep},   {SHARED(smap), CR4_smap},     {SHARED(umip), CR4_umip},
};

uint64_t guest_cpuid_cr4(const struct guest_cpuid *cpuid)
{
    uint64_t allowed = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(cr4_rules); i++)
        if (shows(cpuid, cr4_rules[i].place))
            allowed |= BIT64(cr4_rules[i].cr4);
    return allowed;
}

uint64_t guest_cpuid_efer(const struct guest_cpuid *cpuid)
{
    return (shows(cpuid, SHARED(syscall)) ? EFER_SCE : 0u) |
           (shows(cpuid, SHARED(nx)) ? EFER_NXE : 0u) |
           (shows(cpuid, SHARED(long_mode)) ? EFER_LME | EFER_LMA : 0u);
}
