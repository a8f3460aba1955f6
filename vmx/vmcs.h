/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vmcs.h - the fields of a VMCS, and an image of one in plain memory. PURE.
 *
 * The encoding of a field, SDM "Structure of VMCS Component Encoding":
 *
 *   14:13  width: 0 16 bits, 1 64 bits, 2 32 bits, 3 natural
 *   11:10  type:  0 control, 1 read-only data, 2 guest state, 3 host state
 *    9:1   index
 *      0   access: 0 full (1 would be the high half of a 64-bit field)
 */
#ifndef LINTEL_VMX_VMCS_H
#define LINTEL_VMX_VMCS_H

#include "msr/names.h"
#include "vmcs_fields.def"

/* VMCS_GUEST_RIP and so on: dense numbers, the indexes of an image and of the field table. */
enum vmcs_field {
#define VMCS_ENUM_FIELD(encoding, name, exists) VMCS_##name,
    VMCS_FIELDS(VMCS_ENUM_FIELD)
#undef VMCS_ENUM_FIELD
        VMCS_FIELD_COUNT
};

/* VMCS_AT_GUEST_RIP and so on: the encodings, as constants for code that runs at each exit. */
enum vmcs_encoding {
#define VMCS_ENUM_ENCODING(encoding, name, exists) VMCS_AT_##name = (encoding),
    VMCS_FIELDS(VMCS_ENUM_ENCODING)
#undef VMCS_ENUM_ENCODING
};

/* The segment registers have their fields in this order, one after another. */
enum segment { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_LDTR, SEG_TR, SEG_COUNT };

enum vmcs_type { VMCS_CONTROL, VMCS_READ_ONLY, VMCS_GUEST, VMCS_HOST };

struct vmcs_field_row {
    uint16_t encoding;
    uint8_t word; /* the bit that brings it: enum vmx_word_id, or one of those below */
    uint8_t bit;
    const char *name;
};
#define VMCS_ALWAYS 0xff
#define VMCS_NEVER  0xfe

/* There are more than `bit` CR3-target values (IA32_VMX_MISC bits 24:16). */
#define VMCS_IF_CR3_TARGETS 0xfd

extern const struct vmcs_field_row vmcs_fields[VMCS_FIELD_COUNT];

static inline enum vmcs_type vmcs_field_type(enum vmcs_field field)
{
    return (enum vmcs_type)field_of(vmcs_fields[field].encoding, 10, 2);
}

/* In bits: 16, 32 or 64 (natural width is 64 here). */
unsigned vmcs_field_width(enum vmcs_field field);

/* True when a processor with this policy has the field. */
bool vmcs_field_exists(const struct msr_policy *policy, enum vmcs_field field);

/* Values of fields; only those that were set are written to the processor. */
struct vmcs_image {
    uint64_t value[VMCS_FIELD_COUNT];
    uint64_t set[(VMCS_FIELD_COUNT + 63) / 64];
};

static inline void vmcs_set(struct vmcs_image *image, enum vmcs_field field, uint64_t value)
{
    image->value[field] = value;
    image->set[field / 64] |= BIT64(field % 64);
}

static inline bool vmcs_is_set(const struct vmcs_image *image, enum vmcs_field field)
{
    return has_any(image->set[field / 64], BIT64(field % 64));
}

#endif
