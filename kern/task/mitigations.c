/* SPDX-License-Identifier: BSD-2-Clause */
/* mitigations.c - see mitigations.h. PURE. */
#include "mitigations.h"

/* Bits of IA32_ARCH_CAPABILITIES (MSR 0x10a). */
enum {
    RDCL_NO = 0,
    IBRS_ALL = 1,
    SKIP_L1DFL_VMENTRY = 3,
    MDS_NO = 5,
    TAA_NO = 8,
    SBDR_SSDP_NO = 13,
    FBSDP_NO = 14,
    PSDP_NO = 15,
    PBRSB_NO = 24,
};

struct judge {
    const struct mitigation_input *in;
    struct out *out;
};

static bool says(const struct judge *judge, unsigned bit)
{
    return judge->in->has_capabilities && has_any(judge->in->capabilities, BIT64(bit));
}

static bool offers(const struct judge *judge, enum cpu_feature feature)
{
    return has_any(judge->in->cpu->features, BIT64(feature));
}

/* One line; true when the mitigation is to be used. */
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

void mitigations_decide(struct mitigations *m, const struct mitigation_input *input,
                        struct out *out)
{
    const struct judge judge = {input, out};
    bool rdcl_no = says(&judge, RDCL_NO), eibrs = says(&judge, IBRS_ALL);
    bool l1tf_free = rdcl_no || says(&judge, SKIP_L1DFL_VMENTRY);
    bool returns_free = eibrs && says(&judge, PBRSB_NO);
    bool mds_free = says(&judge, MDS_NO) && says(&judge, TAA_NO) && says(&judge, SBDR_SSDP_NO) &&
                    says(&judge, FBSDP_NO) && says(&judge, PSDP_NO);

    out_printf(out, "mitigation: branch target injection: indirect branches without prediction: "
                    "on (compiled in)\n");
    m->enhanced_ibrs = report(&judge, "branch target injection", eibrs,
                              offers(&judge, FEATURE_ibrs), "enhanced IBRS",
                              eibrs ? "IBRS_ALL" : "no IBRS_ALL: the line before is what there is");
    m->barrier_on_switch =
        report(&judge, "branch target injection", true, offers(&judge, FEATURE_ibrs),
               "IBPB between VMs and between processes",
               "what one teaches the predictors is not for the next");
    m->fill_returns = report(&judge, "return predictions", !returns_free, true,
                             "fill after VM exit and between processes",
                             !eibrs         ? "no IBRS_ALL"
                             : returns_free ? "IBRS_ALL PBRSB_NO"
                                            : "IBRS_ALL, but no PBRSB_NO");
    m->flush_l1d = report(&judge, "L1 terminal fault", !l1tf_free,
                          offers(&judge, FEATURE_l1d_flush), "L1D flush before VM entry",
                          why(l1tf_free, rdcl_no ? "RDCL_NO" : "SKIP_L1DFL_VMENTRY"));
    m->clear_buffers = report(&judge, "buffer sampling (MDS, TAA, MMIO)", !mds_free,
                              offers(&judge, FEATURE_md_clear), "VERW",
                              why(mds_free, "MDS_NO TAA_NO SBDR_SSDP_NO FBSDP_NO PSDP_NO"));
    out_printf(out, "mitigation: rogue data cache load (Meltdown): separate page tables: %s\n",
               rdcl_no ? "not needed (RDCL_NO)"
                       : "needed, and not written: processes can read the kernel's memory");
}
