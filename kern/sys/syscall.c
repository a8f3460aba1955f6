/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall.c - what system calls do: each call of include/abi.h is a function here, and a row of the
 * table. The way in and out is arch/syscall.h.
 */
#include "arch/syscall.h"

#include "abi.h"
#include "arch/console.h"
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

/* One call of CONSOLE_WRITE at most: the console is slow, and everybody's. */
#define WRITE_MAX 256

typedef int64_t call(struct process *process, const uint64_t a[6]);

/* --- arguments -------------------------------------------------------------------------------- */

/* The object of that kind, or NULL and the error. */
static void *find(struct process *process, uint64_t handle, const struct object_kind *kind,
                  int64_t *error)
{
    struct object *object = handle_find(&process->handles, handle);

    *error = object ? -ABI_E_TYPE : -ABI_E_HANDLE;
    return object && object->kind == kind ? object : NULL;
}

/* The handle of a new object, whose reference goes over; or the error. */
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

static int64_t do_version(struct process *process, const uint64_t a[6])
{
    (void)process;
    (void)a;
    return ABI_VERSION;
}

static int64_t do_exit(struct process *process, const uint64_t a[6])
{
    process_end(process, (int64_t)(a[0] & INT32_MAX));
    return 0;
}

static int64_t do_yield(struct process *process, const uint64_t a[6])
{
    (void)process;
    (void)a;
    sched_yield();
    return 0;
}

static int64_t do_close(struct process *process, const uint64_t a[6])
{
    struct object *object = handle_take(&process->handles, a[0]);

    if (!object)
        return -ABI_E_HANDLE;
    object_put(object);
    return 0;
}

static int64_t do_console_write(struct process *process, const uint64_t a[6])
{
    char text[WRITE_MAX];
    uint64_t size = a[1] < WRITE_MAX ? a[1] : WRITE_MAX;

    (void)process;
    if (!user_range(a[0], a[1]) || !user_copy_in(text, a[0], size))
        return -ABI_E_ADDRESS;
    for (uint64_t i = 0; i < size; i++)
        if (text[i] != '\n' && text[i] != '\t' && (text[i] < ' ' || text[i] > '~'))
            text[i] = '?';
    print("%.*s", (int)size, text);
    return (int64_t)size;
}

static int64_t do_time(struct process *process, const uint64_t a[6])
{
    (void)process;
    (void)a;
    return (int64_t)time_ns();
}

/* --- memory ----------------------------------------------------------------------------------- */

static int64_t do_memory_create(struct process *process, const uint64_t a[6])
{
    uint64_t pages = a[0] / PAGE_SIZE;

    if (!pages || a[0] % PAGE_SIZE || pages > MEMORY_PAGES_MAX)
        return -ABI_E_ARGUMENT;
    return give_handle(process, process_memory_create(process, pages), -ABI_E_MEMORY);
}

static int64_t do_memory_map(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct memory *memory = find(process, a[0], &memory_kind, &error);

    if (!memory)
        return error;
    if (high32(a[4]))
        return -ABI_E_ARGUMENT;
    return process_map(process, memory, a[1], a[2], a[3], (uint32_t)a[4]);
}

static int64_t do_memory_unmap(struct process *process, const uint64_t a[6])
{
    return process_unmap(process, a[0], a[1]);
}

/* --- events and threads ----------------------------------------------------------------------- */

static int64_t do_event_create(struct process *process, const uint64_t a[6])
{
    (void)a;
    return give_handle(process, event_create(), -ABI_E_MEMORY);
}

static int64_t do_event_signal(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct event *event = find(process, a[0], &event_kind, &error);

    if (!event)
        return error;
    event_signal(event);
    return 0;
}

static int64_t do_event_wait(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct event *event = find(process, a[0], &event_kind, &error);

    if (!event)
        return error;
    return event_wait(event, deadline_of(a[1])) ? 0 : -ABI_E_TIMEOUT;
}

static int64_t do_event_timer(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct event *event = find(process, a[0], &event_kind, &error);

    if (!event)
        return error;
    event_set_timer(event, deadline_of(a[1]));
    return 0;
}

static int64_t do_thread_create(struct process *process, const uint64_t a[6])
{
    struct thread *thread;
    int64_t handle;

    if (!user_range(a[0], 1) || !user_range(a[1], 0))
        return -ABI_E_ADDRESS;
    if (a[3] > sched_current()->priority)
        return -ABI_E_ARGUMENT;
    thread = process_thread_create(process, a[0], a[1], a[2], (unsigned)a[3]);
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

static int64_t do_thread_move(struct process *process, const uint64_t a[6])
{
    (void)process;
    if (a[0] >= cpu_count())
        return -ABI_E_ARGUMENT;
    sched_move((unsigned)a[0]);
    return 0;
}

/* --- VMs -------------------------------------------------------------------------------------- */

static int64_t do_vm_create(struct process *process, const uint64_t a[6])
{
    (void)a;
    if (!vm_possible())
        return -ABI_E_ABSENT;
    return give_handle(process, vm_create(process), -ABI_E_MEMORY);
}

static int64_t do_vm_map(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vm *vm = find(process, a[0], &vm_kind, &error);
    struct memory *memory = vm ? find(process, a[1], &memory_kind, &error) : NULL;

    if (!memory)
        return error;
    if (high32(a[5]))
        return -ABI_E_ARGUMENT;
    return vm_map(vm, memory, a[2], a[3], a[4], (uint32_t)a[5]);
}

static int64_t do_vm_unmap(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vm *vm = find(process, a[0], &vm_kind, &error);

    return vm ? vm_unmap(vm, a[1], a[2]) : error;
}

static int64_t do_vm_protect(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vm *vm = find(process, a[0], &vm_kind, &error);

    if (!vm)
        return error;
    return high32(a[3]) ? -ABI_E_ARGUMENT : vm_protect(vm, a[1], a[2], (uint32_t)a[3]);
}

/* Before the first vCPU, which is made by what CPUID says. */
static int64_t do_vm_cpuid(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vm *vm = find(process, a[0], &vm_kind, &error);

    if (!vm)
        return error;
    if (vm->vcpus_made)
        return -ABI_E_BUSY;
    if (high32(a[1]) || high32(a[2]) || high32(a[3]) || high32(a[4]) ||
        !guest_cpuid_take_away(&vm->cpuid, (uint32_t)a[1], (uint32_t)a[2], (unsigned)a[3],
                               (uint32_t)a[4]))
        return -ABI_E_ARGUMENT;
    return 0;
}

static int64_t do_vcpu_create(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vm *vm = find(process, a[0], &vm_kind, &error);
    struct vcpu *vcpu;

    if (!vm)
        return error;
    vcpu = vcpu_create(process, vm, a[1], &error);
    return give_handle(process, vcpu, error);
}

static int64_t do_vcpu_run(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vcpu *vcpu = find(process, a[0], &vcpu_kind, &error);

    return vcpu ? vcpu_run(vcpu) : error;
}

static int64_t do_vcpu_read(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vcpu *vcpu = find(process, a[0], &vcpu_kind, &error);

    return vcpu ? vcpu_read(vcpu) : error;
}

static int64_t do_vcpu_interrupt(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vcpu *vcpu = find(process, a[0], &vcpu_kind, &error);

    if (!vcpu)
        return error;
    if (a[1] < ABI_TIMER_VECTOR_MIN || a[1] > 255)
        return -ABI_E_ARGUMENT;
    vcpu_interrupt(vcpu, (unsigned)a[1]);
    return 0;
}

static int64_t do_vcpu_nmi(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vcpu *vcpu = find(process, a[0], &vcpu_kind, &error);

    if (!vcpu)
        return error;
    vcpu_nmi(vcpu);
    return 0;
}

static int64_t do_vcpu_kick(struct process *process, const uint64_t a[6])
{
    int64_t error;
    struct vcpu *vcpu = find(process, a[0], &vcpu_kind, &error);

    if (!vcpu)
        return error;
    vcpu_kick(vcpu);
    return 0;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct {
    call *function;
    bool locked; /* runs under the kernel lock */
} calls[ABI_CALL_COUNT] = {
    [ABI_VERSION_CALL] = {do_version, false},
    [ABI_EXIT] = {do_exit, true},
    [ABI_YIELD] = {do_yield, true},
    [ABI_CLOSE] = {do_close, true},
    [ABI_CONSOLE_WRITE] = {do_console_write, false},
    [ABI_TIME] = {do_time, false},
    [ABI_MEMORY_CREATE] = {do_memory_create, true},
    [ABI_MEMORY_MAP] = {do_memory_map, true},
    [ABI_MEMORY_UNMAP] = {do_memory_unmap, true},
    [ABI_EVENT_CREATE] = {do_event_create, true},
    [ABI_EVENT_SIGNAL] = {do_event_signal, true},
    [ABI_EVENT_WAIT] = {do_event_wait, true},
    [ABI_EVENT_TIMER] = {do_event_timer, true},
    [ABI_THREAD_CREATE] = {do_thread_create, true},
    [ABI_THREAD_MOVE] = {do_thread_move, true},
    [ABI_VM_CREATE] = {do_vm_create, true},
    [ABI_VM_MAP] = {do_vm_map, true},
    [ABI_VM_UNMAP] = {do_vm_unmap, true},
    [ABI_VM_PROTECT] = {do_vm_protect, true},
    [ABI_VM_CPUID] = {do_vm_cpuid, true},
    [ABI_VCPU_CREATE] = {do_vcpu_create, true},
    [ABI_VCPU_RUN] = {do_vcpu_run, true},
    [ABI_VCPU_READ] = {do_vcpu_read, true},
    [ABI_VCPU_INTERRUPT] = {do_vcpu_interrupt, true},
    [ABI_VCPU_NMI] = {do_vcpu_nmi, true},
    [ABI_VCPU_KICK] = {do_vcpu_kick, true},
};

/* The process may have ended here, or while the call waited. */
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

/* A process that is ended during a call that takes no lock is told by an
 * interrupt, which waits until ring 3. */
int64_t syscall_dispatch(const struct syscall_frame *frame)
{
    if (frame->number >= ABI_CALL_COUNT)
        return -ABI_E_CALL;
    if (calls[frame->number].locked)
        return call_locked(frame);
    return calls[frame->number].function(sched_current()->process, frame->argument);
}
