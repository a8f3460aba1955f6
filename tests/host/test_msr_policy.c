/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_msr_policy.c - which MSRs are read (gates, faults, order), and what the host policy takes
 * from the raw one: no unknown bits, no bit without its base, nothing added, a reason for every
 * bit that goes. The rules stand here a second time, typed from the SDM in numbers.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "msr/policy.h"
#include "support.h"

#define ALL_MSRS       0xfffffu
#define UNGATED_MSRS   0x007ffu
#define AT(address)    (address - 0x480)
#define MSR(address)   (UINT32_C(1) << AT(address))
#define TRUE_MSRS      (MSR(0x48d) | MSR(0x48e) | MSR(0x48f) | MSR(0x490))
#define MAY(position)  (UINT64_C(1) << (32 + (position)))
#define MUST(position) (UINT64_C(1) << (position))
#define MIX            UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio: odd, bits well mixed */

/* Where the words' bits are named, default1 or neither; `size` 32: a control's two halves. */
struct word_fact {
    const char *name;
    unsigned size;
    uint64_t named;
    uint64_t default1;     /* reserved, and reported as 1 */
    uint64_t undocumented; /* known by a name that is not the SDM's: as unknown ones go */
};

static const struct word_fact words[WORD_COUNT] = {
    [WORD_BASIC] = {"BASIC", 64, 0x15ff1fffffffffff, 0},
    [WORD_PIN] = {"PIN", 32, 0xe9, 0x16},
    [WORD_PROC] = {"PROC", 32, 0xfbfb9e8c, 0x04006172},
    [WORD_EXIT] = {"EXIT", 32, 0xfffc9204, 0x36dfb},
    [WORD_ENTRY] = {"ENTRY", 32, 0x01ffee04, 0x11fb},
    [WORD_MISC] = {"MISC", 64, 0xffffffff7fffc1ff, 0},
    [WORD_VMCS_ENUM] = {"VMCS_ENUM", 64, 0x3fe, 0},
    [WORD_PROC2] = {"PROC2", 32, 0xdfffffff, 0, 1 << 29},
    [WORD_EPT_VPID] = {"EPT_VPID", 64, 0x003f0f0106f341c1, 0},
    [WORD_VMFUNC] = {"VMFUNC", 64, 0x1, 0},
    [WORD_PROC3] = {"PROC3", 64, 0x1df, 0, 1 << 5 | 1 << 9 | 1 << 12},
    [WORD_EXIT2] = {"EXIT2", 64, 0xf, 0},
    [WORD_FEATURE_CONTROL] = {"FEATURE_CONTROL", 64, 0x16ff07, 0},
    [WORD_CR0] = {"CR0", 64, 0xe005003f, 0x1ffaffc0},
    [WORD_CR4] = {"CR4", 64, 0x11bff7fff, 0},
};

/* The MSRs: word, form, and the bits of a lower MSR that open the gate. */
struct msr_fact {
    enum vmx_word_id word;
    enum { PLAIN, CONTROL, MAY_WORD, MUST_WORD } form;
    unsigned gate;
    uint64_t gate_bits;
};

static const struct msr_fact msrs[VMX_MSR_COUNT] = {
    [AT(0x480)] = {WORD_BASIC, PLAIN, 0, 0},
    [AT(0x481)] = {WORD_PIN, CONTROL, 0, 0},
    [AT(0x482)] = {WORD_PROC, CONTROL, 0, 0},
    [AT(0x483)] = {WORD_EXIT, CONTROL, 0, 0},
    [AT(0x484)] = {WORD_ENTRY, CONTROL, 0, 0},
    [AT(0x485)] = {WORD_MISC, PLAIN, 0, 0},
    [AT(0x486)] = {WORD_CR0, MUST_WORD, 0, 0},
    [AT(0x487)] = {WORD_CR0, MAY_WORD, 0, 0},
    [AT(0x488)] = {WORD_CR4, MUST_WORD, 0, 0},
    [AT(0x489)] = {WORD_CR4, MAY_WORD, 0, 0},
    [AT(0x48a)] = {WORD_VMCS_ENUM, PLAIN, 0, 0},
    [AT(0x48b)] = {WORD_PROC2, CONTROL, AT(0x482), MAY(31)},
    [AT(0x48c)] = {WORD_EPT_VPID, PLAIN, AT(0x48b), MAY(1) | MAY(5)},
    [AT(0x48d)] = {WORD_PIN, CONTROL, AT(0x480), MUST(55)},
    [AT(0x48e)] = {WORD_PROC, CONTROL, AT(0x480), MUST(55)},
    [AT(0x48f)] = {WORD_EXIT, CONTROL, AT(0x480), MUST(55)},
    [AT(0x490)] = {WORD_ENTRY, CONTROL, AT(0x480), MUST(55)},
    [AT(0x491)] = {WORD_VMFUNC, PLAIN, AT(0x48b), MAY(13)},
    [AT(0x492)] = {WORD_PROC3, MAY_WORD, AT(0x482), MAY(17)},
    [AT(0x493)] = {WORD_EXIT2, MAY_WORD, AT(0x483), MAY(31)},
};

/*
 * SDM "Checks on VMX Controls", and what each capability belongs to: the bits `mask` of `word`
 * need bit `on_bit` of `on_word`.
 */
struct rule {
    enum vmx_word_id word;
    uint64_t mask;
    enum vmx_word_id on_word;
    unsigned on_bit;
};

static const struct rule rules[] = {
    {WORD_PROC2, 0xdfffffff, WORD_PROC, 31},    /* secondary controls: the whole word */
    {WORD_PROC3, 0x1df, WORD_PROC, 17},         /* tertiary controls */
    {WORD_EXIT2, 0xf, WORD_EXIT, 31},           /* secondary VM-exit controls */
    {WORD_VMFUNC, 0x1, WORD_PROC2, 13},         /* VM functions */
    {WORD_PIN, 1 << 5, WORD_PIN, 3},            /* virtual NMIs: NMI exiting */
    {WORD_PROC, 1 << 22, WORD_PIN, 5},          /* NMI-window exiting: virtual NMIs */
    {WORD_PIN, 1 << 7, WORD_PROC2, 9},          /* posted interrupts: interrupt delivery */
    {WORD_PIN, 1 << 7, WORD_EXIT, 15},          /* ... and acknowledge interrupt on exit */
    {WORD_PROC2, 1 << 9, WORD_PIN, 0},          /* interrupt delivery: external-interrupt exiting */
    {WORD_PROC2, 1 << 9, WORD_PROC, 21},        /* TPR shadow: virtual-interrupt delivery */
    {WORD_PROC2, 1 << 8, WORD_PROC, 21},        /* ... APIC-register virtualization */
    {WORD_PROC2, 1 << 4, WORD_PROC, 21},        /* ... virtualize x2APIC mode */
    {WORD_PROC3, 1 << 4, WORD_PROC, 21},        /* ... IPI virtualization */
    {WORD_PROC3, 1 << 8, WORD_PROC2, 9},        /* APIC-timer virtualization: interrupt delivery */
    {WORD_EXIT, 1 << 22, WORD_PIN, 6},          /* save preemption timer: the timer */
    {WORD_PROC2, 1 << 7, WORD_PROC2, 1},        /* EPT: unrestricted guest */
    {WORD_PROC2, 1 << 17, WORD_PROC2, 1},       /* ... PML */
    {WORD_PROC2, 1 << 17, WORD_EPT_VPID, 21},   /* which needs accessed and dirty flags */
    {WORD_PROC2, 1 << 1, WORD_EPT_VPID, 6},     /* EPT: page-walk length 4 */
    {WORD_PROC2, 1 << 18, WORD_PROC2, 1},       /* EPT: EPT-violation #VE */
    {WORD_PROC2, 1 << 22, WORD_PROC2, 1},       /* ... mode-based execute control */
    {WORD_PROC2, 1 << 23, WORD_PROC2, 1},       /* ... sub-page write permissions */
    {WORD_PROC2, 1 << 24, WORD_PROC2, 1},       /* ... Intel PT uses guest physical addresses */
    {WORD_PROC2, 1 << 24, WORD_EXIT, 25},       /* which needs clear IA32_RTIT_CTL */
    {WORD_PROC2, 1 << 24, WORD_ENTRY, 18},      /* and load IA32_RTIT_CTL */
    {WORD_PROC3, 0xe, WORD_PROC2, 1},           /* EPT: HLAT, paging-write, guest-paging verify */
    {WORD_VMFUNC, 0x1, WORD_PROC2, 1},          /* ... EPTP switching */
    {WORD_EPT_VPID, 0x00f341c1, WORD_PROC2, 1}, /* ... its capabilities */
    {WORD_EPT_VPID, 3 << 25, WORD_EPT_VPID, 20},             /* the INVEPT types: INVEPT */
    {WORD_EPT_VPID, UINT64_C(1) << 32, WORD_PROC2, 5},       /* VPID: INVVPID */
    {WORD_EPT_VPID, UINT64_C(0xf) << 40, WORD_EPT_VPID, 32}, /* the INVVPID types: INVVPID */
    /* What a VM entry loads, a VM exit must put back. */
    {WORD_ENTRY, 1 << 13, WORD_EXIT, 12}, /* IA32_PERF_GLOBAL_CTRL */
    {WORD_ENTRY, 1 << 14, WORD_EXIT, 19}, /* IA32_PAT */
    {WORD_ENTRY, 1 << 15, WORD_EXIT, 21}, /* IA32_EFER */
    {WORD_ENTRY, 1 << 16, WORD_EXIT, 23}, /* IA32_BNDCFGS */
    {WORD_ENTRY, 1 << 18, WORD_EXIT, 25}, /* IA32_RTIT_CTL */
    {WORD_ENTRY, 1 << 19, WORD_EXIT, 27}, /* UINV */
    {WORD_ENTRY, 1 << 20, WORD_EXIT, 28}, /* CET state */
    {WORD_ENTRY, 1 << 21, WORD_EXIT, 26}, /* IA32_LBR_CTL */
    {WORD_ENTRY, 1 << 22, WORD_EXIT, 29}, /* PKRS */
    {WORD_ENTRY, 1 << 23, WORD_EXIT2, 1}, /* FRED */
    {WORD_ENTRY, 1 << 24, WORD_EXIT2, 2}, /* IA32_SPEC_CTRL */
};

/* --- msr_policy_read -------------------------------------------------------------------------- */

/* A processor: values, the MSRs that fault, and the RDMSRs that it saw. */
struct machine {
    uint64_t value[VMX_MSR_COUNT];
    uint32_t faults;
    unsigned reads;
    uint32_t address[64];
};

static bool machine_read(void *context, uint32_t address, uint64_t *value)
{
    struct machine *machine = context;

    assert_in_range(address, 0x480, 0x493);
    assert_in_range(machine->reads, 0, 63);
    machine->address[machine->reads++] = address;
    *value = machine->value[address - 0x480];
    return !((machine->faults >> (address - 0x480)) & 1);
}

static uint32_t read_set(const struct machine *machine)
{
    uint32_t set = 0;

    for (unsigned i = 0; i < machine->reads; i++)
        set |= MSR(machine->address[i]);
    return set;
}

/* What must hold after any read: `readable` were asked for, once and in order, no others. */
static void expect_read(const char *name, const struct machine *machine,
                        const struct msr_policy *policy, uint32_t readable)
{
    uint32_t present = readable & ~machine->faults;

    expect(read_set(machine) == readable, "%s: read 0x%05x, not 0x%05x", name, read_set(machine),
           readable);
    expect(policy->present == present, "%s: present 0x%05x, not 0x%05x", name, policy->present,
           present);
    expect(policy->faulted == (readable & machine->faults), "%s: faulted 0x%05x", name,
           policy->faulted);
    for (unsigned i = 1; i < machine->reads; i++)
        expect(machine->address[i] > machine->address[i - 1], "%s: 0x%x read after 0x%x", name,
               machine->address[i], machine->address[i - 1]);
    for (unsigned i = 0; i < VMX_MSR_COUNT; i++)
        expect(policy->raw[i] == ((present >> i) & 1 ? machine->value[i] : 0),
               "%s: raw of 0x%x is 0x%016" PRIx64, name, 0x480 + i, policy->raw[i]);
}

static void read_and_expect(const char *name, struct machine *machine, uint32_t readable)
{
    struct msr_policy policy;

    memset(&policy, 0xa5, sizeof(policy));
    machine->reads = 0;
    msr_policy_read(&policy, true, machine_read, machine);
    expect_read(name, machine, &policy, readable);
}

static const struct gate_case {
    const char *name;
    uint64_t basic, proc, exit, proc2;
    uint32_t opened; /* beyond 0x480-0x48a */
} gate_cases[] = {
    {"all gates closed", 0, 0, 0, 0, 0},
    {"BASIC bit 55", MUST(55), 0, 0, 0, TRUE_MSRS},
    {"BASIC, all but bit 55", ~MUST(55), 0, 0, 0, 0},
    {"0x482 bit 63", 0, MAY(31), 0, 0, MSR(0x48b)},
    {"0x482 bit 31: must-be-1 half", 0, MUST(31), 0, 0, 0},
    {"0x482 bit 49", 0, MAY(17), 0, 0, MSR(0x492)},
    {"0x482 bit 17: must-be-1 half", 0, MUST(17), 0, 0, 0},
    {"0x482, all but bits 63 and 49", 0, ~(MAY(31) | MAY(17)), 0, 0, 0},
    {"0x483 bit 63", 0, 0, MAY(31), 0, MSR(0x493)},
    {"0x483, all but bit 63", 0, 0, ~MAY(31), 0, 0},
    {"0x48b bit 33 (EPT)", 0, MAY(31), 0, MAY(1), MSR(0x48b) | MSR(0x48c)},
    {"0x48b bit 37 (VPID)", 0, MAY(31), 0, MAY(5), MSR(0x48b) | MSR(0x48c)},
    {"0x48b bit 45 (VM functions)", 0, MAY(31), 0, MAY(13), MSR(0x48b) | MSR(0x491)},
    {"0x48b, all but bits 33, 37, 45", 0, MAY(31), 0, ~(MAY(1) | MAY(5) | MAY(13)), MSR(0x48b)},
    {"0x48b, must-be-1 half", 0, MAY(31), 0, 0xffffffff, MSR(0x48b)},
    {"0x48b all ones, but not there", 0, 0, 0, ~0ull, 0},
    {"all gates open", ~0ull, ~0ull, ~0ull, ~0ull, ALL_MSRS},
};

static void gates(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(gate_cases); i++) {
        const struct gate_case *c = &gate_cases[i];
        struct machine machine = {.faults = 0};

        machine.value[AT(0x480)] = c->basic;
        machine.value[AT(0x482)] = c->proc;
        machine.value[AT(0x483)] = c->exit;
        machine.value[AT(0x48b)] = c->proc2;
        read_and_expect(c->name, &machine, UNGATED_MSRS | c->opened);
    }
    assert_int_equal(wrong, 0);
}

/* What bit `bit` of MSR `index` alone opens. */
static uint32_t opened_by(unsigned index, unsigned bit)
{
    uint32_t opened = 0;

    for (unsigned i = 0; i < VMX_MSR_COUNT; i++)
        if (msrs[i].gate_bits && msrs[i].gate == index && (msrs[i].gate_bits >> bit) & 1)
            opened |= UINT32_C(1) << i;
    return opened;
}

/* Each bit of each MSR, alone: it opens what the SDM says, and nothing else does. */
static void gates_bit_by_bit(void **state)
{
    (void)state;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        for (unsigned bit = 0; bit < 64; bit++) {
            struct machine machine = {.faults = 0};
            uint32_t expected = UNGATED_MSRS | opened_by(index, bit);
            char name[40];

            snprintf(name, sizeof(name), "0x%x bit %u set", 0x480 + index, bit);
            machine.value[index] = MUST(bit);
            if (index == AT(0x48b)) { /* behind a gate itself */
                machine.value[AT(0x482)] = MAY(31);
                expected |= MSR(0x48b);
            } else if (index > AT(0x48b)) {
                expected = UNGATED_MSRS;
            }
            read_and_expect(name, &machine, expected);
        }
    assert_int_equal(wrong, 0);
}

static void no_vmx_reads_nothing(void **state)
{
    struct machine machine;
    struct msr_policy policy;

    (void)state;
    memset(&machine, 0xff, sizeof(machine));
    machine.reads = 0;
    memset(&policy, 0xa5, sizeof(policy));
    msr_policy_read(&policy, false, machine_read, &machine);
    assert_int_equal(machine.reads, 0);
    assert_int_equal(policy.present, 0);
    assert_int_equal(policy.faulted, 0);
    for (unsigned i = 0; i < VMX_MSR_COUNT; i++)
        assert_int_equal(policy.raw[i], 0);
}

/* With everything else there: which MSRs are not even tried when this one faults. */
static const uint32_t lost_with[VMX_MSR_COUNT] = {
    [AT(0x480)] = TRUE_MSRS,
    [AT(0x482)] = MSR(0x48b) | MSR(0x48c) | MSR(0x491) | MSR(0x492),
    [AT(0x483)] = MSR(0x493),
    [AT(0x48b)] = MSR(0x48c) | MSR(0x491),
};

static void faults(void **state)
{
    (void)state;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        struct machine machine = {.faults = UINT32_C(1) << index};
        char name[40];

        memset(machine.value, 0xff, sizeof(machine.value));
        snprintf(name, sizeof(name), "0x%x faults", 0x480 + index);
        read_and_expect(name, &machine, ALL_MSRS & ~lost_with[index]);
    }
    assert_int_equal(wrong, 0);
}

static void all_fault(void **state)
{
    struct machine machine = {.faults = ALL_MSRS};

    (void)state;
    memset(machine.value, 0xff, sizeof(machine.value));
    read_and_expect("all fault", &machine, UNGATED_MSRS);
    assert_int_equal(wrong, 0);
}

static const struct block {
    const char *name;
    bool (*available)(const struct msr_policy *policy);
    uint32_t msrs;
} blocks[] = {
    {"vmx", vmx_available, UNGATED_MSRS},
    {"vmx_procbased_ctls2", vmx_procbased_ctls2_available, MSR(0x48b)},
    {"vmx_ept_vpid_cap", vmx_ept_vpid_cap_available, MSR(0x48c)},
    {"vmx_true_ctls", vmx_true_ctls_available, TRUE_MSRS},
    {"vmx_vmfunc", vmx_vmfunc_available, MSR(0x491)},
    {"vmx_procbased_ctls3", vmx_procbased_ctls3_available, MSR(0x492)},
    {"vmx_exit_ctls2", vmx_exit_ctls2_available, MSR(0x493)},
};

/* A block is available exactly where the gate cases above open it, and never without VMX. */
static void blocks_available(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(gate_cases); i++) {
        const struct gate_case *c = &gate_cases[i];
        struct machine machine = {.faults = 0};
        struct msr_policy policy, without_vmx;

        machine.value[AT(0x480)] = c->basic;
        machine.value[AT(0x482)] = c->proc;
        machine.value[AT(0x483)] = c->exit;
        machine.value[AT(0x48b)] = c->proc2;
        msr_policy_read(&policy, true, machine_read, &machine);
        msr_policy_read(&without_vmx, false, machine_read, &machine);
        for (size_t b = 0; b < ARRAY_SIZE(blocks); b++) {
            bool expected = ((UNGATED_MSRS | c->opened) & blocks[b].msrs) == blocks[b].msrs;

            expect(blocks[b].available(&policy) == expected, "%s: %s is not %d", c->name,
                   blocks[b].name, expected);
            expect(!blocks[b].available(&without_vmx), "%s, no VMX: %s", c->name, blocks[b].name);
        }
        for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
            expect(msr_available(&policy, index) == msr_present(&policy, index),
                   "%s: 0x%x available is not present", c->name, 0x480 + index);
    }
    assert_int_equal(wrong, 0);
}

/* --- words ------------------------------------------------------------------------------------ */

static const struct word_case {
    const char *name;
    enum vmx_word_id word;
    uint32_t present;
    unsigned msr; /* index */
    uint64_t may, must;
} word_cases[] = {
    {"PIN, legacy and true", WORD_PIN, ALL_MSRS, AT(0x48d), 0xd000004d, 0x8d},
    {"PIN, legacy only", WORD_PIN, UNGATED_MSRS, AT(0x481), 0xd0000041, 0x81},
    {"PIN, true only", WORD_PIN, MSR(0x48d), AT(0x48d), 0xd000004d, 0x8d},
    {"PIN, neither", WORD_PIN, 0, AT(0x481), 0, 0},
    {"PROC, legacy and true", WORD_PROC, ALL_MSRS, AT(0x48e), 0xd000004e, 0x8e},
    {"PROC, legacy only", WORD_PROC, UNGATED_MSRS, AT(0x482), 0xd0000042, 0x82},
    {"EXIT, legacy and true", WORD_EXIT, ALL_MSRS, AT(0x48f), 0xd000004f, 0x8f},
    {"EXIT, legacy only", WORD_EXIT, UNGATED_MSRS, AT(0x483), 0xd0000043, 0x83},
    {"ENTRY, legacy and true", WORD_ENTRY, ALL_MSRS, AT(0x490), 0xd0000050, 0x90},
    {"ENTRY, legacy only", WORD_ENTRY, UNGATED_MSRS, AT(0x484), 0xd0000044, 0x84},
    {"PROC2", WORD_PROC2, ALL_MSRS, AT(0x48b), 0xd000004b, 0x8b},
    {"PROC2 absent", WORD_PROC2, UNGATED_MSRS, AT(0x48b), 0, 0},
    {"PROC3: 64 bits, none must be 1", WORD_PROC3, ALL_MSRS, AT(0x492), 0xd000005200000092, 0},
    {"PROC3 absent", WORD_PROC3, UNGATED_MSRS, AT(0x492), 0, 0},
    {"EXIT2: 64 bits, none must be 1", WORD_EXIT2, ALL_MSRS, AT(0x493), 0xd000005300000093, 0},
    {"BASIC", WORD_BASIC, ALL_MSRS, AT(0x480), 0xd000004000000080, 0},
    {"BASIC absent", WORD_BASIC, 0, AT(0x480), 0, 0},
    {"EPT_VPID", WORD_EPT_VPID, ALL_MSRS, AT(0x48c), 0xd000004c0000008c, 0},
    {"CR0: fixed1 and fixed0", WORD_CR0, ALL_MSRS, AT(0x487), 0xd000004700000087,
     0xd000004600000086},
    {"CR0, fixed0 absent", WORD_CR0, ALL_MSRS & ~MSR(0x486), AT(0x487), 0xd000004700000087, 0},
    {"CR0, fixed1 absent", WORD_CR0, ALL_MSRS & ~MSR(0x487), AT(0x487), 0, 0xd000004600000086},
    {"CR4: fixed1 and fixed0", WORD_CR4, ALL_MSRS, AT(0x489), 0xd000004900000089,
     0xd000004800000088},
    {"FEATURE_CONTROL has no capability", WORD_FEATURE_CONTROL, ALL_MSRS, VMX_MSR_COUNT, 0, 0},
};

/* MSR 0x480 + N holds 0xd00000HH000000LL: HH is 0x40 + N, LL is 0x80 + N. */
static uint64_t marked_value(unsigned index)
{
    return (UINT64_C(0xd0000040) + index) << 32 | (0x80 + index);
}

static void word_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(word_cases); i++) {
        const struct word_case *c = &word_cases[i];
        struct msr_policy policy = {.present = c->present};

        for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
            policy.raw[index] = marked_value(index);
        expect(word_msr(&policy, c->word) == c->msr, "%s: MSR 0x%x", c->name,
               0x480 + word_msr(&policy, c->word));
        expect(word_may(&policy, c->word) == c->may, "%s: may 0x%" PRIx64, c->name,
               word_may(&policy, c->word));
        expect(word_must(&policy, c->word) == c->must, "%s: must 0x%" PRIx64, c->name,
               word_must(&policy, c->word));
        expect(word_offers(&policy, c->word, c->may), "%s: does not offer all of may", c->name);
        expect(!word_offers(&policy, c->word, c->may | 0x20), "%s: offers bit 5", c->name);
    }
    assert_int_equal(wrong, 0);
}

/* --- msr_policy_host -------------------------------------------------------------------------- */

/* The bits that MSR `index` offers: its may-be-1 half, or the whole word. */
static uint64_t offered(const struct msr_policy *policy, unsigned index)
{
    return msrs[index].form == CONTROL ? policy->raw[index] >> 32 : policy->raw[index];
}

/* The bits of MSR `index` that the processor insists on. */
static uint64_t insisted(const struct msr_policy *policy, unsigned index)
{
    switch (msrs[index].form) {
    case CONTROL:
        return policy->raw[index] & 0xffffffff;
    case MUST_WORD:
        return policy->raw[index];
    case MAY_WORD:
        if (msrs[index].word == WORD_CR0 || msrs[index].word == WORD_CR4)
            return policy->raw[index - 1];
        return 0;
    default:
        return 0;
    }
}

static uint64_t in_place(unsigned index, uint64_t bits)
{
    return msrs[index].form == CONTROL ? bits << 32 : bits;
}

/* A processor that offers every bit with a name; default1 bits are 1 as the SDM has them. */
static struct msr_policy everything(void)
{
    static const uint64_t must[VMX_MSR_COUNT] = {
        [AT(0x481)] = 0x16,       [AT(0x482)] = 0x0401e172, [AT(0x483)] = 0x36dff,
        [AT(0x484)] = 0x11ff,     [AT(0x48d)] = 0x16,       [AT(0x48e)] = 0x04006172,
        [AT(0x48f)] = 0x00036dfb, [AT(0x490)] = 0x11fb,
    };
    struct msr_policy policy = {.present = ALL_MSRS};

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        const struct word_fact *word = &words[msrs[index].word];

        policy.raw[index] = in_place(index, word->named | word->default1) | must[index];
    }
    policy.raw[AT(0x486)] = 0x80000021;
    policy.raw[AT(0x488)] = 0x2000;
    return policy;
}

static void clear_everywhere(struct msr_policy *policy, enum vmx_word_id word, unsigned bit)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msrs[index].word == word)
            policy->raw[index] &= ~in_place(index, UINT64_C(1) << bit);
}

static bool has_reason(const struct policy_reasons *reasons, struct policy_reason wanted)
{
    for (unsigned i = 0; i < reasons->count; i++) {
        const struct policy_reason *r = &reasons->reason[i];

        if (r->word == wanted.word && r->bit == wanted.bit && r->why == wanted.why &&
            (r->why == WHY_UNKNOWN || (r->on_word == wanted.on_word && r->on_bit == wanted.on_bit)))
            return true;
    }
    return false;
}

static bool is_rule(const struct policy_reason *reason)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (rules[i].word == reason->word && (rules[i].mask >> reason->bit) & 1 &&
            rules[i].on_word == reason->on_word && rules[i].on_bit == reason->on_bit)
            return true;
    return false;
}

/* A bit that no rule names, whose whole MSR went with its gate: the gate's first bit is why. */
static bool is_gate_rule(const struct policy_reason *reason)
{
    for (unsigned i = 0; i < VMX_MSR_COUNT; i++)
        if (msrs[i].word == reason->word && msrs[i].gate_bits &&
            msrs[msrs[i].gate].word == reason->on_word &&
            (in_place(msrs[i].gate, UINT64_C(1) << reason->on_bit) & msrs[i].gate_bits))
            return true;
    return false;
}

static bool same_policy(const struct msr_policy *a, const struct msr_policy *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void everything_stays(void **state)
{
    const struct msr_policy raw = everything();
    struct msr_policy host;
    struct policy_reasons reasons;

    (void)state;
    msr_policy_host(&host, &raw, &reasons);
    assert_int_equal(reasons.count, 0);
    assert_true(same_policy(&host, &raw));
}

static void nothing_stays_nothing(void **state)
{
    const struct msr_policy raw = {.present = 0};
    struct msr_policy host;
    struct policy_reasons reasons;

    (void)state;
    msr_policy_host(&host, &raw, &reasons);
    assert_int_equal(reasons.count, 0);
    assert_true(same_policy(&host, &raw));
}

/* The rules applied by brute force: `may` of every word, until nothing changes. */
static void close_rules(uint64_t may[WORD_COUNT])
{
    for (unsigned round = 0; round < ARRAY_SIZE(rules); round++)
        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
            if (!((may[rules[i].on_word] >> rules[i].on_bit) & 1))
                may[rules[i].word] &= ~rules[i].mask;
}

/* The host policy of everything() without one base: by brute force, and by the gates. */
static struct msr_policy expected_host(const struct msr_policy *raw)
{
    struct msr_policy host = *raw;
    uint64_t may[WORD_COUNT] = {0};

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        may[msrs[index].word] = offered(raw, index);
    close_rules(may);
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msrs[index].form != MUST_WORD)
            host.raw[index] &= ~in_place(index, ~may[msrs[index].word]) |
                               (msrs[index].form == CONTROL ? 0xffffffff : 0);
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msrs[index].gate_bits && !(host.raw[msrs[index].gate] & msrs[index].gate_bits)) {
            host.raw[index] = 0;
            host.present &= ~(UINT32_C(1) << index);
        }
    return host;
}

/* The bits of each word that some MSR of it offers. */
static void union_of_offers(const struct msr_policy *policy, uint64_t may[WORD_COUNT])
{
    memset(may, 0, WORD_COUNT * sizeof(may[0]));
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        may[msrs[index].word] |= offered(policy, index);
}

static unsigned count_bits(const uint64_t may[WORD_COUNT])
{
    unsigned count = 0;

    for (unsigned word = 0; word < WORD_COUNT; word++)
        count += (unsigned)__builtin_popcountll(may[word]);
    return count;
}

static void expect_closed(const char *name, const struct msr_policy *raw,
                          const struct msr_policy *host, const struct policy_reasons *reasons)
{
    const struct msr_policy expected = expected_host(raw);
    uint64_t before[WORD_COUNT], after[WORD_COUNT];

    expect(host->present == expected.present, "%s: present 0x%05x, not 0x%05x", name, host->present,
           expected.present);
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        expect(host->raw[index] == expected.raw[index],
               "%s: 0x%x is 0x%016" PRIx64 ", not 0x%016" PRIx64, name, 0x480 + index,
               host->raw[index], expected.raw[index]);
    union_of_offers(raw, before);
    union_of_offers(&expected, after);
    expect(reasons->count == count_bits(before) - count_bits(after), "%s: %u reasons, not %u", name,
           reasons->count, count_bits(before) - count_bits(after));
    for (unsigned i = 0; i < reasons->count; i++)
        expect(reasons->reason[i].why == WHY_DEPENDENCY &&
                   (is_rule(&reasons->reason[i]) || is_gate_rule(&reasons->reason[i])),
               "%s: reason %u (%s bit %u) is no rule", name, i, words[reasons->reason[i].word].name,
               reasons->reason[i].bit);
}

/* Each rule: its base is gone, so each of its bits goes, for exactly that reason. */
static void check_rule(const struct rule *rule)
{
    struct msr_policy raw = everything(), host;
    struct policy_reasons reasons;
    char name[60];

    snprintf(name, sizeof(name), "without %s bit %u", words[rule->on_word].name, rule->on_bit);
    clear_everywhere(&raw, rule->on_word, rule->on_bit);
    msr_policy_host(&host, &raw, &reasons);
    expect_closed(name, &raw, &host, &reasons);
    for (unsigned bit = 0; bit < 64; bit++)
        if ((rule->mask >> bit) & 1)
            expect(has_reason(&reasons, (struct policy_reason){.word = (uint8_t)rule->word,
                                                               .bit = (uint8_t)bit,
                                                               .why = WHY_DEPENDENCY,
                                                               .on_word = (uint8_t)rule->on_word,
                                                               .on_bit = (uint8_t)rule->on_bit}),
                   "%s: no such reason for %s bit %u", name, words[rule->word].name, bit);
}

static void each_dependency(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        check_rule(&rules[i]);
    assert_int_equal(wrong, 0);
}

/* Each named bit of everything() in turn is missing: the bits that go are those of the rules. */
static void each_missing_bit(void **state)
{
    (void)state;
    for (unsigned word = 0; word < WORD_COUNT; word++)
        for (unsigned bit = 0; bit < 64; bit++) {
            struct msr_policy raw = everything(), host;
            struct policy_reasons reasons;
            char name[60];

            if (word == WORD_FEATURE_CONTROL || word == WORD_CR0 || word == WORD_CR4 ||
                !((words[word].named >> bit) & 1))
                continue;
            snprintf(name, sizeof(name), "without %s bit %u", words[word].name, bit);
            clear_everywhere(&raw, word, bit);
            msr_policy_host(&host, &raw, &reasons);
            if (word == WORD_BASIC && bit == 55) /* the true MSRs then go too */
                expect(host.present == (ALL_MSRS & ~TRUE_MSRS), "%s: present 0x%05x", name,
                       host.present);
            else
                expect_closed(name, &raw, &host, &reasons);
        }
    assert_int_equal(wrong, 0);
}

/* Two bases removed at once, far from what goes last. */
static const struct chain {
    const char *name;
    enum vmx_word_id word;
    unsigned bit;
    struct policy_reason last;
} chains[] = {
    {"NMI exiting takes virtual NMIs takes NMI windows",
     WORD_PIN,
     3,
     {WORD_PROC, 22, WHY_DEPENDENCY, WORD_PIN, 5, 0}},
    {"external interrupts take interrupt delivery takes posted interrupts",
     WORD_PIN,
     0,
     {WORD_PIN, 7, WHY_DEPENDENCY, WORD_PROC2, 9, 0}},
    {"TPR shadow takes interrupt delivery takes the APIC timer",
     WORD_PROC,
     21,
     {WORD_PROC3, 8, WHY_DEPENDENCY, WORD_PROC2, 9, 0}},
    {"EPT takes INVEPT takes its types",
     WORD_PROC2,
     1,
     {WORD_EPT_VPID, 25, WHY_DEPENDENCY, WORD_EPT_VPID, 20, 0}},
    {"VPID takes INVVPID takes its types",
     WORD_PROC2,
     5,
     {WORD_EPT_VPID, 43, WHY_DEPENDENCY, WORD_EPT_VPID, 32, 0}},
    {"secondary controls take VPID takes INVVPID takes its types",
     WORD_PROC,
     31,
     {WORD_EPT_VPID, 40, WHY_DEPENDENCY, WORD_EPT_VPID, 32, 0}},
    {"secondary controls take VM functions take EPTP switching",
     WORD_PROC,
     31,
     {WORD_VMFUNC, 0, WHY_DEPENDENCY, WORD_PROC2, 13, 0}},
};

static void transitive(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
        struct msr_policy raw = everything(), host;
        struct policy_reasons reasons;

        clear_everywhere(&raw, chains[i].word, chains[i].bit);
        msr_policy_host(&host, &raw, &reasons);
        expect(has_reason(&reasons, chains[i].last), "%s: the last does not go", chains[i].name);
    }
    assert_int_equal(wrong, 0);
}

/*
 * The true word lacks the secondary controls though the legacy one, which is the gate, has them:
 * what stood on EPT, VPID and VM functions goes, and their two MSRs with it.
 */
static void gated_msrs_vanish(void **state)
{
    struct msr_policy raw = everything(), host;
    struct policy_reasons reasons;
    uint64_t before[WORD_COUNT], after[WORD_COUNT];

    (void)state;
    raw.raw[AT(0x48e)] &= ~MAY(31);
    msr_policy_host(&host, &raw, &reasons);
    assert_int_equal(host.present, ALL_MSRS & ~(MSR(0x48c) | MSR(0x491)));
    assert_int_equal(host.raw[AT(0x48b)], 0);
    assert_int_equal(host.raw[AT(0x48c)], 0);
    assert_int_equal(host.raw[AT(0x491)], 0);
    union_of_offers(&raw, before);
    union_of_offers(&host, after);
    assert_int_equal(reasons.count, count_bits(before) - count_bits(after));
}

/* --- unknown bits ----------------------------------------------------------------------------- */

static const struct policy_reason *only_reason(const struct policy_reasons *reasons)
{
    return reasons->count == 1 ? &reasons->reason[0] : NULL;
}

/*
 * An unknown bit in one MSR, or one that the SDM does not know: gone from host, all else as without
 * it.
 */
static void check_unknown(unsigned index, unsigned bit)
{
    const struct msr_policy clean = everything();
    struct msr_policy raw = clean, host;
    struct policy_reasons reasons;
    const char *name = words[msrs[index].word].name;

    raw.raw[index] |= in_place(index, UINT64_C(1) << bit);
    msr_policy_host(&host, &raw, &reasons);
    expect(same_policy(&host, &clean), "0x%x %s bit %u may be 1: still in host", 0x480 + index,
           name, bit);
    const struct policy_reason *reason = only_reason(&reasons);
    bool has_name = (words[msrs[index].word].undocumented >> bit) & 1;
    expect(reason && reason->word == msrs[index].word && reason->bit == bit &&
               reason->why == (has_name ? WHY_UNDOCUMENTED : WHY_UNKNOWN),
           "0x%x %s bit %u: not the one reason", 0x480 + index, name, bit);
}

/* An unknown bit that must be 1: it stays, since nothing could be entered without it. */
static void check_unknown_forced(unsigned index, unsigned bit)
{
    struct msr_policy raw = everything(), host;
    struct policy_reasons reasons;
    uint64_t mask = UINT64_C(1) << bit;

    raw.raw[index] |= mask | in_place(index, mask);
    if (msrs[index].form == MUST_WORD)
        raw.raw[index + 1] |= mask;
    msr_policy_host(&host, &raw, &reasons);
    expect(same_policy(&host, &raw), "0x%x %s bit %u must be 1: host differs", 0x480 + index,
           words[msrs[index].word].name, bit);
    expect(reasons.count == 0, "0x%x %s bit %u must be 1: dropped", 0x480 + index,
           words[msrs[index].word].name, bit);
}

static void each_unknown_bit(void **state)
{
    unsigned checked = 0;

    (void)state;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        const struct word_fact *word = &words[msrs[index].word];

        for (unsigned bit = 0; bit < word->size; bit++) {
            if (((word->named | word->default1) >> bit) & 1)
                continue;
            if (msrs[index].form != MUST_WORD)
                check_unknown(index, bit);
            if (msrs[index].form == CONTROL || msrs[index].form == MUST_WORD)
                check_unknown_forced(index, bit);
            checked++;
        }
    }
    assert_int_equal(wrong, 0);
    /* BASIC 8, pin 2x24, proc 2x2, exit 0, entry 2x7, misc 6, CR0 2x32, CR4 2x36, VMCS_ENUM 55, */
    /* proc2 1, EPT_VPID 40, VMFUNC 63, proc3 56, exit2 60 */
    assert_int_equal(checked, 8 + 48 + 4 + 14 + 6 + 64 + 72 + 55 + 1 + 40 + 63 + 56 + 60);
}

/* In both words of a control: one reason, not two. */
static void unknown_in_both_words(void **state)
{
    const struct msr_policy clean = everything();
    struct msr_policy raw = clean, host;
    struct policy_reasons reasons;

    (void)state;
    raw.raw[AT(0x481)] |= MAY(8);
    raw.raw[AT(0x48d)] |= MAY(8);
    msr_policy_host(&host, &raw, &reasons);
    assert_true(same_policy(&host, &clean));
    assert_int_equal(reasons.count, 1);
    assert_int_equal(reasons.reason[0].word, WORD_PIN);
    assert_int_equal(reasons.reason[0].bit, 8);
    assert_int_equal(reasons.reason[0].why, WHY_UNKNOWN);
}

/* A known bit that must be 1 stays without its base (where its MSR stays). */
static void check_forced(const struct rule *rule)
{
    struct msr_policy raw = everything(), host;
    struct policy_reasons reasons;

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msrs[index].word == rule->word && msrs[index].form == CONTROL)
            raw.raw[index] |= rule->mask;
    clear_everywhere(&raw, rule->on_word, rule->on_bit);
    msr_policy_host(&host, &raw, &reasons);
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if (msrs[index].word == rule->word && msrs[index].form == CONTROL &&
            msr_present(&host, index))
            expect((offered(&host, index) & rule->mask) == rule->mask,
                   "0x%x %s without %s bit %u: 0x%" PRIx64 " must be 1, yet it went", 0x480 + index,
                   words[rule->word].name, words[rule->on_word].name, rule->on_bit, rule->mask);
}

static void forced_without_base(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        check_forced(&rules[i]);
    assert_int_equal(wrong, 0);
}

/* --- any machine ------------------------------------------------------------------------------ */

#define ROUNDS 100000
#define SEED   UINT64_C(0x1e17e1)

static uint64_t random_state;

/* splitmix64 */
static uint64_t random64(void)
{
    uint64_t z = random_state += MIX;

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Sparse, even, dense, or nearly a real processor's: `usual` with a few bits turned. */
static uint64_t random_word(uint64_t usual)
{
    switch (random64() % 5) {
    case 0:
        return random64() & random64() & random64();
    case 1:
        return random64();
    case 2:
        return random64() | random64();
    case 3:
        return usual;
    default:
        return usual ^ (random64() & random64() & random64() & random64());
    }
}

static void random_machine(struct machine *machine)
{
    const struct msr_policy usual = everything();

    *machine = (struct machine){.faults = 0};
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        machine->value[index] = random_word(usual.raw[index]);
    if (random64() % 4 == 0)
        machine->faults = UINT32_C(1) << random64() % VMX_MSR_COUNT;
}

static const char *check_subset(const struct msr_policy *raw, const struct msr_policy *host)
{
    if (host->present & ~raw->present || host->faulted != raw->faulted)
        return "host has an MSR that raw has not";
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        if (host->raw[index] & ~raw->raw[index])
            return "host has a bit that raw has not";
        if (!msr_present(host, index))
            continue;
        if (insisted(raw, index) != insisted(host, index))
            return "a must-be-1 bit has changed";
        if (insisted(raw, index) & (offered(raw, index) & ~offered(host, index)))
            return "a bit that must be 1 may no longer be 1";
    }
    return NULL;
}

/* Every bit that some MSR offered in raw and no longer does has one reason, and none else. */
static const char *check_reasons(const struct msr_policy *raw, const struct msr_policy *host,
                                 const struct policy_reasons *reasons)
{
    uint64_t lost[WORD_COUNT] = {0}, explained[WORD_COUNT] = {0};

    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        lost[msrs[index].word] |= offered(raw, index) & ~offered(host, index);
    for (unsigned i = 0; i < reasons->count; i++) {
        const struct policy_reason *reason = &reasons->reason[i];
        uint64_t known = words[reason->word].named | words[reason->word].default1;
        uint64_t mask = UINT64_C(1) << reason->bit;

        if (explained[reason->word] & mask)
            return "a bit has two reasons";
        explained[reason->word] |= mask;
        if (reason->why == WHY_UNKNOWN && (known | words[reason->word].undocumented) & mask)
            return "a known bit is called unknown";
        if (reason->why == WHY_UNDOCUMENTED && !(words[reason->word].undocumented & mask))
            return "a bit of the SDM's is called undocumented";
        if (reason->why == WHY_DEPENDENCY && !is_rule(reason) && !is_gate_rule(reason))
            return "a reason that is no rule";
        if (reason->why == WHY_DEPENDENCY &&
            word_offers(host, reason->on_word, UINT64_C(1) << reason->on_bit))
            return "a reason whose base is there";
    }
    return memcmp(lost, explained, sizeof(lost)) ? "reasons and differences disagree" : NULL;
}

static const char *check_consistent(const struct msr_policy *host)
{
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (!word_offers(host, rules[i].on_word, UINT64_C(1) << rules[i].on_bit) &&
            word_may(host, rules[i].word) & ~word_must(host, rules[i].word) & rules[i].mask)
            return "a bit without its base is left";
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        const struct word_fact *word = &words[msrs[index].word];

        if (offered(host, index) & ~insisted(host, index) & ~(word->named | word->default1))
            return "an unknown bit is left";
        if (msrs[index].gate_bits && msr_present(host, index) &&
            !(host->raw[msrs[index].gate] & msrs[index].gate_bits))
            return "an MSR without its gate is left";
        if (!msr_present(host, index) && host->raw[index])
            return "an absent MSR has a value";
    }
    return NULL;
}

static const char *check_idempotent(const struct msr_policy *host)
{
    struct msr_policy again;
    struct policy_reasons reasons;

    msr_policy_host(&again, host, &reasons);
    return reasons.count || !same_policy(&again, host) ? "host of host is another" : NULL;
}

static const char *check_machine(struct machine *machine)
{
    struct msr_policy raw, host;
    struct policy_reasons reasons;
    const char *broken;

    msr_policy_read(&raw, true, machine_read, machine);
    msr_policy_host(&host, &raw, &reasons);
    if ((broken = check_subset(&raw, &host)) || (broken = check_reasons(&raw, &host, &reasons)) ||
        (broken = check_consistent(&host)))
        return broken;
    return check_idempotent(&host);
}

static void any_machine(void **state)
{
    (void)state;
    print_message("# seed 0x%" PRIx64 ", %d rounds\n", SEED, ROUNDS);
    random_state = SEED;
    for (unsigned round = 0; round < ROUNDS && wrong < 10; round++) {
        struct machine machine;

        random_machine(&machine);
        const char *broken = check_machine(&machine);
        expect(!broken, "round %u: %s", round, broken);
    }
    assert_int_equal(wrong, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gates),
        TEST(gates_bit_by_bit),
        TEST(no_vmx_reads_nothing),
        TEST(faults),
        TEST(all_fault),
        TEST(blocks_available),
        TEST(word_values),
        TEST(everything_stays),
        TEST(nothing_stays_nothing),
        TEST(each_dependency),
        TEST(each_missing_bit),
        TEST(transitive),
        TEST(gated_msrs_vanish),
        TEST(each_unknown_bit),
        TEST(unknown_in_both_words),
        TEST(forced_without_base),
        TEST(any_machine),
    };

    return cmocka_run_group_tests_name("msr_policy", tests, NULL, NULL);
}
