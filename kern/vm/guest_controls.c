/* SPDX-License-Identifier: BSD-2-Clause */
/* guest_controls.c - see guest_controls.h. PURE. */
#include "guest_controls.h"

#include "guest_controls.def"
#include "msr/report.h"
#include "vmx/ept.h"

#define CONTROL_ROW(id, bit, kind)     {CTL_##id, id##_##bit, CONTROL_##kind},
#define CAPABILITY_ROW(id, bit, other) {WORD_##id, id##_##bit, id##_##other},

const struct guest_control guest_controls[] = {GUEST_CONTROLS(CONTROL_ROW)};
const unsigned guest_control_count = ARRAY_SIZE(guest_controls);
const struct guest_capability guest_capabilities[] = {GUEST_CAPABILITIES(CAPABILITY_ROW)};
const unsigned guest_capability_count = ARRAY_SIZE(guest_capabilities);

/* --- what is asked for ------------------------------------------------------------------------ */

/* The mask of the request that the control belongs to; `later`: after the kernel switched it. */
static uint64_t *request_of(struct control_request *request, enum guest_control_kind kind,
                            bool later)
{
    switch (kind) {
    case CONTROL_REQUIRED:
        return &request->required;
    case CONTROL_OPTIONAL:
        return &request->optional;
    case CONTROL_AT_FIRST:
        return later ? &request->forbidden : &request->required;
    case CONTROL_AT_TIMES:
        return later ? &request->required : &request->forbidden;
    case CONTROL_FORBIDDEN:
        break;
    }
    return &request->forbidden;
}

static void request(struct controls *controls, bool later)
{
    *controls = (struct controls){.request = {{.required = 0}}};
    for (unsigned i = 0; i < guest_control_count; i++) {
        const struct guest_control *control = &guest_controls[i];

        *request_of(&controls->request[control->word], control->kind, later) |= BIT64(control->bit);
    }
}

void guest_controls_request(struct controls *controls)
{
    request(controls, false);
}

/* --- why not ---------------------------------------------------------------------------------- */

#define NO_GUESTS "vm: no guests here: "

/* A bit that is missing is so in both MSRs of its word: every processor has the first. */
static void print_missing(struct out *out, enum vmx_word_id word, unsigned bit)
{
    unsigned index = 0;

    while (vmx_msrs[index].word != word)
        index++;
    out_printf(out, "\"%s\" (%s bit %u)", word_row(word, bit)->sdm, vmx_msrs[index].name, bit);
}

static void print_in_the_way(struct out *out, const struct msr_policy *host, enum vmx_word_id word,
                             unsigned bit, const char *why)
{
    out_printf(out, NO_GUESTS "the processor insists on ");
    report_bit(out, host, word, bit);
    out_printf(out, "%s\n", why);
}

/* The first bit of the word that stands in the way, if any. */
static bool explain_word(struct out *out, const struct controls *controls,
                         const struct msr_policy *host, enum control_word word)
{
    const struct control_result *result = &controls->result[word];
    uint64_t forced = result->forced & controls->request[word].forbidden;
    enum vmx_word_id id = control_word_id(word);
    unsigned bit;

    if (!(result->missing | forced))
        return false;
    bit = (unsigned)__builtin_ctzll(result->missing | forced);
    if (has_any(forced, BIT64(bit))) {
        print_in_the_way(out, host, id, bit, "");
    } else if (word_offers(host, id, BIT64(bit))) {
        print_in_the_way(out, host, id, bit, ", by another control that needs it");
    } else {
        out_printf(out, NO_GUESTS "the host policy has no ");
        print_missing(out, id, bit);
        out_printf(out, "\n");
    }
    return true;
}

static void explain(struct out *out, const struct controls *controls, const struct msr_policy *host)
{
    for (unsigned word = 0; word < CTL_COUNT; word++)
        if (explain_word(out, controls, host, word))
            return;
}

static bool has_controls(struct out *out, const struct msr_policy *host, bool later)
{
    struct controls controls;

    request(&controls, later);
    if (controls_build(&controls, host) == S_OK)
        return true;
    explain(out, &controls, host);
    return false;
}

static bool has_capability(struct out *out, const struct msr_policy *host,
                           const struct guest_capability *row)
{
    bool alone = row->bit == row->other;

    if (has_any(word_may(host, row->word), BIT64(row->bit) | BIT64(row->other)))
        return true;
    out_printf(out, NO_GUESTS "the host policy has %s ", alone ? "no" : "neither");
    print_missing(out, row->word, row->bit);
    if (!alone) {
        out_printf(out, " nor ");
        print_missing(out, row->word, row->other);
    }
    out_printf(out, "\n");
    return false;
}

static bool has_capabilities(struct out *out, const struct msr_policy *host)
{
    for (unsigned i = 0; i < guest_capability_count; i++)
        if (!has_capability(out, host, &guest_capabilities[i]))
            return false;
    return true;
}

/* The kernel's pages are write-back, anywhere in memory. SDM: "Basic VMX Information". */
static bool reaches_memory(struct out *out, const struct msr_policy *host)
{
    unsigned type = host->vmx.basic.memory_type;

    if (type != MEMORY_TYPE_WB) {
        out_printf(out,
                   NO_GUESTS "a VMCS would have to lie in memory of type %u "
                             "(IA32_VMX_BASIC bits 53:50), and the kernel's is write-back (%u)\n",
                   type, MEMORY_TYPE_WB);
        return false;
    }
    if (host->vmx.basic.addresses_32bit) {
        out_printf(out,
                   NO_GUESTS "a VMCS would have to lie below 4 GiB "
                             "(IA32_VMX_BASIC bit 48), and the kernel's memory lies anywhere\n");
        return false;
    }
    return true;
}

bool guest_controls_possible(struct out *out, const struct msr_policy *host)
{
    return has_controls(out, host, false) && has_controls(out, host, true) &&
           has_capabilities(out, host) && reaches_memory(out, host);
}
