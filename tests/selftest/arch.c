/* SPDX-License-Identifier: BSD-2-Clause */
/* arch.c - self-tests of what everything else stands on: faults, symbols, text. */
#include "arch/insn.h"
#include "arch/paging.h"
#include "arch/panic.h"
#include "arch/percpu.h"
#include "arch/smp.h"
#include "arch/trap.h"
#include "boot/selftest.h"
#include "memory_type.h"
#include "string.h"

SELFTEST("arch.exception_table", exception_table, NEEDS_NONE)
{
    unsigned before = trap_fixed_count();
    uint64_t value = 0;

    test_true(test, undefined_safe(), "UD2 faults");
    test_equal(test, "faults taken by the exception table", trap_fixed_count() - before, 1);
    test_true(test, rdmsr_safe(MSR_IA32_EFER, &value), "RDMSR of IA32_EFER does not fault");
    test_true(test, has_all(value, EFER_LME | EFER_LMA), "IA32_EFER has LME and LMA");
    test_equal(test, "faults after an RDMSR that is none", trap_fixed_count() - before, 1);
}

/* No processor has MSR 0xdead; some emulators and hypervisors answer it all the same. */
SELFTEST("arch.missing_msr", missing_msr, NEEDS_NONE)
{
    unsigned before = trap_fixed_count();
    uint64_t value = 0x5a5a;

    if (rdmsr_safe(0xdead, &value)) {
        test_skip(test, "this machine answers RDMSR of MSR 0xdead, which no processor has");
        return;
    }
    test_equal(test, "the value after a faulted RDMSR", value, 0x5a5a);
    test_true(test, !wrmsr_safe(0xdead, 0), "WRMSR of MSR 0xdead faults");
    test_equal(test, "faults taken by the exception table", trap_fixed_count() - before, 2);
}

SELFTEST("arch.null_page", null_page, NEEDS_NONE)
{
    uint64_t value = 0;

    test_true(test, !load_safe((const void *)8, &value), "a load from address 8 faults");
    test_true(test, load_safe(test, &value), "a load from the stack does not");
}

SELFTEST("arch.symbols", symbols, NEEDS_NONE)
{
    uint64_t offset = ~UINT64_C(0);
    const char *name = symbol_name((uintptr_t)&symbol_name + 1, &offset);

    test_true(test, name != NULL, "symbol_name() is in the table");
    if (name)
        test_equal(test, "its name", (uint64_t)memcmp(name, "symbol_name", 12), 0);
    test_equal(test, "the offset into it", offset, 1);
    test_true(test, !symbol_name(8, &offset), "no function at address 8");
}

SELFTEST("arch.canary", canary, NEEDS_NONE)
{
    extern uint64_t __stack_chk_guard;

    test_true(test, __stack_chk_guard != 0, "the canary is set");
    test_true(test, __stack_chk_guard != 0xbaadcafe0ff1ce00, "it is not the one of the image");
    test_equal(test, "its lowest byte", __stack_chk_guard & 0xff, 0);
}

SELFTEST("arch.write_xor_execute", write_xor_execute, NEEDS_NONE)
{
    test_equal(test, "pages that may be written and executed", paging_count_writable_executable(),
               0);
    test_true(test, paging_rights((const void *)(uintptr_t)&paging_rights).executable,
              "the kernel's text may be executed");
    test_true(test, !paging_rights((const void *)(uintptr_t)&paging_rights).writable,
              "the kernel's text may not be written");
    test_true(test, !paging_rights(platform()).writable, "the policies may not be written");
    test_true(test, !paging_rights(direct_pointer(physical_of(platform()))).writable,
              "the policies may not be written through the direct map");
    test_true(test, paging_rights(test).writable, "the stack may be written");
}

static void count_memory_types(void *argument)
{
    unsigned *count = argument;
    uint64_t types;

    *count += rdmsr_safe(MSR_IA32_PAT, &types) && types == PAT_WITH_WRITE_COMBINING;
}

SELFTEST("arch.memory_types", memory_types, NEEDS_NONE)
{
    struct page_rights rights = paging_rights((const void *)SCREEN_BASE);
    unsigned count = 0;

    smp_call_all(count_memory_types, &count);
    test_equal(test, "processors with the same IA32_PAT", count, cpu_count());
    test_true(test, !rights.executable, "the framebuffer is not to be executed");
    test_true(test, rights.writable == rights.present, "the framebuffer may be written");
}

/* The tables say so; the processor must obey them. */
SELFTEST("arch.read_only_faults", read_only_faults, NEEDS_NONE)
{
    const void *text = (const void *)(uintptr_t)&paging_rights;
    uint64_t value = 0;

    test_true(test, !store_safe(text, 0), "a store to the kernel's text faults");
    test_true(test, !store_safe(platform(), 0), "a store to the policies faults");
    test_true(test, !store_safe(direct_pointer(physical_of(text)), 0),
              "a store to the text through the direct map faults");
    test_true(test, store_safe(&value, 1) && value == 1, "a store to the stack does not");
}

SELFTEST("arch.guard_pages", guard_pages, NEEDS_NONE)
{
    extern const char boot_stack_guard[];
    uint64_t value = 0;

    test_true(test, !load_safe(boot_stack_guard, &value), "a load below the boot stack faults");
    test_true(test, !paging_rights(boot_stack_guard).present, "it is not mapped");
}
