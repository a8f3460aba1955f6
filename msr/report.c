/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - see report.h. PURE. */
#include "report.h"

#include "errata.h"

#define HEX64 "0x%016lx"

static unsigned long msr_address(unsigned index)
{
    return VMX_MSR_FIRST + index;
}

static const char *word_msr_name(unsigned index)
{
    return index < VMX_MSR_COUNT ? vmx_msrs[index].name : "IA32_FEATURE_CONTROL";
}

void report_bit(struct out *out, const struct msr_policy *policy, enum vmx_word_id word,
                unsigned bit)
{
    const struct bit_row *row = word_row(word, bit);
    const char *msr = word_msr_name(word_msr(policy, word));

    out_printf(out, "\"%s\" (%s bit %u)", row ? row->sdm : "unknown", msr, bit);
}

/* --- text ------------------------------------------------------------------------------------- */

/*
 * The legacy and the true MSR of a control word, for the default1 column: a bit that must be 1 by
 * the one and may be 0 by the other. 0 where there is only one MSR.
 */
static uint64_t default1_bits(const struct msr_policy *policy, unsigned index)
{
    uint64_t must_any = 0;
    uint64_t must_all = ~UINT64_C(0);

    if (vmx_msrs[index].form != FORM_CONTROLS)
        return 0;
    for (unsigned other = 0; other < VMX_MSR_COUNT; other++)
        if (vmx_msrs[other].word == vmx_msrs[index].word && msr_present(policy, other)) {
            must_any |= low32(policy->raw[other]);
            must_all &= low32(policy->raw[other]);
        }
    return must_any & ~must_all;
}

static unsigned bit_of(uint64_t word, unsigned bit)
{
    return (word >> bit) & 1;
}

/* The state of one bit, without its name: ` may-be-1=1 must-be-1=0 default1=1`. */
static void print_state(struct out *out, const struct msr_policy *policy, unsigned index,
                        unsigned bit)
{
    uint64_t word = policy->raw[index];

    switch (vmx_msrs[index].form) {
    case FORM_CONTROLS:
        out_printf(out, " may-be-1=%u must-be-1=%u", bit_of(high32(word), bit),
                   bit_of(low32(word), bit));
        if (bit_of(default1_bits(policy, index), bit))
            out_printf(out, " default1=1");
        break;
    case FORM_MAY_BE_1:
        out_printf(out, " may-be-1=%u", bit_of(word, bit));
        break;
    case FORM_MUST_BE_1:
        out_printf(out, " must-be-1=%u", bit_of(word, bit));
        break;
    default:
        out_printf(out, " %u", bit_of(word, bit));
    }
}

/* PE and PG must be 1 in VMX operation, but not in such a guest. SDM: "VMX-Fixed Bits in CR0". */
static bool is_relaxed(const struct msr_policy *policy, unsigned index, unsigned bit)
{
    return vmx_msrs[index].word == WORD_CR0 && vmx_msrs[index].form == FORM_MUST_BE_1 &&
           (bit == CR0_pe || bit == CR0_pg) && bit_of(policy->raw[index], bit) &&
           word_offers(policy, WORD_PROC2, BIT64(PROC2_unrestricted_guest));
}

static void print_bit(struct out *out, const struct msr_policy *policy, unsigned index,
                      unsigned bit, const char *name, const char *sdm)
{
    out_printf(out, "  0x%lx:%u %s", msr_address(index), bit, name);
    print_state(out, policy, index, bit);
    if (sdm)
        out_printf(out, " \"%s\"", sdm);
    if (is_relaxed(policy, index, bit))
        out_printf(out, ", may be 0 in an unrestricted guest");
    out_printf(out, "\n");
}

static void print_field(struct out *out, const struct msr_policy *policy, unsigned index,
                        const struct bit_row *row)
{
    out_printf(out, "  0x%lx:%u:%u %s 0x%lx \"%s\"\n", msr_address(index),
               row->position + row->width - 1, row->position, row->name,
               (unsigned long)field_of(policy->raw[index], row->position, row->width), row->sdm);
}

/* Bits without a name that are worth a line: those set, and default1 bits that may be 0. */
static bool worth_showing(const struct msr_policy *policy, unsigned index, unsigned bit)
{
    const struct vmx_word *word = &vmx_words[vmx_msrs[index].word];
    uint64_t set = policy->raw[index];

    if (vmx_msrs[index].form == FORM_CONTROLS)
        set = high32(set) | low32(set);
    return bit_of((set & ~word->default1) | default1_bits(policy, index), bit);
}

static void print_bits(struct out *out, const struct msr_policy *policy, unsigned index)
{
    enum vmx_word_id word = vmx_msrs[index].word;

    for (unsigned bit = 0; bit < vmx_words[word].size; bit++) {
        const struct bit_row *row = word_row(word, bit);

        if (row && row->width > 1) {
            print_field(out, policy, index, row);
            bit += row->width - 1u;
        } else if (row) {
            print_bit(out, policy, index, bit, row->name, row->sdm);
        } else if (worth_showing(policy, index, bit)) {
            bool reserved = bit_of(vmx_words[word].default1, bit);
            print_bit(out, policy, index, bit, reserved ? "reserved" : "unknown", NULL);
        }
    }
}

static void print_fault(struct out *out, unsigned index)
{
    const struct vmx_msr *msr = &vmx_msrs[index];

    out_printf(out, "  0x%lx: RDMSR faulted, although ", msr_address(index));
    if (msr->gate_bits)
        out_printf(out, "%s says that it exists\n", vmx_msrs[msr->gate].name);
    else
        out_printf(out, "CPUID.1:ECX bit 5 says that it exists\n");
}

/* A bit that would have opened the gate of MSR `index`: in the gate's MSR, legacy or not. */
static void print_needed(struct out *out, unsigned index, unsigned bit)
{
    const struct vmx_msr *gate = &vmx_msrs[vmx_msrs[index].gate];
    unsigned position = gate->form == FORM_CONTROLS ? bit - 32 : bit;

    out_printf(out, "  0x%lx: needs \"%s\" (%s bit %u)\n", msr_address(index),
               word_row(gate->word, position)->sdm, gate->name, position);
}

/* Why an MSR is absent, where VMX is there. */
static void print_absence(struct out *out, const struct msr_policy *policy, unsigned index)
{
    if (bit_of(policy->faulted, index)) {
        print_fault(out, index);
        return;
    }
    for (unsigned bit = 0; policy->present && bit < 64; bit++)
        if (bit_of(vmx_msrs[index].gate_bits, bit))
            print_needed(out, index, bit);
}

static void print_msr(struct out *out, const struct msr_policy *policy, unsigned index)
{
    const char *name = vmx_msrs[index].name;

    if (!msr_present(policy, index)) {
        out_printf(out, "msr 0x%lx %s absent\n", msr_address(index), name);
        print_absence(out, policy, index);
        return;
    }
    out_printf(out, "msr 0x%lx %s " HEX64 "\n", msr_address(index), name, policy->raw[index]);
    print_bits(out, policy, index);
}

static void print_feature_control(struct out *out, const uint64_t *value)
{
    const struct vmx_word *word = &vmx_words[WORD_FEATURE_CONTROL];

    if (!value) {
        out_printf(out, "msr 0x03a IA32_FEATURE_CONTROL absent\n");
        return;
    }
    out_printf(out, "msr 0x03a IA32_FEATURE_CONTROL " HEX64 "\n", *value);
    for (unsigned i = 0; i < word->row_count; i++)
        out_printf(out, "  0x03a:%u %s %lu \"%s\"\n", word->rows[i].position, word->rows[i].name,
                   (unsigned long)field_of(*value, word->rows[i].position, word->rows[i].width),
                   word->rows[i].sdm);
}

/* `INVPCID` or `CET shadow stacks or CET indirect-branch tracking` */
static void print_features(struct out *out, uint64_t features)
{
    static const char *const texts[FEATURE_COUNT] = {
#define FEATURE_TEXT(name, leaf, subleaf, reg, position, width, text) [FEATURE_##name] = (text),
        CPU_FEATURES(FEATURE_TEXT)
#undef FEATURE_TEXT
    };
    const char *separator = "";

    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (has_any(features, BIT64(i))) {
            out_printf(out, "%s%s", separator, texts[i]);
            separator = " or ";
        }
}

/* Why, in words that complete `without 0x48b:7 unrestricted_guest: `. */
static void print_why(struct out *out, const struct msr_policy *raw,
                      const struct policy_reason *reason)
{
    switch (reason->why) {
    case WHY_DEPENDENCY:
        out_printf(out, "needs ");
        report_bit(out, raw, reason->on_word, reason->on_bit);
        break;
    case WHY_DIFFERS:
        out_printf(out, "differs on processor %u", reason->number);
        break;
    case WHY_MASKED:
        out_printf(out, "masked on the command line");
        break;
    case WHY_ERRATUM:
        out_printf(out, "erratum %s: %s", vmx_errata[reason->number].id,
                   vmx_errata[reason->number].text);
        break;
    case WHY_FEATURE:
        out_printf(out, "needs CPUID's ");
        print_features(out, vmx_feature_needs[reason->number].features);
        break;
    case WHY_WITHHELD:
        out_printf(out, "%s", guest_withheld_text(reason));
        break;
    case WHY_UNDOCUMENTED:
        out_printf(out, "the SDM does not describe the bit");
        break;
    default:
        out_printf(out, "this Lintel has no name for the bit");
    }
}

/* `0x48b:7 unrestricted_guest` */
static void print_bit_name(struct out *out, const struct msr_policy *raw, enum vmx_word_id word,
                           unsigned bit)
{
    const struct bit_row *row = word_row(word, bit);

    out_printf(out, "0x%lx:%u %s", msr_address(word_msr(raw, word)), bit,
               row ? row->name : "unknown");
}

static void print_reason(struct out *out, const struct msr_policy *raw,
                         const struct policy_reason *reason)
{
    out_printf(out, "host: without ");
    print_bit_name(out, raw, reason->word, reason->bit);
    out_printf(out, ": ");
    print_why(out, raw, reason);
    out_printf(out, "\n");
}

/* A line for each bit of `masks`: `host: `, what comes before the bit's name, and after it. */
static void print_masks(struct out *out, const struct report *report,
                        const struct policy_masks *masks, const char *before, const char *after)
{
    for (unsigned word = 0; word < WORD_COUNT; word++)
        for (unsigned bit = 0; bit < 64; bit++)
            if (has_any(masks->bits[word], BIT64(bit))) {
                out_printf(out, "host: %s ", before);
                print_bit_name(out, report->raw, word, bit);
                out_printf(out, " %s\n", after);
            }
}

/* True where some processor has the erratum, and nothing is left out for it. */
static bool is_told(const struct report *report, const struct erratum *erratum)
{
    const struct processors *all = report->processors;
    bool has = erratum_applies(erratum, report->cpu);

    for (unsigned i = 0; all && i < all->count; i++)
        has |= erratum_applies(erratum, &all->cpu[i]);
    return erratum->kind != ERRATUM_BIT && has;
}

static void print_errata(struct out *out, const struct report *report)
{
    for (unsigned i = 0; i < vmx_errata_count; i++) {
        const struct erratum *erratum = &vmx_errata[i];

        if (!is_told(report, erratum))
            continue;
        out_printf(out, "erratum %s: %s", erratum->id, erratum->text);
        if (erratum->fixed_by)
            out_printf(out, ": 0x%x", erratum->fixed_by);
        out_printf(out, "\n");
    }
}

static void print_host(struct out *out, const struct report *report)
{
    for (unsigned i = 0; i < report->reasons->count; i++)
        print_reason(out, report->raw, &report->reasons->reason[i]);
    print_masks(out, report, &report->reasons->refused, "with",
                "in spite of its mask: the processor insists on it");
    print_masks(out, report, &report->reasons->idle, "the mask of",
                "takes nothing away: it is not offered");
    if (!report->cpu->vmx)
        return;
    out_printf(out, "host: %u bits of the raw policy left out\n", report->reasons->count);
    if (report->guest)
        out_printf(out, "guest: %u bits of the host policy not for guests\n",
                   report->guest_reasons->count);
}

/* CPUID's texts can hold any byte, a new line too: what cannot be printed becomes a dot. */
static void print_text(struct out *out, const char *text)
{
    for (; *text; text++)
        out->put(out, (char)(*text >= ' ' && *text < 0x7f ? *text : '.'));
}

void report_text(struct out *out, const struct report *report)
{
    const struct cpu_identity *cpu = report->cpu;

    out_printf(out, "cpu ");
    print_text(out, cpu->vendor);
    out_printf(out, " family 0x%x model 0x%x stepping %u \"", cpu->family, cpu->model,
               cpu->stepping);
    print_text(out, cpu->brand);
    out_printf(out, "\"");
    if (cpu->has_microcode)
        out_printf(out, " microcode 0x%x", cpu->microcode);
    if (cpu->hypervisor) {
        out_printf(out, " under a hypervisor \"");
        print_text(out, cpu->hypervisor_vendor);
        out_printf(out, "\"");
    }
    out_printf(out, "\n");
    if (!cpu->vmx)
        out_printf(out, "vmx absent: CPUID.1:ECX bit 5 is 0%s\n",
                   cpu->svm ? "; this processor has AMD SVM, which Lintel does not use" : "");
    print_feature_control(out, report->feature_control);
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        print_msr(out, report->raw, index);
    if (report->processors)
        processors_print(out, report->processors);
    if (report->findings)
        sane_print(out, report->findings);
    print_errata(out, report);
    print_host(out, report);
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* A JSON string; CPUID's texts can hold any byte. */
static void json_string(struct out *out, const char *text)
{
    out->put(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            out_printf(out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            out_printf(out, "\\u%04x", c);
        else
            out->put(out, (char)c);
    }
    out->put(out, '"');
}

static const char *json_bool(bool value)
{
    return value ? "true" : "false";
}

static void json_cpu(struct out *out, const struct cpu_identity *cpu)
{
    out_printf(out, "\"cpu\":{\"vendor\":");
    json_string(out, cpu->vendor);
    out_printf(out, ",\"brand\":");
    json_string(out, cpu->brand);
    out_printf(out, ",\"signature\":\"0x%08x\",\"family\":%u,\"model\":%u,\"stepping\":%u",
               cpu->signature, cpu->family, cpu->model, cpu->stepping);
    if (cpu->has_microcode)
        out_printf(out, ",\"microcode\":\"0x%08x\"", cpu->microcode);
    else
        out_printf(out, ",\"microcode\":null");
    out_printf(out, ",\"vmx\":%s,\"smx\":%s,\"hypervisor\":%s", json_bool(cpu->vmx),
               json_bool(cpu->smx), json_bool(cpu->hypervisor));
    if (cpu->hypervisor) {
        out_printf(out, ",\"hypervisor_vendor\":");
        json_string(out, cpu->hypervisor_vendor);
    }
    out_printf(out, "}");
}

/* {"0x480":"0x...",...,"0x493":null}: null where the MSR is absent. */
static void json_msrs(struct out *out, const struct msr_policy *policy)
{
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        out_printf(out, "%c\"0x%lx\":", index ? ',' : '{', msr_address(index));
        if (msr_present(policy, index))
            out_printf(out, "\"" HEX64 "\"", policy->raw[index]);
        else
            out_printf(out, "null");
    }
    out_printf(out, "}");
}

static void json_faulted(struct out *out, const struct msr_policy *policy)
{
    const char *separator = "";

    out_printf(out, "\"faulted\":[");
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++)
        if ((policy->faulted >> index) & 1) {
            out_printf(out, "%s\"0x%lx\"", separator, msr_address(index));
            separator = ",";
        }
    out_printf(out, "]");
}

/* "msr":"0x48b","bit":7,"name":"unrestricted_guest" */
static void json_bit(struct out *out, const struct msr_policy *raw, enum vmx_word_id word,
                     unsigned bit)
{
    const struct bit_row *row = word_row(word, bit);

    out_printf(out, "\"msr\":\"0x%lx\",\"bit\":%u,\"name\":", msr_address(word_msr(raw, word)),
               bit);
    if (row)
        json_string(out, row->name);
    else
        out_printf(out, "null");
}

/* The processor's number, or a text: what the reason refers to, unless that is a base. */
static void json_why(struct out *out, const struct msr_policy *raw,
                     const struct policy_reason *reason)
{
    static const char *const words[] = {
        [WHY_UNKNOWN] = "unknown",       [WHY_UNDOCUMENTED] = "undocumented",
        [WHY_DEPENDENCY] = "dependency", [WHY_DIFFERS] = "differs",
        [WHY_MASKED] = "masked",         [WHY_ERRATUM] = "erratum",
        [WHY_FEATURE] = "feature",       [WHY_WITHHELD] = "withheld",
    };

    out_printf(out, ",\"why\":\"%s\"", words[reason->why]);
    if (reason->why == WHY_DIFFERS)
        out_printf(out, ",\"processor\":%u", reason->number);
    if (reason->why == WHY_ERRATUM)
        out_printf(out, ",\"erratum\":\"%s\"", vmx_errata[reason->number].id);
    if (reason->why == WHY_ERRATUM || reason->why == WHY_FEATURE || reason->why == WHY_WITHHELD) {
        out_printf(out, ",\"text\":\"");
        print_why(out, raw, reason);
        out_printf(out, "\"");
    }
}

static void json_reason(struct out *out, const struct msr_policy *raw,
                        const struct policy_reason *reason)
{
    out_printf(out, "{");
    json_bit(out, raw, reason->word, reason->bit);
    json_why(out, raw, reason);
    if (reason->why == WHY_DEPENDENCY) {
        out_printf(out, ",\"on\":{");
        json_bit(out, raw, reason->on_word, reason->on_bit);
        out_printf(out, "}");
    }
    out_printf(out, "}");
}

static void json_reasons(struct out *out, const struct msr_policy *raw,
                         const struct policy_reasons *reasons)
{
    out_printf(out, "[");
    for (unsigned i = 0; i < reasons->count; i++) {
        if (i)
            out_printf(out, ",");
        json_reason(out, raw, &reasons->reason[i]);
    }
    out_printf(out, "]");
}

static void json_masks(struct out *out, const struct report *report, const char *key,
                       const struct policy_masks *masks)
{
    const char *separator = "";

    out_printf(out, ",\"%s\":[", key);
    for (unsigned word = 0; word < WORD_COUNT; word++)
        for (unsigned bit = 0; bit < 64; bit++)
            if (has_any(masks->bits[word], BIT64(bit))) {
                out_printf(out, "%s{", separator);
                json_bit(out, report->raw, word, bit);
                out_printf(out, "}");
                separator = ",";
            }
    out_printf(out, "]");
}

static void json_findings(struct out *out, const struct sane_findings *findings)
{
    out_printf(out, ",\"findings\":[");
    for (unsigned i = 0; findings && i < sane_kept(findings); i++) {
        const struct sane_finding *finding = &findings->finding[i];
        const struct sane_rule *rule = &sane_rules[finding->rule];

        out_printf(out,
                   "%s{\"rule\":\"%s\",\"section\":\"%s\",\"warning\":%s,\"msr\":\"0x%lx\","
                   "\"bits\":\"" HEX64 "\",\"message\":\"%s\"}",
                   i ? "," : "", rule->id, rule->section, json_bool(rule->warning),
                   msr_address(finding->index), finding->bits, rule->message);
    }
    out_printf(out, "]");
}

static void json_errata(struct out *out, const struct report *report)
{
    const char *separator = "";

    out_printf(out, ",\"errata\":[");
    for (unsigned i = 0; i < vmx_errata_count; i++)
        if (is_told(report, &vmx_errata[i])) {
            out_printf(out, "%s{\"erratum\":\"%s\",\"text\":\"%s\"", separator, vmx_errata[i].id,
                       vmx_errata[i].text);
            if (vmx_errata[i].fixed_by)
                out_printf(out, ",\"microcode\":\"0x%08x\"", vmx_errata[i].fixed_by);
            out_printf(out, "}");
            separator = ",";
        }
    out_printf(out, "]");
}

static void json_guest(struct out *out, const struct report *report)
{
    if (!report->guest)
        return;
    out_printf(out, ",\"guest\":");
    json_msrs(out, report->guest);
    out_printf(out, ",\"guest_reasons\":");
    json_reasons(out, report->raw, report->guest_reasons);
}

static void json_processor(struct out *out, const struct msr_policy *raw, unsigned number)
{
    out_printf(out, "%s{\"processor\":%u,\"msrs\":", number ? "," : "", number);
    json_msrs(out, raw);
    out_printf(out, ",");
    json_faulted(out, raw);
    out_printf(out, "}");
}

static void json_raw(struct out *out, const struct report *report)
{
    const struct processors *all = report->processors;

    out_printf(out, ",\"raw\":[");
    if (!all)
        json_processor(out, report->raw, 0);
    for (unsigned i = 0; all && i < all->count; i++)
        json_processor(out, &all->raw[i], i);
    out_printf(out, "]");
}

void report_json(struct out *out, const struct report *report)
{
    out_printf(out, "{\"lintel\":\"" LINTEL_VERSION "\",\"schema\":1,");
    json_cpu(out, report->cpu);
    if (report->feature_control)
        out_printf(out, ",\"feature_control\":\"" HEX64 "\"", *report->feature_control);
    else
        out_printf(out, ",\"feature_control\":null");
    json_raw(out, report);
    out_printf(out, ",\"host\":");
    json_msrs(out, report->host);
    out_printf(out, ",\"reasons\":");
    json_reasons(out, report->raw, report->reasons);
    json_masks(out, report, "masks_refused", &report->reasons->refused);
    json_masks(out, report, "masks_idle", &report->reasons->idle);
    json_findings(out, report->findings);
    json_errata(out, report);
    json_guest(out, report);
    out_printf(out, "}\n");
}
