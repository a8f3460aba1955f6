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

static uint64_t selector_ti(const struct check_input *in, unsigned segment)
{
    return is_checked(in, segment) ? selector(in, segment) & SELECTOR_TI : 0;
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
static uint64_t base_high(const struct check_input *in, unsigned segment)
{
    return is_checked(in, segment) ? base(in, segment) & CHECK_BITS_63_32 : 0;
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

/* The bits of `mask` that are 0, or 1, in rights that are looked at. */
static uint64_t rights_not_1(const struct check_input *in, enum segment segment, uint64_t mask)
{
    return is_checked(in, segment) ? ~check_access(in, segment) & mask : 0;
}

static uint64_t rights_not_0(const struct check_input *in, enum segment segment, uint64_t mask)
{
    return is_checked(in, segment) ? check_access(in, segment) & mask : 0;
}

static uint64_t type_accessed(const struct check_input *in, unsigned segment)
{
    return rights_not_1(in, segment, TYPE_ACCESSED);
}

static uint64_t type_readable(const struct check_input *in, unsigned segment)
{
    return has_any(type(in, segment), TYPE_CODE) ? rights_not_1(in, segment, TYPE_READABLE) : 0;
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

static uint64_t s_is_1(const struct check_input *in, unsigned segment)
{
    return rights_not_1(in, segment, ACCESS_S);
}

static uint64_t s_is_0(const struct check_input *in, unsigned segment)
{
    return rights_not_0(in, segment, ACCESS_S);
}

static uint64_t present(const struct check_input *in, unsigned segment)
{
    return rights_not_1(in, segment, ACCESS_P);
}

static uint64_t reserved_low(const struct check_input *in, unsigned segment)
{
    return rights_not_0(in, segment, ACCESS_RESERVED_11_8);
}

static uint64_t reserved_high(const struct check_input *in, unsigned segment)
{
    return rights_not_0(in, segment, ACCESS_RESERVED_31_17);
}

static uint64_t g_is_0(const struct check_input *in, unsigned segment)
{
    uint64_t g = rights_not_0(in, segment, ACCESS_G);

    return g && !has_all(limit(in, segment), MASK64(0, 12)) ? g : 0;
}

static uint64_t g_is_1(const struct check_input *in, unsigned segment)
{
    uint64_t g = rights_not_1(in, segment, ACCESS_G);

    return g && has_any(limit(in, segment), MASK64(20, 12)) ? g : 0;
}

static uint64_t cs_db(const struct check_input *in, unsigned segment)
{
    return check_is_64bit_code(in) ? rights_not_0(in, segment, ACCESS_DB) : 0;
}

static uint64_t tr_usable(const struct check_input *in, unsigned segment)
{
    return check_access(in, segment) & ACCESS_UNUSABLE;
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

static uint64_t cs_l_fred(const struct check_input *in, unsigned segment)
{
    return check_has_fred(in) && check_dpl(in, SEG_SS) == 0 ? ~check_access(in, segment) & ACCESS_L
                                                            : 0;
}

/* --- descriptor tables ------------------------------------------------------------------------ */

static uint64_t table_limit(const struct check_input *in, unsigned field)
{
    return check_value(in, field) & MASK64(16, 48);
}

/* --- details ---------------------------------------------------------------------------------- */

/* What the access rights and the selector hold, in numbers. */
static void print_segment(struct out *out, const struct check_input *in, unsigned segment)
{
    out_printf(out, "type %u, DPL %u, RPL %u", type(in, segment), check_dpl(in, segment),
               rpl(in, segment));
}

static void print_cs_and_ss(struct out *out, const struct check_input *in, unsigned segment)
{
    print_segment(out, in, segment);
    out_printf(out, "; SS: DPL %u", check_dpl(in, SEG_SS));
}

static void print_ss_and_cs(struct out *out, const struct check_input *in, unsigned segment)
{
    print_segment(out, in, segment);
    out_printf(out, "; CS: type %u, RPL %u", type(in, SEG_CS), rpl(in, SEG_CS));
}

/* --- the table -------------------------------------------------------------------------------- */

#define SEGMENT(id, ...) \
    CHECK_ROW(CHECK_GUEST, "guest." id, "Checks on Guest Segment Registers", __VA_ARGS__)
#define DETAIL(id, rule, holds, detail, ...)                                                     \
    CHECK_ROW_DETAIL(CHECK_GUEST, "guest." id, "Checks on Guest Segment Registers", rule, holds, \
                     detail, __VA_ARGS__)
#define TABLE(id, ...) \
    CHECK_ROW(CHECK_GUEST, "guest." id, "Checks on Guest Descriptor-Table Registers", __VA_ARGS__)

#define TABLE_DETAIL(id, rule, holds, detail, ...)                                                 \
    CHECK_ROW_DETAIL(CHECK_GUEST, "guest." id, "Checks on Guest Descriptor-Table Registers", rule, \
                     holds, detail, __VA_ARGS__)

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

#define DATA_ROWS(id, S)                                                                          \
    CODE_OR_DATA_ROWS(id, S),                                                                     \
        RIGHTS(id ".type_accessed", S, "bit 0 (accessed) must be 1", type_accessed),              \
        RIGHTS(id ".type_readable", S, "bit 1 (readable) must be 1 with bit 3 (code)",            \
               type_readable),                                                                    \
        DETAIL(id ".dpl", "guest " #S " DPL (bits 6:5) must not be less than the selector's RPL", \
               data_dpl, print_segment, SEG_##S, ACCESS(S), SELECTOR(S))

#define HIGH_ROW(id, S) \
    SEGMENT(id ".base_high", "guest " #S " base: bits 63:32 must be 0", base_high, SEG_##S, BASE(S))
#define CANONICAL_ROW(id, S, holds)                                            \
    DETAIL(id ".base_canonical", "guest " #S " base must be canonical", holds, \
           check_detail_linear, SEG_##S, BASE(S))
#define TI_ROW(id, S)                                                                      \
    SEGMENT(id ".selector_ti", "guest " #S " selector: TI (bit 2) must be 0", selector_ti, \
            SEG_##S, SELECTOR(S))

#define TABLE_ROWS(id, T)                                                                \
    TABLE_DETAIL(id ".base_canonical", "guest " #T " base must be canonical",            \
                 check_field_canonical, check_detail_linear, VMCS_GUEST_##T##_BASE,      \
                 VMCS_GUEST_##T##_BASE),                                                 \
        TABLE(id ".limit_high", "guest " #T " limit: bits 31:16 must be 0", table_limit, \
              VMCS_GUEST_##T##_LIMIT, VMCS_GUEST_##T##_LIMIT)

static const struct check_row rows[] = {
    CODE_OR_DATA_ROWS("cs", CS),
    HIGH_ROW("cs", CS),
    DETAIL("cs.type",
           "guest CS access rights: type (bits 3:0) must be 9, 11, 13, 15, or 3 with "
           "\"unrestricted guest\"",
           cs_type, print_segment, SEG_CS, ACCESS(CS), VMCS_SECONDARY_CONTROLS),
    DETAIL("cs.dpl_data",
           "guest CS access rights: "
           "DPL (bits 6:5) must be 0 with type 3",
           cs_dpl_data, print_segment, SEG_CS, ACCESS(CS)),
    DETAIL("cs.dpl_nonconforming", "guest CS DPL (bits 6:5) must be SS's DPL with type 9 or 11",
           cs_dpl_nonconforming, print_cs_and_ss, SEG_CS, ACCESS(CS), ACCESS(SS)),
    DETAIL("cs.dpl_conforming",
           "guest CS DPL (bits 6:5) must not be greater than SS's DPL with type 13 or 15",
           cs_dpl_conforming, print_cs_and_ss, SEG_CS, ACCESS(CS), ACCESS(SS)),
    SEGMENT("cs.d_l", "guest CS access rights: bit 14 (D) must be 0 with bit 13 (L) in IA-32e mode",
            cs_db, SEG_CS, ACCESS(CS), VMCS_ENTRY_CONTROLS),
    SEGMENT("cs.l_fred",
            "guest CS access rights: bit 13 (L) must be 1 at CPL 0 with CR4 bit 32 "
            "(FRED)",
            cs_l_fred, SEG_CS, ACCESS(CS), ACCESS(SS), VMCS_GUEST_CR4),

    CODE_OR_DATA_ROWS("ss", SS),
    HIGH_ROW("ss", SS),
    DETAIL("ss.selector_rpl", "guest SS selector: RPL (bits 1:0) must be that of CS", ss_rpl,
           print_ss_and_cs, SEG_SS, SELECTOR(SS), SELECTOR(CS), VMCS_SECONDARY_CONTROLS),
    DETAIL("ss.type",
           "guest SS access rights: "
           "type (bits 3:0) must be 3 or 7",
           ss_type, print_segment, SEG_SS, ACCESS(SS)),
    DETAIL("ss.dpl_rpl", "guest SS DPL (bits 6:5) must be the RPL of its selector", ss_dpl_rpl,
           print_segment, SEG_SS, ACCESS(SS), SELECTOR(SS), VMCS_SECONDARY_CONTROLS),
    DETAIL("ss.dpl_0",
           "guest SS DPL (bits 6:5) must be 0 while CR0 bit 0 (PE) is 0 or CS has type 3", ss_dpl_0,
           print_ss_and_cs, SEG_SS, ACCESS(SS), ACCESS(CS), VMCS_GUEST_CR0),
    DETAIL("ss.dpl_fred", "guest SS DPL (bits 6:5) must be 0 or 3 with CR4 bit 32 (FRED)",
           ss_dpl_fred, print_segment, SEG_SS, ACCESS(SS), VMCS_GUEST_CR4),

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
    DETAIL("tr.type",
           "guest TR access rights: type (bits 3:0) must be 11 (busy TSS), or 3 outside IA-32e "
           "mode",
           tr_type, print_segment, SEG_TR, ACCESS(TR), VMCS_ENTRY_CONTROLS),
    RIGHTS("tr.usable", TR, "bit 16 (unusable) must be 0", tr_usable),
    SYSTEM_ROWS("tr", TR),

    TI_ROW("ldtr", LDTR),
    CANONICAL_ROW("ldtr", LDTR, ldtr_base),
    DETAIL("ldtr.type",
           "guest LDTR access rights: "
           "type (bits 3:0) must be 2 (LDT)",
           ldtr_type, print_segment, SEG_LDTR, ACCESS(LDTR)),
    SYSTEM_ROWS("ldtr", LDTR),

    TABLE_ROWS("gdtr", GDTR),
    TABLE_ROWS("idtr", IDTR),
};

const struct check_table check_guest_segments = {rows, ARRAY_SIZE(rows)};
