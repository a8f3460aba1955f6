/* SPDX-License-Identifier: BSD-2-Clause */
/* processors.c - see processors.h. PURE. */
#include "processors.h"

#include "meet.h"

#define SHOWN_MAX 32 /* differences of one group; the rest is a count */

bool processors_alike(const struct processors *processors, unsigned a, unsigned b)
{
    struct policy_difference unused;
    const struct cpu_identity *x = &processors->cpu[a], *y = &processors->cpu[b];

    return x->signature == y->signature && x->microcode == y->microcode &&
           x->core_type == y->core_type && x->features == y->features && x->vmx == y->vmx &&
           processors->feature_control[a] == processors->feature_control[b] &&
           msr_policy_diff(&processors->raw[a], &processors->raw[b], &unused, 0) == 0;
}

/* The first processor that `number` is like: its group's. */
static unsigned leader_of(const struct processors *processors, unsigned number)
{
    unsigned leader = 0;

    while (!processors_alike(processors, leader, number))
        leader++;
    return leader;
}

/* SDM: "CPUID - CPU Identification", leaf 1AH; "" where there is nothing to say. */
static const char *kind_of(uint8_t core_type)
{
    switch (core_type) {
    case 0:
        return "";
    case 0x20:
        return " (Intel Atom)";
    case 0x40:
        return " (Intel Core)";
    default:
        return " (another kind of core)";
    }
}

/* `processors 0-3,6 (Intel Core)` or `processor 5`: all of a group. */
static void print_group(struct out *out, const struct processors *processors, unsigned leader)
{
    unsigned members = 0, first = 0;
    const char *separator = "";

    for (unsigned i = leader; i < processors->count; i++)
        members += leader_of(processors, i) == leader;
    out_printf(out, "processor%s ", members == 1 ? "" : "s");
    for (unsigned i = leader; i <= processors->count; i++) {
        bool is_in = i < processors->count && leader_of(processors, i) == leader;
        bool was_in = i > leader && leader_of(processors, i - 1) == leader;

        if (is_in && !was_in)
            first = i;
        if (is_in || !was_in)
            continue;
        out_printf(out, "%s%u", separator, first);
        if (i - 1 > first)
            out_printf(out, "-%u", i - 1);
        separator = ",";
    }
    out_printf(out, "%s", kind_of(processors->cpu[leader].core_type));
}

static void print_number(struct out *out, const struct processors *processors, unsigned leader,
                         const char *name, uint64_t here, uint64_t there)
{
    if (here == there)
        return;
    print_group(out, processors, leader);
    out_printf(out, ": %s: 0x%lx, on processor 0 0x%lx\n", name, here, there);
}

static void print_differences(struct out *out, const struct processors *processors, unsigned leader)
{
    struct policy_difference found[SHOWN_MAX];
    unsigned count =
        msr_policy_diff(&processors->raw[0], &processors->raw[leader], found, SHOWN_MAX);

    for (unsigned i = 0; i < count && i < SHOWN_MAX; i++) {
        print_group(out, processors, leader);
        out_printf(out, ": ");
        policy_difference_print(out, &found[i], "processor 0", "these");
        out_printf(out, "\n");
    }
    if (count <= SHOWN_MAX)
        return;
    print_group(out, processors, leader);
    out_printf(out, ": and %u more\n", count - SHOWN_MAX);
}

static void print_other_group(struct out *out, const struct processors *processors, unsigned leader)
{
    const struct cpu_identity *here = &processors->cpu[leader], *there = &processors->cpu[0];

    print_number(out, processors, leader, "CPUID.1:EAX", here->signature, there->signature);
    print_number(out, processors, leader, "CPUID.1AH:EAX bits 31:24 (core type)", here->core_type,
                 there->core_type);
    print_number(out, processors, leader, "microcode", here->microcode, there->microcode);
    print_number(out, processors, leader, "CPUID.1:ECX bit 5 (VMX)", here->vmx, there->vmx);
    print_number(out, processors, leader, "CPUID features (the bits of cpu_features.def)",
                 here->features, there->features);
    print_number(out, processors, leader, "IA32_FEATURE_CONTROL (0x3a)",
                 processors->feature_control[leader], processors->feature_control[0]);
    print_differences(out, processors, leader);
}

void processors_print(struct out *out, const struct processors *processors)
{
    if (processors->count < 2)
        return;
    print_group(out, processors, 0);
    out_printf(out, ": as above\n");
    for (unsigned i = 1; i < processors->count; i++)
        if (leader_of(processors, i) == i)
            print_other_group(out, processors, i);
}
