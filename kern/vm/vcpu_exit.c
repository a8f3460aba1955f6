/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_exit.c - the handlers of exits.def: see vcpu.h. SDM: "VMX Basic Exit Reasons".
 *
 * The frequent ones touch this vCPU only and take no lock; comparisons before the table find them,
 * since an indirect call costs more: it must not be predicted ("retpoline"). A reason without a
 * handler goes to the process as it is (ABI_EXIT_UNHANDLED). The guest's registers lie in the page,
 * where its process may change them at any time: each is read once, and only ever taken for the
 * guest's.
 */
#include "arch/fpu.h"
#include "arch/insn.h"
#include "arch/interrupt.h"
#include "exits.def"
#include "guest_cpuid.h"
#include "kern/task/lock.h"
#include "kern/task/process.h"
#include "kern/task/sched.h"
#include "kern/task/speculation.h"
#include "vcpu.h"
#include "vm.h"
#include "vmx/current.h"
#include "vmx/exit.h"

typedef enum exit_next handler(struct vcpu *vcpu);

/* --- going on --------------------------------------------------------------------------------- */

/* SDM: "Debug Exceptions": a skipped instruction ends blocking, and traps where TF is set. */
static inline void skip(void)
{
    uint64_t interruptibility = vmcs_get(VMCS_AT_GUEST_INTERRUPTIBILITY);

    vmcs_put(VMCS_AT_GUEST_RIP,
             vmcs_get(VMCS_AT_GUEST_RIP) + vmcs_get(VMCS_AT_EXIT_INSTRUCTION_LENGTH));
    if (has_any(interruptibility, BLOCKING_BY_STI | BLOCKING_BY_MOV_SS))
        vmcs_put(VMCS_AT_GUEST_INTERRUPTIBILITY,
                 interruptibility & ~(uint64_t)(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
    if (has_any(vmcs_get(VMCS_AT_GUEST_RFLAGS), RFLAGS_TF))
        vmcs_put(VMCS_AT_GUEST_PENDING_DEBUG_EXCEPTIONS,
                 vmcs_get(VMCS_AT_GUEST_PENDING_DEBUG_EXCEPTIONS) | PENDING_BS);
}

/* Called when the process has done what the instruction does: RFLAGS.RF was for that one only. */
void vcpu_skip(void)
{
    uint64_t rflags = vmcs_get(VMCS_AT_GUEST_RFLAGS);

    if (has_any(rflags, RFLAGS_RF))
        vmcs_put(VMCS_AT_GUEST_RFLAGS, rflags & ~(uint64_t)RFLAGS_RF);
    skip();
}

static enum exit_next give_to_process(struct vcpu *vcpu, enum abi_exit exit)
{
    vcpu->page->exit = exit;
    return NEXT_RETURN;
}

/* An interrupt whose delivery is cut off waits until the exception has been handled. */
static void wait_again(struct vcpu *vcpu)
{
    unsigned vector = event_vector(vcpu->pending.event.info);

    vcpu->pending.event = (struct delivery){.info = 0};
    pending_interrupt(&vcpu->pending, vector);
}

/* If another event was being delivered, this may become a double fault or a shutdown. */
bool vcpu_raise(struct vcpu *vcpu, struct delivery event)
{
    vcpu_notice(vcpu, ATTEND_EVENTS);
    if (event_is_external(&vcpu->pending.event))
        wait_again(vcpu);
    if (vcpu->pending.event.info)
        return event_combine(&vcpu->pending.event, vcpu->pending.event, event);
    vcpu->pending.event = event;
    return true;
}

static enum exit_next raise(struct vcpu *vcpu, struct delivery event)
{
    return vcpu_raise(vcpu, event) ? NEXT_RESUME : give_to_process(vcpu, ABI_EXIT_SHUTDOWN);
}

enum exit_next vcpu_fault(struct vcpu *vcpu, unsigned vector, uint32_t error)
{
    return raise(vcpu, event_exception(vector, error));
}

/* An event that the exit cut off is delivered again. SDM: "Information for VM Exits That Occur
 * During Event Delivery". */
static void keep_cut_event(struct vcpu *vcpu)
{
    uint32_t info = (uint32_t)vmcs_get(VMCS_AT_IDT_VECTORING_INFO);

    if (!has_any(info, EVENT_VALID))
        return;
    vcpu->pending.event = event_again(info, (uint32_t)vmcs_get(VMCS_AT_IDT_VECTORING_ERROR_CODE),
                                      (uint32_t)vmcs_get(VMCS_AT_EXIT_INSTRUCTION_LENGTH));
    vcpu_notice(vcpu, ATTEND_EVENTS);
}

/* --- exceptions, NMIs, interrupts ------------------------------------------------------------- */

/*
 * An IRET that faults has unblocked NMIs already: they are blocked again until it is repeated.
 * `info` is interruption information, or the qualification of an EPT violation, which has the same
 * bit.
 */
static void block_nmis_again(const struct vcpu *vcpu, uint64_t info)
{
    if (has_any(info, EVENT_NMI_UNBLOCKED) && !vcpu->pending.event.info)
        vmcs_put(VMCS_AT_GUEST_INTERRUPTIBILITY,
                 vmcs_get(VMCS_AT_GUEST_INTERRUPTIBILITY) | BLOCKING_BY_NMI);
}

/*
 * SDM: "Debug Exceptions": a #DB that is a VM exit has not changed DR6, which gets the bits of the
 * qualification, nor cleared DR7.GD. After STI or MOV SS, an entry with TF needs the single step to
 * be pending.
 */
static void take_debug_exception(struct vcpu *vcpu)
{
    uint64_t why = vmcs_get(VMCS_AT_EXIT_QUALIFICATION);

    vcpu->dr6 = (vcpu->uses_dr ? read_dr6() : vcpu->dr6) | why;
    if (vcpu->uses_dr)
        write_dr6(vcpu->dr6);
    vmcs_put(VMCS_AT_GUEST_DR7, vmcs_get(VMCS_AT_GUEST_DR7) & ~DR7_GD);
    if (has_any(vmcs_get(VMCS_AT_GUEST_RFLAGS), RFLAGS_TF) &&
        has_any(vmcs_get(VMCS_AT_GUEST_INTERRUPTIBILITY), BLOCKING_BY_STI | BLOCKING_BY_MOV_SS))
        vmcs_put(VMCS_AT_GUEST_PENDING_DEBUG_EXCEPTIONS,
                 vmcs_get(VMCS_AT_GUEST_PENDING_DEBUG_EXCEPTIONS) | PENDING_BS);
}

/* INT1 (its type says so) is a trap after the instruction, other #DBs come as they are. */
static enum exit_next reflect(struct vcpu *vcpu, uint32_t info)
{
    unsigned vector = event_vector(info);
    struct delivery event =
        event_exception(vector, (uint32_t)vmcs_get(VMCS_AT_EXIT_INTERRUPTION_ERROR_CODE));
    enum exit_next next;

    block_nmis_again(vcpu, info);
    if (event_type(info) == EVENT_PRIVILEGED_SOFTWARE_EXCEPTION)
        event = event_again(info, 0, (uint32_t)vmcs_get(VMCS_AT_EXIT_INSTRUCTION_LENGTH));
    else if (vector == VECTOR_DEBUG)
        take_debug_exception(vcpu);
    next = raise(vcpu, event);
    /* An entry that injects an event exits by the next fault before it would by an interrupt. */
    vcpu_notice(vcpu, ATTEND_TIMER);
    if (next == NEXT_RESUME)
        take_interrupts();
    return next;
}

/*
 * #AC and #DB are exits so that a guest that faults while it delivers them cannot keep the
 * processor for ever (CVE-2015-5307, CVE-2015-8104); the guest gets them. NMIs and #MC are the
 * host's: an NMI exit leaves NMIs blocked until the next IRET, which the handler of INT 2 executes.
 */
static enum exit_next on_exception_or_nmi(struct vcpu *vcpu)
{
    uint32_t info = (uint32_t)vmcs_get(VMCS_AT_EXIT_INTERRUPTION_INFO);
    unsigned vector = event_vector(info);

    keep_cut_event(vcpu);
    if (event_type(info) == EVENT_NMI)
        raise_nmi();
    else if (vector == VECTOR_MACHINE_CHECK)
        raise_machine_check();
    else
        return reflect(vcpu, info);
    return NEXT_RESUME;
}

static NOINLINE enum exit_next on_external_interrupt(struct vcpu *vcpu)
{
    vcpu_notice(vcpu, ATTEND_TIMER);
    interrupt_dispatch((uint8_t)event_vector(vmcs_get(VMCS_AT_EXIT_INTERRUPTION_INFO)), NULL);
    return NEXT_RESUME;
}

static enum exit_next on_window(struct vcpu *vcpu)
{
    vcpu_notice(vcpu, ATTEND_EVENTS);
    return NEXT_RESUME;
}

/* It may have counted for the kernel's timer. It counts changes of the TSC's bit N, and may end a
 * little early. */
static NOINLINE enum exit_next on_preemption_timer(struct vcpu *vcpu)
{
    vcpu_notice(vcpu, ATTEND_TIMER);
    if (!vcpu->timer_deadline || rdtsc() < vcpu->timer_deadline)
        take_interrupts();
    return NEXT_RESUME;
}

/* --- instructions ----------------------------------------------------------------------------- */

/* Leaves whose answer depends on more than the leaf. */
static NOINLINE enum exit_next on_dynamic_cpuid(struct vcpu *vcpu, uint32_t leaf)
{
    struct abi_vcpu *page = vcpu->page;
    const struct cpuid_registers answer = guest_cpuid_answer(
        &vcpu->vm->cpuid, leaf, (uint32_t)PAGE_READ(page->rcx), vcpu_cr4(), vcpu->xcr0);

    page->rax = answer.eax;
    page->rbx = leaf == 1 ? answer.ebx | (uint32_t)vcpu->number << 24 : answer.ebx;
    page->rcx = answer.ecx;
    page->rdx = answer.edx;
    return NEXT_SKIP;
}

static inline enum exit_next on_cpuid(struct vcpu *vcpu)
{
    struct abi_vcpu *page = vcpu->page;
    uint32_t leaf = (uint32_t)PAGE_READ(page->rax);
    const struct cpuid_registers *row = guest_cpuid_row(&vcpu->vm->cpuid, leaf);

    if (!row || guest_cpuid_is_dynamic(leaf))
        return on_dynamic_cpuid(vcpu, leaf);
    page->rax = row->eax;
    page->rbx = row->ebx;
    page->rcx = row->ecx;
    page->rdx = row->edx;
    return NEXT_SKIP;
}

static bool wakes(const struct vcpu *vcpu)
{
    return vcpu->pending.event.info || vcpu->pending.nmi || has_interrupt(&vcpu->pending);
}

/* Waits for an event that the guest takes; a kick, too, ends it. */
static void wait_for_event(struct vcpu *vcpu)
{
    uint8_t vector = PAGE_READ(vcpu->page->timer_vector);

    kernel_lock();
    while (!wakes(vcpu) && !has_any(vcpu->attention, ATTEND_KICK) &&
           !vcpu->thread->process->ending) {
        uint64_t deadline = vcpu->timer_deadline ? vcpu->timer_deadline : TIMEOUT_NEVER;

        if (sched_block(NULL, deadline) || !vcpu->timer_deadline)
            continue;
        vcpu->timer_deadline = 0;
        pending_interrupt(&vcpu->pending, vector);
    }
    vcpu_notice(vcpu, ATTEND_EVENTS | ATTEND_TIMER);
    kernel_unlock();
}

/* RIP is moved before the wait: another thread may run on this processor meanwhile. */
static enum exit_next on_hlt(struct vcpu *vcpu)
{
    bool open = has_any(vmcs_get(VMCS_AT_GUEST_RFLAGS), RFLAGS_IF);

    if (PAGE_READ(vcpu->page->halt_exits) || (!open && !vcpu->pending.nmi))
        return give_to_process(vcpu, ABI_EXIT_HALT);
    vcpu_skip();
    wait_for_event(vcpu);
    return NEXT_RESUME;
}

static bool at_cpl_0(void)
{
    return access_dpl(vmcs_get(VMCS_AT_GUEST_SS_ACCESS_RIGHTS)) == 0;
}

static enum exit_next on_vmcall(struct vcpu *vcpu)
{
    if (!at_cpl_0())
        return vcpu_fault(vcpu, VECTOR_INVALID_OPCODE, 0);
    vcpu->page->instruction_length = (uint32_t)vmcs_get(VMCS_AT_EXIT_INSTRUCTION_LENGTH);
    return give_to_process(vcpu, ABI_EXIT_HYPERCALL);
}

/* Instructions that a guest does not have: VMX hidden, SMX off, MONITOR not offered. */
static enum exit_next on_undefined(struct vcpu *vcpu)
{
    return vcpu_fault(vcpu, VECTOR_INVALID_OPCODE, 0);
}

static enum exit_next on_refused(struct vcpu *vcpu)
{
    return vcpu_fault(vcpu, VECTOR_GENERAL_PROTECTION, 0);
}

/* Caches are coherent without it, and a guest must not invalidate what is not its own. */
static enum exit_next on_nothing_to_do(struct vcpu *vcpu)
{
    (void)vcpu;
    return NEXT_SKIP;
}

/* A guest that spins waits for another vCPU, which may be waiting for this processor. */
static enum exit_next on_pause(struct vcpu *vcpu)
{
    vcpu_skip(); /* first: another vCPU may be loaded afterwards */
    vcpu_notice(vcpu, ATTEND_TIMER);
    kernel_lock();
    sched_yield();
    kernel_unlock();
    return NEXT_RESUME;
}

static NOINLINE enum exit_next on_io(struct vcpu *vcpu)
{
    uint64_t q = vmcs_get(VMCS_AT_EXIT_QUALIFICATION);
    struct abi_vcpu *page = vcpu->page;

    page->io.port = (uint16_t)io_access_port(q);
    page->io.bytes = (uint8_t)io_access_bytes(q);
    page->io.flags = (uint8_t)((has_any(q, IO_ACCESS_IN) ? ABI_IO_IN : 0) |
                               (has_any(q, IO_ACCESS_STRING) ? ABI_IO_STRING : 0) |
                               (has_any(q, IO_ACCESS_REPEAT) ? ABI_IO_REPEAT : 0));
    page->instruction_length = (uint32_t)vmcs_get(VMCS_AT_EXIT_INSTRUCTION_LENGTH);
    return give_to_process(vcpu, ABI_EXIT_IO);
}

/* SDM: "XSETBV": index 0, x87 always on, no AVX without SSE; and only what the VM has. */
static enum exit_next on_xsetbv(struct vcpu *vcpu)
{
    const struct abi_vcpu *page = vcpu->page;
    uint64_t value = (uint64_t)low32(PAGE_READ(page->rdx)) << 32 | low32(PAGE_READ(page->rax));

    if (!at_cpl_0() || low32(PAGE_READ(page->rcx)) != 0 ||
        !guest_cpuid_xcr0_valid(&vcpu->vm->cpuid, value))
        return vcpu_fault(vcpu, VECTOR_GENERAL_PROTECTION, 0);
    fpu_set_xcr0(value);
    vcpu->xcr0 = value;
    return NEXT_SKIP;
}

/* The first touch loads the guest's debug registers; they are switched from then on. */
static enum exit_next on_mov_dr(struct vcpu *vcpu)
{
    vcpu->uses_dr = true;
    vcpu_swap_debug_registers(vcpu, true);
    vcpu->proc_controls &= ~(uint32_t)BIT64(PROC_mov_dr_exiting);
    vmcs_put(VMCS_AT_PROC_CONTROLS, vcpu->proc_controls);
    return NEXT_RESUME;
}

/* --- memory ----------------------------------------------------------------------------------- */

static NOINLINE enum exit_next on_ept_violation(struct vcpu *vcpu)
{
    uint64_t q = vmcs_get(VMCS_AT_EXIT_QUALIFICATION);
    uint64_t address = vmcs_get(VMCS_AT_GUEST_PHYSICAL_ADDRESS);
    uint8_t access = (uint8_t)ept_violation_access(q);
    struct abi_vcpu *page = vcpu->page;

    keep_cut_event(vcpu);
    block_nmis_again(vcpu, q);
    if (vm_allows(vcpu->vm, address, access))
        return NEXT_RESUME; /* what the processor remembered of older tables is gone */
    page->memory.address = address;
    page->memory.access = access;
    page->memory.allowed = (uint8_t)ept_violation_allowed(q);
    page->memory.linear_valid = has_any(q, EPT_VIOLATION_LINEAR);
    page->memory.linear = page->memory.linear_valid ? vmcs_get(VMCS_AT_GUEST_LINEAR_ADDRESS) : 0;
    page->vmx_qualification = q;
    return give_to_process(vcpu, ABI_EXIT_MEMORY);
}

/* --- MSRs ------------------------------------------------------------------------------------- */

static NOINLINE enum exit_next on_rdmsr(struct vcpu *vcpu)
{
    struct abi_vcpu *page = vcpu->page;
    uint64_t value;

    if (!vcpu_read_msr(vcpu, low32(PAGE_READ(page->rcx)), &value))
        return vcpu_fault(vcpu, VECTOR_GENERAL_PROTECTION, 0);
    page->rax = low32(value);
    page->rdx = high32(value);
    return NEXT_SKIP;
}

static NOINLINE enum exit_next on_wrmsr(struct vcpu *vcpu)
{
    const struct abi_vcpu *page = vcpu->page;
    uint64_t value = (uint64_t)low32(PAGE_READ(page->rdx)) << 32 | low32(PAGE_READ(page->rax));

    if (!vcpu_write_msr(vcpu, low32(PAGE_READ(page->rcx)), value))
        return vcpu_fault(vcpu, VECTOR_GENERAL_PROTECTION, 0);
    return NEXT_SKIP;
}

/* --- the end ---------------------------------------------------------------------------------- */

static enum exit_next on_triple_fault(struct vcpu *vcpu)
{
    return give_to_process(vcpu, ABI_EXIT_SHUTDOWN);
}

static enum exit_next on_entry_failure(struct vcpu *vcpu)
{
    vcpu_explain(vcpu, true);
    return give_to_process(vcpu, ABI_EXIT_ENTRY_FAILED);
}

/* SDM: "Machine-Check Events During VM Entry": it is the host's, like any other. */
static enum exit_next on_entry_machine_check(struct vcpu *vcpu)
{
    raise_machine_check();
    return on_entry_failure(vcpu);
}

/* --- the table -------------------------------------------------------------------------------- */

static NOINLINE enum exit_next unhandled(struct vcpu *vcpu)
{
    keep_cut_event(vcpu); /* of EPT misconfigurations and task switches */
    vcpu->page->vmx_qualification = vmcs_get(VMCS_AT_EXIT_QUALIFICATION);
    vcpu->page->instruction_length = (uint32_t)vmcs_get(VMCS_AT_EXIT_INSTRUCTION_LENGTH);
    return give_to_process(vcpu, ABI_EXIT_UNHANDLED);
}

/* Every reason of the SDM has one row: exits.def without it, or with two, does not compile. */
#define ROW_ID(name, ...) ROW_OF_##name,
enum { EXIT_HANDLERS(ROW_ID, ROW_ID, ROW_ID, ROW_ID) ROW_COUNT };
#define HAS_ROW(number, name, ...) _Static_assert(ROW_OF_##name < ROW_COUNT, "a row in exits.def");
EXIT_REASONS(HAS_ROW)

#define HANDLER_ROW(name, function) [EXIT_##name] = (function),
#define PROCESS_ROW(name, ...)      [EXIT_##name] = unhandled,

static handler *const handlers[EXIT_REASON_COUNT] = {
    EXIT_HANDLERS(HANDLER_ROW, PROCESS_ROW, PROCESS_ROW, PROCESS_ROW)};

static enum exit_next handle(struct vcpu *vcpu, uint32_t reason)
{
    const unsigned basic = reason & EXIT_REASON_BASIC;

    if (reason == EXIT_CPUID)
        return on_cpuid(vcpu);
    if (reason == EXIT_RDMSR)
        return on_rdmsr(vcpu);
    if (reason == EXIT_WRMSR)
        return on_wrmsr(vcpu);
    if (reason == EXIT_IO)
        return on_io(vcpu);
    if (reason == EXIT_EXTERNAL_INTERRUPT)
        return on_external_interrupt(vcpu);
    if (reason == EXIT_PREEMPTION_TIMER)
        return on_preemption_timer(vcpu);
    if (reason == EXIT_EPT_VIOLATION)
        return on_ept_violation(vcpu);
    if (basic >= EXIT_REASON_COUNT || !handlers[basic])
        return unhandled(vcpu);
    return handlers[basic](vcpu);
}

/* SDM: "VM-Entry Failures During or After Loading Guest State": such an entry launches nothing. */
bool vcpu_after_exit(struct vcpu *vcpu)
{
    uint32_t reason = (uint32_t)vmcs_get(VMCS_AT_EXIT_REASON);
    enum exit_next next;

    if (!has_any(reason, EXIT_REASON_ENTRY_FAILURE))
        vcpu->launched = true;
    next = handle(vcpu, reason);
    if (next == NEXT_RETURN) {
        vcpu->page->vmx_reason = reason;
        vcpu->returns = true;
        return false;
    }
    if (next == NEXT_SKIP)
        skip();
    if (vcpu->attention)
        return false;
    speculation_before_entry();
    return true;
}
