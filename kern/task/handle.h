/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handle.h - a process's table of handles: the only names that it has for kernel objects. PURE.
 *
 *   63             8 7      0
 *   +---------------+--------+
 *   |  generation   | index  |   a generation is never 0, so that 0 is no handle
 *   +---------------+--------+
 */
#ifndef LINTEL_KERN_TASK_HANDLE_H
#define LINTEL_KERN_TASK_HANDLE_H

#include "object.h"

#define HANDLES_MAX 128

struct handles {
    struct object *object[HANDLES_MAX]; /* each holds a reference */
    uint32_t generation[HANDLES_MAX];   /* of the present or the last handle; counts up */
    unsigned next;                      /* where the search for a free slot begins */
};

/* False: handle_add() would fail. */
bool handle_has_room(const struct handles *handles);

/*
 * Returns a new handle for `object`; the reference of the caller moves to the table. 0: the table
 * is full.
 */
uint64_t handle_add(struct handles *handles, struct object *object);

/* The object of `handle`, or NULL. The table keeps its reference. */
struct object *handle_find(const struct handles *handles, uint64_t handle);

/* Takes the handle out; its object, with the reference, or NULL. */
struct object *handle_take(struct handles *handles, uint64_t handle);

/* Takes any handle out; NULL when none is left. */
struct object *handle_take_any(struct handles *handles);

#endif
