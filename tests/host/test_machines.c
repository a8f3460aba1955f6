/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_machines.c - decodes the MSR values of real processors, none of which may look broken.
 *
 * The environment variable LINTEL_MACHINES names a folder of *.txt files, one processor each:
 * comments (#), then lines `0x480 0x00da04000000000f`. Without the folder all is skipped: the plan
 * says so, since a test that cmocka skips has "not ok" before its number. An MSR that exists by its
 * gate but that a file does not give (the tools that wrote the files knew nothing of 0x491-0x493)
 * reads here as one whose RDMSR faults.
 */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "msr/meet.h"
#include "check_verdict.h"
#include "msr/report.h"
#include "vmx/image.h"
#include "x86.h"

#define MACHINES_MIN 169
#define MACHINES_MAX 1024
#define SHOWN_MAX    20 /* what is wrong with one processor is often wrong with all */
#define AT(address)  (address - 0x480)
#define MSR(address) (UINT32_C(1) << AT(address))
#define UNGATED_MSRS 0x7ffu

struct machine {
    char name[256];
    uint64_t value[VMX_MSR_COUNT];
    uint32_t given;     /* bit N: the file gives 0x480 + N */
    unsigned bad_lines; /* neither comment nor value, or a value given twice */
    struct msr_policy raw, host;
    struct policy_reasons reasons;
    struct cpu_identity cpu;
    struct sane_findings findings;
    struct msr_policy guest;
    struct policy_reasons guest_reasons;
    struct report report;
};

static struct machine machines[MACHINES_MAX];
static unsigned machine_count;
static char text[1 << 18];

/* --- reading the folder ----------------------------------------------------------------------- */

/* One line of a file; false when it is neither a comment nor a value. */
static bool parse_line(struct machine *machine, const char *line)
{
    unsigned address;
    uint64_t value;
    char rest;

    if (line[0] == '#' || line[0] == '\n')
        return true;
    if (sscanf(line, "0x%x 0x%16" SCNx64 "%c", &address, &value, &rest) != 3 || rest != '\n' ||
        address < 0x480 || address > 0x493 || machine->given & MSR(address))
        return false;
    machine->value[AT(address)] = value;
    machine->given |= MSR(address);
    return true;
}

static void read_file(struct machine *machine, const char *folder, const char *name)
{
    char path[1024], line[1024];

    snprintf(machine->name, sizeof(machine->name), "%s", name);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return; /* a processor without values, which the first test finds */
    while (fgets(line, sizeof(line), file))
        machine->bad_lines += !parse_line(machine, line);
    fclose(file);
}

static bool machine_read(void *context, uint32_t address, uint64_t *value)
{
    const struct machine *machine = context;

    *value = machine->value[AT(address)];
    return machine->given & MSR(address);
}

/* A VM whose CPUID shows it all. */
static const struct vm_features everything = {~UINT64_C(0), ~UINT64_C(0)};

static void decide(struct machine *m)
{
    m->cpu = (struct cpu_identity){
        .vendor = "GenuineIntel", .brand = "a real processor", .family = 6, .vmx = true};
    msr_policy_read(&m->raw, true, machine_read, m);
    msr_policy_host(&m->host, &m->raw, &m->reasons);
    sane_check(&m->findings, &m->raw);
    msr_policy_guest(&m->guest, &m->host, &everything, &m->guest_reasons);
    m->report = (struct report){.cpu = &m->cpu,
                                .raw = &m->raw,
                                .host = &m->host,
                                .reasons = &m->reasons,
                                .findings = &m->findings,
                                .guest = &m->guest,
                                .guest_reasons = &m->guest_reasons};
}

static bool is_text_file(const char *name)
{
    size_t length = strlen(name);

    return length > 4 && strcmp(name + length - 4, ".txt") == 0;
}

static void read_folder(DIR *folder, const char *path)
{
    const struct dirent *entry;

    while ((entry = readdir(folder)) && machine_count < MACHINES_MAX)
        if (is_text_file(entry->d_name)) {
            read_file(&machines[machine_count], path, entry->d_name);
            decide(&machines[machine_count++]);
        }
}

/* False when there is no such folder. */
static bool read_machines(const char *path)
{
    DIR *folder = path ? opendir(path) : NULL;

    if (!folder)
        return false;
    read_folder(folder, path);
    closedir(folder);
    return true;
}

/* --- what the SDM says of each MSR, in numbers ------------------------------------------------ */

enum form { PLAIN, CONTROL, MAY_WORD, MUST_WORD };

static const struct msr_fact {
    enum form form;
    uint64_t named;        /* bits with a name, fields among them */
    uint64_t fields;       /* those of them that are numbers */
    uint64_t default1;     /* reserved and 1 */
    uint64_t undocumented; /* named, though not by the SDM: not in host */
} facts[VMX_MSR_COUNT] = {
    [AT(0x480)] = {PLAIN, 0x15ff1fffffffffff, 0x003c1fff7fffffff, 0},
    [AT(0x481)] = {CONTROL, 0xe9, 0, 0x16},
    [AT(0x482)] = {CONTROL, 0xfbfb9e8c, 0, 0x04006172},
    [AT(0x483)] = {CONTROL, 0xfffc9204, 0, 0x36dfb},
    [AT(0x484)] = {CONTROL, 0x01ffee04, 0, 0x11fb},
    [AT(0x485)] = {PLAIN, 0xffffffff7fffc1ff, 0xffffffff0fff001f, 0},
    [AT(0x486)] = {MUST_WORD, 0xe005003f, 0, 0x1ffaffc0},
    [AT(0x487)] = {MAY_WORD, 0xe005003f, 0, 0x1ffaffc0},
    [AT(0x488)] = {MUST_WORD, 0x11bff7fff, 0, 0},
    [AT(0x489)] = {MAY_WORD, 0x11bff7fff, 0, 0},
    [AT(0x48a)] = {PLAIN, 0x3fe, 0x3fe, 0},
    [AT(0x48b)] = {CONTROL, 0xffffffff, 0, 0, 1 << 29},
    [AT(0x48c)] = {PLAIN, 0x003f0f0106f341c1, 0x003f000000000000, 0},
    [AT(0x48d)] = {CONTROL, 0xe9, 0, 0x16},
    [AT(0x48e)] = {CONTROL, 0xfbfb9e8c, 0, 0x04006172},
    [AT(0x48f)] = {CONTROL, 0xfffc9204, 0, 0x36dfb},
    [AT(0x490)] = {CONTROL, 0x01ffee04, 0, 0x11fb},
    [AT(0x491)] = {PLAIN, 0x1, 0, 0},
    [AT(0x492)] = {MAY_WORD, 0x13ff, 0, 0, 1 << 5 | 1 << 9 | 1 << 12},
    [AT(0x493)] = {MAY_WORD, 0xf, 0, 0},
};

static uint64_t may_half(unsigned index, uint64_t value)
{
    return facts[index].form == CONTROL ? value >> 32 : value;
}

static uint64_t must_half(unsigned index, uint64_t value)
{
    return facts[index].form == CONTROL ? value & 0xffffffff : 0;
}

/* Bits that are set in either half though nobody has a name for them. */
static uint64_t unknown_bits(unsigned index, uint64_t value)
{
    return (may_half(index, value) | must_half(index, value)) &
           ~(facts[index].named | facts[index].default1);
}

static bool bit_set(uint64_t word, unsigned bit)
{
    return (word >> bit) & 1;
}

/* --- the tests -------------------------------------------------------------------------------- */

static void enough_machines(void **state)
{
    (void)state;
    print_message("# %u processors\n", machine_count);
    for (unsigned i = 0; i < machine_count; i++) {
        expect((machines[i].given & UNGATED_MSRS) == UNGATED_MSRS,
               "%s: 0x480-0x48a are not all there", machines[i].name);
        expect(!machines[i].bad_lines, "%s: %u lines are not understood", machines[i].name,
               machines[i].bad_lines);
    }
    assert_in_range(machine_count, MACHINES_MIN, MACHINES_MAX);
    assert_int_equal(wrong, 0);
}

/* The MSRs that exist by the values in the file. */
static uint32_t existing_msrs(const struct machine *m)
{
    uint32_t exist = UNGATED_MSRS;

    if (bit_set(m->value[AT(0x482)], 63))
        exist |= MSR(0x48b);
    if (bit_set(m->value[AT(0x48b)], 33) || bit_set(m->value[AT(0x48b)], 37))
        exist |= MSR(0x48c);
    if (bit_set(m->value[AT(0x480)], 55))
        exist |= MSR(0x48d) | MSR(0x48e) | MSR(0x48f) | MSR(0x490);
    if (bit_set(m->value[AT(0x48b)], 45))
        exist |= MSR(0x491);
    if (bit_set(m->value[AT(0x482)], 49))
        exist |= MSR(0x492);
    if (bit_set(m->value[AT(0x483)], 63))
        exist |= MSR(0x493);
    return exist;
}

/* What is read is what exists; and the processor gave nothing that its gates deny. */
static void presence_follows_gates(void **state)
{
    (void)state;
    for (unsigned i = 0; i < machine_count; i++) {
        const struct machine *m = &machines[i];
        uint32_t exist = existing_msrs(m);

        expect(m->raw.present == (exist & m->given), "%s: present 0x%05x", m->name, m->raw.present);
        expect(m->raw.faulted == (exist & ~m->given), "%s: faulted 0x%05x", m->name,
               m->raw.faulted);
        expect(!(m->given & ~exist), "%s: has 0x%05x against its gates", m->name,
               m->given & ~exist);
        expect(!(m->raw.faulted & ~(MSR(0x491) | MSR(0x492) | MSR(0x493))), "%s: 0x%05x not given",
               m->name, m->raw.faulted);
        expect(m->host.present == m->raw.present, "%s: host present 0x%05x", m->name,
               m->host.present);
    }
    assert_int_equal(wrong, 0);
}

/*
 * VM-entry controls whose VM-exit counterpart is in an MSR that the file does not give: "load FRED"
 * and "load IA32_SPEC_CTRL" where 0x493 exists. The host policy goes without them here, not on a
 * real one.
 */
static uint64_t without_source(const struct machine *m, enum vmx_word_id word)
{
    return word == WORD_ENTRY && m->raw.faulted & MSR(0x493) ? 1 << 23 | 1 << 24 : 0;
}

/* Raw is what the file says; host is raw without the unknown bits, and loses nothing else. */
static void host_is_raw_but_unknown_bits(void **state)
{
    (void)state;
    for (unsigned i = 0; i < machine_count; i++)
        for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
            const struct machine *m = &machines[i];
            uint64_t value = m->given & MSR(0x480 + index) ? m->value[index] : 0;
            uint64_t left_out =
                may_half(index, value) & (unknown_bits(index, value) | facts[index].undocumented |
                                          without_source(m, vmx_msrs[index].word));
            uint64_t gone = facts[index].form == CONTROL ? left_out << 32 : left_out;

            expect(m->raw.raw[index] == value, "%s: raw 0x%x is 0x%016" PRIx64, m->name,
                   0x480 + index, m->raw.raw[index]);
            expect(m->host.raw[index] == (value & ~gone),
                   "%s: host 0x%x is 0x%016" PRIx64 ", raw 0x%016" PRIx64, m->name, 0x480 + index,
                   m->host.raw[index], value);
        }
    assert_int_equal(wrong, 0);
}

/* No real processor offers a control without what it depends on. */
static void no_dependency_is_broken(void **state)
{
    (void)state;
    for (unsigned i = 0; i < machine_count; i++)
        for (unsigned r = 0; r < machines[i].reasons.count; r++) {
            const struct policy_reason *reason = &machines[i].reasons.reason[r];

            expect(reason->why == WHY_UNKNOWN || reason->why == WHY_UNDOCUMENTED ||
                       without_source(&machines[i], reason->word) >> reason->bit & 1,
                   "%s: 0x%x bit %u went, for want of 0x%x bit %u", machines[i].name,
                   0x480 + word_msr(&machines[i].raw, reason->word), reason->bit,
                   0x480 + word_msr(&machines[i].raw, reason->on_word), reason->on_bit);
        }
    assert_int_equal(wrong, 0);
}

/*
 * What Linux's KVM refuses to load without: those that it needs everywhere, then those of a 64-bit
 * host (a processor whose VMX has 32-bit addresses, IA32_VMX_BASIC bit 48, has no such host).
 */
static const struct need {
    const char *name;
    enum vmx_word_id word;
    uint64_t bits;
    uint64_t bits_of_64;
} needs[] = {
    /* external-interrupt exiting, NMI exiting */
    {"pin-based", WORD_PIN, 1 << 0 | 1 << 3, 0},
    /*
     * TSC offsetting, HLT, INVLPG, MWAIT, RDPMC, CR3 load and store, MOV DR, I/O, MONITOR exiting
     */
    {"processor-based", WORD_PROC,
     1 << 3 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 15 | 1 << 16 | 1 << 23 | 1 << 24 | 1 << 29,
     1 << 19 | 1 << 20}, /* CR8-load, CR8-store exiting */
    /* save debug controls, acknowledge interrupt on exit */
    {"VM-exit", WORD_EXIT, 1 << 2 | 1 << 15, 1 << 9}, /* host address-space size */
    {"VM-entry", WORD_ENTRY, 1 << 2, 1 << 9},         /* load debug controls; IA-32e mode guest */
    {"CR0 in VMX operation", WORD_CR0, 0x80000021, 0},
    {"CR4 in VMX operation", WORD_CR4, 0x2000, 0x20},
};

static void kvm_needs_stay(void **state)
{
    (void)state;
    for (unsigned i = 0; i < machine_count; i++)
        for (size_t n = 0; n < ARRAY_SIZE(needs); n++) {
            const struct machine *m = &machines[i];
            bool is_32 = bit_set(m->value[AT(0x480)], 48);
            uint64_t wanted = needs[n].bits | (is_32 ? 0 : needs[n].bits_of_64);
            uint64_t missing = wanted & ~word_may(&m->host, needs[n].word);

            expect(!missing, "%s: %s 0x%" PRIx64 " missing in host", m->name, needs[n].name,
                   missing);
        }
    assert_int_equal(wrong, 0);
}

/* The controls beyond KVM's minimum that a processor offers stay too: EPT and all that it has. */
static void offered_controls_stay(void **state)
{
    static const enum vmx_word_id words[] = {WORD_PIN, WORD_PROC, WORD_EXIT, WORD_ENTRY,
                                             WORD_PROC2};
    static const uint64_t named[] = {0xe9, 0xfbfb9e8c, 0xfffc9204, 0x01ffee04, 0xdfffffff};

    (void)state;
    for (unsigned i = 0; i < machine_count; i++)
        for (size_t w = 0; w < ARRAY_SIZE(words); w++) {
            const struct machine *m = &machines[i];

            uint64_t judged = named[w] & ~without_source(m, words[w]);

            expect((word_may(&m->host, words[w]) & judged) ==
                       (word_may(&m->raw, words[w]) & judged),
                   "%s: word %zu differs in host", m->name, w);
            expect(!(word_must(&m->host, words[w]) & ~word_may(&m->host, words[w])),
                   "%s: word %zu must be 1 and may not", m->name, w);
        }
    assert_int_equal(wrong, 0);
}

/* --- unknown bits ----------------------------------------------------------------------------- */

/* On how many of the first 169 processors a bit without a name is set. */
static const struct unknown {
    unsigned address, bit, processors;
} unknowns[] = {
    {0x480, 57, 47},
    {0x485, 9, 4},
};

static unsigned expected_processors(unsigned index, unsigned bit)
{
    for (size_t i = 0; i < ARRAY_SIZE(unknowns); i++)
        if (AT(unknowns[i].address) == index && unknowns[i].bit == bit)
            return unknowns[i].processors;
    return 0;
}

static unsigned count_unknown(unsigned index, unsigned bit)
{
    unsigned count = 0;

    for (unsigned i = 0; i < machine_count; i++)
        if (machines[i].given & MSR(0x480 + index))
            count += bit_set(unknown_bits(index, machines[i].value[index]), bit);
    return count;
}

static unsigned count_reasons(enum policy_why why, enum vmx_word_id word, unsigned bit)
{
    unsigned count = 0;

    for (unsigned i = 0; i < machine_count; i++)
        for (unsigned r = 0; r < machines[i].reasons.count; r++) {
            const struct policy_reason *reason = &machines[i].reasons.reason[r];

            count += reason->why == why && reason->word == word && reason->bit == bit;
        }
    return count;
}

/* As many reasons as unknown bits; and on the known collection, the known ones. */
static void unknown_totals(void **state)
{
    (void)state;
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        for (unsigned bit = 0; bit < 64; bit++) {
            unsigned count = count_unknown(index, bit);

            if (machine_count == MACHINES_MIN)
                expect(count == expected_processors(index, bit), "0x%x bit %u: on %u processors",
                       0x480 + index, bit, count);
            if (count)
                expect(count_reasons(WHY_UNKNOWN, vmx_msrs[index].word, bit) == count,
                       "0x%x bit %u: %u reasons, not %u", 0x480 + index, bit,
                       count_reasons(WHY_UNKNOWN, vmx_msrs[index].word, bit), count);
        }
    assert_int_equal(wrong, 0);
}

/* How many of the collection have the MSRs that its files do not give. */
static void missing_totals(void **state)
{
    unsigned proc3 = 0, exit2 = 0;

    (void)state;
    for (unsigned i = 0; i < machine_count; i++) {
        proc3 += (machines[i].raw.faulted & MSR(0x492)) != 0;
        exit2 += (machines[i].raw.faulted & MSR(0x493)) != 0;
    }
    print_message("# 0x492 exists on %u, 0x493 on %u\n", proc3, exit2);
    if (machine_count == MACHINES_MIN) {
        assert_int_equal(proc3, 53);
        assert_int_equal(exit2, 47);
    }
}

/* --- rules, and the stages after host -------------------------------------------------------- */

static bool is_rule(const struct sane_finding *finding, const char *id)
{
    return strcmp(sane_rules[finding->rule].id, id) == 0;
}

/* An MSR that exists and that no source prints looks like one that faults: not the processor's
 * fault. */
static bool is_no_fault(const struct machine *m, const struct sane_finding *finding)
{
    return is_rule(finding, "presence") && m->raw.faulted & UINT32_C(1) << finding->index;
}

/* The SDM's rules hold on every real processor; bits without a name are a warning, each of them. */
static void no_false_finding(void **state)
{
    (void)state;
    for (unsigned i = 0; i < machine_count; i++) {
        const struct machine *m = &machines[i];
        uint64_t warned[VMX_MSR_COUNT] = {0};

        expect(m->findings.count <= SANE_FINDINGS_MAX, "%s: too many findings", m->name);
        for (unsigned f = 0; f < sane_kept(&m->findings); f++) {
            const struct sane_finding *finding = &m->findings.finding[f];

            if (is_rule(finding, "unknown_bits"))
                warned[finding->index] = finding->bits;
            else
                expect(is_no_fault(m, finding), "%s: 0x%x breaks %s: 0x%" PRIx64, m->name,
                       0x480 + finding->index, sane_rules[finding->rule].id, finding->bits);
        }
        for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
            expect(warned[index] == unknown_bits(index, m->raw.raw[index]),
                   "%s: 0x%x warned of 0x%" PRIx64, m->name, 0x480 + index, warned[index]);
    }
    assert_int_equal(wrong, 0);
}

/* What guests could be offered fits the host, is closed, and explains all that it lacks. */
static void guest_fits_host(void **state)
{
    struct policy_difference first;
    struct policy_reasons reasons;
    struct msr_policy again;

    (void)state;
    for (unsigned i = 0; i < machine_count; i++) {
        const struct machine *m = &machines[i];

        expect(msr_policy_misfits(&m->guest, &m->host, &first, 1) == 0, "%s: guest does not fit",
               m->name);
        msr_policy_host(&again, &m->guest, &reasons);
        expect(reasons.count == 0, "%s: guest is not closed", m->name);
        for (unsigned word = 0; word < WORD_COUNT; word++) {
            uint64_t lost = word_may(&m->host, word) & ~word_may(&m->guest, word);

            for (unsigned r = 0; r < m->guest_reasons.count; r++)
                if (m->guest_reasons.reason[r].word == word)
                    lost &= ~(UINT64_C(1) << m->guest_reasons.reason[r].bit);
            expect(!lost, "%s: word %u: 0x%" PRIx64 " lost without a reason", m->name, word, lost);
        }
    }
    assert_int_equal(wrong, 0);
}

/* Any two of them: the meet is below both, and both are below themselves. */
static void meets_of_pairs(void **state)
{
    struct policy_difference first;
    struct msr_policy met, turned;

    (void)state;
    for (unsigned i = 0; i < machine_count; i++)
        for (unsigned k = 0; k <= i; k++) {
            const struct msr_policy *a = &machines[i].raw, *b = &machines[k].raw;

            msr_policy_meet(&met, a, b);
            msr_policy_meet(&turned, b, a);
            expect(!memcmp(&met, &turned, sizeof(met)), "%s and %s: order matters",
                   machines[i].name, machines[k].name);
            expect(!msr_policy_misfits(&met, a, &first, 1) &&
                       !msr_policy_misfits(&met, b, &first, 1),
                   "%s and %s: the meet fits not both", machines[i].name, machines[k].name);
            expect(i != k || !msr_policy_diff(&met, a, &first, 1), "%s: not its own meet",
                   machines[i].name);
        }
    assert_int_equal(wrong, 0);
}

/* --- reports ---------------------------------------------------------------------------------- */

typedef void renderer(struct out *out, const struct report *report);

static void render(const struct machine *m, renderer *render_report)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, sizeof(text));
    render_report(&buffer.out, &m->report);
    assert_in_range(buffer.length, 0, sizeof(text) - 1);
}

/* Where the block of MSR `index` starts in the text report, and where it ends; NULL: nowhere. */
static const char *find_block(unsigned index, const char **end)
{
    char start[24];

    snprintf(start, sizeof(start), "\nmsr 0x%x ", 0x480 + index);
    const char *block = strstr(text, start);
    if (!block || strstr(block + 1, start))
        return NULL;
    *end = strstr(block + 1, "\nmsr ");
    if (!*end)
        *end = strstr(block + 1, "\nwarning: ");
    if (!*end)
        *end = strstr(block + 1, "\nhost: ");
    return *end ? block : NULL;
}

/* The line of `bit` within a block: what follows `0x482:7 `. NULL: there is none. */
static const char *find_bit(const char *block, const char *end, unsigned index, unsigned bit)
{
    char start[24];

    snprintf(start, sizeof(start), "\n  0x%x:%u ", 0x480 + index, bit);
    const char *line = strstr(block, start);
    return line && line < end ? line + strlen(start) : NULL;
}

/* What a bit's line must say of it, by the value in the file. */
static void expected_state(char *buffer, size_t size, unsigned index, uint64_t value, unsigned bit)
{
    unsigned may = bit_set(may_half(index, value), bit);

    switch (facts[index].form) {
    case CONTROL:
        snprintf(buffer, size, " may-be-1=%u must-be-1=%u", may,
                 bit_set(must_half(index, value), bit));
        break;
    case MAY_WORD:
        snprintf(buffer, size, " may-be-1=%u", may);
        break;
    case MUST_WORD:
        snprintf(buffer, size, " must-be-1=%u", may);
        break;
    default:
        snprintf(buffer, size, " %u", may);
    }
}

/* A named bit has its line; one without a name has one where it is set, and is called unknown. */
static void check_bit(const struct machine *m, const char *block, const char *end, unsigned index,
                      unsigned bit)
{
    uint64_t value = m->value[index];
    const char *line = find_bit(block, end, index, bit);
    bool unknown = bit_set(unknown_bits(index, value), bit);
    char wanted[48];

    if (bit_set(facts[index].fields | facts[index].default1, bit))
        return;
    if (!bit_set(facts[index].named, bit) && !unknown) {
        expect(!line, "%s: 0x%x bit %u is shown", m->name, 0x480 + index, bit);
        return;
    }
    expect(line, "%s: 0x%x bit %u is not shown", m->name, 0x480 + index, bit);
    if (!line)
        return;
    expect((strncmp(line, "unknown ", 8) == 0) == unknown, "%s: 0x%x bit %u: unknown?", m->name,
           0x480 + index, bit);
    expected_state(wanted, sizeof(wanted), index, value, bit);
    const char *shown = strchr(line, ' ');
    expect(shown && strncmp(shown, wanted, strlen(wanted)) == 0, "%s: 0x%x bit %u: not%s", m->name,
           0x480 + index, bit, wanted);
}

static void check_block(const struct machine *m, unsigned index)
{
    const char *end, *block = find_block(index, &end);
    char line[96], value[24] = "absent";

    if (m->given & MSR(0x480 + index))
        snprintf(value, sizeof(value), "0x%016" PRIx64, m->value[index]);
    expect(block, "%s: not one line for 0x%x", m->name, 0x480 + index);
    if (!block)
        return;
    snprintf(line, sizeof(line), "\nmsr 0x%x %s %s\n", 0x480 + index, vmx_msrs[index].name, value);
    expect(strncmp(block, line, strlen(line)) == 0, "%s: no line%s", m->name, line);
    for (unsigned bit = 0; m->given & MSR(0x480 + index) && bit < 64; bit++)
        check_bit(m, block, end, index, bit);
}

static void text_shows_every_bit(void **state)
{
    (void)state;
    for (unsigned i = 0; i < machine_count; i++) {
        render(&machines[i], report_text);
        for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
            check_block(&machines[i], index);
    }
    assert_int_equal(wrong, 0);
}

static const char *json_msr(const json_t *msrs, unsigned index)
{
    char key[8];

    snprintf(key, sizeof(key), "0x%x", 0x480 + index);
    return json_string_value(json_object_get(msrs, key));
}

static void json_gives_values_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < machine_count; i++) {
        const struct machine *m = &machines[i];

        render(m, report_json);
        json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        const json_t *raw =
            json_object_get(json_array_get(json_object_get(root, "raw"), 0), "msrs");
        for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
            const char *value = json_msr(raw, index);
            const char *host = json_msr(json_object_get(root, "host"), index);

            expect(!value == !(m->given & MSR(0x480 + index)), "%s: 0x%x", m->name, 0x480 + index);
            expect(!value || strtoull(value, NULL, 16) == m->value[index], "%s: raw 0x%x", m->name,
                   0x480 + index);
            expect(!host || strtoull(host, NULL, 16) == m->host.raw[index], "%s: host 0x%x",
                   m->name, 0x480 + index);
        }
        expect(json_array_size(json_object_get(root, "reasons")) == m->reasons.count, "%s: reasons",
               m->name);
        json_decref(root);
    }
    assert_int_equal(wrong, 0);
}

/* --- entries ---------------------------------------------------------------------------------- */

/* Never together with others: they need SMM, or exclude each other. */
#define ENTRY_OUT (BIT64(ENTRY_smm) | BIT64(ENTRY_deact_dual_monitor))
#define PROC2_OUT BIT64(PROC2_virtualize_x2apic_mode)

/* A 64-bit guest and host with every control that the host policy has. */
static enum status build_entry(struct vmcs_image *image, const struct msr_policy *policy)
{
    struct guest_description guest = {.ept_pointer = 0x1000 | 3 << 3 | 6};
    const struct host_state host = {
        .cr0 = 0x80050033,
        .cr3 = 0x7000,
        .cr4 = BIT64(CR4_vmxe) | BIT64(CR4_pae),
        .efer = EFER_LME | EFER_LMA | EFER_NXE,
        .pat = UINT64_C(0x0007040600070406),
        .cs = 0x08,
        .tr = 0x18,
    };
    struct control_request *request = guest.controls.request;
    enum status status;

    guest_state_flat_64(&guest.state, 0x1000, 0x400000, 0x500000);
    for (unsigned word = 0; word < CTL_COUNT; word++)
        request[word].optional = vmx_words[control_word_id((enum control_word)word)].named;
    request[CTL_EXIT].required = BIT64(EXIT_ia32e_mode);
    request[CTL_ENTRY].required = BIT64(ENTRY_ia32e_mode);
    request[CTL_ENTRY].optional &= ~ENTRY_OUT;
    request[CTL_PROC2].optional &= ~PROC2_OUT;
    for (unsigned word = 0; word < CTL_COUNT; word++)
        request[word].optional &= ~request[word].required;
    status = image_build(image, &guest, &host, policy);
    vmcs_set(image, VMCS_VPID, 1);
    vmcs_set(image, VMCS_TSC_MULTIPLIER, BIT64(48));
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        if (!vmcs_is_set(image, (enum vmcs_field)field))
            vmcs_set(image, (enum vmcs_field)field, 0);
    return status;
}

/* What each processor says of itself refuses nothing that its host policy lets through. */
static void entries_break_no_rule(void **state)
{
    static struct vmcs_image image;
    static struct fields machine;
    static struct verdict verdict;

    (void)state;
    for (unsigned i = 0; i < machine_count; i++) {
        const struct machine *m = &machines[i];
        enum status status;

        image = (struct vmcs_image){.set = {0}};
        status = build_entry(&image, &m->host);
        expect(status == S_OK, "%s: no image (%d)", m->name, status);
        fields_init(&machine);
        machine.image = image;
        machine.policy = m->raw;
        machine.msrs_given = MSR(0x494) - 1;
        verdict_of(&verdict, &machine);
        expect(!verdict.broken[0] && !verdict.likely[0], "%s: %s", m->name, verdict.text);
        expect_same_when_read_back(&verdict.in, m->name);
    }
    assert_int_equal(wrong, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(enough_machines),
        TEST(presence_follows_gates),
        TEST(host_is_raw_but_unknown_bits),
        TEST(no_dependency_is_broken),
        TEST(kvm_needs_stay),
        TEST(offered_controls_stay),
        TEST(unknown_totals),
        TEST(missing_totals),
        TEST(no_false_finding),
        TEST(guest_fits_host),
        TEST(meets_of_pairs),
        TEST(text_shows_every_bit),
        TEST(json_gives_values_back),
        TEST(entries_break_no_rule),
    };

    if (!read_machines(getenv("LINTEL_MACHINES"))) {
        puts("1..0 # SKIP LINTEL_MACHINES names no folder of processors' MSR values");
        return 0;
    }
    return cmocka_run_group_tests_name("machines", tests, NULL, NULL);
}
