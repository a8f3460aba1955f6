/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oracle.c - the entry checker held against this processor: oracle=COUNT[,SEED[,FIRST[,STEP]]].
 *
 * Each mutation changes one or two fields of a good VMCS, asks the checker what will become of it,
 * enters it, and compares. Only the changed fields are written, and what an exit changed.
 */
#include "oracle.h"

#include "arch/console.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "boot/selftest.h"
#include "string.h"
#include "tests/bare/bare.h"
#include "vmx/check/explain.h"
#include "vmx/platform.h"

/* One disagreement of each kind is shown, of so many kinds; the others are only counted. */
#define KINDS_MAX 60

/* So often the VMCS goes back to the launch state "clear", so that VMLAUNCH is tried too. */
#define LAUNCH_EVERY 64

#define BASES_MAX 64

/* The checker may read what a kernel of 16 MiB surely has, and nothing beyond. */
#define READABLE_END (UINT64_C(16) << 20)

static struct vmx_region vmxon_region, vmcs;

struct trial {
    struct test *test;
    struct check_machine machine;
    struct check_input in;
    struct vmcs_image good, image;
    unsigned bases[BASES_MAX]; /* numbers of the bases that this processor can have */
    unsigned base_count;
    unsigned base; /* index of the current one */
    struct oracle_targets targets;
    uint64_t ticks;  /* that all mutations took */
    bool launched;   /* launch state of the VMCS */
    unsigned reads;  /* of the checker, for this mutation */
    bool unreadable; /* the checker asked for memory that it may not see */
    uint64_t kinds[KINDS_MAX];
    unsigned kind_count;
    unsigned done, agreed, excused, not_tried, unseen, unexplained;
};

/* --- the checker's side ----------------------------------------------------------------------- */

/*
 * A list of MSRs that nobody filled is never entered, so that the checker need not see all of it.
 */
#define READS_MAX 512

/* Our list holds one entry many times over: only the first is ever changed, and a few will do. */
static bool repeats(uint64_t physical)
{
    uint64_t list = oracle_page(ORACLE_ENTRY_LOAD);

    return physical >= list + 4 * ORACLE_MSR_ENTRY && physical < list + ORACLE_MSR_LIST;
}

static bool read_memory(void *context, uint64_t physical, void *to, size_t size)
{
    struct trial *trial = context;

    if (repeats(physical) || trial->reads++ >= READS_MAX)
        return false;
    if (physical > READABLE_END - size) {
        trial->unreadable = true;
        return false;
    }
    memcpy(to, direct_pointer(physical), size);
    return true;
}

static const struct {
    enum oracle_outcome outcome;
    const char *name;
} outcome_names[] = {
    {OUTCOME_ERROR_7, "error 7"}, {OUTCOME_ERROR_8, "error 8"},   {OUTCOME_EXIT_33, "exit 33"},
    {OUTCOME_EXIT_34, "exit 34"}, {OUTCOME_ACCEPTED, "accepted"}, {OUTCOME_OTHER, "something else"},
};

static void print_outcomes(unsigned outcomes)
{
    for (unsigned i = 0; i < ARRAY_SIZE(outcome_names); i++)
        if (has_any(outcomes, outcome_names[i].outcome))
            print(" %s", outcome_names[i].name);
}

/* --- the processor's side --------------------------------------------------------------------- */

static uint64_t read_field(enum vmcs_field field)
{
    uint64_t value = 0;

    if (vmread(vmcs_fields[field].encoding, &value) != VMX_SUCCEED)
        return ~UINT64_C(0);
    return value;
}

static void write_field(struct trial *trial, enum vmcs_field field, uint64_t value)
{
    if (vmwrite(vmcs_fields[field].encoding, value) != VMX_SUCCEED)
        test_true(trial->test, false, vmcs_fields[field].name);
}

static enum oracle_outcome refused(uint64_t error)
{
    switch (error) {
    case 7:
        return OUTCOME_ERROR_7;
    case 8:
        return OUTCOME_ERROR_8;
    default:
        return OUTCOME_OTHER;
    }
}

static enum oracle_outcome exited(uint64_t reason)
{
    if (!has_any(reason, EXIT_REASON_ENTRY_FAILURE))
        return OUTCOME_ACCEPTED;
    switch (reason & ~(uint64_t)EXIT_REASON_ENTRY_FAILURE) {
    case 33:
        return OUTCOME_EXIT_33;
    case 34:
        return OUTCOME_EXIT_34;
    default:
        return OUTCOME_OTHER;
    }
}

/*
 * A VMCS that was entered must be resumed; a refused or failed entry does not change the launch
 * state.
 */
static enum oracle_outcome enter(struct trial *trial)
{
    struct guest_registers registers = {.rax = 0};
    enum status status = bare_run(&registers, trial->launched);
    enum oracle_outcome outcome;

    if (status == S_VMFAIL_VALID)
        return refused(read_field(VMCS_VM_INSTRUCTION_ERROR));
    if (status != S_OK)
        return OUTCOME_OTHER;
    outcome = exited(read_field(VMCS_EXIT_REASON));
    if (outcome == OUTCOME_ACCEPTED)
        trial->launched = true;
    return outcome;
}

/* An exit saves the guest's state, and may change the entry controls and the event. */
static void write_what_exits_change(struct trial *trial)
{
    for (unsigned i = 0; i < trial->targets.count; i++) {
        unsigned target = trial->targets.target[i];

        if (!oracle_is_word(target) && vmcs_field_type(target) == VMCS_GUEST)
            write_field(trial, target, trial->good.value[target]);
    }
    write_field(trial, VMCS_ENTRY_CONTROLS, trial->good.value[VMCS_ENTRY_CONTROLS]);
    write_field(trial, VMCS_ENTRY_INTERRUPTION_INFO,
                trial->good.value[VMCS_ENTRY_INTERRUPTION_INFO]);
    if (vmcs_is_set(&trial->good, VMCS_PREEMPTION_TIMER_VALUE))
        write_field(trial, VMCS_PREEMPTION_TIMER_VALUE, 0);
}

static bool write_base(struct trial *trial)
{
    trial->launched = false;
    return test_equal(trial->test, "status of vmcs_load()",
                      vmcs_load(&vmcs, &trial->good, host_policy(), &console), S_OK);
}

/* VMCLEAR and VMPTRLD: launch state "clear", the fields as they were. */
static void clear_launch_state(struct trial *trial)
{
    if (vmclear(physical_of(&vmcs)) != VMX_SUCCEED || vmptrld(physical_of(&vmcs)) != VMX_SUCCEED)
        test_true(trial->test, false, "VMCLEAR and VMPTRLD of the trial's VMCS");
    trial->launched = false;
}

/* --- one mutation ----------------------------------------------------------------------------- */

/* In the image and in memory, for the checker; memory is the processor's too. */
static void set_target(struct trial *trial, unsigned target, uint64_t value)
{
    if (oracle_is_word(target))
        oracle_write_word(target, value);
    else
        trial->image.value[target] = value;
}

static void apply(struct trial *trial, const struct oracle_mutation *mutation)
{
    for (unsigned i = 0; i < mutation->count; i++)
        set_target(trial, mutation->change[i].target, mutation->change[i].value);
}

static void take_back(struct trial *trial, const struct oracle_mutation *mutation)
{
    for (unsigned i = 0; i < mutation->count; i++)
        set_target(trial, mutation->change[i].target, mutation->change[i].good);
}

/* Brings the changed fields of the VMCS to what the image has now. */
static void write_changes(struct trial *trial, const struct oracle_mutation *mutation)
{
    for (unsigned i = 0; i < mutation->count; i++) {
        unsigned target = mutation->change[i].target;

        if (!oracle_is_word(target))
            write_field(trial, target, trial->image.value[target]);
    }
}

static bool changes_host(const struct oracle_mutation *mutation)
{
    for (unsigned i = 0; i < mutation->count; i++)
        if (mutation->change[i].target == VMCS_EXIT_CONTROLS ||
            (!oracle_is_word(mutation->change[i].target) &&
             vmcs_field_type(mutation->change[i].target) == VMCS_HOST))
            return true;
    return false;
}

static void print_changes(const struct oracle_mutation *mutation)
{
    for (unsigned i = 0; i < mutation->count; i++)
        print(" %s 0x%lx->0x%lx", oracle_target_name(mutation->change[i].target),
              mutation->change[i].good, mutation->change[i].value);
}

static void print_foretold(const struct trial *trial, const struct oracle_mutation *mutation,
                           uint32_t number, const struct check_result *result)
{
    print("# oracle: mutation %u seed %u base %s:", number, trial->test->options->oracle.seed,
          oracle_base_name(trial->bases[trial->base]));
    print_changes(mutation);
    print("; checker:");
    print_outcomes(oracle_expected(result));
    for (unsigned i = 0; i < result->count && i < CHECK_BROKEN_MAX; i++)
        print(" [%s]", result->broken[i]->id);
}

static void print_outcome(enum oracle_outcome outcome)
{
    print("; processor:");
    print_outcomes(outcome);
    if (outcome == OUTCOME_ACCEPTED)
        print(" (exit reason %lu)", read_field(VMCS_EXIT_REASON));
    print("\n");
}

/* A mutation that is repeated alone is shown before it is entered: it may not come back. */
static bool is_alone(const struct trial *trial)
{
    return trial->test->options->oracle.count == 1;
}

static void print_alone(const struct trial *trial, const struct oracle_mutation *mutation,
                        uint32_t number, const struct check_result *result)
{
    print_foretold(trial, mutation, number, result);
    print("\n");
    check_print(&console, &trial->in, result);
}

/* The rules that are broken, or the fields where none is, and what the processor did. */
static uint64_t kind_of(const struct oracle_mutation *mutation, const struct check_result *result,
                        enum oracle_outcome outcome)
{
    uint64_t kind = outcome;

    for (unsigned i = 0; i < result->count && i < CHECK_BROKEN_MAX; i++)
        kind = kind * 31 + (uintptr_t)result->broken[i];
    for (unsigned i = 0; !result->count && i < mutation->count; i++)
        kind = kind * 31 + mutation->change[i].target;
    return kind;
}

static bool is_new_kind(struct trial *trial, uint64_t kind)
{
    for (unsigned i = 0; i < trial->kind_count; i++)
        if (trial->kinds[i] == kind)
            return false;
    if (trial->kind_count == KINDS_MAX)
        return false;
    trial->kinds[trial->kind_count++] = kind;
    return true;
}

static void compare(struct trial *trial, const struct oracle_mutation *mutation, uint32_t number,
                    const struct check_result *result, enum oracle_outcome outcome)
{
    if (has_any(oracle_expected(result), outcome)) {
        trial->agreed++;
        return;
    }
    if (has_any(oracle_excused(&trial->in, result), outcome)) {
        trial->excused++;
        oracle_count_excuses(&trial->in, result);
        return;
    }
    trial->unexplained++;
    if (is_new_kind(trial, kind_of(mutation, result, outcome))) {
        print_foretold(trial, mutation, number, result);
        print_outcome(outcome);
    }
}

/* Leaves the VMCS, and after an exit the host's registers, as the good image has them. */
static void restore(struct trial *trial, const struct oracle_mutation *mutation, uint32_t number,
                    enum oracle_outcome outcome)
{
    const unsigned exits = OUTCOME_EXIT_33 | OUTCOME_EXIT_34 | OUTCOME_ACCEPTED;

    take_back(trial, mutation);
    write_changes(trial, mutation);
    if (outcome == OUTCOME_ACCEPTED)
        write_what_exits_change(trial);
    if (has_any(outcome, exits) && changes_host(mutation)) {
        test_enter(trial->test, "mutation %u", number);
        test_equal(trial->test, "outcome of an entry that mends the host's state", enter(trial),
                   OUTCOME_ACCEPTED);
        test_leave(trial->test);
        write_what_exits_change(trial);
    }
}

/* Of a short run each number is shown before it is entered: one may take the machine along. */
#define SHORT_RUN 256

static void print_progress(const struct trial *trial, uint32_t number)
{
    if (trial->test->options->oracle.count <= SHORT_RUN)
        print("# %u\n", number);
}

static void try_mutation(struct trial *trial, const struct oracle_mutation *mutation,
                         uint32_t number)
{
    struct check_result result;
    enum oracle_outcome outcome;

    trial->unreadable = false;
    trial->reads = 0;
    apply(trial, mutation);
    check_prepare(&trial->in); /* the excuses ask for control words, too */
    check_entry(&trial->in, &result);
    if (trial->unreadable ||
        oracle_why_not(&trial->in, &trial->good,
                       oracle_expected(&result) | oracle_excused(&trial->in, &result))) {
        trial->not_tried++;
        trial->unseen += trial->unreadable;
        take_back(trial, mutation);
    } else {
        if (is_alone(trial))
            print_alone(trial, mutation, number, &result);
        print_progress(trial, number);
        write_changes(trial, mutation);
        outcome = enter(trial);
        compare(trial, mutation, number, &result, outcome);
        restore(trial, mutation, number, outcome);
    }
}

/* --- bases ------------------------------------------------------------------------------------ */

/* A base is good when checker and processor both say so: else nothing that follows means much. */
static bool start_base(struct trial *trial, unsigned base)
{
    struct check_result result;
    enum oracle_outcome outcome;

    trial->base = base;
    if (!oracle_base_image(trial->bases[base], &trial->good))
        return false;
    trial->image = trial->good;
    if (!write_base(trial))
        return false;
    trial->reads = 0;
    check_prepare(&trial->in); /* the excuses ask for control words, too */
    check_entry(&trial->in, &result);
    outcome = enter(trial);
    if (result.count != 0 || outcome != OUTCOME_ACCEPTED) {
        print("# oracle: base %s:", oracle_base_name(trial->bases[base]));
        print_outcomes(outcome);
        print("\n");
        check_print(&console, &trial->in, &result);
        test_true(trial->test, false, "checker and processor accept the base");
    }
    write_what_exits_change(trial);
    return true;
}

static void find_bases(struct trial *trial)
{
    for (unsigned i = 0; i < oracle_base_count && trial->base_count < BASES_MAX; i++)
        if (oracle_base_image(i, &trial->good))
            trial->bases[trial->base_count++] = i;
}

/* --- the run ---------------------------------------------------------------------------------- */

static void run_mutations(struct trial *trial)
{
    const struct option_oracle *oracle = &trial->test->options->oracle;
    unsigned base = BASES_MAX;

    for (uint32_t i = 0; i < oracle->count; i++) {
        struct oracle_mutation mutation;
        uint32_t number = oracle->first + i * oracle->step;

        if (oracle_base_of(number, trial->base_count) != base) {
            base = oracle_base_of(number, trial->base_count);
            if (!start_base(trial, base))
                return;
        }
        if (number % LAUNCH_EVERY == 0)
            clear_launch_state(trial);
        oracle_mutate(&mutation, number, oracle->seed, trial->base_count, &trial->targets,
                      &trial->good);
        try_mutation(trial, &mutation, number);
        trial->done++;
    }
}

static void print_sum(const struct trial *trial)
{
    if (trial->done)
        bench_print("oracle_mutation", trial->ticks / trial->done, "ticks");
    print("# oracle: not tried %u: memory that the checker may not see\n", trial->unseen);
    oracle_print_why_not(&console);
    oracle_print_excuses(&console);
    print("# oracle: %u mutations, %u agreed, %u excused, %u not tried, %u unexplained, seed %u, "
          "%s\n",
          trial->done, trial->agreed, trial->excused, trial->not_tried, trial->unexplained,
          trial->test->options->oracle.seed, platform()->cpu.brand);
}

ORACLE("oracle.agreement", oracle_agreement, NEEDS_VMX)
{
    static struct trial trial;
    const struct platform *known = platform();

    trial.test = test;
    check_machine_read(&trial.machine);
    trial.in = (struct check_input){.image = &trial.image,
                                    .policy = &known->raw,
                                    .machine = &trial.machine,
                                    .read = read_memory,
                                    .context = &trial,
                                    .vmcs = physical_of(&vmcs)};
    oracle_find_targets(&trial.targets, host_policy());
    oracle_fill_memory();
    oracle_know_processor(&known->cpu);
    if (!test_equal(test, "status of vmx_on()", vmx_on(&vmxon_region, host_policy()), S_OK))
        return;
    find_bases(&trial);
    trial.ticks = rdtsc();
    run_mutations(&trial);
    trial.ticks = rdtsc() - trial.ticks;
    test_equal(test, "status of bare_release()", bare_release(&vmcs), S_OK);
    test_equal(test, "status of bare_off()", bare_off(), S_OK);
    print_sum(&trial);
    test_equal(test, "mutations made", trial.done, test->options->oracle.count);
    test_equal(test, "unexplained disagreements", trial.unexplained, 0);
}
