/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process.h - an address space, a table of handles and threads: what one program of ring 3 is.
 *
 * Processes are made by the kernel only, from ELF images. When the last thread has ended, all that
 * the process had is given back; what it did wrong costs nobody else anything.
 */
#ifndef LINTEL_KERN_TASK_PROCESS_H
#define LINTEL_KERN_TASK_PROCESS_H

#include "handle.h"
#include "kern/mem/regions.h"
#include "kern/mem/share.h"
#include "kern/mem/space.h"
#include "thread.h"

struct memory;

struct process {
    /* Read-only after process_start(). */
    struct space space;
    const char *name; /* lives as long as the process */

    /* Under the kernel lock. */
    struct regions regions;
    struct handles handles;
    struct share share; /* of memory */
    struct thread *threads;
    struct thread_list waiting; /* in process_wait() */
    bool ended;
    int64_t status;      /* what it ended with */
    char end_reason[96]; /* empty: it called EXIT */

    /* Set once, under the kernel lock. The threads of the process read it without the lock. */
    volatile bool ending; /* they leave as soon as they can */
};

/* A module that a process is given: physical memory that is never freed. */
struct process_module {
    const char *name;
    uint64_t physical; /* page-aligned */
    uint64_t bytes;
};

struct process_description {
    const char *name;
    const void *image; /* an ELF64 file */
    uint64_t image_bytes;
    const char *arguments; /* or NULL */
    const struct process_module *modules;
    unsigned module_count; /* at most ABI_MODULES_MAX */
    uint64_t pages;        /* the most memory that it may have */
    unsigned priority;
};

/* The status of a process that is ended for a fault. No process can exit with it. */
#define PROCESS_FAULTED (-1)

/*
 * Starts a process. NULL: no memory, or the image is not a program; one line says which. Takes the
 * lock.
 */
struct process *process_start(const struct process_description *description);

/*
 * Waits until the process has ended or `deadline` (TSC) has passed. True: it has ended; `status` is
 * set and the rest of it is freed. False: it still runs. Takes the lock.
 */
bool process_wait(struct process *process, uint64_t deadline, int64_t *status);

/* Ends it from outside; process_wait() collects it. Takes the lock. */
void process_kill(struct process *process, const char *why);

/* Ends the process of the current thread with `status`. The lock is held, and stays held. */
void process_end(struct process *process, int64_t status);

/* Does not return if the process of the current thread is ending. Called without the lock. */
void process_leave_if_ending(void);

/* Memory that counts against its share; NULL: none left. The lock is held, and let go meanwhile. */
struct memory *process_memory_create(struct process *process, uint64_t pages);

/* Maps a piece of a memory object; 0 or an error of the ABI, negative. The lock is held. */
int64_t process_map(struct process *process, struct memory *memory, uint64_t offset,
                    uint64_t address, uint64_t bytes, uint32_t rights);

/* Takes away whatever is mapped there. */
int64_t process_unmap(struct process *process, uint64_t address, uint64_t bytes);

/* --- process_thread.c ------------------------------------------------------------------------- */

/* Pages of the share for a thread: its kernel stack and itself. */
#define THREAD_CHARGE 5

/*
 * A thread, with a reference for the caller, that will enter ring 3 at `entry` with RSP = `stack`
 * and RDI = `argument`; process_thread_start() makes it run. NULL: no memory. The lock is held.
 */
struct thread *process_thread_create(struct process *process, uint64_t entry, uint64_t stack,
                                     uint64_t argument, unsigned priority);
void process_thread_start(struct thread *thread);

/* Takes the current thread out of its process, and into the kernel's own address space. */
void process_thread_leave(struct thread *thread);

/* --- the whole -------------------------------------------------------------------------------- */

/* Faults of ring 3 end the process from here on. */
void process_init(void);

#endif
