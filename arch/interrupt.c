/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt.c - see interrupt.h. */
#include "interrupt.h"

#include "apic.h"
#include "console.h"
#include "percpu.h"

#define VECTORS       256
#define FOREIGN_SHOWN 8

static void on_apic_error(struct trap_frame *frame)
{
    (void)frame;
    apic_print_error();
}

static interrupt_handler *interrupt_handlers[VECTORS - VECTOR_FIRST] = {
    [VECTOR_APIC_ERROR - VECTOR_FIRST] = on_apic_error};
static unsigned foreign_count;

void interrupt_set_handler(unsigned vector, interrupt_handler *handler)
{
    interrupt_handlers[vector - VECTOR_FIRST] = handler;
}

/* Interrupts of devices that the firmware left on are ended; only the first few are reported. */
static void note_foreign(unsigned vector)
{
    unsigned before = __atomic_fetch_add(&foreign_count, 1, __ATOMIC_RELAXED);

    if (before < FOREIGN_SHOWN)
        print("interrupt %u on processor %u: nobody waits for it%s\n", vector, this_cpu()->number,
              before + 1 == FOREIGN_SHOWN ? "; no more of these lines" : "");
}

unsigned interrupt_foreign_count(void)
{
    return foreign_count;
}

void interrupt_dispatch(unsigned vector, struct trap_frame *frame)
{
    interrupt_handler *handler = vector >= VECTOR_FIRST && vector < VECTORS
                                     ? interrupt_handlers[vector - VECTOR_FIRST]
                                     : NULL;

    if (vector != VECTOR_SPURIOUS)
        apic_eoi(); /* first: the handler may go on with another thread */
    if (handler)
        handler(frame);
    else if (vector != VECTOR_SPURIOUS)
        note_foreign(vector);
}

void interrupt_end_foreign(void)
{
    note_foreign(apic_end_foreign());
}
