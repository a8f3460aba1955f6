/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image.h - a VMCS image from a policy, the host's state and the description of a guest. PURE.
 * SDM: "Virtual Machine Control Structures", "Guest-State Area", "Host-State Area".
 */
#ifndef LINTEL_VMX_IMAGE_H
#define LINTEL_VMX_IMAGE_H

#include "controls.h"
#include "vmcs_layouts.h"

struct guest_segment {
    uint16_t selector;
    uint32_t limit;
    uint32_t access; /* ACCESS_ of vmcs_layouts.h */
    uint64_t base;
};

struct guest_state {
    uint64_t cr0, cr3, cr4, efer;
    uint64_t rip, rsp, rflags;
    struct guest_segment segment[SEG_COUNT];
};

/* What the processor loads on VM exit; vmx_host_state() reads it from the machine. */
struct host_state {
    uint64_t cr0, cr3, cr4, efer, pat;
    uint16_t cs, ss, ds, es, fs, gs, tr;
    uint64_t fs_base, gs_base, tr_base, gdtr_base, idtr_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t rip; /* where VM exits go; RSP is written at each entry */
};

struct guest_description {
    struct guest_state state;
    struct controls controls;  /* the requests; the image's builder fills in the results */
    uint32_t exception_bitmap; /* bit V: exception V of the guest is a VM exit */
    uint64_t ept_pointer;      /* used when "enable EPT" is set */
};

/* Fills in a state without paging, or of 64-bit mode with `cr3`; flat segments, CPL 0. */
void guest_state_flat_32(struct guest_state *state, uint64_t rip, uint64_t rsp);
void guest_state_flat_64(struct guest_state *state, uint64_t cr3, uint64_t rip, uint64_t rsp);

/*
 * Builds the controls, then every field that the guest needs. S_MISSING: a required control is not
 * offered; controls_explain() says which, and the image is not complete.
 */
MUST_CHECK enum status image_build(struct vmcs_image *image, struct guest_description *guest,
                                   const struct host_state *host, const struct msr_policy *policy);

#endif
