/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_segments.c - checks of the guest's segment and descriptor-table registers. SDM:
 * "Checks on Guest Segment Registers", "Checks on Guest Descriptor-Table Registers". PURE.
 *
 * Functions with a parameter `segment` are shared by the rows of several segments.
 */
#include "guest.h"
#include "state.h"

#define SELECTOR_RPL MASK64(0, 2)
#define SELECTOR_TI  BIT64(2)

static uint64_t selector(const struct check_input *in, enum segment segment)
{
    return check_value(in, VMCS_GUEST_ES_SELECTOR + segment);
}

static uint64_t base(const struct check_input *in, enum segment segment)
{
    return check_value(in, VMCS_GUEST_ES_BASE + segment);
}

static uint64_t limit(const struct check_input *in, enum segment segment)
{
    return check_value(in, VMCS_GUEST_ES_LIMIT + segment);
}

static unsigned rpl(const struct check_input *in, enum segment segment)
{
    return (unsigned)(selector(in, segment) & SELECTOR_RPL);
}

static unsigned type(const struct check_input *in, enum segment segment)
{
    return access_type(check_access(in, segment));
}

static bool is_usable(const struct check_input *in, enum segment segment)
{
    return !has_any(check_access(in, segment), ACCESS_UNUSABLE);
}

/* True when the parts of the access rights are checked: CS and TR always are, as if usable. */
static bool is_checked(const struct check_input *in, enum segment segment)
{
    if (segment < SEG_LDTR && check_is_v86(in))
        return false;
    return segment == SEG_CS || segment == SEG_TR || is_usable(in, segment);
}

/* --- selectors, bases, limits ----------------------------------------------------------------- */

static bool selector_ti(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || !has_any(selector(in, segment), SELECTOR_TI);
}

static bool ss_rpl(const struct check_input *in, unsigned argument)
{
    (void)argument;
    return check_is_v86(in) || check_is_unrestricted(in) || rpl(in, SEG_SS) == rpl(in, SEG_CS);
}

static bool base_v86(const struct check_input *in, unsigned segment)
{
    return !check_is_v86(in) || base(in, segment) == selector(in, segment) << 4;
}

static bool base_canonical(const struct check_input *in, unsigned segment)
{
    return check_canonical(in, base(in, segment));
}

static bool ldtr_base(const struct check_input *in, unsigned segment)
{
    return !is_usable(in, segment) || base_canonical(in, segment);
}

/* A virtual-8086 base is checked here too, but base_v86() leaves nothing to find. */
static bool base_high(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || check_zero_from(base(in, segment), 32);
}

static bool limit_v86(const struct check_input *in, unsigned segment)
{
    return !check_is_v86(in) || limit(in, segment) == LIMIT_64K;
}

/* --- access rights ---------------------------------------------------------------------------- */

static bool access_v86(const struct check_input *in, unsigned segment)
{
    return !check_is_v86(in) || check_access(in, segment) == ACCESS_V86;
}

static bool cs_type(const struct check_input *in, unsigned segment)
{
    unsigned value = type(in, segment);

    if (!is_checked(in, segment) || (value == TYPE_DATA && check_is_unrestricted(in)))
        return true;
    return has_all(value, TYPE_CODE | TYPE_ACCESSED);
}

static bool ss_type(const struct check_input *in, unsigned segment)
{
    unsigned value = type(in, segment);

    return !is_checked(in, segment) || value == TYPE_DATA || value == TYPE_DATA_DOWN;
}

static bool type_accessed(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || has_any(type(in, segment), TYPE_ACCESSED);
}

static bool type_readable(const struct check_input *in, unsigned segment)
{
    unsigned value = type(in, segment);

    return !is_checked(in, segment) || !has_any(value, TYPE_CODE) || has_any(value, TYPE_READABLE);
}

static bool tr_type(const struct check_input *in, unsigned segment)
{
    unsigned value = type(in, segment);

    return value == TYPE_BUSY_TSS || (value == TYPE_BUSY_TSS16 && !check_is_ia32e(in));
}

static bool ldtr_type(const struct check_input *in, unsigned segment)
{
    return !is_usable(in, segment) || type(in, segment) == TYPE_LDT;
}

static bool s_is_1(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || has_any(check_access(in, segment), ACCESS_S);
}

static bool s_is_0(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || !has_any(check_access(in, segment), ACCESS_S);
}

static bool present(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || has_any(check_access(in, segment), ACCESS_P);
}

static bool reserved_low(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || !has_any(check_access(in, segment), ACCESS_RESERVED_11_8);
}

static bool reserved_high(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || !has_any(check_access(in, segment), ACCESS_RESERVED_31_17);
}

static bool g_is_0(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || has_all(limit(in, segment), MASK64(0, 12)) ||
           !has_any(check_access(in, segment), ACCESS_G);
}

static bool g_is_1(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || !has_any(limit(in, segment), MASK64(20, 12)) ||
           has_any(check_access(in, segment), ACCESS_G);
}

static bool cs_db(const struct check_input *in, unsigned segment)
{
    return !check_is_64bit_code(in) || !is_checked(in, segment) ||
           !has_any(check_access(in, segment), ACCESS_DB);
}

static bool tr_usable(const struct check_input *in, unsigned segment)
{
    return is_usable(in, segment);
}

/* --- privilege levels ------------------------------------------------------------------------- */

static bool cs_dpl_data(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || type(in, segment) != TYPE_DATA ||
           check_dpl(in, segment) == 0;
}

static bool cs_dpl_nonconforming(const struct check_input *in, unsigned segment)
{
    unsigned value = type(in, segment);

    return !is_checked(in, segment) || (value != 9 && value != 11) ||
           check_dpl(in, segment) == check_dpl(in, SEG_SS);
}

static bool cs_dpl_conforming(const struct check_input *in, unsigned segment)
{
    unsigned value = type(in, segment);

    return !is_checked(in, segment) || (value != 13 && value != 15) ||
           check_dpl(in, segment) <= check_dpl(in, SEG_SS);
}

/* SS.DPL becomes the CPL: it is checked even where SS is unusable. */
static bool ss_dpl_rpl(const struct check_input *in, unsigned segment)
{
    return check_is_v86(in) || check_is_unrestricted(in) ||
           check_dpl(in, segment) == rpl(in, segment);
}

static bool ss_dpl_0(const struct check_input *in, unsigned segment)
{
    bool real_mode = !has_any(check_value(in, VMCS_GUEST_CR0), BIT64(CR0_pe));

    return check_is_v86(in) || (!real_mode && type(in, SEG_CS) != TYPE_DATA) ||
           check_dpl(in, segment) == 0;
}

/* Conforming code (types 12 to 15) is open to all. */
static bool data_dpl(const struct check_input *in, unsigned segment)
{
    return !is_checked(in, segment) || check_is_unrestricted(in) || type(in, segment) > 11 ||
           check_dpl(in, segment) >= rpl(in, segment);
}

/* FRED knows rings 0 and 3 only, and ring 0 has 64-bit code only. */
static bool ss_dpl_fred(const struct check_input *in, unsigned segment)
{
    unsigned cpl = check_dpl(in, segment);

    return !check_has_fred(in) || cpl == 0 || cpl == 3;
}

static bool cs_l_fred(const struct check_input *in, unsigned segment)
{
    return !check_has_fred(in) || check_dpl(in, SEG_SS) != 0 ||
           has_any(check_access(in, segment), ACCESS_L);
}

/* --- descriptor tables ------------------------------------------------------------------------ */

static bool table_limit(const struct check_input *in, unsigned field)
{
    return check_zero_from(check_value(in, field), 16);
}

/* --- the table -------------------------------------------------------------------------------- */

#define SEGMENT(id, ...) \
    CHECK_ROW(CHECK_GUEST, "guest." id, "Checks on Guest Segment Registers", __VA_ARGS__)
#define TABLE(id, ...) \
    CHECK_ROW(CHECK_GUEST, "guest." id, "Checks on Guest Descriptor-Table Registers", __VA_ARGS__)

/* The fields of a segment. */
#define SELECTOR(S) VMCS_GUEST_##S##_SELECTOR
#define BASE(S)     VMCS_GUEST_##S##_BASE
#define LIMIT(S)    VMCS_GUEST_##S##_LIMIT
#define ACCESS(S)   VMCS_GUEST_##S##_ACCESS_RIGHTS

/* A row about the access rights of one segment. */
#define RIGHTS(id, S, rule, holds) \
    SEGMENT(id, "guest " #S " access rights: " rule, holds, SEG_##S, ACCESS(S))

/* Code and data segments, then the ones that system segments have too. */
#define V86_ROWS(id, S)                                                                           \
    SEGMENT(id ".base_v86",                                                                       \
            "guest " #S " base must be the selector times 16 in virtual-8086 mode", base_v86,     \
            SEG_##S, BASE(S), SELECTOR(S)),                                                       \
        SEGMENT(id ".limit_v86", "guest " #S " limit must be 0xffff in virtual-8086 mode",        \
                limit_v86, SEG_##S, LIMIT(S), VMCS_GUEST_RFLAGS),                                 \
        SEGMENT(id ".access_v86", "guest " #S " access rights must be 0xf3 in virtual-8086 mode", \
                access_v86, SEG_##S, ACCESS(S), VMCS_GUEST_RFLAGS)

#define COMMON_ROWS(id, S)                                                                    \
    RIGHTS(id ".present", S, "bit 7 (P) must be 1", present),                                 \
        RIGHTS(id ".reserved_11_8", S, "bits 11:8 must be 0", reserved_low),                  \
        RIGHTS(id ".reserved_31_17", S, "bits 31:17 must be 0", reserved_high),               \
        SEGMENT(id ".g_0",                                                                    \
                "guest " #S                                                                   \
                " access rights: bit 15 (G) must be 0 where the limit has a 0 in bits 11:0",  \
                g_is_0, SEG_##S, ACCESS(S), LIMIT(S)),                                        \
        SEGMENT(id ".g_1",                                                                    \
                "guest " #S                                                                   \
                " access rights: bit 15 (G) must be 1 where the limit has a 1 in bits 31:20", \
                g_is_1, SEG_##S, ACCESS(S), LIMIT(S))

#define CODE_OR_DATA_ROWS(id, S) \
    V86_ROWS(id, S), RIGHTS(id ".s", S, "bit 4 (S) must be 1", s_is_1), COMMON_ROWS(id, S)

#define SYSTEM_ROWS(id, S) RIGHTS(id ".s", S, "bit 4 (S) must be 0", s_is_0), COMMON_ROWS(id, S)

#define DATA_ROWS(id, S)                                                                           \
    CODE_OR_DATA_ROWS(id, S),                                                                      \
        RIGHTS(id ".type_accessed", S, "bit 0 (accessed) must be 1", type_accessed),               \
        RIGHTS(id ".type_readable", S, "bit 1 (readable) must be 1 with bit 3 (code)",             \
               type_readable),                                                                     \
        SEGMENT(id ".dpl", "guest " #S " DPL (bits 6:5) must not be less than the selector's RPL", \
                data_dpl, SEG_##S, ACCESS(S), SELECTOR(S))

#define HIGH_ROW(id, S) \
    SEGMENT(id ".base_high", "guest " #S " base: bits 63:32 must be 0", base_high, SEG_##S, BASE(S))
#define CANONICAL_ROW(id, S, holds) \
    SEGMENT(id ".base_canonical", "guest " #S " base must be canonical", holds, SEG_##S, BASE(S))
#define TI_ROW(id, S)                                                                      \
    SEGMENT(id ".selector_ti", "guest " #S " selector: TI (bit 2) must be 0", selector_ti, \
            SEG_##S, SELECTOR(S))

#define TABLE_ROWS(id, T)                                                                     \
    TABLE(id ".base_canonical", "guest " #T " base must be canonical", check_field_canonical, \
          VMCS_GUEST_##T##_BASE, VMCS_GUEST_##T##_BASE),                                      \
        TABLE(id ".limit_high", "guest " #T " limit: bits 31:16 must be 0", table_limit,      \
              VMCS_GUEST_##T##_LIMIT, VMCS_GUEST_##T##_LIMIT)

static const struct check_row rows[] = {
    CODE_OR_DATA_ROWS("cs", CS),
    HIGH_ROW("cs", CS),
    SEGMENT("cs.type",
            "guest CS access rights: type (bits 3:0) must be 9, 11, 13, 15, or 3 with "
            "\"unrestricted guest\"",
            cs_type, SEG_CS, ACCESS(CS), VMCS_SECONDARY_CONTROLS),
    RIGHTS("cs.dpl_data", CS, "DPL (bits 6:5) must be 0 with type 3", cs_dpl_data),
    SEGMENT("cs.dpl_nonconforming", "guest CS DPL (bits 6:5) must be SS's DPL with type 9 or 11",
            cs_dpl_nonconforming, SEG_CS, ACCESS(CS), ACCESS(SS)),
    SEGMENT("cs.dpl_conforming",
            "guest CS DPL (bits 6:5) must not be greater than SS's DPL with type 13 or 15",
            cs_dpl_conforming, SEG_CS, ACCESS(CS), ACCESS(SS)),
    SEGMENT("cs.d_l", "guest CS access rights: bit 14 (D) must be 0 with bit 13 (L) in IA-32e mode",
            cs_db, SEG_CS, ACCESS(CS), VMCS_ENTRY_CONTROLS),
    SEGMENT("cs.l_fred",
            "guest CS access rights: bit 13 (L) must be 1 at CPL 0 with CR4 bit 32 "
            "(FRED)",
            cs_l_fred, SEG_CS, ACCESS(CS), ACCESS(SS), VMCS_GUEST_CR4),

    CODE_OR_DATA_ROWS("ss", SS),
    HIGH_ROW("ss", SS),
    SEGMENT("ss.selector_rpl", "guest SS selector: RPL (bits 1:0) must be that of CS", ss_rpl, 0,
            SELECTOR(SS), SELECTOR(CS), VMCS_SECONDARY_CONTROLS),
    RIGHTS("ss.type", SS, "type (bits 3:0) must be 3 or 7", ss_type),
    SEGMENT("ss.dpl_rpl", "guest SS DPL (bits 6:5) must be the RPL of its selector", ss_dpl_rpl,
            SEG_SS, ACCESS(SS), SELECTOR(SS), VMCS_SECONDARY_CONTROLS),
    SEGMENT("ss.dpl_0",
            "guest SS DPL (bits 6:5) must be 0 while CR0 bit 0 (PE) is 0 or CS has type 3",
            ss_dpl_0, SEG_SS, ACCESS(SS), ACCESS(CS), VMCS_GUEST_CR0),
    SEGMENT("ss.dpl_fred", "guest SS DPL (bits 6:5) must be 0 or 3 with CR4 bit 32 (FRED)",
            ss_dpl_fred, SEG_SS, ACCESS(SS), VMCS_GUEST_CR4),

    DATA_ROWS("ds", DS),
    HIGH_ROW("ds", DS),
    DATA_ROWS("es", ES),
    HIGH_ROW("es", ES),
    DATA_ROWS("fs", FS),
    CANONICAL_ROW("fs", FS, base_canonical),
    DATA_ROWS("gs", GS),
    CANONICAL_ROW("gs", GS, base_canonical),

    TI_ROW("tr", TR),
    CANONICAL_ROW("tr", TR, base_canonical),
    SEGMENT("tr.type",
            "guest TR access rights: type (bits 3:0) must be 11 (busy TSS), or 3 outside IA-32e "
            "mode",
            tr_type, SEG_TR, ACCESS(TR), VMCS_ENTRY_CONTROLS),
    RIGHTS("tr.usable", TR, "bit 16 (unusable) must be 0", tr_usable),
    SYSTEM_ROWS("tr", TR),

    TI_ROW("ldtr", LDTR),
    CANONICAL_ROW("ldtr", LDTR, ldtr_base),
    RIGHTS("ldtr.type", LDTR, "type (bits 3:0) must be 2 (LDT)", ldtr_type),
    SYSTEM_ROWS("ldtr", LDTR),

    TABLE_ROWS("gdtr", GDTR),
    TABLE_ROWS("idtr", IDTR),
};

const struct check_table check_guest_segments = {rows, ARRAY_SIZE(rows)};
