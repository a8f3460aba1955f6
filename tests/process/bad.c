/* SPDX-License-Identifier: BSD-2-Clause */
/* bad.c - a process that does one thing that it must not do: the first letter of its arguments says
 * which. It must not live to return. */
#include "user/calls.h"

static uint64_t data[4] = {0x0f, 0, 0, 0};

/* It ends some day for the compiler, and never on a stack of any size. */
static uint64_t overflow(volatile uint64_t *above, uint64_t depth)
{
    volatile uint64_t big[64];

    big[0] = above ? above[0] : 0;
    return depth ? overflow(big, depth - 1) + big[0] : 0;
}

static void jump(uint64_t address)
{
    ((void (*)(void))address)();
}

static volatile uintptr_t address_0; /* that it is 0 is for the processor to find out */

static void touch(const struct abi_info *info)
{
    switch (info->arguments[0]) {
    case 'a':
        *(volatile uint64_t *)address_0 = 1;
        break;
    case 'b':
        *(volatile uint64_t *)0xffffffff80100000 = 1;
        break;
    case 'c':
        (void)*(volatile uint64_t *)0xffff800000100000;
        break;
    case 'd':
        *(volatile uint32_t *)(uintptr_t)&main = 1;
        break;
    case 'e':
        *(volatile uint32_t *)(uintptr_t)info = 1;
        break;
    case 'f':
        jump((uintptr_t)data);
        break;
    case 'g':
        jump(0xffffffff80101000);
        break;
    case 'h':
        jump(0x0000900000000000);
        break;
    case 'i':
        (void)overflow(NULL, UINT64_MAX);
        break;
    default:
        break;
    }
}

static void execute(char which)
{
    switch (which) {
    case 'j':
        __asm__ volatile("ud2");
        break;
    case 'k':
        __asm__ volatile("hlt");
        break;
    case 'l':
        __asm__ volatile("inb $0x60, %%al" : : : "rax");
        break;
    case 'm':
        __asm__ volatile("mov %%cr3, %%rax" : : : "rax");
        break;
    case 'n':
        __asm__ volatile("wrmsr" : : "c"(0xc0000101), "a"(1), "d"(0));
        break;
    case 'o':
        __asm__ volatile("int $0x80");
        break;
    case 'p':
        __asm__ volatile("int $2");
        break;
    case 'q':
        __asm__ volatile("fninit");
        break;
    case 'r':
        __asm__ volatile("pushfq\norl $0x100, (%%rsp)\npopfq\nnop" : : : "memory", "cc");
        break;
    case 's':
        __asm__ volatile("int3");
        break;
    case 't':
        __asm__ volatile("sysenter");
        break;
    case 'u':
        __asm__ volatile("cli");
        break;
    case 'v':
        __asm__ volatile("vmcall");
        break;
    case 'w': /* a system call without a stack, and its return without one */
        __asm__ volatile("xorl %%esp, %%esp\nsyscall\npushq %%rax"
                         :
                         : "a"(ABI_VERSION_CALL)
                         : "memory");
        break;
    case 'x':
        __asm__ volatile("wrgsbase %%rax" : : "a"(1));
        break;
    case 'y':
        __asm__ volatile("vmxoff");
        break;
    default:
        break;
    }
}

int main(const struct abi_info *info)
{
    touch(info);
    execute(info->arguments[0]);
    return 0;
}
