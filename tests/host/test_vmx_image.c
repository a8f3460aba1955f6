/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmx_image.c - the VMCS image: every field of three kinds of guest on three processors
 * against tables of exact values; no field but those, and none that the processor has not; CR0 and
 * CR4 by the fixed bits; nothing at all when a control is missing.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/fixed.h"
#include "vmx/image.h"
#include "policies.h"
#include "support.h"

#define AT(address)         (address - 0x480)
#define MSR(address)        (UINT32_C(1) << AT(address))
#define CONTROLS(must, may) ((uint64_t)(may) << 32 | (must))

#define BASE_MSRS 0x007ffu
#define TRUE_MSRS (MSR(0x48d) | MSR(0x48e) | MSR(0x48f) | MSR(0x490))

#define GUEST_RIP   0x7c00
#define GUEST_RSP   0xffff8800
#define GUEST_CR3   0x12345000
#define EPT_POINTER 0x3f00001e
#define EXCEPTIONS  0x4000

enum mode { FLAT_32_EPT, FLAT_64_EPT, FLAT_64, MODES };
enum processor { EVERYTHING, OLD, MINIMAL, PROCESSORS };

static const char *const mode_names[MODES] = {"flat 32, unrestricted", "flat 64, EPT",
                                              "flat 64, no EPT"};
static const char *const processor_names[PROCESSORS] = {"everything", "old", "minimal"};

/*
 * everything  true MSRs, every control, every field
 * old         neither true MSRs nor secondary controls; PAT is loaded, EFER is not
 * minimal     no true MSRs, and besides what must be 1 only what the three guests require
 */
/* Versions of clang-format differ here. */
/* clang-format off */
static const struct msr_policy processors[PROCESSORS] = {
    [EVERYTHING] =
        {
            .present = BASE_MSRS | TRUE_MSRS | MSR(0x48b) | MSR(0x48c) | MSR(0x491) |
                       MSR(0x492) | MSR(0x493),
            .raw =
                {
                    [AT(0x480)] = UINT64_C(1) << 55,
                    [AT(0x481)] = CONTROLS(0x16, 0xff),
                    [AT(0x482)] = CONTROLS(0x0401e172, 0xfffbfffe),
                    [AT(0x483)] = CONTROLS(0x36dff, 0xffffffff),
                    [AT(0x484)] = CONTROLS(0x11ff, 0x1ffffff),
                    [AT(0x486)] = 0x80000021,
                    [AT(0x487)] = 0xffffffff,
                    [AT(0x488)] = 0x2000,
                    [AT(0x489)] = 0x13767fff,
                    [AT(0x48b)] = CONTROLS(0, 0xdfffffff),
                    [AT(0x48c)] = 0xf0106f34141,
                    [AT(0x48d)] = CONTROLS(0x16, 0xff),
                    [AT(0x48e)] = CONTROLS(0x04006172, 0xfffbfffe),
                    [AT(0x48f)] = CONTROLS(0x36dfb, 0xffffffff),
                    [AT(0x490)] = CONTROLS(0x11fb, 0x1ffffff),
                    [AT(0x491)] = 0x1,
                    [AT(0x492)] = 0x1df,
                    [AT(0x493)] = 0xf,
                },
        },
    [OLD] =
        {
            .present = BASE_MSRS,
            .raw =
                {
                    [AT(0x481)] = CONTROLS(0x16, 0x3f),
                    [AT(0x482)] = CONTROLS(0x0401e172, 0x77f9fffe),
                    [AT(0x483)] = CONTROLS(0x36dff, 0xfefff),
                    [AT(0x484)] = CONTROLS(0x11ff, 0x7fff),
                    [AT(0x486)] = 0x80000021,
                    [AT(0x487)] = 0xffffffff,
                    [AT(0x488)] = 0x2000,
                    [AT(0x489)] = 0x67ff,
                },
        },
    [MINIMAL] =
        {
            .present = BASE_MSRS | MSR(0x48b) | MSR(0x48c),
            .raw =
                {
                    [AT(0x481)] = CONTROLS(0x16, 0x16),
                    [AT(0x482)] = CONTROLS(0x0401e172, 0x8501e1f2),
                    [AT(0x483)] = CONTROLS(0x36dff, 0x36fff),
                    [AT(0x484)] = CONTROLS(0x11ff, 0x13ff),
                    [AT(0x486)] = 0x80000021,
                    [AT(0x487)] = 0xffffffff,
                    [AT(0x488)] = 0x2000,
                    [AT(0x489)] = 0x2020,
                    [AT(0x48b)] = CONTROLS(0, 0x82),
                    [AT(0x48c)] = 0x4040,
                },
        },
};
/* clang-format on */

/* Every number different, so that no field can have another one's. */
static const struct host_state host = {
    .cr0 = 0x80050033,
    .cr3 = 0x00102000,
    .cr4 = 0x000426e0,
    .efer = 0xd01,
    .pat = 0x0007040600070406,
    .cs = 0x08,
    .ss = 0x10,
    .ds = 0x18,
    .es = 0x20,
    .fs = 0x30,
    .gs = 0x38,
    .tr = 0x28,
    .fs_base = 0xffff800000001000,
    .gs_base = 0xffff800000002000,
    .tr_base = 0xffff800000003000,
    .gdtr_base = 0xffff800000004000,
    .idtr_base = 0xffff800000005000,
    .sysenter_cs = 0x48,
    .sysenter_esp = 0xffff800000006000,
    .sysenter_eip = 0xffffffff80007000,
    .rip = 0xffffffff80008000,
};

/* --- what is expected ------------------------------------------------------------------------- */

struct field_value {
    enum vmcs_field field;
    uint64_t value;
};

/* The same in every image. */
static const struct field_value always[] = {
    {VMCS_EXCEPTION_BITMAP, EXCEPTIONS},
    {VMCS_PAGE_FAULT_ERROR_MASK, 0},
    {VMCS_PAGE_FAULT_ERROR_MATCH, 0},
    {VMCS_CR3_TARGET_COUNT, 0},
    {VMCS_EXIT_MSR_STORE_COUNT, 0},
    {VMCS_EXIT_MSR_LOAD_COUNT, 0},
    {VMCS_ENTRY_MSR_LOAD_COUNT, 0},
    {VMCS_ENTRY_INTERRUPTION_INFO, 0},

    {VMCS_CR0_GUEST_HOST_MASK, UINT64_MAX},
    {VMCS_CR4_GUEST_HOST_MASK, UINT64_MAX},
    {VMCS_GUEST_RIP, GUEST_RIP},
    {VMCS_GUEST_RSP, GUEST_RSP},
    {VMCS_GUEST_RFLAGS, 0x2},
    {VMCS_GUEST_DR7, 0x400},
    {VMCS_GUEST_DEBUGCTL, 0},
    {VMCS_GUEST_SYSENTER_CS, 0},
    {VMCS_GUEST_SYSENTER_ESP, 0},
    {VMCS_GUEST_SYSENTER_EIP, 0},
    {VMCS_GUEST_INTERRUPTIBILITY, 0},
    {VMCS_GUEST_ACTIVITY_STATE, 0},
    {VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, 0},
    {VMCS_VMCS_LINK_POINTER, UINT64_MAX},
    {VMCS_GUEST_GDTR_BASE, 0},
    {VMCS_GUEST_GDTR_LIMIT, 0},
    {VMCS_GUEST_IDTR_BASE, 0},
    {VMCS_GUEST_IDTR_LIMIT, 0},

    {VMCS_GUEST_ES_SELECTOR, 0x10},
    {VMCS_GUEST_ES_LIMIT, 0xffffffff},
    {VMCS_GUEST_ES_ACCESS_RIGHTS, 0xc093},
    {VMCS_GUEST_ES_BASE, 0},
    {VMCS_GUEST_CS_SELECTOR, 0x08},
    {VMCS_GUEST_CS_LIMIT, 0xffffffff},
    {VMCS_GUEST_CS_BASE, 0},
    {VMCS_GUEST_SS_SELECTOR, 0x10},
    {VMCS_GUEST_SS_LIMIT, 0xffffffff},
    {VMCS_GUEST_SS_ACCESS_RIGHTS, 0xc093},
    {VMCS_GUEST_SS_BASE, 0},
    {VMCS_GUEST_DS_SELECTOR, 0x10},
    {VMCS_GUEST_DS_LIMIT, 0xffffffff},
    {VMCS_GUEST_DS_ACCESS_RIGHTS, 0xc093},
    {VMCS_GUEST_DS_BASE, 0},
    {VMCS_GUEST_FS_SELECTOR, 0x10},
    {VMCS_GUEST_FS_LIMIT, 0xffffffff},
    {VMCS_GUEST_FS_ACCESS_RIGHTS, 0xc093},
    {VMCS_GUEST_FS_BASE, 0},
    {VMCS_GUEST_GS_SELECTOR, 0x10},
    {VMCS_GUEST_GS_LIMIT, 0xffffffff},
    {VMCS_GUEST_GS_ACCESS_RIGHTS, 0xc093},
    {VMCS_GUEST_GS_BASE, 0},
    {VMCS_GUEST_LDTR_SELECTOR, 0},
    {VMCS_GUEST_LDTR_LIMIT, 0},
    {VMCS_GUEST_LDTR_ACCESS_RIGHTS, 0x10000},
    {VMCS_GUEST_LDTR_BASE, 0},
    {VMCS_GUEST_TR_SELECTOR, 0},
    {VMCS_GUEST_TR_LIMIT, 0x67},
    {VMCS_GUEST_TR_ACCESS_RIGHTS, 0x8b},
    {VMCS_GUEST_TR_BASE, 0},

    {VMCS_HOST_CR0, 0x80050033},
    {VMCS_HOST_CR3, 0x00102000},
    {VMCS_HOST_CR4, 0x000426e0},
    {VMCS_HOST_CS_SELECTOR, 0x08},
    {VMCS_HOST_SS_SELECTOR, 0x10},
    {VMCS_HOST_DS_SELECTOR, 0x18},
    {VMCS_HOST_ES_SELECTOR, 0x20},
    {VMCS_HOST_FS_SELECTOR, 0x30},
    {VMCS_HOST_GS_SELECTOR, 0x38},
    {VMCS_HOST_TR_SELECTOR, 0x28},
    {VMCS_HOST_FS_BASE, 0xffff800000001000},
    {VMCS_HOST_GS_BASE, 0xffff800000002000},
    {VMCS_HOST_TR_BASE, 0xffff800000003000},
    {VMCS_HOST_GDTR_BASE, 0xffff800000004000},
    {VMCS_HOST_IDTR_BASE, 0xffff800000005000},
    {VMCS_HOST_SYSENTER_CS, 0x48},
    {VMCS_HOST_SYSENTER_ESP, 0xffff800000006000},
    {VMCS_HOST_SYSENTER_EIP, 0xffffffff80007000},
    {VMCS_HOST_RIP, 0xffffffff80008000},
};

/* By the guest's mode. CR4.VMXE must be 1 in VMX operation, though the guest doesn't see it. */
static const struct field_value flat_32[] = {
    {VMCS_GUEST_CS_ACCESS_RIGHTS, 0xc09b},
    {VMCS_GUEST_CR0, 0x21},
    {VMCS_CR0_READ_SHADOW, 0x21},
    {VMCS_GUEST_CR3, 0},
    {VMCS_GUEST_CR4, 0x2000},
    {VMCS_CR4_READ_SHADOW, 0},
};

static const struct field_value flat_64[] = {
    {VMCS_GUEST_CS_ACCESS_RIGHTS, 0xa09b},
    {VMCS_GUEST_CR0, 0x80010021},
    {VMCS_CR0_READ_SHADOW, 0x80010021},
    {VMCS_GUEST_CR3, GUEST_CR3},
    {VMCS_GUEST_CR4, 0x2020},
    {VMCS_CR4_READ_SHADOW, 0x20},
};

/* By processor and mode: the controls, and the fields that come with them. */
static const struct image_case {
    enum processor processor;
    enum mode mode;
    struct field_value own[14];
    unsigned count;
} image_cases[] = {
    {EVERYTHING,
     FLAT_32_EPT,
     {{VMCS_PIN_CONTROLS, 0x16},
      {VMCS_PROC_CONTROLS, 0x850061f2},
      {VMCS_SECONDARY_CONTROLS, 0x82},
      {VMCS_TERTIARY_CONTROLS, 0},
      {VMCS_EXIT_CONTROLS, 0x2b6ffb},
      {VMCS_SECONDARY_EXIT_CONTROLS, 0},
      {VMCS_ENTRY_CONTROLS, 0xd1fb},
      {VMCS_EPT_POINTER, EPT_POINTER},
      {VMCS_GUEST_EFER, 0},
      {VMCS_GUEST_PAT, 0x0007040600070406},
      {VMCS_HOST_EFER, 0xd01},
      {VMCS_HOST_PAT, 0x0007040600070406}},
     12},
    {EVERYTHING,
     FLAT_64_EPT,
     {{VMCS_PIN_CONTROLS, 0x16},
      {VMCS_PROC_CONTROLS, 0x850061f2},
      {VMCS_SECONDARY_CONTROLS, 0x2},
      {VMCS_TERTIARY_CONTROLS, 0},
      {VMCS_EXIT_CONTROLS, 0x2b6ffb},
      {VMCS_SECONDARY_EXIT_CONTROLS, 0},
      {VMCS_ENTRY_CONTROLS, 0xd3fb},
      {VMCS_EPT_POINTER, EPT_POINTER},
      {VMCS_GUEST_EFER, 0x500},
      {VMCS_GUEST_PAT, 0x0007040600070406},
      {VMCS_HOST_EFER, 0xd01},
      {VMCS_HOST_PAT, 0x0007040600070406}},
     12},
    {EVERYTHING,
     FLAT_64,
     {{VMCS_PIN_CONTROLS, 0x16},
      {VMCS_PROC_CONTROLS, 0x050061f2},
      {VMCS_SECONDARY_CONTROLS, 0},
      {VMCS_TERTIARY_CONTROLS, 0},
      {VMCS_EXIT_CONTROLS, 0x2b6ffb},
      {VMCS_SECONDARY_EXIT_CONTROLS, 0},
      {VMCS_ENTRY_CONTROLS, 0xd3fb},
      {VMCS_GUEST_EFER, 0x500},
      {VMCS_GUEST_PAT, 0x0007040600070406},
      {VMCS_HOST_EFER, 0xd01},
      {VMCS_HOST_PAT, 0x0007040600070406}},
     11},
    {OLD,
     FLAT_64,
     {{VMCS_PIN_CONTROLS, 0x16},
      {VMCS_PROC_CONTROLS, 0x0501e1f2},
      {VMCS_EXIT_CONTROLS, 0xb6fff},
      {VMCS_ENTRY_CONTROLS, 0x53ff},
      {VMCS_GUEST_PAT, 0x0007040600070406},
      {VMCS_HOST_PAT, 0x0007040600070406}},
     6},
    {MINIMAL,
     FLAT_32_EPT,
     {{VMCS_PIN_CONTROLS, 0x16},
      {VMCS_PROC_CONTROLS, 0x8501e1f2},
      {VMCS_SECONDARY_CONTROLS, 0x82},
      {VMCS_EXIT_CONTROLS, 0x36fff},
      {VMCS_ENTRY_CONTROLS, 0x11ff},
      {VMCS_EPT_POINTER, EPT_POINTER}},
     6},
    {MINIMAL,
     FLAT_64_EPT,
     {{VMCS_PIN_CONTROLS, 0x16},
      {VMCS_PROC_CONTROLS, 0x8501e1f2},
      {VMCS_SECONDARY_CONTROLS, 0x2},
      {VMCS_EXIT_CONTROLS, 0x36fff},
      {VMCS_ENTRY_CONTROLS, 0x13ff},
      {VMCS_EPT_POINTER, EPT_POINTER}},
     6},
    {MINIMAL,
     FLAT_64,
     {{VMCS_PIN_CONTROLS, 0x16},
      {VMCS_PROC_CONTROLS, 0x0501e1f2},
      {VMCS_SECONDARY_CONTROLS, 0},
      {VMCS_EXIT_CONTROLS, 0x36fff},
      {VMCS_ENTRY_CONTROLS, 0x13ff}},
     5},
};

/* --- images ----------------------------------------------------------------------------------- */

/* The guest of a boot-time test: HLT and I/O exit, PAT and EFER are switched where they can be. */
static struct guest_description guest_of(enum mode mode)
{
    struct guest_description guest = {.exception_bitmap = EXCEPTIONS, .ept_pointer = EPT_POINTER};
    struct control_request *request = guest.controls.request;

    request[CTL_PROC] = (struct control_request){.required = 0x01000080, .forbidden = 0x02000000};
    request[CTL_EXIT] = (struct control_request){.required = 0x200, .optional = 0x280000};
    request[CTL_ENTRY].optional = 0xc000;
    if (mode != FLAT_32_EPT)
        request[CTL_ENTRY].required = 0x200;
    if (mode != FLAT_64)
        request[CTL_PROC2].required = mode == FLAT_32_EPT ? 0x82 : 0x2;
    if (mode == FLAT_32_EPT)
        guest_state_flat_32(&guest.state, GUEST_RIP, GUEST_RSP);
    else
        guest_state_flat_64(&guest.state, GUEST_CR3, GUEST_RIP, GUEST_RSP);
    return guest;
}

/* An image that was used before: nothing of that may remain. */
static struct vmcs_image used_image(void)
{
    struct vmcs_image image;

    memset(&image, 0xa5, sizeof(image));
    return image;
}

static void add(struct vmcs_image *image, const struct field_value *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        assert_false(vmcs_is_set(image, values[i].field)); /* no table says it twice */
        vmcs_set(image, values[i].field, values[i].value);
    }
}

static void expect_same(const char *name, const struct vmcs_image *image,
                        const struct vmcs_image *expected)
{
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        bool set = vmcs_is_set(expected, field);

        expect(vmcs_is_set(image, field) == set, "%s: %s is %sset", name, vmcs_fields[field].name,
               set ? "not " : "");
        expect(image->value[field] == expected->value[field],
               "%s: %s is 0x%" PRIx64 ", expected 0x%" PRIx64, name, vmcs_fields[field].name,
               image->value[field], expected->value[field]);
    }
}

static void expect_existing(const char *name, const struct vmcs_image *image,
                            const struct msr_policy *policy)
{
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        if (vmcs_is_set(image, field)) {
            expect(vmcs_field_exists(policy, field), "%s: %s does not exist", name,
                   vmcs_fields[field].name);
            expect(vmcs_field_type(field) != VMCS_READ_ONLY, "%s: %s is read-only", name,
                   vmcs_fields[field].name);
            expect(!(image->value[field] & ~MASK64(0, vmcs_field_width(field))),
                   "%s: 0x%" PRIx64 " is too wide for %s", name, image->value[field],
                   vmcs_fields[field].name);
        }
}

static const char *case_name(enum processor processor, enum mode mode)
{
    static char name[80];

    snprintf(name, sizeof(name), "%s on %s", mode_names[mode], processor_names[processor]);
    return name;
}

static void check_image(const struct image_case *c)
{
    const struct msr_policy *policy = &processors[c->processor];
    const char *name = case_name(c->processor, c->mode);
    struct guest_description guest = guest_of(c->mode);
    struct vmcs_image image = used_image();
    struct vmcs_image expected = {.set = {0}};

    add(&expected, always, ARRAY_SIZE(always));
    if (c->mode == FLAT_32_EPT)
        add(&expected, flat_32, ARRAY_SIZE(flat_32));
    else
        add(&expected, flat_64, ARRAY_SIZE(flat_64));
    add(&expected, c->own, c->count);
    enum status status = image_build(&image, &guest, &host, policy);
    expect(status == S_OK, "%s: \"%s\"", name, status_text(status));
    expect_same(name, &image, &expected);
    expect_existing(name, &image, policy);
}

static void images(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(image_cases); i++)
        check_image(&image_cases[i]);
    assert_int_equal(wrong, 0);
}

/* --- what is missing -------------------------------------------------------------------------- */

static void expect_empty(const char *name, const struct vmcs_image *image)
{
    for (unsigned i = 0; i < ARRAY_SIZE(image->set); i++)
        expect(!image->set[i], "%s: fields %u and up: 0x%" PRIx64, name, 64 * i, image->set[i]);
}

/* Without secondary controls there is no EPT: the image is empty, and the controls say why. */
static void missing(void **state)
{
    static const enum mode modes[] = {FLAT_32_EPT, FLAT_64_EPT};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        const char *name = case_name(OLD, modes[i]);
        struct guest_description guest = guest_of(modes[i]);
        struct vmcs_image image = used_image();

        expect(image_build(&image, &guest, &host, &processors[OLD]) == S_MISSING, "%s: built",
               name);
        expect(guest.controls.result[CTL_PROC].missing == 0x80000000, "%s: PROC", name);
        expect(guest.controls.result[CTL_PROC2].missing == (modes[i] == FLAT_32_EPT ? 0x82 : 0x2),
               "%s: PROC2", name);
        expect_empty(name, &image);
    }
    assert_int_equal(wrong, 0);
}

/* A control that the processor forces and the guest forbids fails, too. */
static void forbidden(void **state)
{
    struct guest_description guest = guest_of(FLAT_64);
    struct vmcs_image image = used_image();

    (void)state;
    guest.controls.request[CTL_PROC].forbidden |= 0x18000; /* CR3 exiting, which is default1 */
    expect(image_build(&image, &guest, &host, &processors[OLD]) == S_MISSING, "old: built");
    expect_empty("old", &image);
    expect(image_build(&image, &guest, &host, &processors[EVERYTHING]) == S_OK, "true MSRs: no");
    assert_int_equal(wrong, 0);
}

/* --- segments --------------------------------------------------------------------------------- */

/* Every register has its own four fields. */
static void each_segment(void **state)
{
    static const struct {
        enum segment segment;
        enum vmcs_field selector, limit, access, base;
    } rows[SEG_COUNT] = {
        {SEG_ES, VMCS_GUEST_ES_SELECTOR, VMCS_GUEST_ES_LIMIT, VMCS_GUEST_ES_ACCESS_RIGHTS,
         VMCS_GUEST_ES_BASE},
        {SEG_CS, VMCS_GUEST_CS_SELECTOR, VMCS_GUEST_CS_LIMIT, VMCS_GUEST_CS_ACCESS_RIGHTS,
         VMCS_GUEST_CS_BASE},
        {SEG_SS, VMCS_GUEST_SS_SELECTOR, VMCS_GUEST_SS_LIMIT, VMCS_GUEST_SS_ACCESS_RIGHTS,
         VMCS_GUEST_SS_BASE},
        {SEG_DS, VMCS_GUEST_DS_SELECTOR, VMCS_GUEST_DS_LIMIT, VMCS_GUEST_DS_ACCESS_RIGHTS,
         VMCS_GUEST_DS_BASE},
        {SEG_FS, VMCS_GUEST_FS_SELECTOR, VMCS_GUEST_FS_LIMIT, VMCS_GUEST_FS_ACCESS_RIGHTS,
         VMCS_GUEST_FS_BASE},
        {SEG_GS, VMCS_GUEST_GS_SELECTOR, VMCS_GUEST_GS_LIMIT, VMCS_GUEST_GS_ACCESS_RIGHTS,
         VMCS_GUEST_GS_BASE},
        {SEG_LDTR, VMCS_GUEST_LDTR_SELECTOR, VMCS_GUEST_LDTR_LIMIT, VMCS_GUEST_LDTR_ACCESS_RIGHTS,
         VMCS_GUEST_LDTR_BASE},
        {SEG_TR, VMCS_GUEST_TR_SELECTOR, VMCS_GUEST_TR_LIMIT, VMCS_GUEST_TR_ACCESS_RIGHTS,
         VMCS_GUEST_TR_BASE},
    };
    struct guest_description guest = guest_of(FLAT_64);
    struct vmcs_image image;

    (void)state;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        guest.state.segment[rows[i].segment] = (struct guest_segment){.selector = 0x100 + i,
                                                                      .limit = 0x2000 + i,
                                                                      .access = 0x30000 + i,
                                                                      .base = 0x400000 + i};
    assert_int_equal(image_build(&image, &guest, &host, &processors[MINIMAL]), S_OK);
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        expect(image.value[rows[i].selector] == 0x100 + i, "selector of segment %u", i);
        expect(image.value[rows[i].limit] == 0x2000 + i, "limit of segment %u", i);
        expect(image.value[rows[i].access] == 0x30000 + i, "access rights of segment %u", i);
        expect(image.value[rows[i].base] == 0x400000 + i, "base of segment %u", i);
    }
    assert_int_equal(wrong, 0);
}

/* --- CR0 and CR4 ------------------------------------------------------------------------------ */

typedef uint64_t fix(const struct msr_policy *policy, uint64_t value);

/* `fixed0` has the bits that must be 1, `fixed1` those that may be. */
static const struct fixed_case {
    const char *name;
    fix *fix;
    uint64_t fixed0, fixed1;
    uint64_t value, expected;
} fixed_cases[] = {
    {"CR0: PE, NE and PG", fixed_cr0, 0x80000021, 0xffffffff, 0, 0x80000021},
    {"CR0: what is set stays", fixed_cr0, 0x80000021, 0xffffffff, 0xe005003f, 0xe005003f},
    {"CR0: upper half may not be 1", fixed_cr0, 0x80000021, 0xffffffff, UINT64_MAX, 0xffffffff},
    {"CR0: all fixed to 0 but NE", fixed_cr0, 0x20, 0x20, 0xffff, 0x20},
    {"CR0, unrestricted: neither PE nor PG", fixed_cr0_unrestricted, 0x80000021, 0xffffffff, 0,
     0x20},
    {"CR0, unrestricted: PE alone", fixed_cr0_unrestricted, 0x80000021, 0xffffffff, 0x1, 0x21},
    {"CR0, unrestricted: PE and PG", fixed_cr0_unrestricted, 0x80000021, 0xffffffff, 0x80000001,
     0x80000021},
    {"CR0, unrestricted: the others are fixed", fixed_cr0_unrestricted, 0x80000021, 0x80000031,
     0xffffffff, 0x80000031},
    {"CR4: VMXE", fixed_cr4, 0x2000, 0x3767ff, 0, 0x2000},
    {"CR4: what may not be 1 goes", fixed_cr4, 0x2000, 0x27ff, 0x3767ff, 0x27ff},
    {"CR4: FRED, above 32 bits", fixed_cr4, 0x2000, 0x1003767ff, 0x100000020, 0x100002020},
    {"CR4: all", fixed_cr4, 0x2000, 0x67ff, UINT64_MAX, 0x67ff},
};

/* The other register's MSRs hold the opposite. */
static void fixed_bits(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(fixed_cases); i++) {
        const struct fixed_case *c = &fixed_cases[i];
        unsigned address = c->fix == fixed_cr4 ? 0x488 : 0x486;
        struct msr_policy policy = {.present = BASE_MSRS};

        for (unsigned other = 0x486; other <= 0x489; other++)
            policy.raw[AT(other)] = other & 1 ? 0 : UINT64_MAX;
        policy.raw[AT(address)] = c->fixed0;
        policy.raw[AT(address + 1)] = c->fixed1;
        expect(c->fix(&policy, c->value) == c->expected, "%s: 0x%" PRIx64 ", expected 0x%" PRIx64,
               c->name, c->fix(&policy, c->value), c->expected);
    }
    assert_int_equal(wrong, 0);
}

/* In an image: PE and PG are the guest's own only when it is unrestricted. */
static const struct control_register_case {
    const char *name;
    enum mode mode;
    uint64_t cr0, cr4;
    uint64_t guest_cr0, guest_cr4;
} control_register_cases[] = {
    {"real mode, unrestricted", FLAT_32_EPT, 0x10, 0, 0x30, 0x2000},
    {"protected mode, unrestricted", FLAT_32_EPT, 0x11, 0, 0x31, 0x2000},
    {"paged, unrestricted", FLAT_32_EPT, 0x80000011, 0x10, 0x80000031, 0x2010},
    {"no PE, no PG, restricted", FLAT_64_EPT, 0x10, 0x20, 0x80000031, 0x2020},
    {"no PE, no PG, no EPT", FLAT_64, 0x10, 0x20, 0x80000031, 0x2020},
    {"CR4 that may not be", FLAT_64, 0x80000021, 0xffffffff00000020, 0x80000021, 0x2020},
};

static void control_registers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(control_register_cases); i++) {
        const struct control_register_case *c = &control_register_cases[i];
        struct guest_description guest = guest_of(c->mode);
        struct vmcs_image image;

        guest.state.cr0 = c->cr0;
        guest.state.cr4 = c->cr4;
        assert_int_equal(image_build(&image, &guest, &host, &processors[EVERYTHING]), S_OK);
        expect(image.value[VMCS_GUEST_CR0] == c->guest_cr0, "%s: CR0 0x%" PRIx64, c->name,
               image.value[VMCS_GUEST_CR0]);
        expect(image.value[VMCS_GUEST_CR4] == c->guest_cr4, "%s: CR4 0x%" PRIx64, c->name,
               image.value[VMCS_GUEST_CR4]);
        expect(image.value[VMCS_CR0_READ_SHADOW] == c->cr0, "%s: the guest reads CR0", c->name);
        expect(image.value[VMCS_CR4_READ_SHADOW] == c->cr4, "%s: the guest reads CR4", c->name);
    }
    assert_int_equal(wrong, 0);
}

static void fixed_bits_of_all(void **state)
{
    (void)state;
    assert_int_equal(fixed_cr0(&offers_all, 0), 0x80000021);
    assert_int_equal(fixed_cr0(&offers_all, UINT64_MAX), 0xffffffff);
    assert_int_equal(fixed_cr0_unrestricted(&offers_all, 0), 0x20);
    assert_int_equal(fixed_cr4(&offers_all, 0), 0x2000);
    assert_int_equal(fixed_cr4(&offers_all, UINT64_MAX), 0x3767ff);
}

static void images_are_built(void **state)
{
    static const struct host_state its_host = {.cr0 = 0x80000021, .efer = 0x500, .pat = 6};
    struct guest_description guest = {.ept_pointer = 0x601e};
    struct vmcs_image image;

    (void)state;
    guest_state_flat_32(&guest.state, 0x7000, 0x8000);
    guest.controls.request[CTL_PROC2].required =
        BIT64(PROC2_enable_ept) | BIT64(PROC2_unrestricted_guest);
    guest.controls.request[CTL_EXIT].required =
        BIT64(EXIT_load_host_efer) | BIT64(EXIT_load_host_pat);
    guest.controls.request[CTL_ENTRY].required =
        BIT64(ENTRY_load_guest_efer) | BIT64(ENTRY_load_guest_pat);
    assert_int_equal(image_build(&image, &guest, &its_host, &offers_all), S_OK);
    assert_int_equal(image.value[VMCS_EPT_POINTER], 0x601e);
    assert_int_equal(image.value[VMCS_HOST_EFER], 0x500);
    assert_int_equal(image.value[VMCS_HOST_PAT], 6);
    assert_int_equal(image.value[VMCS_GUEST_PAT], 6);
    assert_int_equal(image.value[VMCS_GUEST_RIP], 0x7000);
    assert_int_equal(image.value[VMCS_GUEST_CR0], 0x21); /* PG is the guest's own */
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        assert_true(!vmcs_is_set(&image, field) || vmcs_field_exists(&offers_all, field));
}

/* A poor processor still has an image: none of its fields is one that it lacks. */
static void poor_images_are_built(void **state)
{
    static const struct host_state its_host = {.cr0 = 0x80000021};
    const struct msr_policy poor = poor_policy();
    struct guest_description guest = {.ept_pointer = 0x601e};
    struct vmcs_image image;

    (void)state;
    guest_state_flat_64(&guest.state, 0x1000, 0x7000, 0x8000);
    assert_int_equal(image_build(&image, &guest, &its_host, &poor), S_OK);
    assert_int_equal(image.value[VMCS_GUEST_CR0], 0x80010021);
    assert_false(vmcs_is_set(&image, VMCS_EPT_POINTER));
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        assert_true(!vmcs_is_set(&image, field) || vmcs_field_exists(&poor, field));

    guest.controls.request[CTL_PROC2].required = BIT64(PROC2_enable_ept);
    assert_int_equal(image_build(&image, &guest, &its_host, &poor), S_MISSING);
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        assert_false(vmcs_is_set(&image, field));
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(images),
        TEST(missing),
        TEST(forbidden),
        TEST(each_segment),
        TEST(fixed_bits),
        TEST(control_registers),
        TEST(fixed_bits_of_all),
        TEST(images_are_built),
        TEST(poor_images_are_built),
    };

    return cmocka_run_group_tests_name("vmx_image", tests, NULL, NULL);
}
