/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain.h - which rule a refused VM entry broke. Machine: it asks CPUID and reads memory; the
 * judgement is check.c's.
 */
#ifndef LINTEL_VMX_CHECK_EXPLAIN_H
#define LINTEL_VMX_CHECK_EXPLAIN_H

#include "check.h"

/* What this processor's CPUID says of the things that the checks ask for. */
void check_machine_read(struct check_machine *machine);

/* A check_reader for physical memory below 4 GiB; the context is not used. */
bool check_read_physical(void *context, uint64_t physical, void *to, size_t size);

/* Before an entry: true when it should go ahead; else prints every rule that it would break. */
bool vmx_entry_allowed(struct out *out, const struct vmcs_image *image,
                       const struct msr_policy *raw);

/*
 * Prints every rule that `image` breaks on this processor, by its raw policy: that is what the
 * processor judges by. True when there was one; else a line says that none is known, and the image
 * goes to the consoles as lines of NAME=VALUE (fields.h). Where the image has what the processor
 * answered (EXIT_REASON and EXIT_QUALIFICATION, or VM_INSTRUCTION_ERROR), that is taken for its
 * word.
 */
bool vmx_explain(struct out *out, const struct vmcs_image *image, const struct msr_policy *raw);

/* explain=fields: from now on every image that is explained goes to the consoles. */
void vmx_explain_all(bool always);

#endif
