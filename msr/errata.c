/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errata.c - see errata.h. PURE.
 *
 * A row needs a published number, and a model and stepping that the publication names. Not here for
 * want of one of them: the preemption timer of stepping 0x306a8 (Ivy Bridge; reported by users, no
 * number), errata of INVPCID and of posted interrupts of later processors, and whatever microcode
 * updates have fixed in revisions that were never listed. AAK134 is called BY25 on models that
 * nobody has named. The revisions of the TSC-deadline timer are those that Linux asks for.
 */
#include "errata.h"

#include "names.h"

#define STEPPING(n)    (1u << (n))
#define EVERY_STEPPING 0xffff

#define TIMER_TEXT  "the VMX-preemption timer does not count down at the rate specified"
#define PERF_TEXT   "VM exit may incorrectly clear IA32_PERF_GLOBAL_CTRL bits 34:32"
#define EPT_AD_TEXT "accessed and dirty flags for EPT do not work right"

#define TIMER(number, its_model, its_steppings) \
    {.id = (number),                            \
     .text = TIMER_TEXT,                        \
     .model = (its_model),                      \
     .steppings = (its_steppings),              \
     .word = WORD_PIN,                          \
     .bit = PIN_preempt_timer},

/* The same erratum makes both directions unusable. */
#define PERF(number, its_model)          \
    {.id = (number),                     \
     .text = PERF_TEXT,                  \
     .model = (its_model),               \
     .steppings = EVERY_STEPPING,        \
     .word = WORD_EXIT,                  \
     .bit = EXIT_load_perf_global_ctrl}, \
        {.id = (number),                 \
         .text = PERF_TEXT,              \
         .model = (its_model),           \
         .steppings = EVERY_STEPPING,    \
         .word = WORD_ENTRY,             \
         .bit = ENTRY_load_perf_global_ctrl},

/* Before the revision, deadlines can be missed, by as much as the counter takes to wrap round. */
#define DEADLINE(its_model, its_steppings, revision)                         \
    {.id = "TSC_DEADLINE",                                                   \
     .text = "the TSC-deadline timer is not reliable before this microcode", \
     .kind = ERRATUM_DEADLINE,                                               \
     .model = (its_model),                                                   \
     .steppings = (its_steppings),                                           \
     .fixed_by = (revision)},

/* Where a processor of these models has no TSX. */
#define LBR(number, its_model)                                                                \
    {.id = (number),                                                                          \
     .text = "writes to last-branch MSRs (680H-69FH, 1DDH) fault unless bits 62:61 equal 47", \
     .kind = ERRATUM_TOLD,                                                                    \
     .model = (its_model),                                                                    \
     .steppings = EVERY_STEPPING,                                                             \
     .unless = BIT64(FEATURE_rtm)},

/* clang-format off */
const struct erratum vmx_errata[] = {
    TIMER("AAJ124/AAK139/AAM126", 0x1a, STEPPING(0) | STEPPING(1) | STEPPING(4) | STEPPING(5))
    TIMER("AAN92/AAO95/AAP86", 0x1e, STEPPING(5))
    TIMER("AAT59/AAU65/AAX65", 0x25, STEPPING(2))
    TIMER("AAU65", 0x25, STEPPING(5))
    TIMER("BA86", 0x2e, STEPPING(6))
    PERF("AAK155", 0x1a)
    PERF("AAP115", 0x1e)
    PERF("AAT100", 0x25)
    PERF("AAY89/BC86/BD102", 0x2c)
    PERF("BA97", 0x2e)
    {.id = "AAU30", .text = "VMX accesses VMCSs with the memory type of the MTRRs, whatever "
     "IA32_VMX_BASIC bits 53:50 say", .kind = ERRATUM_TOLD, .model = 0x25,
     .steppings = STEPPING(2) | STEPPING(5)},
    {.id = "AAK134/BY25", .text = "an EPT violation during IRET can leave NMIs unblocked: bit 12 "
     "of the exit qualification decides", .kind = ERRATUM_TOLD, .model = 0x1a,
     .steppings = EVERY_STEPPING},
    LBR("HSM182/HSD172", 0x3c)
    LBR("HSM182", 0x45)
    LBR("HSM182/HSD172", 0x46)
    LBR("HSE117", 0x3f)
    LBR("BDM127", 0x3d)
    LBR("BDD117/BDW117", 0x47)
    LBR("BDF85/BDH75/BDX88", 0x4f)
    LBR("BDE105", 0x56)
    DEADLINE(0x3c, EVERY_STEPPING, 0x22)
    DEADLINE(0x45, EVERY_STEPPING, 0x20)
    DEADLINE(0x46, EVERY_STEPPING, 0x17)
    DEADLINE(0x3f, STEPPING(2), 0x3a)
    DEADLINE(0x3f, STEPPING(4), 0x0f)
    DEADLINE(0x3d, EVERY_STEPPING, 0x25)
    DEADLINE(0x47, EVERY_STEPPING, 0x17)
    DEADLINE(0x4f, EVERY_STEPPING, 0x0b000020)
    DEADLINE(0x56, STEPPING(2), 0x11)
    DEADLINE(0x56, STEPPING(3), 0x0700000e)
    DEADLINE(0x56, STEPPING(4), 0x0f00000c)
    DEADLINE(0x56, STEPPING(5), 0x0e000003)
    DEADLINE(0x4e, EVERY_STEPPING, 0xb2)
    DEADLINE(0x5e, EVERY_STEPPING, 0xb2)
    DEADLINE(0x55, STEPPING(3), 0x01000136)
    DEADLINE(0x55, STEPPING(4), 0x02000014)
    DEADLINE(0x8e, EVERY_STEPPING, 0x52)
    DEADLINE(0x9e, EVERY_STEPPING, 0x52)
    {.id = "AVR41", .text = EPT_AD_TEXT, .model = 0x4d, .steppings = EVERY_STEPPING,
     .word = WORD_EPT_VPID, .bit = EPT_VPID_ad_bit},
};
/* clang-format on */
const unsigned vmx_errata_count = ARRAY_SIZE(vmx_errata);

static bool is_intel(const struct cpu_identity *cpu)
{
    const char *intel = "GenuineIntel";
    unsigned i = 0;

    while (intel[i] && cpu->vendor[i] == intel[i])
        i++;
    return !intel[i];
}

static bool is_of_group(const struct erratum *erratum, const struct cpu_identity *cpu)
{
    return is_intel(cpu) && cpu->family == 6 && cpu->model == erratum->model &&
           ((erratum->steppings >> cpu->stepping) & 1);
}

bool erratum_applies(const struct erratum *erratum, const struct cpu_identity *cpu)
{
    if (!is_of_group(erratum, cpu) || has_any(cpu->features, erratum->unless))
        return false;
    if (erratum->kind == ERRATUM_DEADLINE && (!cpu->has_microcode || cpu->hypervisor))
        return false;
    return !erratum->fixed_by || !cpu->has_microcode || cpu->microcode < erratum->fixed_by;
}

const struct erratum *erratum_of_deadline(const struct cpu_identity *cpu)
{
    for (unsigned i = 0; i < vmx_errata_count; i++)
        if (vmx_errata[i].kind == ERRATUM_DEADLINE && erratum_applies(&vmx_errata[i], cpu))
            return &vmx_errata[i];
    return NULL;
}
