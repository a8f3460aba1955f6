/* SPDX-License-Identifier: BSD-2-Clause */
/* speculation.c - see speculation.h. */
#include "speculation.h"

#include "arch/console.h"
#include "arch/smp.h"

struct mitigations mitigations PUBLISHED;
uint64_t speculation_switches;

void fill_returns(void); /* speculation.S */

uint64_t speculation_new_owner(void)
{
    static uint64_t number;

    return __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
}

/* IBPB need not clear the predictions of returns. */
void speculation_switch(uint64_t *last, uint64_t next)
{
    if (*last == next)
        return;
    *last = next;
    __atomic_fetch_add(&speculation_switches, 1, __ATOMIC_RELAXED);
    if (mitigations.barrier_on_switch)
        wrmsr(MSR_IA32_PRED_CMD, 1);
    if (mitigations.fill_returns)
        fill_returns();
}

static void set_up(void *unused)
{
    (void)unused;
    if (mitigations.enhanced_ibrs)
        (void)wrmsr_safe(MSR_IA32_SPEC_CTRL, 1);
}

void speculation_init(const struct cpu_identity *cpu, bool off)
{
    struct mitigation_input input = {.cpu = cpu, .off = off};

    input.has_capabilities = has_any(cpu->features, BIT64(FEATURE_arch_capabilities)) &&
                             rdmsr_safe(MSR_IA32_ARCH_CAPABILITIES, &input.capabilities);
    mitigations_decide(&mitigations, &input, &console);
    user_clear_buffers = mitigations.clear_buffers;
    smp_call_all(set_up, NULL);
}
