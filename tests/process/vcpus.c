/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpus.c - what happens between a vCPU, its page and its kernel, step by step: each case gives a
 * new vCPU a few bytes of code, and looks at the exits. Status: how many expectations failed.
 */
#include "user/calls.h"
#include "user/print.h"
#include "vmcs_layouts.h"
#include "x86.h"

#define PAGE_AT    ((struct abi_vcpu *)0x50000000)
#define SECOND_AT  ((struct abi_vcpu *)0x51000000)
#define MEMORY_AT  UINT64_C(0x60000000)
#define PAGES      UINT64_C(16)
#define BYTES      (PAGES * PAGE_SIZE)
#define EVERYTHING (ABI_READ | ABI_WRITE | ABI_EXECUTE)

/* The guest's pages. */
#define CODE     0x0000u
#define PML4     0x1000u
#define PDPT     0x2000u
#define PD       0x3000u
#define GDT      0x4000u
#define IDT      0x5000u
#define HANDLERS 0x6000u /* one each 16 bytes, for vectors 0 to 255 */
#define STACK    0x8000u /* one page; RSP is its end */
#define RSP      (STACK + PAGE_SIZE)

#define REAL_CODE    0x600u
#define REAL_HANDLER 0x700u

#define CR0_START UINT64_C(0x80010033)
#define VECTOR_BD 0x2000u /* of DR6: a debug register was touched */

static int wrong;
static const char *name;
static uint64_t vm, memory, vcpu;

static void expect(const char *what, int64_t found, int64_t expected)
{
    if (found == expected)
        return;
    wrong++;
    print("# failed: %s: %s: expected 0x%lx, found 0x%lx\n", name, what, (unsigned long)expected,
          (unsigned long)found);
    if (PAGE_AT->exit == ABI_EXIT_ENTRY_FAILED)
        print("# %s\n", PAGE_AT->why);
}

/* --- a guest of a few bytes ------------------------------------------------------------------- */

static volatile uint64_t *word(uint64_t address)
{
    return (volatile uint64_t *)(MEMORY_AT + address);
}

static void put(uint64_t address, const char *code, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        ((volatile char *)MEMORY_AT)[address + i] = code[i];
}
#define PUT(address, code) put(address, code, sizeof(code) - 1)

#define VMCALL "\x0f\x01\xc1"
#define IRETQ  "\x48\xcf"
#define SPIN   "\xb9\x00\x10\x00\x00\xe2\xfe\xf4" /* mov $4096, %ecx; 1: loop 1b; hlt */

static uint64_t handler(unsigned vector)
{
    return HANDLERS + 16 * (uint64_t)vector;
}

/* Each vector says that it was taken, by VMCALL, and goes back. */
static void make_tables(void)
{
    *word(PML4) = PDPT | PAGE_PRESENT | PAGE_WRITABLE;
    *word(PDPT) = PD | PAGE_PRESENT | PAGE_WRITABLE;
    *word(PD) = PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE;
    *word(GDT + 8) = UINT64_C(0x00af9b000000ffff);
    *word(GDT + 16) = UINT64_C(0x00cf93000000ffff);
    for (unsigned v = 0; v < 256; v++) {
        *word(IDT + 16 * v) = UINT64_C(0x00008e0000080000) | handler(v);
        *word(IDT + 16 * v + 8) = 0;
        PUT(handler(v), VMCALL IRETQ);
    }
}

static void set_state(struct abi_vcpu *page)
{
    page->state.rip = CODE;
    page->state.rsp = RSP;
    page->state.rflags = RFLAGS_FIXED;
    page->state.cr3 = PML4;
    page->state.gdtr = (struct abi_table){GDT, 0x17};
    page->state.idtr = (struct abi_table){IDT, 0xfff};
    page->parts = ABI_PART_RIP | ABI_PART_CONTROL | ABI_PART_SEGMENTS;
    page->halt_exits = 1;
}

static void begin(const char *what)
{
    name = what;
    vm = (uint64_t)sys_vm_create();
    memory = (uint64_t)sys_memory_create(BYTES);
    expect("memory", sys_memory_map(memory, 0, MEMORY_AT, BYTES, ABI_READ | ABI_WRITE), 0);
    expect("VM_MAP", sys_vm_map(vm, memory, 0, 0, BYTES, EVERYTHING), 0);
    vcpu = (uint64_t)sys_vcpu_create(vm, (uintptr_t)PAGE_AT);
    make_tables();
    set_state(PAGE_AT);
}

static void end(void)
{
    expect("the vCPU is closed", sys_close(vcpu), 0);
    expect("the VM is closed", sys_close(vm), 0);
    expect("the memory is closed", sys_close(memory), 0);
    (void)sys_memory_unmap((uintptr_t)PAGE_AT, PAGE_SIZE);
    (void)sys_memory_unmap(MEMORY_AT, BYTES);
}

static void run(const char *what, int64_t exit)
{
    expect("VCPU_RUN", sys_vcpu_run(vcpu), 0);
    expect(what, PAGE_AT->exit, exit);
}

/* The guest runs until it says that it took `vector`. */
static void run_to_vector(const char *what, unsigned vector)
{
    run(what, ABI_EXIT_HYPERCALL);
    expect(what, (int64_t)PAGE_AT->state.rip, (int64_t)handler(vector));
}

/* --- the cases -------------------------------------------------------------------------------- */

/* Another vCPU that is made, or goes, on the same processor changes nothing for the first. */
static void another_vcpu(void)
{
    int64_t second;

    begin("another vCPU comes and goes");
    PUT(CODE, VMCALL VMCALL VMCALL VMCALL);
    run("the first exit", ABI_EXIT_HYPERCALL);
    second = sys_vcpu_create(vm, (uintptr_t)SECOND_AT);
    expect("the second vCPU is made", second > 0, 1);
    PAGE_AT->resume = ABI_SKIP;
    run("after it was made", ABI_EXIT_HYPERCALL);
    expect("one instruction further", (int64_t)PAGE_AT->state.rip, CODE + 3);
    expect("read", sys_vcpu_read((uint64_t)second), 0);
    expect("closed", sys_close((uint64_t)second), 0);
    PAGE_AT->resume = ABI_SKIP;
    run("after it is gone", ABI_EXIT_HYPERCALL);
    expect("two instructions further", (int64_t)PAGE_AT->state.rip, CODE + 6);
    (void)sys_memory_unmap((uintptr_t)SECOND_AT, PAGE_SIZE);
    end();
}

/* SDM: "Information for VM Exits That Occur During Event Delivery": an NMI, too, comes again. */
static void nmi_cut_off(void)
{
    begin("an NMI whose stack is not there");
    PUT(CODE, SPIN);
    expect("the stack goes", sys_vm_unmap(vm, STACK, PAGE_SIZE), 0);
    expect("an NMI", sys_vcpu_nmi(vcpu), 0);
    run("its delivery is cut off", ABI_EXIT_MEMORY);
    expect("at the stack", (int64_t)PAGE_AT->memory.address & ~0xfff, STACK);
    expect("the stack comes", sys_vm_map(vm, memory, STACK, STACK, PAGE_SIZE, EVERYTHING), 0);
    run_to_vector("it is delivered", VECTOR_NMI);
    end();
}

/* What was chosen for the next entry is not lost when VCPU_RUN returns without one. */
static void kick_and_interrupt(void)
{
    begin("a kick beside an interrupt");
    PUT(CODE, SPIN);
    PAGE_AT->state.rflags |= RFLAGS_IF;
    expect("an interrupt", sys_vcpu_interrupt(vcpu, 0x30), 0);
    expect("a kick", sys_vcpu_kick(vcpu), 0);
    run("the kick", ABI_EXIT_KICKED);
    expect("another interrupt", sys_vcpu_interrupt(vcpu, 0x31), 0);
    run_to_vector("the higher one first", 0x31);
    PAGE_AT->resume = ABI_SKIP;
    run_to_vector("then the other", 0x30);
    end();
}

/* SDM: "INT n/INTO/INT3/INT1": INT1 is a trap, whose handler returns after it. */
static void int1(void)
{
    begin("INT1");
    PUT(CODE, "\xf1\xf4");
    run_to_vector("#DB", VECTOR_DEBUG);
    expect("it returns after INT1", (int64_t)*word(RSP - 40), CODE + 1);
    PAGE_AT->resume = ABI_SKIP;
    run("HLT", ABI_EXIT_HALT);
    end();
}

/* SDM: "Debug Registers": #DB by DR7.GD clears GD, so that its handler may use them. */
static void general_detect(void)
{
    begin("DR7.GD");
    /* mov $0x2400, %eax; mov %rax, %dr7; mov %dr0, %rcx */
    PUT(CODE, "\xb8\x00\x24\x00\x00\x0f\x23\xf8\x0f\x21\xc1");
    PUT(handler(VECTOR_DEBUG), "\x0f\x21\xf0" VMCALL); /* mov %dr6, %rax */
    run("the handler reads DR6", ABI_EXIT_HYPERCALL);
    expect("and says BD", PAGE_AT->rax & VECTOR_BD, VECTOR_BD);
    end();
}

/* SDM: "VM-Entry Control Fields": no error code where CR0.PE is 0. */
static void real_mode(void)
{
    struct abi_state *state = &PAGE_AT->state;

    begin("#GP in real mode");
    PUT(REAL_CODE, "\xf4\x66\xb9\x80\x04\x00\x00\x0f\x32"); /* hlt; mov $0x480, %ecx; rdmsr */
    PUT(REAL_HANDLER, "\xf4");
    *word(0x30) = (uint64_t)REAL_HANDLER << 32; /* vector 13: the upper half of a word */
    state->rip = REAL_CODE;
    state->cr0 = 0x30;
    state->cr4 = state->efer = 0;
    state->idtr = (struct abi_table){0, 0x3ff};
    for (unsigned i = 0; i < 6; i++)
        state->segment[i] = (struct abi_segment){.access = ACCESS_REAL, .limit = LIMIT_64K};
    expect("VCPU_RUN", sys_vcpu_run(vcpu), 0);
    if (PAGE_AT->exit == ABI_EXIT_ENTRY_FAILED) {
        print("# no real mode here: %s\n", PAGE_AT->why);
    } else {
        expect("it halts", PAGE_AT->exit, ABI_EXIT_HALT);
        PAGE_AT->resume = ABI_SKIP;
        run("the handler halts", ABI_EXIT_HALT);
        expect("there", (int64_t)state->rip, REAL_HANDLER);
    }
    end();
}

/* SDM: "MOV - Move to/from Control Registers": 64-bit mode is not left by clearing CR0.PG. */
static void paging_off(void)
{
    begin("CR0.PG cleared in 64-bit mode");
    /* mov %cr0, %rax; btr $31, %eax; mov %rax, %cr0 */
    PUT(CODE, "\x0f\x20\xc0\x0f\xba\xf0\x1f\x0f\x22\xc0");
    run_to_vector("#GP", VECTOR_GENERAL_PROTECTION);
    end();
}

static void kernel_gs_base(void)
{
    begin("IA32_KERNEL_GS_BASE from the page");
    PUT(CODE, "\xb9\x02\x01\x00\xc0\x0f\x32" VMCALL); /* mov $0xc0000102, %ecx; rdmsr */
    PAGE_AT->state.kernel_gs_base = 0x1234000;
    PAGE_AT->parts |= ABI_PART_SYSCALL;
    run("the guest reads it", ABI_EXIT_HYPERCALL);
    expect("and finds it", (int64_t)PAGE_AT->rax, 0x1234000);
    PAGE_AT->state.kernel_gs_base = UINT64_C(1) << 63;
    PAGE_AT->parts = ABI_PART_SYSCALL | ABI_PART_RIP;
    PAGE_AT->state.rip = CODE;
    run("one that is not canonical", ABI_EXIT_HYPERCALL);
    expect("is not taken", (int64_t)PAGE_AT->rax, 0x1234000);
    end();
}

/* SDM: "Interrupt 8 - Double Fault Exception (#DF)": a third one ends the guest. */
static void fault_in_a_double_fault(void)
{
    begin("a fault while #DF is delivered");
    PUT(CODE, "\x0f\x0b"); /* ud2 */
    expect("the stack goes", sys_vm_unmap(vm, STACK, PAGE_SIZE), 0);
    PAGE_AT->resume = ABI_EXCEPTION;
    PAGE_AT->exception_vector = VECTOR_DOUBLE_FAULT;
    run("#DF is cut off", ABI_EXIT_MEMORY);
    PAGE_AT->resume = ABI_EXCEPTION;
    PAGE_AT->exception_vector = VECTOR_GENERAL_PROTECTION;
    run("#GP on top of it", ABI_EXIT_SHUTDOWN);
    end();
}

/* An interrupt that was cut off, and an exception on top of it: both come. */
static void exception_on_an_interrupt(void)
{
    begin("an exception while an interrupt is delivered");
    PUT(CODE, SPIN);
    PAGE_AT->state.rflags |= RFLAGS_IF;
    expect("the stack goes", sys_vm_unmap(vm, STACK, PAGE_SIZE), 0);
    expect("an interrupt", sys_vcpu_interrupt(vcpu, 0x30), 0);
    run("its delivery is cut off", ABI_EXIT_MEMORY);
    expect("the stack comes", sys_vm_map(vm, memory, STACK, STACK, PAGE_SIZE, EVERYTHING), 0);
    PAGE_AT->resume = ABI_EXCEPTION;
    PAGE_AT->exception_vector = VECTOR_INVALID_OPCODE;
    run_to_vector("the exception", VECTOR_INVALID_OPCODE);
    PAGE_AT->resume = ABI_SKIP;
    run_to_vector("then the interrupt", 0x30);
    end();
}

/* What was to be delivered by an entry that was refused is not lost. */
static void refused_with_an_interrupt(void)
{
    begin("an entry refused with an interrupt");
    PUT(CODE, SPIN);
    PAGE_AT->state.rflags = RFLAGS_IF;
    expect("an interrupt", sys_vcpu_interrupt(vcpu, 0x30), 0);
    run("refused", ABI_EXIT_ENTRY_FAILED);
    PAGE_AT->state.rflags |= RFLAGS_FIXED;
    PAGE_AT->parts = ABI_PART_RIP;
    expect("another one", sys_vcpu_interrupt(vcpu, 0x31), 0);
    run("one of them", ABI_EXIT_HYPERCALL);
    PAGE_AT->resume = ABI_SKIP;
    run("and the other", ABI_EXIT_HYPERCALL);
    end();
}

/* Each vCPU has its own APIC id, and one is the boot processor. */
static void numbers(void)
{
    static const uint64_t base[] = {0x100, 0};

    begin("two vCPUs of a VM");
    /* mov $0x1b, %ecx; rdmsr; vmcall; mov $1, %eax; cpuid; vmcall */
    PUT(CODE, "\xb9\x1b\x00\x00\x00\x0f\x32" VMCALL "\xb8\x01\x00\x00\x00\x0f\xa2" VMCALL);
    for (uint64_t i = 0; i < 2; i++) {
        run("RDMSR", ABI_EXIT_HYPERCALL);
        expect("IA32_APIC_BASE", (int64_t)PAGE_AT->rax, (int64_t)base[i]);
        PAGE_AT->resume = ABI_SKIP;
        run("CPUID", ABI_EXIT_HYPERCALL);
        expect("the APIC id", (int64_t)PAGE_AT->rbx >> 24, (int64_t)i);
        if (i)
            break;
        expect("closed", sys_close(vcpu), 0);
        (void)sys_memory_unmap((uintptr_t)PAGE_AT, PAGE_SIZE);
        vcpu = (uint64_t)sys_vcpu_create(vm, (uintptr_t)PAGE_AT);
        set_state(PAGE_AT);
    }
    end();
}

static void cpuid_is_fixed(void)
{
    begin("VM_CPUID after the first vCPU");
    expect("refused", sys_vm_cpuid(vm, 1, 0, 2, 1 << 28), -ABI_E_BUSY);
    end();
}

int main(const struct abi_info *info)
{
    (void)info;
    another_vcpu();
    nmi_cut_off();
    kick_and_interrupt();
    int1();
    general_detect();
    real_mode();
    paging_off();
    kernel_gs_base();
    fault_in_a_double_fault();
    exception_on_an_interrupt();
    refused_with_an_interrupt();
    numbers();
    cpuid_is_fixed();
    return wrong;
}
