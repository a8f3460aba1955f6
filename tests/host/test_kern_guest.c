/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_kern_guest.c - what a guest sees of the processor (kern/vm/guest_cpuid.h, guest_msr.h,
 * guest_io.h), and what is done against speculation (kern/task/mitigations.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cpu_identity.h"
#include "kern/vm/guest_cpuid.def"
#include "kern/vm/guest_cpuid.h"
#include "kern/vm/guest_io.h"
#include "kern/vm/guest_msr.h"
#include "kern/task/mitigations.h"
#include "msr/guest.h"
#include "memory_type.h"

/* --- CPUID ------------------------------------------------------------------------------------ */

/* A host that has everything: all bits are 1, but for the leaves' counts and the sizes. */
static void everything(uint32_t leaf, uint32_t subleaf, uint32_t registers[4])
{
    for (unsigned i = 0; i < 4; i++)
        registers[i] = UINT32_MAX;
    if (leaf == 0)
        registers[0] = 0x20;
    if (leaf == 0x80000000)
        registers[0] = 0x80000021;
    if (leaf == 0xd && subleaf == 0)
        registers[0] = 0xe7;
    if (leaf == 0xd && subleaf >= 2) {
        registers[0] = 0x100;
        registers[1] = 0x240 + (subleaf - 2) * 0x100;
    }
}

static void nothing(uint32_t leaf, uint32_t subleaf, uint32_t registers[4])
{
    (void)leaf;
    (void)subleaf;
    memset(registers, 0, 4 * sizeof(registers[0]));
}

static struct guest_cpuid most;

static int make(void **state)
{
    (void)state;
    guest_cpuid_maximum(&most, everything, 2500000);
    return 0;
}

static struct cpuid_registers ask(uint32_t leaf, uint32_t subleaf)
{
    return guest_cpuid_answer(&most, leaf, subleaf, 0, 1);
}

/* Bits by the SDM's numbers: what would reach beyond the guest is not there. */
static void dangerous_features_are_hidden(void **state)
{
    (void)state;
    assert_false(ask(1, 0).ecx & 1u << 3);               /* MONITOR */
    assert_false(ask(1, 0).ecx & 1u << 5);               /* VMX */
    assert_false(ask(1, 0).ecx & 1u << 6);               /* SMX */
    assert_false(ask(1, 0).ecx & 1u << 15);              /* PDCM */
    assert_false(ask(1, 0).ecx & 1u << 21);              /* x2APIC */
    assert_false(ask(1, 0).edx & 1u << 9);               /* APIC */
    assert_false(ask(1, 0).edx & 1u << 12);              /* MTRR */
    assert_false(ask(7, 0).ebx & 1u << 2);               /* SGX */
    assert_false(ask(7, 0).edx & 1u << 26);              /* IBRS */
    assert_false(ask(7, 0).ecx & 1u << 7);               /* CET shadow stacks */
    assert_false(ask(0x80000001, 0).edx & 1u << 27);     /* RDTSCP: nobody switches IA32_TSC_AUX */
    assert_int_equal(ask(0xa, 0).eax, 0);                /* performance monitoring */
    assert_int_equal(ask(6, 0).eax, 0);                  /* power management */
    assert_int_equal(ask(0x14, 0).eax, ask(0xd, 0).eax); /* beyond the last: as leaf 0xd */
}

/* All that a guest is shown, bit by bit, of a host that has everything. */
static void these_features_are_shown(void **state)
{
    (void)state;
    assert_int_equal(ask(1, 0).ecx, 0xf6d83203); /* bit 31: there is a hypervisor */
    assert_int_equal(ask(1, 0).edx, 0x078ba97d);
    assert_int_equal(ask(7, 0).eax, 0);
    assert_int_equal(ask(7, 0).ebx, 0xf1bf03a9);
    assert_int_equal(ask(7, 0).ecx, 0x00005f46);
    assert_int_equal(ask(7, 0).edx, 0x00000010);
    assert_int_equal(ask(7, 1).eax, 0);
    assert_int_equal(ask(0xd, 1).eax, 0x3);
    assert_int_equal(ask(0x80000001, 0).ecx, 0x00000121);
    assert_int_equal(ask(0x80000001, 0).edx, 0x24100800);
    assert_int_equal(ask(0x80000007, 0).edx, 0x00000100);
}

/* A feature of include/cpu_features.def has its place there, and is named in guest_cpuid.def. */
static void no_place_is_listed_twice(void **state)
{
    static const struct cpuid_place own[] = {
#define OWN_PLACE(leaf, subleaf, which, bit, name) {leaf, subleaf, which, bit, 1},
#define NOTHING(name)
        GUEST_FEATURES(OWN_PLACE, NOTHING)
#undef OWN_PLACE
#undef NOTHING
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(own); i++)
        for (unsigned f = 0; f < FEATURE_COUNT; f++) {
            const struct cpuid_place *place = &cpu_feature_places[f];

            assert_false(own[i].leaf == place->leaf && own[i].subleaf == place->subleaf &&
                         own[i].which == place->which &&
                         has_any(MASK64(place->position, place->width), BIT64(own[i].position)));
        }
}

#define HAS(name) (BIT64(FEATURE_##name))

/*
 * By their names, what the guest has of the features that VMX, exits and CR4 stand on; all else is
 * not there, the leaves beyond the last and leaf 7's further subleaves among it.
 */
static void features_by_name(void **state)
{
    struct guest_cpuid less = most;

    (void)state;
    assert_int_equal(guest_cpuid_features(&most),
                     HAS(xsave) | HAS(rdrand) | HAS(fsgsbase) | HAS(smep) | HAS(rdseed) |
                         HAS(smap) | HAS(umip) | HAS(syscall) | HAS(nx) | HAS(page1gb) |
                         HAS(long_mode) | HAS(invariant_tsc));
    assert_true(guest_cpuid_take_away(&less, 1, 0, 2, 1u << 30));
    assert_int_equal(guest_cpuid_features(&most) & ~guest_cpuid_features(&less), HAS(rdrand));
    guest_cpuid_maximum(&less, nothing, 1);
    assert_int_equal(guest_cpuid_features(&less), 0);
}

/* A processor that offers every control, and insists on none. */
static void offer_all(struct msr_policy *host)
{
    *host = (struct msr_policy){.present = 0xfffff};
    for (unsigned index = 0; index < VMX_MSR_COUNT; index++) {
        host->raw[index] = ~UINT64_C(0);
        if (vmx_msrs[index].form == FORM_CONTROLS)
            host->raw[index] <<= 32;
        if (vmx_msrs[index].form == FORM_MUST_BE_1)
            host->raw[index] = 0;
    }
}

/* Nothing of VMX is offered that the CPUID of guests does not know of; CR4 is what they may set. */
static void their_policy_follows(void **state)
{
    const struct vm_features vm = {guest_cpuid_features(&most), guest_cpuid_cr4(&most)};
    static struct policy_reasons reasons;
    struct msr_policy host, guest;

    (void)state;
    offer_all(&host);
    msr_policy_guest(&guest, &host, &vm, &reasons);
    for (unsigned i = 0; i < vmx_feature_need_count; i++)
        if (!has_any(vmx_feature_needs[i].features, vm.shown))
            assert_false(
                word_offers(&guest, vmx_feature_needs[i].word, BIT64(vmx_feature_needs[i].bit)));
    assert_true(word_offers(&guest, WORD_PROC2, BIT64(11) | BIT64(16))); /* RDRAND, RDSEED */
    assert_false(word_may(&guest, WORD_PROC2) & BIT64(12));              /* INVPCID */
    assert_int_equal(word_may(&guest, WORD_CR4), vm.cr4);
}

static void the_hypervisor_shows_itself(void **state)
{
    struct cpuid_registers r = ask(0x40000000, 0);

    (void)state;
    assert_true(ask(1, 0).ecx & 1u << 31);
    assert_memory_equal(&r.ebx, "LintelLintel", 12);
    assert_int_equal(ask(0x40000010, 0).eax, 2500000);
    assert_int_equal(ask(0x40000001, 0).eax, 0);
}

static void one_thread_of_one_core(void **state)
{
    (void)state;
    assert_int_equal(ask(1, 0).ebx >> 16, 0);
    assert_int_equal(ask(4, 0).eax >> 14, 0);
}

static void osxsave_follows_cr4(void **state)
{
    (void)state;
    assert_false(ask(1, 0).ecx & 1u << 27);
    assert_true(guest_cpuid_answer(&most, 1, 0, BIT64(18), 1).ecx & 1u << 27);
}

/*
 * SDM: "Processor Extended State Enumeration Main Leaf": EBX by XCR0, ECX by what there could be.
 */
static void areas_follow_xcr0(void **state)
{
    (void)state;
    assert_int_equal(guest_cpuid_answer(&most, 0xd, 0, 0, 3).ebx, 576);
    assert_int_equal(guest_cpuid_answer(&most, 0xd, 0, 0, 7).ebx, 0x340);
    assert_int_equal(guest_cpuid_answer(&most, 0xd, 0, 0, 0xe7).ebx, 0x840);
    assert_int_equal(ask(0xd, 0).ecx, 0x840);
    assert_int_equal(guest_cpuid_answer(&most, 0xd, 1, 0, 3).ebx, 576);
    assert_int_equal(guest_cpuid_answer(&most, 0xd, 1, 0, 7).ebx, 0x340);
    assert_int_equal(guest_cpuid_answer(&most, 0xd, 1, 0, 0xe7).ebx, 0x640); /* compacted */
    assert_int_equal(ask(0xd, 63).eax, 0);
}

static void xcr0(void **state)
{
    (void)state;
    assert_true(guest_cpuid_xcr0_valid(&most, 1));
    assert_true(guest_cpuid_xcr0_valid(&most, 3));
    assert_true(guest_cpuid_xcr0_valid(&most, 7));
    assert_true(guest_cpuid_xcr0_valid(&most, 0xe7));
    assert_false(guest_cpuid_xcr0_valid(&most, 0));     /* x87 is always on */
    assert_false(guest_cpuid_xcr0_valid(&most, 5));     /* AVX without SSE */
    assert_false(guest_cpuid_xcr0_valid(&most, 0x27));  /* a part of AVX-512 */
    assert_false(guest_cpuid_xcr0_valid(&most, 0xe3));  /* without AVX */
    assert_false(guest_cpuid_xcr0_valid(&most, 0x207)); /* protection keys: not offered */
    assert_false(guest_cpuid_xcr0_valid(&most, BIT64(63) | 1));
}

static void features_can_be_taken_away(void **state)
{
    struct guest_cpuid less = most;

    (void)state;
    assert_true(guest_cpuid_take_away(&less, 1, 0, 2, 1u << 25)); /* AES */
    assert_false(guest_cpuid_answer(&less, 1, 0, 0, 1).ecx & 1u << 25);
    assert_true(guest_cpuid_answer(&most, 1, 0, 0, 1).ecx & 1u << 25);
    assert_false(guest_cpuid_take_away(&less, 0, 0, 1, 1)); /* the vendor's name */
    assert_false(guest_cpuid_take_away(&less, 1, 0, 4, 1)); /* no such register */
    assert_false(guest_cpuid_take_away(&less, 0x12345, 0, 0, 1));
}

static void control_registers_follow(void **state)
{
    struct guest_cpuid poor;

    (void)state;
    guest_cpuid_maximum(&poor, nothing, 1);
    assert_int_equal(guest_cpuid_cr4(&poor), 0);
    assert_int_equal(guest_cpuid_efer(&poor), 0);
    assert_false(guest_cpuid_cr4(&most) & BIT64(13)); /* VMXE */
    assert_true(guest_cpuid_cr4(&most) & BIT64(20));  /* SMEP */
    assert_int_equal(guest_cpuid_efer(&most), 0xd01);
}

/* --- MSRs and ports --------------------------------------------------------------------------- */

static bool is_exit(const uint8_t *bitmap, unsigned part, unsigned bit)
{
    return bitmap[part + bit / 8] >> bit % 8 & 1;
}

/* SDM: "MSR-Bitmap Address": reads of low and high MSRs, then writes. All but these few exit. */
static void few_msrs_pass(void **state)
{
    static const uint32_t reads[] = {0x10, 0x174, 0x175, 0x176, 0xc0000100, 0xc0000101, 0xc0000102};
    static const uint32_t writes[] = {0x174, 0x175, 0x176, 0xc0000100, 0xc0000101, 0xc0000102};
    static uint8_t bitmap[PAGE_SIZE];

    (void)state;
    guest_msr_bitmap(bitmap);
    for (uint32_t high = 0; high < 2; high++)
        for (uint32_t i = 0; i < 0x2000; i++) {
            uint32_t msr = (high ? 0xc0000000 : 0) + i;
            bool read = false, write = false;

            for (unsigned r = 0; r < ARRAY_SIZE(reads); r++)
                read |= reads[r] == msr;
            for (unsigned w = 0; w < ARRAY_SIZE(writes); w++)
                write |= writes[w] == msr;
            assert_int_equal(is_exit(bitmap, high * 1024, i), !read);
            assert_int_equal(is_exit(bitmap, 2048 + high * 1024, i), !write);
        }
}

static void msrs_by_address(void **state)
{
    (void)state;
    assert_null(guest_msr_find(0x480)); /* VMX */
    assert_null(guest_msr_find(0x1d9)); /* IA32_DEBUGCTL */
    assert_null(guest_msr_find(UINT32_MAX));
    assert_non_null(guest_msr_find(0x10));
    assert_non_null(guest_msr_find(0xc0000102));
    assert_int_equal(guest_msr_find(0x3a)->value, 1);      /* locked, without VMX */
    assert_int_equal(guest_msr_find(0x2ff)->value, 0x806); /* on; all memory is write-back */
    assert_int_equal(guest_msr_find(0x1a0)->value, 1);     /* fast strings */
}

/* Every address is asked for: these are found, and no other. */
static void msrs_are_found_by_address(void **state)
{
    static const struct {
        uint32_t address;
        const char *name;
    } expected[] = {
        {0x10, "IA32_TIME_STAMP_COUNTER"},
        {0x1b, "IA32_APIC_BASE"},
        {0x3a, "IA32_FEATURE_CONTROL"},
        {0x8b, "IA32_BIOS_SIGN_ID"},
        {0xfe, "IA32_MTRRCAP"},
        {0x174, "IA32_SYSENTER_CS"},
        {0x175, "IA32_SYSENTER_ESP"},
        {0x176, "IA32_SYSENTER_EIP"},
        {0x179, "IA32_MCG_CAP"},
        {0x17a, "IA32_MCG_STATUS"},
        {0x1a0, "IA32_MISC_ENABLE"},
        {0x277, "IA32_PAT"},
        {0x2ff, "IA32_MTRR_DEF_TYPE"},
        {0x6e0, "IA32_TSC_DEADLINE"},
        {0xc0000080, "IA32_EFER"},
        {0xc0000081, "IA32_STAR"},
        {0xc0000082, "IA32_LSTAR"},
        {0xc0000083, "IA32_CSTAR"},
        {0xc0000084, "IA32_FMASK"},
        {0xc0000100, "IA32_FS_BASE"},
        {0xc0000101, "IA32_GS_BASE"},
        {0xc0000102, "IA32_KERNEL_GS_BASE"},
    };
    unsigned next = 0;

    (void)state;
    for (uint32_t i = 0; i < 0x4000; i++) {
        uint32_t address = i < 0x2000 ? i : 0xc0000000 + (i - 0x2000);
        const struct guest_msr *msr = guest_msr_find(address);

        if (next == ARRAY_SIZE(expected) || address != expected[next].address) {
            assert_null(msr);
            continue;
        }
        assert_non_null(msr);
        assert_string_equal(msr->name, expected[next++].name);
    }
    assert_int_equal(next, ARRAY_SIZE(expected));
}

static void values(void **state)
{
    (void)state;
    assert_true(is_canonical(0, 48));
    assert_true(is_canonical(0x00007fffffffffff, 48));
    assert_true(is_canonical(0xffff800000000000, 48));
    assert_false(is_canonical(0x0000800000000000, 48));
    assert_false(is_canonical(0xffff000000000000, 48));
    assert_true(pat_is_valid(0x0007040600070406));
    assert_false(pat_is_valid(0x0007040600070402)); /* 2 and 3 are reserved */
    assert_false(pat_is_valid(0x0307040600070406));
    assert_false(pat_is_valid(0x0807040600070406));
}

static void all_ports_exit(void **state)
{
    static uint8_t bitmaps[2 * PAGE_SIZE];

    (void)state;
    guest_io_close_all(bitmaps);
    for (unsigned i = 0; i < sizeof(bitmaps); i++)
        assert_int_equal(bitmaps[i], 0xff);
}

/* --- mitigations ------------------------------------------------------------------------------ */

static char text[4096];

static struct mitigations decide_for(unsigned model, uint64_t features, bool readable,
                                     uint64_t capabilities, bool off)
{
    const struct cpu_identity cpu = {.features = features, .family = 6, .model = (uint8_t)model};
    const struct mitigation_input input = {
        .cpu = &cpu, .has_capabilities = readable, .capabilities = capabilities, .off = off};
    struct mitigations m;
    struct text_buffer buffer;

    text_buffer_init(&buffer, text, sizeof(text));
    mitigations_decide(&m, &input, &buffer.out);
    return m;
}

static struct mitigations decide(uint64_t features, bool readable, uint64_t capabilities, bool off)
{
    return decide_for(0, features, readable, capabilities, off);
}

#define ALL_MEANS (BIT64(FEATURE_ibrs) | BIT64(FEATURE_l1d_flush) | BIT64(FEATURE_md_clear))
/* IA32_ARCH_CAPABILITIES: RDCL_NO, IBRS_ALL, SKIP_L1DFL, MDS_NO, TAA_NO, SBDR, FBSDP, PSDP,
 * PBRSB_NO. */
#define FREE_OF_ALL (1u | 2 | 8 | 1 << 5 | 1 << 8 | 1 << 13 | 1 << 14 | 1 << 15 | 1 << 24)

static void who_says_nothing_needs_all(void **state)
{
    struct mitigations m = decide(ALL_MEANS, false, UINT64_MAX, false);

    (void)state;
    assert_true(m.barrier_on_switch && m.flush_l1d && m.clear_buffers && m.fill_returns);
    assert_false(m.enhanced_ibrs);
}

static void who_is_free_needs_little(void **state)
{
    struct mitigations m = decide(ALL_MEANS, true, FREE_OF_ALL, false);

    (void)state;
    assert_true(m.barrier_on_switch && m.enhanced_ibrs);
    assert_false(m.flush_l1d || m.clear_buffers || m.fill_returns);
    assert_non_null(strstr(text, "not needed (RDCL_NO)"));
}

/* One of the bits is not enough: TAA and MMIO leak through the same buffers as MDS. */
static void each_bit_of_buffer_sampling_counts(void **state)
{
    static const unsigned bits[] = {5, 8, 13, 14, 15};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
        assert_true(decide(ALL_MEANS, true, FREE_OF_ALL & ~(1u << bits[i]), false).clear_buffers);
}

/* Enhanced IBRS alone leaves the predictions of returns (CVE-2022-26373). */
static void returns_want_two_bits(void **state)
{
    (void)state;
    assert_true(decide(ALL_MEANS, true, FREE_OF_ALL & ~(1u << 24), false).fill_returns);
    assert_non_null(strstr(text, "IBRS_ALL, but no PBRSB_NO"));
    assert_true(decide(ALL_MEANS, true, FREE_OF_ALL & ~2u, false).fill_returns);
}

static void without_means_it_says_so(void **state)
{
    struct mitigations m = decide(0, false, 0, false);

    (void)state;
    assert_false(m.barrier_on_switch || m.flush_l1d || m.clear_buffers || m.enhanced_ibrs);
    assert_true(m.fill_returns);
    assert_non_null(strstr(text, "needed, and the processor has no means"));
}

static void off_is_off(void **state)
{
    struct mitigations m = decide(ALL_MEANS, false, 0, true);

    (void)state;
    assert_false(m.barrier_on_switch || m.flush_l1d || m.clear_buffers || m.fill_returns ||
                 m.enhanced_ibrs);
    assert_non_null(strstr(text, "off by mitigations=off"));
}

/* RFDS is cleared by VERW, too, where the processor says so, whatever it says of MDS. */
static void register_files_are_cleared(void **state)
{
    static const struct {
        unsigned model;
        uint64_t capabilities;
        bool clears;
        const char *line;
    } cases[] = {
        {0, 0, false, "RFDS): VERW: not needed (not a processor that has it)"},
        {0, BIT64(28), true, "RFDS): VERW: on (RFDS_CLEAR)"},
        {0, BIT64(28) | BIT64(27), false, "RFDS): VERW: not needed (RFDS_NO)"},
        {0x97, 0, false, "RFDS): VERW: needed, and the processor has no means (no RFDS_CLEAR"},
        {0xbf, BIT64(28), true, "RFDS): VERW: on (RFDS_CLEAR)"},
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct mitigations m =
            decide_for(cases[i].model, ALL_MEANS, true, FREE_OF_ALL | cases[i].capabilities, false);

        assert_int_equal(m.clear_buffers, cases[i].clears);
        assert_non_null(strstr(text, cases[i].line));
    }
    assert_false(decide_for(0x97, ALL_MEANS, true, FREE_OF_ALL | BIT64(28), true).clear_buffers);
}

/* Models and bits from Intel's list of affected processors, typed here a second time. */
static void what_is_not_written_is_said(void **state)
{
    static const struct {
        unsigned model;
        uint64_t features, capabilities;
        const char *line;
    } cases[] = {
        {0, 0, 0, "(Meltdown): separate page tables: needed, and not written: processes can read"},
        {0, 0, 1, "(Meltdown): separate page tables: not needed (RDCL_NO)"},
        {0, 0, 0, "(Spectre v1): barriers after the checks of a call's arguments: needed, and not"},
        {0, 0, 0, "store bypass: SSBD: needed, and not written"},
        {0, 0, 16, "store bypass: SSBD: not needed (SSB_NO)"},
        {0, 0, 0, "(RRSBA): RRSBA_DIS_S: not needed (indirect branches are not predicted"},
        {0, 0, BIT64(19), "(RRSBA): RRSBA_DIS_S: needed, and not written"},
        {0, 0, 0, "(BHI): clearing of the branch history: not needed (indirect branches"},
        {0, 0, BIT64(19), "(BHI): clearing of the branch history: needed, and not written"},
        {0, 0, BIT64(19) | BIT64(20), "(BHI): clearing of the branch history: not needed (BHI_NO)"},
        {0x8e, 0, 0, "retbleed: IBRS while the kernel runs: needed, and not written"},
        {0x8e, 0, 2, "retbleed: IBRS while the kernel runs: not needed (IBRS_ALL)"},
        {0x8f, 0, 0, "retbleed: IBRS while the kernel runs: not needed (not a processor"},
        {0x55, 0, 0, "(ITS): branches and returns in the upper halves of cache lines: needed, and"},
        {0x8c, 0, BIT64(62), "cache lines: not needed (ITS_NO)"},
        {0x8f, 0, 0, "cache lines: not needed (not a processor that has it)"},
        {0x5e, 0, 0, "(GDS): locked gathers: needed, and the processor's microcode has no means"},
        {0x5e, 0, BIT64(25), "(GDS): locked gathers: on (by the processor's microcode)"},
        {0x7e, 0, BIT64(26), "(GDS): locked gathers: not needed (GDS_NO)"},
        {0x3c, 0, 0, "(SRBDS): locked RDRAND and RDSEED: needed, and not written: one processor"},
        {0x55, 0, 0, "(SRBDS): locked RDRAND and RDSEED: not needed (not a processor"},
        {0, 0, 0, "VMScape: IBPB between a guest and its monitor: needed, and not written"},
        {0, 0, 0, "SMT siblings: a core for one guest alone: needed, and not written"},
        {0x55, 0, 0, "12207): large EPT pages that are not executable: needed, and not written"},
        {0x55, 0, 64, "are not executable: not needed (IF_PSCHANGE_MC_NO)"},
        {0x6a, 0, 0, "are not executable: not needed (not a processor that has it)"},
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        (void)decide_for(cases[i].model, cases[i].features, true, cases[i].capabilities, false);
        if (!strstr(text, cases[i].line))
            fail_msg("row %u: no line with \"%s\" in:\n%s", i, cases[i].line, text);
    }
}

/* A capability bit counts where the MSR could be read. */
static void without_the_msr_nothing_is_free(void **state)
{
    (void)state;
    (void)decide_for(0x55, 0, false, UINT64_MAX, false);
    assert_null(strstr(text, "_NO)"));
    assert_null(strstr(text, "by the processor's microcode)"));
}

#define CPUID_ROW(function) cmocka_unit_test_setup(function, make)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CPUID_ROW(dangerous_features_are_hidden),
        CPUID_ROW(these_features_are_shown),
        CPUID_ROW(no_place_is_listed_twice),
        CPUID_ROW(features_by_name),
        CPUID_ROW(their_policy_follows),
        CPUID_ROW(the_hypervisor_shows_itself),
        CPUID_ROW(one_thread_of_one_core),
        CPUID_ROW(osxsave_follows_cr4),
        CPUID_ROW(areas_follow_xcr0),
        CPUID_ROW(xcr0),
        CPUID_ROW(features_can_be_taken_away),
        CPUID_ROW(control_registers_follow),
        cmocka_unit_test(few_msrs_pass),
        cmocka_unit_test(msrs_by_address),
        cmocka_unit_test(msrs_are_found_by_address),
        cmocka_unit_test(values),
        cmocka_unit_test(all_ports_exit),
        cmocka_unit_test(who_says_nothing_needs_all),
        cmocka_unit_test(who_is_free_needs_little),
        cmocka_unit_test(each_bit_of_buffer_sampling_counts),
        cmocka_unit_test(returns_want_two_bits),
        cmocka_unit_test(without_means_it_says_so),
        cmocka_unit_test(off_is_off),
        cmocka_unit_test(register_files_are_cleared),
        cmocka_unit_test(what_is_not_written_is_said),
        cmocka_unit_test(without_the_msr_nothing_is_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
