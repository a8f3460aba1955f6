/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz.h - what the fuzz targets share: taking words off the input, and saying what must hold. */
#ifndef LINTEL_TESTS_FUZZ_H
#define LINTEL_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

/* libFuzzer calls it with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold of every input. It stays in every build. */
#define HOLDS(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)

struct input {
    const uint8_t *at;
    size_t left;
};

/* The next bytes of the input; zeros after its end. */
static inline void take_bytes(struct input *input, void *to, size_t size)
{
    size_t taken = size < input->left ? size : input->left;

    memset(to, 0, size);
    if (taken)
        memcpy(to, input->at, taken);
    input->at += taken;
    input->left -= taken;
}

static inline uint64_t take64(struct input *input)
{
    uint64_t value;

    take_bytes(input, &value, sizeof(value));
    return value;
}

/* A sink that counts, so that what is printed is really computed. */
struct counting_out {
    struct out out;
    size_t count;
};

static inline void count_char(struct out *out, char c)
{
    ((struct counting_out *)out)->count += (unsigned char)c != 0;
}

#endif
