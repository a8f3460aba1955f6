/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_host.c - how long pure code takes on the host, at the kernel's optimisation: one line
 * `bench NAME VALUE ns host` each. The best of several rounds counts: the others were disturbed.
 */
#include <stdio.h>
#include <time.h>

#include "memory_type.h"
#include "vmx/check/check.h"
#include "vmx/image.h"

#define ROUNDS 15
#define CALLS  20000

/* The values of Bochs's corei7_skylake_x: all words that its VMX has. */
static const struct msr_policy policy = {
    .raw = {0x00d810000000002b, 0x0000007f00000016, 0xf7f9fffe0401e172, 0x007fffff00036dff,
            0x0000ffff000011ff, 0x00000000600401e0, 0x0000000080000021, 0x00000000ffffffff,
            0x0000000000002000, 0x00000000003727ff, 0x0000000000000034, 0x02177fff00000000,
            0x00000f0106334141, 0x0000007f00000016, 0xf7f9fffe04006172, 0x007fffff00036dfb,
            0x0000ffff000011fb, 0x0000000000000001},
    .present = 0x3ffff,
};

static const struct check_machine machine = {
    .physical_address_bits = 39, .linear_address_bits = 48, .efer_supported = 0xd01};

/* A 64-bit guest under EPT: what a monitor would ask for. */
static void describe_guest(struct guest_description *guest)
{
    *guest = (struct guest_description){.ept_pointer = 0x100000 | 3 << 3 | 6};
    guest_state_flat_64(&guest->state, 0x1000, 0x2000, 0x3000);
    struct control_request *request = guest->controls.request;
    request[CTL_PIN].required = BIT64(PIN_ext_intr_exiting) | BIT64(PIN_nmi_exiting);
    request[CTL_PIN].optional = BIT64(PIN_virtual_nmis) | BIT64(PIN_preempt_timer);
    request[CTL_PROC].required = BIT64(PROC_hlt_exiting) | BIT64(PROC_uncond_io_exiting);
    request[CTL_PROC].optional = BIT64(PROC_activate_msr_bitmap);
    request[CTL_PROC].forbidden = BIT64(PROC_cr3_load_exiting) | BIT64(PROC_cr3_store_exiting);
    request[CTL_PROC2].required = BIT64(PROC2_enable_ept) | BIT64(PROC2_unrestricted_guest);
    request[CTL_PROC2].optional = BIT64(PROC2_enable_vpid) | BIT64(PROC2_enable_rdtscp);
    request[CTL_EXIT].required = BIT64(EXIT_ia32e_mode) | BIT64(EXIT_load_host_efer);
    request[CTL_ENTRY].required = BIT64(ENTRY_ia32e_mode) | BIT64(ENTRY_load_guest_efer);
}

static const struct host_state host = {.cr0 = 0x80000031,
                                       .cr3 = 0x1000,
                                       .cr4 = 0x2020,
                                       .efer = 0x500,
                                       .pat = PAT_RESET,
                                       .cs = 8,
                                       .ss = 16,
                                       .tr = 24,
                                       .rip = 0xffffffff80100000,
                                       .tr_base = 0xffffffff80200000};

static struct vmcs_image image;
static volatile unsigned sink;

static void build_controls(void)
{
    static struct guest_description guest;

    describe_guest(&guest);
    sink += controls_build(&guest.controls, &policy);
}

static void only_describe(void)
{
    static struct guest_description guest;

    describe_guest(&guest);
    sink += guest.controls.request[CTL_PIN].required & 1;
}

static void check_image(void)
{
    struct check_result result;
    const struct check_input in = {.image = &image, .policy = &policy, .machine = &machine};

    sink += check_entry(&in, &result);
}

static double now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds of one call. */
static double measure(void (*call)(void))
{
    double best = 1e18;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (int i = 0; i < CALLS; i++)
            call();
        double each = (now_ns() - start) / CALLS;
        best = each < best ? each : best;
    }
    return best;
}

int main(void)
{
    struct guest_description guest;

    describe_guest(&guest);
    if (image_build(&image, &guest, &host, &policy) != S_OK) {
        fprintf(stderr, "bench_host: the guest's controls cannot be built\n");
        return 1;
    }
    printf("bench controls_build %.0f ns host\n", measure(build_controls) - measure(only_describe));
    printf("bench checker_image %.0f ns host\n", measure(check_image));
    return 0;
}
