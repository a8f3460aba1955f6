/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * excuse.c - see excuse.h: where Bochs 2.7 and 3.0 are known to differ from the SDM,
 * and how the rows, KVM's too, become what the processor is expected to do.
 *
 * A row is a rule of the checker that the emulator does not have, or applies elsewhere, or a
 * condition on which it refuses what the SDM allows. All rows together turn the checker's verdict
 * into the emulator's: only a processor that does exactly that is excused.
 * docs/oracle-differences.md explains each row under its name.
 */
#include "excuse.h"

#include "string.h"
#include "vmcs_layouts.h"
#include "x86.h"

#define NEVER        STAGE_NEVER
#define PAGING_WIDTH 48 /* of linear addresses in the mode in use, whatever the processor's is */

static bool under_kvm;

void oracle_know_processor(const struct cpu_identity *cpu)
{
    static const char kvm[] = "KVMKVMKVM";

    under_kvm = memcmp(cpu->hypervisor_vendor, kvm, sizeof(kvm)) == 0;
}

bool oracle_is_kvm(void)
{
    return under_kvm;
}

/* --- conditions ------------------------------------------------------------------------------- */

static bool any_error_code(const struct check_input *in)
{
    return in->policy->vmx.basic.any_error_code;
}

/* The field is looked at in its lower 32 bits only, and those are good. */
static bool pending_debug_high(const struct check_input *in)
{
    return !has_any(check_value(in, VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS), 0xffffaff0);
}

static bool is_unrestricted(const struct check_input *in)
{
    return check_is_set(in, WORD_PROC2, PROC2_unrestricted_guest);
}

static uint64_t cs_access(const struct check_input *in)
{
    return check_value(in, VMCS_GUEST_CS_ACCESS_RIGHTS);
}

/*
 * Bits 1:0 of the selector of CS are held against its DPL, as if the guest were not unrestricted.
 */
static bool cs_rpl(const struct check_input *in)
{
    uint64_t rpl = check_value(in, VMCS_GUEST_CS_SELECTOR) & 3;
    uint64_t dpl = access_dpl(cs_access(in));
    uint64_t type = access_type(cs_access(in));

    if (!is_unrestricted(in) || has_any(check_value(in, VMCS_GUEST_RFLAGS), RFLAGS_VM))
        return false;
    return ((type == 9 || type == 11) && rpl != dpl) || (type >= 13 && rpl < dpl);
}

static bool is_type_11(const struct check_input *in, enum segment segment)
{
    return access_type(check_value(in, VMCS_GUEST_ES_ACCESS_RIGHTS + segment)) == 11;
}

#define IS_TYPE_11(segment)                                     \
    static bool type_11_##segment(const struct check_input *in) \
    {                                                           \
        return is_type_11(in, SEG_##segment);                   \
    }
IS_TYPE_11(ES)
IS_TYPE_11(DS)
IS_TYPE_11(FS)
IS_TYPE_11(GS)

static bool ssp_canonical(const struct check_input *in)
{
    return check_is_set(in, WORD_ENTRY, ENTRY_load_cet_state) &&
           !is_canonical(check_value(in, VMCS_GUEST_SSP), PAGING_WIDTH);
}

static bool s_cet_beyond_32(const struct check_input *in)
{
    return check_is_set(in, WORD_ENTRY, ENTRY_load_cet_state) &&
           !check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode) &&
           high32(check_value(in, VMCS_GUEST_S_CET));
}

/* A null SS may be used in 64-bit mode, and is not looked at then, though it is not unusable. */
static bool null_ss(const struct check_input *in)
{
    return check_is_set(in, WORD_ENTRY, ENTRY_ia32e_mode) && has_any(cs_access(in), ACCESS_L) &&
           !has_any(check_value(in, VMCS_GUEST_SS_SELECTOR), ~UINT64_C(3));
}

/* Held to a page, where 64 bytes are asked for. */
static bool posted_descriptor(const struct check_input *in)
{
    return check_is_set(in, WORD_PIN, PIN_posted_interrupt) &&
           has_any(check_value(in, VMCS_POSTED_INTERRUPT_DESCRIPTOR), MASK64(6, 6));
}

static bool is_type_7(const struct check_input *in)
{
    return event_type(check_value(in, VMCS_ENTRY_INTERRUPTION_INFO)) == EVENT_OTHER;
}

static bool is_excused(const struct check_row *broken, const struct check_input *in);

/*
 * Bochs 3.0 asks for canonical addresses of the paging mode in use, which has 48 bits, where the
 * SDM's limit is the processor's: a rule of `class` is broken with the one width only.
 */
static bool narrow_width(const struct check_input *in, unsigned class)
{
    struct check_machine machine = *in->machine;
    struct check_input narrow = *in;
    struct check_result result;

    if (machine.linear_address_bits == PAGING_WIDTH)
        return false;
    machine.linear_address_bits = PAGING_WIDTH;
    narrow.machine = &machine;
    if (class != CHECK_MSR_LOAD)
        narrow.read = NULL; /* nothing there has to do with the width */
    check_entry(&narrow, &result);
    for (unsigned i = 0; i < result.count && i < CHECK_BROKEN_MAX; i++) {
        const struct check_row *row = result.broken[i];

        if (row->class == class && !is_excused(row, in) && !check_wrong_bits(in, row))
            return true;
    }
    return false;
}

static bool narrow_host(const struct check_input *in)
{
    return narrow_width(in, CHECK_HOST);
}

static bool narrow_guest(const struct check_input *in)
{
    return narrow_width(in, CHECK_GUEST);
}

static bool narrow_msr_load(const struct check_input *in)
{
    return narrow_width(in, CHECK_MSR_LOAD);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct excuse excuses[] = {
    {"rip_width", "guest.rip.width", NULL, NEVER},
    {"pending_debug_high", "guest.pending_debug.reserved", pending_debug_high, NEVER},
    {"smm_controls", "controls.smm.outside_smm", NULL, NEVER},
    {"debugctl", "guest.debugctl.reserved", NULL, NEVER},
    {"guest_perf_global_ctrl", "guest.perf_global_ctrl.reserved", NULL, NEVER},
    {"host_perf_global_ctrl", "host.perf_global_ctrl.reserved", NULL, NEVER},
    {"any_error_code", "controls.event.error_code.type", any_error_code, NEVER},
    {"any_error_code", "controls.event.error_code.real_mode", any_error_code, NEVER},
    {"cs_dpl_nonconforming", "guest.cs.dpl_nonconforming", is_unrestricted, NEVER},
    {"cs_rpl", NULL, cs_rpl, CHECK_GUEST},
    {"dpl_of_type_11", "guest.es.dpl", type_11_ES, NEVER},
    {"dpl_of_type_11", "guest.ds.dpl", type_11_DS, NEVER},
    {"dpl_of_type_11", "guest.fs.dpl", type_11_FS, NEVER},
    {"dpl_of_type_11", "guest.gs.dpl", type_11_GS, NEVER},
    {"ssp_canonical", NULL, ssp_canonical, CHECK_GUEST},
    {"hlt_event", "guest.activity_state.hlt_event", NULL, NEVER},
    {"s_cet_beyond_32", NULL, s_cet_beyond_32, CHECK_GUEST},
    {"single_step", "guest.pending_debug.bs_0", NULL, NEVER},
    {"single_step", "guest.pending_debug.bs_1", NULL, NEVER},
    {"null_ss", "guest.ss.base_high", null_ss, NEVER},
    {"null_ss", "guest.ss.type", null_ss, NEVER},
    {"null_ss", "guest.ss.s", null_ss, NEVER},
    {"null_ss", "guest.ss.present", null_ss, NEVER},
    {"null_ss", "guest.ss.reserved_11_8", null_ss, NEVER},
    {"null_ss", "guest.ss.reserved_31_17", null_ss, NEVER},
    {"null_ss", "guest.ss.g_0", null_ss, NEVER},
    {"null_ss", "guest.ss.g_1", null_ss, NEVER},
    {"ia32e_without_paging", "guest.cr0.ia32e_pg", is_unrestricted, NEVER},
    {"paging_width", NULL, narrow_host, CHECK_HOST},
    {"paging_width", NULL, narrow_guest, CHECK_GUEST},
    {"paging_width", NULL, narrow_msr_load, CHECK_MSR_LOAD},
    {"posted_descriptor", NULL, posted_descriptor, CHECK_CONTROLS},
    {"pkrs", "guest.pkrs.high", NULL, NEVER},
    {"pkrs", "host.pkrs.high", NULL, NEVER},
    {"host_spec_ctrl", "host.spec_ctrl.reserved", NULL, NEVER},
    {"exit2", "controls.exit2.may_be_1", NULL, NEVER},
    {"event_type_7", "controls.event.type", is_type_7, NEVER},
};

/* Bochs's rows, then KVM's. */
#define ROWS_MAX 96
static unsigned counts[ROWS_MAX];

static unsigned row_count(void)
{
    return (unsigned)ARRAY_SIZE(excuses) + oracle_kvm_excuse_count;
}

static const struct excuse *row_at(unsigned row)
{
    return row < ARRAY_SIZE(excuses) ? &excuses[row]
                                     : &oracle_kvm_excuses[row - ARRAY_SIZE(excuses)];
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

/* KVM's rows count under KVM; Bochs's there if KVM leaves the check to the processor below. */
static bool counts_here(unsigned row)
{
    if (row >= ARRAY_SIZE(excuses) || !under_kvm)
        return under_kvm == (row >= ARRAY_SIZE(excuses));
    return oracle_kvm_shows(excuses[row].name);
}

static bool applies(unsigned row, const struct check_input *in)
{
    const struct excuse *excuse = row_at(row);

    return counts_here(row) && (!excuse->applies || excuse->applies(in));
}

static enum stage stage_of(const struct check_row *row, const struct check_input *in)
{
    return under_kvm ? oracle_kvm_stage(row, in) : (enum stage)row->class;
}

/* --- verdicts --------------------------------------------------------------------------------- */

/* SDM: controls and host state are checked in either order, before guest state and MSR loading. */
static unsigned outcomes_of(const bool fails[STAGES])
{
    if (fails[STAGE_CONTROLS] || fails[STAGE_HOST])
        return (fails[STAGE_CONTROLS] ? OUTCOME_ERROR_7 : 0) |
               (fails[STAGE_HOST] ? OUTCOME_ERROR_8 : 0);
    if (fails[STAGE_GUEST])
        return OUTCOME_EXIT_33;
    if (fails[STAGE_MSR_LOAD])
        return OUTCOME_EXIT_34;
    if (fails[STAGE_BELOW_CONTROLS])
        return OUTCOME_ERROR_7;
    return fails[STAGE_BELOW_GUEST] ? OUTCOME_EXIT_33 : OUTCOME_ACCEPTED;
}

unsigned oracle_expected(const struct check_result *result)
{
    bool fails[STAGES] = {false};

    memcpy(fails, result->fails, sizeof(result->fails));
    return outcomes_of(fails);
}

/* The row that excuses a broken rule; row_count(): none does. */
static unsigned excuse_row(const struct check_row *broken, const struct check_input *in)
{
    unsigned row = 0;

    while (row < row_count() &&
           !(row_at(row)->rule && same(row_at(row)->rule, broken->id) && applies(row, in)))
        row++;
    return row;
}

static bool is_excused(const struct check_row *broken, const struct check_input *in)
{
    return excuse_row(broken, in) < row_count();
}

/* The stage in which the processor refuses, for each broken rule and each rule of its own. */
static void emulate(const struct check_input *in, const struct check_result *result,
                    bool fails[STAGES], bool used[ROWS_MAX])
{
    for (unsigned i = 0; i < result->count && i < CHECK_BROKEN_MAX; i++) {
        unsigned row = excuse_row(result->broken[i], in);

        fails[row < row_count() ? (enum stage)row_at(row)->stage
                                : stage_of(result->broken[i], in)] = true;
        used[row] = true; /* also "none": nobody looks at that one */
    }
    for (unsigned row = 0; row < row_count(); row++)
        if (!row_at(row)->rule && applies(row, in)) {
            fails[row_at(row)->stage] = true;
            used[row] = true;
        }
}

unsigned oracle_excused(const struct check_input *in, const struct check_result *result)
{
    bool fails[STAGES] = {false}, used[ROWS_MAX];

    emulate(in, result, fails, used);
    return outcomes_of(fails);
}

void oracle_count_excuses(const struct check_input *in, const struct check_result *result)
{
    bool fails[STAGES] = {false}, used[ROWS_MAX] = {false};

    emulate(in, result, fails, used);
    for (unsigned row = 0; row < row_count(); row++)
        counts[row] += used[row];
}

void oracle_print_excuses(struct out *out)
{
    for (unsigned row = 0; row < row_count(); row++)
        if (counts[row])
            out_printf(out, "# oracle: excused %u: %s\n", counts[row], row_at(row)->name);
}
