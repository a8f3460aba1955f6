/* SPDX-License-Identifier: BSD-2-Clause */
/* platform.c - see platform.h. */
#include "platform.h"

#include "arch/cpuid.h"
#include "arch/smp.h"
#include "msr/read.h"

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

static bool is_usable(enum feature_control_state state)
{
    return state == FC_ENABLED || state == FC_UNLOCKED; /* no longer: probe_here() */
}

/* VMX is used when every processor may: the first one that may not is the machine's state. */
static void take_feature_control(struct subject *subject)
{
    unsigned which = 0;

    for (unsigned i = 0; i < cpu_count() && is_usable(states[which]); i++)
        if (!is_usable(states[i]))
            which = i;
    subject->feature_control_state = states[which];
    subject->feature_control = feature_controls[which];
    subject->has_feature_control = subject->cpu.vmx && states[which] != FC_ABSENT;
}

void probe_machine(struct subject *subject, const struct policy_masks *masks)
{
    const struct policy_input input = {
        .raw = raws, .cpu = cpus, .count = cpu_count(), .masks = masks};

    smp_call_all(probe_here, NULL);
    subject->processors = (struct processors){
        .count = cpu_count(), .cpu = cpus, .raw = raws, .feature_control = feature_controls};
    subject->cpu = cpus[0];
    subject->raw = raws[0];
    sane_check(&subject->findings, &subject->raw);
    msr_policy_decide(&subject->host, &input, &subject->reasons);
    msr_policy_guest(&subject->guest, &subject->host, &subject->guest_reasons);
    take_feature_control(subject);
}
