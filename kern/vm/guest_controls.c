/* SPDX-License-Identifier: BSD-2-Clause */
/* guest_controls.c - see guest_controls.h. PURE. */
#include "guest_controls.h"

#include "guest_controls.def"
#include "memory_type.h"
#include "msr/report.h"

#define CONTROL_ROW(id, bit, kind)     {CTL_##id, id##_##bit, CONTROL_##kind},
#define CAPABILITY_ROW(id, bit, other) {WORD_##id, id##_##bit, id##_##other},

const struct guest_control guest_controls[] = {GUEST_CONTROLS(CONTROL_ROW)};
const unsigned guest_control_count = ARRAY_SIZE(guest_controls);
const struct guest_capability guest_capabilities[] = {GUEST_CAPABILITIES(CAPABILITY_ROW)};
const unsigned guest_capability_count = ARRAY_SIZE(guest_capabilities);

/* --- what is asked for ------------------------------------------------------------------------ */

static void request_row(struct control_request *request, const struct guest_control *control,
                        bool later)
{
    switch ((enum guest_control_kind)control->kind) {
    case CONTROL_REQUIRED:
        request->required |= BIT64(control->bit);
        break;
    case CONTROL_OPTIONAL:
        request->optional |= BIT64(control->bit);
        break;
    case CONTROL_AT_FIRST:
        request->required |= later ? 0 : BIT64(control->bit);
        break;
    case CONTROL_AT_TIMES:
        request->required |= later ? BIT64(control->bit) : 0;
        break;
    }
}

/* The requests of a new VMCS; `later`: with all that the kernel changes later changed. */
static void request(struct controls *controls, bool later)
{
    *controls = (struct controls){.request = {{.required = 0}}};
    for (unsigned i = 0; i < guest_control_count; i++)
        request_row(&controls->request[guest_controls[i].word], &guest_controls[i], later);
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        struct control_request *one = &controls->request[word];

        one->forbidden = vmx_words[control_word_id(word)].named & ~(one->required | one->optional);
    }
}

void guest_controls_request(struct controls *controls)
{
    request(controls, false);
}

/* --- why not ---------------------------------------------------------------------------------- */

#define NO_GUESTS "vm: no guests here: "

/* A missing bit is missing in both MSRs of its word; every processor has the first one. */
static void print_missing(struct out *out, enum vmx_word_id word, unsigned bit)
{
    unsigned index = 0;

    while (vmx_msrs[index].word != word)
        index++;
    out_printf(out, "\"%s\" (%s bit %u)", word_row(word, bit)->sdm, vmx_msrs[index].name, bit);
}

/* The first control that is not there; true: there was one. */
static bool explain_missing(struct out *out, const struct controls *controls,
                            const struct msr_policy *host)
{
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        enum vmx_word_id id = control_word_id(word);
        uint64_t missing = controls->result[word].missing & ~word_may(host, id);

        if (!missing)
            continue;
        out_printf(out, NO_GUESTS "the host policy has no ");
        print_missing(out, id, (unsigned)__builtin_ctzll(missing));
        out_printf(out, "\n");
        return true;
    }
    return false;
}

/* The first control that is 1 and must not be. */
static void explain_forced(struct out *out, const struct controls *controls,
                           const struct msr_policy *host)
{
    for (unsigned word = 0; word < CTL_COUNT; word++) {
        uint64_t forced = controls->result[word].forced & controls->request[word].forbidden;

        if (!forced)
            continue;
        out_printf(out, NO_GUESTS "the processor insists on ");
        report_bit(out, host, control_word_id(word), (unsigned)__builtin_ctzll(forced));
        out_printf(out, "\n");
        return;
    }
}

static bool has_controls(struct out *out, const struct msr_policy *host, bool later)
{
    struct controls controls;

    request(&controls, later);
    if (controls_build(&controls, host) == S_OK)
        return true;
    if (!explain_missing(out, &controls, host))
        explain_forced(out, &controls, host);
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
