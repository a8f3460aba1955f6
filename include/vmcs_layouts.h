/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmcs_layouts.h - what is inside the fields of a VMCS that hold more than one number, in the SDM's
 * words: the one definition for the kernel, the entry checker, the monitor and the tests.
 *
 * VMX controls and control registers are lists of their own: msr/vmx_bits.def,
 * control_registers.def.
 */
#ifndef LINTEL_VMCS_LAYOUTS_H
#define LINTEL_VMCS_LAYOUTS_H

#include "base.h"
#include "layout.h"

/* --- access rights of a segment --------------------------------------------------------------- */

/*
 * SDM: "Guest Register State".
 *
 *    31    17     16      15   14   13   12    11   8   7    6   5   4    3    0
 *   +--------+----------+----+-----+----+-----+-------+----+--------+----+-------+
 *   |   0    | unusable | G  | D/B | L  | AVL |   0   | P  |  DPL   | S  | type  |
 *   +--------+----------+----+-----+----+-----+-------+----+--------+----+-------+
 */
#define ACCESS_S              0x00000010u /* code or data, not a system segment */
#define ACCESS_DPL_3          0x00000060u
#define ACCESS_P              0x00000080u
#define ACCESS_RESERVED_11_8  0x00000f00u
#define ACCESS_L              0x00002000u
#define ACCESS_DB             0x00004000u
#define ACCESS_G              0x00008000u
#define ACCESS_UNUSABLE       0x00010000u
#define ACCESS_RESERVED_31_17 0xfffe0000u

/* SDM: "Code- and Data-Segment Types", "System-Segment and Gate-Descriptor Types". */
enum segment_type {
    TYPE_ACCESSED = 1,  /* bit 0 of code and of data */
    TYPE_READABLE = 2,  /* bit 1 of code */
    TYPE_CODE = 8,      /* bit 3 */
    TYPE_DATA = 3,      /* read/write, accessed, expand-up */
    TYPE_DATA_DOWN = 7, /* the same, expand-down */
    TYPE_LDT = 2,       /* with S = 0: */
    TYPE_BUSY_TSS16 = 3,
    TYPE_BUSY_TSS = 11, /* 32-bit; 64-bit in IA-32e mode */
};

/* Bits 55:40 of a descriptor, less those of the limit, are the access rights of its segment. */
#define ACCESS_OF(descriptor) ((uint32_t)((descriptor) >> 40) & 0xf0ff)

#define ACCESS_CODE_64  ACCESS_OF(DESCRIPTOR_CODE_64)
#define ACCESS_CODE_32  ACCESS_OF(DESCRIPTOR_CODE_32)
#define ACCESS_DATA     ACCESS_OF(DESCRIPTOR_DATA)
#define ACCESS_TSS_BUSY (ACCESS_P | TYPE_BUSY_TSS)
#define ACCESS_REAL     (ACCESS_P | ACCESS_S | TYPE_DATA) /* all segments in real-address mode */
#define ACCESS_V86      (ACCESS_REAL | ACCESS_DPL_3)      /* and in virtual-8086 mode */

#define LIMIT_FLAT 0xffffffffu
#define LIMIT_64K  0xffffu
#define LIMIT_TSS  0x67u /* the least that a 32-bit or 64-bit TSS has */

static inline unsigned access_type(uint64_t rights)
{
    return (unsigned)field_of(rights, 0, 4);
}

static inline unsigned access_dpl(uint64_t rights)
{
    return (unsigned)field_of(rights, 5, 2);
}

/* --- events ----------------------------------------------------------------------------------- */

/*
 * Interruption information of VM entries and of VM exits, and IDT-vectoring information. SDM:
 * "VM-Entry Controls for Event Injection", "Information for VM Exits Due to Vectored Events",
 * "Information for VM Exits That Occur During Event Delivery".
 *
 *     31    30   14    13        12         11      10  8  7     0
 *   +-------+------+--------+-----------+---------+------+--------+
 *   | valid |  0   | nested |    NMI    |  error  | type | vector |
 *   |       |      |  exc.  | unblocked |  code   |      |        |
 *   +-------+------+--------+-----------+---------+------+--------+
 */
#define EVENT_VALID         0x80000000u
#define EVENT_NESTED        0x00002000u /* nested exception */
#define EVENT_NMI_UNBLOCKED 0x00001000u /* of VM exits: by an IRET that faulted; 0 at entries */
#define EVENT_ERROR_CODE    0x00000800u /* there is one: it is delivered */
#define EVENT_ENTRY_ZERO    0x7fffd000u /* bits of VM-entry information that are 0: 30:14 and 12 */

enum event_type {
    EVENT_EXTERNAL_INTERRUPT = 0,
    EVENT_RESERVED = 1,
    EVENT_NMI = 2,
    EVENT_HARDWARE_EXCEPTION = 3,
    EVENT_SOFTWARE_INTERRUPT = 4,
    EVENT_PRIVILEGED_SOFTWARE_EXCEPTION = 5,
    EVENT_SOFTWARE_EXCEPTION = 6,
    EVENT_OTHER = 7, /* its vector is one of enum other_event */
};

/* A pending MTF VM exit, and calls that FRED delivers. */
enum other_event { OTHER_MTF = 0, OTHER_SYSCALL = 1, OTHER_SYSENTER = 2 };

/* A valid event: an enum event_type and a vector. */
#define EVENT(type, vector) (EVENT_VALID | (uint32_t)(type) << 8 | (uint32_t)(vector))

/* In 32 bits, as the field is: these run where an event is injected. */
static inline enum event_type event_type(uint32_t info)
{
    return (enum event_type)(info >> 8 & 7);
}

static inline unsigned event_vector(uint32_t info)
{
    return info & 0xff;
}

/* --- the guest's non-register state ----------------------------------------------------------- */

/* SDM: "Guest Non-Register State": activity state. */
enum activity_state {
    ACTIVITY_ACTIVE,
    ACTIVITY_HLT,
    ACTIVITY_SHUTDOWN,
    ACTIVITY_WAIT_FOR_SIPI,
    ACTIVITY_STATES
};

/* Interruptibility state. Bits 31:5 are 0. */
#define BLOCKING_BY_STI    0x01u
#define BLOCKING_BY_MOV_SS 0x02u
#define BLOCKING_BY_SMI    0x04u
#define BLOCKING_BY_NMI    0x08u
#define BLOCKING_ENCLAVE   0x10u /* enclave interruption */

/* Pending debug exceptions. */
#define PENDING_BLD        UINT64_C(0x00800) /* bus lock detected */
#define PENDING_BREAKPOINT UINT64_C(0x01000) /* enabled breakpoint */
#define PENDING_BS         UINT64_C(0x04000) /* single step */
#define PENDING_RTM        UINT64_C(0x10000)

/* VMCS link pointer: there is none. */
#define LINK_POINTER_NONE (~UINT64_C(0))

/* --- the EPT pointer -------------------------------------------------------------------------- */

/*
 * SDM: "Extended-Page-Table Pointer (EPTP)". The memory type is an enum memory_type.
 *
 *   63          12 11   8       7          6      5           3   2         0
 *   +-------------+------+--------------+-----+-----------------+-------------+
 *   | PML4 (PML5) |  0   | supervisor   | A/D | page-walk       | memory type |
 *   | table       |      | shadow stack |     | length minus 1  |             |
 *   +-------------+------+--------------+-----+-----------------+-------------+
 */
#define EPTP_WALK_LENGTH_SHIFT 3
#define EPTP_AD                BIT64(6)
#define EPTP_SHADOW_STACK      BIT64(7)
#define EPTP_RESERVED          MASK64(8, 4)

static inline unsigned eptp_memory_type(uint64_t eptp)
{
    return (unsigned)field_of(eptp, 0, 3);
}

static inline unsigned eptp_walk_length(uint64_t eptp)
{
    return (unsigned)field_of(eptp, EPTP_WALK_LENGTH_SHIFT, 3) + 1;
}

/* --- exit qualifications ---------------------------------------------------------------------- */

/*
 * SDM: "Exit Qualification for Control-Register Accesses".
 *
 *   31         16 15  12 11       8  7    6     5  4  3    0
 *   +------------+------+----------+---+------+------+------+
 *   | LMSW       |  0   | general  | 0 | LMSW | type | CR   |
 *   | source     |      | register |   |      |      |      |
 *   +------------+------+----------+---+------+------+------+
 */
enum cr_access { CR_ACCESS_MOV_TO, CR_ACCESS_MOV_FROM, CR_ACCESS_CLTS, CR_ACCESS_LMSW };

static inline enum cr_access cr_access_type(uint64_t qualification)
{
    return (enum cr_access)field_of(qualification, 4, 2);
}

static inline unsigned cr_access_number(uint64_t qualification)
{
    return (unsigned)field_of(qualification, 0, 4);
}

static inline unsigned cr_access_register(uint64_t qualification)
{
    return (unsigned)field_of(qualification, 8, 4);
}

static inline uint64_t cr_access_lmsw_source(uint64_t qualification)
{
    return field_of(qualification, 16, 16);
}

/*
 * SDM: "Exit Qualification for I/O Instructions".
 *
 *   31   16 15   7      6       5      4     3   2    0
 *   +------+------+-----------+-----+--------+----+------+
 *   | port |  0   | immediate | REP | string | IN | size |
 *   +------+------+-----------+-----+--------+----+------+
 */
#define IO_ACCESS_IN        0x08u
#define IO_ACCESS_STRING    0x10u
#define IO_ACCESS_REPEAT    0x20u
#define IO_ACCESS_IMMEDIATE 0x40u

static inline unsigned io_access_bytes(uint64_t qualification)
{
    return (unsigned)field_of(qualification, 0, 3) + 1;
}

static inline unsigned io_access_port(uint64_t qualification)
{
    return (unsigned)field_of(qualification, 16, 16);
}

/*
 * SDM: "Exit Qualification for EPT Violations". `access` and `allowed` are rights as an EPT entry
 * has them: 1 read, 2 write, 4 execute. Bit 12 is EVENT_NMI_UNBLOCKED.
 *
 *       12        11  9      8          7       6    5     3   2     0
 *   +-----------+------+----------+----------+-----+---------+--------+
 *   |    NMI    |      |  to the  |  linear  |     |         |        |
 *   | unblocked |      |   page   | address  |     | allowed | access |
 *   +-----------+------+----------+----------+-----+---------+--------+
 */
#define EPT_VIOLATION_LINEAR  0x080u /* the guest linear-address field is valid */
#define EPT_VIOLATION_TO_PAGE 0x100u /* to its translation, not to a paging structure */

static inline unsigned ept_violation_access(uint64_t qualification)
{
    return (unsigned)field_of(qualification, 0, 3);
}

static inline unsigned ept_violation_allowed(uint64_t qualification)
{
    return (unsigned)field_of(qualification, 3, 3);
}

#endif
