/* SPDX-License-Identifier: BSD-2-Clause */
/* object.c - see object.h. */
#include "object.h"

void object_put(struct object *object)
{
    if (--object->references == 0)
        object->kind->destroy(object);
}
