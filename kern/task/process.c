/* SPDX-License-Identifier: BSD-2-Clause */
/* process.c - see process.h. */
#include "process.h"

#include "abi.h"
#include "arch/console.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/syscall.h"
#include "arch/time.h"
#include "arch/trap.h"
#include "elf.h"
#include "kern/mem/pages.h"
#include "lock.h"
#include "memory_object.h"
#include "sched.h"
#include "speculation.h"
#include "string.h"

/*
 *   0x00007f0000000000  ABI_INFO_ADDRESS  one page, read-only
 *   0x00007effffff0000  STACK_ADDRESS     the first thread's stack, below it nothing
 */
#define STACK_PAGES   UINT64_C(8)
#define STACK_TOP     (ABI_INFO_ADDRESS - PAGE_SIZE)
#define STACK_ADDRESS (STACK_TOP - STACK_PAGES * PAGE_SIZE)

_Static_assert(sizeof(struct process) <= PAGE_SIZE, "a process is one page");

/* --- its memory ------------------------------------------------------------------------------- */

/* False: the process that asked for the memory is ending. */
static bool let_others_go_first(void)
{
    const struct process *process = sched_current()->process;

    kernel_unlock();
    take_interrupts(); /* which may go on with another thread */
    kernel_lock();
    return !process || !process->ending;
}

struct memory *process_memory_create(struct process *process, uint64_t pages)
{
    return memory_create(&process->share, pages, let_others_go_first);
}

/* --- its address space ------------------------------------------------------------------------ */

static void keep(struct memory *memory)
{
    object_get(&memory->object);
}

static void drop(struct memory *memory)
{
    object_put(&memory->object);
}

static bool is_user_range(uint64_t address, uint64_t bytes)
{
    return bytes && address % PAGE_SIZE == 0 && bytes % PAGE_SIZE == 0 &&
           space_is_user(address, bytes);
}

static bool in_memory(const struct memory *memory, uint64_t offset, uint64_t bytes)
{
    uint64_t size = memory->pages * PAGE_SIZE;

    return offset % PAGE_SIZE == 0 && offset <= size && bytes <= size - offset;
}

static enum status map_pages(struct process *process, const struct region *region)
{
    for (uint64_t done = 0, run; done < region->bytes; done += run * PAGE_SIZE) {
        uint64_t physical = memory_page(region->memory, (region->offset + done) / PAGE_SIZE, &run);
        uint64_t left = (region->bytes - done) / PAGE_SIZE;
        enum status status;

        if (run > left)
            run = left;
        status = space_map(&process->space, region->start + done, physical, run, region->rights);
        if (status != S_OK)
            return status;
    }
    return S_OK;
}

/* Other processors' TLBs must forget the pages before the memory and the empty tables are freed.
 * Returns how many tables that were. */
static uint64_t unmap_pages(struct process *process, uint64_t address, uint64_t bytes)
{
    uint64_t root = process->space.root, tables;

    space_unmap(&process->space, address, bytes / PAGE_SIZE);
    tables = paging_take_empty_tables(root, address, bytes);
    tlb_shootdown(address, bytes / PAGE_SIZE);
    return paging_give_back(tables);
}

int64_t process_unmap(struct process *process, uint64_t address, uint64_t bytes)
{
    struct region piece;

    if (!is_user_range(address, bytes))
        return -ABI_E_ADDRESS;
    if (!regions_can_cut(&process->regions, address, bytes))
        return -ABI_E_LIMIT;
    while (regions_take(&process->regions, address, bytes, &piece, keep)) {
        share_refund(&process->share, unmap_pages(process, piece.start, piece.bytes));
        object_put(&piece.memory->object);
    }
    return 0;
}

static int64_t check_rights(const struct memory *memory, uint32_t rights)
{
    if (!has_any(rights, ABI_READ) || (rights & ~7u) || has_all(rights, ABI_WRITE | ABI_EXECUTE) ||
        (memory->read_only && has_any(rights, ABI_WRITE)))
        return -ABI_E_ARGUMENT;
    return 0;
}

int64_t process_map(struct process *process, struct memory *memory, uint64_t offset,
                    uint64_t address, uint64_t bytes, uint32_t rights)
{
    const struct region region = {
        .start = address, .bytes = bytes, .offset = offset, .memory = memory, .rights = rights};
    enum status status;
    uint64_t tables;

    if (!is_user_range(address, bytes))
        return -ABI_E_ADDRESS;
    if (check_rights(memory, rights) || !in_memory(memory, offset, bytes))
        return -ABI_E_ARGUMENT;
    status = regions_check(&process->regions, &region);
    if (status != S_OK)
        return status == S_OVERLAP ? -ABI_E_OVERLAP : -ABI_E_LIMIT;
    tables = paging_missing_tables(process->space.root, address, bytes);
    if (!share_charge(&process->share, tables))
        return -ABI_E_MEMORY;
    if (map_pages(process, &region) == S_OK) {
        keep(memory);
        regions_add(&process->regions, &region, drop);
        return 0;
    }
    (void)unmap_pages(process, address, bytes);
    share_refund(&process->share, tables); /* made or not, they are gone */
    return -ABI_E_MEMORY;
}

/* --- its end ---------------------------------------------------------------------------------- */

static void release(struct process *process)
{
    struct object *object;
    struct region piece;

    while ((object = handle_take_any(&process->handles)))
        object_put(object);
    while (regions_take(&process->regions, 0, UINT64_C(1) << 47, &piece, keep)) {
        space_unmap(&process->space, piece.start, piece.bytes / PAGE_SIZE);
        object_put(&piece.memory->object);
    }
    space_destroy(&process->space);
    process->ended = true;
    while (thread_wake_first(&process->waiting))
        ;
}

/* The present thread leaves its process, the last one with all that the process had. */
static NORETURN void leave(void)
{
    struct thread *thread = sched_current();
    struct process *process = thread->process;

    kernel_lock();
    process_thread_leave(thread);
    if (!process->threads)
        release(process);
    sched_exit();
}

/* Its threads wake up, or are interrupted, and leave. */
void process_end(struct process *process, int64_t status)
{
    if (process->ending)
        return;
    process->ending = true;
    process->status = status;
    for (struct thread *thread = process->threads; thread; thread = thread->sibling) {
        if (thread->kick)
            thread->kick->call(thread->kick);
        thread_wake(thread);
        sched_kick(thread);
    }
}

void process_leave_if_ending(void)
{
    const struct process *process = sched_current()->process;

    if (process && process->ending)
        leave();
}

/* True: nobody had ended it before; the caller passes that to unlock_and_tell(). */
static PRINTF(2, 3) bool end_because(struct process *process, const char *format, ...)
{
    struct text_buffer buffer;
    va_list arguments;

    if (process->ending)
        return false;
    text_buffer_init(&buffer, process->end_reason, sizeof(process->end_reason));
    va_start(arguments, format);
    out_vprintf(&buffer.out, format, arguments);
    va_end(arguments);
    process_end(process, PROCESS_FAULTED);
    return true;
}

/*
 * Unlocks first: the console may be slow. The process stays: the caller is one of its threads, or
 * collects it later.
 */
static void unlock_and_tell(const struct process *process, bool ended)
{
    kernel_unlock();
    if (ended)
        print("process %s: ended: %s\n", process->name, process->end_reason);
}

void process_kill(struct process *process, const char *why)
{
    kernel_lock();
    unlock_and_tell(process, end_because(process, "%s", why));
}

static bool on_user_fault(struct trap_frame *frame)
{
    struct process *process = sched_current()->process;
    uint64_t address = read_cr2();
    bool ended;

    if (!process)
        return false;
    kernel_lock();
    if (frame->vector == VECTOR_PAGE_FAULT)
        ended = end_because(process, "#PF (error 0x%lx) at 0x%lx: address 0x%lx", frame->error,
                            frame->rip, address);
    else
        ended = end_because(process, "%s (error 0x%lx) at 0x%lx", trap_name(frame->vector),
                            frame->error, frame->rip);
    unlock_and_tell(process, ended);
    leave();
}

NORETURN void syscall_bad_return(void)
{
    struct process *process = sched_current()->process;

    kernel_lock();
    unlock_and_tell(process, end_because(process, "its RIP is not an address of ring 3"));
    leave();
}

void process_init(void)
{
    trap_set_user_handler(on_user_fault);
    trap_set_user_return(process_leave_if_ending);
}

/* --- its beginning ---------------------------------------------------------------------------- */

static uint32_t rights_of(const struct elf_segment *segment)
{
    return (segment->readable ? ABI_READ : 0u) | (segment->writable ? ABI_WRITE : 0u) |
           (segment->executable ? ABI_EXECUTE : 0u);
}

/* Copies into the pages of a memory object, which need not be one block. */
static void fill_memory(const struct memory *memory, uint64_t at, const void *from, uint64_t bytes)
{
    const char *source = from;

    while (bytes) {
        uint64_t run, page = memory_page(memory, at / PAGE_SIZE, &run);
        uint64_t room = PAGE_SIZE - at % PAGE_SIZE, part = bytes < room ? bytes : room;

        memcpy((char *)direct_pointer(page) + at % PAGE_SIZE, source, part);
        source += part;
        at += part;
        bytes -= part;
    }
}

/* New memory, mapped at `address`, with `bytes` of `from` at its offset `at`. */
static bool map_new(struct process *process, uint64_t address, uint64_t pages, uint32_t rights,
                    uint64_t at, const void *from, uint64_t bytes)
{
    struct memory *memory = process_memory_create(process, pages);
    bool done;

    if (!memory)
        return false;
    fill_memory(memory, at, from, bytes);
    done = process_map(process, memory, 0, address, pages * PAGE_SIZE, rights) == 0;
    object_put(&memory->object); /* the mapping has a reference of its own */
    return done;
}

static bool load_segments_of(struct process *process, const struct elf_info *elf,
                             const uint8_t *image)
{
    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *segment = &elf->segments[i];
        uint64_t in_page = segment->virtual_address % PAGE_SIZE;
        uint64_t pages = (in_page + segment->memory_size + PAGE_SIZE - 1) / PAGE_SIZE;

        if (!map_new(process, segment->virtual_address - in_page, pages, rights_of(segment),
                     in_page, image + segment->file_offset, segment->file_size))
            return false;
    }
    return true;
}

static void copy_name(char to[ABI_NAME_SIZE], const char *from)
{
    struct text_buffer buffer;

    text_buffer_init(&buffer, to, ABI_NAME_SIZE);
    if (from)
        out_printf(&buffer.out, "%s", from);
}

static bool add_module(struct process *process, struct abi_module *module,
                       const struct process_module *from)
{
    struct memory *memory =
        memory_borrow(from->physical, (from->bytes + PAGE_SIZE - 1) / PAGE_SIZE);

    if (!memory)
        return false;
    module->handle = handle_add(&process->handles, &memory->object);
    module->bytes = from->bytes;
    copy_name(module->name, from->name);
    return true;
}

static bool add_info(struct process *process, const struct process_description *description)
{
    static struct abi_info info; /* under the lock */

    info = (struct abi_info){.version = ABI_VERSION,
                             .processors = cpu_count(),
                             .tsc_khz = tsc_khz(),
                             .memory_bytes = process->share.pages_left * PAGE_SIZE,
                             .module_count = description->module_count};
    copy_name(info.arguments, description->arguments);
    for (unsigned i = 0; i < description->module_count; i++)
        if (!add_module(process, &info.modules[i], &description->modules[i]))
            return false;
    return map_new(process, ABI_INFO_ADDRESS, 1, ABI_READ, 0, &info, sizeof(info));
}

static bool build(struct process *process, const struct process_description *description,
                  const struct elf_info *elf)
{
    struct thread *thread;

    if (!space_create(&process->space))
        return false;
    if (!load_segments_of(process, elf, description->image) ||
        !map_new(process, STACK_ADDRESS, STACK_PAGES, ABI_READ | ABI_WRITE, 0, NULL, 0) ||
        !add_info(process, description))
        return false;
    thread = process_thread_create(process, elf->entry, STACK_TOP, ABI_INFO_ADDRESS,
                                   description->priority);
    if (!thread)
        return false;
    process_thread_start(thread);
    object_put(&thread->object);
    return true;
}

struct process *process_start(const struct process_description *description)
{
    struct elf_info elf;
    enum elf_error error = elf_parse(&elf, description->image, description->image_bytes, false);
    uint64_t page = error == ELF_OK ? page_alloc(FRAME_OBJECT) : 0;
    struct process *process = direct_pointer(page);

    if (error != ELF_OK)
        print("process %s: not started: %s\n", description->name, elf_error_text(error));
    if (!page)
        return NULL;
    process->name = description->name;
    process->space.number = speculation_new_owner();
    process->share.pages_left = description->pages;
    kernel_lock();
    if (!build(process, description, &elf)) {
        print("process %s: not started: its memory (%lu pages) does not suffice\n",
              description->name, description->pages);
        release(process);
        page_free(page);
        process = NULL;
    }
    kernel_unlock();
    return process;
}

bool process_wait(struct process *process, uint64_t deadline, int64_t *status)
{
    kernel_lock();
    while (!process->ended)
        if (!sched_block(&process->waiting, deadline) && !process->ended) {
            kernel_unlock();
            return false;
        }
    *status = process->status;
    kernel_unlock();
    page_free((uintptr_t)process - DIRECT_BASE);
    return true;
}
