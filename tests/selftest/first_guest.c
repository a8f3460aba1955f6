/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * first_guest.c - the first guest: CPUID, VMCALL, OUT, a touch of unmapped memory, HLT. Each exit
 * is checked exactly, the guest's registers too, in each mode that the processor has:
 *
 *   unrestricted  EPT, paging off (CR0.PG = 0), 32-bit
 *   paged_ept     EPT, 64-bit with the guest's own page tables
 *   tertiary      the same, and IA32_SPEC_CTRL virtualized by a tertiary control
 *   paged         no EPT, 64-bit: guest-physical is host-physical, a page fault is the exit
 */
#include "first_guest.h"

#include "arch/console.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "boot/selftest.h"
#include "kern/vm/ept_memory.h"
#include "need_controls.h"
#include "string.h"
#include "tests/bare/bare.h"
#include "vmx/check/explain.h"
#include "vmx/ept.h"
#include "x86.h"

enum mode { UNRESTRICTED, PAGED_EPT, PAGED };

/* The pages of the guest's memory, at guest-physical 0x1000, 0x2000, ... where there is EPT. */
enum { PAGE_CODE, PAGE_PML4, PAGE_PDPT, PAGE_PD, PAGE_PT, PAGE_FAR, GUEST_PAGES };

#define EXITS_MAX  16
#define PATTERN(n) (UINT64_C(0x1111111100000000) * (n) + 0xabcd)

/* Where the guest's instructions stand, and how long they are. */
enum {
    AT_CPUID = FG_CODE_ADDRESS + 5,
    AT_VMCALL = AT_CPUID + 2 + 2 + 2 + 5,
    AT_OUT = AT_VMCALL + 3 + 5,
    AT_LOAD = AT_OUT + 2 + 5,
    AT_HLT = AT_LOAD + 2,
};

/* Exit qualifications: OUT of a byte; a read of the page, which no mapping gives. */
#define IO_QUALIFICATION      (UINT64_C(FG_OUT_PORT) << 16 | IO_ACCESS_IMMEDIATE)
#define EPT_VIOLATION_DATA    (EPT_READ | EPT_VIOLATION_LINEAR | EPT_VIOLATION_TO_PAGE)
#define EPT_VIOLATION_CHECKED 0x1ff /* the bits above depend on further capabilities */

#define PAGE_FAULT_INFO (EVENT(EVENT_HARDWARE_EXCEPTION, VECTOR_PAGE_FAULT) | EVENT_ERROR_CODE)

extern const char guest_code[], guest_code_end[];
extern const char spec_ctrl_code[], spec_ctrl_code_end[];
extern const char cpuid_loop[], vmcall_loop[], loops_end[];

static struct vmx_region vmxon_region, vmcs;
static uint8_t memory[GUEST_PAGES][PAGE_SIZE] PAGE_ALIGNED;
static uint8_t no_msr_exits[PAGE_SIZE] PAGE_ALIGNED; /* an MSR bitmap */

struct run {
    struct test *test;
    enum mode mode;
    bool spec_ctrl; /* virtualized */
    const char *code;
    size_t code_size;
    void (*drive)(struct run *run); /* enters the guest until it has enough */
    struct ept ept;
    const struct vmcs_image *image; /* what was loaded */
    unsigned step;
};

/* --- memory ----------------------------------------------------------------------------------- */

static uint64_t guest_physical(enum mode mode, unsigned page)
{
    if (mode == PAGED)
        return physical_of(memory[page]);
    return page == PAGE_FAR ? FG_FAR_ADDRESS : FG_CODE_ADDRESS + (uint64_t)page * PAGE_SIZE;
}

static void set_entry(unsigned table, unsigned index, uint64_t physical)
{
    ((uint64_t *)memory[table])[index] = physical | PAGE_PRESENT | PAGE_WRITABLE;
}

static void make_page_tables(enum mode mode)
{
    set_entry(PAGE_PML4, 0, guest_physical(mode, PAGE_PDPT));
    set_entry(PAGE_PDPT, 0, guest_physical(mode, PAGE_PD));
    set_entry(PAGE_PD, 0, guest_physical(mode, PAGE_PT));
    set_entry(PAGE_PT, FG_CODE_ADDRESS / PAGE_SIZE, guest_physical(mode, PAGE_CODE));
    if (mode == PAGED_EPT) /* mapped here, and not by EPT */
        set_entry(PAGE_PT, FG_FAR_ADDRESS / PAGE_SIZE, guest_physical(mode, PAGE_FAR));
}

static bool map_page(struct run *run, unsigned page, unsigned access)
{
    return test_equal(run->test, "status of ept_map()",
                      ept_map(&run->ept, guest_physical(run->mode, page), physical_of(memory[page]),
                              PAGE_SIZE, access, MEMORY_TYPE_WB),
                      S_OK);
}

static bool make_memory(struct run *run)
{
    const uint32_t value = FG_FAR_VALUE;

    memset(memory, 0, sizeof(memory));
    memcpy(memory[PAGE_CODE], run->code, run->code_size);
    memcpy(memory[PAGE_FAR], &value, sizeof(value));
    make_page_tables(run->mode);
    if (!test_equal(run->test, "status of ept_init()",
                    ept_init(&run->ept, &kernel_ept_memory, host_policy()), S_OK))
        return false;
    for (unsigned page = 0; page < PAGE_FAR; page++)
        if (!map_page(run, page, page == PAGE_CODE ? EPT_READ | EPT_EXECUTE : EPT_READ | EPT_WRITE))
            return false;
    return true;
}

/* --- the expected exits, in their order ------------------------------------------------------- */

static void expect_exit(struct run *run, const struct vmx_exit *exit, unsigned step, uint64_t rip,
                        uint32_t length)
{
    test_equal(run->test, "number of the exit", run->step, step);
    test_equal(run->test, "RIP", exit->rip, rip);
    test_equal(run->test, "instruction length", exit->instruction_length, length);
    run->step++;
}

/* What the guest never touches must come out of each exit as it went in. */
static void expect_kept(struct run *run, const struct guest_registers *registers)
{
    const uint64_t *high = &registers->r8;

    test_equal(run->test, "RBP", registers->rbp, PATTERN(5));
    test_equal(run->test, "RDI", registers->rdi, PATTERN(7));
    for (unsigned i = 0; i < 8; i++) {
        test_enter(run->test, "R%u", 8 + i);
        test_equal(run->test, "kept", high[i], PATTERN(8 + i));
        test_leave(run->test);
    }
}

static enum exit_action on_cpuid(void *owner, const struct vmx_exit *exit,
                                 struct guest_registers *registers)
{
    struct run *run = owner;

    expect_exit(run, exit, 0, AT_CPUID, 2);
    expect_kept(run, registers);
    test_equal(run->test, "RAX at CPUID", registers->rax, FG_CPUID_LEAF);
    test_equal(run->test, "RCX at CPUID", registers->rcx, PATTERN(1));
    registers->rbx = FG_CPUID_EBX;
    registers->rdx = FG_CPUID_EDX;
    return EXIT_SKIP;
}

static enum exit_action on_vmcall(void *owner, const struct vmx_exit *exit,
                                  struct guest_registers *registers)
{
    struct run *run = owner;

    expect_exit(run, exit, 1, AT_VMCALL, 3);
    expect_kept(run, registers);
    test_equal(run->test, "RAX at VMCALL", registers->rax, FG_VMCALL_VALUE);
    test_equal(run->test, "RSI: what CPUID gave", registers->rsi, FG_CPUID_EBX + FG_CPUID_EDX);
    return EXIT_SKIP;
}

static enum exit_action on_io(void *owner, const struct vmx_exit *exit,
                              struct guest_registers *registers)
{
    struct run *run = owner;

    expect_exit(run, exit, 2, AT_OUT, 2);
    expect_kept(run, registers);
    test_equal(run->test, "I/O qualification", exit->qualification, IO_QUALIFICATION);
    test_equal(run->test, "RAX at OUT", registers->rax, FG_OUT_VALUE);
    return EXIT_SKIP;
}

/* Neither fault has a reliable instruction length, so it is not checked. */
static void expect_touch(struct run *run, const struct vmx_exit *exit,
                         struct guest_registers *registers)
{
    expect_exit(run, exit, 3, AT_LOAD, exit->instruction_length);
    expect_kept(run, registers);
    test_equal(run->test, "RBX at the load", registers->rbx, FG_FAR_ADDRESS);
}

static enum exit_action on_ept_violation(void *owner, const struct vmx_exit *exit,
                                         struct guest_registers *registers)
{
    struct run *run = owner;

    expect_touch(run, exit, registers);
    test_equal(run->test, "EPT-violation qualification",
               exit->qualification & EPT_VIOLATION_CHECKED, EPT_VIOLATION_DATA);
    test_equal(run->test, "guest-physical address", exit->guest_physical, FG_FAR_ADDRESS);
    test_equal(run->test, "guest linear address", exit->guest_linear, FG_FAR_ADDRESS);
    return map_page(run, PAGE_FAR, EPT_READ) ? EXIT_RESUME : EXIT_STOP;
}

/* Without EPT the same touch is a page fault, which the exception bitmap makes an exit. */
static enum exit_action on_exception(void *owner, const struct vmx_exit *exit,
                                     struct guest_registers *registers)
{
    struct run *run = owner;

    expect_touch(run, exit, registers);
    test_equal(run->test, "interruption information", exit->interruption_info, PAGE_FAULT_INFO);
    test_equal(run->test, "error code: a read, not present", exit->interruption_error, 0);
    test_equal(run->test, "page-fault address", exit->qualification, FG_FAR_ADDRESS);
    set_entry(PAGE_PT, FG_FAR_ADDRESS / PAGE_SIZE, guest_physical(run->mode, PAGE_FAR));
    return run->step < EXITS_MAX ? EXIT_RESUME : EXIT_STOP;
}

static enum exit_action on_hlt(void *owner, const struct vmx_exit *exit,
                               struct guest_registers *registers)
{
    struct run *run = owner;

    expect_exit(run, exit, 4, AT_HLT, 1);
    expect_kept(run, registers);
    test_equal(run->test, "RCX: what the load read", registers->rcx, FG_FAR_VALUE);
    return EXIT_STOP;
}

static const struct exit_table exits = {{
    [EXIT_CPUID] = on_cpuid,
    [EXIT_VMCALL] = on_vmcall,
    [EXIT_IO] = on_io,
    [EXIT_EPT_VIOLATION] = on_ept_violation,
    [EXIT_EXCEPTION_OR_NMI] = on_exception,
    [EXIT_HLT] = on_hlt,
}};

/* --- the guest -------------------------------------------------------------------------------- */

static void describe_controls(struct controls *controls, enum mode mode)
{
    struct control_request *request = controls->request;

    request[CTL_PROC].required = BIT64(PROC_hlt_exiting) | BIT64(PROC_uncond_io_exiting);
    request[CTL_PROC].forbidden = BIT64(PROC_activate_io_bitmap);
    request[CTL_EXIT].required = BIT64(EXIT_ia32e_mode);
    request[CTL_EXIT].optional = BIT64(EXIT_load_host_efer) | BIT64(EXIT_load_host_pat);
    request[CTL_ENTRY].optional = BIT64(ENTRY_load_guest_efer) | BIT64(ENTRY_load_guest_pat);
    if (mode != UNRESTRICTED)
        request[CTL_ENTRY].required = BIT64(ENTRY_ia32e_mode);
    if (mode != PAGED)
        request[CTL_PROC2].required = BIT64(PROC2_enable_ept);
    if (mode == UNRESTRICTED)
        request[CTL_PROC2].required |= BIT64(PROC2_unrestricted_guest);
}

static void request_spec_ctrl(struct controls *controls)
{
    controls->request[CTL_PROC].required |= BIT64(PROC_activate_msr_bitmap);
    controls->request[CTL_PROC3].required = BIT64(PROC3_virtualize_spec_ctrl);
}

/* No bit of the register changes by what the guest writes. */
static void set_spec_ctrl(struct vmcs_image *image)
{
    vmcs_set(image, VMCS_MSR_BITMAP, physical_of(no_msr_exits));
    vmcs_set(image, VMCS_SPEC_CTRL_MASK, FG_SPEC_CTRL);
    vmcs_set(image, VMCS_SPEC_CTRL_SHADOW, FG_SPEC_CTRL);
}

static void describe(struct guest_description *guest, const struct run *run)
{
    *guest = (struct guest_description){
        .exception_bitmap = run->mode == PAGED ? UINT32_C(1) << VECTOR_PAGE_FAULT : 0,
        .ept_pointer = ept_pointer(run->ept.root, host_policy()),
    };
    describe_controls(&guest->controls, run->mode);
    if (run->spec_ctrl)
        request_spec_ctrl(&guest->controls);
    if (run->mode == UNRESTRICTED)
        guest_state_flat_32(&guest->state, FG_CODE_ADDRESS, 0);
    else
        guest_state_flat_64(&guest->state, guest_physical(run->mode, PAGE_PML4), FG_CODE_ADDRESS,
                            0);
}

static void fill_registers(struct guest_registers *registers)
{
    uint64_t *all = &registers->rax;

    for (unsigned i = 0; i < sizeof(*registers) / sizeof(uint64_t); i++)
        all[i] = PATTERN(i);
}

static enum exit_action handle(struct run *run, const struct vmx_exit *exit,
                               struct guest_registers *registers)
{
    enum exit_action action;

    test_enter(run->test, "exit %u, %s", run->step, exit_reason_text(exit_basic_reason(exit)));
    action = exit_dispatch(&exits, run, exit, registers, &console);
    test_leave(run->test);
    return action;
}

static void run_to_the_end(struct run *run)
{
    struct guest_registers registers;
    struct vmx_exit exit;
    enum exit_action action = EXIT_RESUME;

    fill_registers(&registers);
    for (unsigned entries = 0; action == EXIT_RESUME || action == EXIT_SKIP; entries++) {
        enum status status = bare_run(&registers, entries > 0);

        if (!test_equal(run->test, "status of the VM entry", status, S_OK)) {
            bare_print_failure(&console, status);
            vmx_explain(&console, run->image, &platform()->raw);
            return;
        }
        bare_read_exit(&exit);
        if (has_any(exit.reason, EXIT_REASON_ENTRY_FAILURE))
            vmx_explain(&console, run->image, &platform()->raw);
        action = handle(run, &exit, &registers);
        if (action == EXIT_SKIP)
            bare_skip_instruction(&exit);
        if (entries == EXITS_MAX)
            action = EXIT_UNEXPECTED;
    }
    test_equal(run->test, "the last action", action, EXIT_STOP);
    test_equal(run->test, "exits", run->step, 5);
}

static void load_and_run(struct run *run, struct guest_description *guest)
{
    const struct msr_policy *host = host_policy();
    static struct vmcs_image image;
    struct host_state state;

    run->image = &image;
    vmx_host_state(&state, bare_exit_point);
    if (!test_equal(run->test, "status of image_build()", image_build(&image, guest, &state, host),
                    S_OK)) {
        controls_explain(&console, &guest->controls, host);
        return;
    }
    if (run->spec_ctrl)
        set_spec_ctrl(&image);
    test_true(run->test, vmx_entry_allowed(&console, &image, &platform()->raw),
              "the entry checker finds nothing wrong");
    if (test_equal(run->test, "status of vmcs_load()", vmcs_load(&vmcs, &image, host, &console),
                   S_OK))
        run->drive(run);
    test_equal(run->test, "status of bare_release()", bare_release(&vmcs), S_OK);
}

/* VMXON, the guest from its beginning to its end, VMXOFF. */
static void run_once(struct run *run)
{
    static struct guest_description guest;
    const struct msr_policy *host = host_policy();

    if (!make_memory(run))
        return;
    describe(&guest, run);
    if (!test_equal(run->test, "status of vmx_on()", vmx_on(&vmxon_region, host), S_OK))
        return;
    load_and_run(run, &guest);
    test_equal(run->test, "status of bare_off()", bare_off(), S_OK);
    ept_destroy(&run->ept);
}

/* Twice, since VMXOFF must leave nothing that keeps the next VMXON from working. */
static void run_twice(struct test *test, enum mode mode)
{
    struct controls controls = {.request = {{.required = 0}}};

    describe_controls(&controls, mode);
    if (skipped_without_controls(test, &controls))
        return;
    for (unsigned i = 0; i < 2; i++) {
        struct run run = {.test = test,
                          .mode = mode,
                          .code = guest_code,
                          .code_size = (size_t)(guest_code_end - guest_code),
                          .drive = run_to_the_end};

        test_enter(test, "run %u", i + 1);
        run_once(&run);
        test_leave(test);
    }
}

static bool skipped_without(struct test *test, unsigned bit, const char *name)
{
    if (word_offers(host_policy(), WORD_PROC2, BIT64(bit)))
        return false;
    test_skip(test, "needs \"%s\" (IA32_VMX_PROCBASED_CTLS2 bit %u)", name, bit);
    return true;
}

SELFTEST("vmx.first_guest.unrestricted", first_guest_unrestricted, NEEDS_VMX)
{
    if (!skipped_without(test, PROC2_unrestricted_guest, "unrestricted guest"))
        run_twice(test, UNRESTRICTED);
}

SELFTEST("vmx.first_guest.paged_ept", first_guest_paged_ept, NEEDS_VMX)
{
    if (!skipped_without(test, PROC2_enable_ept, "enable EPT"))
        run_twice(test, PAGED_EPT);
}

SELFTEST("vmx.first_guest.paged", first_guest_paged, NEEDS_VMX)
{
    run_twice(test, PAGED);
}

/* --- a tertiary control ----------------------------------------------------------------------- */

/* Bochs 3.0 leaves the shadow as it was at a write; a processor puts there what is written. */
static void drive_spec_ctrl(struct run *run)
{
    struct guest_registers registers;
    struct vmx_exit exit;
    uint64_t before = rdmsr(MSR_IA32_SPEC_CTRL), shadow = ~UINT64_C(0);

    fill_registers(&registers);
    if (!test_equal(run->test, "status of the VM entry", bare_run(&registers, false), S_OK))
        return;
    bare_read_exit(&exit);
    test_equal(run->test, "exit reason", exit.reason, EXIT_HLT);
    test_equal(run->test, "RSI: what the guest read first", registers.rsi, FG_SPEC_CTRL);
    test_equal(run->test, "status of VMREAD", vmread(VMCS_AT_SPEC_CTRL_SHADOW, &shadow),
               VMX_SUCCEED);
    test_equal(run->test, "RAX: what it read last: the shadow", registers.rax, shadow);
    test_true(run->test, shadow == 0 || shadow == FG_SPEC_CTRL, "the shadow after a write of 0");
    test_equal(run->test, "IA32_SPEC_CTRL itself", rdmsr(MSR_IA32_SPEC_CTRL), before);
}

SELFTEST("vmx.first_guest.tertiary", first_guest_tertiary, NEEDS_VMX)
{
    struct run run = {.test = test,
                      .mode = PAGED_EPT,
                      .spec_ctrl = true,
                      .code = spec_ctrl_code,
                      .code_size = (size_t)(spec_ctrl_code_end - spec_ctrl_code),
                      .drive = drive_spec_ctrl};

    if (skipped_without(test, PROC2_enable_ept, "enable EPT"))
        return;
    if (!word_offers(host_policy(), WORD_PROC3, BIT64(PROC3_virtualize_spec_ctrl)))
        test_skip(test, "needs \"virtualize IA32_SPEC_CTRL\" (IA32_VMX_PROCBASED_CTLS3 bit %u)",
                  PROC3_virtualize_spec_ctrl);
    else
        run_once(&run);
}

/* --- figures ---------------------------------------------------------------------------------- */

#define ROUNDS 1000

/*
 * The guest's loop, ROUNDS times: VM entry, the guest's two instructions, VM exit, the reason read,
 * RIP moved on. The least that a hypervisor does for an exit.
 */
static void drive_loop(struct run *run)
{
    struct guest_registers registers;
    struct vmx_exit exit = {.reason = 0};
    uint64_t start = 0;

    fill_registers(&registers);
    for (unsigned round = 0; round <= ROUNDS; round++) {
        enum status status = bare_run(&registers, round > 0);

        if (status != S_OK) { /* asked first: the call would be part of the figure */
            test_equal(run->test, "status of the VM entry", status, S_OK);
            return;
        }
        bare_read_exit(&exit);
        bare_skip_instruction(&exit);
        if (round == 0)
            start = rdtsc();
    }
    bench_print(run->code == cpuid_loop ? "cpuid_exit" : "vmcall_exit", (rdtsc() - start) / ROUNDS,
                "ticks");
}

static void measure(struct test *test, const char *code)
{
    struct run run = {
        .test = test,
        .mode = word_offers(host_policy(), WORD_PROC2, BIT64(PROC2_enable_ept)) ? PAGED_EPT : PAGED,
        .code = code,
        .code_size = (size_t)(loops_end - code),
        .drive = drive_loop};
    run_once(&run);
}

BENCH("bench.exits", exits_bench, NEEDS_VMX)
{
    measure(test, cpuid_loop);
    measure(test, vmcall_loop);
}
