/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu_features.c - where CPUID shows each feature of cpu_features.def. PURE. */
#include "cpu_identity.h"

const struct cpuid_place cpu_feature_places[FEATURE_COUNT] = {
#define FEATURE_PLACE(name, leaf, subleaf, which, position, width, text) \
    [FEATURE_##name] = {leaf, subleaf, which, position, width},
    CPU_FEATURES(FEATURE_PLACE)
#undef FEATURE_PLACE
};
