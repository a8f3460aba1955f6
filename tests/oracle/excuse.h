/* SPDX-License-Identifier: BSD-2-Clause */
/* excuse.h - where processors are known to differ from the SDM, as rows. */
#ifndef LINTEL_TESTS_ORACLE_EXCUSE_H
#define LINTEL_TESTS_ORACLE_EXCUSE_H

#include "oracle.h"

/*
 * Where a check is made, in this order: the SDM's four classes; then, only under KVM, what KVM
 * leaves to the processor below, which sees a VMCS that KVM made of ours.
 */
enum stage {
    STAGE_CONTROLS = CHECK_CONTROLS,
    STAGE_HOST = CHECK_HOST,
    STAGE_GUEST = CHECK_GUEST,
    STAGE_MSR_LOAD = CHECK_MSR_LOAD,
    STAGE_BELOW_CONTROLS, /* KVM makes it an error 7 */
    STAGE_BELOW_GUEST,    /* the exit is passed on: exit reason 33 */
    STAGE_NEVER,          /* the processor has no such check */
    STAGES
};

struct excuse {
    const char *name;
    const char *rule; /* id of a check; NULL: a check that only this processor has */
    bool (*applies)(const struct check_input *in); /* NULL: always */
    uint8_t stage;                                 /* where the processor makes it */
};

/* --- KVM's: kvm.c ----------------------------------------------------------------------------- */

extern const struct excuse oracle_kvm_excuses[];
extern const unsigned oracle_kvm_excuse_count;

/* True when Bochs's difference shows under KVM, which leaves the check to the processor below. */
bool oracle_kvm_shows(const char *name);

/* The stage in which KVM checks a rule that has no row. */
enum stage oracle_kvm_stage(const struct check_row *row, const struct check_input *in);

#endif
