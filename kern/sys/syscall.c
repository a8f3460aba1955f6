/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall.c - what system calls do: the call ABI_VM_MAP of include/abi_calls.def is do_vm_map(),
 * and its arguments are those of the list's row. A row without its function does not compile. The
 * way in and out is arch/syscall.h.
 */
#include "arch/syscall.h"

#include "abi.h"
#include "arch/console.h"
#include "arch/insn.h"
#include "arch/percpu.h"
#include "arch/time.h"
#include "arch/user.h"
#include "kern/task/event.h"
#include "kern/task/lock.h"
#include "kern/task/memory_object.h"
#include "kern/task/process.h"
#include "kern/task/sched.h"
#include "kern/vm/vcpu.h"
#include "kern/vm/vm.h"

/* The most that one CONSOLE_WRITE takes: the console is slow, and everybody uses it. */
#define WRITE_MAX 256

/* struct vm_map_call: the words of ring 3 by the names of the list's row. */
#define MEMBERS0()
#define MEMBERS1(a, a_text)                                             uint64_t a;
#define MEMBERS2(a, a_text, b, b_text)                                  uint64_t a, b;
#define MEMBERS3(a, a_text, b, b_text, c, c_text)                       uint64_t a, b, c;
#define MEMBERS4(a, a_text, b, b_text, c, c_text, d, d_text)            uint64_t a, b, c, d;
#define MEMBERS5(a, a_text, b, b_text, c, c_text, d, d_text, e, e_text) uint64_t a, b, c, d, e;
#define MEMBERS6(a, a_text, b, b_text, c, c_text, d, d_text, e, e_text, f, f_text) \
    uint64_t a, b, c, d, e, f;

#define CALL_STRUCT(number, NAME, name, count, arguments, ...) \
    struct name##_call {                                       \
        MEMBERS##count arguments                               \
    };
ABI_CALLS(CALL_STRUCT, )

/* --- arguments -------------------------------------------------------------------------------- */

/* The object of that kind, or NULL and the error. */
static void *find(struct process *process, uint64_t handle, const struct object_kind *kind,
                  int64_t *error)
{
    struct object *object = handle_find(&process->handles, handle);

    *error = object ? -ABI_E_TYPE : -ABI_E_HANDLE;
    return object && object->kind == kind ? object : NULL;
}

/* The handle of a new object, which takes over its reference; or the error. */
static int64_t give_handle(struct process *process, void *object, int64_t error)
{
    uint64_t handle;

    if (!object)
        return error;
    handle = handle_add(&process->handles, object);
    if (handle)
        return (int64_t)handle;
    object_put(object);
    return -ABI_E_LIMIT;
}

static uint64_t deadline_of(uint64_t nanoseconds)
{
    return nanoseconds == ABI_NEVER ? TIMEOUT_NEVER : tsc_at_ns(nanoseconds);
}

/* --- the process itself ----------------------------------------------------------------------- */

static int64_t do_version_call(struct process *process, const struct version_call_call *call)
{
    (void)process;
    (void)call;
    return ABI_VERSION;
}

static int64_t do_exit(struct process *process, const struct exit_call *call)
{
    process_end(process, (int64_t)(call->status & INT32_MAX));
    return 0;
}

static int64_t do_yield(struct process *process, const struct yield_call *call)
{
    (void)process;
    (void)call;
    sched_yield();
    return 0;
}

static int64_t do_close(struct process *process, const struct close_call *call)
{
    struct object *object = handle_take(&process->handles, call->handle);

    if (!object)
        return -ABI_E_HANDLE;
    object_put(object);
    return 0;
}

/* The console is slow: who writes waits for it, and nobody else. */
static void wait_for_console(void)
{
    console_drain();
    take_interrupts();
    process_leave_if_ending();
}

static int64_t do_console_write(struct process *process, const struct console_write_call *call)
{
    char text[WRITE_MAX];
    uint64_t size = call->bytes < WRITE_MAX ? call->bytes : WRITE_MAX, end;

    (void)process;
    if (!user_range(call->address, call->bytes) || !user_copy_in(text, call->address, size))
        return -ABI_E_ADDRESS;
    for (uint64_t i = 0; i < size; i++)
        if (text[i] != '\n' && text[i] != '\t' && (text[i] < ' ' || text[i] > '~'))
            text[i] = '?';
    while (!console_offer(text, size, &end))
        wait_for_console();
    while (!console_is_out(end))
        wait_for_console();
    return (int64_t)size;
}

static int64_t do_time(struct process *process, const struct time_call *call)
{
    (void)process;
    (void)call;
    return (int64_t)time_ns();
}

/* --- memory ----------------------------------------------------------------------------------- */

static int64_t do_memory_create(struct process *process, const struct memory_create_call *call)
{
    uint64_t pages = call->bytes / PAGE_SIZE;

    if (!pages || call->bytes % PAGE_SIZE || pages > MEMORY_PAGES_MAX)
        return -ABI_E_ARGUMENT;
    return give_handle(process, process_memory_create(process, pages), -ABI_E_MEMORY);
}

static int64_t do_memory_map(struct process *process, const struct memory_map_call *call)
{
    int64_t error;
    struct memory *memory = find(process, call->memory, &memory_kind, &error);

    if (!memory)
        return error;
    if (high32(call->rights))
        return -ABI_E_ARGUMENT;
    return process_map(process, memory, call->offset, call->address, call->bytes,
                       (uint32_t)call->rights);
}

static int64_t do_memory_unmap(struct process *process, const struct memory_unmap_call *call)
{
    return process_unmap(process, call->address, call->bytes);
}

/* --- events and threads ----------------------------------------------------------------------- */

static int64_t do_event_create(struct process *process, const struct event_create_call *call)
{
    (void)call;
    return give_handle(process, event_create(), -ABI_E_MEMORY);
}

static int64_t do_event_signal(struct process *process, const struct event_signal_call *call)
{
    int64_t error;
    struct event *event = find(process, call->event, &event_kind, &error);

    if (!event)
        return error;
    event_signal(event);
    return 0;
}

static int64_t do_event_wait(struct process *process, const struct event_wait_call *call)
{
    int64_t error;
    struct event *event = find(process, call->event, &event_kind, &error);

    if (!event)
        return error;
    return event_wait(event, deadline_of(call->deadline)) ? 0 : -ABI_E_TIMEOUT;
}

static int64_t do_event_timer(struct process *process, const struct event_timer_call *call)
{
    int64_t error;
    struct event *event = find(process, call->event, &event_kind, &error);

    if (!event)
        return error;
    event_set_timer(event, deadline_of(call->deadline));
    return 0;
}

static int64_t do_thread_create(struct process *process, const struct thread_create_call *call)
{
    struct thread *thread;
    int64_t handle;

    if (!user_range(call->entry, 1) || !user_range(call->stack, 0))
        return -ABI_E_ADDRESS;
    if (call->priority > sched_current()->priority)
        return -ABI_E_ARGUMENT;
    thread = process_thread_create(process, call->entry, call->stack, call->argument,
                                   (unsigned)call->priority);
    if (!thread)
        return -ABI_E_MEMORY;
    object_get(&thread->object); /* the handle's may go at once */
    handle = give_handle(process, thread, -ABI_E_MEMORY);
    if (handle > 0)
        process_thread_start(thread);
    else
        share_refund(&process->share, THREAD_CHARGE);
    object_put(&thread->object);
    return handle;
}

static int64_t do_thread_move(struct process *process, const struct thread_move_call *call)
{
    (void)process;
    if (call->processor >= cpu_count())
        return -ABI_E_ARGUMENT;
    sched_move((unsigned)call->processor);
    return 0;
}

/* --- VMs -------------------------------------------------------------------------------------- */

static int64_t do_vm_create(struct process *process, const struct vm_create_call *call)
{
    (void)call;
    if (!vm_possible())
        return -ABI_E_ABSENT;
    return give_handle(process, vm_create(process), -ABI_E_MEMORY);
}

static int64_t do_vm_map(struct process *process, const struct vm_map_call *call)
{
    int64_t error;
    struct vm *vm = find(process, call->vm, &vm_kind, &error);
    struct memory *memory = vm ? find(process, call->memory, &memory_kind, &error) : NULL;

    if (!memory)
        return error;
    if (high32(call->rights))
        return -ABI_E_ARGUMENT;
    return vm_map(vm, memory, call->offset, call->guest_address, call->bytes,
                  (uint32_t)call->rights);
}

static int64_t do_vm_unmap(struct process *process, const struct vm_unmap_call *call)
{
    int64_t error;
    struct vm *vm = find(process, call->vm, &vm_kind, &error);

    return vm ? vm_unmap(vm, call->guest_address, call->bytes) : error;
}

static int64_t do_vm_protect(struct process *process, const struct vm_protect_call *call)
{
    int64_t error;
    struct vm *vm = find(process, call->vm, &vm_kind, &error);

    if (!vm)
        return error;
    return high32(call->rights)
               ? -ABI_E_ARGUMENT
               : vm_protect(vm, call->guest_address, call->bytes, (uint32_t)call->rights);
}

/* Only before the first vCPU is made, since that depends on CPUID. */
static int64_t do_vm_cpuid(struct process *process, const struct vm_cpuid_call *call)
{
    int64_t error;
    struct vm *vm = find(process, call->vm, &vm_kind, &error);

    if (!vm)
        return error;
    if (vm->vcpus_made)
        return -ABI_E_BUSY;
    if (high32(call->leaf) || high32(call->subleaf) || high32(call->reg) || high32(call->bits) ||
        !guest_cpuid_take_away(&vm->cpuid, (uint32_t)call->leaf, (uint32_t)call->subleaf,
                               (unsigned)call->reg, (uint32_t)call->bits))
        return -ABI_E_ARGUMENT;
    return 0;
}

static int64_t do_vcpu_create(struct process *process, const struct vcpu_create_call *call)
{
    int64_t error;
    struct vm *vm = find(process, call->vm, &vm_kind, &error);
    struct vcpu *vcpu;

    if (!vm)
        return error;
    if (!handle_has_room(&process->handles)) /* before its page is mapped */
        return -ABI_E_LIMIT;
    vcpu = vcpu_create(process, vm, call->address, &error);
    return give_handle(process, vcpu, error);
}

static int64_t do_vcpu_run(struct process *process, const struct vcpu_run_call *call)
{
    int64_t error;
    struct vcpu *vcpu = find(process, call->vcpu, &vcpu_kind, &error);

    return vcpu ? vcpu_run(vcpu) : error;
}

static int64_t do_vcpu_read(struct process *process, const struct vcpu_read_call *call)
{
    int64_t error;
    struct vcpu *vcpu = find(process, call->vcpu, &vcpu_kind, &error);

    return vcpu ? vcpu_read(vcpu) : error;
}

static int64_t do_vcpu_interrupt(struct process *process, const struct vcpu_interrupt_call *call)
{
    int64_t error;
    struct vcpu *vcpu = find(process, call->vcpu, &vcpu_kind, &error);

    if (!vcpu)
        return error;
    if (call->vector < ABI_TIMER_VECTOR_MIN || call->vector > 255)
        return -ABI_E_ARGUMENT;
    vcpu_interrupt(vcpu, (unsigned)call->vector);
    return 0;
}

static int64_t do_vcpu_nmi(struct process *process, const struct vcpu_nmi_call *call)
{
    int64_t error;
    struct vcpu *vcpu = find(process, call->vcpu, &vcpu_kind, &error);

    if (!vcpu)
        return error;
    vcpu_nmi(vcpu);
    return 0;
}

static int64_t do_vcpu_kick(struct process *process, const struct vcpu_kick_call *call)
{
    int64_t error;
    struct vcpu *vcpu = find(process, call->vcpu, &vcpu_kind, &error);

    if (!vcpu)
        return error;
    vcpu_kick(vcpu);
    return 0;
}

/* --- the table -------------------------------------------------------------------------------- */

#define CALL_FUNCTION(number, NAME, name, ...)                                      \
    static int64_t call_##name(struct process *process, const uint64_t *words)      \
    {                                                                               \
        return do_##name(process, (const struct name##_call *)(const void *)words); \
    }
ABI_CALLS(CALL_FUNCTION, )

/* These run without the kernel lock. */
#define UNLOCKED (BIT64(ABI_VERSION_CALL) | BIT64(ABI_CONSOLE_WRITE) | BIT64(ABI_TIME))

#define CALL_ROW(number, NAME, name, ...) [number] = {call_##name, !(UNLOCKED & BIT64(number))},

static const struct {
    int64_t (*function)(struct process *process, const uint64_t *words);
    bool locked; /* runs under the kernel lock */
} calls[ABI_CALL_COUNT] = {ABI_CALLS(CALL_ROW, )};

/* The process may end here, or may have ended while the call waited. */
static NOINLINE int64_t call_locked(const struct syscall_frame *frame)
{
    struct process *process = sched_current()->process;
    int64_t result;

    kernel_lock();
    result = calls[frame->number].function(process, frame->argument);
    if (sched_wanted())
        sched_check();
    kernel_unlock();
    if (process->ending)
        process_leave_if_ending();
    return result;
}

/* A process that is ended during a call without the lock leaves by an interrupt, back in ring 3. */
int64_t syscall_dispatch(const struct syscall_frame *frame)
{
    if (frame->number >= ABI_CALL_COUNT)
        return -ABI_E_CALL;
    if (calls[frame->number].locked)
        return call_locked(frame);
    return calls[frame->number].function(sched_current()->process, frame->argument);
}
