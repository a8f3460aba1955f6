/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oracle.h - the entry checker held against the processor: good VMCS images, what is changed in
 * them, what is not tried, and where an emulator is known to be wrong.
 *
 * A mutation is a number: with the seed it decides the base image, one or two fields, and their new
 * values, so that any one of a long run can be repeated alone (oracle=1,SEED,NUMBER).
 */
#ifndef LINTEL_TESTS_ORACLE_ORACLE_H
#define LINTEL_TESTS_ORACLE_ORACLE_H

#include "cpu_identity.h"
#include "vmx/check/check.h"

/* --- memory that the bases point to, one page each but for the MSR areas ---------------------- */

enum oracle_page {
    ORACLE_ROOT, /* empty: page tables of every kind, so that a guest sees no memory at all */
    ORACLE_IO_A,
    ORACLE_IO_B,
    ORACLE_MSR_BITMAP,
    ORACLE_VIRTUAL_APIC,
    ORACLE_APIC_ACCESS,
    ORACLE_PML,
    ORACLE_EPTP_LIST,
    ORACLE_VMREAD,
    ORACLE_VMWRITE,
    ORACLE_VE_INFO,
    ORACLE_SPP,
    ORACLE_POSTED,
    ORACLE_LINKED,         /* a VMCS for the VMCS link pointer */
    ORACLE_EXIT_STORE,     /* two pages: 512 entries */
    ORACLE_EXIT_LOAD = 16, /* two pages */
    ORACLE_ENTRY_LOAD = 18,
    ORACLE_PAGES = 20
};

#define ORACLE_MSR_ENTRIES 512
#define ORACLE_MSR_ENTRY   UINT64_C(16) /* bytes of each */
#define ORACLE_MSR_LIST    (ORACLE_MSR_ENTRIES * ORACLE_MSR_ENTRY)

uint64_t oracle_page(enum oracle_page page); /* its physical address */
bool oracle_owns(uint64_t physical);         /* it lies in one of them */

/* Fills the memory above as every base expects it. */
void oracle_fill_memory(void);

/* --- targets: what a mutation changes --------------------------------------------------------- */

/* A VMCS field (enum vmcs_field), or one of these words of memory that the processor checks. */
enum oracle_word {
    ORACLE_LIST_INDEX = VMCS_FIELD_COUNT, /* first entry of the VM-entry MSR-load list: bits 63:0 */
    ORACLE_LIST_VALUE,                    /* and bits 127:64 */
    ORACLE_VTPR,
    ORACLE_LINK_REVISION,
    ORACLE_PDPTE, /* the first PDPTE in memory, of PAE paging without EPT */
    ORACLE_TARGETS
};

static inline bool oracle_is_word(unsigned target)
{
    return target >= VMCS_FIELD_COUNT;
}

const char *oracle_target_name(unsigned target);
unsigned oracle_target_width(unsigned target);

/* The value of a word of memory, and a new one. */
uint64_t oracle_read_word(enum oracle_word word);
void oracle_write_word(enum oracle_word word, uint64_t value);

/* --- bases: base.c ---------------------------------------------------------------------------- */

extern const unsigned oracle_base_count;
const char *oracle_base_name(unsigned base);

/* A good image with every field that the processor has; false where it cannot have such a guest. */
bool oracle_base_image(unsigned base, struct vmcs_image *image);

/* --- mutations: mutate.c ---------------------------------------------------------------------- */

struct oracle_change {
    uint16_t target; /* enum vmcs_field or enum oracle_word */
    uint64_t good;
    uint64_t value;
};

#define ORACLE_CHANGES_MAX 2
struct oracle_mutation {
    unsigned base; /* index among the `bases` that there are */
    unsigned count;
    struct oracle_change change[ORACLE_CHANGES_MAX];
};

/* Which targets take part, and how many changes of a single one there are. */
struct oracle_targets {
    uint16_t target[ORACLE_TARGETS];
    unsigned count;
    unsigned singles;
};
void oracle_find_targets(struct oracle_targets *targets, const struct msr_policy *policy);

/* The base of a mutation: its index among `bases`. Neighbouring numbers share one. */
unsigned oracle_base_of(uint32_t number, unsigned bases);

/* The mutation `number` of `seed`, of a good image. */
void oracle_mutate(struct oracle_mutation *mutation, uint32_t number, uint32_t seed, unsigned bases,
                   const struct oracle_targets *targets, const struct vmcs_image *good);

/* --- what is not tried: guard.c --------------------------------------------------------------- */

/* What the processor did, or may do: bits, since both VMfails are right where both classes fail. */
enum oracle_outcome {
    OUTCOME_ERROR_7 = 1,
    OUTCOME_ERROR_8 = 2,
    OUTCOME_EXIT_33 = 4,
    OUTCOME_EXIT_34 = 8,
    OUTCOME_ACCEPTED = 16,
    OUTCOME_OTHER = 32, /* of the processor: neither entered nor refused as the SDM says */
};

/*
 * What the entry would put at risk, in a few words, when it ends as one of `foretold`; NULL: it may
 * be made.
 */
const char *oracle_why_not(const struct check_input *in, const struct vmcs_image *good,
                           unsigned foretold);

/* How often each reason was given, printed. */
void oracle_print_why_not(struct out *out);

/* --- where processors are known to differ from the SDM: excuse.c ------------------------------ */

/*
 * Says whose differences count: KVM's, where CPUID names it, else Bochs's. Once, before the
 * others.
 */
void oracle_know_processor(const struct cpu_identity *cpu);
bool oracle_is_kvm(void);

/*
 * The outcomes (bits of enum oracle_outcome) that the processor may have by the checker's result,
 * and those of this processor with its known differences.
 */
unsigned oracle_expected(const struct check_result *result);
unsigned oracle_excused(const struct check_input *in, const struct check_result *result);

/* The disagreement is one that oracle_excused() explained: counts which excuses it took. */
void oracle_count_excuses(const struct check_input *in, const struct check_result *result);
void oracle_print_excuses(struct out *out);

#endif
