/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * db_loop.c - a #DB whose delivery hits a breakpoint again, for ever (CVE-2015-8104): each is an
 * exit, so that the guest can be stopped.
 */
#include "guest.h"

extern const uint8_t stubs[];

int main(void)
{
    uint64_t rsp;

    catch_all();
    __asm__ volatile("mov %%rsp, %0" : "=r"(rsp));
    __asm__ volatile("mov %0, %%dr0" : : "r"((rsp & ~UINT64_C(15)) - 8));
    __asm__ volatile("mov %0, %%dr7" : : "r"(UINT64_C(0xb0701))); /* 8 bytes, read or written */
    __asm__ volatile("andq $-16, %%rsp\npushq $0\npushq $0" : : : "memory");
    for (;;)
        __asm__ volatile("pushq $0\npopq %%rax" : : : "rax", "memory");
}
