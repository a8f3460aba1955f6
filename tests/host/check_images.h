/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_images.h - for the tests of the entry checker: known-good VMCS images of guests in every
 * mode, what is changed in them, and which rows must be broken then: those, and no others.
 */
#ifndef LINTEL_TESTS_CHECK_IMAGES_H
#define LINTEL_TESTS_CHECK_IMAGES_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/image.h"
#include "x86.h"
#include "check_verdict.h"

#define MSR(address) ((address)-0x480)
#define ALL_ONES     (~UINT64_C(0))

/* --- the machine ------------------------------------------------------------------------------ */

#define CR4_MUST     UINT64_C(0x2040) /* VMXE, and MCE so that there are two */
#define CR4_MAY      UINT64_C(0x11bff7fff)
#define EFER_KNOWN   UINT64_C(0xd01) /* NXE, LMA, LME, SCE */
#define DEBUGCTL_MAY UINT64_C(0xffc3)
#define PERF_MAY     UINT64_C(0x70000000f)
#define RTIT_MAY     UINT64_C(0x3fff)
#define LBR_MAY      UINT64_C(0x7f000f)
#define SPEC_MAY     UINT64_C(0x7)
#define REVISION     0x12345u

/* The memory that the checker may read. */
#define PAGE_TABLE  UINT64_C(0x3000)
#define LINKED_VMCS UINT64_C(0x5000)
#define THIS_VMCS   UINT64_C(0x6000)

struct memory {
    uint64_t pdpte[4];
    uint32_t linked, linked_abort;
};

static bool read_memory(void *context, uint64_t physical, void *to, size_t size)
{
    const struct memory *memory = context;

    if (physical == LINKED_VMCS && size <= sizeof(memory->linked) + sizeof(memory->linked_abort)) {
        memcpy(to, &memory->linked, size);
        return true;
    }
    if (physical >= PAGE_TABLE && physical + size <= PAGE_TABLE + sizeof(memory->pdpte)) {
        memcpy(to, (const char *)memory->pdpte + (physical - PAGE_TABLE), size);
        return true;
    }
    return false;
}

/* Every control may be 1, only the reserved ones must be. */
static void rich_policy(struct msr_policy *policy)
{
    static const uint64_t raw[VMX_MSR_COUNT] = {
        [MSR(0x480)] = UINT64_C(0x00d8100000000000) | REVISION,
        [MSR(0x481)] = UINT64_C(0x000000ff00000016),
        [MSR(0x482)] = UINT64_C(0xfffbfffe0401e172),
        [MSR(0x483)] = UINT64_C(0xffffffff00036dff),
        [MSR(0x484)] = UINT64_C(0x01ffffff000011ff),
        [MSR(0x485)] = 0x1c0,
        [MSR(0x486)] = 0x80000021,
        [MSR(0x487)] = 0xffffffff,
        [MSR(0x488)] = CR4_MUST,
        [MSR(0x489)] = CR4_MAY,
        [MSR(0x48a)] = 0x60,
        [MSR(0x48b)] = UINT64_C(0xdfffffff00000000),
        [MSR(0x48c)] = UINT64_C(0xf0106734141),
        [MSR(0x48d)] = UINT64_C(0x000000ff00000016),
        [MSR(0x48e)] = UINT64_C(0xfffbfffe04006172),
        [MSR(0x48f)] = UINT64_C(0xffffffff00036dfb),
        [MSR(0x490)] = UINT64_C(0x01ffffff000011fb),
        [MSR(0x491)] = 1,
        [MSR(0x492)] = 0x1df,
        [MSR(0x493)] = 0xf,
    };

    *policy = (struct msr_policy){.present = (UINT32_C(1) << VMX_MSR_COUNT) - 1};
    memcpy(policy->raw, raw, sizeof(raw));
}

static const struct check_machine machine_full = {
    .physical_address_bits = 46,
    .linear_address_bits = 48,
    .efer_supported = EFER_KNOWN & ~(uint64_t)EFER_LMA,
    .debugctl_supported = DEBUGCTL_MAY,
    .perf_global_supported = PERF_MAY,
    .rtit_ctl_supported = RTIT_MAY,
    .lbr_ctl_supported = LBR_MAY,
    .spec_ctrl_supported = SPEC_MAY,
    .rtm = true,
    .sgx = true,
    .cet_ss = true,
    .cet_ibt = true,
};

/* --- the guests ------------------------------------------------------------------------------- */

enum base {
    LONG,       /* 64-bit, CPL 0, with an LDT */
    USER,       /* 64-bit, CPL 3 */
    FLAT32,     /* unrestricted, protected mode without paging */
    PAE,        /* 32-bit with PAE paging and EPT */
    PAE_SHADOW, /* the same without EPT */
    V86,        /* virtual-8086 */
    REAL,       /* unrestricted, real mode */
    HOST32,     /* as PAE, entered by a 32-bit host */
    BASES
};

static const char *const base_names[BASES] = {"long",       "user", "flat32",       "PAE",
                                              "PAE shadow", "v86",  "real-address", "host32"};

static void state_user(struct guest_state *state)
{
    guest_state_flat_64(state, 0x1000, 0x400000, 0x500000);
    for (unsigned i = SEG_ES; i <= SEG_GS; i++) {
        state->segment[i].selector |= 3;
        state->segment[i].access |= 0x60;
    }
}

static void state_pae(struct guest_state *state)
{
    guest_state_flat_32(state, 0x100000, 0x9000);
    state->cr0 |= BIT64(CR0_pg);
    state->cr3 = PAGE_TABLE;
    state->cr4 |= BIT64(CR4_pae);
}

static void state_16bit(struct guest_state *state, uint32_t access)
{
    guest_state_flat_32(state, 0x7c00, 0x7000);
    for (unsigned i = SEG_ES; i <= SEG_GS; i++)
        state->segment[i] = (struct guest_segment){
            .selector = 0x1230, .base = 0x12300, .limit = 0xffff, .access = access};
}

static void make_state(struct guest_state *state, enum base base)
{
    switch (base) {
    case LONG:
        guest_state_flat_64(state, 0x1000, 0x400000, 0x500000);
        state->segment[SEG_LDTR] =
            (struct guest_segment){.selector = 0x28, .limit = 0x67, .access = 0x82};
        break;
    case USER:
        state_user(state);
        break;
    case V86:
        state_16bit(state, 0xf3);
        state->cr0 |= BIT64(CR0_pg);
        state->rflags |= BIT64(17);
        break;
    case REAL:
        state_16bit(state, 0x93);
        state->cr0 &= ~BIT64(CR0_pe);
        break;
    case FLAT32:
        guest_state_flat_32(state, 0x100000, 0x9000);
        break;
    default:
        state_pae(state);
        break;
    }
}

/* Everything that an entry can load is loaded, so that every check has something to look at. */
static void make_requests(struct control_request *request, enum base base)
{
    request[CTL_ENTRY].required =
        BIT64(ENTRY_load_debug_cntrls) | BIT64(ENTRY_load_perf_global_ctrl) |
        BIT64(ENTRY_load_guest_pat) | BIT64(ENTRY_load_guest_efer) | BIT64(ENTRY_load_bndcfgs) |
        BIT64(ENTRY_load_rtit_ctl) | BIT64(ENTRY_load_uinv) | BIT64(ENTRY_load_cet_state) |
        BIT64(ENTRY_load_lbr_ctl) | BIT64(ENTRY_load_pkrs) | BIT64(ENTRY_load_fred);
    request[CTL_EXIT].required = BIT64(EXIT_load_perf_global_ctrl) | BIT64(EXIT_load_host_pat) |
                                 BIT64(EXIT_load_host_efer) | BIT64(EXIT_load_cet_state) |
                                 BIT64(EXIT_load_pkrs);
    request[CTL_EXIT2].required = BIT64(EXIT2_load_fred);
    request[CTL_PIN].required = BIT64(PIN_nmi_exiting) | BIT64(PIN_virtual_nmis);
    if (base != PAE_SHADOW)
        request[CTL_PROC2].required = BIT64(PROC2_enable_ept);
    if (base == FLAT32 || base == REAL)
        request[CTL_PROC2].required |= BIT64(PROC2_unrestricted_guest);
    if (base == LONG || base == USER)
        request[CTL_ENTRY].required |= BIT64(ENTRY_ia32e_mode);
    if (base != HOST32)
        request[CTL_EXIT].required |= BIT64(EXIT_ia32e_mode);
}

static struct host_state make_host(enum base base)
{
    struct host_state host = {
        .cr0 = 0x80050033,
        .cr3 = 0x7000,
        .cr4 = CR4_MUST | BIT64(CR4_pae),
        .efer = EFER_LME | EFER_LMA | EFER_NXE,
        .pat = UINT64_C(0x0007040600070406),
        .cs = 0x08,
        .ss = 0x10,
        .tr = 0x18,
        .gdtr_base = UINT64_C(0xffffffff80001000),
        .idtr_base = UINT64_C(0xffffffff80002000),
        .tr_base = UINT64_C(0xffffffff80003000),
        .rip = UINT64_C(0xffffffff80004000),
    };

    if (base == HOST32) {
        host.rip = 0x80004000;
        host.efer = 0;
    }
    return host;
}

/* --- changes ---------------------------------------------------------------------------------- */

/* What else is different from the full machine. */
enum {
    NO_SGX = 1 << 0,
    NO_RTM = 1 << 1,
    IN_SMM = 1 << 2,
    WITH_LAM = 1 << 3,
    WITH_BLD = 1 << 4,
    NMI_STI = 1 << 5,
    NO_HLT = 1 << 6,
    NO_SHUTDOWN = 1 << 7,
    NO_SIPI = 1 << 8,
    LINKED_SHADOW = 1 << 9,      /* bit 31 of the linked VMCS is set */
    LINKED_OTHER = 1 << 10,      /* its revision identifier is another */
    LINKED_THIS = 1 << 11,       /* it is the one that is entered */
    LINEAR_57 = 1 << 12,         /* 57-bit linear addresses */
    PHYSICAL_32 = 1 << 13,       /* IA32_VMX_BASIC bit 48 */
    NO_READER = 1 << 14,         /* memory cannot be read */
    OUTSIDE = 1 << 15,           /* entered outside IA-32e mode (HOST32 always is) */
    BAD_PDPTE_0 = 1 << 16,       /* reserved bits in memory: one flag for each entry */
    NOT_PRESENT_PDPTE = 1 << 20, /* ... of which none is present */
    NO_SHADOW_STACKS = 1 << 21,
    NO_BRANCH_TRACKING = 1 << 22,
    KEYIDS = 1 << 23,          /* the 4 highest physical-address bits */
    NMI_STI_UNKNOWN = 1 << 24, /* nobody said whether NMIs are refused under blocking by STI */
};

struct change {
    uint16_t field;
    uint64_t clear;
    uint64_t set;
};
#define SET(field, value)             \
    {                                 \
        VMCS_##field, ALL_ONES, value \
    }
#define ADD(field, bits)      \
    {                         \
        VMCS_##field, 0, bits \
    }
#define REMOVE(field, bits)   \
    {                         \
        VMCS_##field, bits, 0 \
    }
#define CHANGES_MAX 6

struct fixture {
    struct vmcs_image image;
    struct msr_policy policy;
    struct check_machine machine;
    struct memory memory;
    struct check_input in;
};

static void apply_flags(struct fixture *f, unsigned flags)
{
    f->machine.sgx = !(flags & NO_SGX);
    f->machine.rtm = !(flags & NO_RTM);
    f->machine.in_smm = flags & IN_SMM;
    f->machine.lam = flags & WITH_LAM;
    f->machine.bus_lock_detect = flags & WITH_BLD;
    f->machine.nmi_blocked_by_sti = flags & NMI_STI;
    f->machine.cet_ss = !(flags & NO_SHADOW_STACKS);
    f->machine.cet_ibt = !(flags & NO_BRANCH_TRACKING);
    f->machine.keyid_bits = flags & KEYIDS ? 4 : 0;
    f->in.not_given = flags & NMI_STI_UNKNOWN ? 1 << FACT_nmi_blocked_by_sti : 0;
    f->machine.outside_ia32e |= (flags & OUTSIDE) != 0;
    f->machine.linear_address_bits = flags & LINEAR_57 ? 57 : 48;
    f->policy.vmx.misc.hlt_activity_state = !(flags & NO_HLT);
    f->policy.vmx.misc.shutdown_activity_state = !(flags & NO_SHUTDOWN);
    f->policy.vmx.misc.wait_for_sipi_activity_state = !(flags & NO_SIPI);
    f->policy.vmx.basic.addresses_32bit = (flags & PHYSICAL_32) != 0;
    f->memory.linked = (flags & LINKED_SHADOW ? 0x80000000u : 0) |
                       (flags & LINKED_OTHER ? REVISION + 1 : REVISION);
    f->in.vmcs = flags & LINKED_THIS ? LINKED_VMCS : THIS_VMCS;
    f->in.read = flags & NO_READER ? NULL : read_memory;
    for (unsigned i = 0; i < 4; i++)
        f->memory.pdpte[i] =
            (flags & NOT_PRESENT_PDPTE ? 0x8000 : 0x8001) | (flags & (BAD_PDPTE_0 << i) ? 0x20 : 0);
}

static void make(struct fixture *f, enum base base, unsigned flags)
{
    struct guest_description guest = {.ept_pointer = 0x901e};
    struct host_state host = make_host(base);

    rich_policy(&f->policy);
    make_state(&guest.state, base);
    make_requests(guest.controls.request, base);
    assert_int_equal(image_build(&f->image, &guest, &host, &f->policy), S_OK);
    f->machine = machine_full;
    f->machine.outside_ia32e = base == HOST32;
    f->in = (struct check_input){
        .image = &f->image, .policy = &f->policy, .machine = &f->machine, .context = &f->memory};
    apply_flags(f, flags);
}

static void change(struct fixture *f, const struct change *change)
{
    uint64_t value = check_value(&f->in, change->field);

    vmcs_set(&f->image, change->field, (value & ~change->clear) | change->set);
}

/* --- what is broken --------------------------------------------------------------------------- */

static const struct check_table *const state_tables[] = {&check_host, &check_guest,
                                                         &check_guest_segments, &check_guest_state};

#define ROWS_MAX 400
struct broken {
    unsigned count;
    const struct check_row *row[ROWS_MAX];
};

static void find_broken(struct broken *broken, const struct fixture *f)
{
    struct check_input in = f->in;

    check_prepare(&in);
    broken->count = 0;
    for (unsigned t = 0; t < ARRAY_SIZE(state_tables); t++)
        for (unsigned i = 0; i < state_tables[t]->count; i++) {
            const struct check_row *row = &state_tables[t]->rows[i];

            if (check_wrong_bits(&in, row))
                broken->row[broken->count++] = row;
        }
}

/* Their ids, with a space between them. */
static const char *ids_of(const struct broken *broken)
{
    static char text[20000];
    size_t length = 0;

    text[0] = 0;
    for (unsigned i = 0; i < broken->count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s", i ? " " : "",
                                   broken->row[i]->id);
    return text;
}

static bool is_broken(const struct fixture *f, const char *id)
{
    struct broken broken;

    find_broken(&broken, f);
    for (unsigned i = 0; i < broken.count; i++)
        if (!strcmp(broken.row[i]->id, id))
            return true;
    return false;
}

/* --- cases ------------------------------------------------------------------------------------ */

struct entry_case {
    const char *broken; /* exactly these rows, in the order of the tables; "": none */
    enum base base;
    struct change change[CHANGES_MAX]; /* ends with the first that changes nothing */
    unsigned flags;
};

/* The rows that some case broke: alone, or with others. */
static struct broken seen_alone, seen_together;

static bool contains(const struct broken *list, const struct check_row *row)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->row[i] == row)
            return true;
    return false;
}

static void remember(const struct broken *broken)
{
    struct broken *list = broken->count == 1 ? &seen_alone : &seen_together;

    for (unsigned i = 0; i < broken->count; i++)
        if (!contains(list, broken->row[i]))
            list->row[list->count++] = broken->row[i];
}

/* check_entry() must say the same, and the class of each row. */
static void expect_verdict(const struct fixture *f, const struct broken *broken, unsigned number)
{
    bool fails[CHECK_CLASSES] = {false};
    struct check_result result;
    bool passed = check_entry(&f->in, &result);

    for (unsigned i = 0; i < broken->count; i++)
        fails[broken->row[i]->class] = true;
    expect(!passed || !broken->count, "case %u: check_entry() lets it pass", number);
    expect(result.count >= broken->count, "case %u: check_entry() counts %u", number, result.count);
    expect(result.fails[CHECK_HOST] == fails[CHECK_HOST], "case %u: class host", number);
    expect(result.fails[CHECK_GUEST] == fails[CHECK_GUEST], "case %u: class guest", number);
}

/* --- printed and read back -------------------------------------------------------------------- */

/* As the kernel prints it: every field that the processor has. */
static void expect_case_read_back(const struct fixture *f, unsigned number)
{
    struct fixture all = *f;
    char what[64];

    all.in.image = &all.image;
    all.in.policy = &all.policy;
    all.in.machine = &all.machine;
    all.in.context = &all.memory;
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        if (!vmcs_is_set(&all.image, (enum vmcs_field)field))
            vmcs_set(&all.image, (enum vmcs_field)field, 0);
    snprintf(what, sizeof(what), "case %u", number);
    expect_same_when_read_back(&all.in, what);
}

static void run_case(const struct entry_case *c, unsigned number)
{
    struct fixture f;
    struct broken broken;

    make(&f, c->base, c->flags);
    for (unsigned i = 0; i < CHANGES_MAX && (c->change[i].clear || c->change[i].set); i++)
        change(&f, &c->change[i]);
    find_broken(&broken, &f);
    expect(!strcmp(ids_of(&broken), c->broken), "case %u (%s): broken \"%s\", not \"%s\"", number,
           base_names[c->base], ids_of(&broken), c->broken);
    expect_verdict(&f, &broken, number);
    expect_case_read_back(&f, number);
    remember(&broken);
}

static void run_cases(const struct entry_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        run_case(&cases[i], i);
    assert_int_equal(wrong, 0);
}

/* Flipping a bit of `field` breaks row `id` where the bit is in `mask`, and only there. */
struct bit_case {
    const char *id;
    enum base base;
    enum vmcs_field field;
    uint64_t mask;
    unsigned flags;
    struct change first; /* done before the flip */
};

static void UNUSED run_bits(const struct bit_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned bit = 0; bit < vmcs_field_width(cases[i].field); bit++) {
            const struct bit_case *c = &cases[i];
            struct fixture f;

            make(&f, c->base, c->flags);
            change(&f, &c->first);
            expect(!is_broken(&f, c->id), "%s is broken before the flip", c->id);
            vmcs_set(&f.image, c->field, check_value(&f.in, c->field) ^ BIT64(bit));
            expect(is_broken(&f, c->id) == has_any(c->mask, BIT64(bit)), "%s, %s bit %u flipped",
                   c->id, vmcs_fields[c->field].name, bit);
        }
    assert_int_equal(wrong, 0);
}

/* The borders of the canonical ranges, with 48 and with 57 bits. */
struct canonical_case {
    const char *id;
    enum vmcs_field field;
    bool width_only; /* "bits 63:N must be equal": one bit more than canonical */
};

static const struct {
    uint64_t value;
    bool canonical_48, canonical_57, equal_48, equal_57;
} borders[] = {
    {0x0000000000000000, true, true, true, true},
    {0x00007ffffffff000, true, true, true, true},
    {0x0000800000000000, false, true, true, true},
    {0x0000fffffffff000, false, true, true, true},
    {0x0001000000000000, false, true, false, true},
    {0x00fffffffffff000, false, true, false, true},
    {0x0100000000000000, false, false, false, true},
    {0x0200000000000000, false, false, false, false},
    {0x8000000000000000, false, false, false, false},
    {0xfe00000000000000, false, false, false, true},
    {0xff00000000000000, false, true, false, true},
    {0xffff000000000000, false, true, true, true},
    {0xffff7ffffffff000, false, true, true, true},
    {0xffff800000000000, true, true, true, true},
    {0xfffffffffffff000, true, true, true, true},
};

static void UNUSED run_canonical(const struct canonical_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned b = 0; b < ARRAY_SIZE(borders); b++)
            for (unsigned wide = 0; wide < 2; wide++) {
                bool equal = wide ? borders[b].equal_57 : borders[b].equal_48;
                bool canonical = wide ? borders[b].canonical_57 : borders[b].canonical_48;
                struct fixture f;

                make(&f, LONG, wide ? LINEAR_57 : 0);
                vmcs_set(&f.image, cases[i].field, borders[b].value);
                expect(is_broken(&f, cases[i].id) != (cases[i].width_only ? equal : canonical),
                       "%s, 0x%" PRIx64 " of %s bits", cases[i].id, borders[b].value,
                       wide ? "57" : "48");
            }
    assert_int_equal(wrong, 0);
}

/* Every combination of bytes is too many: every byte, at each of the eight places. */
static void UNUSED run_pat(const char *id, enum vmcs_field field)
{
    static const bool is_type[8] = {true, true, false, false, true, true, true, true};

    for (unsigned place = 0; place < 64; place += 8)
        for (unsigned type = 0; type < 256; type++) {
            struct fixture f;

            make(&f, LONG, 0);
            vmcs_set(&f.image, field, (uint64_t)type << place);
            expect(is_broken(&f, id) == (type > 7 || !is_type[type & 7]), "%s: 0x%x at bit %u", id,
                   type, place);
        }
    assert_int_equal(wrong, 0);
}

/* Each image is good as it is built. */
static void UNUSED run_good(void)
{
    for (unsigned base = 0; base < BASES; base++) {
        struct fixture f;
        struct broken broken;

        make(&f, base, 0);
        find_broken(&broken, &f);
        expect(broken.count == 0, "%s: broken \"%s\"", base_names[base], ids_of(&broken));
    }
    assert_int_equal(wrong, 0);
}

/*
 * To be called last: no row of `table` is left that no case broke alone. Those that are named in
 * `implied` cannot be: the change that breaks them breaks another too.
 */
static void run_coverage(const struct check_table *table, const char *implied)
{
    for (unsigned i = 0; i < table->count; i++) {
        const struct check_row *row = &table->rows[i];

        if (strstr(implied, row->id))
            expect(contains(&seen_together, row), "no case breaks %s", row->id);
        else
            expect(contains(&seen_alone, row), "no case breaks %s alone", row->id);
        expect(row->field_count > 0, "%s names no field", row->id);
    }
    assert_int_equal(wrong, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

#endif
