/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmcs_layouts.c - every number of include/vmcs_layouts.h, typed a second time from the SDM.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "vmcs_layouts.h"

#define BIT(position) (UINT64_C(1) << (position))
#define EQUAL(name, number) \
    {                       \
#name, name, number \
    }

static const struct {
    const char *name;
    uint64_t is, expected;
} numbers[] = {
    /* "Guest Register State" */
    EQUAL(ACCESS_S, BIT(4)),
    EQUAL(ACCESS_DPL_3, BIT(5) | BIT(6)),
    EQUAL(ACCESS_P, BIT(7)),
    EQUAL(ACCESS_RESERVED_11_8, BIT(8) | BIT(9) | BIT(10) | BIT(11)),
    EQUAL(ACCESS_L, BIT(13)),
    EQUAL(ACCESS_DB, BIT(14)),
    EQUAL(ACCESS_G, BIT(15)),
    EQUAL(ACCESS_UNUSABLE, BIT(16)),
    EQUAL(ACCESS_RESERVED_31_17, BIT(32) - BIT(17)),
    EQUAL(TYPE_ACCESSED, 1),
    EQUAL(TYPE_READABLE, 2),
    EQUAL(TYPE_CODE, 8),
    EQUAL(TYPE_DATA, 3),
    EQUAL(TYPE_DATA_DOWN, 7),
    EQUAL(TYPE_LDT, 2),
    EQUAL(TYPE_BUSY_TSS16, 3),
    EQUAL(TYPE_BUSY_TSS, 11),
    EQUAL(ACCESS_CODE_64, 0xa09b),
    EQUAL(ACCESS_CODE_32, 0xc09b),
    EQUAL(ACCESS_DATA, 0xc093),
    EQUAL(ACCESS_TSS_BUSY, 0x8b),
    EQUAL(ACCESS_REAL, 0x93),
    EQUAL(ACCESS_V86, 0xf3),
    EQUAL(LIMIT_FLAT, 4294967295),
    EQUAL(LIMIT_64K, 65535),
    EQUAL(LIMIT_TSS, 103),
    /* "VM-Entry Controls for Event Injection", "Information for VM Exits Due to Vectored Events" */
    EQUAL(EVENT_VALID, BIT(31)),
    EQUAL(EVENT_NESTED, BIT(13)),
    EQUAL(EVENT_NMI_UNBLOCKED, BIT(12)),
    EQUAL(EVENT_ERROR_CODE, BIT(11)),
    EQUAL(EVENT_ENTRY_ZERO, BIT(12) | (BIT(31) - BIT(14))),
    EQUAL(EVENT_EXTERNAL_INTERRUPT, 0),
    EQUAL(EVENT_RESERVED, 1),
    EQUAL(EVENT_NMI, 2),
    EQUAL(EVENT_HARDWARE_EXCEPTION, 3),
    EQUAL(EVENT_SOFTWARE_INTERRUPT, 4),
    EQUAL(EVENT_PRIVILEGED_SOFTWARE_EXCEPTION, 5),
    EQUAL(EVENT_SOFTWARE_EXCEPTION, 6),
    EQUAL(EVENT_OTHER, 7),
    EQUAL(OTHER_MTF, 0),
    EQUAL(OTHER_SYSCALL, 1),
    EQUAL(OTHER_SYSENTER, 2),
    EQUAL(EVENT(EVENT_NMI, 2), 0x80000202),
    EQUAL(EVENT(EVENT_OTHER, 255), 0x800007ff),
    /* "Guest Non-Register State" */
    EQUAL(ACTIVITY_ACTIVE, 0),
    EQUAL(ACTIVITY_HLT, 1),
    EQUAL(ACTIVITY_SHUTDOWN, 2),
    EQUAL(ACTIVITY_WAIT_FOR_SIPI, 3),
    EQUAL(ACTIVITY_STATES, 4),
    EQUAL(BLOCKING_BY_STI, BIT(0)),
    EQUAL(BLOCKING_BY_MOV_SS, BIT(1)),
    EQUAL(BLOCKING_BY_SMI, BIT(2)),
    EQUAL(BLOCKING_BY_NMI, BIT(3)),
    EQUAL(BLOCKING_ENCLAVE, BIT(4)),
    EQUAL(PENDING_BLD, BIT(11)),
    EQUAL(PENDING_BREAKPOINT, BIT(12)),
    EQUAL(PENDING_BS, BIT(14)),
    EQUAL(PENDING_RTM, BIT(16)),
    EQUAL(LINK_POINTER_NONE, UINT64_MAX),
    /* "Extended-Page-Table Pointer (EPTP)" */
    EQUAL(EPTP_WALK_LENGTH_SHIFT, 3),
    EQUAL(EPTP_AD, BIT(6)),
    EQUAL(EPTP_SHADOW_STACK, BIT(7)),
    EQUAL(EPTP_RESERVED, BIT(8) | BIT(9) | BIT(10) | BIT(11)),
    /* "Exit Qualification for Control-Register Accesses" */
    EQUAL(CR_ACCESS_MOV_TO, 0),
    EQUAL(CR_ACCESS_MOV_FROM, 1),
    EQUAL(CR_ACCESS_CLTS, 2),
    EQUAL(CR_ACCESS_LMSW, 3),
    /* "Exit Qualification for I/O Instructions" */
    EQUAL(IO_ACCESS_IN, BIT(3)),
    EQUAL(IO_ACCESS_STRING, BIT(4)),
    EQUAL(IO_ACCESS_REPEAT, BIT(5)),
    EQUAL(IO_ACCESS_IMMEDIATE, BIT(6)),
    /* "Exit Qualification for EPT Violations" */
    EQUAL(EPT_VIOLATION_LINEAR, BIT(7)),
    EQUAL(EPT_VIOLATION_TO_PAGE, BIT(8)),
};

static void are_the_sdms(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++)
        if (numbers[i].is != numbers[i].expected) {
            wrong++;
            print_error("%s is 0x%llx instead of 0x%llx\n", numbers[i].name,
                        (unsigned long long)numbers[i].is, (unsigned long long)numbers[i].expected);
        }
    assert_int_equal(wrong, 0);
}

/* A field of numbers: with all its bits 1 and the others 0, and the other way round. */
struct field {
    const char *name;
    uint64_t (*get)(uint64_t word);
    unsigned position, width;
    unsigned added;
};

#define FIELD(function, position, width, added)           \
    {                                                     \
#function, get_##function, position, width, added \
    }
#define GETTER(function)                          \
    static uint64_t get_##function(uint64_t word) \
    {                                             \
        return (uint64_t)function(word);          \
    }
GETTER(access_type)
GETTER(access_dpl)
GETTER(event_type)
GETTER(event_vector)
GETTER(eptp_memory_type)
GETTER(eptp_walk_length)
GETTER(cr_access_type)
GETTER(cr_access_number)
GETTER(cr_access_register)
GETTER(cr_access_lmsw_source)
GETTER(io_access_bytes)
GETTER(io_access_port)
GETTER(ept_violation_access)
GETTER(ept_violation_allowed)

static const struct field fields[] = {
    FIELD(access_type, 0, 4, 0),          FIELD(access_dpl, 5, 2, 0),
    FIELD(event_type, 8, 3, 0),           FIELD(event_vector, 0, 8, 0),
    FIELD(eptp_memory_type, 0, 3, 0),     FIELD(eptp_walk_length, 3, 3, 1),
    FIELD(cr_access_type, 4, 2, 0),       FIELD(cr_access_number, 0, 4, 0),
    FIELD(cr_access_register, 8, 4, 0),   FIELD(cr_access_lmsw_source, 16, 16, 0),
    FIELD(io_access_bytes, 0, 3, 1),      FIELD(io_access_port, 16, 16, 0),
    FIELD(ept_violation_access, 0, 3, 0), FIELD(ept_violation_allowed, 3, 3, 0),
};

static void fields_stand_where_the_sdm_says(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        uint64_t all = BIT(fields[i].width) - 1, mask = all << fields[i].position;

        if (fields[i].get(mask) == all + fields[i].added && fields[i].get(~mask) == fields[i].added)
            continue;
        wrong++;
        print_error("%s is not bits %u to %u\n", fields[i].name, fields[i].position,
                    fields[i].position + fields[i].width - 1);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_the_sdms),
        cmocka_unit_test(fields_stand_where_the_sdm_says),
    };

    return cmocka_run_group_tests_name("vmcs_layouts", tests, NULL, NULL);
}
