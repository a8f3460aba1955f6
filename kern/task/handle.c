/* SPDX-License-Identifier: BSD-2-Clause */
/* handle.c - see handle.h. PURE. */
#include "handle.h"

#define INDEX_BITS 8
_Static_assert(HANDLES_MAX <= 1 << INDEX_BITS, "an index fits");

uint64_t handle_add(struct handles *handles, struct object *object)
{
    for (unsigned i = 0; i < HANDLES_MAX; i++) {
        unsigned index = (handles->next + i) % HANDLES_MAX;

        if (handles->object[index])
            continue;
        handles->object[index] = object;
        handles->next = index + 1; /* the others first: old handles stay wrong for long */
        if (++handles->generation[index] == 0)
            handles->generation[index] = 1;
        return (uint64_t)handles->generation[index] << INDEX_BITS | index;
    }
    return 0;
}

bool handle_has_room(const struct handles *handles)
{
    for (unsigned i = 0; i < HANDLES_MAX; i++)
        if (!handles->object[i])
            return true;
    return false;
}

struct object *handle_find(const struct handles *handles, uint64_t handle)
{
    uint64_t index = field_of(handle, 0, INDEX_BITS);

    if (index >= HANDLES_MAX || handle >> INDEX_BITS != handles->generation[index])
        return NULL;
    return handles->object[index];
}

struct object *handle_take(struct handles *handles, uint64_t handle)
{
    struct object *object = handle_find(handles, handle);

    if (object)
        handles->object[field_of(handle, 0, INDEX_BITS)] = NULL;
    return object;
}

struct object *handle_take_any(struct handles *handles)
{
    for (unsigned i = 0; i < HANDLES_MAX; i++) {
        struct object *object = handles->object[i];

        handles->object[i] = NULL;
        if (object)
            return object;
    }
    return NULL;
}
