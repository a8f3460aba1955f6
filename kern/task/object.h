/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * object.h - what handles name: kernel objects with a count of references.
 *
 * The count is under the kernel lock (lock.h). Each type's structure says of its other fields what
 * protects them: the lock, that they never change, or that one thread has them for itself.
 */
#ifndef LINTEL_KERN_TASK_OBJECT_H
#define LINTEL_KERN_TASK_OBJECT_H

#include "base.h"

struct object;

/* The kind of an object: each type has one in its own file, and kinds are compared by address. */
struct object_kind {
    void (*destroy)(struct object *object); /* nobody has a reference any more */
};

/* The first member of each of them. */
struct object {
    const struct object_kind *kind;
    uint32_t references;
};

/* After each type's definition: the address of its `object` is that of the whole. */
#define BEGINS_WITH_OBJECT(type) \
    _Static_assert(offsetof(type, object) == 0, #type " begins with its object")

/* A new object has one reference: its maker's. */
static inline void object_init(struct object *object, const struct object_kind *kind)
{
    object->kind = kind;
    object->references = 1;
}

static inline void object_get(struct object *object)
{
    object->references++;
}

/* Drops a reference. The last one destroys the object. */
static inline void object_put(struct object *object)
{
    if (--object->references == 0)
        object->kind->destroy(object);
}

#endif
