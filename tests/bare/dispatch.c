/* SPDX-License-Identifier: BSD-2-Clause */
/* dispatch.c - see dispatch.h. PURE. */
#include "dispatch.h"

enum exit_action exit_dispatch(const struct exit_table *table, void *owner,
                               const struct vmx_exit *exit, struct guest_registers *registers,
                               struct out *out)
{
    unsigned basic = exit_basic_reason(exit);

    if (has_any(exit->reason, EXIT_REASON_ENTRY_FAILURE) || basic >= EXIT_REASON_COUNT ||
        !table->handler[basic]) {
        exit_print(out, exit);
        return EXIT_UNEXPECTED;
    }
    return table->handler[basic](owner, exit, registers);
}
