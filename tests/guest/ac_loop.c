/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ac_loop.c - in ring 3 with an unaligned stack, #AC's own delivery would fault again for ever
 * (CVE-2015-5307): each is an exit, so that the guest can be stopped.
 */
#include "bit_list.h"
#include "guest.h"

int main(void)
{
    uint64_t cr0;

    catch_all();
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | BIT64(CR0_am)));
    __asm__ volatile("pushfq\norq %0, (%%rsp)\npopfq" : : "i"(RFLAGS_AC) : "memory", "cc");
    for (;;)
        __asm__ volatile("movl 1(%%rsp), %%eax\ncpuid" : : : "rax", "rbx", "rcx", "rdx");
}
