/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * abi.h - what the kernel offers to ring 3: the system calls, their numbers, errors and structures.
 * docs/abi.md explains it; the kernel and every process are compiled with this one file, and with
 * the list of the calls in abi_calls.def.
 *
 * A call: SYSCALL with the number in RAX and up to six arguments in RDI, RSI, RDX, R10, R8, R9. The
 * result is in RAX: 0 or more, or minus an ABI_E_ number. SYSCALL overwrites RCX and R11; all other
 * registers are kept. A process has no FPU: it is compiled for general registers only.
 *
 * A process names what it owns by handles of its own table. A closed handle is not given out again
 * soon, so that using it is an error and does not reach another object.
 */
#ifndef LINTEL_ABI_H
#define LINTEL_ABI_H

#include "abi_calls.def"
#include "base.h"

#define ABI_VERSION 1

/* The calls, and what each one takes and returns: abi_calls.def. Numbers follow each other. */
#define ABI_CALL_ENUM(number, NAME, ...) ABI_##NAME = (number),
enum abi_call { ABI_CALLS(ABI_CALL_ENUM, ) ABI_CALL_COUNT };
#undef ABI_CALL_ENUM

#define ABI_CALL_ONE(...) +1
_Static_assert(0 ABI_CALLS(ABI_CALL_ONE, ) == ABI_CALL_COUNT, "no number is left out");
#undef ABI_CALL_ONE

#define ABI_ERROR_ENUM(number, NAME, text) ABI_E_##NAME = (number),
enum abi_error { ABI_ERRORS(ABI_ERROR_ENUM) ABI_ERROR_COUNT };
#undef ABI_ERROR_ENUM

/* Takes the parentheses off a row's list of arguments. */
#define ABI_LIST(...) __VA_ARGS__

/* Rights of a mapping. In a process write and execute never go together; in a guest they may. */
enum abi_rights { ABI_READ = 1, ABI_WRITE = 2, ABI_EXECUTE = 4 };

/* Deadlines are in nanoseconds since boot, as ABI_TIME returns them. */
#define ABI_NEVER UINT64_MAX

/* Of the ready threads the highest priority runs. A thread can give others its own at most. */
enum { ABI_PRIORITY_LOWEST = 0, ABI_PRIORITY_NORMAL = 4, ABI_PRIORITY_HIGHEST = 7 };

/* --- what a process finds at its start ----------------------------------------------------------
 *
 * RIP is the ELF file's entry, RSP the top of a stack (16-byte aligned), RDI the address of this
 * page, which is read-only. Modules are handles of memory that can be mapped for reading.
 */
#define ABI_INFO_ADDRESS UINT64_C(0x00007f0000000000)
#define ABI_MODULES_MAX  8
#define ABI_NAME_SIZE    128

struct abi_module {
    uint64_t handle;
    uint64_t bytes;
    char name[ABI_NAME_SIZE]; /* its command line; always terminated by NUL */
};

struct abi_info {
    uint32_t version;
    uint32_t processors;
    uint64_t tsc_khz;
    uint64_t memory_bytes; /* how much the process may take */
    uint32_t module_count;
    uint32_t reserved;
    struct abi_module modules[ABI_MODULES_MAX];
    char arguments[ABI_NAME_SIZE]; /* for the process itself */
};
_Static_assert(sizeof(struct abi_info) <= PAGE_SIZE, "one page");

/* --- the page of a vCPU -------------------------------------------------------------------------
 *
 * The kernel maps it at the address given to VCPU_CREATE. The guest's general registers live in it:
 * nothing is copied at an exit. The process may write to it at any time; what it writes is taken
 * as the guest's state, and can harm no more than the guest.
 */

/* Why VCPU_RUN returned. */
enum abi_exit {
    ABI_EXIT_NONE,
    ABI_EXIT_IO,          /* a port access: `io`; go on by ABI_SKIP */
    ABI_EXIT_MEMORY,      /* an access that no mapping allows: `memory`; map, then retry */
    ABI_EXIT_HYPERCALL,   /* VMCALL: registers as the guest left them; go on by ABI_SKIP */
    ABI_EXIT_HALT,        /* HLT that nothing can end, or with `halt_exits`; ABI_SKIP */
    ABI_EXIT_SHUTDOWN,    /* triple fault: the guest has ended */
    ABI_EXIT_KICKED,      /* VCPU_KICK */
    ABI_EXIT_WINDOW,      /* `want_window`: the guest takes an interrupt now */
    ABI_EXIT_UNHANDLED,   /* an exit that the kernel does not handle: `vmx_reason` */
    ABI_EXIT_ENTRY_FAILED /* the state breaks a rule of VM entry: `why` names it */
};

/* The vectors below this one are exceptions. */
#define ABI_TIMER_VECTOR_MIN 16

/* How VCPU_RUN goes on. The kernel sets it back to ABI_RETRY. */
enum abi_resume {
    ABI_RETRY,     /* the same instruction again */
    ABI_SKIP,      /* after the instruction of the last exit */
    ABI_EXCEPTION, /* raise exception `exception_vector` (with `exception_error`) in the guest */
};

/* Which parts of `state` VCPU_RUN takes over; the kernel sets it to 0 then. */
enum abi_parts {
    ABI_PART_RIP = 1,       /* rip, rsp, rflags */
    ABI_PART_CONTROL = 2,   /* cr0, cr2, cr3, cr4, efer */
    ABI_PART_SEGMENTS = 4,  /* segment[], gdtr, idtr */
    ABI_PART_SYSCALL = 8,   /* star to sysenter_eip, pat */
    ABI_PART_ACTIVITY = 16, /* interruptibility */
    ABI_PARTS = 31
};

enum abi_io_flags { ABI_IO_IN = 1, ABI_IO_STRING = 2, ABI_IO_REPEAT = 4 };

struct abi_segment {
    uint16_t selector;
    uint16_t reserved;
    uint32_t access; /* as in a VMCS: ACCESS_ of vmcs_layouts.h */
    uint32_t limit;
    uint32_t reserved2;
    uint64_t base;
};

struct abi_table {
    uint64_t base;
    uint64_t limit;
};

/* SDM order of segment registers: ES, CS, SS, DS, FS, GS, LDTR, TR. */
#define ABI_SEGMENTS 8

struct abi_state {
    uint64_t rip, rsp, rflags;
    uint64_t cr0, cr2, cr3, cr4, efer;
    struct abi_segment segment[ABI_SEGMENTS];
    struct abi_table gdtr, idtr;
    uint64_t star, lstar, cstar, fmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t pat;
    uint32_t interruptibility; /* as in a VMCS: BLOCKING_ of vmcs_layouts.h */
    uint32_t reserved;
};

struct abi_vcpu {
    /* The general registers, in the order of the instruction set (rsp is in `state`). */
    uint64_t rax, rcx, rdx, rbx, unused_rsp, rbp, rsi, rdi;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;

    /* The last exit, written by the kernel. `state.rip` is always that of the exit. */
    uint32_t exit; /* enum abi_exit */
    uint32_t instruction_length;
    struct {
        uint16_t port;
        uint8_t bytes; /* of one access: 1, 2 or 4; OUT's value is in rax */
        uint8_t flags; /* enum abi_io_flags */
        uint32_t reserved;
    } io;
    struct {
        uint64_t address;     /* guest-physical */
        uint64_t linear;      /* where `linear_valid` */
        uint8_t access;       /* enum abi_rights: what the guest tried */
        uint8_t allowed;      /* enum abi_rights: what the mapping gives; 0: none */
        uint8_t linear_valid; /* 0 or 1 */
        uint8_t reserved[5];
    } memory;
    uint32_t vmx_reason; /* of every exit: the basic exit reason */
    uint32_t reserved;
    uint64_t vmx_qualification; /* of ABI_EXIT_UNHANDLED and ABI_EXIT_MEMORY */

    /* For the next VCPU_RUN, written by the process. */
    uint32_t resume; /* enum abi_resume */
    uint32_t parts;  /* enum abi_parts */
    uint32_t exception_vector;
    uint32_t exception_error;
    uint8_t halt_exits;   /* 1: HLT returns at once, else it waits for an interrupt in the kernel */
    uint8_t want_window;  /* 1: return as soon as the guest would take an interrupt */
    uint8_t timer_vector; /* 16 and up: the guest's TSC-deadline timer raises this vector */
    uint8_t reserved2[5];

    struct abi_state state;
    char why[256]; /* of ABI_EXIT_ENTRY_FAILED; terminated by NUL */
};
_Static_assert(sizeof(struct abi_vcpu) <= PAGE_SIZE, "one page");

#endif
