/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vmx_vmcs.c - the VMCS fields: names, encodings, widths and types against a second table
 * typed from the SDM's "Field Encoding in VMCS", which processors have which field, and images.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vmx/vmcs.h"
#include "policies.h"
#include "support.h"

#define AT(address) (address - 0x480)
#define ALL_MSRS    0xfffffu

enum { NATURAL = 1 };

/* A field, and the control (word and bit) that a processor must have to have the field. */
struct field_fact {
    const char *name;
    unsigned encoding;
    unsigned width; /* bits, or NATURAL */
    enum vmcs_type type;
    unsigned word;
    unsigned bit;
};

static const struct field_fact facts[] = {
    {"VPID", 0x0000, 16, VMCS_CONTROL, WORD_PROC2, 5},
    {"POSTED_INTERRUPT_VECTOR", 0x0002, 16, VMCS_CONTROL, WORD_PIN, 7},
    {"EPTP_INDEX", 0x0004, 16, VMCS_CONTROL, WORD_PROC2, 18},
    {"HLAT_PREFIX_SIZE", 0x0006, 16, VMCS_CONTROL, WORD_PROC3, 1},
    {"LAST_PID_POINTER_INDEX", 0x0008, 16, VMCS_CONTROL, WORD_PROC3, 4},
    {"VIRTUAL_TIMER_VECTOR", 0x000a, 16, VMCS_CONTROL, WORD_PROC3, 8},
    {"GUEST_ES_SELECTOR", 0x0800, 16, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_CS_SELECTOR", 0x0802, 16, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_SS_SELECTOR", 0x0804, 16, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_DS_SELECTOR", 0x0806, 16, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_FS_SELECTOR", 0x0808, 16, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_GS_SELECTOR", 0x080a, 16, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_LDTR_SELECTOR", 0x080c, 16, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_TR_SELECTOR", 0x080e, 16, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_INTERRUPT_STATUS", 0x0810, 16, VMCS_GUEST, WORD_PROC2, 9},
    {"PML_INDEX", 0x0812, 16, VMCS_GUEST, WORD_PROC2, 17},
    {"GUEST_UINV", 0x0814, 16, VMCS_GUEST, WORD_ENTRY, 19},
    {"HOST_ES_SELECTOR", 0x0c00, 16, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_CS_SELECTOR", 0x0c02, 16, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_SS_SELECTOR", 0x0c04, 16, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_DS_SELECTOR", 0x0c06, 16, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_FS_SELECTOR", 0x0c08, 16, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_GS_SELECTOR", 0x0c0a, 16, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_TR_SELECTOR", 0x0c0c, 16, VMCS_HOST, VMCS_ALWAYS, 0},
    {"IO_BITMAP_A", 0x2000, 64, VMCS_CONTROL, WORD_PROC, 25},
    {"IO_BITMAP_B", 0x2002, 64, VMCS_CONTROL, WORD_PROC, 25},
    {"MSR_BITMAP", 0x2004, 64, VMCS_CONTROL, WORD_PROC, 28},
    {"EXIT_MSR_STORE_ADDRESS", 0x2006, 64, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"EXIT_MSR_LOAD_ADDRESS", 0x2008, 64, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"ENTRY_MSR_LOAD_ADDRESS", 0x200a, 64, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"EXECUTIVE_VMCS_POINTER", 0x200c, 64, VMCS_CONTROL, WORD_BASIC, 49},
    {"PML_ADDRESS", 0x200e, 64, VMCS_CONTROL, WORD_PROC2, 17},
    {"TSC_OFFSET", 0x2010, 64, VMCS_CONTROL, WORD_PROC, 3},
    {"VIRTUAL_APIC_ADDRESS", 0x2012, 64, VMCS_CONTROL, WORD_PROC, 21},
    {"APIC_ACCESS_ADDRESS", 0x2014, 64, VMCS_CONTROL, WORD_PROC2, 0},
    {"POSTED_INTERRUPT_DESCRIPTOR", 0x2016, 64, VMCS_CONTROL, WORD_PIN, 7},
    {"VM_FUNCTION_CONTROLS", 0x2018, 64, VMCS_CONTROL, WORD_PROC2, 13},
    {"EPT_POINTER", 0x201a, 64, VMCS_CONTROL, WORD_PROC2, 1},
    {"EOI_EXIT_BITMAP_0", 0x201c, 64, VMCS_CONTROL, WORD_PROC2, 9},
    {"EOI_EXIT_BITMAP_1", 0x201e, 64, VMCS_CONTROL, WORD_PROC2, 9},
    {"EOI_EXIT_BITMAP_2", 0x2020, 64, VMCS_CONTROL, WORD_PROC2, 9},
    {"EOI_EXIT_BITMAP_3", 0x2022, 64, VMCS_CONTROL, WORD_PROC2, 9},
    {"EPTP_LIST_ADDRESS", 0x2024, 64, VMCS_CONTROL, WORD_VMFUNC, 0},
    {"VMREAD_BITMAP", 0x2026, 64, VMCS_CONTROL, WORD_PROC2, 14},
    {"VMWRITE_BITMAP", 0x2028, 64, VMCS_CONTROL, WORD_PROC2, 14},
    {"VIRTUALIZATION_EXCEPTION_ADDRESS", 0x202a, 64, VMCS_CONTROL, WORD_PROC2, 18},
    {"XSS_EXITING_BITMAP", 0x202c, 64, VMCS_CONTROL, WORD_PROC2, 20},
    {"ENCLS_EXITING_BITMAP", 0x202e, 64, VMCS_CONTROL, WORD_PROC2, 15},
    {"SUB_PAGE_PERMISSION_TABLE_POINTER", 0x2030, 64, VMCS_CONTROL, WORD_PROC2, 23},
    {"TSC_MULTIPLIER", 0x2032, 64, VMCS_CONTROL, WORD_PROC2, 25},
    {"TERTIARY_CONTROLS", 0x2034, 64, VMCS_CONTROL, WORD_PROC, 17},
    {"ENCLV_EXITING_BITMAP", 0x2036, 64, VMCS_CONTROL, WORD_PROC2, 28},
    {"LOW_PASID_DIRECTORY", 0x2038, 64, VMCS_CONTROL, WORD_PROC2, 21},
    {"HIGH_PASID_DIRECTORY", 0x203a, 64, VMCS_CONTROL, WORD_PROC2, 21},
    {"SHARED_EPT_POINTER", 0x203c, 64, VMCS_CONTROL, VMCS_NEVER, 0},
    {"PCONFIG_EXITING_BITMAP", 0x203e, 64, VMCS_CONTROL, WORD_PROC2, 27},
    {"HLAT_POINTER", 0x2040, 64, VMCS_CONTROL, WORD_PROC3, 1},
    {"PID_POINTER_TABLE", 0x2042, 64, VMCS_CONTROL, WORD_PROC3, 4},
    {"SECONDARY_EXIT_CONTROLS", 0x2044, 64, VMCS_CONTROL, WORD_EXIT, 31},
    {"SPEC_CTRL_MASK", 0x204a, 64, VMCS_CONTROL, WORD_PROC3, 7},
    {"SPEC_CTRL_SHADOW", 0x204c, 64, VMCS_CONTROL, WORD_PROC3, 7},
    {"INJECTED_EVENT_DATA", 0x2052, 64, VMCS_CONTROL, WORD_ENTRY, 23},
    {"GUEST_PHYSICAL_ADDRESS", 0x2400, 64, VMCS_READ_ONLY, WORD_PROC2, 1},
    {"ORIGINAL_EVENT_DATA", 0x2404, 64, VMCS_READ_ONLY, WORD_ENTRY, 23},
    {"VMCS_LINK_POINTER", 0x2800, 64, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_DEBUGCTL", 0x2802, 64, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_PAT", 0x2804, 64, VMCS_GUEST, WORD_ENTRY, 14},
    {"GUEST_EFER", 0x2806, 64, VMCS_GUEST, WORD_ENTRY, 15},
    {"GUEST_PERF_GLOBAL_CTRL", 0x2808, 64, VMCS_GUEST, WORD_ENTRY, 13},
    {"GUEST_PDPTE0", 0x280a, 64, VMCS_GUEST, WORD_PROC2, 1},
    {"GUEST_PDPTE1", 0x280c, 64, VMCS_GUEST, WORD_PROC2, 1},
    {"GUEST_PDPTE2", 0x280e, 64, VMCS_GUEST, WORD_PROC2, 1},
    {"GUEST_PDPTE3", 0x2810, 64, VMCS_GUEST, WORD_PROC2, 1},
    {"GUEST_BNDCFGS", 0x2812, 64, VMCS_GUEST, WORD_ENTRY, 16},
    {"GUEST_RTIT_CTL", 0x2814, 64, VMCS_GUEST, WORD_ENTRY, 18},
    {"GUEST_LBR_CTL", 0x2816, 64, VMCS_GUEST, WORD_ENTRY, 21},
    {"GUEST_PKRS", 0x2818, 64, VMCS_GUEST, WORD_ENTRY, 22},
    {"GUEST_FRED_CONFIG", 0x281a, 64, VMCS_GUEST, WORD_ENTRY, 23},
    {"GUEST_FRED_RSP1", 0x281c, 64, VMCS_GUEST, WORD_ENTRY, 23},
    {"GUEST_FRED_RSP2", 0x281e, 64, VMCS_GUEST, WORD_ENTRY, 23},
    {"GUEST_FRED_RSP3", 0x2820, 64, VMCS_GUEST, WORD_ENTRY, 23},
    {"GUEST_FRED_STKLVLS", 0x2822, 64, VMCS_GUEST, WORD_ENTRY, 23},
    {"GUEST_FRED_SSP1", 0x2824, 64, VMCS_GUEST, WORD_ENTRY, 23},
    {"GUEST_FRED_SSP2", 0x2826, 64, VMCS_GUEST, WORD_ENTRY, 23},
    {"GUEST_FRED_SSP3", 0x2828, 64, VMCS_GUEST, WORD_ENTRY, 23},
    {"GUEST_SPEC_CTRL", 0x282e, 64, VMCS_GUEST, WORD_ENTRY, 24},
    {"HOST_PAT", 0x2c00, 64, VMCS_HOST, WORD_EXIT, 19},
    {"HOST_EFER", 0x2c02, 64, VMCS_HOST, WORD_EXIT, 21},
    {"HOST_PERF_GLOBAL_CTRL", 0x2c04, 64, VMCS_HOST, WORD_EXIT, 12},
    {"HOST_PKRS", 0x2c06, 64, VMCS_HOST, WORD_EXIT, 29},
    {"HOST_FRED_CONFIG", 0x2c08, 64, VMCS_HOST, WORD_EXIT2, 1},
    {"HOST_FRED_RSP1", 0x2c0a, 64, VMCS_HOST, WORD_EXIT2, 1},
    {"HOST_FRED_RSP2", 0x2c0c, 64, VMCS_HOST, WORD_EXIT2, 1},
    {"HOST_FRED_RSP3", 0x2c0e, 64, VMCS_HOST, WORD_EXIT2, 1},
    {"HOST_FRED_STKLVLS", 0x2c10, 64, VMCS_HOST, WORD_EXIT2, 1},
    {"HOST_FRED_SSP1", 0x2c12, 64, VMCS_HOST, WORD_EXIT2, 1},
    {"HOST_FRED_SSP2", 0x2c14, 64, VMCS_HOST, WORD_EXIT2, 1},
    {"HOST_FRED_SSP3", 0x2c16, 64, VMCS_HOST, WORD_EXIT2, 1},
    {"HOST_SPEC_CTRL", 0x2c1a, 64, VMCS_HOST, WORD_EXIT2, 2},
    {"PIN_CONTROLS", 0x4000, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"PROC_CONTROLS", 0x4002, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"EXCEPTION_BITMAP", 0x4004, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"PAGE_FAULT_ERROR_MASK", 0x4006, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"PAGE_FAULT_ERROR_MATCH", 0x4008, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"CR3_TARGET_COUNT", 0x400a, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"EXIT_CONTROLS", 0x400c, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"EXIT_MSR_STORE_COUNT", 0x400e, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"EXIT_MSR_LOAD_COUNT", 0x4010, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"ENTRY_CONTROLS", 0x4012, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"ENTRY_MSR_LOAD_COUNT", 0x4014, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"ENTRY_INTERRUPTION_INFO", 0x4016, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"ENTRY_EXCEPTION_ERROR_CODE", 0x4018, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"ENTRY_INSTRUCTION_LENGTH", 0x401a, 32, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"TPR_THRESHOLD", 0x401c, 32, VMCS_CONTROL, WORD_PROC, 21},
    {"SECONDARY_CONTROLS", 0x401e, 32, VMCS_CONTROL, WORD_PROC, 31},
    {"PLE_GAP", 0x4020, 32, VMCS_CONTROL, WORD_PROC2, 10},
    {"PLE_WINDOW", 0x4022, 32, VMCS_CONTROL, WORD_PROC2, 10},
    {"INSTRUCTION_TIMEOUT", 0x4024, 32, VMCS_CONTROL, WORD_PROC2, 31},
    {"VM_INSTRUCTION_ERROR", 0x4400, 32, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"EXIT_REASON", 0x4402, 32, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"EXIT_INTERRUPTION_INFO", 0x4404, 32, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"EXIT_INTERRUPTION_ERROR_CODE", 0x4406, 32, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"IDT_VECTORING_INFO", 0x4408, 32, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"IDT_VECTORING_ERROR_CODE", 0x440a, 32, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"EXIT_INSTRUCTION_LENGTH", 0x440c, 32, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"EXIT_INSTRUCTION_INFO", 0x440e, 32, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"GUEST_ES_LIMIT", 0x4800, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_CS_LIMIT", 0x4802, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_SS_LIMIT", 0x4804, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_DS_LIMIT", 0x4806, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_FS_LIMIT", 0x4808, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_GS_LIMIT", 0x480a, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_LDTR_LIMIT", 0x480c, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_TR_LIMIT", 0x480e, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_GDTR_LIMIT", 0x4810, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_IDTR_LIMIT", 0x4812, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_ES_ACCESS_RIGHTS", 0x4814, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_CS_ACCESS_RIGHTS", 0x4816, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_SS_ACCESS_RIGHTS", 0x4818, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_DS_ACCESS_RIGHTS", 0x481a, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_FS_ACCESS_RIGHTS", 0x481c, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_GS_ACCESS_RIGHTS", 0x481e, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_LDTR_ACCESS_RIGHTS", 0x4820, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_TR_ACCESS_RIGHTS", 0x4822, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_INTERRUPTIBILITY", 0x4824, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_ACTIVITY_STATE", 0x4826, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_SMBASE", 0x4828, 32, VMCS_GUEST, WORD_BASIC, 49},
    {"GUEST_SYSENTER_CS", 0x482a, 32, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"PREEMPTION_TIMER_VALUE", 0x482e, 32, VMCS_GUEST, WORD_PIN, 6},
    {"HOST_SYSENTER_CS", 0x4c00, 32, VMCS_HOST, VMCS_ALWAYS, 0},
    {"CR0_GUEST_HOST_MASK", 0x6000, NATURAL, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"CR4_GUEST_HOST_MASK", 0x6002, NATURAL, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"CR0_READ_SHADOW", 0x6004, NATURAL, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"CR4_READ_SHADOW", 0x6006, NATURAL, VMCS_CONTROL, VMCS_ALWAYS, 0},
    {"CR3_TARGET_0", 0x6008, NATURAL, VMCS_CONTROL, VMCS_IF_CR3_TARGETS, 0},
    {"CR3_TARGET_1", 0x600a, NATURAL, VMCS_CONTROL, VMCS_IF_CR3_TARGETS, 1},
    {"CR3_TARGET_2", 0x600c, NATURAL, VMCS_CONTROL, VMCS_IF_CR3_TARGETS, 2},
    {"CR3_TARGET_3", 0x600e, NATURAL, VMCS_CONTROL, VMCS_IF_CR3_TARGETS, 3},
    {"EXIT_QUALIFICATION", 0x6400, NATURAL, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"IO_RCX", 0x6402, NATURAL, VMCS_READ_ONLY, WORD_BASIC, 49},
    {"IO_RSI", 0x6404, NATURAL, VMCS_READ_ONLY, WORD_BASIC, 49},
    {"IO_RDI", 0x6406, NATURAL, VMCS_READ_ONLY, WORD_BASIC, 49},
    {"IO_RIP", 0x6408, NATURAL, VMCS_READ_ONLY, WORD_BASIC, 49},
    {"GUEST_LINEAR_ADDRESS", 0x640a, NATURAL, VMCS_READ_ONLY, VMCS_ALWAYS, 0},
    {"GUEST_CR0", 0x6800, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_CR3", 0x6802, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_CR4", 0x6804, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_ES_BASE", 0x6806, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_CS_BASE", 0x6808, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_SS_BASE", 0x680a, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_DS_BASE", 0x680c, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_FS_BASE", 0x680e, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_GS_BASE", 0x6810, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_LDTR_BASE", 0x6812, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_TR_BASE", 0x6814, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_GDTR_BASE", 0x6816, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_IDTR_BASE", 0x6818, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_DR7", 0x681a, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_RSP", 0x681c, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_RIP", 0x681e, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_RFLAGS", 0x6820, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_PENDING_DEBUG_EXCEPTIONS", 0x6822, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_SYSENTER_ESP", 0x6824, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_SYSENTER_EIP", 0x6826, NATURAL, VMCS_GUEST, VMCS_ALWAYS, 0},
    {"GUEST_S_CET", 0x6828, NATURAL, VMCS_GUEST, WORD_ENTRY, 20},
    {"GUEST_SSP", 0x682a, NATURAL, VMCS_GUEST, WORD_ENTRY, 20},
    {"GUEST_INTERRUPT_SSP_TABLE", 0x682c, NATURAL, VMCS_GUEST, WORD_ENTRY, 20},
    {"HOST_CR0", 0x6c00, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_CR3", 0x6c02, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_CR4", 0x6c04, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_FS_BASE", 0x6c06, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_GS_BASE", 0x6c08, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_TR_BASE", 0x6c0a, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_GDTR_BASE", 0x6c0c, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_IDTR_BASE", 0x6c0e, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_SYSENTER_ESP", 0x6c10, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_SYSENTER_EIP", 0x6c12, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_RSP", 0x6c14, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_RIP", 0x6c16, NATURAL, VMCS_HOST, VMCS_ALWAYS, 0},
    {"HOST_S_CET", 0x6c18, NATURAL, VMCS_HOST, WORD_EXIT, 28},
    {"HOST_SSP", 0x6c1a, NATURAL, VMCS_HOST, WORD_EXIT, 28},
    {"HOST_INTERRUPT_SSP_TABLE", 0x6c1c, NATURAL, VMCS_HOST, WORD_EXIT, 28},
};

/* --- the list --------------------------------------------------------------------------------- */

/* The encoding's parts by SDM "Structure of VMCS Component Encoding". */
static unsigned encoded_width(unsigned encoding)
{
    static const unsigned widths[] = {16, 64, 32, NATURAL};

    return widths[encoding >> 13 & 3];
}

static void list(void **state)
{
    (void)state;
    assert_int_equal(VMCS_FIELD_COUNT, ARRAY_SIZE(facts));
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        const struct field_fact *fact = &facts[field];
        const struct vmcs_field_row *row = &vmcs_fields[field];

        expect(!strcmp(row->name, fact->name), "field %u is %s, not %s", field, row->name,
               fact->name);
        expect(row->encoding == fact->encoding, "%s: encoding 0x%04x", fact->name, row->encoding);
        expect(row->word == fact->word && row->bit == fact->bit, "%s: by word %u bit %u",
               fact->name, row->word, row->bit);
    }
    assert_int_equal(wrong, 0);
}

static void widths_and_types(void **state)
{
    (void)state;
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        const struct field_fact *fact = &facts[field];
        unsigned width = fact->width == NATURAL ? 64 : fact->width;

        expect(vmcs_field_width(field) == width, "%s: %u bits wide", fact->name,
               vmcs_field_width(field));
        expect(vmcs_field_type(field) == fact->type, "%s: type %u", fact->name,
               vmcs_field_type(field));
        expect(encoded_width(vmcs_fields[field].encoding) == fact->width, "%s: width encoded",
               fact->name);
    }
    assert_int_equal(wrong, 0);
}

/* Ascending, so each stands once; full access, and nothing in the reserved bits. */
static void order(void **state)
{
    (void)state;
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        unsigned encoding = vmcs_fields[field].encoding;

        expect(!(encoding & 0x9001), "%s: 0x%04x", vmcs_fields[field].name, encoding);
        if (field)
            expect(encoding > vmcs_fields[field - 1].encoding, "%s stands after %s",
                   vmcs_fields[field].name, vmcs_fields[field - 1].name);
    }
    assert_int_equal(wrong, 0);
}

/* Versions of clang-format differ here. */
/* clang-format off */
#define SEGMENT(name)                                                        \
    {                                                                        \
        SEG_##name, VMCS_GUEST_##name##_SELECTOR, VMCS_GUEST_##name##_LIMIT, \
            VMCS_GUEST_##name##_ACCESS_RIGHTS, VMCS_GUEST_##name##_BASE      \
    }
/* clang-format on */

/* The fields of the segment registers can be reached by adding enum segment to ES's. */
static void segments(void **state)
{
    static const struct {
        enum segment segment;
        enum vmcs_field selector, limit, access, base;
    } rows[] = {SEGMENT(ES), SEGMENT(CS), SEGMENT(SS),   SEGMENT(DS),
                SEGMENT(FS), SEGMENT(GS), SEGMENT(LDTR), SEGMENT(TR)};

    (void)state;
    assert_int_equal(SEG_COUNT, ARRAY_SIZE(rows));
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        expect(rows[i].segment == i, "segment %u is number %u", i, rows[i].segment);
        expect(rows[i].selector == VMCS_GUEST_ES_SELECTOR + i, "selector %u", i);
        expect(rows[i].limit == VMCS_GUEST_ES_LIMIT + i, "limit %u", i);
        expect(rows[i].access == VMCS_GUEST_ES_ACCESS_RIGHTS + i, "access rights %u", i);
        expect(rows[i].base == VMCS_GUEST_ES_BASE + i, "base %u", i);
    }
    assert_int_equal(wrong, 0);
}

/* --- which fields exist ----------------------------------------------------------------------- */

/* The MSRs whose allowed_1 half, or whole word, a bit of a control word stands in. */
static const struct {
    enum vmx_word_id word;
    unsigned address;
    unsigned shift;
} places[] = {
    {WORD_PIN, 0x481, 32},   {WORD_PIN, 0x48d, 32},   {WORD_PROC, 0x482, 32},
    {WORD_PROC, 0x48e, 32},  {WORD_EXIT, 0x483, 32},  {WORD_EXIT, 0x48f, 32},
    {WORD_ENTRY, 0x484, 32}, {WORD_ENTRY, 0x490, 32}, {WORD_PROC2, 0x48b, 32},
    {WORD_PROC3, 0x492, 0},  {WORD_VMFUNC, 0x491, 0}, {WORD_EXIT2, 0x493, 0},
    {WORD_BASIC, 0x480, 0},
};

/* Everything may be 1, or nothing may, but for this one bit. */
static struct msr_policy policy_but(bool everything, unsigned word, unsigned bit)
{
    struct msr_policy policy = {.present = ALL_MSRS};

    memset(policy.raw, everything ? 0xff : 0, sizeof(policy.raw));
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
        if (places[i].word == word)
            policy.raw[AT(places[i].address)] ^= BIT64(bit + places[i].shift);
    return policy;
}

static void expect_fields(const char *name, const struct msr_policy *policy, bool everything,
                          unsigned word, unsigned bit)
{
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        const struct field_fact *fact = &facts[field];
        bool is_this = fact->word == word && fact->bit == bit;
        bool exists =
            fact->word == VMCS_ALWAYS || (fact->word != VMCS_NEVER && is_this != everything);

        if (fact->word == VMCS_IF_CR3_TARGETS)
            exists = everything;

        expect(vmcs_field_exists(policy, field) == exists, "%s: %s %s", name, fact->name,
               exists ? "is not there" : "is there");
    }
}

/* With everything but the control that brings a field, and with nothing but that control. */
static void each_condition(void **state)
{
    char name[80];

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(facts); i++)
        for (unsigned everything = 0; everything < 2; everything++) {
            if (facts[i].word >= VMCS_IF_CR3_TARGETS)
                continue;
            struct msr_policy policy = policy_but(everything, facts[i].word, facts[i].bit);
            snprintf(name, sizeof(name), "%s but word %u bit %u", everything ? "all" : "nothing",
                     facts[i].word, facts[i].bit);
            expect_fields(name, &policy, everything, facts[i].word, facts[i].bit);
        }
    assert_int_equal(wrong, 0);
}

static void all_and_nothing(void **state)
{
    struct msr_policy all = policy_but(true, WORD_COUNT, 0);
    struct msr_policy nothing = policy_but(false, WORD_COUNT, 0);

    (void)state;
    expect_fields("everything", &all, true, WORD_COUNT, 0);
    expect_fields("nothing", &nothing, false, WORD_COUNT, 0);
    assert_int_equal(wrong, 0);
}

/* As many fields for CR3-target values as IA32_VMX_MISC says, and no more than four. */
static void cr3_targets(void **state)
{
    (void)state;
    for (unsigned count = 0; count < 6; count++) {
        struct msr_policy policy = policy_but(false, WORD_COUNT, 0);

        policy.raw[AT(0x485)] = (uint64_t)count << 16;
        for (unsigned i = 0; i < 4; i++)
            expect(vmcs_field_exists(&policy, VMCS_CR3_TARGET_0 + i) == (i < count),
                   "%u CR3 targets: number %u", count, i);
    }
    assert_int_equal(wrong, 0);
}

/* Without VMX there are no fields; a word without its MSR brings none. */
static void absent_msrs(void **state)
{
    struct msr_policy policy = policy_but(true, WORD_COUNT, 0);

    (void)state;
    policy.present &= ~(UINT32_C(1) << AT(0x48b) | UINT32_C(1) << AT(0x492));
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        unsigned word = facts[field].word;
        bool exists = word != VMCS_NEVER && word != WORD_PROC2 && word != WORD_PROC3;
        expect(vmcs_field_exists(&policy, field) == exists, "without 0x48b and 0x492: %s",
               facts[field].name);
    }
    policy.present = 0;
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        expect(!vmcs_field_exists(&policy, field), "without VMX: %s", facts[field].name);
    assert_int_equal(wrong, 0);
}

/* --- images ----------------------------------------------------------------------------------- */

/* Each field is set alone: its value, its mark, and no other. */
static void set_one(void **state)
{
    (void)state;
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++) {
        struct vmcs_image image = {.set = {0}};
        unsigned marks = 0;

        vmcs_set(&image, field, UINT64_C(0x8123456789abcdef) + field);
        for (unsigned other = 0; other < VMCS_FIELD_COUNT; other++) {
            expect(vmcs_is_set(&image, other) == (other == field), "%s set: %s", facts[field].name,
                   facts[other].name);
            expect(image.value[other] ==
                       (other == field ? UINT64_C(0x8123456789abcdef) + field : 0),
                   "%s set: value of %s", facts[field].name, facts[other].name);
        }
        for (unsigned i = 0; i < ARRAY_SIZE(image.set); i++)
            marks += bit_count(image.set[i]);
        expect(marks == 1, "%s: %u marks", facts[field].name, marks);
    }
    assert_int_equal(wrong, 0);
}

static void set_all(void **state)
{
    struct vmcs_image image = {.set = {0}};

    (void)state;
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        vmcs_set(&image, field, field);
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        expect(vmcs_is_set(&image, field) && image.value[field] == field, "%s", facts[field].name);
    vmcs_set(&image, VMCS_GUEST_RIP, 0);
    expect(vmcs_is_set(&image, VMCS_GUEST_RIP) && image.value[VMCS_GUEST_RIP] == 0,
           "set to 0 is set");
    assert_int_equal(wrong, 0);
}

static void fields_have_widths(void **state)
{
    (void)state;
    assert_int_equal(vmcs_field_width(VMCS_GUEST_ES_SELECTOR), 16);
    assert_int_equal(vmcs_field_width(VMCS_EPT_POINTER), 64);
    assert_int_equal(vmcs_field_width(VMCS_PIN_CONTROLS), 32);
    assert_int_equal(vmcs_field_width(VMCS_GUEST_RIP), 64);
    assert_int_equal(vmcs_field_type(VMCS_GUEST_RIP), VMCS_GUEST);
}

static void fields_exist_by_policy(void **state)
{
    const struct msr_policy poor = poor_policy(), none = {.present = 0};

    (void)state;
    for (unsigned field = 0; field < VMCS_FIELD_COUNT; field++)
        assert_false(vmcs_field_exists(&none, field));
    assert_true(vmcs_field_exists(&poor, VMCS_GUEST_RIP));
    assert_false(vmcs_field_exists(&poor, VMCS_EPT_POINTER));
    assert_true(vmcs_field_exists(&offers_all, VMCS_EPT_POINTER));
}

#define TEST(function) cmocka_unit_test_setup(function, start_counting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(list),        TEST(widths_and_types),   TEST(order),
        TEST(segments),    TEST(each_condition),     TEST(all_and_nothing),
        TEST(cr3_targets), TEST(absent_msrs),        TEST(set_one),
        TEST(set_all),     TEST(fields_have_widths), TEST(fields_exist_by_policy),
    };

    return cmocka_run_group_tests_name("vmx_vmcs", tests, NULL, NULL);
}
