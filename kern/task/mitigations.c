/* SPDX-License-Identifier: BSD-2-Clause */
/* mitigations.c - see mitigations.h. PURE. */
#include "mitigations.h"

#include "problems.def"

/* Bits of IA32_ARCH_CAPABILITIES: name, position. */
#define CAPABILITIES(BIT)      \
    BIT(RDCL_NO, 0)            \
    BIT(IBRS_ALL, 1)           \
    BIT(SKIP_L1DFL_VMENTRY, 3) \
    BIT(SSB_NO, 4)             \
    BIT(MDS_NO, 5)             \
    BIT(IF_PSCHANGE_MC_NO, 6)  \
    BIT(TAA_NO, 8)             \
    BIT(SBDR_SSDP_NO, 13)      \
    BIT(FBSDP_NO, 14)          \
    BIT(PSDP_NO, 15)           \
    BIT(RRSBA, 19)             \
    BIT(BHI_NO, 20)            \
    BIT(PBRSB_NO, 24)          \
    BIT(GDS_CTRL, 25)          \
    BIT(GDS_NO, 26)            \
    BIT(RFDS_NO, 27)           \
    BIT(RFDS_CLEAR, 28)        \
    BIT(ITS_NO, 62)

#define CAPABILITY_ID(name, position)   name = (position),
#define CAPABILITY_NAME(name, position) [position] = #name,
enum capability { CAPABILITIES(CAPABILITY_ID) NO_BIT = 64 };
static const char *const capability_names[] = {CAPABILITIES(CAPABILITY_NAME)};

#define MODELS_MAX 32

struct problem {
    const char *name;
    uint8_t models[MODELS_MAX]; /* 0 ends them; none: every processor */
    uint8_t free, shows;        /* enum capability */
    uint8_t by_bit;             /* enum capability: the microcode does it */
    const char *means, *follows;
};

#define ANY 0
#define LIST(...)   \
    {               \
        __VA_ARGS__ \
    }
#define PROBLEM_ROW(its_name, its_models, is_free, is_shown, bit, its_means, then) \
    {.name = (its_name),                                                           \
     .models = LIST its_models,                                                    \
     .free = (is_free),                                                            \
     .shows = (is_shown),                                                          \
     .by_bit = (bit),                                                              \
     .means = (its_means),                                                         \
     .follows = (then)},
static const struct problem problems[] = {PROBLEMS(PROBLEM_ROW)};

static const uint8_t rfds_models[MODELS_MAX] = {MODELS_RFDS};

struct judge {
    const struct mitigation_input *in;
    struct out *out;
};

static bool says(const struct judge *judge, unsigned bit)
{
    return bit != NO_BIT && judge->in->has_capabilities &&
           has_any(judge->in->capabilities, BIT64(bit));
}

static bool offers(const struct judge *judge, enum cpu_feature feature)
{
    return has_any(judge->in->cpu->features, BIT64(feature));
}

static bool is_one_of(const struct judge *judge, const uint8_t models[MODELS_MAX])
{
    const struct cpu_identity *cpu = judge->in->cpu;

    for (unsigned i = 0; i < MODELS_MAX && models[i]; i++)
        if (cpu->family == 6 && cpu->model == models[i])
            return true;
    return !models[0];
}

/* --- what the kernel switches ----------------------------------------------------------------- */

/* Prints one line; true when the kernel must use the mitigation. */
static bool report(const struct judge *judge, const char *name, bool needed, bool possible,
                   const char *means, const char *why)
{
    const char *state = !needed          ? "not needed"
                        : !possible      ? "needed, and the processor has no means"
                        : judge->in->off ? "needed, off by mitigations=off"
                                         : "on";

    out_printf(judge->out, "mitigation: %s: %s: %s (%s)\n", name, means, state, why);
    return needed && possible && !judge->in->off;
}

static const char *why(bool free, const char *bit)
{
    return free ? bit : "the processor does not say that it is free of it";
}

static void decide_predictions(struct mitigations *m, const struct judge *judge)
{
    bool eibrs = says(judge, IBRS_ALL);
    bool returns_free = eibrs && says(judge, PBRSB_NO);

    out_printf(judge->out, "mitigation: branch target injection: indirect branches without "
                           "prediction: on (compiled in)\n");
    m->enhanced_ibrs = report(judge, "branch target injection", eibrs, offers(judge, FEATURE_ibrs),
                              "enhanced IBRS",
                              eibrs ? "IBRS_ALL" : "no IBRS_ALL: the line before is what there is");
    m->barrier_on_switch =
        report(judge, "branch target injection", true, offers(judge, FEATURE_ibrs),
               "IBPB between VMs and between processes",
               "what one teaches the predictors is not for the next");
    m->fill_returns = report(judge, "return predictions", !returns_free, true,
                             "fill after VM exit and between processes",
                             !eibrs         ? "no IBRS_ALL"
                             : returns_free ? "IBRS_ALL PBRSB_NO"
                                            : "IBRS_ALL, but no PBRSB_NO");
}

/* VERW helps against both kinds of sampling; each has its own bit that says so. */
static bool decide_rfds(const struct judge *judge)
{
    bool can = says(judge, RFDS_CLEAR), free = says(judge, RFDS_NO);
    bool needed = !free && (can || is_one_of(judge, rfds_models));

    return report(judge, "register file data sampling (RFDS)", needed, can, "VERW",
                  free     ? "RFDS_NO"
                  : can    ? "RFDS_CLEAR"
                  : needed ? "no RFDS_CLEAR: its microcode is too old"
                           : "not a processor that has it");
}

static void decide_buffers(struct mitigations *m, const struct judge *judge)
{
    bool rdcl_no = says(judge, RDCL_NO);
    bool l1tf_free = rdcl_no || says(judge, SKIP_L1DFL_VMENTRY);
    bool mds_free = says(judge, MDS_NO) && says(judge, TAA_NO) && says(judge, SBDR_SSDP_NO) &&
                    says(judge, FBSDP_NO) && says(judge, PSDP_NO);

    m->flush_l1d = report(judge, "L1 terminal fault", !l1tf_free, offers(judge, FEATURE_l1d_flush),
                          "L1D flush before VM entry",
                          why(l1tf_free, rdcl_no ? "RDCL_NO" : "SKIP_L1DFL_VMENTRY"));
    m->clear_buffers = report(judge, "buffer sampling (MDS, TAA, MMIO)", !mds_free,
                              offers(judge, FEATURE_md_clear), "VERW",
                              why(mds_free, "MDS_NO TAA_NO SBDR_SSDP_NO FBSDP_NO PSDP_NO"));
    if (decide_rfds(judge))
        m->clear_buffers = true;
}

/* --- what it does nothing about --------------------------------------------------------------- */

/* Why the processor does not have the problem, or NULL. */
static const char *free_of(const struct judge *judge, const struct problem *problem)
{
    if (says(judge, problem->free))
        return capability_names[problem->free];
    if (!is_one_of(judge, problem->models))
        return "not a processor that has it";
    if (problem->shows != NO_BIT && !says(judge, problem->shows))
        return "indirect branches are not predicted, and the processor has no RRSBA";
    return NULL;
}

static void report_problem(const struct judge *judge, const struct problem *problem)
{
    const char *free = free_of(judge, problem);
    bool is_microcode = problem->by_bit != NO_BIT;

    out_printf(judge->out, "mitigation: %s: %s: ", problem->name, problem->means);
    if (free)
        out_printf(judge->out, "not needed (%s)\n", free);
    else if (says(judge, problem->by_bit))
        out_printf(judge->out, "on (by the processor's microcode)\n");
    else
        out_printf(judge->out, "needed, and %s: %s\n",
                   is_microcode ? "the processor's microcode has no means" : "not written",
                   problem->follows);
}

void mitigations_decide(struct mitigations *m, const struct mitigation_input *input,
                        struct out *out)
{
    const struct judge judge = {input, out};

    decide_predictions(m, &judge);
    decide_buffers(m, &judge);
    for (unsigned i = 0; i < ARRAY_SIZE(problems); i++)
        report_problem(&judge, &problems[i]);
}
