/* SPDX-License-Identifier: BSD-2-Clause */
/* dispatch.h - which handler of a test gets an exit: a table by reason. PURE. */
#ifndef LINTEL_TESTS_BARE_DISPATCH_H
#define LINTEL_TESTS_BARE_DISPATCH_H

#include "vmx/exit.h"

enum exit_action {
    EXIT_RESUME,     /* run the same instruction again */
    EXIT_SKIP,       /* go on after it: RIP += instruction length */
    EXIT_STOP,       /* the guest has finished */
    EXIT_UNEXPECTED, /* nobody handles this reason: the exit was printed */
};

typedef enum exit_action exit_handler(void *owner, const struct vmx_exit *exit,
                                      struct guest_registers *registers);

/* A handler for each basic reason; NULL: unexpected. */
struct exit_table {
    exit_handler *handler[EXIT_REASON_COUNT];
};

/* Calls the handler of the exit's reason. A failed VM entry never has one. */
enum exit_action exit_dispatch(const struct exit_table *table, void *owner,
                               const struct vmx_exit *exit, struct guest_registers *registers,
                               struct out *out);

#endif
