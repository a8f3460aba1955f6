/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_check_guest_segments.c - the entry checker's rows about the guest's segment and
 * descriptor-table registers: each one broken alone, and every type, DPL and RPL held against a
 * second telling of the SDM's rules.
 */
#include "check_images.h"

#define NOT_CANONICAL UINT64_C(0x800000000000)
#define HIGH          BIT64(32)
#define NOTHING \
    {           \
        0, 0, 0 \
    }
#define UNRESTRICTED ADD(SECONDARY_CONTROLS, BIT64(7))

/* The rows that all code and data segments have. */
#define CODE_OR_DATA(id, S)                                                                    \
    {"guest." id ".base_v86", V86, {ADD(GUEST_##S##_BASE, 1)}, 0},                             \
        {"guest." id ".base_v86", V86, {ADD(GUEST_##S##_BASE, HIGH)}, 0},                      \
        {"guest." id ".base_v86", V86, {ADD(GUEST_##S##_SELECTOR, 1)}, 0},                     \
        {"guest." id ".limit_v86", V86, {SET(GUEST_##S##_LIMIT, 0xfffe)}, 0},                  \
        {"guest." id ".limit_v86", V86, {SET(GUEST_##S##_LIMIT, 0x10000)}, 0},                 \
        {"guest." id ".access_v86", V86, {SET(GUEST_##S##_ACCESS_RIGHTS, 0x93)}, 0},           \
        {"guest." id ".access_v86", V86, {SET(GUEST_##S##_ACCESS_RIGHTS, 0x100f3)}, 0},        \
        {"guest." id ".s", LONG, {REMOVE(GUEST_##S##_ACCESS_RIGHTS, 0x10)}, 0}, COMMON(id, S), \
        {"guest." id ".g_1", REAL, {ADD(GUEST_##S##_LIMIT, 0x100000)}, 0},                     \
        {"", REAL, {SET(GUEST_##S##_LIMIT, 0xfffff)}, 0},                                      \
        {"", REAL, {SET(GUEST_##S##_LIMIT, 0x12345)}, 0},                                      \
        {"guest." id ".g_0", LONG, {SET(GUEST_##S##_LIMIT, 0xffffeffe)}, 0},                   \
    {                                                                                          \
        "", LONG, {SET(GUEST_##S##_LIMIT, 0x00000fff)}, 0                                      \
    }

/* The rows of all. */
#define COMMON(id, S)                                                                           \
    {"guest." id ".present", LONG, {REMOVE(GUEST_##S##_ACCESS_RIGHTS, 0x80)}, 0},               \
        {"guest." id ".reserved_11_8", LONG, {ADD(GUEST_##S##_ACCESS_RIGHTS, 0x400)}, 0},       \
        {"guest." id ".reserved_31_17", LONG, {ADD(GUEST_##S##_ACCESS_RIGHTS, 0x80000000)}, 0}, \
        {"guest." id ".g_0",                                                                    \
         LONG,                                                                                  \
         {SET(GUEST_##S##_LIMIT, 0xffe), ADD(GUEST_##S##_ACCESS_RIGHTS, 0x8000)},               \
         0},                                                                                    \
    {                                                                                           \
        "guest." id ".g_1", LONG,                                                               \
            {SET(GUEST_##S##_LIMIT, 0x80000fff), REMOVE(GUEST_##S##_ACCESS_RIGHTS, 0x8000)}, 0  \
    }

/* The base of a segment without a 64-bit base, usable and not. */
#define HIGH_BASE(id, S)                                                 \
    {                                                                    \
        "guest." id ".base_high", LONG, {ADD(GUEST_##S##_BASE, HIGH)}, 0 \
    }
#define HIGH_BASE_UNUSABLE(S)                                                               \
    {                                                                                       \
        "", LONG, {ADD(GUEST_##S##_BASE, HIGH), SET(GUEST_##S##_ACCESS_RIGHTS, 0x10000)}, 0 \
    }

#define CANONICAL_BASE(id, S)                                                          \
    {                                                                                  \
        "guest." id ".base_canonical", LONG, {SET(GUEST_##S##_BASE, NOT_CANONICAL)}, 0 \
    }

/* DS, ES, FS, GS; an unusable one is not looked at. */
#define DATA(id, S)                                                                               \
    CODE_OR_DATA(id, S),                                                                          \
        {"guest." id ".type_accessed", LONG, {REMOVE(GUEST_##S##_ACCESS_RIGHTS, 1)}, 0},          \
        {"guest." id ".type_readable", LONG, {SET(GUEST_##S##_ACCESS_RIGHTS, 0xc099)}, 0},        \
        {"", LONG, {SET(GUEST_##S##_ACCESS_RIGHTS, 0xc09b)}, 0},                                  \
        {"guest." id ".dpl", LONG, {ADD(GUEST_##S##_SELECTOR, 1)}, 0},                            \
        {"guest." id ".dpl", USER, {REMOVE(GUEST_##S##_ACCESS_RIGHTS, 0x20)}, 0},                 \
        {"", USER, {SET(GUEST_##S##_ACCESS_RIGHTS, 0xc09f)}, 0},                                  \
        {"", REAL, {ADD(GUEST_##S##_SELECTOR, 3)}, 0},                                            \
    {                                                                                             \
        "", LONG,                                                                                 \
            {SET(GUEST_##S##_ACCESS_RIGHTS, 0xfffeff60 | 0x10000), SET(GUEST_##S##_SELECTOR, 7)}, \
            0                                                                                     \
    }

static const struct entry_case cases[] = {
    CODE_OR_DATA("cs", CS),
    HIGH_BASE("cs", CS),
    {"guest.cs.type", LONG, {SET(GUEST_CS_ACCESS_RIGHTS, 0xa093)}, 0},
    {"guest.cs.type", REAL, {SET(GUEST_CS_ACCESS_RIGHTS, 0x97)}, 0},
    {"guest.cs.dpl_data", REAL, {ADD(GUEST_CS_ACCESS_RIGHTS, 0x20)}, 0},
    {"guest.cs.dpl_nonconforming", LONG, {ADD(GUEST_CS_ACCESS_RIGHTS, 0x60)}, 0},
    {"guest.cs.dpl_conforming", LONG, {SET(GUEST_CS_ACCESS_RIGHTS, 0xa0bf)}, 0},
    {"", USER, {SET(GUEST_CS_ACCESS_RIGHTS, 0xa0bf)}, 0},
    {"guest.cs.d_l", LONG, {ADD(GUEST_CS_ACCESS_RIGHTS, 0x4000)}, 0},
    {"", LONG, {SET(GUEST_CS_ACCESS_RIGHTS, 0xc09b)}, 0},
    {"", PAE, {SET(GUEST_CS_ACCESS_RIGHTS, 0xe09b)}, 0},
    {"guest.cs.l_fred",
     LONG,
     {ADD(GUEST_CR4, BIT64(32)), REMOVE(GUEST_CS_ACCESS_RIGHTS, 0x2000)},
     0},
    {"", USER, {ADD(GUEST_CR4, BIT64(32)), REMOVE(GUEST_CS_ACCESS_RIGHTS, 0x2000)}, 0},
    {"", LONG, {ADD(GUEST_CS_ACCESS_RIGHTS, 0x10000)}, 0}, /* CS has no rule for bit 16 ... */
    {"guest.cs.s", LONG, {SET(GUEST_CS_ACCESS_RIGHTS, 0x1a08b)}, 0}, /* ... and is checked anyway */

    CODE_OR_DATA("ss", SS),
    HIGH_BASE("ss", SS),
    HIGH_BASE_UNUSABLE(SS),
    {"guest.ss.selector_rpl", LONG, {ADD(GUEST_CS_SELECTOR, 3)}, 0},
    {"", LONG, {ADD(GUEST_CS_SELECTOR, 3), UNRESTRICTED}, 0},
    {"guest.ss.type", LONG, {SET(GUEST_SS_ACCESS_RIGHTS, 0xc091)}, 0},
    {"", LONG, {SET(GUEST_SS_ACCESS_RIGHTS, 0xc097)}, 0},
    {"guest.ss.dpl_rpl", LONG, {ADD(GUEST_SS_SELECTOR, 3), ADD(GUEST_CS_SELECTOR, 3)}, 0},
    {"guest.ss.dpl_rpl",
     LONG,
     {SET(GUEST_SS_ACCESS_RIGHTS, 0x10060), ADD(GUEST_CS_ACCESS_RIGHTS, 0x60)},
     0},
    {"guest.ss.dpl_0", REAL, {ADD(GUEST_SS_ACCESS_RIGHTS, 0x20)}, 0},
    {"guest.ss.dpl_0",
     REAL,
     {SET(GUEST_SS_ACCESS_RIGHTS, 0x10060), SET(GUEST_CS_ACCESS_RIGHTS, 0xfb)},
     0},
    {"guest.ss.dpl_0", REAL, {ADD(GUEST_SS_ACCESS_RIGHTS, 0x20), ADD(GUEST_CR0, 1)}, 0},
    {"",
     REAL,
     {ADD(GUEST_SS_ACCESS_RIGHTS, 0x60), SET(GUEST_CS_ACCESS_RIGHTS, 0xfb), ADD(GUEST_CR0, 1)},
     0},
    {"guest.ss.dpl_fred",
     USER,
     {ADD(GUEST_CR4, BIT64(32)), REMOVE(GUEST_SS_ACCESS_RIGHTS, 0x40),
      REMOVE(GUEST_CS_ACCESS_RIGHTS, 0x40), REMOVE(GUEST_SS_SELECTOR, 2),
      REMOVE(GUEST_CS_SELECTOR, 2)},
     0},
    {"", USER, {ADD(GUEST_CR4, BIT64(32))}, 0},
    {"",
     LONG,
     {SET(GUEST_SS_ACCESS_RIGHTS, 0xfffeff9f & ~0x60), SET(GUEST_SS_SELECTOR, 0),
      ADD(GUEST_SS_ACCESS_RIGHTS, 0x10000)},
     0},

    DATA("ds", DS),
    HIGH_BASE("ds", DS),
    HIGH_BASE_UNUSABLE(DS),
    DATA("es", ES),
    HIGH_BASE("es", ES),
    HIGH_BASE_UNUSABLE(ES),
    DATA("fs", FS),
    CANONICAL_BASE("fs", FS),
    {"guest.fs.base_canonical",
     LONG,
     {SET(GUEST_FS_BASE, NOT_CANONICAL), SET(GUEST_FS_ACCESS_RIGHTS, 0x10000)},
     0},
    DATA("gs", GS),
    CANONICAL_BASE("gs", GS),
    {"guest.gs.base_canonical",
     REAL,
     {SET(GUEST_GS_BASE, NOT_CANONICAL), SET(GUEST_GS_ACCESS_RIGHTS, 0x10000)},
     0},

    COMMON("tr", TR),
    CANONICAL_BASE("tr", TR),
    {"guest.tr.s", LONG, {ADD(GUEST_TR_ACCESS_RIGHTS, 0x10)}, 0},
    {"guest.tr.selector_ti", LONG, {ADD(GUEST_TR_SELECTOR, 4)}, 0},
    {"guest.tr.usable", LONG, {ADD(GUEST_TR_ACCESS_RIGHTS, 0x10000)}, 0},
    {"guest.tr.type", LONG, {SET(GUEST_TR_ACCESS_RIGHTS, 0x83)}, 0},
    {"", PAE, {SET(GUEST_TR_ACCESS_RIGHTS, 0x83)}, 0},
    {"guest.tr.type", PAE, {SET(GUEST_TR_ACCESS_RIGHTS, 0x89)}, 0},
    {"guest.tr.usable guest.tr.present", LONG, {SET(GUEST_TR_ACCESS_RIGHTS, 0x1000b)}, 0},

    COMMON("ldtr", LDTR),
    CANONICAL_BASE("ldtr", LDTR),
    {"guest.ldtr.s", LONG, {ADD(GUEST_LDTR_ACCESS_RIGHTS, 0x10)}, 0},
    {"guest.ldtr.selector_ti", LONG, {ADD(GUEST_LDTR_SELECTOR, 4)}, 0},
    {"guest.ldtr.type", LONG, {SET(GUEST_LDTR_ACCESS_RIGHTS, 0x8b)}, 0},
    {"",
     LONG,
     {SET(GUEST_LDTR_ACCESS_RIGHTS, 0xffffff7f), SET(GUEST_LDTR_BASE, NOT_CANONICAL),
      SET(GUEST_LDTR_SELECTOR, 7), SET(GUEST_LDTR_LIMIT, 0x80000000)},
     0},

    /* Virtual-8086 mode makes no difference to TR and LDTR. */
    {"guest.tr.present", V86, {REMOVE(GUEST_TR_ACCESS_RIGHTS, 0x80)}, 0},
    {"guest.ldtr.present", V86, {SET(GUEST_LDTR_ACCESS_RIGHTS, 0x02)}, 0},

    CANONICAL_BASE("gdtr", GDTR),
    CANONICAL_BASE("idtr", IDTR),
    {"guest.gdtr.limit_high", LONG, {SET(GUEST_GDTR_LIMIT, 0x10000)}, 0},
    {"guest.idtr.limit_high", LONG, {SET(GUEST_IDTR_LIMIT, 0x10000)}, 0},
    {"", LONG, {SET(GUEST_GDTR_LIMIT, 0xffff), SET(GUEST_IDTR_LIMIT, 0xffff)}, 0},
};

/* A virtual-8086 segment: all bits of its rights count. Else: the reserved ones, and the others. */
#define SEGMENT_BITS(id, S)                                                                  \
    {"guest." id ".reserved_11_8", LONG, VMCS_GUEST_##S##_ACCESS_RIGHTS, 0xf00, 0, NOTHING}, \
        {"guest." id ".present", LONG, VMCS_GUEST_##S##_ACCESS_RIGHTS, 0x80, 0, NOTHING},    \
        {"guest." id ".s", LONG, VMCS_GUEST_##S##_ACCESS_RIGHTS, 0x10, 0, NOTHING},          \
    {                                                                                        \
        "guest." id ".reserved_31_17", LONG, VMCS_GUEST_##S##_ACCESS_RIGHTS, 0xfffe0000, 0,  \
            NOTHING                                                                          \
    }
#define V86_BITS(id, S)                                                                       \
    {"guest." id ".access_v86", V86, VMCS_GUEST_##S##_ACCESS_RIGHTS, 0xffffffff, 0, NOTHING}, \
        {"guest." id ".limit_v86", V86, VMCS_GUEST_##S##_LIMIT, 0xffffffff, 0, NOTHING},      \
        {"guest." id ".base_v86", V86, VMCS_GUEST_##S##_BASE, ALL_ONES, 0, NOTHING},          \
        {"guest." id ".base_v86", V86, VMCS_GUEST_##S##_SELECTOR, 0xffff, 0, NOTHING},        \
        {"guest." id ".g_1", REAL, VMCS_GUEST_##S##_LIMIT, 0xfff00000, 0, NOTHING},           \
    {                                                                                         \
        "guest." id ".g_0", LONG, VMCS_GUEST_##S##_LIMIT, 0x00000fff, 0,                      \
            SET(GUEST_##S##_ACCESS_RIGHTS, ACCESS_##S)                                        \
    }
#define ACCESS_CS ACCESS_CODE_64
#define ACCESS_SS ACCESS_DATA
#define ACCESS_DS ACCESS_DATA
#define ACCESS_ES ACCESS_DATA
#define ACCESS_FS ACCESS_DATA
#define ACCESS_GS ACCESS_DATA

static const struct bit_case bits[] = {
    V86_BITS("cs", CS),
    V86_BITS("ss", SS),
    V86_BITS("ds", DS),
    V86_BITS("es", ES),
    V86_BITS("fs", FS),
    V86_BITS("gs", GS),
    SEGMENT_BITS("cs", CS),
    SEGMENT_BITS("tr", TR),
    {"guest.cs.base_high", LONG, VMCS_GUEST_CS_BASE, MASK64(32, 32), 0, NOTHING},
    {"guest.ss.base_high", LONG, VMCS_GUEST_SS_BASE, MASK64(32, 32), 0, NOTHING},
    {"guest.ds.base_high", LONG, VMCS_GUEST_DS_BASE, MASK64(32, 32), 0, NOTHING},
    {"guest.es.base_high", LONG, VMCS_GUEST_ES_BASE, MASK64(32, 32), 0, NOTHING},
    {"guest.tr.selector_ti", LONG, VMCS_GUEST_TR_SELECTOR, 4, 0, NOTHING},
    {"guest.ldtr.selector_ti", LONG, VMCS_GUEST_LDTR_SELECTOR, 4, 0, NOTHING},
    {"guest.ss.selector_rpl", LONG, VMCS_GUEST_SS_SELECTOR, 3, 0, NOTHING},
    {"guest.tr.usable", LONG, VMCS_GUEST_TR_ACCESS_RIGHTS, 0x10000, 0, NOTHING},
    {"guest.gdtr.limit_high", LONG, VMCS_GUEST_GDTR_LIMIT, 0xffff0000, 0, NOTHING},
    {"guest.idtr.limit_high", LONG, VMCS_GUEST_IDTR_LIMIT, 0xffff0000, 0, NOTHING},
};

static const struct canonical_case addresses[] = {
    {"guest.fs.base_canonical", VMCS_GUEST_FS_BASE, false},
    {"guest.gs.base_canonical", VMCS_GUEST_GS_BASE, false},
    {"guest.tr.base_canonical", VMCS_GUEST_TR_BASE, false},
    {"guest.ldtr.base_canonical", VMCS_GUEST_LDTR_BASE, false},
    {"guest.gdtr.base_canonical", VMCS_GUEST_GDTR_BASE, false},
    {"guest.idtr.base_canonical", VMCS_GUEST_IDTR_BASE, false},
};

/* --- every type, DPL and RPL ------------------------------------------------------------------ */

/* Types as the SDM lists them, one character each: '1' allowed. Bit 0 of the string is type 0. */
static const struct {
    const char *name;
    unsigned segment;
    enum base base;
    const char *types;
} types[] = {
    {"CS", SEG_CS, LONG, "0000000001010101"}, {"CS", SEG_CS, REAL, "0001000001010101"},
    {"SS", SEG_SS, LONG, "0001000100000000"}, {"SS", SEG_SS, REAL, "0001000100000000"},
    {"DS", SEG_DS, LONG, "0101010100010001"}, {"ES", SEG_ES, PAE, "0101010100010001"},
    {"FS", SEG_FS, REAL, "0101010100010001"}, {"GS", SEG_GS, LONG, "0101010100010001"},
    {"TR", SEG_TR, LONG, "0000000000010000"}, {"TR", SEG_TR, PAE, "0001000000010000"},
    {"TR", SEG_TR, V86, "0001000000010000"},  {"LDTR", SEG_LDTR, LONG, "0010000000000000"},
};

static void each_type(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
        for (unsigned type = 0; type < 16; type++) {
            enum vmcs_field field = VMCS_GUEST_ES_ACCESS_RIGHTS + types[i].segment;
            struct fixture f;
            struct broken broken;

            make(&f, types[i].base, 0);
            vmcs_set(&f.image, field, (check_value(&f.in, field) & ~UINT64_C(0xf)) | type);
            find_broken(&broken, &f);
            expect((broken.count == 0) == (types[i].types[type] == '1'), "%s in %s: type %u: %s",
                   types[i].name, base_names[types[i].base], type, ids_of(&broken));
        }
    assert_int_equal(wrong, 0);
}

/* Privilege of one guest: what CS and SS have, by field. */
struct privilege {
    unsigned cs_type, cs_dpl, cs_rpl, ss_dpl, ss_rpl;
    bool unrestricted, real_mode;
};

static bool privilege_is_right(const struct privilege *p)
{
    if (!p->unrestricted && (p->ss_rpl != p->cs_rpl || p->ss_dpl != p->ss_rpl))
        return false;
    if ((p->cs_type == 3 || p->real_mode) && p->ss_dpl != 0)
        return false;
    switch (p->cs_type) {
    case 3:
        return p->unrestricted && p->cs_dpl == 0;
    case 11:
        return p->cs_dpl == p->ss_dpl;
    default:
        return p->cs_dpl <= p->ss_dpl;
    }
}

static void expect_privilege(const struct privilege *p)
{
    struct fixture f;
    struct broken broken;

    make(&f, p->unrestricted ? FLAT32 : PAE, 0);
    if (p->real_mode)
        vmcs_set(&f.image, VMCS_GUEST_CR0, check_value(&f.in, VMCS_GUEST_CR0) & ~UINT64_C(1));
    vmcs_set(&f.image, VMCS_GUEST_CS_ACCESS_RIGHTS, 0xc090 | p->cs_type | p->cs_dpl << 5);
    vmcs_set(&f.image, VMCS_GUEST_SS_ACCESS_RIGHTS, 0xc093 | p->ss_dpl << 5);
    vmcs_set(&f.image, VMCS_GUEST_CS_SELECTOR, 8 | p->cs_rpl);
    vmcs_set(&f.image, VMCS_GUEST_SS_SELECTOR, 16 | p->ss_rpl);
    find_broken(&broken, &f);
    expect((broken.count == 0) == privilege_is_right(p),
           "CS type %u DPL %u RPL %u, SS DPL %u RPL %u, %d %d: %s", p->cs_type, p->cs_dpl,
           p->cs_rpl, p->ss_dpl, p->ss_rpl, p->unrestricted, p->real_mode, ids_of(&broken));
}

static void each_privilege(void **state)
{
    static const unsigned cs_types[] = {3, 11, 15};

    (void)state;
    for (unsigned n = 0; n < 3 * 256 * 3; n++) {
        struct privilege p = {
            .cs_type = cs_types[n / 256 % 3],
            .cs_dpl = n & 3,
            .cs_rpl = n >> 2 & 3,
            .ss_dpl = n >> 4 & 3,
            .ss_rpl = n >> 6 & 3,
            .unrestricted = n / 768 > 0,
            .real_mode = n / 768 > 1,
        };

        expect_privilege(&p);
    }
    assert_int_equal(wrong, 0);
}

static void each_data_privilege(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 256; n++) {
        unsigned dpl = n & 3, rpl = n >> 2 & 3, type = n >> 4 & 15;
        struct fixture f;

        make(&f, LONG, 0);
        vmcs_set(&f.image, VMCS_GUEST_DS_ACCESS_RIGHTS, 0xc090 | type | dpl << 5);
        vmcs_set(&f.image, VMCS_GUEST_DS_SELECTOR, 16 | rpl);
        expect(is_broken(&f, "guest.ds.dpl") == (type < 12 && dpl < rpl), "type %u DPL %u RPL %u",
               type, dpl, rpl);
    }
    assert_int_equal(wrong, 0);
}

static void each_row(void **state)
{
    (void)state;
    run_cases(cases, ARRAY_SIZE(cases));
}

static void each_bit(void **state)
{
    (void)state;
    run_bits(bits, ARRAY_SIZE(bits));
}

static void each_address(void **state)
{
    (void)state;
    run_canonical(addresses, ARRAY_SIZE(addresses));
}

static void every_row_was_broken(void **state)
{
    (void)state;
    run_coverage(&check_guest_segments, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(each_row),
                                       TEST(each_bit),
                                       TEST(each_address),
                                       TEST(each_type),
                                       TEST(each_privilege),
                                       TEST(each_data_privilege),
                                       TEST(every_row_was_broken)};

    return cmocka_run_group_tests_name("check_guest_segments", tests, NULL, NULL);
}
