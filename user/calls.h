/* SPDX-License-Identifier: BSD-2-Clause */
/* calls.h - the system calls as functions: include/abi.h has them. Results below 0 are errors. */
#ifndef LINTEL_USER_CALLS_H
#define LINTEL_USER_CALLS_H

#include "abi.h"

static inline int64_t call6(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                            uint64_t e, uint64_t f)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = f;
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static inline int64_t call3(uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static inline int64_t console_write(const void *text, size_t bytes)
{
    return call3(ABI_CONSOLE_WRITE, (uintptr_t)text, bytes, 0);
}

static inline uint64_t time_now(void)
{
    return (uint64_t)call3(ABI_TIME, 0, 0, 0);
}

static inline int64_t close_handle(uint64_t handle)
{
    return call3(ABI_CLOSE, handle, 0, 0);
}

static inline int64_t memory_new(uint64_t bytes)
{
    return call3(ABI_MEMORY_CREATE, bytes, 0, 0);
}

static inline int64_t memory_map(uint64_t memory, uint64_t offset, uint64_t address, uint64_t bytes,
                                 uint64_t rights)
{
    return call6(ABI_MEMORY_MAP, memory, offset, address, bytes, rights, 0);
}

static inline int64_t memory_unmap(uint64_t address, uint64_t bytes)
{
    return call3(ABI_MEMORY_UNMAP, address, bytes, 0);
}

static inline int64_t event_new(void)
{
    return call3(ABI_EVENT_CREATE, 0, 0, 0);
}

static inline int64_t event_wait(uint64_t event, uint64_t deadline)
{
    return call3(ABI_EVENT_WAIT, event, deadline, 0);
}

static inline int64_t event_signal(uint64_t event)
{
    return call3(ABI_EVENT_SIGNAL, event, 0, 0);
}

static inline int64_t thread_move(uint64_t processor)
{
    return call3(ABI_THREAD_MOVE, processor, 0, 0);
}

static inline int64_t vm_new(void)
{
    return call3(ABI_VM_CREATE, 0, 0, 0);
}

static inline int64_t vm_map(uint64_t vm, uint64_t memory, uint64_t offset, uint64_t guest,
                             uint64_t bytes, uint64_t rights)
{
    return call6(ABI_VM_MAP, vm, memory, offset, guest, bytes, rights);
}

static inline int64_t vm_unmap(uint64_t vm, uint64_t guest, uint64_t bytes)
{
    return call3(ABI_VM_UNMAP, vm, guest, bytes);
}

static inline int64_t vcpu_new(uint64_t vm, const struct abi_vcpu *page)
{
    return call3(ABI_VCPU_CREATE, vm, (uintptr_t)page, 0);
}

static inline int64_t vcpu_run(uint64_t vcpu)
{
    return call3(ABI_VCPU_RUN, vcpu, 0, 0);
}

static inline int64_t vcpu_read(uint64_t vcpu)
{
    return call3(ABI_VCPU_READ, vcpu, 0, 0);
}

/* The text of an error that a call returned. */
const char *abi_error_text(int64_t error);

#endif
