/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_run.c - VCPU_RUN: see vcpu.h. What runs at each exit is in vcpu_enter.S and vcpu_exit.c;
 * here is what an exit that wants attention costs. */
#include "arch/insn.h"
#include "arch/percpu.h"
#include "arch/time.h"
#include "kern/task/lock.h"
#include "kern/task/process.h"
#include "kern/task/sched.h"
#include "kern/task/speculation.h"
#include "vcpu.h"
#include "vmx/current.h"
#include "vmx/exit.h"
#include "vmx/platform.h"
#include "vmx/preemption_timer.h"

/* --- events ----------------------------------------------------------------------------------- */

static void set_proc_controls(struct vcpu *vcpu, uint32_t bits, bool on)
{
    uint32_t value = on ? vcpu->proc_controls | bits : vcpu->proc_controls & ~bits;

    if (value == vcpu->proc_controls)
        return;
    vcpu->proc_controls = value;
    vmcs_put(VMCS_AT_PROC_CONTROLS, value);
}

/* SDM: "VM-Entry Control Fields" and "Guest Non-Register State": no error code is delivered where
 * CR0.PE is 0, and no NMI where NMIs are blocked. An NMI that was cut off has blocked them already,
 * so that is undone. */
static void put_event(struct delivery *event, uint32_t blocking)
{
    if (event_is_nmi(event) && has_any(blocking, BLOCKING_BY_NMI))
        vmcs_put(VMCS_AT_GUEST_INTERRUPTIBILITY, blocking & ~BLOCKING_BY_NMI);
    if (has_any(event->info, EVENT_ERROR_CODE) && !has_any(vcpu_cr0(), BIT64(CR0_pe)))
        event->info &= ~EVENT_ERROR_CODE;
    if (event_is_fault(event)) /* the frame gets RFLAGS as they are. SDM: "Event Injection" */
        vmcs_put(VMCS_AT_GUEST_RFLAGS, vmcs_get(VMCS_AT_GUEST_RFLAGS) | RFLAGS_RF);
    vmcs_put(VMCS_AT_ENTRY_INTERRUPTION_INFO, event->info);
    if (has_any(event->info, EVENT_ERROR_CODE))
        vmcs_put(VMCS_AT_ENTRY_EXCEPTION_ERROR_CODE, event->error);
    if (event->length)
        vmcs_put(VMCS_AT_ENTRY_INSTRUCTION_LENGTH, event->length);
}

static struct openness openness(void)
{
    const struct openness open = {.rflags = vmcs_get(VMCS_AT_GUEST_RFLAGS),
                                  .interruptibility =
                                      (uint32_t)vmcs_get(VMCS_AT_GUEST_INTERRUPTIBILITY)};
    return open;
}

/* True when VCPU_RUN must return: the guest takes interrupts now, and its process wants to know. */
static bool attend_events(struct vcpu *vcpu)
{
    const struct openness open = openness();
    struct injection injection;
    bool wanted = PAGE_READ(vcpu->page->want_window) != 0;

    injection = inject(&vcpu->pending, &open);
    if (injection.event.info)
        put_event(&injection.event, open.interruptibility);
    else if (wanted && takes_interrupts(&open))
        return true;
    set_proc_controls(vcpu, BIT64(PROC_virtual_intr_pending),
                      injection.want_interrupt_window || wanted);
    set_proc_controls(vcpu, BIT64(PROC_virtual_nmi_pending), injection.want_nmi_window);
    return false;
}

/* --- the guest's timer ------------------------------------------------------------------------ */

/* What comes first: the guest's timer or the kernel's on this processor; 0: neither. */
static uint64_t next_deadline(const struct vcpu *vcpu)
{
    uint64_t mine = vcpu->timer_deadline, kernels = this_cpu()->timer_deadline;

    return !mine || (kernels && kernels < mine) ? kernels : mine;
}

static void fire(struct vcpu *vcpu)
{
    uint8_t vector = PAGE_READ(vcpu->page->timer_vector);

    vcpu->timer_deadline = 0;
    pending_interrupt(&vcpu->pending, vector);
}

/*
 * The kernel's deadline is counted by the preemption timer, too: its interrupt is an exit whatever
 * RFLAGS.IF says, but Bochs 2.7 misses it in a guest that runs with IF = 0 and without exits.
 */
static void set_preemption_timer(const struct vcpu *vcpu, uint64_t now)
{
    uint64_t deadline = next_deadline(vcpu), left = 0;

    if (!deadline)
        left = UINT32_MAX;
    else if (deadline > now)
        left = preemption_timer_ticks(host_policy(), deadline - now);
    vmcs_put(VMCS_AT_PREEMPTION_TIMER_VALUE, left);
}

/*
 * The guest's timer is the preemption timer, where there is one, else this processor's own timer,
 * whose interrupt is an exit. The kernel sets that one anew at its next interrupt, or when another
 * thread comes; then this is called again. True: an interrupt waits.
 */
static bool attend_timer(struct vcpu *vcpu)
{
    uint64_t now = rdtsc();
    bool fires = vcpu->timer_deadline && now >= vcpu->timer_deadline;

    if (fires)
        fire(vcpu);
    if (vcpu->has_preemption_timer)
        set_preemption_timer(vcpu, now);
    else if (vcpu->timer_deadline && next_deadline(vcpu) == vcpu->timer_deadline)
        timer_arm(vcpu->timer_deadline);
    return fires;
}

/* --- into the guest and out ------------------------------------------------------------------- */

/* True when VCPU_RUN returns now, with the page's exit set. */
static bool attend(struct vcpu *vcpu)
{
    uint32_t why = __atomic_exchange_n(&vcpu->attention, 0, __ATOMIC_SEQ_CST);

    if (has_any(why, ATTEND_KICK)) { /* first, since an event that was chosen must be injected */
        vcpu_notice(vcpu, why & ~(uint32_t)ATTEND_KICK);
        vcpu->page->exit = ABI_EXIT_KICKED;
        return true;
    }
    if (has_any(why, ATTEND_TIMER) && attend_timer(vcpu))
        why |= ATTEND_EVENTS;
    if (has_any(why, ATTEND_EVENTS) && attend_events(vcpu)) {
        vcpu->page->exit = ABI_EXIT_WINDOW;
        return true;
    }
    return false;
}

/* After a failed entry the valid bit is still set: only an exit clears it. */
void vcpu_take_back_event(struct vcpu *vcpu)
{
    uint32_t info = (uint32_t)vmcs_get(VMCS_AT_ENTRY_INTERRUPTION_INFO);

    if (!has_any(info, EVENT_VALID))
        return;
    vcpu->pending.event = event_again(info, (uint32_t)vmcs_get(VMCS_AT_ENTRY_EXCEPTION_ERROR_CODE),
                                      (uint32_t)vmcs_get(VMCS_AT_ENTRY_INSTRUCTION_LENGTH));
    vmcs_put(VMCS_AT_ENTRY_INTERRUPTION_INFO, 0);
    vcpu_notice(vcpu, ATTEND_EVENTS);
}

static void entry_failed(struct vcpu *vcpu)
{
    vcpu_explain(vcpu, false);
    vcpu->page->exit = ABI_EXIT_ENTRY_FAILED;
}

static bool must_leave(const struct vcpu *vcpu)
{
    return vcpu->thread->process->ending;
}

/*
 * Another thread may have run since: the vCPU may not be loaded here any more, or this thread has
 * moved.
 */
static void reload(struct vcpu *vcpu)
{
    if (vcpu_loaded() == vcpu)
        return;
    kernel_lock();
    vcpu_load(vcpu);
    kernel_unlock();
}

/*
 * Looks at `attention` once before each entry, however fast others set it: interrupts are off, so
 * that one that comes later waits and causes the next exit.
 */
static void run(struct vcpu *vcpu)
{
    do {
        reload(vcpu);
        if (vcpu->attention && attend(vcpu))
            return;
        speculation_before_entry();
        if (vcpu_enter(vcpu) != VMX_SUCCEED) {
            entry_failed(vcpu);
            return;
        }
    } while (!vcpu->returns && !must_leave(vcpu));
}

/* --- the call --------------------------------------------------------------------------------- */

/* What the process wants done first. The page is its own: each value is read once. */
static int64_t take_orders(struct vcpu *vcpu)
{
    struct abi_vcpu *page = vcpu->page;
    uint32_t parts = PAGE_READ(page->parts), resume = PAGE_READ(page->resume);
    uint32_t vector = PAGE_READ(page->exception_vector) & 31;

    page->parts = 0;
    page->resume = ABI_RETRY;
    if ((parts & ~(uint32_t)ABI_PARTS) || resume > ABI_EXCEPTION)
        return -ABI_E_ARGUMENT;
    if (parts)
        vcpu_take_state(vcpu, parts);
    if (resume == ABI_SKIP)
        vcpu_skip();
    else if (resume == ABI_EXCEPTION &&
             !vcpu_raise(vcpu, event_exception(vector, PAGE_READ(page->exception_error)))) {
        page->exit = ABI_EXIT_SHUTDOWN;
        vcpu->returns = true;
    }
    if (PAGE_READ(page->want_window) ||
        has_any(vcpu->proc_controls, BIT64(PROC_virtual_intr_pending)))
        vcpu_notice(vcpu, ATTEND_EVENTS);
    return 0;
}

static void begin(struct vcpu *vcpu)
{
    struct thread *thread = sched_current();

    vcpu_load(vcpu);
    object_get(&vcpu->object);
    vcpu->thread = thread;
    vcpu->returns = false;
    thread->kick = &vcpu->kick;
    vcpu_notice(vcpu, ATTEND_TIMER); /* it has not counted since */
    vcpu_take_msrs(vcpu);
}

static void finish(struct vcpu *vcpu)
{
    if (vcpu_loaded() == vcpu)
        vcpu_return_msrs(vcpu);
    vcpu->thread->kick = NULL;
    vcpu->thread = NULL;
    object_put(&vcpu->object);
}

int64_t vcpu_run(struct vcpu *vcpu)
{
    int64_t error;

    if (vcpu->thread)
        return -ABI_E_BUSY;
    begin(vcpu);
    kernel_unlock();
    vcpu->page->exit = ABI_EXIT_NONE;
    error = take_orders(vcpu);
    if (!error && !vcpu->returns)
        run(vcpu);
    if (vcpu_loaded() == vcpu)
        vcpu->page->state.rip = vmcs_get(VMCS_AT_GUEST_RIP);
    kernel_lock();
    finish(vcpu);
    return error;
}

int64_t vcpu_read(struct vcpu *vcpu)
{
    if (vcpu->thread)
        return -ABI_E_BUSY;
    vcpu_load(vcpu);
    vcpu_give_state(vcpu);
    return 0;
}
