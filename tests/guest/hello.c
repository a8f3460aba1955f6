/* SPDX-License-Identifier: BSD-2-Clause */
/* hello.c - the guest that a monitor runs where none is given: it says who it is, waits for a timer
 * and powers off. */
#include "guest.h"
#include "string.h"

#define TICKS 3

static void wait_for_ticks(uint32_t khz)
{
    for (unsigned i = 1; i <= TICKS; i++) {
        expect(write_msr(MSR_IA32_TSC_DEADLINE, rdtsc() + khz), "the timer is set"); /* 1 ms */
        while (counts[GUEST_TIMER_VECTOR] < i)
            __asm__ volatile("sti\nhlt\ncli" : : : "memory");
    }
    print("%u timer ticks\n", TICKS);
}

int main(void)
{
    uint32_t r[4];
    char name[13] = "";

    catch_all();
    cpuid(0x40000000, 0, r);
    memcpy(name, &r[1], 12);
    print("hello; the hypervisor calls itself \"%s\"\n", name);
    expect(memcmp(name, "LintelLintel", 12) == 0, "the hypervisor's name");
    cpuid(1, 0, r);
    expect(!(r[2] & 1 << 5), "no VMX in CPUID");
    cpuid(0x40000010, 0, r);
    expect(r[0] > 0, "the TSC's frequency");
    wait_for_ticks(r[0]);
    return failures;
}
