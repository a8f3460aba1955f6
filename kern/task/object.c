/* SPDX-License-Identifier: BSD-2-Clause */
/* object.c - see object.h. */
#include "object.h"

#include "event.h"
#include "memory_object.h"
#include "thread.h"
#include "kern/vm/vcpu.h"
#include "kern/vm/vm.h"

static void (*const destroy[OBJECT_TYPES])(struct object *) = {
    [OBJECT_MEMORY] = memory_destroy, [OBJECT_EVENT] = event_destroy,
    [OBJECT_THREAD] = thread_destroy, [OBJECT_VM] = vm_destroy,
    [OBJECT_VCPU] = vcpu_destroy,
};

void object_put(struct object *object)
{
    if (--object->references == 0)
        destroy[object->type](object);
}
