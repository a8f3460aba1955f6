/* SPDX-License-Identifier: BSD-2-Clause */
/* machine_check.c - see machine_check.h. */
#include "machine_check.h"

#include "console.h"
#include "cpuid.h"
#include "insn.h"
#include "mca.h"
#include "percpu.h"

#define FIRST_WITH_BANK_0 0x1a /* of family 6: bank 0 of models below is the firmware's */

static uint64_t capability_of_banks(void)
{
    uint64_t capability = 0;

    if (!cpu_has(FEATURE_mce) || !cpu_has(FEATURE_mca) ||
        !rdmsr_safe(MSR_IA32_MCG_CAP, &capability))
        return 0;
    return capability;
}

static void print_register(const char *name, uint32_t msr, unsigned bank)
{
    uint64_t value;

    if (rdmsr_safe(msr + 4 * bank, &value))
        print("machine check: bank %u: %s 0x%lx\n", bank, name, value);
}

/* The bank's status, reported and cleared where it is valid; else 0. */
static uint64_t take_bank(unsigned bank)
{
    uint64_t status;

    if (!rdmsr_safe(MSR_IA32_MC0_STATUS + 4 * bank, &status) || !has_any(status, MC_STATUS_VALID))
        return 0;
    print("machine check: bank %u on processor %u: IA32_MC%u_STATUS 0x%lx\n", bank,
          this_cpu()->number, bank, status);
    if (has_any(status, MC_STATUS_ADDRV))
        print_register("address", MSR_IA32_MC0_ADDR, bank);
    if (has_any(status, MC_STATUS_MISCV))
        print_register("more", MSR_IA32_MC0_MISC, bank);
    (void)wrmsr_safe(MSR_IA32_MC0_STATUS + 4 * bank, 0);
    return status;
}

/* SDM: "Machine-Check Initialization". */
static bool is_the_firmwares(unsigned bank)
{
    uint32_t signature = cpuid_register(1, EAX);
    uint64_t family = field_of(signature, 8, 4);
    uint64_t model = field_of(signature, 4, 4) | field_of(signature, 16, 4) << 4;

    return bank == 0 && family == 6 && model < FIRST_WITH_BANK_0;
}

void machine_check_init_processor(void)
{
    uint64_t capability = capability_of_banks();

    if (has_any(capability, MCG_CAP_CTL))
        (void)wrmsr_safe(MSR_IA32_MCG_CTL, UINT64_MAX);
    for (unsigned bank = 0; bank < (capability & MCG_CAP_BANKS); bank++) {
        if (!is_the_firmwares(bank))
            (void)wrmsr_safe(MSR_IA32_MC0_CTL + 4 * bank, UINT64_MAX);
        (void)take_bank(bank); /* an error that ended the boot before, say */
    }
}

bool machine_check_survive(void)
{
    uint64_t capability = capability_of_banks(), status = 0;
    bool harmless = true;

    if (!rdmsr_safe(MSR_IA32_MCG_STATUS, &status))
        return false;
    print("machine check on processor %u: IA32_MCG_STATUS 0x%lx\n", this_cpu()->number, status);
    for (unsigned bank = 0; bank < (capability & MCG_CAP_BANKS); bank++)
        harmless &= machine_check_is_harmless(capability, take_bank(bank));
    if (!harmless || !has_any(status, MCG_STATUS_RIPV))
        return false;
    print("machine check: what it interrupted is whole: the kernel goes on\n");
    (void)wrmsr_safe(MSR_IA32_MCG_STATUS, 0);
    return true;
}
