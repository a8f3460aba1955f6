/* SPDX-License-Identifier: BSD-2-Clause */
/* mitigate.c - see mitigate.h. */
#include "mitigate.h"

#include "arch/console.h"
#include "arch/smp.h"
#include "syscall.h"

struct mitigations mitigations PUBLISHED;

static void set_up(void *unused)
{
    (void)unused;
    if (mitigations.enhanced_ibrs)
        (void)wrmsr_safe(MSR_IA32_SPEC_CTRL, 1);
}

void mitigations_init(const struct cpu_identity *cpu, bool off)
{
    struct mitigation_input input = {.cpu = cpu, .off = off};

    input.has_capabilities = has_any(cpu->features, BIT64(FEATURE_arch_capabilities)) &&
                             rdmsr_safe(MSR_IA32_ARCH_CAPABILITIES, &input.capabilities);
    mitigations_decide(&mitigations, &input, &console);
    syscall_clear_buffers = mitigations.clear_buffers;
    smp_call_all(set_up, NULL);
}
