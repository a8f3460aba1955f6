/* SPDX-License-Identifier: BSD-2-Clause */
/* platform.c - see platform.h. */
#include "platform.h"

#include "arch/cpuid.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "machine.h"
#include "msr/read.h"

static struct platform learned PUBLISHED;

/* By the processors' numbers. */
static struct cpu_identity cpus[CPUS_MAX] PUBLISHED;
static struct msr_policy raws[CPUS_MAX] PUBLISHED;
static uint64_t feature_controls[CPUS_MAX] PUBLISHED;
static enum feature_control_state states[CPUS_MAX] PUBLISHED;

static void probe_here(void *unused)
{
    unsigned n = this_cpu()->number;

    (void)unused;
    cpu_identify(&cpus[n]);
    msr_policy_read_raw(&raws[n], cpus[n].vmx);
    states[n] = cpus[n].vmx ? vmx_feature_control(&feature_controls[n]) : FC_ABSENT;
}

/* VMX is used when every processor may: the first one that may not is the machine's state. */
static void take_feature_control(void)
{
    unsigned which = 0;

    for (unsigned i = 0; i < cpu_count() && vmx_usable(states[which]); i++)
        if (!vmx_usable(states[i]))
            which = i;
    learned.feature_control_state = states[which];
    learned.feature_control = feature_controls[which];
    learned.has_feature_control = learned.cpu.vmx && states[which] != FC_ABSENT;
}

void platform_learn(const struct policy_masks *masks, const struct vm_features *guests)
{
    const struct policy_input input = {
        .raw = raws, .cpu = cpus, .count = cpu_count(), .masks = masks};

    smp_call_all(probe_here, NULL);
    learned.processors = (struct processors){
        .count = cpu_count(), .cpu = cpus, .raw = raws, .feature_control = feature_controls};
    learned.cpu = cpus[0];
    learned.raw = raws[0];
    sane_check(&learned.findings, &learned.raw);
    msr_policy_decide(&learned.host, &input, &learned.host_reasons);
    msr_policy_guest(&learned.guest, &learned.host, guests, &learned.guest_reasons);
    take_feature_control();
}

const struct platform *platform(void)
{
    return &learned;
}

const struct msr_policy *host_policy(void)
{
    return &learned.host;
}

const char *platform_why_no_vmx(void)
{
    if (!learned.cpu.vmx)
        return "no VMX: CPUID.1:ECX bit 5 is 0";
    if (!vmx_usable(learned.feature_control_state))
        return "VMX is off: see the line that begins with vmx:";
    return NULL;
}
