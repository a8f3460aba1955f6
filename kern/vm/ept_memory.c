/* SPDX-License-Identifier: BSD-2-Clause */
/* ept_memory.c - see ept_memory.h. */
#include "ept_memory.h"

#include "arch/paging.h"
#include "kern/mem/pages.h"

static uint64_t table_alloc(void *context)
{
    (void)context;
    return page_alloc(FRAME_EPT);
}

static void table_free(void *context, uint64_t physical)
{
    (void)context;
    page_free(physical);
}

static uint64_t *table_pointer(void *context, uint64_t physical)
{
    (void)context;
    return direct_pointer(physical);
}

const struct ept_memory kernel_ept_memory = {
    .alloc = table_alloc, .free = table_free, .pointer = table_pointer};
