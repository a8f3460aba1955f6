/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.c - see kernel.h. */
#include "kernel.h"

#include "arch/console.h"
#include "arch/fpu.h"
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/syscall.h"
#include "kern/mem/pages.h"
#include "kern/task/process.h"
#include "kern/task/sched.h"
#include "kern/vm/vm.h"
#include "vmx/machine.h"
#include "vmx/platform.h"

static volatile unsigned without_vmx; /* processors */

static void start_calls(void *unused)
{
    uint64_t efer = rdmsr(MSR_IA32_EFER);

    (void)unused;
    wrmsr(MSR_IA32_EFER, efer | EFER_SCE);
    syscall_init();
}

/* Each in its own region, for good. */
static void start_vmx(void *unused)
{
    uint64_t region = page_alloc(FRAME_VMX);
    enum status status = region ? vmx_on(direct_pointer(region), host_policy()) : S_NO_MEMORY;

    (void)unused;
    fpu_init_processor();
    if (status == S_OK)
        return;
    without_vmx++;
    print("vmx: VMXON on processor %u: %s\n", this_cpu()->number, status_text(status));
}

void kernel_start(void)
{
    process_init();
    sched_init();
    smp_call_all(start_calls, NULL);
    if (platform_why_no_vmx())
        return;
    smp_call_all(start_vmx, NULL);
    if (!without_vmx)
        (void)vm_init();
}

const char *kernel_why_no_guests(void)
{
    const char *why_no_vmx = platform_why_no_vmx();

    if (why_no_vmx)
        return why_no_vmx;
    if (without_vmx)
        return "VMXON failed: see the line that begins with vmx:";
    if (!vm_possible())
        return "the host policy lacks what guests need: see the line that begins with vm:";
    return NULL;
}
