/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * insn.h - one wrapper for each privileged (or otherwise special) instruction; no other C file
 * contains assembly.
 *
 * A wrapper that may fault and says so (rdmsr_safe and its like) clears CF, executes the
 * instruction under label 1, and gives its address to the exception table; the trap handler goes
 * on at label 2 with CF set. None of these instructions changes CF when it succeeds, but for the
 * VMX instructions, which use CF and ZF themselves and need another way (see vmx_result).
 */
#ifndef LINTEL_ARCH_INSN_H
#define LINTEL_ARCH_INSN_H

#include "bit_list.h"
#include "x86.h"

/* An exception-table entry: two signed 32-bit distances (trap.c reads them). */
#define EXTABLE_ENTRY(instruction, resume) \
    ".pushsection .extable, \"a\"\n"       \
    ".long " #instruction " - .\n"         \
    ".long " #resume " - .\n"              \
    ".popsection\n"

#define PORT_INSTRUCTIONS(suffix, type)                                       \
    static inline void out##suffix(uint16_t port, type value)                 \
    {                                                                         \
        __asm__ volatile("out" #suffix " %0, %1" : : "a"(value), "Nd"(port)); \
    }                                                                         \
    static inline type in##suffix(uint16_t port)                              \
    {                                                                         \
        type value;                                                           \
        __asm__ volatile("in" #suffix " %1, %0" : "=a"(value) : "Nd"(port));  \
        return value;                                                         \
    }
PORT_INSTRUCTIONS(b, uint8_t)
PORT_INSTRUCTIONS(w, uint16_t)
PORT_INSTRUCTIONS(l, uint32_t)

static inline void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(regs[0]), "=b"(regs[1]), "=c"(regs[2]), "=d"(regs[3])
                     : "a"(leaf), "c"(subleaf));
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* False when the generator had no number ready. Only where CPUID.1:ECX bit 30 is set. */
static inline bool rdrand(uint64_t *value)
{
    bool ready;

    __asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(ready));
    return ready;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

/* False, and *value untouched, when the MSR does not exist or cannot be read. */
static inline bool rdmsr_safe(uint32_t msr, uint64_t *value)
{
    uint32_t low, high;
    bool faulted;

    __asm__ volatile("clc\n1: rdmsr\n2:\n" EXTABLE_ENTRY(1b, 2b)
                     : "=@ccc"(faulted), "=a"(low), "=d"(high)
                     : "c"(msr));
    if (faulted)
        return false;
    *value = (uint64_t)high << 32 | low;
    return true;
}

/* False when the write faulted: no such MSR, or a value that it does not take. */
static inline bool wrmsr_safe(uint32_t msr, uint64_t value)
{
    bool faulted;

    __asm__ volatile("clc\n1: wrmsr\n2:\n" EXTABLE_ENTRY(1b, 2b)
                     : "=@ccc"(faulted)
                     : "c"(msr), "a"(low32(value)), "d"(high32(value))
                     : "memory");
    return !faulted;
}

/* For an MSR that is known to exist and to take the value. */
static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"(low32(value)), "d"(high32(value)) : "memory");
}

static inline void invlpg(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* Copies `size` bytes; false when one of them faulted (those before it are copied). */
static inline bool copy_safe(void *to, const void *from, size_t size)
{
    __asm__ volatile("1: rep movsb\n2:\n" EXTABLE_ENTRY(1b, 2b)
                     : "+D"(to), "+S"(from), "+c"(size)
                     :
                     : "memory", "cc");
    return size == 0;
}

/* `bytes` is a multiple of 8. */
static inline void zero_words(void *to, size_t bytes)
{
    size_t count = bytes / 8;

    __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(UINT64_C(0)) : "memory");
}

/* STAC lets the kernel reach pages of ring 3, CLAC ends that. Only where CR4.SMAP may be 1. */
static inline void stac(void)
{
    __asm__ volatile("stac" : : : "memory", "cc");
}

static inline void clac(void)
{
    __asm__ volatile("clac" : : : "memory", "cc");
}

/* Raises #UD; true when it came and was taken by the exception table (self-test of the traps). */
static inline bool undefined_safe(void)
{
    bool faulted;

    __asm__ volatile("clc\n1: ud2\n2:\n" EXTABLE_ENTRY(1b, 2b) : "=@ccc"(faulted));
    return faulted;
}

/* Reads 8 bytes; false when the address faulted. */
static inline bool load_safe(const void *address, uint64_t *value)
{
    uint64_t loaded = 0;
    bool faulted;

    __asm__ volatile("clc\n1: movq (%2), %1\n2:\n" EXTABLE_ENTRY(1b, 2b)
                     : "=@ccc"(faulted), "+r"(loaded)
                     : "r"(address)
                     : "memory");
    *value = loaded;
    return !faulted;
}

/* Writes 8 bytes; false when the address faulted. For tests of what must not be written. */
static inline bool store_safe(const void *address, uint64_t value)
{
    bool faulted;

    __asm__ volatile("clc\n1: movq %1, (%2)\n2:\n" EXTABLE_ENTRY(1b, 2b)
                     : "=@ccc"(faulted)
                     : "r"(value), "r"(address)
                     : "memory");
    return !faulted;
}

#define CONTROL_REGISTER(n)                                                \
    static inline uint64_t read_cr##n(void)                                \
    {                                                                      \
        uint64_t value;                                                    \
        __asm__ volatile("mov %%cr" #n ", %0" : "=r"(value) : : "memory"); \
        return value;                                                      \
    }                                                                      \
    static inline void write_cr##n(uint64_t value)                         \
    {                                                                      \
        __asm__ volatile("mov %0, %%cr" #n : : "r"(value) : "memory");     \
    }
CONTROL_REGISTER(0)
CONTROL_REGISTER(2)
CONTROL_REGISTER(3)
CONTROL_REGISTER(4)

static inline uint64_t read_dr7(void)
{
    uint64_t value;

    __asm__ volatile("mov %%dr7, %0" : "=r"(value));
    return value;
}

static inline void write_dr7(uint64_t value)
{
    __asm__ volatile("mov %0, %%dr7" : : "r"(value));
}

/* Writes back and invalidates the caches. */
static inline void wbinvd(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
}

static inline uint64_t read_rflags(void)
{
    uint64_t value;

    __asm__ volatile("pushfq\npopq %0" : "=r"(value) : : "memory");
    return value;
}

#define SEGMENT_SELECTOR(name)                                 \
    static inline uint16_t read_##name(void)                   \
    {                                                          \
        uint16_t value;                                        \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value)); \
        return value;                                          \
    }
SEGMENT_SELECTOR(cs)
SEGMENT_SELECTOR(ds)
SEGMENT_SELECTOR(es)
SEGMENT_SELECTOR(fs)
SEGMENT_SELECTOR(gs)
SEGMENT_SELECTOR(ss)

static inline uint16_t read_tr(void)
{
    uint16_t value;

    __asm__ volatile("str %0" : "=r"(value));
    return value;
}

/* The operand of LGDT, LIDT, SGDT and SIDT. */
struct PACKED descriptor_table {
    uint16_t limit;
    uint64_t base;
};

static inline void lgdt(const struct descriptor_table *table)
{
    __asm__ volatile("lgdt %0" : : "m"(*table) : "memory");
}

static inline void lidt(const struct descriptor_table *table)
{
    __asm__ volatile("lidt %0" : : "m"(*table) : "memory");
}

static inline void sgdt(struct descriptor_table *table)
{
    __asm__ volatile("sgdt %0" : "=m"(*table));
}

static inline void sidt(struct descriptor_table *table)
{
    __asm__ volatile("sidt %0" : "=m"(*table));
}

static inline void ltr(uint16_t selector)
{
    __asm__ volatile("ltr %0" : : "r"(selector) : "memory");
}

/* Loads CS by a far return, and the data segments; both must be in the current GDT. */
static inline void load_segments(uint64_t code, uint32_t data)
{
    __asm__ volatile("pushq %0\n"
                     "leaq 1f(%%rip), %%rax\n"
                     "pushq %%rax\n"
                     "lretq\n"
                     "1: movl %1, %%ds\n"
                     "movl %1, %%es\n"
                     "movl %1, %%fs\n"
                     "movl %1, %%gs\n"
                     "movl %1, %%ss\n"
                     :
                     : "r"(code), "r"(data)
                     : "rax", "memory");
}

/* Raises #UD, which nobody takes. */
static inline void undefined(void)
{
    __asm__ volatile("ud2");
}

/* Points RSP to where nothing is mapped and pushes: #PF, whose own push faults again: #DF. */
static inline void lose_stack(void)
{
    __asm__ volatile("xorl %%esp, %%esp\n"
                     "pushq %%rax" ::
                         : "memory");
}

/* Waits until earlier stores are done, those to write-combining memory too. */
static inline void store_fence(void)
{
    __asm__ volatile("sfence" : : : "memory");
}

/*
 * Other processors see earlier stores before the effects of what follows: WRMSR to an x2APIC
 * register or to IA32_TSC_DEADLINE does not wait for stores by itself. SDM: "x2APIC Register
 * Address Space", "TSC- Deadline Mode".
 */
static inline void memory_fence(void)
{
    __asm__ volatile("mfence\nlfence" : : : "memory");
}

static inline void cpu_relax(void)
{
    __asm__ volatile("pause");
}

static inline void disable_interrupts(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void enable_interrupts(void)
{
    __asm__ volatile("sti" : : : "memory");
}

/* Interrupts on, and no instruction between that and the wait: none is missed. Off again after. */
static inline void wait_for_interrupt(void)
{
    __asm__ volatile("sti\nhlt\ncli" : : : "memory");
}

/* Takes pending interrupts: STI takes effect after the NOP. */
static inline void take_interrupts(void)
{
    __asm__ volatile("sti\nnop\ncli" : : : "memory");
}

/* Stops this processor for good; an NMI or SMI wakes it only to stop again. */
static inline NORETURN void halt_forever(void)
{
    for (;;)
        __asm__ volatile("cli\nhlt");
}

/* --- VMX instructions. SDM: "VMX Instruction Reference", "Conventions" ------------------------ */

enum vmx_result {
    VMX_SUCCEED,
    VMX_FAIL_INVALID, /* CF: no current VMCS, or it was not used */
    VMX_FAIL_VALID,   /* ZF: the VM-instruction error field says why */
    VMX_FAULT,        /* #UD or #GP: VMX is off, or the operand is not acceptable */
};

/* A faulting instruction is skipped with CF and ZF both set, which no VMX instruction does. */
#define VMX_OUTPUTS(carry, zero) "=@ccc"(carry), "=@ccz"(zero)

static inline enum vmx_result vmx_result_of(bool carry, bool zero)
{
    if (carry && zero)
        return VMX_FAULT;
    if (carry)
        return VMX_FAIL_INVALID;
    return zero ? VMX_FAIL_VALID : VMX_SUCCEED;
}

#define VMX_ADDRESS_INSTRUCTION(name)                                  \
    static inline MUST_CHECK enum vmx_result name(uint64_t physical)   \
    {                                                                  \
        bool carry, zero;                                              \
        __asm__ volatile("1: " #name " %2\n2:\n" EXTABLE_ENTRY(1b, 2b) \
                         : VMX_OUTPUTS(carry, zero)                    \
                         : "m"(physical)                               \
                         : "memory");                                  \
        return vmx_result_of(carry, zero);                             \
    }
VMX_ADDRESS_INSTRUCTION(vmxon)
VMX_ADDRESS_INSTRUCTION(vmclear)
VMX_ADDRESS_INSTRUCTION(vmptrld)

static inline MUST_CHECK enum vmx_result vmxoff(void)
{
    bool carry, zero;

    __asm__ volatile("1: vmxoff\n2:\n" EXTABLE_ENTRY(1b, 2b)
                     : VMX_OUTPUTS(carry, zero)
                     :
                     : "memory");
    return vmx_result_of(carry, zero);
}

static inline MUST_CHECK enum vmx_result vmread(uint64_t field, uint64_t *value)
{
    uint64_t read = 0;
    bool carry, zero;

    __asm__ volatile("1: vmread %3, %2\n2:\n" EXTABLE_ENTRY(1b, 2b)
                     : VMX_OUTPUTS(carry, zero), "+r"(read)
                     : "r"(field));
    *value = read;
    return vmx_result_of(carry, zero);
}

static inline MUST_CHECK enum vmx_result vmwrite(uint64_t field, uint64_t value)
{
    bool carry, zero;

    __asm__ volatile("1: vmwrite %3, %2\n2:\n" EXTABLE_ENTRY(1b, 2b)
                     : VMX_OUTPUTS(carry, zero)
                     : "r"(field), "r"(value));
    return vmx_result_of(carry, zero);
}

/* SDM: "INVEPT" and "INVVPID": the type in a register, a descriptor of 16 bytes in memory. */
#define VMX_INVALIDATE(name)                                                          \
    static inline MUST_CHECK enum vmx_result name##_with(uint64_t type, uint64_t low, \
                                                         uint64_t high)               \
    {                                                                                 \
        const uint64_t descriptor[2] = {low, high};                                   \
        bool carry, zero;                                                             \
        __asm__ volatile("1: " #name " %2, %3\n2:\n" EXTABLE_ENTRY(1b, 2b)            \
                         : VMX_OUTPUTS(carry, zero)                                   \
                         : "m"(descriptor), "r"(type)                                 \
                         : "memory");                                                 \
        return vmx_result_of(carry, zero);                                            \
    }
VMX_INVALIDATE(invept)
VMX_INVALIDATE(invvpid)

static inline MUST_CHECK enum vmx_result invept(uint64_t type, uint64_t ept_pointer)
{
    return invept_with(type, ept_pointer, 0);
}

static inline MUST_CHECK enum vmx_result invvpid(uint64_t type, uint16_t vpid, uint64_t address)
{
    return invvpid_with(type, vpid, address);
}

/* --- state of guests that no VMCS holds ------------------------------------------------------- */

static inline void write_xcr0(uint64_t value)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"(low32(value)), "d"(high32(value)) : "memory");
}

static inline void clear_task_switched(void)
{
    __asm__ volatile("clts" : : : "memory");
}

/* `area` is aligned to 64 bytes (16 for the old form); the components of `mask`. */
static inline void xsave(void *area, uint64_t mask)
{
    __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(low32(mask)), "d"(high32(mask)) : "memory");
}

static inline void xrstor(const void *area, uint64_t mask)
{
    __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(low32(mask)), "d"(high32(mask)) : "memory");
}

static inline void fxsave(void *area)
{
    __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void fxrstor(const void *area)
{
    __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

#define DEBUG_REGISTER(n)                                     \
    static inline uint64_t read_dr##n(void)                   \
    {                                                         \
        uint64_t value;                                       \
        __asm__ volatile("mov %%dr" #n ", %0" : "=r"(value)); \
        return value;                                         \
    }                                                         \
    static inline void write_dr##n(uint64_t value)            \
    {                                                         \
        __asm__ volatile("mov %0, %%dr" #n : : "r"(value));   \
    }
DEBUG_REGISTER(0)
DEBUG_REGISTER(1)
DEBUG_REGISTER(2)
DEBUG_REGISTER(3)
DEBUG_REGISTER(6)

/* Runs the handler of NMIs or machine checks, as if the event had come here. */
static inline void raise_nmi(void)
{
    __asm__ volatile("int $2" : : : "memory");
}

static inline void raise_machine_check(void)
{
    __asm__ volatile("int $18" : : : "memory");
}

/* --- speculation ------------------------------------------------------------------------------ */

/* With MD_CLEAR it clears buffers as well; the selector must be that of a writable segment. */
static inline void verw(const uint16_t *selector)
{
    __asm__ volatile("verw %0" : : "m"(*selector) : "cc");
}

#endif
