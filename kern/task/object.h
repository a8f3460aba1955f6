/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * object.h - what handles name: kernel objects with a count of references.
 *
 * Every field of every object is protected by the kernel lock (lock.h), where its own comment does
 * not say otherwise.
 */
#ifndef LINTEL_KERN_TASK_OBJECT_H
#define LINTEL_KERN_TASK_OBJECT_H

#include "base.h"

enum object_type {
    OBJECT_NONE,
    OBJECT_MEMORY,
    OBJECT_EVENT,
    OBJECT_THREAD,
    OBJECT_VM,
    OBJECT_VCPU,
    OBJECT_TYPES
};

/* The first member of each of them. */
struct object {
    uint32_t type; /* enum object_type */
    uint32_t references;
};

/* A new object has one reference: its maker's. */
static inline void object_init(struct object *object, enum object_type type)
{
    object->type = type;
    object->references = 1;
}

static inline void object_get(struct object *object)
{
    object->references++;
}

/* Gives a reference back; with the last one the object is destroyed. */
void object_put(struct object *object);

#endif
