/* SPDX-License-Identifier: BSD-2-Clause */
/* machine.c - see monitor.h. */
#include "monitor.h"
#include "user/calls.h"

#define MODULE_AT    UINT64_C(0x10000000)
#define PAGE_AT      UINT64_C(0x20000000)
#define MEMORY_AT    UINT64_C(0x40000000)
#define MEMORY_BYTES UINT64_C(0x400000)

/* The only hypercall, by RAX: it does nothing. The result is in RAX. */
#define HYPERCALL_NOTHING 0

/* Not inlined: the loop of exits is shorter without it. */
static NOINLINE bool report(const char *what, int64_t result)
{
    say("%s: %s\n", what, abi_error_text(result));
    return true;
}

static bool failed(const char *what, int64_t result)
{
    return result < 0 && report(what, result);
}

static NOINLINE bool report_call(uint64_t call, int64_t result)
{
    return report(abi_call_name(call), result);
}

static bool call_failed(uint64_t call, int64_t result)
{
    return result < 0 && report_call(call, result);
}

/* --- exits ------------------------------------------------------------------------------------ */

static void end(struct machine *machine, int64_t status)
{
    machine->ended = true;
    machine->status = status;
}

static uint64_t low_bytes(unsigned bytes)
{
    return bytes == 4 ? UINT32_MAX : (UINT64_C(1) << 8 * bytes) - 1;
}

/* A read into AX or AL leaves the rest of RAX; one into EAX clears the upper half. */
static void set_result(struct abi_vcpu *page, unsigned bytes, uint32_t value)
{
    uint64_t mask = low_bytes(bytes);

    page->rax = bytes == 4 ? value : (page->rax & ~mask) | (value & mask);
}

static void on_io(struct machine *machine)
{
    struct abi_vcpu *page = machine->page;
    bool in = page->io.flags & ABI_IO_IN;
    uint32_t value;

    if (page->io.flags & ABI_IO_STRING) {
        say("string I/O at port 0x%x is not supported\n", page->io.port);
        end(machine, STATUS_UNHANDLED);
        return;
    }
    value = port_access(machine, page->io.port, page->io.bytes, in,
                        (uint32_t)(page->rax & low_bytes(page->io.bytes)));
    if (in)
        set_result(page, page->io.bytes, value);
    page->resume = ABI_SKIP;
}

static void on_hypercall(struct machine *machine)
{
    struct abi_vcpu *page = machine->page;

    page->rax = page->rax == HYPERCALL_NOTHING ? 0 : UINT64_MAX;
    page->resume = ABI_SKIP;
}

/* Memory that is the guest's own and not mapped yet is mapped on demand. */
static void on_memory(struct machine *machine)
{
    struct abi_vcpu *page = machine->page;
    uint64_t address = page->memory.address & ~UINT64_C(0xfff);

    if (page->memory.address < machine->memory_bytes && !page->memory.allowed &&
        sys_vm_map(machine->vm, machine->memory_handle, address, address, PAGE_SIZE,
                   ABI_READ | ABI_WRITE | ABI_EXECUTE) == 0)
        return;
    say("the guest touches 0x%lx, which it does not have: RIP 0x%lx\n", page->memory.address,
        page->state.rip);
    end(machine, STATUS_REFUSED);
}

static void on_halt(struct machine *machine)
{
    say("the guest halts for good: RIP 0x%lx\n", machine->page->state.rip);
    end(machine, STATUS_REFUSED);
}

static void on_shutdown(struct machine *machine)
{
    say("triple fault: RIP 0x%lx\n", machine->page->state.rip);
    end(machine, STATUS_SHUTDOWN);
}

static void on_entry_failed(struct machine *machine)
{
    say("the guest cannot be entered: %s\n", machine->page->why);
    end(machine, STATUS_REFUSED);
}

static void on_unhandled(struct machine *machine)
{
    say("exit reason %u is not handled: RIP 0x%lx\n", machine->page->vmx_reason,
        machine->page->state.rip);
    end(machine, STATUS_UNHANDLED);
}

static void on_nothing(struct machine *machine)
{
    (void)machine;
}

static void (*const handlers[])(struct machine *machine) = {
    [ABI_EXIT_NONE] = on_nothing,        [ABI_EXIT_IO] = on_io,
    [ABI_EXIT_MEMORY] = on_memory,       [ABI_EXIT_HYPERCALL] = on_hypercall,
    [ABI_EXIT_HALT] = on_halt,           [ABI_EXIT_SHUTDOWN] = on_shutdown,
    [ABI_EXIT_KICKED] = on_nothing,      [ABI_EXIT_WINDOW] = on_nothing,
    [ABI_EXIT_UNHANDLED] = on_unhandled, [ABI_EXIT_ENTRY_FAILED] = on_entry_failed,
};

void machine_enter(struct machine *machine)
{
    if (call_failed(ABI_VCPU_RUN, sys_vcpu_run(machine->vcpu)))
        end(machine, STATUS_UNHANDLED);
}

void machine_answer(struct machine *machine)
{
    if (!machine->ended)
        handlers[machine->page->exit](machine);
}

void machine_run(struct machine *machine)
{
    while (!machine->ended) {
        machine_enter(machine);
        machine_answer(machine);
    }
}

/* --- the machine ------------------------------------------------------------------------------ */

/* The lower half of the memory is mapped at once, the rest when the guest touches it. */
static bool make_machine(struct machine *machine)
{
    int64_t memory = sys_memory_create(MEMORY_BYTES), vm = sys_vm_create(), vcpu;

    if (failed("memory for the guest", memory) || call_failed(ABI_VM_CREATE, vm))
        return false;
    vcpu = sys_vcpu_create((uint64_t)vm, PAGE_AT);
    if (call_failed(ABI_VCPU_CREATE, vcpu))
        return false;
    *machine = (struct machine){.vm = (uint64_t)vm,
                                .vcpu = (uint64_t)vcpu,
                                .page = (struct abi_vcpu *)PAGE_AT,
                                .memory = (uint8_t *)MEMORY_AT,
                                .memory_bytes = MEMORY_BYTES,
                                .memory_handle = (uint64_t)memory};
    return !failed("the guest's memory in the monitor",
                   sys_memory_map((uint64_t)memory, 0, MEMORY_AT, MEMORY_BYTES,
                                  ABI_READ | ABI_WRITE)) &&
           !failed("the guest's memory",
                   sys_vm_map((uint64_t)vm, (uint64_t)memory, 0, 0, MEMORY_BYTES / 2,
                              ABI_READ | ABI_WRITE | ABI_EXECUTE));
}

static bool load(struct machine *machine, const struct abi_info *info)
{
    const struct abi_module *module = &info->modules[0];
    uint64_t bytes = (module->bytes + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);

    if (!info->module_count) {
        say("no guest: give one as a multiboot2 module\n");
        return false;
    }
    return !failed("the guest's file",
                   sys_memory_map(module->handle, 0, MODULE_AT, bytes, ABI_READ)) &&
           load_elf(machine, (const void *)MODULE_AT, module->bytes);
}

bool machine_make(struct machine *machine, const struct abi_info *info)
{
    if (!make_machine(machine) || !load(machine, info))
        return false;
    machine->page->timer_vector = GUEST_TIMER_VECTOR;
    return true;
}
