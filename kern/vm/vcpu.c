/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu.c - see vcpu.h. */
#include "vcpu.h"

#include "arch/fpu.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/syscall.h"
#include "kern/mem/pages.h"
#include "kern/mem/pool.h"
#include "kern/task/memory_object.h"
#include "kern/task/process.h"
#include "kern/task/sched.h"
#include "kern/task/speculation.h"
#include "vm.h"
#include "vmx/invalidate.h"
#include "vmx/platform.h"

OBJECT_POOL(vcpu_pool, struct vcpu);

/* Pages of its own: VMCS, FPU state, its object. Its page counts as the process's memory. */
#define VCPU_CHARGE 8

/* Per processor: what its registers hold, and whose VMCS is current. */
static struct {
    struct vcpu *loaded;
    struct vcpu *current;
    uint64_t last_vm; /* its predictions must not reach another VM */
} here[CPUS_MAX];

/* VPIDs: 0 is the host's. Bit N of the map: N is in use. */
#define VPIDS 4096
static uint64_t vpids[VPIDS / 64] = {1};

static uint16_t vpid_take(void)
{
    for (unsigned word = 0; word < ARRAY_SIZE(vpids); word++)
        if (~vpids[word]) {
            unsigned bit = (unsigned)__builtin_ctzll(~vpids[word]);

            vpids[word] |= BIT64(bit);
            return (uint16_t)(word * 64 + bit);
        }
    return 0;
}

static void vpid_give(uint16_t vpid)
{
    if (vpid)
        vpids[vpid / 64] &= ~BIT64(vpid % 64);
}

struct vcpu *vcpu_loaded(void)
{
    return here[this_cpu()->number].loaded;
}

/* The order of the block that holds the FPU state. */
static unsigned fpu_order(void)
{
    static unsigned order;

    while ((uint32_t)PAGE_SIZE << order < fpu_size())
        order++;
    return order;
}

/* --- MSRs that SYSCALL and SWAPGS use --------------------------------------------------------- */

/*
 * Ring 3 has no GS base of its own: IA32_KERNEL_GS_BASE is 0 while the kernel runs for a process,
 * and the guest's while it runs, since SWAPGS in the guest is no exit.
 */
void vcpu_take_msrs(struct vcpu *vcpu)
{
    wrmsr(MSR_IA32_KERNEL_GS_BASE, vcpu->kernel_gs_base);
    write_cr2(vcpu->cr2);
    if (!vcpu->has_syscall)
        return;
    wrmsr(MSR_IA32_STAR, vcpu->star);
    wrmsr(MSR_IA32_LSTAR, vcpu->lstar);
    wrmsr(MSR_IA32_CSTAR, vcpu->cstar);
    wrmsr(MSR_IA32_FMASK, vcpu->fmask);
}

void vcpu_return_msrs(struct vcpu *vcpu)
{
    vcpu->cr2 = read_cr2();
    vcpu->kernel_gs_base = rdmsr(MSR_IA32_KERNEL_GS_BASE);
    wrmsr(MSR_IA32_KERNEL_GS_BASE, 0);
    percpu_limit_gdt();
    if (vcpu->has_syscall)
        syscall_init();
}

/* --- loading ---------------------------------------------------------------------------------- */

static void load_debug_registers(const struct vcpu *vcpu)
{
    write_dr0(vcpu->dr[0]);
    write_dr1(vcpu->dr[1]);
    write_dr2(vcpu->dr[2]);
    write_dr3(vcpu->dr[3]);
    write_dr6(vcpu->dr6);
}

/* DR7 is in the VMCS, and 400h after each exit: what the others hold does nothing then. */
void vcpu_swap_debug_registers(struct vcpu *vcpu, bool in)
{
    if (!vcpu->uses_dr)
        return;
    if (in) {
        load_debug_registers(vcpu);
        return;
    }
    vcpu->dr[0] = read_dr0();
    vcpu->dr[1] = read_dr1();
    vcpu->dr[2] = read_dr2();
    vcpu->dr[3] = read_dr3();
    vcpu->dr6 = read_dr6();
}

/* Saves what this processor holds of a vCPU, if any. The lock is held. */
static void unload(void)
{
    unsigned n = this_cpu()->number;
    struct vcpu *vcpu = here[n].loaded;

    if (!vcpu)
        return;
    if (vcpu->thread)
        vcpu_return_msrs(vcpu);
    fpu_save(vcpu->fpu, vcpu->xcr0);
    vcpu_swap_debug_registers(vcpu, false);
    vm_leave(vcpu->vm);
    here[n].loaded = NULL;
    vcpu_notice(vcpu, ATTEND_TIMER); /* it must be loaded again before the next entry */
}

/* VMCLEAR: the VMCS is in memory, and active nowhere. Runs where it was active. */
static void release_vmcs(void *argument)
{
    struct vcpu *vcpu = argument;
    unsigned n = this_cpu()->number;

    if (here[n].loaded == vcpu)
        unload();
    if (here[n].current == vcpu)
        here[n].current = NULL;
    (void)!vmclear(vcpu->vmcs);
    vcpu->processor = CPU_NONE;
    vcpu->launched = false;
}

void vcpu_flush(const struct vcpu *vcpu)
{
    if (vcpu->vpid)
        (void)invalidate_vpid(host_policy(), vcpu->vpid);
}

static void make_current(struct vcpu *vcpu)
{
    unsigned n = this_cpu()->number;

    if (vcpu->processor != n) {
        if (vcpu->processor != CPU_NONE)
            smp_call(vcpu->processor, release_vmcs, vcpu);
        vcpu->processor = n;
        vcpu_flush(vcpu); /* what this processor has of it is older than the other's */
    }
    if (here[n].current != vcpu && vmptrld(vcpu->vmcs) == VMX_SUCCEED)
        here[n].current = vcpu;
}

void vcpu_load(struct vcpu *vcpu)
{
    unsigned n = this_cpu()->number;
    bool moved = vcpu->processor != n;

    if (here[n].loaded == vcpu)
        return;
    unload();
    make_current(vcpu);
    if (moved)
        vcpu_set_host(vcpu->vm->owner);
    speculation_switch(&here[n].last_vm, vcpu->vm->number);
    fpu_load(vcpu->fpu, vcpu->xcr0);
    vcpu_swap_debug_registers(vcpu, true);
    here[n].loaded = vcpu;
    sched_current()->leave = unload;
    vm_enter(vcpu->vm);
    vcpu_notice(vcpu, ATTEND_TIMER);
    if (vcpu->thread)
        vcpu_take_msrs(vcpu);
}

/* --- made and destroyed ----------------------------------------------------------------------- */

static bool make_page(struct process *process, struct vcpu *vcpu)
{
    uint64_t run;

    vcpu->page_memory = process_memory_create(process, 1);
    if (vcpu->page_memory)
        vcpu->page = direct_pointer(memory_page(vcpu->page_memory, 0, &run));
    return vcpu->page_memory;
}

static bool make_parts(struct process *process, struct vcpu *vcpu, int64_t *error)
{
    if (!make_page(process, vcpu))
        return false;
    vcpu->vmcs = page_alloc(FRAME_VMX);
    vcpu->fpu_pages = pages_alloc(fpu_order(), FRAME_OBJECT);
    if (!vcpu->vmcs || !vcpu->fpu_pages)
        return false;
    vcpu->fpu = direct_pointer(vcpu->fpu_pages);
    fpu_reset(vcpu->fpu);
    if (word_offers(host_policy(), WORD_PROC2, BIT64(PROC2_enable_vpid)) &&
        invvpid_type(host_policy()) >= 0)
        vcpu->vpid = vpid_take();
    vcpu->processor = this_cpu()->number;
    unload(); /* the loaded vCPU's VMCS is current; the new one's becomes so */
    here[vcpu->processor].current = vcpu;
    if (vcpu_fill_vmcs(vcpu) != S_OK) {
        *error = -ABI_E_ABSENT;
        return false;
    }
    vcpu_flush(vcpu);
    vcpu_give_state(vcpu);
    return true;
}

/* The last step, so that a failure before it has nothing to unmap. */
static bool map_page(struct process *process, const struct vcpu *vcpu, uint64_t address,
                     int64_t *error)
{
    *error = process_map(process, vcpu->page_memory, 0, address, PAGE_SIZE, ABI_READ | ABI_WRITE);
    return *error == 0;
}

static void on_kick(struct kick *kick)
{
    vcpu_kick(CONTAINER_OF(kick, struct vcpu, kick));
}

struct vcpu *vcpu_create(struct process *process, struct vm *vm, uint64_t address, int64_t *error)
{
    struct vcpu *vcpu;

    *error = -ABI_E_MEMORY;
    if (!share_charge(&process->share, VCPU_CHARGE))
        return NULL;
    vcpu = object_alloc(&vcpu_pool);
    if (!vcpu) {
        share_refund(&process->share, VCPU_CHARGE);
        return NULL;
    }
    object_init(&vcpu->object, &vcpu_kind);
    object_get(&vm->object);
    vcpu->vm = vm;
    vcpu->processor = CPU_NONE;
    vcpu->kick.call = on_kick;
    vcpu->xcr0 = 1;
    vcpu->dr6 = DR6_RESET;
    if (make_parts(process, vcpu, error) && map_page(process, vcpu, address, error)) {
        vcpu->number = vm->vcpus_made++;
        return vcpu;
    }
    object_put(&vcpu->object);
    return NULL;
}

/* A thread that runs it holds a reference, so nobody does. */
static void destroy(struct object *object)
{
    struct vcpu *vcpu = (struct vcpu *)(void *)object;
    struct process *owner = vcpu->vm->owner;

    if (vcpu->processor != CPU_NONE)
        smp_call(vcpu->processor, release_vmcs, vcpu);
    vpid_give(vcpu->vpid);
    if (vcpu->vmcs)
        page_free(vcpu->vmcs);
    if (vcpu->fpu_pages)
        pages_free(vcpu->fpu_pages, fpu_order());
    if (vcpu->page_memory)
        object_put(&vcpu->page_memory->object);
    object_put(&vcpu->vm->object);
    object_free(&vcpu_pool, vcpu);
    share_refund(&owner->share, VCPU_CHARGE);
}

const struct object_kind vcpu_kind = {.destroy = destroy};

/* --- from other threads ----------------------------------------------------------------------- */

/* Makes its thread leave the guest or wake up, and look why; once for each `why` until it has
 * looked. */
static void attend(struct vcpu *vcpu, uint32_t why)
{
    bool told = has_any(vcpu_notice(vcpu, why), why);

    if (!vcpu->thread)
        return;
    thread_wake(vcpu->thread);
    if (!told)
        sched_kick(vcpu->thread);
}

void vcpu_interrupt(struct vcpu *vcpu, unsigned vector)
{
    pending_interrupt(&vcpu->pending, vector);
    attend(vcpu, ATTEND_EVENTS);
}

void vcpu_nmi(struct vcpu *vcpu)
{
    pending_nmi(&vcpu->pending);
    attend(vcpu, ATTEND_EVENTS);
}

void vcpu_kick(struct vcpu *vcpu)
{
    attend(vcpu, ATTEND_KICK);
}
