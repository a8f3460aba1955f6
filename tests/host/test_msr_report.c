/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_msr_report.c - the report's lines and its JSON, word for word, for processors made by hand;
 * hostile CPUID texts; buffers of every size.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "msr/report.h"
#include "support.h"

/* --- processors made by hand ------------------------------------------------------------------ */

/* All that one report needs, and what it was rendered to. */
struct processor {
    struct cpu_identity cpu;
    uint64_t value[VMX_MSR_COUNT];
    uint32_t faults;
    bool has_feature_control;
    uint64_t feature_control;
    struct msr_policy raw, host;
    struct policy_reasons reasons;
    struct report report;
    char text[1 << 16];
};

static bool read_value(void *context, uint32_t address, uint64_t *value)
{
    const struct processor *processor = context;

    *value = processor->value[address - 0x480];
    return !((processor->faults >> (address - 0x480)) & 1);
}

/* Reads and decides, as the kernel does. */
static void decide(struct processor *p)
{
    msr_policy_read(&p->raw, p->cpu.vmx, read_value, p);
    msr_policy_host(&p->host, &p->raw, &p->reasons);
    p->report =
        (struct report){.cpu = &p->cpu,
                        .feature_control = p->has_feature_control ? &p->feature_control : NULL,
                        .raw = &p->raw,
                        .host = &p->host,
                        .reasons = &p->reasons};
}

typedef void renderer(struct out *out, const struct report *report);

static const char *render(struct processor *p, renderer *render_report)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, p->text, sizeof(p->text));
    render_report(&buffer.out, &p->report);
    assert_in_range(buffer.length, 0, sizeof(p->text) - 1);
    return p->text;
}

#define AT(address) [address - 0x480]

static const struct cpu_identity intel = {
    .vendor = "GenuineIntel",
    .brand = "Lintel test processor",
    .signature = 0x000506e3,
    .family = 6,
    .model = 0x5e,
    .stepping = 3,
    .vmx = true,
    .smx = true,
};

/* True controls, VPID without EPT, a bit without a name (0x480:57), one that the SDM does not know
 * (0x48b:29), bits without their base. */
static const struct processor with_true_controls = {
    .has_feature_control = true,
    .feature_control = 0x100005,
    .value =
        {
            AT(0x480) = 0x02d8040000000011,
            AT(0x481) = 0x000000ff00000016,
            AT(0x482) = 0xfff9fffe0401e172,
            AT(0x483) = 0x003fffff00036dff,
            AT(0x484) = 0x0000ffff000011ff,
            AT(0x485) = 0x00000000300481e5,
            AT(0x486) = 0x0000000080000021,
            AT(0x487) = 0x00000000e005003f,
            AT(0x488) = 0x0000000000002000,
            AT(0x489) = 0x00000001003727ff,
            AT(0x48a) = 0x000000000000002a,
            AT(0x48b) = 0x200000a000000000,
            AT(0x48c) = 0x00000f0100000000,
            AT(0x48d) = 0x000000ff00000006,
            AT(0x48e) = 0xfff9fffe04006172,
            AT(0x48f) = 0x003fffff00036dfb,
            AT(0x490) = 0x0000ffff000011fb,
        },
};

/* Nothing but 0x480-0x48a. */
static const struct processor legacy_only = {
    .value =
        {
            AT(0x480) = 0x0058040000000007,
            AT(0x481) = 0x0000001f00000016,
            AT(0x482) = 0x77b9fffe0401e172,
            AT(0x483) = 0x0003ffff00036dff,
            AT(0x484) = 0x00001fff000011ff,
            AT(0x486) = 0x0000000080000021,
            AT(0x487) = 0x00000000e005003f,
            AT(0x488) = 0x0000000000002000,
            AT(0x489) = 0x00000000000027ff,
            AT(0x48a) = 0x000000000000002c,
        },
};

/* All 20 MSRs. */
static const struct processor with_everything = {
    .has_feature_control = true,
    .value =
        {
            AT(0x480) = 0x00d8040000000011, AT(0x481) = 0x000000ff00000016,
            AT(0x482) = 0xfffbfffe0401e172, AT(0x483) = 0xffffffff00036dff,
            AT(0x484) = 0x01ffffff000011ff, AT(0x486) = 0x0000000080000021,
            AT(0x487) = 0x00000000e005003f, AT(0x488) = 0x0000000000002000,
            AT(0x489) = 0x00000000003727ff, AT(0x48a) = 0x0000000000000032,
            AT(0x48b) = 0xdfffffff00000001, AT(0x48c) = 0x003f0f0106f341c1,
            AT(0x48d) = 0x000000ff00000016, AT(0x48e) = 0xfffbfffe04006172,
            AT(0x48f) = 0xffffffff00036dfb, AT(0x490) = 0x01ffffff000011fb,
            AT(0x491) = 0x0000000000000001, AT(0x492) = 0x00000000000201df,
            AT(0x493) = 0x000000000000000f,
        },
};

/* Each test's processors, made anew. */
static struct processor true_controls, legacy, everything, no_vmx, faulty;

static void make(struct processor *p, const struct processor *from, uint32_t faults, bool vmx)
{
    *p = *from;
    p->cpu = intel;
    p->cpu.vmx = vmx;
    p->faults = faults;
    if (!vmx)
        p->has_feature_control = false;
    decide(p);
}

#define MSR(address) (UINT32_C(1) << (address - 0x480))

static int make_processors(void **state)
{
    make(&true_controls, &with_true_controls, 0, true);
    make(&legacy, &legacy_only, 0, true);
    make(&everything, &with_everything, 0, true);
    make(&no_vmx, &with_everything, 0, false);
    make(&faulty, &with_everything, MSR(0x485) | MSR(0x48b) | MSR(0x492), true);
    return start_counting(state);
}

/* --- text ------------------------------------------------------------------------------------- */

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;

    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

/* Counts where `lines` (whole lines) stand in `text`, at the start of a line. */
static unsigned count_lines(const char *text, const char *lines)
{
    unsigned count = 0;

    for (const char *at = text; (at = strstr(at, lines)); at++)
        if (at == text || at[-1] == '\n')
            count++;
    return count;
}

#define NO_MSRS                                       \
    "msr 0x03a IA32_FEATURE_CONTROL absent\n"         \
    "msr 0x480 IA32_VMX_BASIC absent\n"               \
    "msr 0x481 IA32_VMX_PINBASED_CTLS absent\n"       \
    "msr 0x482 IA32_VMX_PROCBASED_CTLS absent\n"      \
    "msr 0x483 IA32_VMX_EXIT_CTLS absent\n"           \
    "msr 0x484 IA32_VMX_ENTRY_CTLS absent\n"          \
    "msr 0x485 IA32_VMX_MISC absent\n"                \
    "msr 0x486 IA32_VMX_CR0_FIXED0 absent\n"          \
    "msr 0x487 IA32_VMX_CR0_FIXED1 absent\n"          \
    "msr 0x488 IA32_VMX_CR4_FIXED0 absent\n"          \
    "msr 0x489 IA32_VMX_CR4_FIXED1 absent\n"          \
    "msr 0x48a IA32_VMX_VMCS_ENUM absent\n"           \
    "msr 0x48b IA32_VMX_PROCBASED_CTLS2 absent\n"     \
    "msr 0x48c IA32_VMX_EPT_VPID_CAP absent\n"        \
    "msr 0x48d IA32_VMX_TRUE_PINBASED_CTLS absent\n"  \
    "msr 0x48e IA32_VMX_TRUE_PROCBASED_CTLS absent\n" \
    "msr 0x48f IA32_VMX_TRUE_EXIT_CTLS absent\n"      \
    "msr 0x490 IA32_VMX_TRUE_ENTRY_CTLS absent\n"     \
    "msr 0x491 IA32_VMX_VMFUNC absent\n"              \
    "msr 0x492 IA32_VMX_PROCBASED_CTLS3 absent\n"     \
    "msr 0x493 IA32_VMX_EXIT_CTLS2 absent\n"

/* The values are there to be read, but CPUID has no VMX: every line says absent. */
static void text_without_vmx(void **state)
{
    (void)state;
    assert_string_equal(render(&no_vmx, report_text),
                        "cpu GenuineIntel family 0x6 model 0x5e stepping 3 "
                        "\"Lintel test processor\"\n"
                        "vmx absent: CPUID.1:ECX bit 5 is 0\n" NO_MSRS);
}

static void text_with_svm(void **state)
{
    (void)state;
    no_vmx.cpu = (struct cpu_identity){
        .vendor = "AuthenticAMD", .family = 0x17, .model = 1, .stepping = 2, .svm = true};
    assert_string_equal(render(&no_vmx, report_text),
                        "cpu AuthenticAMD family 0x17 model 0x1 stepping 2 \"\"\n"
                        "vmx absent: CPUID.1:ECX bit 5 is 0; this processor has AMD SVM, which "
                        "Lintel does not use\n" NO_MSRS);
}

/* Lines that must stand in a report, together and once. */
struct lines {
    const char *name;
    struct processor *processor;
    const char *lines;
};

static const struct lines expected_lines[] = {
    {"the processor", &true_controls,
     "cpu GenuineIntel family 0x6 model 0x5e stepping 3 \"Lintel test processor\"\n"
     "msr 0x03a IA32_FEATURE_CONTROL 0x0000000000100005\n"
     "  0x03a:0 lock 1 \"lock bit\"\n"
     "  0x03a:1 vmx_inside_smx 0 \"enable VMX inside SMX operation\"\n"
     "  0x03a:2 vmx_outside_smx 1 \"enable VMX outside SMX operation\"\n"},
    {"IA32_FEATURE_CONTROL's last line", &true_controls,
     "  0x03a:20 lmce 1 \"LMCE on\"\nmsr 0x480 IA32_VMX_BASIC 0x02d8040000000011\n"},
    {"no IA32_FEATURE_CONTROL", &legacy, "msr 0x03a IA32_FEATURE_CONTROL absent\n"},
    {"bits, fields, an unknown bit", &true_controls,
     "msr 0x480 IA32_VMX_BASIC 0x02d8040000000011\n"
     "  0x480:30:0 vmcs_revision_id 0x11 \"VMCS revision identifier\"\n"
     "  0x480:31 mbz 0 \"always 0\"\n"
     "  0x480:44:32 vmcs_region_size 0x400 \"bytes of the VMXON region and of a VMCS\"\n"
     "  0x480:48 addresses_32bit 0 \"physical addresses limited to 32 bits\"\n"
     "  0x480:49 dual_monitor 0 \"dual-monitor treatment of SMI and SMM\"\n"
     "  0x480:53:50 memory_type 0x6 \"memory type for VMCS accesses\"\n"
     "  0x480:54 ins_out_info 1 \"VM-exit information for INS and OUTS\"\n"
     "  0x480:55 default1_zero 1 \"default1 controls may be 0\"\n"
     "  0x480:56 any_error_code 0 \"exceptions injected with or without error code\"\n"
     "  0x480:57 unknown 1\n"
     "  0x480:58 nested_exception 0 \"nested exceptions\"\n"
     "  0x480:60 no_seamret_invd_vmcs 0 \"SEAMRET keeps the current VMCS\"\n"
     "msr 0x481 IA32_VMX_PINBASED_CTLS 0x000000ff00000016\n"},
    {"a control's legacy word", &true_controls,
     "msr 0x481 IA32_VMX_PINBASED_CTLS 0x000000ff00000016\n"
     "  0x481:0 ext_intr_exiting may-be-1=1 must-be-1=0 \"external-interrupt exiting\"\n"
     "  0x481:3 nmi_exiting may-be-1=1 must-be-1=0 \"NMI exiting\"\n"
     "  0x481:4 reserved may-be-1=1 must-be-1=1 default1=1\n"
     "  0x481:5 virtual_nmis may-be-1=1 must-be-1=0 \"virtual NMIs\"\n"
     "  0x481:6 preempt_timer may-be-1=1 must-be-1=0 \"activate VMX-preemption timer\"\n"
     "  0x481:7 posted_interrupt may-be-1=1 must-be-1=0 \"process posted interrupts\"\n"
     "msr 0x482 IA32_VMX_PROCBASED_CTLS 0xfff9fffe0401e172\n"},
    {"a control's true word", &true_controls,
     "msr 0x48d IA32_VMX_TRUE_PINBASED_CTLS 0x000000ff00000006\n"
     "  0x48d:0 ext_intr_exiting may-be-1=1 must-be-1=0 \"external-interrupt exiting\"\n"
     "  0x48d:3 nmi_exiting may-be-1=1 must-be-1=0 \"NMI exiting\"\n"
     "  0x48d:4 reserved may-be-1=1 must-be-1=0 default1=1\n"},
    {"default1, legacy", &true_controls,
     "  0x482:15 cr3_load_exiting may-be-1=1 must-be-1=1 default1=1 \"CR3-load exiting\"\n"
     "  0x482:16 cr3_store_exiting may-be-1=1 must-be-1=1 default1=1 \"CR3-store exiting\"\n"
     "  0x482:17 activate_tertiary_controls may-be-1=0 must-be-1=0 "
     "\"activate tertiary controls\"\n"
     "  0x482:19 cr8_load_exiting may-be-1=1 must-be-1=0 \"CR8-load exiting\"\n"},
    {"default1, true", &true_controls,
     "  0x48e:15 cr3_load_exiting may-be-1=1 must-be-1=0 default1=1 \"CR3-load exiting\"\n"
     "  0x48e:16 cr3_store_exiting may-be-1=1 must-be-1=0 default1=1 \"CR3-store exiting\"\n"},
    {"default1, exit", &true_controls,
     "msr 0x48f IA32_VMX_TRUE_EXIT_CTLS 0x003fffff00036dfb\n"
     "  0x48f:2 save_debug_cntrls may-be-1=1 must-be-1=0 default1=1 \"save debug controls\"\n"},
    {"default1, entry", &true_controls,
     "msr 0x490 IA32_VMX_TRUE_ENTRY_CTLS 0x0000ffff000011fb\n"
     "  0x490:2 load_debug_cntrls may-be-1=1 must-be-1=0 default1=1 \"load debug controls\"\n"},
    {"no default1 without true words", &legacy,
     "  0x482:15 cr3_load_exiting may-be-1=1 must-be-1=1 \"CR3-load exiting\"\n"
     "  0x482:16 cr3_store_exiting may-be-1=1 must-be-1=1 \"CR3-store exiting\"\n"},
    {"fixed bits", &legacy,
     "msr 0x486 IA32_VMX_CR0_FIXED0 0x0000000080000021\n"
     "  0x486:0 pe must-be-1=1 \"protection enable\"\n"
     "  0x486:1 mp must-be-1=0 \"monitor coprocessor\"\n"},
    {"fixed bits, with unrestricted guest", &true_controls,
     "msr 0x486 IA32_VMX_CR0_FIXED0 0x0000000080000021\n"
     "  0x486:0 pe must-be-1=1 \"protection enable\", may be 0 in an unrestricted guest\n"
     "  0x486:1 mp must-be-1=0 \"monitor coprocessor\"\n"},
    {"NE is not relaxed, PG is", &true_controls, "  0x486:5 ne must-be-1=1 \"numeric error\"\n"},
    {"NE is not relaxed, PG is", &true_controls,
     "  0x486:31 pg must-be-1=1 \"paging\", may be 0 in an unrestricted guest\n"},
    {"CR4 bit 32", &true_controls,
     "  0x489:32 fred may-be-1=1 \"flexible return and event delivery\"\n"
     "msr 0x48a IA32_VMX_VMCS_ENUM 0x000000000000002a\n"
     "  0x48a:9:1 vmcs_encoding_max_idx 0x15 \"highest index of any VMCS encoding\"\n"
     "msr 0x48b IA32_VMX_PROCBASED_CTLS2 0x200000a000000000\n"},
    {"a control that the SDM does not describe", &true_controls,
     "  0x48b:28 enclv_exiting may-be-1=0 must-be-1=0 \"enable ENCLV exiting\"\n"
     "  0x48b:29 epc_virtualization may-be-1=1 must-be-1=0 \"EPC virtualization\"\n"
     "  0x48b:30 bus_lock_detection may-be-1=0 must-be-1=0 \"VMM bus-lock detection\"\n"},
    {"may-be-1 words", &everything,
     "msr 0x492 IA32_VMX_PROCBASED_CTLS3 0x00000000000201df\n"
     "  0x492:0 loadiwkey_exiting may-be-1=1 \"LOADIWKEY exiting\"\n"},
    {"an unknown bit of a may-be-1 word", &everything,
     "  0x492:9 pbndkb_exiting may-be-1=0 \"PBNDKB exiting\"\n"
     "  0x492:12 pebs_use_gpa may-be-1=0 \"PEBS uses guest physical addresses\"\n"
     "  0x492:17 unknown may-be-1=1\n"
     "msr 0x493 IA32_VMX_EXIT_CTLS2 0x000000000000000f\n"
     "  0x493:0 save_fred may-be-1=1 \"save IA32_FRED MSRs\"\n"},
    {"no VMFUNC, 0x492, 0x493", &true_controls,
     "msr 0x491 IA32_VMX_VMFUNC absent\n"
     "  0x491: needs \"enable VM functions\" (IA32_VMX_PROCBASED_CTLS2 bit 13)\n"
     "msr 0x492 IA32_VMX_PROCBASED_CTLS3 absent\n"
     "  0x492: needs \"activate tertiary controls\" (IA32_VMX_PROCBASED_CTLS bit 17)\n"
     "msr 0x493 IA32_VMX_EXIT_CTLS2 absent\n"
     "  0x493: needs \"activate secondary controls\" (IA32_VMX_EXIT_CTLS bit 31)\n"},
    {"no secondary and no true controls", &legacy,
     "msr 0x48b IA32_VMX_PROCBASED_CTLS2 absent\n"
     "  0x48b: needs \"activate secondary controls\" (IA32_VMX_PROCBASED_CTLS bit 31)\n"
     "msr 0x48c IA32_VMX_EPT_VPID_CAP absent\n"
     "  0x48c: needs \"enable EPT\" (IA32_VMX_PROCBASED_CTLS2 bit 1)\n"
     "  0x48c: needs \"enable VPID\" (IA32_VMX_PROCBASED_CTLS2 bit 5)\n"
     "msr 0x48d IA32_VMX_TRUE_PINBASED_CTLS absent\n"
     "  0x48d: needs \"default1 controls may be 0\" (IA32_VMX_BASIC bit 55)\n"},
    {"a fault, by CPUID", &faulty,
     "msr 0x485 IA32_VMX_MISC absent\n"
     "  0x485: RDMSR faulted, although CPUID.1:ECX bit 5 says that it exists\n"},
    {"a fault behind a gate, and what depends on it", &faulty,
     "msr 0x48b IA32_VMX_PROCBASED_CTLS2 absent\n"
     "  0x48b: RDMSR faulted, although IA32_VMX_PROCBASED_CTLS says that it exists\n"
     "msr 0x48c IA32_VMX_EPT_VPID_CAP absent\n"
     "  0x48c: needs \"enable EPT\" (IA32_VMX_PROCBASED_CTLS2 bit 1)\n"},
    {"a fault of 0x492", &faulty,
     "msr 0x492 IA32_VMX_PROCBASED_CTLS3 absent\n"
     "  0x492: RDMSR faulted, although IA32_VMX_PROCBASED_CTLS says that it exists\n"},
    {"what host leaves out", &true_controls,
     "host: without 0x480:57 unknown: this Lintel has no name for the bit\n"
     "host: without 0x48b:29 epc_virtualization: the SDM does not describe the bit\n"
     "host: without 0x48d:7 posted_interrupt: needs \"virtual-interrupt delivery\" "
     "(IA32_VMX_PROCBASED_CTLS2 bit 9)\n"
     "host: without 0x48b:7 unrestricted_guest: needs \"enable EPT\" "
     "(IA32_VMX_PROCBASED_CTLS2 bit 1)\n"
     "host: 4 bits of the raw policy left out\n"},
    {"host leaves nothing out", &legacy,
     "  0x493: needs \"activate secondary controls\" (IA32_VMX_EXIT_CTLS bit 31)\n"
     "host: 0 bits of the raw policy left out\n"},
};

static void text_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(expected_lines); i++) {
        const struct lines *e = &expected_lines[i];
        unsigned found = count_lines(render(e->processor, report_text), e->lines);

        expect(found == 1, "%s: found %u times:\n%s", e->name, found, e->lines);
    }
    assert_int_equal(wrong, 0);
}

static struct processor *const all_processors[] = {&true_controls, &legacy, &everything, &no_vmx,
                                                   &faulty};

/* One `msr` line for every MSR, in order, with its value or `absent`. */
static void text_msr_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(all_processors); i++) {
        struct processor *p = all_processors[i];
        const char *text = render(p, report_text);
        const char *at = text;

        expect(count_lines(text, "msr ") == VMX_MSR_COUNT + 1, "processor %zu: %u msr lines", i,
               count_lines(text, "msr "));
        for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
            char line[80], value[20] = "absent";

            if ((p->raw.present >> index) & 1)
                snprintf(value, sizeof(value), "0x%016" PRIx64, p->value[index]);
            snprintf(line, sizeof(line), "\nmsr 0x%x %s %s\n", 0x480 + index, vmx_msrs[index].name,
                     value);
            const char *found = strstr(at, line);
            expect(found, "processor %zu, in order:%s", i, line);
            at = found ? found : at;
        }
    }
    assert_int_equal(wrong, 0);
}

static void text_default1_column(void **state)
{
    (void)state;
    /* pin 4; processor-based 15, 16; exit 2; entry 2: in the legacy and in the true word */
    assert_int_equal(count_of(render(&true_controls, report_text), " default1=1"), 10);
    assert_int_equal(count_of(render(&legacy, report_text), " default1=1"), 0);
}

static const struct named_bit {
    struct processor *processor;
    enum vmx_word_id word;
    unsigned bit;
    const char *expected;
} named_bits[] = {
    {&everything, WORD_PROC2, 1, "\"enable EPT\" (IA32_VMX_PROCBASED_CTLS2 bit 1)"},
    {&everything, WORD_PROC, 7, "\"HLT exiting\" (IA32_VMX_TRUE_PROCBASED_CTLS bit 7)"},
    {&legacy, WORD_PROC, 7, "\"HLT exiting\" (IA32_VMX_PROCBASED_CTLS bit 7)"},
    {&legacy, WORD_PROC2, 7, "\"unrestricted guest\" (IA32_VMX_PROCBASED_CTLS2 bit 7)"},
    {&legacy, WORD_CR4, 13, "\"VMX enable\" (IA32_VMX_CR4_FIXED1 bit 13)"},
    {&legacy, WORD_PIN, 31, "\"unknown\" (IA32_VMX_PINBASED_CTLS bit 31)"},
    {&legacy, WORD_FEATURE_CONTROL, 0, "\"lock bit\" (IA32_FEATURE_CONTROL bit 0)"},
};

static void bits_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(named_bits); i++) {
        const struct named_bit *b = &named_bits[i];
        struct text_buffer buffer;
        char text[120];

        text_buffer_init(&buffer, text, sizeof(text));
        report_bit(&buffer.out, &b->processor->raw, b->word, b->bit);
        expect(strcmp(text, b->expected) == 0, "%s, not %s", text, b->expected);
    }
    assert_int_equal(wrong, 0);
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* Parses `p`'s report; it must be one line. */
static json_t *parse(struct processor *p)
{
    const char *text = render(p, report_json);
    size_t length = strlen(text);
    json_error_t error;

    assert_int_equal(text[length - 1], '\n');
    assert_ptr_equal(strchr(text, '\n'), text + length - 1);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("column %d: %s", error.column, error.text);
    return root;
}

static const char *string_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "(no string)";
}

/* What an MSR's value should be in JSON: a hex string, or null. */
static void expect_msr(const char *what, unsigned index, const json_t *value, bool present,
                       uint64_t wanted)
{
    char text[20];

    snprintf(text, sizeof(text), "0x%016" PRIx64, wanted);
    if (!present)
        expect(json_is_null(value), "%s 0x%x: not null", what, 0x480 + index);
    else
        expect(json_is_string(value) && strcmp(json_string_value(value), text) == 0,
               "%s 0x%x: not %s", what, 0x480 + index, text);
}

static void expect_msrs(const char *what, const json_t *msrs, const struct msr_policy *policy)
{
    expect(json_object_size(msrs) == VMX_MSR_COUNT, "%s: %zu MSRs", what, json_object_size(msrs));
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        char key[8];

        snprintf(key, sizeof(key), "0x%x", 0x480 + index);
        expect_msr(what, index, json_object_get(msrs, key), (policy->present >> index) & 1,
                   policy->raw[index]);
    }
}

static void json_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(all_processors); i++) {
        struct processor *p = all_processors[i];
        json_t *root = parse(p);
        const json_t *raw = json_array_get(json_object_get(root, "raw"), 0);

        expect(json_object_size(root) == 11, "%zu keys", json_object_size(root));
        expect(strcmp(string_at(root, "lintel"), LINTEL_VERSION) == 0, "version");
        expect(json_integer_value(json_object_get(root, "schema")) == 1, "schema");
        expect(json_array_size(json_object_get(root, "raw")) == 1, "raw");
        expect(json_object_size(raw) == 3, "raw has %zu keys", json_object_size(raw));
        expect(json_is_integer(json_object_get(raw, "processor")), "processor");
        expect_msrs("raw", json_object_get(raw, "msrs"), &p->raw);
        expect_msrs("host", json_object_get(root, "host"), &p->host);
        expect(json_array_size(json_object_get(root, "reasons")) == p->reasons.count, "reasons");
        json_decref(root);
    }
    assert_int_equal(wrong, 0);
}

static void json_cpu_object(void **state)
{
    json_t *root = parse(&everything);
    const json_t *cpu = json_object_get(root, "cpu");

    (void)state;
    assert_int_equal(json_object_size(cpu), 10);
    assert_string_equal(string_at(cpu, "vendor"), "GenuineIntel");
    assert_string_equal(string_at(cpu, "brand"), "Lintel test processor");
    assert_string_equal(string_at(cpu, "signature"), "0x000506e3");
    assert_int_equal(json_integer_value(json_object_get(cpu, "family")), 6);
    assert_int_equal(json_integer_value(json_object_get(cpu, "model")), 0x5e);
    assert_int_equal(json_integer_value(json_object_get(cpu, "stepping")), 3);
    assert_true(json_is_true(json_object_get(cpu, "vmx")));
    assert_true(json_is_true(json_object_get(cpu, "smx")));
    assert_true(json_is_false(json_object_get(cpu, "hypervisor")));
    json_decref(root);
}

static void a_hypervisor_is_named(void **state)
{
    static struct processor p;
    json_t *root;

    (void)state;
    p = everything;
    p.cpu.hypervisor = true;
    strcpy(p.cpu.hypervisor_vendor, "KVMKVMKVM");
    p.report.cpu = &p.cpu;
    root = parse(&p);
    assert_true(json_is_true(json_object_get(json_object_get(root, "cpu"), "hypervisor")));
    assert_string_equal(string_at(json_object_get(root, "cpu"), "hypervisor_vendor"), "KVMKVMKVM");
    assert_non_null(strstr(render(&p, report_text), " under a hypervisor \"KVMKVMKVM\"\n"));
    json_decref(root);
}

static void json_feature_control(void **state)
{
    json_t *with = parse(&true_controls);
    json_t *without = parse(&legacy);

    (void)state;
    assert_string_equal(string_at(with, "feature_control"), "0x0000000000100005");
    assert_true(json_is_null(json_object_get(without, "feature_control")));
    json_decref(with);
    json_decref(without);
}

static void json_faulted(void **state)
{
    static const char *const addresses[] = {"0x485", "0x48b", "0x492"};
    json_t *root = parse(&faulty);
    const json_t *faulted =
        json_object_get(json_array_get(json_object_get(root, "raw"), 0), "faulted");

    (void)state;
    assert_int_equal(json_array_size(faulted), ARRAY_SIZE(addresses));
    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
        assert_string_equal(json_string_value(json_array_get(faulted, i)), addresses[i]);
    json_decref(root);
}

/* A Haswell with an old microcode and without TSX, and the Clarkdale. */
static void errata_are_told(void **state)
{
    struct processor *p = &legacy;
    json_t *root, *errata;

    (void)state;
    p->cpu = intel;
    p->cpu.model = 0x3c;
    p->cpu.has_microcode = true;
    p->cpu.microcode = 0x1e;
    render(p, report_text);
    assert_non_null(strstr(p->text, "\nerratum HSM182/HSD172: writes to last-branch MSRs"));
    assert_non_null(strstr(p->text, "\nerratum TSC_DEADLINE: the TSC-deadline timer is not "
                                    "reliable before this microcode: 0x22\n"));
    root = parse(p);
    errata = json_object_get(root, "errata");
    assert_int_equal(json_array_size(errata), 2);
    assert_string_equal(string_at(json_array_get(errata, 0), "erratum"), "HSM182/HSD172");
    assert_string_equal(string_at(json_array_get(errata, 1), "microcode"), "0x00000022");
    json_decref(root);
    p->cpu.model = 0x25;
    p->cpu.stepping = 5;
    assert_non_null(strstr(render(p, report_text), "\nerratum AAU30: VMX accesses VMCSs with"));
    p->cpu.stepping = 1;
    assert_null(strstr(render(p, report_text), "\nerratum "));
}

/* What became of masks that took nothing. */
static void masks_that_take_nothing(void **state)
{
    struct processor *p = &legacy;
    json_t *root;

    (void)state;
    p->reasons.refused.bits[WORD_CR4] = 1 << 13;
    p->reasons.idle.bits[WORD_PROC2] = 1 << 7;
    p->reasons.idle.bits[WORD_MISC] = 1 << 9;
    render(p, report_text);
    assert_non_null(strstr(p->text, "host: with 0x489:13 vmxe in spite of its mask: the processor "
                                    "insists on it\n"
                                    "host: the mask of 0x485:9 unknown takes nothing away: it is "
                                    "not offered\n"
                                    "host: the mask of 0x48b:7 unrestricted_guest takes nothing "
                                    "away: it is not offered\n"));
    root = parse(p);
    assert_int_equal(json_array_size(json_object_get(root, "masks_idle")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "masks_refused")), 1);
    json_decref(root);
}

/* Every reason of the processor with true controls, word for word. */
static void json_reasons(void **state)
{
    static const char expected[] =
        "["
        "{\"msr\":\"0x480\",\"bit\":57,\"name\":null,\"why\":\"unknown\"},"
        "{\"msr\":\"0x48b\",\"bit\":29,\"name\":\"epc_virtualization\",\"why\":\"undocumented\"},"
        "{\"msr\":\"0x48d\",\"bit\":7,\"name\":\"posted_interrupt\",\"why\":\"dependency\","
        "\"on\":{\"msr\":\"0x48b\",\"bit\":9,\"name\":\"virtual_intr_delivery\"}},"
        "{\"msr\":\"0x48b\",\"bit\":7,\"name\":\"unrestricted_guest\",\"why\":\"dependency\","
        "\"on\":{\"msr\":\"0x48b\",\"bit\":1,\"name\":\"enable_ept\"}}"
        "]";
    json_t *root = parse(&true_controls);
    json_t *wanted = json_loads(expected, 0, NULL);

    (void)state;
    assert_non_null(wanted);
    assert_true(json_equal(json_object_get(root, "reasons"), wanted));
    json_decref(wanted);
    json_decref(root);
}

static bool bit_is_complete(const json_t *bit)
{
    return json_is_string(json_object_get(bit, "msr")) &&
           json_is_integer(json_object_get(bit, "bit")) && json_object_get(bit, "name");
}

static bool reason_is_complete(const json_t *reason)
{
    const char *why = string_at(reason, "why");

    if (!bit_is_complete(reason))
        return false;
    if (strcmp(why, "unknown") == 0)
        return json_object_size(reason) == 4 && json_is_null(json_object_get(reason, "name"));
    if (strcmp(why, "undocumented") == 0)
        return json_object_size(reason) == 4 && json_is_string(json_object_get(reason, "name"));
    return strcmp(why, "dependency") == 0 && json_object_size(reason) == 5 &&
           json_is_string(json_object_get(reason, "name")) &&
           bit_is_complete(json_object_get(reason, "on")) &&
           json_is_string(json_object_get(json_object_get(reason, "on"), "name"));
}

/* A processor that claims every bit but the bases, all unknown bits too: hundreds of reasons. */
static void json_many_reasons(void **state)
{
    struct processor *p = &everything;

    (void)state;
    memset(p->value, 0xff, sizeof(p->value));
    for (unsigned index = 1; index < VMX_MSR_COUNT; index++)
        if (vmx_msrs[index].form == FORM_CONTROLS)
            p->value[index] &= ~UINT64_C(0xffffffff);
    p->value[0x486 - 0x480] = p->value[0x488 - 0x480] = 0;
    p->value[0x48d - 0x480] = p->value[0x48e - 0x480] = 0;
    decide(p);
    json_t *root = parse(p);
    const json_t *reasons = json_object_get(root, "reasons");
    assert_in_range(p->reasons.count, 300, POLICY_REASONS_MAX);
    assert_int_equal(json_array_size(reasons), p->reasons.count);
    for (size_t i = 0; i < p->reasons.count; i++)
        expect(reason_is_complete(json_array_get(reasons, i)), "reason %zu is not complete", i);
    json_decref(root);
    assert_int_equal(wrong, 0);
}

/* --- hostile texts ---------------------------------------------------------------------------- */

static const struct hostile {
    const char *name;
    const char *brand;
    const char *json; /* as jansson gives it back: UTF-8 */
    const char *text; /* between the quotes of the cpu line */
} hostile[] = {
    {"quotes", "a\"b\\c", "a\"b\\c", "a\"b\\c"},
    {"a closing brace", "\"},{\"x\":[", "\"},{\"x\":[", "\"},{\"x\":["},
    {"control bytes", "\x01\x1f\t\r\x7f", "\x01\x1f\t\r\x7f", "....."},
    {"a forged line", "x\nmsr 0x480 IA32_VMX_BASIC absent", "x\nmsr 0x480 IA32_VMX_BASIC absent",
     "x.msr 0x480 IA32_VMX_BASIC absent"},
    {"an escape sequence", "\x1b[2J", "\x1b[2J", ".[2J"},
    {"no ASCII", "\x80\xff\xc3\xa9", "\xc2\x80\xc3\xbf\xc3\x83\xc2\xa9", "...."},
    {"a format", "%s%n%d", "%s%n%d", "%s%n%d"},
    {"empty", "", "", ""},
    {"full", "0123456789abcdef0123456789abcdef0123456789abcdef",
     "0123456789abcdef0123456789abcdef0123456789abcdef",
     "0123456789abcdef0123456789abcdef0123456789abcdef"},
};

static void hostile_brands(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
        char line[200];

        snprintf(everything.cpu.brand, sizeof(everything.cpu.brand), "%s", hostile[i].brand);
        json_t *root = parse(&everything);
        const char *got = string_at(json_object_get(root, "cpu"), "brand");
        expect(strcmp(got, hostile[i].json) == 0, "%s: JSON \"%s\"", hostile[i].name, got);
        json_decref(root);
        snprintf(line, sizeof(line),
                 "cpu GenuineIntel family 0x6 model 0x5e stepping 3 \"%s\"\nmsr 0x03a ",
                 hostile[i].text);
        expect(count_lines(render(&everything, report_text), line) == 1, "%s: text",
               hostile[i].name);
    }
    assert_int_equal(wrong, 0);
}

static void hostile_vendor(void **state)
{
    (void)state;
    memcpy(everything.cpu.vendor, "\"\\\n\xff\x01{}[]:,x", 13);
    json_t *root = parse(&everything);
    assert_string_equal(string_at(json_object_get(root, "cpu"), "vendor"),
                        "\"\\\n\xc3\xbf\x01{}[]:,x");
    json_decref(root);
    assert_int_equal(
        count_lines(render(&everything, report_text), "cpu \"\\...{}[]:,x family 0x6 model 0x5e"),
        1);
}

/* --- buffers ---------------------------------------------------------------------------------- */

/* Into memory of just `size` bytes: the start of the whole text, terminated, and nothing else. */
static void check_cut(const struct report *report, renderer *render_report, const char *whole,
                      size_t size)
{
    struct text_buffer buffer;
    char *text = malloc(size);

    assert_non_null(text);
    text_buffer_init(&buffer, text, size);
    render_report(&buffer.out, report);
    assert_int_equal(buffer.length, strlen(whole));
    assert_int_equal(strlen(text), size <= buffer.length ? size - 1 : buffer.length);
    assert_memory_equal(text, whole, strlen(text));
    free(text);
}

static void cut_everywhere(struct processor *p, renderer *render_report)
{
    const char *whole = render(p, render_report);
    size_t length = strlen(whole);

    for (size_t size = 1; size < 64; size++)
        check_cut(&p->report, render_report, whole, size);
    for (size_t size = 64; size < length; size += 211)
        check_cut(&p->report, render_report, whole, size);
    for (size_t size = length - 1; size < length + 3; size++)
        check_cut(&p->report, render_report, whole, size);
}

static void buffers_never_overflow(void **state)
{
    (void)state;
    cut_everywhere(&true_controls, report_text);
    cut_everywhere(&true_controls, report_json);
}

#define TEST(function) cmocka_unit_test_setup(function, make_processors)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_without_vmx),
        TEST(text_with_svm),
        TEST(text_lines),
        TEST(text_msr_lines),
        TEST(masks_that_take_nothing),
        TEST(errata_are_told),
        TEST(text_default1_column),
        TEST(bits_by_name),
        TEST(json_values),
        TEST(json_cpu_object),
        TEST(json_feature_control),
        TEST(a_hypervisor_is_named),
        TEST(json_faulted),
        TEST(json_reasons),
        TEST(json_many_reasons),
        TEST(hostile_brands),
        TEST(hostile_vendor),
        TEST(buffers_never_overflow),
    };

    return cmocka_run_group_tests_name("msr_report", tests, NULL, NULL);
}
