/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errata.c - see errata.h. PURE.
 *
 * A row needs a published number, and a model and stepping that the publication names. Not here for
 * want of one of them: the preemption timer of stepping 0x306a8 (Ivy Bridge; reported by users, no
 * number), errata of INVPCID and of posted interrupts of later processors, and all that a microcode
 * update has mended in revisions that were never listed (`fixed_by` waits for the first such row).
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

bool erratum_applies(const struct erratum *erratum, const struct cpu_identity *cpu)
{
    if (!is_intel(cpu) || cpu->family != 6 || cpu->model != erratum->model ||
        !((erratum->steppings >> cpu->stepping) & 1))
        return false;
    return !erratum->fixed_by || !cpu->has_microcode || cpu->microcode < erratum->fixed_by;
}
