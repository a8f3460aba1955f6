/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proof.h - what a proof is written with. A proof is a function without arguments: it makes inputs
 * of which nothing is known, says what it takes for granted, calls the code, and states what holds.
 * CBMC then shows that it holds for every input, or finds one for which it doesn't.
 */
#ifndef LINTEL_TESTS_PROOF_H
#define LINTEL_TESTS_PROOF_H

#include "base.h"

/* Any value of this type. A variable of static lifetime would be 0, a local one is unknown. */
#define ANY(type, name) type name

/* What the caller must see to; the text of a proof says so. */
#define GIVEN(condition) __CPROVER_assume(condition)

/* A property; `text` is its name in the output. */
#define PROVE(condition, text) __CPROVER_assert(condition, text)

/*
 * The last line of each proof: an assertion that must FAIL. If it held, nothing would get here, and
 * all that was proved would be proved of no input at all.
 */
#define END_OF_PROOF() __CPROVER_assert(false, "end of proof")

#endif
