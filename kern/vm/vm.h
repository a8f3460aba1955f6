/* SPDX-License-Identifier: BSD-2-Clause */
/* vm.h - a virtual machine: guest-physical memory, and what all of its vCPUs may do. */
#ifndef LINTEL_KERN_VM_VM_H
#define LINTEL_KERN_VM_VM_H

#include "guest_cpuid.h"
#include "kern/mem/regions.h"
#include "kern/task/object.h"
#include "layout.h"
#include "msr/guest.h"
#include "vmx/ept.h"

struct process;

struct vm {
    struct object object;

    /* Read-only after vm_create(), `cpuid` after the first vCPU was made. */
    struct process *owner;
    uint64_t number;          /* speculation.h */
    struct ept_memory tables; /* of the EPT: they count against the owner */
    struct guest_cpuid cpuid;

    /* Under the kernel lock. vm_allows() reads the EPT without it. */
    struct ept ept;
    struct regions regions;
    unsigned vcpus_made; /* the number of the next one: its APIC id */

    /*
     * What processors may still hold of earlier translations: `generation` counts up when one is
     * changed or taken away, and a processor that has seen less must invalidate before it enters.
     * Under the kernel lock, which look_again()'s caller holds on another processor.
     */
    volatile uint64_t generation;
    uint64_t seen[CPUS_MAX];  /* each written by its own processor */
    volatile uint64_t inside; /* bit N: processor N may be in a guest of this VM */
};
BEGINS_WITH_OBJECT(struct vm);

extern const struct object_kind vm_kind;

/* Makes a VM without memory, charged to `owner`. NULL: no memory, or the processor has no EPT. */
struct vm *vm_create(struct process *owner);

struct memory;

/* 0 or an error of the ABI, negative. On return the change is in force on all processors. */
int64_t vm_map(struct vm *vm, struct memory *memory, uint64_t offset, uint64_t guest,
               uint64_t bytes, uint32_t rights);
int64_t vm_unmap(struct vm *vm, uint64_t guest, uint64_t bytes);
int64_t vm_protect(struct vm *vm, uint64_t guest, uint64_t bytes, uint32_t rights);

/*
 * Finds out the most that a guest's CPUID may show, and returns what that allows a VM to have.
 * Called before the policies are made.
 */
struct vm_features vm_read_cpuid(void);

/*
 * Prepares what all VMs share. Called once, after VMX is on. False: no VM can be made here, and one
 * line names what is missing.
 */
bool vm_init(void);

/* True when vm_init() was. */
bool vm_possible(void);

/* The bitmaps (physical addresses) that all VMs share: all VMs have the same ports and MSRs. */
uint64_t vm_msr_bitmap(void);
uint64_t vm_io_bitmaps(void); /* two pages in order */

/*
 * Whether the memory of the VM allows the access (EPT_READ, ...) now. An EPT violation may come
 * from a translation that the processor remembered from before a change; the violation itself has
 * dropped it. Called from exit handlers, without a lock: tables are not freed before this processor
 * has answered.
 */
bool vm_allows(const struct vm *vm, uint64_t guest, unsigned access);

/* This processor is about to enter a guest of the VM: drops translations that are out of date. */
void vm_enter(struct vm *vm);
void vm_leave(struct vm *vm);

#endif
